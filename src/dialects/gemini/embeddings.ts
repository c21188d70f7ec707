import { GatewayError } from '../../errors.ts'
import {
  type EmbeddingInput,
  type EmbeddingsRequest,
  type EmbeddingsResponse,
  embeddings,
} from '../../operations/embeddings.ts'
import { numbersOf } from '../../operations/vector.ts'
import { extensionsOf, type WholeEvent } from '../../operations/whole.ts'
import type { Dialect, Door, Target, WireRequest } from '../dialect.ts'
import {
  decodeInputType,
  type EmbeddingsQuirks,
  encodeInputType,
  type InputTypes,
  notTaken,
  ordered,
  splitInputs,
} from '../embeddings.ts'
import { malformed, noStream } from '../whole.ts'
import { downstreamError, upstreamError } from './error.ts'
import { fields, list, wrong } from './fields.ts'
import { modelIn, modelPath } from './model.ts'
import { compact, isRecord, type Wire } from './wire.ts'

/** The id of this dialect: the key of its extensions. */
const id = 'gemini-embeddings'

/** Speaks Google's `embedContent` and `batchEmbedContents`. */
export const geminiEmbeddings: Dialect<
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
    error: upstreamError,
    // The API refuses more: "at most 100 requests can be in one batch".
    split: /* @__PURE__ */ splitInputs(100),
  },
  downstream: {
    match(path) {
      const model = modelIn(path, '(?:embedContent|batchEmbedContents)')
      return model === undefined ? undefined : { model }
    },
    decode: decodeRequest,
    encode: encodeResponse,
    stream: noStream,
    error: downstreamError,
  },
}

/** https://ai.google.dev/api/embeddings#TaskType */
const taskTypes: InputTypes = {
  query: 'RETRIEVAL_QUERY',
  document: 'RETRIEVAL_DOCUMENT',
  similarity: 'SEMANTIC_SIMILARITY',
  classification: 'CLASSIFICATION',
  clustering: 'CLUSTERING',
  'code-query': 'CODE_RETRIEVAL_QUERY',
}

function encodeRequest(request: EmbeddingsRequest, target: Target<EmbeddingsQuirks>): WireRequest {
  const { model, provider, quirks } = target
  const { dimensions, truncate, dataType = 'float' } = request
  if (dataType !== 'float') throw new GatewayError('unsupported', `${provider} gives no ${dataType} embeddings.`)
  const warnings: string[] = []
  if (request.user !== undefined) warnings.push('`user` was left out: this format has no such field.')
  if (truncate !== undefined)
    warnings.push(`\`truncate: ${truncate}\` was left out: the provider does as it always does.`)
  const taskType = encodeInputType(request.inputType, quirks.inputTypes ?? taskTypes, warnings)
  const { single, ...own } = (request.extensions?.[id] ?? {}) as Wire
  const name = modelPath(model)
  const requests = request.input.map((item, index) => ({
    model: name,
    ...encodeInput(item, index, target),
    ...compact({ taskType, outputDimensionality: dimensions }),
  }))
  return {
    path: `/${name}:${single ? 'embedContent' : 'batchEmbedContents'}`,
    body: single ? { ...own, ...requests[0] } : { ...own, requests },
    ...(warnings.length > 0 && { warnings }),
  }
}

function encodeInput(item: EmbeddingInput, index: number, target: Target<EmbeddingsQuirks>): Wire {
  if (typeof item === 'string') return { content: { parts: [{ text: item }] } }
  if (!('type' in item)) throw notTaken(target, index, 'list of tokens')
  if (item.dialect !== id) throw notTaken(target, index, `input in the words of ${item.dialect}`)
  return item.value as Wire
}

function decodeResponse(body: unknown, target: Target<EmbeddingsQuirks>): EmbeddingsResponse {
  if (!isRecord(body)) throw malformed(target, 'the answer is no object.')
  const { embedding, embeddings = embedding && [embedding], usageMetadata, ...rest } = body
  if (!Array.isArray(embeddings)) throw malformed(target, 'the answer has no embeddings.', body)
  const inputTokens = isRecord(usageMetadata) ? usageMetadata['promptTokenCount'] : undefined
  return {
    model: target.model,
    embeddings: ordered(
      embeddings.map((item: unknown) => {
        const { values, ...more } = isRecord(item) ? item : {}
        return { vector: values, ...extensionsOf(id, compact(more)) }
      }),
      target,
    ),
    usage: typeof inputTokens === 'number' ? { inputTokens } : {},
    ...extensionsOf(id, compact(rest)),
  }
}

function decodeRequest(value: unknown, door: Door): EmbeddingsRequest {
  const body = fields(value, 'body')
  const { requests, ...rest } = body
  const single = requests === undefined
  const items = (single ? [rest] : list(requests, 'requests')).map((item, index) => fields(item, `requests[${index}]`))
  const [first] = items
  if (!first) throw wrong('requests', 'a list that is not empty')
  const { taskType, outputDimensionality: dimensions } = first
  const mixed = items.some((item) => item['taskType'] !== taskType || item['outputDimensionality'] !== dimensions)
  if (mixed)
    throw new GatewayError(
      'unsupported',
      'The requests of a batch must have one taskType and one outputDimensionality.',
    )
  const own = { ...(single ? { single } : compact(rest)) }
  return {
    model: door.model ?? String(first['model'] ?? '').replace(/^models\//, ''),
    input: items.map((item, index) => decodeInput(item, `requests[${index}].content`)),
    ...(typeof taskType === 'string' && { inputType: decodeInputType(taskType, taskTypes) }),
    ...(typeof dimensions === 'number' && { dimensions }),
    ...(Object.keys(own).length > 0 && extensionsOf(id, own)),
  }
}

/** One text, or something that only this format can say. */
function decodeInput({ model, taskType, outputDimensionality, content, ...rest }: Wire, path: string): EmbeddingInput {
  const { parts } = fields(content, path)
  const only: unknown = Array.isArray(parts) && parts.length === 1 ? parts[0] : parts
  const text = isRecord(only) && Object.keys(only).length === 1 ? only['text'] : undefined
  if (typeof text === 'string' && Object.keys(rest).length === 0) return text
  return { type: 'extension', dialect: id, value: { content, ...rest } }
}

function encodeResponse({ embeddings, usage, extensions }: EmbeddingsResponse, request: EmbeddingsRequest): Wire {
  const all = embeddings.map(({ vector, extensions }) => ({ values: numbersOf(vector), ...extensions?.[id] }))
  const told = usage.inputTokens === undefined ? {} : { usageMetadata: { promptTokenCount: usage.inputTokens } }
  return {
    ...(request.extensions?.[id]?.['single'] ? { embedding: all[0] } : { embeddings: all }),
    ...told,
    ...extensions?.[id],
  }
}
