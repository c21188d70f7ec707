import type { Usage } from '../../operations/operation.ts'
import { compact, extended, id, type Wire, type WireUsage } from './wire.ts'

/** Reads the counts of one chunk; undefined when it has none. Chunks are never added up nor merged: counts may restart. */
export function decodeUsage(wire: WireUsage): Usage | undefined {
  const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount, cachedContentTokenCount, ...rest } = wire
  const { totalTokenCount: _, serviceTier: __, ...unknown } = rest
  const { toolUsePromptTokenCount, promptTokensDetails, candidatesTokensDetails } = rest
  const inputTokens = sum(promptTokenCount, toolUsePromptTokenCount)
  const outputTokens = sum(candidatesTokenCount, thoughtsTokenCount)
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  return {
    ...compact({
      inputTokens,
      outputTokens,
      cachedInputTokens: cachedContentTokenCount,
      reasoningTokens: thoughtsTokenCount,
      audioInputTokens: audio(promptTokensDetails),
      audioOutputTokens: audio(candidatesTokensDetails),
    }),
    ...extended(unknown),
  }
}

/** Writes counts as this format counts. */
export function encodeUsage(usage: Usage): Wire | undefined {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens, extensions } = usage
  const own = extensions?.[id] as WireUsage | undefined
  const { audioInputTokens, audioOutputTokens } = usage
  const candidates = outputTokens === undefined ? undefined : Math.max(0, outputTokens - (reasoningTokens ?? 0))
  return compact<Wire>({
    promptTokenCount: inputTokens === undefined ? undefined : inputTokens - (own?.toolUsePromptTokenCount ?? 0),
    candidatesTokenCount: candidates,
    thoughtsTokenCount: reasoningTokens,
    cachedContentTokenCount: cachedInputTokens,
    totalTokenCount: sum(inputTokens, outputTokens),
    promptTokensDetails: details(audioInputTokens),
    candidatesTokensDetails: details(audioOutputTokens),
    ...own,
  })
}

function sum(first?: number, second?: number): number | undefined {
  return first === undefined && second === undefined ? undefined : (first ?? 0) + (second ?? 0)
}

function audio(details: WireUsage['promptTokensDetails']): number | undefined {
  return details?.find(({ modality }) => modality === 'AUDIO')?.tokenCount
}

function details(tokenCount: number | undefined): WireUsage['promptTokensDetails'] {
  return tokenCount === undefined ? undefined : [{ modality: 'AUDIO', tokenCount }]
}
