import { type AnswerPart, type ChatEvent, type ChatResponse, type Choice, fold } from '../../operations/chat/index.ts'
import type { Target } from '../dialect.ts'
import { malformed, readChunks } from './chunk.ts'
import { encodeFinishReason } from './finish-reason.ts'
import { encodeCitations } from './grounding.ts'
import { encodeLogprobs } from './logprobs.ts'
import { encodePart, type PartReader } from './part.ts'
import type { GeminiQuirks } from './quirks.ts'
import { writeSignature } from './signature.ts'
import { encodeUsage } from './usage.ts'
import { compact, id, type Wire, type WirePart } from './wire.ts'

/** Decodes a provider's whole answer: a stream of one chunk, so that both say the same. */
export function decodeResponse(body: unknown, target: Target<GeminiQuirks>): ChatResponse {
  const reader = readChunks(target)
  const events: ChatEvent[] = []
  // A stream that was asked for without `alt=sse` is a list of chunks.
  const chunks = Array.isArray(body) ? body : [body]
  if (chunks.length === 0) throw malformed(target)
  for (const chunk of chunks) reader.add(chunk, events)
  reader.end(events)
  const response = fold()
  for (const event of events) response.add(event)
  return response.result()
}

/** Encodes an answer for an application. */
export function encodeResponse(response: ChatResponse): Wire {
  const own = response.extensions?.[id] ?? {}
  const { choices } = response
  const blocked = isBlocked(own) && choices.every(({ content }) => content.length === 0)
  return {
    ...(!blocked && { candidates: choices.map(encodeChoice) }),
    ...compact({ usageMetadata: encodeMetadata(response) }),
    ...messageFields(response),
    ...own,
  }
}

/** A refused prompt has a reason of its own, and no candidates. */
export function isBlocked(own: Wire): boolean {
  return (own['promptFeedback'] as { blockReason?: string } | undefined)?.blockReason !== undefined
}

/** The fields that every chunk of an answer repeats. */
export function messageFields({
  id: responseId,
  model,
  created,
}: Pick<ChatResponse, 'id' | 'model' | 'created'>): Wire {
  const time = new Date((created ?? Number.NaN) * 1000)
  return {
    // Some count in microseconds, which is no date.
    ...(!Number.isNaN(time.getTime()) && { createTime: time.toISOString() }),
    modelVersion: model,
    ...(responseId !== '' && { responseId }),
  }
}

/** The usage, with the tier that it is priced by. */
export function encodeMetadata({ usage, serviceTier }: Pick<ChatResponse, 'usage' | 'serviceTier'>): Wire | undefined {
  return compact({ ...encodeUsage(usage), serviceTier })
}

/** The fields of a candidate that come with its end. */
export function finishFields(choice: Choice): Wire {
  const own = choice.extensions?.[id]
  return {
    ...compact({ finishReason: encodeFinishReason(choice) }),
    index: choice.index,
    ...(choice.logprobs && { logprobsResult: encodeLogprobs(choice.logprobs) }),
    ...own,
  }
}

/** A part as an application reads it: with every signature, so that it comes back. */
export function encodeAnswerPart(part: AnswerPart): readonly WirePart[] {
  return encodePart(part, application)
}

function encodeChoice(choice: Choice): Wire {
  const grounded = choice.extensions?.[id]?.['groundingMetadata'] !== undefined
  const citations = choice.content.flatMap((part) =>
    part.type === 'text' && part.citations && !grounded ? encodeCitations(part.text, part.citations) : [],
  )
  return {
    content: { parts: choice.content.flatMap(encodeAnswerPart), role: 'model' },
    ...(citations.length > 0 && { citationMetadata: { citations } }),
    ...finishFields(choice),
  }
}

const application: PartReader = { sign: writeSignature, nameOf: () => undefined, richMedia: true, warn() {} }
