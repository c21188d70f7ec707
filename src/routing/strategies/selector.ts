import type { Call, Deployment } from '../../call.ts'
import { GatewayError } from '../../errors.ts'
import type { StatisticsRecorder } from '../statistics.ts'
import { isList } from './chain.ts'
import { type Memory, type RankedShare, type Strategy, type StrategyContext, unranked } from './strategy.ts'
import { weightedShuffle } from './weighted-shuffle.ts'

/** A gateway's strategy, with what it remembers and what it goes by. */
export interface Selector {
  /** Picks one, by the gateway's strategy or by another. */
  pick(candidates: readonly Deployment[], call: Call, group: string, by?: Strategy): Deployment
  /** Ranks all, those asked first in front. Changes nothing. */
  rank(candidates: readonly Deployment[], call: Call, group: string, by?: Strategy): readonly RankedShare[]
}

/** Makes a memory in which nothing is remembered. */
export function createMemory(): Memory {
  const remembered = new WeakMap<object, unknown>()
  return function memory<T>(owner: object, create: () => T): T {
    let known = remembered.get(owner)
    if (known === undefined) remembered.set(owner, (known = create()))
    return known as T
  }
}

/** A class, for each literal with a getter has a shape of its own: a look at it would take a thousand candidates as long as all the rest. */
class Choice implements StrategyContext {
  readonly call: Call
  readonly group: string
  readonly random: () => number
  readonly now: number
  readonly statistics: StatisticsRecorder
  readonly memory: Memory
  #inputTokens: number | undefined

  constructor(call: Call, group: string, statistics: StatisticsRecorder, memory: Memory) {
    this.call = call
    this.group = group
    this.random = call.runtime.random
    this.now = call.runtime.now()
    this.statistics = statistics
    this.memory = memory
  }

  get inputTokens(): number {
    return (this.#inputTokens ??= this.call.operation.estimate(this.call.request))
  }
}

export function createSelector(own: Strategy, statistics: StatisticsRecorder, memory: Memory): Selector {
  const contextOf = (call: Call, group: string): StrategyContext => new Choice(call, group, statistics, memory)

  return {
    pick(candidates, call, group, strategy = own) {
      if (strategy.observes) statistics.wanted = true
      else if (candidates.length === 1 && !strategy.remembers) return candidates[0]!
      const context = contextOf(call, group)
      const chosen = strategy(candidates, context)
      let one = chosen as Deployment
      if (isList(chosen)) {
        const left = chosen.length > 0 ? chosen : candidates
        one = left.length === 1 ? left[0]! : (lastResort(left, context) as Deployment)
      }
      // A strategy has no say in who may serve.
      if (candidates.includes(one)) return one
      throw new GatewayError(
        'invalid_configuration',
        `The strategy ${strategy.name || 'of the option routing'} chose what is none of its candidates. Return one of them, or a list of them.`,
      )
    },
    rank(candidates, call, group, strategy = own) {
      const context = contextOf(call, group)
      const rows = strategy.rank?.(candidates, context) ?? unranked(candidates)
      const ranked: RankedShare[] = []
      for (const tier of new Set(rows.map((row) => row.tier))) {
        const equals = rows.filter((row) => row.tier === tier)
        const resort = lastResort.rank!(
          equals.map(({ deployment }) => deployment),
          context,
        )
        const shares = equals.map(({ share }, index) => share ?? resort[index]!.share!)
        const withShares = equals.map((row, index) => ({ ...row, share: ranked.length > 0 ? 0 : shares[index]! }))
        const order = equals.map((_, index) => index).sort((a, b) => shares[b]! - shares[a]!)
        ranked.push(...order.map((index) => withShares[index]!))
      }
      return ranked
    },
  }
}

const lastResort = /* @__PURE__ */ weightedShuffle()
