import type { Deployment } from '../../call.ts'
import { type Duration, milliseconds } from '../../duration.ts'
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
export function leastUsed({ by, store, every = '1s' }: LeastUsedOptions = {}): Strategy {
  const units = by ? [by] : (['requests', 'tokens'] as const)
  const period = milliseconds(every, 'leastUsed.every')

  const among = (candidates: readonly Deployment[], context: StrategyContext): Strategy => {
    const fleet = store && context.memory(leastUsed, () => new Fleet(store, period, units))
    // Written out for both units: to look them up by name for each of a thousand would take three times as long.
    let requests = 0
    let tokens = 0
    for (const { limits } of candidates) {
      if (!limits) continue
      if (by !== 'tokens' && limits.requestsPerMinute! > requests) requests = limits.requestsPerMinute!
      if (by !== 'requests' && limits.tokensPerMinute! > tokens) tokens = limits.tokensPerMinute!
    }
    const limited = requests + tokens > 0
    return least(
      Object.assign(
        function used(deployment: Deployment, { statistics, now }: StrategyContext) {
          const known = statistics.of(deployment)
          const { limits, weight } = deployment
          let fullest = 0
          if (requests > 0 || (!limited && by !== 'tokens')) {
            const limit = limits?.requestsPerMinute ?? (requests || weight)
            fullest = (fleet?.used(deployment, 'requests', known) ?? known.used('requests', now)) / limit
          }
          if (tokens > 0 || (!limited && by === 'tokens')) {
            const limit = limits?.tokensPerMinute ?? (tokens || weight)
            const waiting = known.inFlight(now)
            // What is under way has not been counted yet.
            const coming = waiting === 0 ? 0 : waiting * (known.tokens ?? 0)
            const used = fleet?.used(deployment, 'tokens', known) ?? known.used('tokens', now)
            fullest = Math.max(fullest, (used + coming) / limit)
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
  }

  const leastUsed = Object.assign(
    function leastUsed(candidates: readonly Deployment[], context: StrategyContext) {
      if (store) context.memory(leastUsed, () => new Fleet(store, period, units)).refresh(candidates, context)
      return among(candidates, context)(candidates, context)
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
    if (this.#asking || now < this.#askedAt + this.#period) return
    this.#asking = true
    this.#askedAt = now
    // A name that a caller made up has nobody to be compared with.
    for (const { id } of candidates.length > 1 ? candidates : []) {
      for (const unit of this.#units) {
        const key = `${unit} ${id}`
        if (!this.#counters.has(key))
          this.#counters.set(key, { id, unit, key: `used:${key}`, told: 0, used: undefined })
      }
    }
    // Those too that are no candidates just now: what was used there is to be told.
    const counters = [...this.#counters.values()]
    const totals = counters.map((counter) => statistics.of(counter).total(counter.unit))
    const entries: readonly CounterEntry[] = counters.map(({ key, told }, index) => ({
      key,
      window: minute,
      limit: undefined,
      fixed: totals[index]! - told,
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
}

interface Counter {
  readonly id: string
  readonly unit: Unit
  readonly key: string
  /** How much of this gateway's own use the store knows. */
  told: number
  used: number | undefined
}

const minute: Window = { type: 'rolling', length: 60_000 }
const noUnits = { least: 0, most: 0 } as const
