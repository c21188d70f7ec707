import type { Target } from '../dialect.ts'

/** How a provider that speaks Anthropic's Messages API departs from it. */
export interface AnthropicQuirks {
  /** Sent as `max_tokens`, which is required, when the request has no limit. @default 4096 */
  readonly defaultMaxTokens?: number | undefined
  /** A Claude whose habits the models have, where their names do not say: for deployments with names of one's own. */
  readonly behavesLike?: string | undefined
}

/**
 * Reads a model's generation from its name, as a number that sorts: 4.6 is 406. What a generation takes is told by the
 * questions below, and nowhere else. A name without one, such as another maker's model behind this API, counts as 4.0.
 */
export function generationOf({ model, quirks }: Target<AnthropicQuirks>): number {
  const name = quirks.behavesLike ?? model
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
