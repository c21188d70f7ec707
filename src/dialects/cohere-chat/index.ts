import { type ChatEvent, type ChatRequest, type ChatResponse, chat } from '../../operations/chat/index.ts'
import type { Dialect } from '../dialect.ts'
import { decodeError } from './error.ts'
import type { CohereChatQuirks } from './quirks.ts'
import { encodeRequest } from './request.ts'
import { decodeResponse } from './response.ts'
import { decodeStream } from './stream.ts'
import { id } from './wire.ts'

export type { CohereChatQuirks }

/** Speaks Cohere's Chat API, version 2. */
export const cohereChat: Dialect<CohereChatQuirks, ChatRequest, ChatResponse, ChatEvent> = {
  id,
  operation: chat,
  upstream: {
    encode: encodeRequest,
    decode: decodeResponse,
    stream: decodeStream,
    error: decodeError,
  },
}
