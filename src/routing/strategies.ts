import type { Call, Deployment } from '../call.ts'

/** What a strategy may go by. */
export interface StrategyContext {
  readonly call: Call
  /** From 0 to below 1. */
  readonly random: () => number
}

/** Picks one of the deployments that may serve a call. `candidates` is never empty. */
export type Strategy = (candidates: readonly Deployment[], context: StrategyContext) => Deployment

/** Picks at random, in proportion to each deployment's own weight. */
export function weightedShuffle(): Strategy {
  return proportional(({ weight }) => weight)
}

/** Picks the first, in the order in which the group lists its deployments. */
export function ordered(): Strategy {
  return (candidates) => candidates[0]!
}

/** Picks at random, in proportion to a score. Deployments that score 0 or less serve only when all do. */
export function proportional(score: (deployment: Deployment) => number): Strategy {
  return function proportional(candidates, { random }) {
    if (candidates.length === 1) return candidates[0]!
    let total = 0
    for (const candidate of candidates) total += Math.max(0, score(candidate))
    let point = random() * total
    for (const candidate of candidates) {
      point -= Math.max(0, score(candidate))
      if (point < 0) return candidate
    }
    // Nobody scored: each is as good as the others.
    return candidates[Math.floor(random() * candidates.length)]!
  }
}
