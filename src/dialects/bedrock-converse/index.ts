import { type ChatEvent, type ChatRequest, type ChatResponse, chat } from '../../operations/chat/index.ts'
import type { Dialect } from '../dialect.ts'
import { decodeError } from './error.ts'
import { frames } from './event-stream.ts'
import type { BedrockConverseQuirks } from './quirks.ts'
import { encodeRequest } from './request.ts'
import { decodeResponse } from './response.ts'
import { streamDecoder } from './stream.ts'
import { id } from './wire.ts'

export type { BedrockConverseQuirks }

/** Speaks the Converse API of Amazon Bedrock, to a provider only. */
export const bedrockConverse: Dialect<BedrockConverseQuirks, ChatRequest, ChatResponse, ChatEvent> = {
  id,
  operation: chat,
  upstream: {
    encode: encodeRequest,
    decode: decodeResponse,
    stream: streamDecoder,
    error: decodeError,
    frames,
  },
}
