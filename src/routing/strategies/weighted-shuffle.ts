import type { Deployment } from '../../call.ts'
import { proportional } from './choices.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

export interface WeightedShuffleOptions {
  /** What a deployment's share goes by: its own weight, or one of its limits. @default 'weight' */
  readonly by?: 'weight' | 'requestsPerMinute' | 'tokensPerMinute' | undefined
}

/**
 * Picks at random, in proportion to each deployment's own weight or limit. One that does not say its limit has the mean share of
 * those that do. A weight of 0 serves only when nobody else can.
 */
export function weightedShuffle({ by = 'weight' }: WeightedShuffleOptions = {}): Strategy {
  if (by === 'weight') return proportional(weight)

  /** The shares, once it is known what the limits of all are. */
  const among = (candidates: readonly Deployment[]): Strategy => {
    let sum = 0
    let many = 0
    for (const { limits } of candidates) {
      const own = limits?.[by]
      if (own === undefined) continue
      sum += own
      many += 1
    }
    const mean = many === 0 ? 1 : sum / many
    return proportional(function limit({ limits }) {
      return limits?.[by] ?? mean
    })
  }
  return Object.assign(
    function weightedShuffle(candidates: readonly Deployment[], context: StrategyContext) {
      return among(candidates)(candidates, context)
    },
    {
      rank: (candidates: readonly Deployment[], context: StrategyContext) =>
        among(candidates).rank!(candidates, context),
    },
  )
}

function weight({ weight }: Deployment): number {
  return weight
}
