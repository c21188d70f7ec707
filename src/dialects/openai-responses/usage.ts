import type { Usage } from '../../operations/operation.ts'
import { compact, type Names, numberOf } from '../fields.ts'
import { own, readRest, type WireUsage, writeRest } from './wire.ts'

const names: Names = {
  input_tokens: true,
  output_tokens: true,
  total_tokens: true,
  input_tokens_details: { cached_tokens: true, cache_write_tokens: true },
  output_tokens_details: { reasoning_tokens: true },
}

/** Reads what a provider counted. */
export function decodeUsage(wire: WireUsage): Usage {
  const { input_tokens_details: input, output_tokens_details: output, total_tokens } = wire
  const usage = compact<Usage>({
    inputTokens: numberOf(wire.input_tokens),
    outputTokens: numberOf(wire.output_tokens),
    cachedInputTokens: numberOf(input?.cached_tokens),
    cacheWriteTokens: numberOf(input?.cache_write_tokens),
    reasoningTokens: numberOf(output?.reasoning_tokens),
  })
  const { inputTokens = 0, outputTokens = 0 } = usage
  const adds = total_tokens == null || total_tokens === inputTokens + outputTokens
  return readRest(usage, wire, adds ? names : { ...names, total_tokens: '' })
}

/** Writes usage. Applications that check it expect every number, so that one that nobody reported is 0. */
export function encodeUsage(usage: Usage): WireUsage {
  const { inputTokens = 0, outputTokens = 0, cachedInputTokens = 0, cacheWriteTokens, reasoningTokens = 0 } = usage
  const input_tokens_details: NonNullable<WireUsage['input_tokens_details']> = { cached_tokens: cachedInputTokens }
  if (cacheWriteTokens !== undefined) input_tokens_details.cache_write_tokens = cacheWriteTokens
  return writeRest<WireUsage>(
    {
      input_tokens: inputTokens,
      input_tokens_details,
      output_tokens: outputTokens,
      output_tokens_details: { reasoning_tokens: reasoningTokens },
      total_tokens: inputTokens + outputTokens,
    },
    own(usage),
  )
}
