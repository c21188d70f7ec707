import { type ChatEvent, type ChatRequest, type ChatResponse, chat } from '../../operations/chat/index.ts'
import type { Dialect, Passthrough } from '../dialect.ts'
import { decodeError, encodeError } from './error.ts'
import type { OpenAIResponsesQuirks } from './quirks.ts'
import { decodeRequest, encodeRequest } from './request.ts'
import { decodeResponse, encodeResponse } from './response.ts'
import { streamDecoder } from './stream.ts'
import { streamEncoder } from './stream-encoder.ts'
import { id } from './wire.ts'

export type { OpenAIResponsesQuirks }

const passthrough: Passthrough<OpenAIResponsesQuirks> = {
  allowed: ({ quirks }) => !quirks.repairStream,
  says: ['delta'],
  // A key in the text of an answer has its quotes escaped, so that these match keys only.
  matters: (text) =>
    /"type"\s*:\s*"(response\.(created|completed|incomplete|failed)|error)"|"error"\s*:\s*["{]/.test(text),
}

/** Speaks OpenAI's Responses API. */
export const openaiResponses: Dialect<OpenAIResponsesQuirks, ChatRequest, ChatResponse, ChatEvent> = {
  id,
  operation: chat,
  upstream: {
    encode: encodeRequest,
    decode: decodeResponse,
    stream: streamDecoder,
    error: decodeError,
    passthrough,
    keeps: true,
  },
  downstream: {
    match: (path) => (/\/responses\/?$/.test(path) ? {} : undefined),
    decode: decodeRequest,
    encode: encodeResponse,
    stream: streamEncoder,
    error: encodeError,
  },
}
