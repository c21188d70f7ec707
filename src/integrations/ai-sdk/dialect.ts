import type { Dialect } from '../../dialects/dialect.ts'
import { type ChatEvent, type ChatRequest, type ChatResponse, chat } from '../../operations/chat/index.ts'
import { decodeAnswer, streamDecoder } from './answer-decoder.ts'
import { decodeFailure } from './failure.ts'
import { encodeCall } from './model-call.ts'
import { id } from './provider-options.ts'

/** Speaks to a language model of the AI SDK: calls as version 4 has them, answers of any version, both in JSON. */
export const aiSdk: Dialect<object, ChatRequest, ChatResponse, ChatEvent> = {
  id,
  operation: chat,
  upstream: {
    encode(request, { provider, model }) {
      const { call, warnings } = encodeCall(request, provider)
      return {
        path: '/language-model',
        body: { model, stream: request.stream, call },
        warnings: warnings.length > 0 ? warnings : undefined,
      }
    },
    decode: decodeAnswer,
    stream: streamDecoder,
    error: decodeFailure,
  },
}
