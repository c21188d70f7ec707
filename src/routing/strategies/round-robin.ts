import type { Deployment } from '../../call.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

/**
 * Lets deployments take turns, smoothly by weight. Whose turn is due first is chosen, and is due again a step later; the step of one
 * with twice the weight is half as long (stride scheduling). Nobody counts on, so a deployment that is left out, or a retry, shifts
 * nobody's turn: who was away for long comes soon, and catches up on no more than a turn, and who served out of turn, on a route
 * of its own, waits for no more than three.
 */
export function roundRobin(): Strategy {
  const roundRobin = Object.assign(
    function roundRobin(candidates: readonly Deployment[], context: StrategyContext) {
      const turns = turnsOf(context)
      let first: Deployment | undefined
      let soonest = Number.POSITIVE_INFINITY
      let weights = 0
      for (const candidate of candidates) {
        const { weight } = candidate
        if (weight <= 0) continue
        weights += weight
        let due = turns.due.get(candidate)
        // Who is new waits for half of a step, as the others do on average.
        if (due === undefined) turns.due.set(candidate, (due = turns.time + 0.5 / weight))
        if (due >= soonest) continue
        first = candidate
        soonest = due
      }
      if (!first) return candidates
      // In this time everybody has a turn in each step of theirs.
      turns.time += 1 / weights
      const step = 1 / first.weight
      turns.due.set(first, Math.min(Math.max(soonest, turns.time - step) + step, turns.time + 3 * step))
      return first
    },
    {
      rank(candidates: readonly Deployment[], context: StrategyContext) {
        const { due, time } = turnsOf(context)
        return candidates
          .map((deployment) => ({ deployment, wait: (due.get(deployment) ?? time + 0.5 / deployment.weight) - time }))
          .sort((a, b) => (a.wait === b.wait ? 0 : a.wait - b.wait))
          .map(({ deployment, wait }, tier) => ({
            deployment,
            tier,
            scores: [{ strategy: 'roundRobin', score: wait, parts: { weight: deployment.weight } }],
          }))
      },
    },
  )

  function turnsOf({ memory, group }: StrategyContext): Turns {
    const groups = memory(roundRobin, () => new Map<string, Turns>())
    let turns = groups.get(group)
    if (!turns) {
      // Names that callers make up must not fill the memory.
      if (groups.size >= mostGroups) groups.clear()
      groups.set(group, (turns = { time: 0, due: new WeakMap() }))
    }
    return turns
  }
  return roundRobin
}

/** Whose turn is due when, in a time of their own. */
interface Turns {
  time: number
  readonly due: WeakMap<Deployment, number>
}

const mostGroups = 1000
