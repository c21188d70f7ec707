import { documentText, type RerankRequest, type RerankResponse, rerank } from '../operations/rerank.ts'
import { extensionsOf, type WholeEvent } from '../operations/whole.ts'
import type { Dialect, Door, Target, WireRequest } from './dialect.ts'
import { decodeFailure } from './failure.ts'
import { check, compact, type Fields, isFields, type Shape, unknownFields } from './fields.ts'
import { decodeDocuments, decodeResults, encodeDocuments, encodeResults, type RerankQuirks } from './rerank.ts'
import { noStream } from './whole.ts'

/** The id of this dialect: the key of its extensions. */
const id = 'voyage-rerank'

/** Speaks Voyage's Rerank: https://docs.voyageai.com/reference/reranker-api */
export const voyageRerank: Dialect<RerankQuirks, RerankRequest, RerankResponse, WholeEvent<RerankResponse>> = {
  id,
  operation: rerank,
  upstream: { encode: encodeRequest, decode: decodeResponse, stream: noStream, error: decodeFailure },
  downstream: {
    match: (path) => (/\/v\d\/rerank\/?$/.test(path) ? {} : undefined),
    decode: decodeRequest,
    encode: encodeResponse,
    stream: noStream,
    error: ({ message }) => ({ detail: message }),
  },
}

function encodeRequest(request: RerankRequest, { model, quirks }: Target<RerankQuirks>): WireRequest {
  const { query, documents, topN, truncate, maxTokensPerDocument } = request
  const { truncate: field = 'truncation' } = quirks
  return {
    path: '/rerank',
    body: compact<Record<string, unknown>>({
      ...request.extensions?.[id],
      model,
      query,
      documents: encodeDocuments(documents, quirks),
      top_k: topN,
      [field]: truncate && truncate === 'end',
    }),
    ...(maxTokensPerDocument !== undefined && {
      warnings: ['`maxTokensPerDocument` was left out: this format has no such field.'],
    }),
  }
}

function decodeResponse(value: unknown, target: Target<RerankQuirks>): RerankResponse {
  const body: Fields = isFields(value) ? value : {}
  const { model, usage } = body
  const total = isFields(usage) ? usage['total_tokens'] : undefined
  return {
    results: decodeResults(body, 'data', id, target),
    ...(typeof model === 'string' && { model }),
    usage: typeof total === 'number' ? { inputTokens: total } : {},
    ...extensionsOf(id, unknownFields(body, responseNames)),
  }
}

const responseNames = { object: true, data: true, model: true, usage: { total_tokens: true } } as const

function decodeRequest(body: unknown, _door: Door): RerankRequest {
  check(body, requestShape, '')
  const { truncation } = body
  return compact<RerankRequest>({
    model: body['model'] as string,
    query: body['query'] as string,
    documents: decodeDocuments(body['documents']),
    topN: body['top_k'] as number | undefined,
    returnDocuments: body['return_documents'] as boolean | undefined,
    truncate: truncation == null ? undefined : truncation ? 'end' : 'none',
    ...extensionsOf(id, unknownFields(body, requestShape)),
  })
}

const requestShape: Shape = {
  model: 'string',
  query: 'string',
  documents: 'list',
  top_k: 'number?',
  return_documents: 'boolean?',
  truncation: 'boolean?',
}

function encodeResponse(response: RerankResponse, request: RerankRequest): Fields {
  const { model = request.model, results, usage, extensions } = response
  return {
    object: 'list',
    data: encodeResults(results, request, id, documentText),
    model,
    usage: { total_tokens: usage.inputTokens ?? 0 },
    ...extensions?.[id],
  }
}
