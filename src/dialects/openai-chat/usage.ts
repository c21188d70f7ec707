import type { Usage } from '../../operations/operation.ts'
import { extend, type Fields, ownFields, unknownFields, type WireUsage } from './wire.ts'

/** Reads what a provider counted, in any of the forms that are about. */
export function decodeUsage(wire: WireUsage): Usage {
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = wire
  const promptDetails = wire.prompt_tokens_details
  const completionDetails = wire.completion_tokens_details
  const reasoning = completionDetails?.reasoning_tokens ?? wire.reasoning_tokens
  // xAI's completion tokens leave reasoning out: its own total gives it away.
  const apart = reasoning !== undefined && reasoning > 0 && total === (prompt ?? 0) + (completion ?? 0) + reasoning
  const output = apart ? (completion ?? 0) + reasoning : completion
  const rest = unknownUsage(wire, total !== (prompt ?? 0) + (output ?? 0))
  return {
    ...withKnown(undefined, {
      inputTokens: prompt,
      outputTokens: output,
      cachedInputTokens:
        promptDetails?.cached_tokens ??
        wire.cached_tokens ??
        wire.prompt_cache_hit_tokens ??
        wire.cache_read_input_tokens,
      cacheWriteTokens: promptDetails?.cache_write_tokens ?? wire.cache_creation_input_tokens,
      reasoningTokens: reasoning,
      audioInputTokens: promptDetails?.audio_tokens,
      audioOutputTokens: completionDetails?.audio_tokens,
    }),
    ...extend(rest),
  }
}

/** Writes usage as OpenAI does; undefined when nothing is known. */
export function encodeUsage(usage: Usage): Fields | undefined {
  const { inputTokens, outputTokens, extensions } = usage
  const own = ownFields(extensions)
  return withKnown(own, {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens:
      own?.['total_tokens'] ??
      (inputTokens === undefined || outputTokens === undefined ? undefined : inputTokens + outputTokens),
    prompt_tokens_details: withKnown(own?.['prompt_tokens_details'], {
      cached_tokens: usage.cachedInputTokens,
      cache_write_tokens: usage.cacheWriteTokens,
      audio_tokens: usage.audioInputTokens,
    }),
    completion_tokens_details: withKnown(own?.['completion_tokens_details'], {
      reasoning_tokens: usage.reasoningTokens,
      audio_tokens: usage.audioOutputTokens,
    }),
  })
}

const known = [
  'prompt_tokens',
  'completion_tokens',
  'total_tokens',
  'prompt_tokens_details',
  'completion_tokens_details',
]
const knownDetails = ['cached_tokens', 'cache_write_tokens', 'reasoning_tokens', 'audio_tokens']

/** Other providers' names of what has a name here stay too: their applications read them. */
function unknownUsage(wire: WireUsage, oddTotal: boolean): Fields | undefined {
  const { prompt_tokens_details: prompt, completion_tokens_details: completion } = wire
  return withKnown(unknownFields(wire, known), {
    total_tokens: oddTotal ? wire.total_tokens : undefined,
    prompt_tokens_details: prompt ? unknownFields(prompt, knownDetails) : undefined,
    completion_tokens_details: completion ? unknownFields(completion, knownDetails) : undefined,
  })
}

/** Adds what is known to other fields; undefined when there is nothing at all. */
function withKnown(fields: unknown, values: Fields): Fields | undefined {
  let merged = fields === undefined ? undefined : { ...(fields as Fields) }
  for (const name in values) {
    const value = values[name]
    if (value !== undefined && value !== null) (merged ??= {})[name] = value
  }
  return merged
}
