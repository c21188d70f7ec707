import type { ChatRequest } from '../../operations/chat/index.ts'
import { type CountTokensResponse, countTokens } from '../../operations/count-tokens.ts'
import { extensionsOf, type WholeEvent } from '../../operations/whole.ts'
import type { Dialect, Target, WireRequest } from '../dialect.ts'
import { isFields, unknownFields } from '../fields.ts'
import { malformed, noStream } from '../whole.ts'
import { decodeError, encodeError } from './error.ts'
import type { AnthropicQuirks } from './quirks.ts'
import { decodeRequest, encodeRequest } from './request.ts'

/** The id of this dialect: the key of its extensions. */
const id = 'anthropic-count-tokens'

/** Speaks Anthropic's `count_tokens`: a request to the Messages API, counted and not answered. */
export const anthropicCountTokens: Dialect<
  AnthropicQuirks,
  ChatRequest,
  CountTokensResponse,
  WholeEvent<CountTokensResponse>
> = {
  id,
  operation: countTokens,
  upstream: { encode, decode, stream: noStream, error: decodeError },
  downstream: {
    match: (path) => (/\/messages\/count_tokens\/?$/.test(path) ? {} : undefined),
    decode: decodeRequest,
    encode: ({ inputTokens, extensions }) => ({ input_tokens: inputTokens, ...extensions?.[id] }),
    headers: ['anthropic-beta'],
    requestId: 'request-id',
    stream: noStream,
    error: encodeError,
  },
}

/** What does not count, and is refused: how to answer, and for whom. */
const notCounted = [
  'max_tokens',
  'stream',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'service_tier',
  'metadata',
]

function encode(request: ChatRequest, target: Target<AnthropicQuirks>): WireRequest {
  const { body, ...wire } = encodeRequest(request, target)
  const counted = Object.entries(body).filter(([field]) => !notCounted.includes(field))
  return { ...wire, path: '/messages/count_tokens', body: Object.fromEntries(counted) }
}

function decode(body: unknown, target: Target<AnthropicQuirks>): CountTokensResponse {
  const inputTokens = isFields(body) ? body['input_tokens'] : undefined
  if (typeof inputTokens !== 'number') throw malformed(target, 'the answer has no count.', body)
  return { inputTokens, usage: {}, ...extensionsOf(id, unknownFields(body as object, { input_tokens: true })) }
}
