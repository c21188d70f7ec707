import type { Deployment } from '../../call.ts'
import type { Strategy } from './strategy.ts'

/** Picks the first, in the order in which the group lists its deployments. */
export function ordered(): Strategy {
  return Object.assign(
    function ordered(candidates: readonly Deployment[]) {
      return candidates[0]!
    },
    {
      rank: (candidates: readonly Deployment[]) =>
        candidates.map((deployment, tier) => ({ deployment, tier, scores: [] })),
    },
  )
}
