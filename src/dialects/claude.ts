import type { Reasoning } from '../operations/chat/index.ts'

/** How much a model is to think, in a word. */
export type Effort = NonNullable<Reasoning['effort']>

/**
 * Reads a Claude's generation from its name, as a number that sorts: 4.6 is 406. What a generation takes is told by the
 * questions below, and nowhere else. A name without one, such as another maker's model behind Claude's API, counts as 4.0.
 */
export function claudeGeneration(name: string): number {
  if (/claude-(fable|mythos)/.test(name)) return 505
  // Sonnet 5 takes what Opus 4.7 takes.
  if (/sonnet-5(?![-.]\d\b)/.test(name)) return 407
  // A version has one or two digits, a date has eight: `claude-opus-4-20250514` is 4.0.
  const [, major = 4, minor = 0] = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(name) ?? []
  return Number(major) * 100 + Number(minor)
}

/** `thinking: { type: 'enabled', budget_tokens }` */
export const takesBudgets = (generation: number): boolean => generation < 407

/** `thinking: { type: 'adaptive' }` and a word of effort. */
export const thinksAdaptively = (generation: number): boolean => generation >= 406

/** A word of effort, where thinking counts tokens too. */
export const takesEffort = (generation: number): boolean => generation >= 405

/** The effort `xhigh`. */
export const takesExtraHigh = (generation: number): boolean => generation >= 407

/** `thinking: { type: 'disabled' }` */
export const canStopThinking = (generation: number): boolean => generation < 505

/** `temperature`, `top_p` and `top_k`. */
export const takesSampling = (generation: number): boolean => generation < 407

/** `temperature` and `top_p` in one request. */
export const takesBothSamplings = (generation: number): boolean => generation < 401

/** Messages of the role `system` after the first one. */
export const takesSystemAnywhere = (generation: number): boolean => generation >= 408

/** A last message of its own, as the beginning of its answer. */
export const takesPrefill = (generation: number): boolean => generation < 406

/** The tokens that a word of effort stands for, where a model counts tokens; the larger first. */
export const effortBudgets: Readonly<Record<Exclude<Effort, 'none'>, number>> = {
  max: 60_000,
  xhigh: 32_768,
  high: 16_384,
  medium: 8192,
  low: 2048,
  minimal: 1024,
}

/** The word that comes nearest to a budget from below. */
export function effortOfBudget(budget: number | undefined): Effort | undefined {
  if (budget === undefined) return undefined
  return (
    (Object.keys(effortBudgets) as (keyof typeof effortBudgets)[]).find((effort) => effortBudgets[effort] <= budget) ??
    'low'
  )
}

/** The word that a generation takes for an effort; undefined where it takes none. */
export function effortFor(effort: Effort | undefined, generation: number): Effort | undefined {
  if (!takesEffort(generation)) return undefined
  return effort === 'minimal' ? 'low' : effort === 'xhigh' && !takesExtraHigh(generation) ? 'high' : effort
}
