import { type ChatEvent, type ChatRequest, type ChatResponse, chat } from '../../operations/chat/index.ts'
import type { Dialect, Door } from '../dialect.ts'
import { unescaped } from '../unescaped.ts'
import { downstreamError, upstreamError } from './error.ts'
import { frames } from './frames.ts'
import type { GeminiQuirks } from './quirks.ts'
import { decodeRequest, encodeRequest } from './request.ts'
import { decodeResponse, encodeResponse } from './response.ts'
import { listEncoder, streamDecoder, streamEncoder } from './stream.ts'
import { id } from './wire.ts'

export type { GeminiQuirks }

/** Speaks Google's `generateContent` and `streamGenerateContent`. */
export const gemini: Dialect<GeminiQuirks, ChatRequest, ChatResponse, ChatEvent> = {
  id,
  operation: chat,
  upstream: {
    encode: encodeRequest,
    decode: decodeResponse,
    stream: streamDecoder,
    error: upstreamError,
    frames,
    passthrough: {
      allowed: () => true,
      says: ['text'],
      // Every chunk has counts so far, and only those of a chunk with a finish reason are the last. A call decides
      // what STOP means.
      matters: (data) =>
        /"(finishReason|functionCall|promptFeedback|error)"/.test(data) || !data.includes('"candidates"'),
    },
  },
  downstream: {
    match,
    decode: decodeRequest,
    encode: encodeResponse,
    stream: (_, door) => (door?.list ? listEncoder() : streamEncoder()),
    error: downstreamError,
  },
}

function match(path: string, query?: URLSearchParams): Door | undefined {
  const [, tuned, name, method] =
    /\/(tunedModels\/|models\/)(.+):(generateContent|streamGenerateContent)$/.exec(path) ?? []
  if (name === undefined) return undefined
  const model = unescaped(name)
  return {
    model: tuned === 'tunedModels/' ? tuned + model : model,
    ...(method === 'streamGenerateContent' && {
      stream: true,
      ...(query && query.get('alt') !== 'sse' && { list: true }),
    }),
  }
}
