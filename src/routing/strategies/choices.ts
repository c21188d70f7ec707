import type { Deployment } from '../../call.ts'
import { numberOf, type Score, type Strategy, type StrategyContext, scored, tiered } from './strategy.ts'

/** Picks the lowest score; narrows to those that share it. Who has none comes last. */
export function least(score: Score): Strategy {
  return Object.assign(
    function least(candidates: readonly Deployment[], context: StrategyContext) {
      let lowest = Number.POSITIVE_INFINITY
      // Equals that stand side by side are cut out in one piece: mostly that is all of them.
      let start = 0
      let equals: Deployment[] | undefined
      for (let index = 0; index < candidates.length; index++) {
        const own = numberOf(score, candidates[index]!, context, Number.POSITIVE_INFINITY)
        if (own < lowest) {
          lowest = own
          start = index
          equals = undefined
        } else if (own > lowest) equals ??= candidates.slice(start, index)
        else equals?.push(candidates[index]!)
      }
      if (equals) return equals
      return start === 0 ? candidates : candidates.slice(start)
    },
    {
      observes: score.observes,
      rank: (candidates: readonly Deployment[], context: StrategyContext) =>
        tiered(
          candidates,
          (deployment) => numberOf(score, deployment, context, Number.POSITIVE_INFINITY),
          (deployment) => scored(nameOf('least', score), score, deployment, context),
        ),
    },
  )
}

/** Picks at random, in proportion to a score. Deployments that score 0, less, or nothing serve only when all do. */
export function proportional(score: Score): Strategy {
  return Object.assign(
    function proportional(candidates: readonly Deployment[], context: StrategyContext) {
      if (candidates.length === 1) return candidates[0]!
      const { shares, total } = sharesOf(score, candidates, context)
      let point = context.random() * total
      let last: Deployment | undefined
      for (let index = 0; index < candidates.length; index++) {
        const share = shares[index]!
        if (share === 0) continue
        last = candidates[index]!
        point -= share
        if (point < 0) return last
      }
      return last!
    },
    {
      observes: score.observes,
      rank(candidates: readonly Deployment[], context: StrategyContext) {
        const { shares, total } = sharesOf(score, candidates, context)
        return candidates.map((deployment, index) => ({
          deployment,
          tier: 0,
          share: shares[index]! / total,
          scores: [scored(nameOf('proportional', score), score, deployment, context)],
        }))
      },
    },
  )
}

/** The shares of a random pick. Where nobody scores, each is as good as the others. */
function sharesOf(
  score: Score,
  candidates: readonly Deployment[],
  context: StrategyContext,
): { readonly shares: Float64Array; readonly total: number } {
  const shares = new Float64Array(candidates.length)
  let total = 0
  for (let index = 0; index < shares.length; index++) {
    const share = numberOf(score, candidates[index]!, context, 0)
    if (!(share > 0)) continue
    shares[index] = share
    total += share
  }
  if (total === 0) return { shares: shares.fill(1), total: shares.length }
  if (total < Number.POSITIVE_INFINITY) return { shares, total }
  // What costs nothing is infinitely better than what costs something, and no better than its like.
  const infinite = shares.map((share) => (share === Number.POSITIVE_INFINITY ? 1 : 0))
  return { shares: infinite, total: infinite.reduce((sum, share) => sum + share, 0) }
}

/**
 * Picks two at random, and the better of them: nearly as even as to look at all, and no herd runs to the one that looked best
 * a moment ago. The lower score is better; who has none is not asked while the other has.
 */
export function twoChoices(score: Score): Strategy {
  return Object.assign(
    function twoChoices(candidates: readonly Deployment[], context: StrategyContext) {
      const { length } = candidates
      if (length === 1) return candidates[0]!
      const first = Math.floor(context.random() * length)
      const other = Math.floor(context.random() * (length - 1))
      const a = candidates[first]!
      const b = candidates[other < first ? other : other + 1]!
      const infinity = Number.POSITIVE_INFINITY
      return numberOf(score, b, context, infinity) < numberOf(score, a, context, infinity) ? b : a
    },
    {
      observes: score.observes,
      rank(candidates: readonly Deployment[], context: StrategyContext) {
        const { length } = candidates
        const value = (deployment: Deployment): number => numberOf(score, deployment, context, Number.POSITIVE_INFINITY)
        const values = candidates.map(value)
        return candidates.map((deployment, index) => {
          const worse = values.filter((other) => other > values[index]!).length
          const equal = values.filter((other) => other === values[index]!).length - 1
          // Of n (n - 1) / 2 pairs it wins those with a worse one, and half of those with an equal one.
          const share = length === 1 ? 1 : (worse + equal / 2) / ((length * (length - 1)) / 2)
          return {
            deployment,
            tier: 0,
            share,
            scores: [scored(nameOf('twoChoices', score), score, deployment, context)],
          }
        })
      },
    },
  )
}

export interface BestOptions {
  /** How long a score is believed that nobody has tested, in milliseconds. @default 60000 */
  readonly refresh?: number | undefined
}

/**
 * Picks the lowest score, as far as it is known, and finds out what it does not know: a deployment that is unknown, or was not
 * measured for `refresh`, is tried once in that time, and one that then looks better than the best a few times more, one
 * at a time. Never more than one call in ten goes into finding out.
 */
export function best(score: Score, { refresh = 60_000 }: BestOptions = {}): Strategy {
  const samplesOf = (deployment: Deployment, context: StrategyContext, value: number): number =>
    value === Number.POSITIVE_INFINITY ? 0 : (score.samples?.(deployment, context) ?? Number.POSITIVE_INFINITY)

  const best = Object.assign(
    function best(candidates: readonly Deployment[], context: StrategyContext) {
      if (candidates.length === 1) return candidates[0]!
      const { now } = context
      let sure: Deployment | undefined
      let lowestSure = Number.POSITIVE_INFINITY
      let likely: Deployment | undefined
      let lowest = Number.POSITIVE_INFINITY
      const trials = trialsOf(context)
      // Who was the best is likely to be it again: so few of the others are looked at twice.
      if (trials.best && candidates.includes(trials.best)) {
        const value = numberOf(score, trials.best, context, Number.POSITIVE_INFINITY)
        if (samplesOf(trials.best, context, value) >= enough) {
          sure = trials.best
          lowestSure = value
        }
      }
      for (const deployment of candidates) {
        const value = numberOf(score, deployment, context, Number.POSITIVE_INFINITY)
        if (value < lowest) {
          likely = deployment
          lowest = value
        }
        if (value < lowestSure && samplesOf(deployment, context, value) >= enough) {
          sure = deployment
          lowestSure = value
        }
      }
      const known = sure ?? likely
      trials.best = sure
      trials.since += 1
      if (known && trials.since < oneIn) return known
      trials.since = 0
      for (const deployment of candidates) {
        if (deployment === known) continue
        const value = numberOf(score, deployment, context, Number.POSITIVE_INFINITY)
        const samples = samplesOf(deployment, context, value)
        if (samples >= enough) continue
        const due = samples < few && now - (trials.triedAt.get(deployment.id) ?? Number.NEGATIVE_INFINITY) >= refresh
        // Who looks better than the best is looked at again, one call at a time.
        if (!due && !(value < lowestSure && context.statistics.of(deployment).inFlight(now) === 0)) continue
        trials.triedAt.set(deployment.id, now)
        return deployment
      }
      return known ?? candidates
    },
    {
      observes: score.observes,
      rank(candidates: readonly Deployment[], context: StrategyContext) {
        const value = (deployment: Deployment): number => numberOf(score, deployment, context, Number.POSITIVE_INFINITY)
        const isSure = (deployment: Deployment): boolean => samplesOf(deployment, context, value(deployment)) >= enough
        // Who is not known for sure comes after those that are, if there are any.
        const sure = candidates.filter(isSure)
        const unsure = candidates.filter((deployment) => !isSure(deployment))
        const ranked = (list: readonly Deployment[]) =>
          tiered(list, value, (deployment) => scored(nameOf('best', score), score, deployment, context))
        const first = ranked(sure)
        const offset = (first.at(-1)?.tier ?? -1) + 1
        return [...first, ...ranked(unsure).map((row) => ({ ...row, tier: row.tier + offset }))]
      },
    },
  )

  function trialsOf({ memory, group }: StrategyContext): Trials {
    const groups = memory(best, () => new Map<string, Trials>())
    let trials = groups.get(group)
    if (!trials) {
      // Names that callers make up must not fill the memory.
      if (groups.size >= mostGroups) groups.clear()
      groups.set(group, (trials = { since: 0, best: undefined, triedAt: new Map() }))
    }
    return trials
  }
  return best
}

interface Trials {
  /** Choices since a trial was looked for. */
  since: number
  best: Deployment | undefined
  readonly triedAt: Map<string, number>
}

/** Samples from which a score is believed, and below which it has gone stale. */
const enough = 5
const few = 0.7
/** At most one choice in so many is a trial. */
const oneIn = 10
const mostGroups = 1000

function nameOf(choice: string, score: Score): string {
  return score.name ? `${choice}(${score.name})` : choice
}
