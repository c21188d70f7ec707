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
  const cached =
    promptDetails?.cached_tokens ?? wire.cached_tokens ?? wire.prompt_cache_hit_tokens ?? wire.cache_read_input_tokens
  const written = promptDetails?.cache_write_tokens ?? wire.cache_creation_input_tokens
  const audioInput = promptDetails?.audio_tokens
  const audioOutput = completionDetails?.audio_tokens
  return {
    ...(prompt !== undefined && { inputTokens: prompt }),
    ...(output !== undefined && { outputTokens: output }),
    ...(cached !== undefined && { cachedInputTokens: cached }),
    ...(written !== undefined && { cacheWriteTokens: written }),
    ...(reasoning !== undefined && { reasoningTokens: reasoning }),
    ...(audioInput !== undefined && audioInput !== null && { audioInputTokens: audioInput }),
    ...(audioOutput !== undefined && audioOutput !== null && { audioOutputTokens: audioOutput }),
    ...extend(unknownUsage(wire, total !== (prompt ?? 0) + (output ?? 0))),
  }
}

/** Writes usage as OpenAI does; undefined when nothing is known. */
export function encodeUsage(usage: Usage): Fields | undefined {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens } = usage
  const own = ownFields(usage.extensions)
  const wire = {
    ...(inputTokens !== undefined && { prompt_tokens: inputTokens }),
    ...(outputTokens !== undefined && { completion_tokens: outputTokens }),
    ...(inputTokens !== undefined && outputTokens !== undefined && { total_tokens: inputTokens + outputTokens }),
    ...own,
    ...details('prompt_tokens_details', own, {
      ...(cachedInputTokens !== undefined && { cached_tokens: cachedInputTokens }),
      ...(cacheWriteTokens !== undefined && { cache_write_tokens: cacheWriteTokens }),
      ...(usage.audioInputTokens !== undefined && { audio_tokens: usage.audioInputTokens }),
    }),
    ...details('completion_tokens_details', own, {
      ...(reasoningTokens !== undefined && { reasoning_tokens: reasoningTokens }),
      ...(usage.audioOutputTokens !== undefined && { audio_tokens: usage.audioOutputTokens }),
    }),
  }
  return Object.keys(wire).length > 0 ? wire : undefined
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
  const prompt = wire.prompt_tokens_details && unknownFields(wire.prompt_tokens_details, knownDetails)
  const completion = wire.completion_tokens_details && unknownFields(wire.completion_tokens_details, knownDetails)
  const rest = unknownFields(wire, known)
  const total = oddTotal && wire.total_tokens !== undefined
  if (!rest && !prompt && !completion && !total) return undefined
  return {
    ...rest,
    ...(total && { total_tokens: wire.total_tokens }),
    ...(prompt && { prompt_tokens_details: prompt }),
    ...(completion && { completion_tokens_details: completion }),
  }
}

function details(name: string, own: Fields | undefined, known: Fields): Fields | undefined {
  const merged = { ...(own?.[name] as Fields | undefined), ...known }
  return Object.keys(merged).length > 0 ? { [name]: merged } : undefined
}
