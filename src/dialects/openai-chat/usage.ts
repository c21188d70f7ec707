import type { Usage } from '../../operations/operation.ts'
import type { Fields } from '../fields.ts'
import { decodeFields, encodeFields, known, ownFields, type Table, withOwn } from './table.ts'
import type { WireUsage } from './wire.ts'

/** Reads what a provider counted, in any of the forms that are about. */
export function decodeUsage(wire: WireUsage): Usage {
  const usage: { -readonly [Field in keyof Usage]: Usage[Field] } = {}
  let rest = decodeFields(wire, usageTable, usage)
  for (const name in aliases) {
    const count = wire[name as keyof typeof aliases]
    if (typeof count === 'number') usage[aliases[name as keyof typeof aliases]] ??= count
  }
  const { inputTokens = 0, outputTokens = 0, reasoningTokens = 0 } = usage
  const total = wire.total_tokens ?? inputTokens + outputTokens
  const apart = total - inputTokens - outputTokens
  if (apart) {
    // xAI's completion tokens leave reasoning out: its own total gives it away.
    if (apart === reasoningTokens) usage.outputTokens = outputTokens + reasoningTokens
    else rest = { ...rest, total_tokens: total }
  }
  return withOwn(usage, rest)
}

/** Writes usage as OpenAI does; undefined when nothing is known. */
export function encodeUsage(usage: Usage): Fields | undefined {
  const { inputTokens, outputTokens } = usage
  const wire = encodeFields(usage, usageTable, ownFields(usage.extensions))
  if (wire && inputTokens !== undefined && outputTokens !== undefined) {
    wire['total_tokens'] ??= inputTokens + outputTokens
  }
  return wire
}

/** Other providers' names of what has a name here. They stay too: their applications read them. */
const aliases = {
  // Moonshot and Together.
  cached_tokens: 'cachedInputTokens',
  // Mistral, where it has no details.
  num_cached_tokens: 'cachedInputTokens',
  // DeepSeek.
  prompt_cache_hit_tokens: 'cachedInputTokens',
  // Gateways in front of Anthropic's models.
  cache_read_input_tokens: 'cachedInputTokens',
  cache_creation_input_tokens: 'cacheWriteTokens',
  // Copilot.
  reasoning_tokens: 'reasoningTokens',
} as const

const usageTable: Table = {
  prompt_tokens: ['inputTokens', 'number'],
  completion_tokens: ['outputTokens', 'number'],
  total_tokens: known,
  // Perplexity: by it the price of a request goes.
  search_context_size: ['searchContext', 'string'],
  prompt_tokens_details: [
    {
      cached_tokens: ['cachedInputTokens', 'number'],
      cache_write_tokens: ['cacheWriteTokens', 'number'],
      audio_tokens: ['audioInputTokens', 'number'],
    },
  ],
  completion_tokens_details: [
    { reasoning_tokens: ['reasoningTokens', 'number'], audio_tokens: ['audioOutputTokens', 'number'] },
  ],
}
