import type { ChatRequest } from '../../operations/chat/index.ts'
import { type CountTokensResponse, countTokens } from '../../operations/count-tokens.ts'
import { extensionsOf, type WholeEvent } from '../../operations/whole.ts'
import type { Dialect, Door, Target, WireRequest } from '../dialect.ts'
import { malformed, noStream } from '../whole.ts'
import { downstreamError, upstreamError } from './error.ts'
import { fields } from './fields.ts'
import { modelIn, modelPath } from './model.ts'
import type { GeminiQuirks } from './quirks.ts'
import { decodeRequest, encodeRequest } from './request.ts'
import { compact, isRecord, type Wire } from './wire.ts'

/** The id of this dialect: the key of its extensions. */
const id = 'gemini-count-tokens'

/** Speaks Google's `countTokens`. */
export const geminiCountTokens: Dialect<
  GeminiQuirks,
  ChatRequest,
  CountTokensResponse,
  WholeEvent<CountTokensResponse>
> = {
  id,
  operation: countTokens,
  upstream: { encode, decode: decodeResponse, stream: noStream, error: upstreamError },
  downstream: {
    match(path) {
      const model = modelIn(path, 'countTokens')
      return model === undefined ? undefined : { model }
    },
    decode,
    encode: ({ inputTokens, extensions }) => ({ totalTokens: inputTokens, ...extensions?.[id] }),
    stream: noStream,
    error: downstreamError,
  },
}

/** With more than contents, the whole request is counted: it stands in a field, and names its model again. */
function encode({ stream, ...request }: ChatRequest, target: Target<GeminiQuirks>): WireRequest {
  const model = modelPath(target.model)
  const { body, warnings } = encodeRequest(request, target)
  const isBare = Object.keys(body).every((field) => field === 'contents')
  return {
    path: `/${model}:countTokens`,
    body: isBare ? body : { generateContentRequest: { model, ...body } },
    warnings,
  }
}

function decode(value: unknown, door: Door): ChatRequest {
  const { generateContentRequest, ...bare } = fields(value, 'body')
  return decodeRequest(generateContentRequest ?? bare, door)
}

function decodeResponse(body: unknown, target: Target<GeminiQuirks>): CountTokensResponse {
  const { totalTokens, ...rest }: Wire = isRecord(body) ? body : {}
  if (typeof totalTokens !== 'number') throw malformed(target, 'the answer has no count.', body)
  return { inputTokens: totalTokens, usage: {}, ...extensionsOf(id, compact(rest)) }
}
