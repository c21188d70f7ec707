import type { Deployment } from '../../call.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

/**
 * Lets deployments take turns, smoothly by weight: each has its next turn a step after its last, and the steps of one with
 * twice the weight are half as long (start-time fair queueing). It picks who has waited longest rather than counting on,
 * so a deployment that is left out for a while, or a retry, shifts nobody's turn, and nobody catches up on what was missed.
 */
export function roundRobin(): Strategy {
  const roundRobin = Object.assign(
    function roundRobin(candidates: readonly Deployment[], context: StrategyContext) {
      const turns = turnsOf(context)
      let first: Deployment | undefined
      let soonest = Number.POSITIVE_INFINITY
      for (const candidate of candidates) {
        const due = dueOf(candidate, turns)
        // Who is new waits as long as the others do on average, from now on.
        if (!turns.due.has(candidate)) turns.due.set(candidate, due)
        if (due < soonest) {
          first = candidate
          soonest = due
        }
      }
      if (!first) return candidates
      turns.due.set(first, soonest + 1 / first.weight)
      turns.time = Math.max(turns.time, soonest)
      return first
    },
    {
      rank(candidates: readonly Deployment[], context: StrategyContext) {
        const turns = turnsOf(context)
        const rows = candidates.map((deployment) => ({ deployment, due: dueOf(deployment, turns) }))
        rows.sort((a, b) => (a.due === b.due ? 0 : a.due - b.due))
        return rows.map(({ deployment, due }, tier) => ({
          deployment,
          tier,
          scores: [{ strategy: 'roundRobin', score: due - turns.time, parts: { weight: deployment.weight } }],
        }))
      },
    },
  )

  function turnsOf({ memory, group }: StrategyContext): Turns {
    const groups = memory(roundRobin, () => new Map<string, Turns>())
    let turns = groups.get(group)
    if (!turns) {
      if (groups.size >= mostGroups) groups.clear()
      groups.set(group, (turns = { time: 0, due: new Map() }))
    }
    return turns
  }
  return roundRobin
}

/** Whose turn is when, in a time that goes on with every turn. */
interface Turns {
  time: number
  readonly due: Map<Deployment, number>
}

function dueOf(deployment: Deployment, { time, due }: Turns): number {
  const step = 1 / deployment.weight
  const own = due.get(deployment)
  // Who was away for long comes next, and no more often than the others.
  return own === undefined ? time + step / 2 : Math.max(own, time - step / 2)
}

const mostGroups = 1000
