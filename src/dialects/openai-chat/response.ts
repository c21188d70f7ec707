import { GatewayError } from '../../errors.ts'
import {
  type AnswerPart,
  type ChatEvent,
  type ChatResponse,
  type Choice,
  fold,
  type MediaPart,
} from '../../operations/chat/index.ts'
import type { Target } from '../dialect.ts'
import { encodeFinishReason } from './finish-reason.ts'
import { encodeAnnotation, encodeAudio, encodeDetail, encodeImage, encodeLogprob, encodeToolCall } from './part.ts'
import type { OpenAIChatQuirks } from './quirks.ts'
import { ChunkDecoder } from './stream.ts'
import { encodeUsage } from './usage.ts'
import { dialectId, type Fields, isFields, ownFields, type WireMessage, type WireResponse } from './wire.ts'

/** Reads a whole answer. */
export function decodeResponse(
  body: unknown,
  target: Pick<Target<OpenAIChatQuirks>, 'provider' | 'quirks'>,
): ChatResponse {
  const wire: WireResponse | undefined = isFields(body) ? body : undefined
  if (!wire || (!Array.isArray(wire.choices) && !wire.error)) {
    throw new GatewayError(
      'invalid_response',
      `${target.provider}: the answer is no chat completion: it has no choices.`,
    )
  }
  const decoder = new ChunkDecoder(target, true)
  const events: ChatEvent[] = []
  decoder.add(wire, events)
  decoder.end(events)
  const collected = fold()
  for (const event of events) collected.add(event)
  return collected.result()
}

/** Reads what a model said in a message, also in one of a former turn. */
export function decodeMessage(message: WireMessage): readonly AnswerPart[] {
  const wire = { choices: [{ message }] }
  return decodeResponse(wire, { provider: '', quirks: {} }).choices[0]?.content ?? []
}

/** Writes a whole answer as OpenAI does. */
export function encodeResponse(response: ChatResponse): Fields {
  const { id, model, created = 0, choices, serviceTier, extensions } = response
  const usage = encodeUsage(response.usage)
  return {
    ...ownFields(extensions),
    id,
    object: 'chat.completion',
    created,
    model,
    choices: choices.map(encodeChoice),
    ...(usage && { usage }),
    ...(serviceTier !== undefined && { service_tier: serviceTier }),
  }
}

/** The entries of `reasoning_details`: needed as soon as there is something that plain text cannot say. */
export function encodeDetails(parts: readonly AnswerPart[]): readonly Fields[] {
  const thoughts = parts.filter((part) => part.type === 'reasoning')
  const details = thoughts.some(({ signature, extensions }) => signature || ownFields(extensions))
    ? thoughts.map(encodeDetail)
    : []
  for (const part of parts) {
    if (part.type === 'text' && part.signature) details.push(encodeDetail({ signature: part.signature, id: 'content' }))
    if (part.type === 'tool-call' && part.signature) {
      details.push(encodeDetail({ signature: part.signature, id: part.id }))
    }
  }
  return details
}

/** The words of all parts of one kind; undefined when there are none. */
export function wordsOf(parts: readonly AnswerPart[], kind: 'text' | 'reasoning' | 'refusal'): string | undefined {
  let words: string | undefined
  for (const part of parts) if (part.type === kind) words = (words ?? '') + part.text
  return words
}

function encodeChoice({ index, content, finishReason, stopSequence, logprobs, extensions }: Choice): Fields {
  const { message, ...own } = ownFields(extensions) ?? {}
  return {
    ...own,
    index,
    message: { ...(message as Fields | undefined), ...encodeMessage(content) },
    logprobs: logprobs ? { content: logprobs.map(encodeLogprob), refusal: null } : null,
    finish_reason: encodeFinishReason(finishReason),
    ...(stopSequence !== undefined && { stop_reason: stopSequence }),
  }
}

function encodeMessage(parts: readonly AnswerPart[]): Fields {
  const reasoning = wordsOf(parts, 'reasoning')
  const details = encodeDetails(parts)
  const calls = parts.filter((part) => part.type === 'tool-call').map(encodeToolCall)
  const citations = parts.flatMap((part) => (part.type === 'text' ? (part.citations ?? []) : []))
  const media = (type: MediaPart['type']) => parts.filter((part) => part.type === type) as MediaPart[]
  const [audio] = media('audio')
  const images = media('image')
  return {
    role: 'assistant',
    content: encodeContent(parts),
    refusal: wordsOf(parts, 'refusal') ?? null,
    ...(reasoning && { reasoning_content: reasoning }),
    ...(details.length > 0 && { reasoning_details: details }),
    ...(citations.length > 0 && { annotations: citations.map(encodeAnnotation) }),
    ...(audio && { audio: encodeAudio(audio) }),
    ...(images.length > 0 && { images: images.map(encodeImage) }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

/** One text, as every application expects it, unless there are pieces that only this format knows. */
function encodeContent(parts: readonly AnswerPart[]): unknown {
  const isOwn = (part: AnswerPart) => part.type === 'extension' && part.dialect === dialectId
  if (!parts.some(isOwn)) return wordsOf(parts, 'text') ?? null
  return parts.flatMap((part) => {
    if (part.type === 'text') return [{ type: 'text', text: part.text }]
    return part.type === 'extension' && isOwn(part) ? [part.value] : []
  })
}
