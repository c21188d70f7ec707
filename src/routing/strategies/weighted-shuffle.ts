import type { Deployment } from '../../call.ts'
import { checkOptions, oneOf } from '../../option-rules.ts'
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
export function weightedShuffle(options: WeightedShuffleOptions = {}): Strategy {
  checkOptions('weightedShuffle()', options, { by: oneOf('weight', 'requestsPerMinute', 'tokensPerMinute') })
  const { by = 'weight' } = options
  if (by === 'weight') return byWeight()

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

/** As `proportional` does, without a list of shares: this is what every call goes through unless another strategy is given. */
function byWeight(): Strategy {
  const general = proportional(function weight(deployment) {
    return deployment.weight
  })
  return Object.assign(
    function weightedShuffle(candidates: readonly Deployment[], context: StrategyContext) {
      let total = 0
      for (let index = 0; index < candidates.length; index++) total += candidates[index]!.weight
      if (!(total > 0 && total < Number.POSITIVE_INFINITY)) return general(candidates, context)
      let point = context.random() * total
      let last = 0
      for (let index = 0; index < candidates.length && point >= 0; index++) {
        const { weight } = candidates[index]!
        if (weight === 0) continue
        point -= weight
        last = index
      }
      return candidates[last]!
    },
    { rank: general.rank },
  )
}
