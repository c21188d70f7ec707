import { isGatewayError } from '../../errors.ts'
import type { ChatEvent } from '../../operations/chat/index.ts'
import type { StreamDecoder, Target } from '../dialect.ts'
import { isFields } from '../fields.ts'
import { Answer, listOf } from './answer.ts'
import { decodeInnerError, malformed } from './error.ts'
import type { WireContent, WireEvent } from './wire.ts'

/** Decodes a stream. Works on `type` alone: the names of events only repeat it. */
export function decodeStream(target: Pick<Target<unknown>, 'provider' | 'model'>): StreamDecoder<ChatEvent> {
  const answer = new Answer(target)
  let over = false

  function read({ type, id, index = 0, delta, logprobs }: WireEvent): void {
    const message = delta?.message
    switch (type) {
      case 'message-start':
        answer.start(id)
        break
      case 'content-start':
        for (const piece of listOf(message?.content as WireContent)) answer.beginContent(index, piece)
        break
      case 'content-delta':
        for (const piece of listOf(message?.content as WireContent)) answer.addContent(index, piece)
        answer.addLogprobs(logprobs)
        break
      case 'content-end':
        answer.endContent(index)
        break
      case 'tool-plan-delta':
        answer.plan += message?.tool_plan ?? ''
        break
      case 'tool-call-start':
        for (const call of listOf(message?.tool_calls)) answer.beginCall(index, call)
        break
      case 'tool-call-delta':
        for (const call of listOf(message?.tool_calls)) answer.addArguments(index, call)
        break
      case 'tool-call-end':
        answer.endCall(index)
        break
      case 'citation-start':
        for (const citation of listOf(message?.citations)) answer.cite(citation)
        break
      case 'message-end':
        answer.finish(delta ?? {})
    }
  }

  return {
    push({ data }, out) {
      if (over || data === '') return
      answer.out = out
      if (data.startsWith('[DONE]')) {
        over = true
        return answer.close()
      }
      if (answer.done) return
      let event: unknown
      try {
        event = JSON.parse(data)
      } catch {
        throw malformed(target)
      }
      if (!isFields(event)) throw malformed(target)
      if (event['type'] === undefined && typeof event['message'] === 'string') throw decodeInnerError(event, target)
      try {
        read(event)
      } catch (error) {
        throw isGatewayError(error) ? error : malformed(target)
      }
    },
    end(out) {
      answer.out = out
      answer.close()
    },
    get done() {
      return over
    },
  }
}
