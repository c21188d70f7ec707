import type { Target } from '../dialect.ts'

/** How a provider that speaks Anthropic's Messages API departs from it. */
export interface AnthropicQuirks {
  /** Sent as `max_tokens`, which is required, when the request has no limit. @default 4096 */
  readonly defaultMaxTokens?: number | undefined
  /** A Claude whose habits the models have, where their names do not say: for deployments with names of one's own. */
  readonly behavesLike?: string | undefined
}

/** What a generation of Claude takes, and what it answers with a 400. */
export interface Habits {
  /** `thinking: { type: 'enabled', budget_tokens }` */
  readonly budgets: boolean
  /** `thinking: { type: 'adaptive' }` and a word of effort in `output_config`. */
  readonly adaptive: boolean
  /** A word of effort even where thinking counts tokens. */
  readonly effort: boolean
  /** The effort `'xhigh'`. */
  readonly xhigh: boolean
  /** `thinking: { type: 'disabled' }` */
  readonly disabled: boolean
  /** `temperature`, `top_p` and `top_k`: as one likes, one of temperature and top_p, or none. */
  readonly sampling: 'free' | 'one' | 'none'
  /** Messages of the role `system` after the first one. */
  readonly systemAnywhere: boolean
}

/**
 * Tells a model's habits by the generation in its name. This is the only place that knows them:
 *
 * - up to 4.5 thinking has a budget of tokens; 4.6 takes that or a word of effort; from 4.7 on only the word;
 * - from 4.1 on temperature and top_p exclude each other; from 4.7 on there is no sampling parameter at all;
 * - from 4.8 on (but for Sonnet 5) a system message may stand in the middle of a conversation;
 * - from 5.5 on, and in Fable and Mythos, thinking cannot be switched off.
 *
 * A name without a generation, such as another maker's model behind this API, takes budgets and any sampling.
 */
export function habitsOf({ model, quirks }: Target<AnthropicQuirks>): Habits {
  const name = quirks.behavesLike ?? model
  const generation = generationOf(name)
  return {
    budgets: generation < 407,
    adaptive: generation >= 406,
    effort: generation >= 405,
    xhigh: generation >= 407,
    disabled: generation < 505,
    sampling: generation < 401 ? 'free' : generation < 407 ? 'one' : 'none',
    systemAnywhere: generation >= 408 && !/sonnet-5(?![-.]\d\b)/.test(name),
  }
}

/** A generation as a number that sorts: 4.6 is 406. */
function generationOf(name: string): number {
  if (/claude-(fable|mythos)/.test(name)) return 505
  // A version has one or two digits, a date has eight: `claude-opus-4-20250514` is 4.0.
  const [, major, minor] = /claude-(?:[a-z]+-)?(\d{1,2})(?:[-.](\d{1,2}))?(?!\d)/.exec(name) ?? []
  return major === undefined ? 400 : Number(major) * 100 + Number(minor ?? 0)
}
