import type { FinishReason as OurFinishReason } from '../../operations/chat/index.ts'
import type { Usage } from '../../operations/operation.ts'
import type { FlatUsage, NestedUsage, Saying, SpecificationVersion, UnifiedFinish } from './specification.ts'

/** Writes a usage. A number that nobody reported stays undefined. */
export function encodeUsage<V extends SpecificationVersion>(usage: Usage, version: V): Saying[V]['usage'] {
  const { inputTokens: input, outputTokens: output, cachedInputTokens, cacheWriteTokens, reasoningTokens } = usage
  const flat: FlatUsage = {
    inputTokens: input,
    outputTokens: output,
    totalTokens: input === undefined || output === undefined ? undefined : input + output,
    ...(reasoningTokens !== undefined && { reasoningTokens }),
    ...(cachedInputTokens !== undefined && { cachedInputTokens }),
  }
  const nested: NestedUsage = {
    inputTokens: {
      total: input,
      noCache: input === undefined ? undefined : input - (cachedInputTokens ?? 0) - (cacheWriteTokens ?? 0),
      cacheRead: cachedInputTokens,
      cacheWrite: cacheWriteTokens,
    },
    outputTokens: {
      total: output,
      text: output === undefined ? undefined : output - (reasoningTokens ?? 0),
      reasoning: reasoningTokens,
    },
  }
  return version === 'v2' ? flat : nested
}

/** Reads a usage of any version. */
export function decodeUsage(usage: unknown): Usage {
  const { inputTokens, outputTokens, reasoningTokens, cachedInputTokens } = (usage ?? {}) as Partial<FlatUsage>
  const {
    total = inputTokens,
    cacheRead,
    cacheWrite,
  } = (nestedOf(inputTokens) ?? {}) as Partial<NestedUsage['inputTokens']>
  const { total: written = outputTokens, reasoning } = (nestedOf(outputTokens) ?? {}) as Partial<
    NestedUsage['outputTokens']
  >
  return Object.fromEntries(
    Object.entries({
      inputTokens: total,
      outputTokens: written,
      cachedInputTokens: cacheRead ?? cachedInputTokens,
      cacheWriteTokens: cacheWrite,
      reasoningTokens: reasoning ?? reasoningTokens,
    }).filter(([, count]) => typeof count === 'number' && !Number.isNaN(count)),
  )
}

/** Writes why the model stopped. */
export function encodeFinish<V extends SpecificationVersion>(
  reason: OurFinishReason | undefined,
  raw: string | undefined,
  version: V,
): Saying[V]['finishReason'] {
  const unified = reason ?? 'other'
  return version === 'v2' ? unified : { unified, raw }
}

/** Reads why a model of any version stopped. */
export function decodeFinish(reason: unknown): { finishReason: OurFinishReason; rawFinishReason?: string } {
  const { unified, raw } = (nestedOf(reason) ?? { unified: reason }) as { unified?: unknown; raw?: unknown }
  return {
    finishReason: words[unified as UnifiedFinish] ?? 'other',
    ...(typeof raw === 'string' && { rawFinishReason: raw }),
  }
}

// Version 2 has `unknown` too; a word that is not known is none.
const words: Readonly<Record<UnifiedFinish | 'interrupted', OurFinishReason>> = {
  stop: 'stop',
  length: 'length',
  'content-filter': 'content-filter',
  'tool-calls': 'tool-calls',
  error: 'error',
  interrupted: 'error',
  other: 'other',
}

function nestedOf(value: unknown): object | undefined {
  return typeof value === 'object' && value !== null ? value : undefined
}
