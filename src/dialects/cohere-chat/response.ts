import { isGatewayError } from '../../errors.ts'
import { type ChatResponse, fold } from '../../operations/chat/index.ts'
import type { Target } from '../dialect.ts'
import { isFields } from '../fields.ts'
import { Answer, listOf } from './answer.ts'
import { decodeInnerError, malformed } from './error.ts'
import type { WireResponse } from './wire.ts'

/** Reads a whole answer as a stream that comes at once, so that the two cannot differ. */
export function decodeResponse(body: unknown, target: Pick<Target<unknown>, 'provider' | 'model'>): ChatResponse {
  if (!isFields(body)) throw malformed(target)
  const { id, message, logprobs, ...end }: WireResponse = body
  if (typeof message === 'string') throw decodeInnerError(body, target)
  if (!message || typeof message !== 'object') throw malformed(target)
  const answer = new Answer(target)
  try {
    const { content, tool_plan: plan, tool_calls: calls, citations } = message
    answer.start(id)
    if (plan) answer.plan += plan
    for (const [index, piece] of listOf(typeof content === 'string' ? { text: content } : content).entries()) {
      answer.beginContent(index, piece)
      answer.endContent(index)
    }
    for (const citation of listOf(citations)) answer.cite(citation)
    for (const [index, call] of listOf(calls).entries()) {
      answer.beginCall(index, call)
      answer.endCall(index)
    }
    answer.addLogprobs(logprobs)
    answer.finish(end)
    answer.close()
  } catch (error) {
    throw isGatewayError(error) ? error : malformed(target)
  }
  const collected = fold()
  for (const event of answer.out) collected.add(event)
  return collected.result()
}
