import type { Attempt, Call, Deployment, LimitStatus, Principal } from '../call.ts'
import { GatewayError } from '../errors.ts'
import type { Next, Slot } from '../middleware.ts'
import { checkOptions, misconfigured } from '../option-rules.ts'
import { type Reply, settled } from '../reply.ts'
import { defaultRuntime, type Runtime } from '../runtime.ts'
import { isPromise } from '../stores/access.ts'
import type { Awaitable, CounterStore, Reserved } from '../stores/counters.ts'
import { memoryCounters } from '../stores/memory-counters.ts'
import { type AttemptDemand, demandOf, granted } from './demand.ts'
import { isOfDeployment, type LimitRule, type Line, limitStatus, reaches, subjectsOf } from './meter.ts'
import { refusalError } from './refusal.ts'
import { CallReservation, type Counting } from './reservation.ts'
import { StoreAccess } from './store-access.ts'
import { Waiting } from './waiting.ts'

export interface LimitsOptions {
  readonly rules: readonly LimitRule[]
  /** Where it is counted. @default the memory of this process */
  readonly store?: CounterStore | undefined
}

/** The limits of a gateway: `limits` of its options, and `gateway.limits`. */
export interface LimitsSlot extends Slot {
  /** Where all budgets and rate limits of a principal stand. Consumes nothing. */
  status(principal: Principal): Promise<readonly LimitStatus[]>
}

/** Holds calls to budgets and rate limits: reserves their worst case before they are sent, and settles what was billed. */
export function limits(options: LimitsOptions): LimitsSlot {
  const { rules, store = memoryCounters() } = checked(options)
  const meters = rules.flatMap((rule) => rule.meters)
  const counting: Counting = { store, local: memoryCounters(), access: new StoreAccess(), waiting: new Waiting() }
  const deployments = new Map<string, Deployment>()
  let runtime: Runtime = defaultRuntime
  let turns = 0

  return {
    call: function limits(call, next) {
      runtime = call.runtime
      const reservation = new CallReservation(call, counting, ++turns)
      const reply = settled(next({ ...call, reservation }), () => reservation.finish())
      return reservation.mustRenew ? reply.then((streaming) => renewing(streaming, reservation, call)) : reply
    },

    // Not async: with counters in memory an attempt passes without a promise of ours.
    attempt: function limits(attempt, next) {
      const { reservation } = attempt
      try {
        if (!(reservation instanceof CallReservation)) {
          throw new GatewayError('internal', 'An attempt came to the limits whose call had not passed them.')
        }
        const demand = demandOf(meters, attempt, reservation.counted)
        if (demand.entries.length === 0) return next(attempt)
        const answer = reservation.reserve(demand, attempt)
        if (!isPromise(answer) && answer.granted) return next(granted(attempt, demand, answer.units))
        return persevere(attempt, reservation, demand, answer, next)
      } catch (cause) {
        return Promise.reject(cause)
      }
    },

    check(all, own) {
      runtime = own
      for (const rule of rules) rule.check?.(all)
      for (const deployment of all) deployments.set(deployment.id, deployment)
    },

    async status(principal) {
      const lines = linesOf(principal)
      const names = lines.map(({ key, meter }) => ({ key, window: meter.window }))
      try {
        const asked = store.status(names, runtime.now())
        const states = isPromise(asked) ? await counting.access.ask(asked, runtime) : asked
        return lines.map((line, index) => limitStatus(line, states[index]!))
      } catch {
        throw new GatewayError('store_unavailable', 'The store of limits did not answer.')
      }
    },

    flush: () => counting.access.flush(),
  }

  /** Waits for the store and, where a rule says so, for room. */
  async function persevere(
    attempt: Attempt,
    reservation: CallReservation,
    first: AttemptDemand,
    asked: Awaitable<Reserved>,
    next: Next<Attempt>,
  ): Promise<Reply> {
    const { waiting } = counting
    let demand = first
    let answer = await asked
    let queued: string | undefined
    try {
      while (!answer.granted) {
        const key = worthWaiting(attempt, demand, answer)
        if (key === undefined) throw refusal(attempt, reservation, demand, answer)
        await waiting.wait(key, attempt, queued === key)
        queued = key
        if (attempt.signal.aborted) throw attempt.signal.reason
        demand = demandOf(meters, attempt, reservation.counted)
        answer = await reservation.reserve(demand, attempt)
      }
    } finally {
      if (queued !== undefined) waiting.next(queued)
    }
    return next(granted(attempt, demand, answer.units))
  }

  /** The counters of a principal, those by deployment for each that is known. */
  function linesOf(principal: Principal): readonly Line[] {
    const lines = new Map<string, Line>()
    for (const meter of meters) {
      const limit = meter.limit(principal)
      if (limit === undefined) continue
      const served = meter.scope.by.some(isOfDeployment)
        ? [...deployments.values()].filter((deployment) => reaches(meter.scope, deployment))
        : [undefined]
      for (const deployment of served) {
        for (const subject of subjectsOf(meter.scope, principal, deployment) ?? []) {
          const key = meter.prefix + subject
          lines.set(key, { meter, subject, key, limit })
        }
      }
    }
    return [...lines.values()]
  }
}

/** The counter to wait for, when all that is missing is reserved by others and would be waited for. */
function worthWaiting(
  { hedge, deadline, runtime }: Attempt,
  { lines }: AttemptDemand,
  { refusals, states }: Extract<Reserved, { granted: false }>,
): string | undefined {
  if (hedge || runtime.now() >= deadline) return undefined
  const patient = refusals.every(({ entry, amount }) => {
    const { meter, limit } = lines[entry]!
    return meter.waits && states[entry]!.spent + amount <= limit
  })
  return patient ? lines[refusals[0]!.entry]!.key : undefined
}

/** The error of a refused attempt. That of a rate limit comes first, for a cheaper deployment would not help. */
function refusal(
  { deployment, runtime }: Attempt,
  reservation: CallReservation,
  { lines }: AttemptDemand,
  { refusals, states }: Extract<Reserved, { granted: false }>,
): GatewayError {
  reservation.tell(lines, states)
  const first = refusals.find(({ entry }) => lines[entry]!.meter.kind !== 'budget') ?? refusals[0]!
  return refusalError(lines[first.entry]!, first, states[first.entry]!, deployment.id, runtime.now())
}

/** Renews the lease of a long stream while it runs, behind its reader's back. */
function renewing(reply: Reply, reservation: CallReservation, { runtime }: Call): Reply {
  if (reply.kind !== 'stream') return reply
  let last = runtime.now()
  return reply.stage({
    arrived() {
      const now = runtime.now()
      if (now - last < renewal) return
      last = now
      reservation.renew()
    },
  })
}

function checked(options: LimitsOptions): LimitsOptions {
  checkOptions('limits()', options, {
    rules: [
      'a list of budget(…) and rateLimit(…)',
      (value) => Array.isArray(value) && value.every((rule) => Array.isArray(rule?.meters)),
    ],
    store: ['a counter store', (value) => typeof (value as Partial<CounterStore>)?.reserve === 'function'],
  })
  if (options.rules === undefined) throw misconfigured('limits() needs rules: a list of budget(…) and rateLimit(…).')
  const prefixes = new Set<string>()
  for (const { prefix, rule } of options.rules.flatMap(({ meters }) => meters)) {
    if (prefixes.has(prefix))
      throw misconfigured(`limits(): two rules are called "${rule}". Give one of them another name.`)
    prefixes.add(prefix)
  }
  return options
}

const renewal = 5 * 60_000
