import type { Usage } from '../../operations/operation.ts'
import { numberOf } from '../fields.ts'
import { compact, extended, id, type Wire, type WireUsage } from './wire.ts'

/** Reads the counts of one chunk; undefined when it has none. Chunks are never added up nor merged: counts may restart. */
export function decodeUsage(wire: WireUsage): Usage | undefined {
  const { promptTokenCount, candidatesTokenCount, thoughtsTokenCount, cachedContentTokenCount, ...rest } = wire
  const reasoningTokens = numberOf(thoughtsTokenCount)
  const { totalTokenCount: _, serviceTier: __, ...unknown } = rest
  const { toolUsePromptTokenCount, promptTokensDetails, candidatesTokensDetails, cacheTokensDetails } = rest
  const inputTokens = sum(numberOf(promptTokenCount), numberOf(toolUsePromptTokenCount))
  const outputTokens = sum(numberOf(candidatesTokenCount), reasoningTokens)
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  return {
    ...compact({
      inputTokens,
      outputTokens,
      cachedInputTokens: numberOf(cachedContentTokenCount),
      reasoningTokens,
      audioInputTokens: tokensOf('AUDIO', promptTokensDetails),
      cachedAudioInputTokens: tokensOf('AUDIO', cacheTokensDetails),
      audioOutputTokens: tokensOf('AUDIO', candidatesTokensDetails),
      imageOutputTokens: tokensOf('IMAGE', candidatesTokensDetails),
    }),
    ...extended(unknown),
  }
}

/** Writes counts as this format counts. */
export function encodeUsage(usage: Usage): Wire | undefined {
  const { inputTokens, outputTokens, cachedInputTokens, reasoningTokens, extensions } = usage
  const own = extensions?.[id] as WireUsage | undefined
  const { audioInputTokens, cachedAudioInputTokens, audioOutputTokens, imageOutputTokens } = usage
  const candidates = outputTokens === undefined ? undefined : Math.max(0, outputTokens - (reasoningTokens ?? 0))
  return compact<Wire>({
    promptTokenCount: inputTokens === undefined ? undefined : inputTokens - (own?.toolUsePromptTokenCount ?? 0),
    candidatesTokenCount: candidates,
    thoughtsTokenCount: reasoningTokens,
    cachedContentTokenCount: cachedInputTokens,
    totalTokenCount: sum(inputTokens, outputTokens),
    promptTokensDetails: details({ AUDIO: audioInputTokens }),
    cacheTokensDetails: details({ AUDIO: cachedAudioInputTokens }),
    candidatesTokensDetails: details({ AUDIO: audioOutputTokens, IMAGE: imageOutputTokens }),
    ...own,
  })
}

function sum(first?: number, second?: number): number | undefined {
  return first === undefined && second === undefined ? undefined : (first ?? 0) + (second ?? 0)
}

type Details = WireUsage['promptTokensDetails']

function tokensOf(kind: string, details: Details): number | undefined {
  return details?.find(({ modality }) => modality === kind)?.tokenCount
}

function details(counts: Readonly<Record<string, number | undefined>>): Details {
  const told = Object.entries(counts).flatMap(([modality, tokenCount]) =>
    tokenCount === undefined ? [] : [{ modality, tokenCount }],
  )
  return told.length > 0 ? told : undefined
}
