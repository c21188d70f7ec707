import { type ChatEvent, type ChatRequest, type ChatResponse, chat } from '../../operations/chat/index.ts'
import type { Dialect, Passthrough } from '../dialect.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeResponse } from './encode-response.ts'
import { decodeError, encodeError } from './error.ts'
import type { CohereChatQuirks } from './quirks.ts'
import { encodeRequest } from './request.ts'
import { decodeResponse } from './response.ts'
import { decodeStream } from './stream.ts'
import { encodeStream } from './stream-encoder.ts'
import { id } from './wire.ts'

export type { CohereChatQuirks }

const passthrough: Passthrough<CohereChatQuirks> = {
  allowed: () => true,
  says: ['text', 'thinking', 'tool_plan', 'arguments'],
  // A key in the text of an answer has its quotes escaped, so that these match keys only.
  matters: (text) => /"type"\s*:\s*"message-end"|"message"\s*:\s*"|\[DONE\]/.test(text),
}

/** Speaks Cohere's Chat API, version 2. */
export const cohereChat: Dialect<CohereChatQuirks, ChatRequest, ChatResponse, ChatEvent> = {
  id,
  operation: chat,
  upstream: {
    encode: encodeRequest,
    decode: decodeResponse,
    stream: decodeStream,
    error: decodeError,
    passthrough,
  },
  downstream: {
    match: (path) => (/\/v2\/chat\/?$/.test(path) ? {} : undefined),
    decode: decodeRequest,
    encode: encodeResponse,
    stream: encodeStream,
    error: encodeError,
  },
}
