import {
  type EmbeddingInput,
  type EmbeddingsRequest,
  type EmbeddingsResponse,
  embeddings,
} from '../operations/embeddings.ts'
import { base64Of, numbersOf } from '../operations/vector.ts'
import { extensionsOf, type WholeEvent } from '../operations/whole.ts'
import { decodeBilling, encodeBilling } from './cohere-billing.ts'
import type { Dialect, Door, Target, WireRequest } from './dialect.ts'
import {
  decodeInputType,
  type EmbeddingsQuirks,
  encodeInputType,
  type InputTypes,
  notTaken,
  ordered,
  splitInputs,
  wordIn,
} from './embeddings.ts'
import { decodeFailure } from './failure.ts'
import { check, compact, type Fields, invalid, isFields, type Shape, unknownFields } from './fields.ts'
import { malformed, noStream } from './whole.ts'

/** The id of this dialect: the key of its extensions. */
const id = 'cohere-embeddings'

/** Its word for numbers in full that are written as base64. */
const base64 = 'base64'

/** Speaks Cohere's Embed, version 2: https://docs.cohere.com/reference/embed */
export const cohereEmbeddings: Dialect<
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
    // "The maximum number of texts per call is 96."
    split: /* @__PURE__ */ splitInputs(96),
  },
  downstream: {
    match: (path) => (/\/v2\/embed\/?$/.test(path) ? {} : undefined),
    decode: decodeRequest,
    encode: encodeResponse,
    stream: noStream,
    error: ({ message }) => ({ message }),
  },
}

const inputTypes: InputTypes = {
  query: 'search_query',
  document: 'search_document',
  // First, for it is what Cohere's word means to others.
  clustering: 'clustering',
  similarity: 'clustering',
  'code-query': 'search_query',
}

function encodeRequest(request: EmbeddingsRequest, target: Target<EmbeddingsQuirks>): WireRequest {
  const { dimensions, truncate, dataType = 'float', user } = request
  const warnings: string[] = []
  if (user !== undefined) warnings.push('`user` was left out: this format has no such field.')
  const { embedding_types: types = [dataType], ...own } = (request.extensions?.[id] ?? {}) as Fields
  let inputType = encodeInputType(request.inputType, target.quirks.inputTypes ?? inputTypes, warnings)
  if (inputType === undefined) {
    inputType = 'search_document'
    warnings.push('`inputType` was missing, which this format requires: `document` was sent.')
  }
  const texts = request.input.every((item) => typeof item === 'string')
  return {
    path: '/embed',
    body: compact<Record<string, unknown>>({
      ...own,
      model: target.model,
      [texts ? 'texts' : 'inputs']: texts
        ? request.input
        : request.input.map((item, index) => encodeInput(item, index, target)),
      input_type: inputType,
      embedding_types: types,
      output_dimension: dimensions,
      truncate: truncate?.toUpperCase(),
    }),
    ...(warnings.length > 0 && { warnings }),
  }
}

function encodeInput(item: EmbeddingInput, index: number, target: Target<EmbeddingsQuirks>): unknown {
  if (typeof item === 'string') return { content: [{ type: 'text', text: item }] }
  if (!('type' in item)) throw notTaken(target, index, 'list of tokens')
  if (item.dialect !== id) throw notTaken(target, index, `input in the words of ${item.dialect}`)
  return item.value
}

function decodeResponse(
  body: unknown,
  target: Target<EmbeddingsQuirks>,
  request?: EmbeddingsRequest,
): EmbeddingsResponse {
  if (!isFields(body) || !isFields(body['embeddings'])) throw malformed(target, 'the answer has no embeddings.', body)
  // Of several types that were asked for, one is what we speak of, and the others are kept beside it.
  const byType = Object.entries(body['embeddings']).filter(([, list]) => Array.isArray(list)) as [string, unknown[]][]
  const of = (type: string) => byType.find(([name]) => name === type)
  const first = of(request?.dataType ?? 'float') ?? of(base64) ?? byType[0]
  const others = byType.filter((list) => list !== first)
  if (!first) throw malformed(target, 'the answer has no list of embeddings.')
  const [type, vectors] = first
  return {
    model: target.model,
    embeddings: ordered(
      vectors.map((vector, index) => {
        const more = others.map(([name, list]) => [name, list[index]])
        return {
          vector,
          ...extensionsOf(id, more.length > 0 ? Object.fromEntries([[type, vector], ...more]) : undefined),
        }
      }),
      target,
    ),
    usage: decodeBilling(body['meta']),
    ...extensionsOf(id, unknownFields(body, responseNames)),
  }
}

// It sends the texts back.
const responseNames = {
  embeddings: true,
  texts: true,
  response_type: true,
  meta: { billed_units: true, api_version: true },
} as const

function decodeRequest(body: unknown, _door: Door): EmbeddingsRequest {
  check(body, requestShape, '')
  const { texts, inputs, images, input_type, embedding_types, truncate } = body
  const types = embedding_types as readonly string[] | null | undefined
  const inFull = !types?.length || types.includes('float') || types.includes(base64)
  const rest = unknownFields(body, requestShape)
  return compact<EmbeddingsRequest>({
    model: body['model'] as string,
    input: decodeInputs(texts, inputs, images),
    dimensions: body['output_dimension'] as number | undefined,
    inputType: decodeInputType(String(input_type), inputTypes),
    truncate: wordIn({ NONE: 'none', START: 'start', END: 'end' } as const, truncate),
    dataType: inFull ? undefined : (types[0] as EmbeddingsRequest['dataType']),
    ...extensionsOf(
      id,
      types && (types.length > 1 || types[0] === base64) ? { ...rest, embedding_types: types } : rest,
    ),
  })
}

const requestShape: Shape = {
  model: 'string',
  texts: 'list of strings?',
  inputs: 'list of objects?',
  images: 'list of strings?',
  input_type: 'string',
  embedding_types: 'list of strings?',
  output_dimension: 'number?',
  truncate: 'string?',
}

function decodeInputs(texts: unknown, inputs: unknown, images: unknown): readonly EmbeddingInput[] {
  const pictures = ((images ?? []) as readonly string[]).map((url) => ({
    content: [{ type: 'image_url', image_url: { url } }],
  }))
  const others = [...((inputs ?? []) as readonly unknown[]), ...pictures]
  const input: readonly EmbeddingInput[] = [
    ...((texts ?? []) as readonly string[]),
    ...others.map((value) => ({ type: 'extension' as const, dialect: id, value })),
  ]
  if (input.length === 0) throw invalid('texts', 'a list that is not empty')
  return input
}

function encodeResponse(response: EmbeddingsResponse, request: EmbeddingsRequest): Fields {
  const { dataType = 'float', input } = request
  const asked = request.extensions?.[id]?.['embedding_types'] as readonly string[] | undefined
  const inText = asked !== undefined && !asked.includes(dataType)
  const { embeddings, usage, extensions } = response
  const lists: Record<string, unknown[]> = {}
  for (const { vector, extensions } of embeddings) {
    const types = extensions?.[id] ?? (inText ? { [base64]: base64Of(vector) } : { [dataType]: numbersOf(vector) })
    for (const type in types) (lists[type] ??= []).push(types[type])
  }
  const { meta, ...more } = (extensions?.[id] ?? {}) as Fields
  const texts = input.filter((item) => typeof item === 'string')
  return {
    embeddings: lists,
    ...(texts.length > 0 && { texts }),
    meta: { ...encodeBilling(usage), ...(isFields(meta) && meta) },
    response_type: 'embeddings_by_type',
    ...more,
  }
}
