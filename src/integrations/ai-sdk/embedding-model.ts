import type { Gateway } from '../../gateway.ts'
import type { EmbeddingsRequest } from '../../operations/embeddings.ts'
import { askGateway, type ModelIdentity, type OperationCall, type OperationResult } from './operation-model.ts'
import type { OptionTable } from './operation-options.ts'
import { own } from './provider-options.ts'
import type { SpecificationVersion } from './specification.ts'

export interface EmbeddingCall extends OperationCall {
  readonly values: readonly string[]
  /** Of version 4. */
  readonly dimensions?: number | undefined
}

/** An embedding model of the AI SDK. */
export interface EmbeddingModel<V extends SpecificationVersion> extends ModelIdentity<V> {
  /** Infinite: the gateway sends as many requests as a provider needs. */
  readonly maxEmbeddingsPerCall: number
  readonly supportsParallelCalls: boolean
  doEmbed(call: EmbeddingCall): Promise<OperationResult & { embeddings: number[][]; usage?: { tokens: number } }>
}

/** Makes an embedding model of the AI SDK out of a model group, or a `provider/model`, of a gateway. */
export function createEmbeddingModel<V extends SpecificationVersion>(
  gateway: Gateway,
  modelId: string,
  version: V,
): EmbeddingModel<V> {
  return {
    specificationVersion: version,
    provider: own,
    modelId,
    maxEmbeddingsPerCall: Number.POSITIVE_INFINITY,
    supportsParallelCalls: true,
    doEmbed: (call) =>
      askGateway(gateway, modelId, call, embeddingOptions, async (client, said, describe) => {
        const { values, dimensions = said.dimensions } = call
        const reply = await client.embed({ ...said, dimensions, input: values })
        const { inputTokens } = reply.usage
        return {
          ...describe(reply),
          embeddings: [...reply.embeddings],
          ...(inputTokens !== undefined && { usage: { tokens: inputTokens } }),
        }
      }),
  }
}

type Fields = Pick<EmbeddingsRequest, 'dimensions' | 'inputType' | 'truncate' | 'user'>

// https://ai.google.dev/api/embeddings#TaskType, https://docs.cohere.com/reference/embed
const googleWords = {
  RETRIEVAL_QUERY: 'query',
  RETRIEVAL_DOCUMENT: 'document',
  SEMANTIC_SIMILARITY: 'similarity',
  CLASSIFICATION: 'classification',
  CLUSTERING: 'clustering',
  CODE_RETRIEVAL_QUERY: 'code-query',
}
const cohereWords = { search_query: 'query', search_document: 'document' }

/** The options of embedding models. */
export const embeddingOptions: OptionTable<Fields> = {
  own: ['dimensions', 'inputType', 'truncate'],
  named: [
    ['openai', 'dimensions', 'dimensions'],
    ['openai', 'user', 'user'],
    ['google', 'outputDimensionality', 'dimensions'],
    ['google', 'taskType', 'inputType', googleWords],
    ['cohere', 'outputDimension', 'dimensions'],
    ['cohere', 'inputType', 'inputType', cohereWords],
    ['cohere', 'truncate', 'truncate', { NONE: 'none', START: 'start', END: 'end' }],
  ],
  dialects: { openai: 'openai-embeddings', cohere: 'cohere-embeddings' },
}
