import type { ChatRequest } from '../../operations/chat/index.ts'
import { type CountTokensResponse, countTokens } from '../../operations/count-tokens.ts'
import { extensionsOf, type WholeEvent } from '../../operations/whole.ts'
import type { Dialect, Target, WireRequest } from '../dialect.ts'
import { isFields, unknownFields } from '../fields.ts'
import { malformed, noStream } from '../whole.ts'
import { decodeError, encodeError } from './error.ts'
import type { OpenAIResponsesQuirks } from './quirks.ts'
import { decodeRequest, encodeRequest } from './request.ts'

/** The id of this dialect: the key of its extensions. */
const id = 'openai-input-tokens'

/** Speaks OpenAI's `responses/input_tokens`: a request to the Responses API, counted and not answered. */
export const openaiInputTokens: Dialect<
  OpenAIResponsesQuirks,
  ChatRequest,
  CountTokensResponse,
  WholeEvent<CountTokensResponse>
> = {
  id,
  operation: countTokens,
  upstream: { encode, decode, stream: noStream, error: decodeError },
  downstream: {
    match: (path) => (/\/responses\/input_tokens\/?$/.test(path) ? {} : undefined),
    decode: decodeRequest,
    encode: ({ inputTokens, extensions }) => ({
      object: 'response.input_tokens',
      input_tokens: inputTokens,
      ...extensions?.[id],
    }),
    stream: noStream,
    error: encodeError,
  },
}

/** All that it takes: https://developers.openai.com/api/reference/resources/responses/subresources/input_tokens */
const counted = [
  'model',
  'input',
  'instructions',
  'conversation',
  'previous_response_id',
  'parallel_tool_calls',
  'reasoning',
  'text',
  'tool_choice',
  'tools',
  'truncation',
  'personality',
]

function encode(request: ChatRequest, target: Target<OpenAIResponsesQuirks>): WireRequest {
  const { body, ...wire } = encodeRequest(request, target)
  const taken = Object.entries(body).filter(([field]) => counted.includes(field))
  return { ...wire, path: '/responses/input_tokens', body: Object.fromEntries(taken) }
}

function decode(body: unknown, target: Target<OpenAIResponsesQuirks>): CountTokensResponse {
  const inputTokens = isFields(body) ? body['input_tokens'] : undefined
  if (typeof inputTokens !== 'number') throw malformed(target, 'the answer has no count.', body)
  return {
    inputTokens,
    usage: {},
    ...extensionsOf(id, unknownFields(body as object, { input_tokens: true, object: true })),
  }
}
