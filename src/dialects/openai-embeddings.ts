import { GatewayError } from '../errors.ts'
import {
  type EmbeddingInput,
  type EmbeddingsRequest,
  type EmbeddingsResponse,
  embeddings,
} from '../operations/embeddings.ts'
import { base64Of, numbersOf, type Vector } from '../operations/vector.ts'
import { extensionsOf, type WholeEvent } from '../operations/whole.ts'
import { base64Of as base64OfAll } from './base64.ts'
import { atDeployment, deploymentIn } from './deployment.ts'
import type { Dialect, Door, Target, WireRequest } from './dialect.ts'
import { type EmbeddingsQuirks, encodeInputType, notTaken, ordered, splitInputs, wordIn } from './embeddings.ts'
import { decodeFailure } from './failure.ts'
import { check, compact, type Fields, invalid, isFields, type Shape, unknownFields } from './fields.ts'
import { encodeError } from './openai-error.ts'
import { malformed, noStream } from './whole.ts'

/** The id of this dialect: the key of its extensions. */
const id = 'openai-embeddings'

/**
 * Speaks OpenAI's Embeddings, which Voyage, Jina, Mistral, NVIDIA, Together and most servers of one's own speak too,
 * with fields of their own for what OpenAI has none for. What applications say in any of these fields is understood.
 */
export const openaiEmbeddings: Dialect<
  EmbeddingsQuirks,
  EmbeddingsRequest,
  EmbeddingsResponse,
  WholeEvent<EmbeddingsResponse>
> = {
  id,
  operation: embeddings,
  upstream: {
    encode: encodeRequest,
    decode: decodeResponse,
    stream: noStream,
    error: decodeFailure,
    // OpenAI: 2,048 inputs, and 300,000 tokens in all of them.
    split: /* @__PURE__ */ splitInputs(2048, 300_000),
  },
  downstream: {
    match: (path) => (path.endsWith('/embeddings') ? { model: deploymentIn(path) } : undefined),
    decode: decodeRequest,
    encode: encodeResponse,
    stream: noStream,
    error: encodeError,
  },
}

function encodeRequest(request: EmbeddingsRequest, target: Target<EmbeddingsQuirks>): WireRequest {
  const { quirks, model, provider } = target
  const { inputType, dimensions, truncate, dataType = 'float', user } = request
  const warnings: string[] = []
  const { encoding_format: asked, embedding_type: type = asked, ...own } = request.extensions?.[id] ?? {}
  const body: Record<string, unknown> = compact({
    ...own,
    model,
    input: request.input.map((item, index) => encodeInput(item, index, target)),
    user,
  })
  if (dimensions !== undefined) {
    const { dimensions: field = 'dimensions' } = quirks
    if (field) body[field] = dimensions
    else warnings.push('`dimensions` was left out: the provider lets nobody choose.')
  }
  const { inputType: field = 'input_type' } = quirks
  const word = encodeInputType(inputType, quirks.inputTypes ?? {}, warnings)
  if (word !== undefined && field) body[field] = word
  else if (word !== undefined) warnings.push('`inputType` was left out: the provider makes no such difference.')
  if (truncate !== undefined) {
    const value = quirks.truncate?.[truncate]
    if (quirks.truncate && value !== undefined) body[quirks.truncate.field] = value
    else warnings.push(`\`truncate: ${truncate}\` was left out: the provider does as it always does.`)
  }
  if (dataType !== 'float') {
    if (!quirks.dataType) throw new GatewayError('unsupported', `${provider} gives no ${dataType} embeddings.`)
    body[quirks.dataType] = dataType
  }
  // Less to send, and less to read. Whoever asked for numbers gets those that the provider wrote.
  else if (quirks.base64 && type !== 'float') body[quirks.base64] = 'base64'
  return { path: '/embeddings', body, ...(warnings.length > 0 && { warnings }) }
}

function encodeInput(item: EmbeddingInput, index: number, target: Target<EmbeddingsQuirks>): unknown {
  if (typeof item === 'string' || !('type' in item)) return item
  if (item.dialect !== id) throw notTaken(target, index, `input in the words of ${item.dialect}`)
  return item.value
}

function decodeResponse(body: unknown, target: Target<EmbeddingsQuirks>): EmbeddingsResponse {
  if (!isFields(body) || !Array.isArray(body['data'])) throw malformed(target, 'the answer has no embeddings.', body)
  const { model, usage } = body
  const { prompt_tokens: prompt, total_tokens: total = prompt } = isFields(usage) ? usage : {}
  const inputTokens = prompt ?? total
  return {
    model: typeof model === 'string' ? model : target.model,
    embeddings: ordered(
      body['data'].filter(isFields).map((item) => ({
        index: item['index'],
        vector: item['embedding'],
        ...extensionsOf(id, unknownFields(item, itemNames)),
      })),
      target,
    ),
    usage: typeof inputTokens === 'number' ? { inputTokens } : {},
    ...extensionsOf(id, unknownFields(body, responseNames)),
  }
}

const itemNames = { object: true, index: true, embedding: true } as const
const responseNames = {
  object: true,
  data: true,
  model: true,
  usage: { prompt_tokens: true, total_tokens: true },
} as const

function decodeRequest(value: unknown, door: Door): EmbeddingsRequest {
  const body = atDeployment(value, door.model)
  check(body, requestShape, '')
  const { input_type, task, truncation, truncate = truncation, output_dimension, embedding_type: type } = body
  const { output_dtype: dataType = type === 'base64' || type === 'float' ? undefined : type } = body
  const word = input_type ?? task
  const rest = unknownFields(body, requestShape)
  const encoding = body['encoding_format'] ?? (type === 'base64' ? type : undefined)
  return compact<EmbeddingsRequest>({
    model: body['model'] as string,
    input: decodeInputs(body['input']),
    dimensions: (body['dimensions'] ?? output_dimension) as number | undefined,
    inputType: word == null ? undefined : (wordIn(purposes, word) ?? String(word)),
    truncate: wordIn(truncations, truncate),
    dataType: dataType as EmbeddingsRequest['dataType'],
    user: body['user'] as string | undefined,
    ...extensionsOf(id, encoding === undefined ? rest : { ...rest, encoding_format: encoding }),
  })
}

const requestShape: Shape = {
  model: 'string',
  input: true,
  dimensions: 'number?',
  // Voyage, Mistral.
  output_dimension: 'number?',
  output_dtype: 'string?',
  truncation: 'boolean?',
  // Voyage, NVIDIA.
  input_type: 'string?',
  // Jina.
  task: 'string?',
  embedding_type: 'string?',
  // Jina, NVIDIA.
  truncate: true,
  user: 'string?',
  encoding_format: 'string?',
}

const truncations: Readonly<Record<string, EmbeddingsRequest['truncate']>> = {
  true: 'end',
  false: 'none',
  NONE: 'none',
  START: 'start',
  END: 'end',
}

/** What those who speak this format call what vectors are for, where it is not what we call it. */
const purposes: Readonly<Record<string, string>> = {
  'retrieval.query': 'query',
  'retrieval.passage': 'document',
  passage: 'document',
  'text-matching': 'similarity',
  separation: 'clustering',
  'code.query': 'code-query',
}

function decodeInputs(input: unknown): readonly EmbeddingInput[] {
  if (typeof input === 'string') return [input]
  if (!Array.isArray(input) || input.length === 0) throw invalid('input', 'a string or a list, not an empty one')
  if (input.every((item) => typeof item === 'number')) return [input]
  return input.map((item: unknown, index) => {
    if (typeof item === 'string' || (Array.isArray(item) && item.every((token) => typeof token === 'number')))
      return item as string | readonly number[]
    if (isFields(item)) return { type: 'extension', dialect: id, value: item }
    throw invalid(`input.${index}`, 'a string, a list of tokens or an object')
  })
}

/** Voyage: what is no float is written a byte for each number. */
function base64OfBytes(vector: Vector): string {
  return typeof vector === 'string' ? vector : base64OfAll(Uint8Array.from(vector))
}

function encodeResponse(response: EmbeddingsResponse, request: EmbeddingsRequest): Fields {
  const { model, embeddings, usage, extensions } = response
  const { dataType = 'float' } = request
  const inText = request.extensions?.[id]?.['encoding_format'] === 'base64'
  const write = !inText ? numbersOf : dataType === 'float' ? base64Of : base64OfBytes
  const { usage: moreUsage, ...more } = (extensions?.[id] ?? {}) as Fields
  const tokens = usage.inputTokens ?? 0
  return {
    object: 'list',
    data: embeddings.map(({ vector, extensions }, index) => ({
      object: 'embedding',
      index,
      embedding: write(vector),
      ...extensions?.[id],
    })),
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens, ...(isFields(moreUsage) && moreUsage) },
    ...more,
  }
}
