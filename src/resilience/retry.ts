import pRetry from 'p-retry'
import type { Attempt, Call, Candidate, Plan } from '../call.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { type ErrorTraits, errorTraits, type GatewayError } from '../errors.ts'
import type { Next } from '../middleware.ts'
import type { Reply } from '../reply.ts'
import { sleep } from '../runtime.ts'
import { begin, type Trying } from './attempt.ts'
import { type Backoff, fullJitter } from './backoff.ts'
import { type Cancellations, cancelled } from './cancellation.ts'
import { type Hedging, hedge } from './hedge.ts'

export interface RetryOptions {
  /** How often one group may ask a deployment again that has failed. Going on to another deployment is no retry. @default 1 */
  readonly limit?: number | undefined
  /** How long to wait before that, when the provider does not say. @default full jitter from 0.5 to 8 seconds */
  readonly backoff?: Backoff | undefined
  /** The longest Retry-After that is waited for. @default '20s' */
  readonly maxRetryAfter?: Duration | undefined
}

export interface Walk {
  readonly retry: { readonly limit: number; readonly backoff: Backoff; readonly maxRetryAfter: number }
  /** When another candidate is asked too; undefined: never. */
  readonly hedge: Hedging | undefined
  readonly next: Next<Attempt>
  readonly cancellations: Cancellations
}

export function resolveRetry({
  limit = 1,
  backoff = fullJitter(),
  maxRetryAfter = '20s',
}: RetryOptions = {}): Walk['retry'] {
  return { limit, backoff, maxRetryAfter: milliseconds(maxRetryAfter, 'retry.maxRetryAfter') }
}

/** The attempts of one call, over all of its groups. */
export interface Attempts {
  begun: number
  /** The context window that was too small, in tokens, once one was. */
  window: number | undefined
  readonly limit: number
}

/**
 * Serves a call from one group: asks the plan's candidates in turn, without waiting, and then those that may succeed
 * if asked again, after a wait. `spare` attempts are left to the groups that may follow.
 */
export async function serve(call: Call, plan: Plan, attempts: Attempts, spare: number, walk: Walk): Promise<Reply> {
  let candidate = plan.next()
  if (!candidate) throw plan.refusal()
  /** Those that may be asked again, and how long that should wait. */
  const again = new Map<Candidate, number>()
  let retries = 0
  let hedged = false

  function attempt(): Promise<Reply> {
    const trying = start(candidate!, false)
    const delay = hedged ? undefined : walk.hedge?.delay(call, trying.candidate.deployment)
    if (delay === undefined) return trying.reply
    return hedge(call, trying, delay, () => {
      if (!mayBegin()) return undefined
      plan.exclude(trying.candidate, undefined, 'deployment')
      const other = plan.next()
      if (!other || !walk.hedge?.take()) return undefined
      hedged = true
      return start(other, true)
    })
  }

  function start(chosen: Candidate, isHedge: boolean): Trying {
    attempts.begun += 1
    const trying = begin(call, chosen, attempts.begun, walk.next, walk.cancellations, isHedge)
    if (isHedge) trying.reply.catch((error: GatewayError) => accountHedge(chosen, error))
    return trying
  }

  const mayBegin = (): boolean =>
    attempts.begun < attempts.limit - spare && call.runtime.now() < call.deadline && !call.signal?.aborted

  /** Draws the lesson from a failure: whom not to ask again, and whom only later. */
  function account(failed: Candidate, error: GatewayError): void {
    const traits: ErrorTraits = errorTraits[error.code]
    // Nothing was sent: it was no attempt.
    const asked = error.code !== 'circuit_open' && traits.elsewhere !== 'cheaper'
    if (!asked) attempts.begun -= 1
    const { context } = failed.deployment.facts
    if (traits.elsewhere === 'larger' && context !== undefined) {
      attempts.window = context
      onlyLarger(plan, context)
    }
    // A limit that every deployment comes under leaves only those that cost less.
    if (traits.elsewhere === 'cheaper' && error.deployment === undefined) {
      const { cost = Number.POSITIVE_INFINITY } = failed.deployment.worstCase(call)
      plan.narrow('over_budget', (other) =>
        (other.worstCase(call).cost ?? cost) >= cost ? 'it costs no less' : undefined,
      )
    }
    const ofKey = traits.faults === 'key' || traits.faults === 'key-at-deployment'
    plan.exclude(failed, asked ? undefined : error.code, ofKey ? 'key' : 'deployment')
    if (traits.again) again.set(failed, error.retryAfter ?? walk.retry.backoff(retries + 1, call.runtime.random))
    else again.delete(failed)
  }

  /** A hedge that a limit refuses never was: it may be asked when the first has ended, and its reservation with it. */
  function accountHedge(failed: Candidate, error: GatewayError): void {
    if (errorTraits[error.code].elsewhere === 'cheaper') attempts.begun -= 1
    else account(failed, error)
  }

  /** Chooses first, and waits second: a wait happens only when there is nobody else to ask. */
  async function choose(error: GatewayError): Promise<boolean> {
    account(candidate!, error)
    if (call.signal?.aborted) throw cancelled(call.signal)
    if (!mayBegin()) return false
    const other = errorTraits[error.code].elsewhere ? plan.next() : undefined
    if (other) {
      candidate = other
      return true
    }
    if (retries >= walk.retry.limit || !errorTraits[error.code].again) return false
    const [soonest] = [...again].sort(([, a], [, b]) => a - b)
    if (!soonest) return false
    const [chosen, wait] = soonest
    if (wait > walk.retry.maxRetryAfter || call.runtime.now() + wait >= call.deadline) return false
    retries += 1
    call.trace.note({ type: 'wait', milliseconds: wait, because: error.code })
    await sleep(call.runtime, wait, call.signal).catch(() => {
      throw cancelled(call.signal!)
    })
    candidate = chosen
    return true
  }

  const firstReply = attempt()
  try {
    return await firstReply
  } catch {
    // p-retry costs more than a whole call's budget of microseconds, so it is entered only now.
    return pRetry((number) => (number === 1 ? firstReply : attempt()), {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: 0,
      shouldRetry: ({ error }) => choose(error as GatewayError),
    })
  }
}

/** A substitute for a window that was too small has a larger one, as far as is known. */
export function onlyLarger(plan: Plan, window: number): void {
  plan.narrow('context_window', ({ facts: { context } }) =>
    context !== undefined && context <= window ? `its context window is no larger than ${window} tokens` : undefined,
  )
}
