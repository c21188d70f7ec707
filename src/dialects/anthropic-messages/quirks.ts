import { claudeGeneration } from '../claude.ts'
import type { Target } from '../dialect.ts'

/** How a provider that speaks Anthropic's Messages API departs from it. */
export interface AnthropicQuirks {
  /** Sent as `max_tokens`, which is required, when the request has no limit. @default 4096 */
  readonly defaultMaxTokens?: number | undefined
  /** A Claude whose habits the models have, where their names do not say: for deployments with names of one's own. */
  readonly behavesLike?: string | undefined
}

/** Reads a model's generation from its name. */
export function generationOf({ model, quirks }: Target<AnthropicQuirks>): number {
  return claudeGeneration(quirks.behavesLike ?? model)
}
