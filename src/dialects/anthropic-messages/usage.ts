import type { Usage } from '../../operations/operation.ts'
import { type Fields, isFields, type Names } from '../fields.ts'
import { type Draft, own, readRest, type WireUsage, writeRest } from './wire.ts'

/** What is counted, under our names. */
const names: Names = {
  input_tokens: 'inputTokens',
  output_tokens: 'outputTokens',
  cache_read_input_tokens: 'cachedInputTokens',
  cache_creation_input_tokens: 'cacheWriteTokens',
  cache_creation: { ephemeral_5m_input_tokens: true, ephemeral_1h_input_tokens: 'cacheWriteHourTokens' },
  output_tokens_details: { thinking_tokens: 'reasoningTokens' },
  server_tool_use: { web_search_requests: 'webSearches' },
  service_tier: true,
}

/**
 * Reads the usage. Anthropic counts the input that it read from or wrote to its cache apart from the rest, and leaves
 * the steps that compacted the context out of its totals, though it bills them.
 */
export function decodeUsage(wire: WireUsage | null | undefined): Usage {
  const usage: Draft<Usage> = {}
  if (!wire) return usage
  add(usage, wire as Fields)
  addCompactions(usage, wire)
  if (usage.inputTokens !== undefined) usage.inputTokens += cacheTokensOf(usage)
  return readRest(usage, wire, names)
}

/** Writes the usage, counted Anthropic's way. */
export function encodeUsage(usage: Usage, service_tier?: string): WireUsage {
  const { inputTokens = 0, outputTokens = 0 } = usage
  const apart: Draft<Usage> = { ...usage, inputTokens: Math.max(0, inputTokens - cacheTokensOf(usage)), outputTokens }
  addCompactions(apart, own(usage) ?? {}, -1)
  const { cachedInputTokens, cacheWriteTokens, cacheWriteHourTokens: hour, reasoningTokens: thinking_tokens } = apart
  const wire: WireUsage = {
    input_tokens: apart.inputTokens,
    cache_creation_input_tokens: cacheWriteTokens,
    cache_read_input_tokens: cachedInputTokens,
    output_tokens: apart.outputTokens,
    service_tier,
  }
  if (hour !== undefined) {
    wire.cache_creation = {
      ephemeral_5m_input_tokens: (cacheWriteTokens ?? hour) - hour,
      ephemeral_1h_input_tokens: hour,
    }
  }
  if (thinking_tokens !== undefined) wire.output_tokens_details = { thinking_tokens }
  if (usage.webSearches !== undefined) wire.server_tool_use = { web_search_requests: usage.webSearches }
  return writeRest(wire, usage)
}

function cacheTokensOf({ cachedInputTokens = 0, cacheWriteTokens = 0 }: Usage): number {
  return cachedInputTokens + cacheWriteTokens
}

function addCompactions(usage: Draft<Usage>, { iterations }: WireUsage, sign?: number): void {
  for (const step of iterations ?? []) if (step.type === 'compaction') add(usage, step as object as Fields, names, sign)
}

function add(usage: Draft<Usage>, node: Fields, table: Names = names, sign = 1): void {
  for (const field in table) {
    const name = table[field]
    const value = node[field]
    if (isFields(name) && isFields(value)) add(usage, value, name as Names, sign)
    else if (typeof name === 'string' && typeof value === 'number') {
      const total = usage as Record<string, number>
      total[name] = (total[name] ?? 0) + sign * value
    }
  }
}
