import type { Dialect, Target, WireRequest } from '../../dialects/dialect.ts'
import { ordered } from '../../dialects/embeddings.ts'
import { isFields } from '../../dialects/fields.ts'
import { LeftOut } from '../../dialects/left-out.ts'
import { malformed, noStream } from '../../dialects/whole.ts'
import { GatewayError } from '../../errors.ts'
import { type EmbeddingsRequest, type EmbeddingsResponse, embeddings } from '../../operations/embeddings.ts'
import type { WholeEvent } from '../../operations/whole.ts'
import { embeddingOptions } from './embedding-model.ts'
import { decodeFailure } from './failure.ts'
import { encodeNamed, keptOptions, toldExtensions } from './operation-options.ts'
import { id, mergeOptions } from './provider-options.ts'

/** Speaks to an embedding model of the AI SDK. */
export const aiSdkEmbeddings: Dialect<object, EmbeddingsRequest, EmbeddingsResponse, WholeEvent<EmbeddingsResponse>> = {
  id,
  operation: embeddings,
  upstream: { encode, decode, stream: noStream, error: decodeFailure },
}

function encode(request: EmbeddingsRequest, { model, provider }: Target<object>): WireRequest {
  const { input, dimensions, dataType = 'float', headers } = request
  if (dataType !== 'float') throw new GatewayError('unsupported', `${provider} gives no ${dataType} embeddings.`)
  const values = input.filter((item) => typeof item === 'string')
  if (values.length < input.length) throw new GatewayError('unsupported', `${provider} makes embeddings of texts only.`)
  const left = new LeftOut()
  if (request.truncate !== undefined) left.leaveOut(`\`truncate\``, 'only models of Cohere may know it')
  const providerOptions = mergeOptions(encodeNamed(request, embeddingOptions), keptOptions(request))
  return {
    path: '/embedding-model',
    body: { model, call: { values, dimensions, headers, providerOptions } },
    warnings: left.warnings,
  }
}

function decode(body: unknown, target: Target<object>): EmbeddingsResponse {
  if (!isFields(body) || !Array.isArray(body['embeddings'])) throw malformed(target, 'the answer has no embeddings.')
  const { embeddings, tokens } = body
  return {
    model: target.model,
    embeddings: ordered(
      embeddings.map((vector: unknown) => ({ vector })),
      target,
    ),
    usage: typeof tokens === 'number' ? { inputTokens: tokens } : {},
    ...toldExtensions(body),
  }
}
