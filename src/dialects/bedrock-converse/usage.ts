import type { Usage } from '../../operations/operation.ts'
import { compact, numberOf, unknownFields } from '../fields.ts'
import { type Draft, extensionsOf, type WireUsage } from './wire.ts'

/** The fields with names of ours, those that follow from others, and the older names of both caches. */
const names = {
  inputTokens: true,
  outputTokens: true,
  totalTokens: true,
  cacheReadInputTokens: true,
  cacheWriteInputTokens: true,
  cacheReadInputTokenCount: true,
  cacheWriteInputTokenCount: true,
  cacheDetails: true,
} as const

/** Reads the usage. Bedrock counts the input that it read from or wrote to its cache apart from the rest. */
export function decodeUsage(wire: WireUsage | null | undefined): Usage {
  if (!wire) return {}
  const { cacheDetails } = wire
  const inputTokens = numberOf(wire.inputTokens)
  const cacheReadInputTokens = numberOf(wire.cacheReadInputTokens)
  const cacheWriteInputTokens = numberOf(wire.cacheWriteInputTokens)
  const usage: Draft<Usage> = compact({
    outputTokens: numberOf(wire.outputTokens),
    cachedInputTokens: cacheReadInputTokens,
    cacheWriteTokens: cacheWriteInputTokens,
    extensions: extensionsOf(unknownFields(wire, names)),
  })
  if (inputTokens !== undefined) {
    usage.inputTokens = inputTokens + (cacheReadInputTokens ?? 0) + (cacheWriteInputTokens ?? 0)
  }
  const hour = cacheDetails?.filter(({ ttl }) => ttl === '1h')
  if (hour?.length) usage.cacheWriteHourTokens = hour.reduce((sum, { inputTokens = 0 }) => sum + inputTokens, 0)
  return usage
}
