import { type ChatEvent, type ChatRequest, type ChatResponse, chat } from '../../operations/chat/index.ts'
import type { Dialect } from '../dialect.ts'
import { decodeError } from './error.ts'
import { frames } from './frames.ts'
import type { OllamaQuirks } from './quirks.ts'
import { encodeRequest } from './request.ts'
import { decodeResponse, decodeStream } from './response.ts'
import { id } from './wire.ts'

export type { OllamaQuirks }

/** Speaks Ollama's own chat API, which says more than its imitation of OpenAI's. */
export const ollamaChat: Dialect<OllamaQuirks, ChatRequest, ChatResponse, ChatEvent> = {
  id,
  operation: chat,
  upstream: {
    encode: encodeRequest,
    decode: decodeResponse,
    stream: decodeStream,
    error: decodeError,
    frames,
  },
}
