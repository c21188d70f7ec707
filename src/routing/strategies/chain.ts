import type { Call, Deployment } from '../../call.ts'
import { checkStrategy, type Memory, type Ranked, type Strategy, type StrategyContext, unranked } from './strategy.ts'

/** Asks strategies in turn: each narrows what the one before it left, until one picks. What is left then is picked at random, by weight. */
export function chain(...strategies: readonly Strategy[]): Strategy {
  for (const strategy of strategies) checkStrategy('chain()', strategy)
  const preparing = strategies.filter(({ prepare }) => prepare)
  return Object.assign(
    function chain(candidates: readonly Deployment[], context: StrategyContext) {
      let left = candidates
      for (const strategy of strategies) {
        if (left.length === 1 && !strategy.remembers) continue
        const chosen = strategy(left, context)
        if (!isList(chosen)) return chosen
        if (chosen.length > 0) left = chosen
      }
      return left
    },
    {
      observes: strategies.some(({ observes }) => observes),
      remembers: strategies.some(({ remembers }) => remembers),
      rank: (candidates: readonly Deployment[], context: StrategyContext) => rankBy(strategies, candidates, context),
      ...(preparing.length > 0 && {
        prepare(call: Call, memory: Memory) {
          const pending: Promise<unknown>[] = []
          try {
            for (const strategy of preparing) pending.push(...[strategy.prepare!(call, memory) ?? []].flat())
          } catch (error) {
            // Those that were asked before may fail later: they are waited for with it.
            pending.push(Promise.reject(error))
          }
          return pending.length > 0 ? Promise.all(pending) : undefined
        },
      }),
    },
  )
}

export function isList(chosen: Deployment | readonly Deployment[]): chosen is readonly Deployment[] {
  return Array.isArray(chosen)
}

/** Ranks by the first strategy, and those that are equal to it by the next. */
function rankBy(
  [strategy, ...others]: readonly Strategy[],
  candidates: readonly Deployment[],
  context: StrategyContext,
): readonly Ranked[] {
  if (!strategy) return unranked(candidates)
  const rows = strategy.rank?.(candidates, context)
  if (!rows) return rankBy(others, candidates, context)
  const ranked: Ranked[] = []
  let offset = 0
  for (const tier of new Set(rows.map(({ tier }) => tier))) {
    const equals = rows.filter((row) => row.tier === tier)
    // Where one is picked at random there is nothing left to choose.
    const picked = equals.some(({ share }) => share !== undefined)
    const scoresOf = new Map(equals.map(({ deployment, scores }) => [deployment, scores]))
    const within = picked ? equals : rankBy(others, [...scoresOf.keys()], context)
    for (const row of within) {
      const scores = picked ? row.scores : [...scoresOf.get(row.deployment)!, ...row.scores]
      ranked.push({ ...row, scores, tier: offset + (picked ? 0 : row.tier) })
    }
    offset = ranked.at(-1)!.tier + 1
  }
  return ranked
}
