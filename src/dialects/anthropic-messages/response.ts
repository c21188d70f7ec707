import type { AnswerPart, ChatResponse, Choice, FinishReason } from '../../operations/chat/index.ts'
import type { Target } from '../dialect.ts'
import { idOf, isFields, lookUp, type Names } from '../fields.ts'
import { decodeContent, encodePart } from './content.ts'
import { decodeInnerError, malformed } from './error.ts'
import { decodeUsage, encodeUsage } from './usage.ts'
import { type Draft, extensionsOf, readRest, type WireDelta, type WireResponse, writeRest } from './wire.ts'

/** The fields with names of ours, of an answer and of the events that stream one. */
export const answerNames: Names = {
  id: true,
  type: true,
  role: true,
  model: true,
  content: true,
  stop_reason: true,
  stop_sequence: true,
  usage: true,
  index: true,
  delta: true,
}

/** Reads a whole answer. */
export function decodeResponse(body: unknown, target: Pick<Target<unknown>, 'provider'>): ChatResponse {
  if (isFields(body) && body['error']) throw decodeInnerError(body, target)
  try {
    const { id, model, content, stop_reason, stop_sequence, usage } = body as WireResponse
    const choice: Choice = { index: 0, content: decodeContent(content) as AnswerPart[] }
    const response: Draft<ChatResponse> = {
      id: idOf(id),
      model: idOf(model),
      choices: [decodeStop(choice, stop_reason, stop_sequence)],
      usage: decodeUsage(usage),
    }
    if (typeof usage?.service_tier === 'string') response.serviceTier = usage.service_tier
    return readRest(response, body as object, answerNames)
  } catch {
    throw malformed(target)
  }
}

/** Writes a whole answer. Only its first choice can be said. */
export function encodeResponse(response: Omit<ChatResponse, 'created'>): WireResponse {
  const { id, model, choices, usage, serviceTier } = response
  const choice: Choice = choices[0] ?? { index: 0, content: [] }
  const message: WireResponse = {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: choice.content.flatMap((part) => encodePart(part)),
    stop_reason: null,
    stop_sequence: null,
    usage: encodeUsage(usage, serviceTier),
  }
  const refused = choice.content.some(({ type }) => type === 'refusal')
  return writeRest(encodeStop(message, choice, refused), response)
}

/** The first word for a reason is the one that stands for it. */
const finishReasons: Readonly<Record<string, FinishReason>> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
  // A long turn with hosted tools that the application may have continued by sending it back.
  pause_turn: 'stop',
  model_context_window_exceeded: 'length',
}

type Stop = Pick<Choice, 'finishReason' | 'rawFinishReason' | 'stopSequence' | 'extensions'>

/** Adds to a choice why its answer stopped. */
export function decodeStop<T extends Stop>(choice: T, reason: unknown, sequence: unknown): T {
  if (typeof reason !== 'string') return choice
  const stop: Draft<Stop> = choice
  const known = lookUp(finishReasons, reason)
  stop.finishReason = known ?? 'other'
  stop.rawFinishReason = reason
  if (typeof sequence === 'string') stop.stopSequence = sequence
  if (!known) stop.extensions = extensionsOf({ stop_reason: reason })
  return choice
}

/** Adds to an answer why it stopped, in Anthropic's own word where the provider said one. */
export function encodeStop<T extends Pick<WireDelta, 'stop_reason' | 'stop_sequence'>>(
  wire: T,
  stop: Stop,
  refused: boolean,
): T {
  const { finishReason, rawFinishReason = '', stopSequence } = stop
  if (finishReason) {
    const own = Object.keys(finishReasons).find((word) => finishReasons[word] === finishReason) ?? 'end_turn'
    const word = refused ? 'refusal' : stopSequence !== undefined && own === 'end_turn' ? 'stop_sequence' : own
    wire.stop_reason = finishReasons[rawFinishReason] === finishReason ? rawFinishReason : word
  }
  wire.stop_sequence = stopSequence ?? null
  return writeRest(wire, stop)
}
