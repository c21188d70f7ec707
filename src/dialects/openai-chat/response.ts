import { GatewayError } from '../../errors.ts'
import { type ChatResponse, type Choice, fold } from '../../operations/chat/index.ts'
import { type Fields, isFields } from '../fields.ts'
import { encodeFinishReason } from './finish-reason.ts'
import { encodeLogprobs, encodeSaid } from './said.ts'
import { decodeWhole, isError, type Source } from './stream.ts'
import { addMissing, type Draft, ownFields } from './table.ts'
import { encodeUsage } from './usage.ts'
import type { WireResponse } from './wire.ts'

/** Reads a whole answer. */
export function decodeResponse(body: unknown, source: Source): ChatResponse {
  const wire: WireResponse | undefined = isFields(body) ? (isError(body) ? { error: body } : body) : undefined
  if (!wire || (!Array.isArray(wire.choices) && !wire.error)) {
    throw new GatewayError('invalid_response', `${source.provider}: the answer has no choices.`)
  }
  const collected = fold()
  for (const event of decodeWhole(wire, source)) collected.add(event)
  return collected.result()
}

/** Writes a whole answer as OpenAI does. */
export function encodeResponse(response: ChatResponse): Fields {
  const { id, model, created = 0, choices, usage, serviceTier, extensions } = response
  const answer: Draft = { id, object: 'chat.completion', created, model, choices: choices.map(encodeChoice) }
  answer['usage'] = encodeUsage(usage)
  answer['service_tier'] = serviceTier
  return addMissing(answer, ownFields(extensions))
}

function encodeChoice({ index, content, logprobs, finishReason, stopSequence, extensions }: Choice): Fields {
  const own = ownFields(extensions)
  const said = addMissing({ role: 'assistant', content: null, refusal: null }, encodeSaid(content))
  const choice = {
    index,
    message: addMissing(said, own?.['message'] as Fields | undefined),
    logprobs: logprobs ? encodeLogprobs(logprobs) : null,
    finish_reason: encodeFinishReason(finishReason),
    stop_reason: stopSequence,
  }
  return addMissing(choice, own)
}
