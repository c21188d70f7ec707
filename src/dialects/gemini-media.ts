import { GatewayError } from '../errors.ts'
import type { Usage } from '../operations/operation.ts'
import type { Target } from './dialect.ts'
import { compact, type Fields, isFields, numberOf } from './fields.ts'
import { decodeErrorInside } from './google-error.ts'
import { malformed } from './whole.ts'

/** Sound or a picture, as Gemini gives it. */
export interface InlineData {
  readonly data: string
  readonly mimeType?: string | undefined
}

/** What Gemini was asked to make by `generateContent`, and what that has used. */
export function decodeMedia(
  body: unknown,
  target: Target<unknown>,
): { readonly made: readonly InlineData[]; readonly text: string; readonly usage: Usage } {
  if (!isFields(body)) throw malformed(target, 'the answer is no object.')
  if (body['error']) throw decodeErrorInside(body, target)
  const candidates = list(body['candidates'])
  const parts = candidates.flatMap(({ content }) => list(isFields(content) ? content['parts'] : undefined))
  const made = parts.flatMap(({ inlineData, thought }) =>
    thought !== true && isFields(inlineData) && typeof inlineData['data'] === 'string'
      ? [inlineData as Fields & InlineData]
      : [],
  )
  if (made.length === 0) {
    const blocked = isFields(body['promptFeedback']) && body['promptFeedback']['blockReason']
    const { finishReason } = candidates[0] ?? {}
    if (blocked || /SAFETY|PROHIBITED|BLOCKLIST|SPII|RECITATION/.test(String(finishReason))) {
      throw new GatewayError('content_filtered', `${target.provider} let nothing through its filters.`)
    }
  }
  const said = parts.flatMap(({ text, thought }) => (typeof text === 'string' && thought !== true ? [text] : []))
  return { made, text: said.join(''), usage: usageOf(body['usageMetadata']) }
}

function usageOf(told: unknown): Usage {
  const usage = isFields(told) ? told : {}
  const thoughts = numberOf(usage['thoughtsTokenCount'])
  const said = numberOf(usage['candidatesTokenCount'])
  const of = (list: unknown, modality: string): number | undefined =>
    Array.isArray(list)
      ? numberOf(list.filter(isFields).find((item) => item['modality'] === modality)?.['tokenCount'])
      : undefined
  return compact<Usage>({
    inputTokens: numberOf(usage['promptTokenCount']),
    outputTokens: said === undefined ? undefined : said + (thoughts ?? 0),
    reasoningTokens: thoughts,
    imageInputTokens: of(usage['promptTokensDetails'], 'IMAGE'),
    imageOutputTokens: of(usage['candidatesTokensDetails'], 'IMAGE'),
    audioOutputTokens: of(usage['candidatesTokensDetails'], 'AUDIO'),
  })
}

function list(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : []
}
