import type { Deployment } from '../../call.ts'
import { type Duration, milliseconds } from '../../duration.ts'
import { checkedApart, checkOptions, isFunction, oneOf } from '../../option-rules.ts'
import { within } from '../../stores/access.ts'
import type { CounterEntry, CounterStore } from '../../stores/counters.ts'
import type { Window } from '../../stores/window.ts'
import type { Known } from '../statistics.ts'
import { least } from './choices.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

export interface LeastUsedOptions {
  /** What is counted, in the last minute. @default whichever of a deployment's limits is fuller */
  readonly by?: 'requests' | 'tokens' | undefined
  /** Where the whole fleet counts. @default what this gateway alone has used */
  readonly store?: CounterStore | undefined
  /** How often a gateway that serves calls tells the store, and looks. @default '1s' */
  readonly every?: Duration | undefined
}

/**
 * Picks who has used the smallest part of its limits in the last minute: `limits` of a deployment. Who has none counts as if it had
 * the highest of the others'. A store is asked behind the back of the calls, once a second for all deployments; while it
 * does not answer, a gateway goes by what it has used itself.
 */
export function leastUsed(options: LeastUsedOptions = {}): Strategy {
  checkOptions('leastUsed()', options, {
    by: oneOf('requests', 'tokens'),
    store: ['a store of counters, with reserve()', (store) => isFunction((store as Partial<CounterStore>)?.reserve)],
    every: checkedApart,
  })
  const { by, store, every = '1s' } = options
  const units = by ? [by] : (['requests', 'tokens'] as const)
  const period = milliseconds(every, 'leastUsed.every')

  // One score for all choices, for what is made anew for each is never compiled into the loop. Each choice is made at once,
  // so what it goes by may stand here meanwhile.
  let fleet: Fleet | undefined
  let scaled: readonly Deployment[] | undefined
  let most: Readonly<Record<Unit, number>> = { requests: 0, tokens: 0 }
  let counts: Readonly<Record<Unit, boolean>> = { requests: true, tokens: false }

  const amongAll = least(
    Object.assign(
      function used(deployment: Deployment, { statistics, now }: StrategyContext) {
        const known = statistics.of(deployment)
        const { limits, weight } = deployment
        let fullest = 0
        if (counts.requests) {
          const limit = limits?.requestsPerMinute ?? (most.requests || weight)
          fullest = (fleet?.used(deployment, 'requests', known) ?? known.used('requests', now)) / limit
        }
        if (counts.tokens) {
          const limit = limits?.tokensPerMinute ?? (most.tokens || weight)
          const waiting = known.inFlight(now)
          // What is under way has not been counted yet.
          const coming = waiting === 0 ? 0 : waiting * (known.tokens ?? 0)
          const share = ((fleet?.used(deployment, 'tokens', known) ?? known.used('tokens', now)) + coming) / limit
          if (share > fullest) fullest = share
        }
        return fullest
      },
      {
        observes: true,
        parts: (deployment: Deployment, { statistics, now }: StrategyContext) =>
          Object.fromEntries(
            units.map((unit) => {
              const known = statistics.of(deployment)
              return [unit, fleet?.used(deployment, unit, known) ?? known.used(unit, now)]
            }),
          ),
      },
    ),
  )

  function among(candidates: readonly Deployment[], context: StrategyContext): Strategy {
    fleet = store && context.memory(leastUsed, () => new Fleet(store, period, units))
    if (candidates !== scaled) scale(candidates)
    return amongAll
  }

  /** Finds the highest limits, which count for who has none. */
  function scale(candidates: readonly Deployment[]): void {
    scaled = candidates
    let requests = 0
    let tokens = 0
    for (const { limits } of candidates) {
      if (!limits) continue
      if (by !== 'tokens' && limits.requestsPerMinute! > requests) requests = limits.requestsPerMinute!
      if (by !== 'requests' && limits.tokensPerMinute! > tokens) tokens = limits.tokensPerMinute!
    }
    const unlimited = requests + tokens === 0
    most = { requests, tokens }
    counts = {
      requests: requests > 0 || (unlimited && by !== 'tokens'),
      tokens: tokens > 0 || (unlimited && by === 'tokens'),
    }
  }

  const leastUsed = Object.assign(
    function leastUsed(candidates: readonly Deployment[], context: StrategyContext) {
      const strategy = among(candidates, context)
      fleet?.refresh(candidates, context)
      return strategy(candidates, context)
    },
    {
      observes: true,
      rank: (candidates: readonly Deployment[], context: StrategyContext) =>
        among(candidates, context).rank!(candidates, context),
    },
  )
  return leastUsed
}

type Unit = 'requests' | 'tokens'

/** What a whole fleet has used, as a store of counters tells it. */
class Fleet {
  readonly #store: CounterStore
  readonly #period: number
  readonly #units: readonly Unit[]
  readonly #counters = new Map<string, Counter>()
  #askedAt = Number.NEGATIVE_INFINITY
  #asking = false
  #forgot = false
  #turn = 0

  constructor(store: CounterStore, period: number, units: readonly Unit[]) {
    this.#store = store
    this.#period = period
    this.#units = units
  }

  /** What all have used, as of the last trip, and what was used here since then. */
  used(deployment: Deployment, unit: Unit, known: Known): number | undefined {
    const counter = this.#counters.get(`${unit} ${deployment.id}`)
    return counter?.used === undefined ? undefined : counter.used + known.total(unit) - counter.told
  }

  /** Tells what was used here, and learns what was used anywhere: one trip, behind the call's back. */
  refresh(candidates: readonly Deployment[], { now, call, statistics }: StrategyContext): void {
    const { runtime } = call
    // Where a platform ends a request, what was asked for in it never ends.
    if (now < this.#askedAt + (this.#asking ? 2 : 1) * this.#period) return
    this.#asking = true
    this.#askedAt = now
    // A name that a caller made up has nobody to be compared with.
    for (const { id } of candidates.length > 1 ? candidates : []) {
      for (const unit of this.#units) {
        const key = `${unit} ${id}`
        if (this.#counters.has(key)) continue
        const told = this.#forgot ? statistics.of({ id }).total(unit) : 0
        this.#counters.set(key, { id, unit, key: `used:${key}`, told, used: undefined })
      }
    }
    if (this.#counters.size > mostCounters) this.#forget(candidates, statistics)
    // Those too that are no candidates just now: what was used there is to be told.
    const counters = [...this.#counters.values()]
    const totals = counters.map((counter) => statistics.of(counter).total(counter.unit))
    const entries: readonly CounterEntry[] = counters.map(({ key, told }, index) => ({
      key,
      window: minute,
      limit: undefined,
      // Statistics forget, too, and begin anew.
      fixed: Math.max(0, totals[index]! - told),
      perUnit: 0,
      caps: false,
    }))
    // It lapses at once, into what was spent.
    const id = `used-${now.toString(36)}-${Math.floor(runtime.random() * 2 ** 48).toString(36)}-${++this.#turn}`
    const trip = async (): Promise<void> => {
      try {
        const reserving = { id, state: 'sent', lease: now, now, entries, units: noUnits, settle: [] } as const
        const { states } = await within(this.#period, Promise.resolve(this.#store.reserve(reserving)), runtime)
        counters.forEach((counter, index) => {
          const { spent, reserved } = states[index]!
          counter.used = spent + reserved
          counter.told = totals[index]!
        })
      } catch {
        // What was used is told the next time.
      } finally {
        this.#asking = false
      }
    }
    const ended = trip()
    runtime.waitUntil?.(ended)
  }

  /** Lets go of what has nothing to tell, the oldest first: names of models are made up. */
  #forget(candidates: readonly Deployment[], statistics: StrategyContext['statistics']): void {
    this.#forgot = true
    for (const [key, counter] of this.#counters) {
      if (this.#counters.size <= mostCounters) return
      if (candidates.some(({ id }) => id === counter.id)) continue
      if (statistics.of(counter).total(counter.unit) <= counter.told) this.#counters.delete(key)
    }
  }
}

interface Counter {
  readonly id: string
  readonly unit: Unit
  readonly key: string
  /** How much of this gateway's own use the store knows. */
  told: number
  used: number | undefined
}

/** The most counters that are remembered which have nothing to tell. */
const mostCounters = 1000
const minute: Window = { type: 'rolling', length: 60_000 }
const noUnits = { least: 0, most: 0 } as const
