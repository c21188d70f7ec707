import type { Call, Deployment } from '../../call.ts'
import { isFunction, misconfigured } from '../../option-rules.ts'
import type { Statistics } from '../statistics.ts'

/** What a strategy may go by. */
export interface StrategyContext {
  readonly call: Call
  /** The name of the group that is chosen from: the one that was asked for, or a fallback of it. */
  readonly group: string
  /** From 0 to below 1. */
  readonly random: () => number
  /** Milliseconds since 1970. */
  readonly now: number
  /** Tokens of the request, estimated when they are asked for. */
  readonly inputTokens: number
  /** Empty unless the strategy says that it {@link Strategy.observes}. */
  readonly statistics: Statistics
  readonly memory: Memory
}

/**
 * What a strategy remembers from call to call: made when it is asked for first, and the gateway's own, so that two gateways
 * with the same strategy share nothing. `owner` is the strategy, or anything else of its own.
 */
export type Memory = <T>(owner: object, create: () => T) => T

/**
 * Chooses among the deployments that may serve a call: picks one, or narrows them down to several. `candidates` is never
 * empty, and never changed. An empty list is no preference.
 */
export interface Strategy {
  (candidates: readonly Deployment[], context: StrategyContext): Deployment | readonly Deployment[]
  /** It goes by statistics: the gateway then keeps them. @default false */
  readonly observes?: boolean | undefined
  /** It remembers whom it chose, and so is asked also where there is nobody to choose from. @default false */
  readonly remembers?: boolean | undefined
  /** Finds out what takes time, once for each call, before anybody is chosen. What it rejects with fails the call. */
  readonly prepare?: ((call: Call, memory: Memory) => Promise<unknown> | undefined) | undefined
  /** Ranks candidates as it would choose them, for `explain`. Remembers and consumes nothing. */
  readonly rank?: ((candidates: readonly Deployment[], context: StrategyContext) => readonly Ranked[]) | undefined
}

/** Rates a deployment for one call. Undefined is: not known. */
export interface Score {
  (deployment: Deployment, context: StrategyContext): number | undefined
  readonly observes?: boolean | undefined
  /** How many observations the score rests on, old ones counting less. @default enough to be sure */
  readonly samples?: ((deployment: Deployment, context: StrategyContext) => number) | undefined
  /** What the score is made of, for `explain`. */
  readonly parts?: ((deployment: Deployment, context: StrategyContext) => ScoreParts) | undefined
}

export type ScoreParts = Readonly<Record<string, number | string | undefined>>

/** Where a deployment stands among others. */
export interface Ranked {
  readonly deployment: Deployment
  /** Counts from 0. Those of a lower tier are asked first; those of the same are equal to the strategy. */
  readonly tier: number
  /** Its share of the calls of its tier, where the strategy picks one at random. */
  readonly share?: number | undefined
  readonly scores: readonly Scored[]
}

/** With its share of the calls that come to those that stand with it. */
export interface RankedShare extends Ranked {
  readonly share: number
}

/** What one strategy thinks of a deployment. */
export interface Scored {
  /** The strategy's name. */
  readonly strategy: string
  readonly score?: number | undefined
  readonly parts?: ScoreParts | undefined
}

/** A score as it is compared: prices may have been read as texts, and what is not known is `otherwise`. */
export function numberOf(score: Score, deployment: Deployment, context: StrategyContext, otherwise: number): number {
  const value = score(deployment, context)
  if (typeof value === 'number') return Number.isNaN(value) ? otherwise : value
  // A text, whatever the types say: '10' comes before '9' among texts.
  const number = value === undefined || value === null ? Number.NaN : Number(value)
  return Number.isNaN(number) ? otherwise : number
}

/** What a score has to say of itself. */
export function scored(name: string, score: Score, deployment: Deployment, context: StrategyContext): Scored {
  const parts = score.parts?.(deployment, context)
  return { strategy: name, score: score(deployment, context), ...(parts && { parts }) }
}

/** Ranks by a value, the lowest first; equal ones share a tier. */
export function tiered(
  candidates: readonly Deployment[],
  numberOf: (deployment: Deployment) => number,
  scoredOf: (deployment: Deployment) => Scored,
): readonly Ranked[] {
  const rows = candidates.map((deployment) => ({ deployment, value: numberOf(deployment) }))
  // Infinity less itself is no number.
  rows.sort((a, b) => (a.value === b.value ? 0 : a.value - b.value))
  let tier = 0
  return rows.map(({ deployment, value }, index) => {
    if (index > 0 && value !== rows[index - 1]!.value) tier += 1
    return { deployment, tier, scores: [scoredOf(deployment)] }
  })
}

/** As a strategy stands to candidates that it cannot rank: they are equal. */
export function unranked(candidates: readonly Deployment[]): readonly Ranked[] {
  return candidates.map((deployment) => ({ deployment, tier: 0, scores: [] }))
}

/** Refuses what is no strategy. */
export function checkStrategy(owner: string, strategy: Strategy): void {
  if (!isFunction(strategy)) throw misconfigured(`${owner} takes strategies, such as cheapest().`)
}
