import type { Deployment } from '../../call.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

/**
 * Lets deployments take turns, smoothly by weight, as nginx does: with each call every candidate earns its weight, and the richest is
 * chosen and pays what all have earned. A call changes nothing between those that may serve it and those that may not. So
 * a deployment that is left out, or a retry, shifts nobody's turn, and nobody catches up on what was missed.
 */
export function roundRobin(): Strategy {
  const roundRobin = Object.assign(
    function roundRobin(candidates: readonly Deployment[], context: StrategyContext) {
      const purses = pursesOf(context)
      let richest: Deployment | undefined
      let most: Purse | undefined
      let earned = 0
      for (const candidate of candidates) {
        const { weight } = candidate
        if (weight <= 0) continue
        let purse = purses.get(candidate)
        if (!purse) purses.set(candidate, (purse = { credit: 0 }))
        purse.credit += weight
        earned += weight
        if (most && purse.credit <= most.credit) continue
        richest = candidate
        most = purse
      }
      if (!richest || !most) return candidates
      most.credit -= earned
      return richest
    },
    {
      rank(candidates: readonly Deployment[], context: StrategyContext) {
        const purses = pursesOf(context)
        const credit = (deployment: Deployment): number =>
          (purses.get(deployment)?.credit ?? 0) + (deployment.weight > 0 ? deployment.weight : Number.NEGATIVE_INFINITY)
        return [...candidates]
          .map((deployment) => ({ deployment, score: credit(deployment) }))
          .sort((a, b) => (a.score === b.score ? 0 : b.score - a.score))
          .map(({ deployment, score }, tier) => ({
            deployment,
            tier,
            scores: [{ strategy: 'roundRobin', score, parts: { weight: deployment.weight } }],
          }))
      },
    },
  )

  function pursesOf({ memory, group }: StrategyContext): Map<Deployment, Purse> {
    const groups = memory(roundRobin, () => new Map<string, Map<Deployment, Purse>>())
    let purses = groups.get(group)
    if (!purses) {
      // Names that callers make up must not fill the memory.
      if (groups.size >= mostGroups) groups.clear()
      groups.set(group, (purses = new Map()))
    }
    return purses
  }
  return roundRobin
}

interface Purse {
  credit: number
}

const mostGroups = 1000
