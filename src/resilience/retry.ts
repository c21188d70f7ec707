import pRetry from 'p-retry'
import type { Attempt, Call, Candidate, Condition, Deployment, Health, Plan } from '../call.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { type ErrorCode, type ErrorTraits, endOf, errorTraits, GatewayError, isGatewayError } from '../errors.ts'
import { inTime, left } from '../leaving.ts'
import type { Next } from '../middleware.ts'
import type { Reply, WholeReply } from '../reply.ts'
import { sleep } from '../runtime.ts'
import { begin, type Trying } from './attempt.ts'
import { type Backoff, fullJitter } from './backoff.ts'
import type { Cancellations } from './cancellation.ts'
import type { Load } from './concurrency.ts'
import { type Hedging, hedge } from './hedge.ts'

export interface RetryOptions {
  /** How often one group may ask a deployment again that has failed. Going on to another deployment is no retry. @default 1 */
  readonly limit?: number | undefined
  /** Other limits for single failures, each counted for itself: `{ rate_limited: 3, timed_out: 0 }`. */
  readonly codes?: RetryCodes | undefined
  /** How long to wait before that, when the provider does not say. @default full jitter from 0.5 to 8 seconds */
  readonly backoff?: Backoff | undefined
  /** The longest Retry-After that is waited for. @default '20s' */
  readonly maxRetryAfter?: Duration | undefined
  /**
   * Which whole answers are not good enough: they are asked for again, of others first, {@link limit} times a group.
   * When nobody does better, the last one is handed on, for it has been paid for. @default none
   */
  readonly when?: Condition | undefined
}

/** How often to ask again, by the failures after which that may help. */
export type RetryCodes = {
  readonly [Code in
    | 'rate_limited'
    | 'provider_overloaded'
    | 'provider_unavailable'
    | 'invalid_response'
    | 'timed_out'
    | 'empty_response']?: number | undefined
}

export interface Walk {
  readonly retry: {
    readonly limit: number
    readonly codes: Readonly<Partial<Record<ErrorCode, number | undefined>>>
    readonly backoff: Backoff
    readonly maxRetryAfter: number
    readonly when: Condition | undefined
  }
  /** When another candidate is asked too; undefined: never. */
  readonly hedge: Hedging | undefined
  /** Why a deployment is not to be asked at a time. */
  readonly blocked: Health['blocked']
  /** Bounds the calls in flight, where that was asked for. */
  readonly load: Load | undefined
  readonly next: Next<Attempt>
  readonly cancellations: Cancellations
}

export function resolveRetry({
  limit = 1,
  codes = {},
  backoff = fullJitter(),
  maxRetryAfter = '20s',
  when,
}: RetryOptions = {}): Walk['retry'] {
  return { limit, codes, backoff, maxRetryAfter: milliseconds(maxRetryAfter, 'retry.maxRetryAfter'), when }
}

/** The attempts of one call, over all of its groups. */
export interface Attempts {
  begun: number
  /** The context window that was too small, in tokens, once one was. */
  window: number | undefined
  /** The last answer that was not good enough, and how many there were. */
  held: WholeReply | undefined
  unaccepted: number
  readonly limit: number
}

/** A deployment that may be asked again. */
interface Again {
  readonly because: ErrorCode
  /** Not before, in milliseconds since 1970. */
  readonly ready: number
}

/**
 * Serves a call from one group: asks the plan's candidates in turn, without waiting, and then those that may succeed
 * if asked again, after a wait. `spare` attempts are left to the groups that may follow.
 */
export function serve(call: Call, plan: Plan, attempts: Attempts, spare: number, walk: Walk): Promise<Reply> {
  const { retry, load, hedge } = walk
  // Mostly the first who is asked answers, and nothing of what follows is needed.
  if (load || hedge || retry.when || call.options.retryWhen) return persevere(call, plan, attempts, spare, walk)
  const candidate = plan.next()
  if (!candidate) return persevere(call, plan, attempts, spare, walk)
  attempts.begun += 1
  const first = begin(call, candidate, attempts.begun, walk.next, walk.cancellations, false, attempts.unaccepted)
  return first.reply.catch(() => persevere(call, plan, attempts, spare, walk, first))
}

/** Goes on from a first attempt that has failed, or begins where there is more to look at than one answer. */
async function persevere(
  call: Call,
  plan: Plan,
  attempts: Attempts,
  spare: number,
  walk: Walk,
  begun?: Trying,
): Promise<Reply> {
  const { runtime, trace } = call
  const { retry, load } = walk
  /** Those that may be asked again. */
  const again = new Map<Candidate, Again>()
  /** How often was asked again: in all, after failures without a limit of their own, and after each of the others. */
  let repeats = 0
  let retries = 0
  const counted = new Map<ErrorCode, number>()
  /** Who was asked beside the first. */
  let rival: Candidate | undefined
  /** Why the last answer was not good enough. */
  let verdict: GatewayError | undefined
  /** The last failure of somebody who was asked. */
  let failure: GatewayError | undefined
  let candidate = begun?.candidate ?? (load ? await load.next(call, plan) : plan.next()) ?? (await whoeverRests())

  function attempt(): Promise<Reply> {
    const trying = start(candidate, false)
    const delay = rival ? undefined : walk.hedge?.delay(call, trying.candidate.deployment)
    const reply =
      delay === undefined
        ? trying.reply
        : hedge(call, trying, delay, () => {
            if (!mayBegin()) return undefined
            plan.exclude(trying.candidate, undefined, 'deployment')
            const other = plan.next()
            if (!other || other.forced || !walk.hedge?.take()) return undefined
            rival = other
            load?.take(call, other.deployment)
            return start(other, true)
          })
    const wanting = call.options.retryWhen ?? retry.when
    return wanting ? reply.then((whole) => judged(whole, wanting)) : reply
  }

  function start(chosen: Candidate, isHedge: boolean): Trying {
    attempts.begun += 1
    const trying = begin(call, chosen, attempts.begun, walk.next, walk.cancellations, isHedge, attempts.unaccepted)
    if (isHedge) trying.reply.catch((error: GatewayError) => accountHedge(chosen, error))
    return trying
  }

  /** Hands an answer on, or rejects when it is not good enough. */
  async function judged(reply: Reply, wanting: Condition): Promise<Reply> {
    if (reply.kind === 'stream') return reply
    const { response, deployment } = reply
    const { operation, request } = call
    let holds: boolean
    try {
      const said = wanting({ operation, request, response, deployment })
      holds = typeof said === 'object' ? await inTime(said, call) : said
    } catch {
      if (call.signal?.aborted) throw left(call.signal)
      trace.note({ type: 'warning', message: 'A condition of retry failed: the answer was handed on as it is.' })
      return reply
    }
    if (!holds) return reply
    if (rival && deployment === rival.deployment) candidate = rival
    attempts.held = { ...reply, unaccepted: true, ...(plan.group !== call.request.model && { substitute: true }) }
    attempts.unaccepted += 1
    const id = deployment?.id
    verdict = new GatewayError('invalid_response', `The answer of ${id} was not good enough.`, { deployment: id })
    throw verdict
  }

  const mayBegin = (): boolean =>
    attempts.begun < attempts.limit - spare && runtime.now() < call.deadline && !call.signal?.aborted

  /** Whether the limit for what went wrong lets it be asked again. */
  function mayRepeat(because: ErrorCode): boolean {
    const own = retry.codes[because]
    return own === undefined ? retries < retry.limit : (counted.get(because) ?? 0) < own
  }

  function repeat(because: ErrorCode): void {
    repeats += 1
    if (retry.codes[because] === undefined) retries += 1
    else counted.set(because, (counted.get(because) ?? 0) + 1)
  }

  /** Takes out the candidates for which `detail` gives a sentence, those among them that might be asked again too. */
  function narrow(reason: string, detail: (deployment: Deployment) => string | undefined): void {
    plan.narrow(reason, detail)
    for (const one of again.keys()) if (detail(one.deployment) !== undefined) again.delete(one)
  }

  /** Draws the lesson from a failure: whom not to ask again, and whom only later. */
  function account(failed: Candidate, error: GatewayError): void {
    const { deployment } = failed
    const traits: ErrorTraits = errorTraits[error.code]
    // Nothing was sent: it was no attempt.
    const asked = error.code !== 'circuit_open' && traits.elsewhere !== 'cheaper'
    if (asked) failure = error
    else attempts.begun -= 1
    const { context } = deployment.facts
    if (traits.elsewhere === 'larger' && context !== undefined) {
      attempts.window = context
      narrow('context_window', noLargerThan(context))
    }
    // A limit that every deployment comes under leaves only those that cost less.
    if (traits.elsewhere === 'cheaper' && error.deployment === undefined) {
      const { cost = Number.POSITIVE_INFINITY } = deployment.worstCase(call)
      narrow('over_budget', (other) => ((other.worstCase(call).cost ?? cost) >= cost ? 'it costs no less' : undefined))
    }
    const ofKey = traits.faults === 'key' || traits.faults === 'key-at-deployment'
    plan.exclude(failed, asked ? undefined : error.code, ofKey ? 'key' : 'deployment')
    if (!traits.again) return void again.delete(failed)
    const pause = error === verdict ? 0 : (error.retryAfter ?? retry.backoff(repeats + 1, runtime.random))
    again.set(failed, { because: error.code, ready: runtime.now() + pause })
  }

  /**
   * A hedge that a limit refuses never was: it may be asked when the first has ended, and its reservation with it. One that
   * has lost has not failed.
   */
  function accountHedge(failed: Candidate, error: GatewayError): void {
    if (endOf(error) === 'cancelled') return
    if (errorTraits[error.code].elsewhere === 'cheaper') attempts.begun -= 1
    else account(failed, error)
  }

  /** Chooses first, and waits second: a wait happens only when there is nobody else to ask. */
  async function choose(error: GatewayError): Promise<boolean> {
    account(candidate, error)
    if (call.signal?.aborted) throw left(call.signal)
    if (!mayBegin() || !errorTraits[error.code].elsewhere) return false
    // An answer has been paid for, whoever is asked for a better one.
    if (error === verdict && !mayRepeat(error.code)) return false
    const other = load ? await load.next(call, plan).catch(unlessCancelled) : plan.next()
    if (other) {
      if (error === verdict) repeat(error.code)
      candidate = other
      return true
    }
    // Rather than wait for those who failed before, the next group is asked.
    if (!errorTraits[error.code].again && spare > 0) return false
    const [soonest] = [...again]
      .filter(([{ deployment }, { because, ready }]) => mayRepeat(because) && !walk.blocked(deployment, ready))
      .sort(([, one], [, other]) => one.ready - other.ready)
    if (!soonest) return false
    const [chosen, { ready, because }] = soonest
    if (!(await wait(ready - runtime.now(), because))) return false
    candidate = chosen
    if (load && !(await load.room(call, [candidate.deployment]).catch(unlessCancelled))) return false
    return true
  }

  /** Waits until somebody may be asked again; or not at all, when that takes too long. */
  async function wait(ms: number, because: ErrorCode): Promise<boolean> {
    if (ms > retry.maxRetryAfter || runtime.now() + ms >= call.deadline) return false
    repeat(because)
    trace.note({ type: 'wait', milliseconds: Math.max(0, ms), because })
    await sleep(runtime, Math.max(0, ms), call.signal).catch(() => {
      throw left(call.signal!)
    })
    return true
  }

  /** When all keys have been told to wait and no other group may follow, waits as those do that were told so. */
  async function whoeverRests(): Promise<Candidate> {
    for (;;) {
      const refusal = plan.refusal()
      const { retryAfter } = refusal
      if (retryAfter === undefined || retryAfter <= 0 || spare > 0 || !mayRepeat('rate_limited')) throw refusal
      if (!(await wait(retryAfter, 'rate_limited'))) throw refusal
      const ready = load ? await load.next(call, plan) : plan.next()
      if (ready) return ready
    }
  }

  const firstReply = begun?.reply ?? attempt()
  try {
    return await firstReply
  } catch {
    // p-retry costs more than a whole call's budget of microseconds, so it is entered only now.
    return pRetry((number) => (number === 1 ? firstReply : attempt()), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 0,
      shouldRetry: ({ error }) => choose(error as GatewayError),
    }).catch((error: unknown) => {
      // That a circuit has opened meanwhile is less to know than why.
      throw isGatewayError(error, 'circuit_open') ? (failure ?? error) : error
    })
  }
}

/** Nothing, when there is no room; what the caller did is not caught. */
function unlessCancelled(error: unknown): undefined {
  if (!isGatewayError(error, 'overloaded')) throw error
}

/** A substitute for a window that was too small has a larger one, as far as is known. */
export function onlyLarger(plan: Plan, window: number): void {
  plan.narrow('context_window', noLargerThan(window))
}

function noLargerThan(window: number): (deployment: Deployment) => string | undefined {
  return ({ facts: { context } }) =>
    context !== undefined && context <= window ? `its context window is no larger than ${window} tokens` : undefined
}
