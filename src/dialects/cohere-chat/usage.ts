import type { Usage } from '../../operations/operation.ts'
import { compact, type Names, numberOf, unknownFields } from '../fields.ts'
import { extensionsOf, type WireUsage } from './wire.ts'

const names: Names = {
  tokens: { input_tokens: true, output_tokens: true, reasoning_tokens: true },
  cached_tokens: true,
}

/**
 * Reads the usage. Cohere counts twice: `tokens` is all that the model read and wrote, with the instructions that Cohere
 * puts in front; `billed_units` is what it charges for, hundreds of tokens less. Ours are tokens, as everywhere: they
 * fill the context window, and what was cached is a part of them. What is billed stays beside them, in the extensions.
 */
export function decodeUsage(wire: WireUsage): Usage {
  const { tokens, billed_units: billed, cached_tokens: cached } = wire
  return compact<Usage>({
    inputTokens: numberOf(tokens?.input_tokens ?? billed?.input_tokens),
    outputTokens: numberOf(tokens?.output_tokens ?? billed?.output_tokens),
    cachedInputTokens: numberOf(cached),
    reasoningTokens: numberOf(tokens?.reasoning_tokens),
    extensions: extensionsOf(unknownFields(wire, names)),
  })
}
