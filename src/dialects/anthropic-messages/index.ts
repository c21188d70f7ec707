import { type ChatEvent, type ChatRequest, type ChatResponse, chat } from '../../operations/chat/index.ts'
import type { Dialect } from '../dialect.ts'
import { decodeError, encodeError } from './error.ts'
import type { AnthropicQuirks } from './quirks.ts'
import { decodeRequest, encodeRequest } from './request.ts'
import { decodeResponse, encodeResponse } from './response.ts'
import { passthrough, streamDecoder, streamEncoder } from './stream.ts'
import { id } from './wire.ts'

export type { AnthropicQuirks }

/** Speaks Anthropic's Messages API. */
export const anthropicMessages: Dialect<AnthropicQuirks, ChatRequest, ChatResponse, ChatEvent> = {
  id,
  operation: chat,
  upstream: {
    encode: encodeRequest,
    decode: decodeResponse,
    stream: streamDecoder,
    error: decodeError,
    passthrough,
  },
  downstream: {
    headers: ['anthropic-beta'],
    requestId: 'request-id',
    // `/threads/…/messages` is a path of another API.
    match: (path) => (/^(?!.*\/threads\/).*\/messages\/?$/.test(path) ? {} : undefined),
    decode: decodeRequest,
    encode: encodeResponse,
    stream: streamEncoder,
    error: encodeError,
  },
}
