import { type RerankRequest, type RerankResponse, rerank } from '../operations/rerank.ts'
import { extensionsOf, type WholeEvent } from '../operations/whole.ts'
import { decodeBilling, encodeBilling } from './cohere-billing.ts'
import type { Dialect, Door, Target, WireRequest } from './dialect.ts'
import { decodeFailure } from './failure.ts'
import { check, compact, type Fields, isFields, type Shape, unknownFields } from './fields.ts'
import { decodeDocuments, decodeResults, encodeDocuments, encodeResults, type RerankQuirks } from './rerank.ts'
import { noStream } from './whole.ts'

/** The id of this dialect: the key of its extensions. */
const id = 'cohere-rerank'

/** Speaks Cohere's Rerank, as Jina, Together and others do too: https://docs.cohere.com/reference/rerank */
export const cohereRerank: Dialect<RerankQuirks, RerankRequest, RerankResponse, WholeEvent<RerankResponse>> = {
  id,
  operation: rerank,
  upstream: { encode: encodeRequest, decode: decodeResponse, stream: noStream, error: decodeFailure },
  downstream: {
    match: (path) => (/\/v\d\/rerank\/?$/.test(path) ? {} : undefined),
    decode: decodeRequest,
    encode: encodeResponse,
    stream: noStream,
    error: ({ message }) => ({ message, detail: message }),
  },
}

function encodeRequest(request: RerankRequest, { model, quirks }: Target<RerankQuirks>): WireRequest {
  const { query, documents, topN, maxTokensPerDocument, truncate } = request
  const warnings: string[] = []
  const { maxTokens = 'max_tokens_per_doc', truncate: field } = quirks
  const body: Record<string, unknown> = compact({
    ...request.extensions?.[id],
    model,
    query,
    documents: encodeDocuments(documents, quirks),
    top_n: topN,
  })
  if (maxTokensPerDocument !== undefined) {
    if (maxTokens) body[maxTokens] = maxTokensPerDocument
    else warnings.push('`maxTokensPerDocument` was left out: the provider lets nobody choose.')
  }
  if (truncate !== undefined) {
    if (field) body[field] = truncate === 'end'
    // Those who have no such field cut what is too long.
    else if (truncate === 'none') warnings.push('`truncate: none` was left out: the provider cuts what is too long.')
  }
  return { path: '/rerank', body, ...(warnings.length > 0 && { warnings }) }
}

function decodeResponse(value: unknown, target: Target<RerankQuirks>): RerankResponse {
  const body: Fields = isFields(value) ? value : {}
  const { id: answer, model, usage, meta } = body
  const { prompt_tokens: prompt, total_tokens: total = prompt } = isFields(usage) ? usage : {}
  return {
    results: decodeResults(body, 'data' in body ? 'data' : 'results', id, target),
    ...(typeof answer === 'string' && { id: answer }),
    ...(typeof model === 'string' && { model }),
    usage: { ...decodeBilling(meta), ...(typeof total === 'number' && { inputTokens: total }) },
    ...extensionsOf(id, unknownFields(body, responseNames)),
  }
}

const responseNames = {
  id: true,
  object: true,
  model: true,
  results: true,
  data: true,
  usage: { prompt_tokens: true, total_tokens: true, completion_tokens: true },
  meta: { billed_units: true, api_version: true },
} as const

function decodeRequest(body: unknown, _door: Door): RerankRequest {
  check(body, requestShape, '')
  const { truncation, truncate = truncation } = body
  return compact<RerankRequest>({
    model: body['model'] as string,
    query: body['query'] as string,
    documents: decodeDocuments(body['documents']),
    topN: (body['top_n'] ?? body['top_k']) as number | undefined,
    returnDocuments: body['return_documents'] as boolean | undefined,
    maxTokensPerDocument: body['max_tokens_per_doc'] as number | undefined,
    truncate: truncate == null ? undefined : truncate === true ? 'end' : 'none',
    ...extensionsOf(id, unknownFields(body, requestShape)),
  })
}

const requestShape: Shape = {
  model: 'string',
  query: 'string',
  documents: 'list',
  top_n: 'number?',
  return_documents: 'boolean?',
  max_tokens_per_doc: 'number?',
  // Jina.
  truncate: 'boolean?',
  // Voyage.
  top_k: 'number?',
  truncation: 'boolean?',
}

/** What Cohere says, and beside it what those say who bill tokens. */
function encodeResponse(response: RerankResponse, request: RerankRequest): Fields {
  const { id: answer, model, results, usage, extensions } = response
  const { meta, usage: moreUsage, ...more } = (extensions?.[id] ?? {}) as Fields
  const tokens = usage.inputTokens
  return {
    ...(answer !== undefined && { id: answer }),
    ...(model !== undefined && { model }),
    results: encodeResults(results, request, id, (document) =>
      typeof document === 'string' ? { text: document } : document,
    ),
    meta: { ...encodeBilling(usage), ...(isFields(meta) && meta) },
    ...(tokens !== undefined && {
      usage: { prompt_tokens: tokens, total_tokens: tokens, ...(isFields(moreUsage) && moreUsage) },
    }),
    ...more,
  }
}
