import type { Gateway } from '../../gateway.ts'
import type { RerankDocument, RerankRequest } from '../../operations/rerank.ts'
import { askGateway, type ModelIdentity, type OperationCall, type OperationResult } from './operation-model.ts'
import type { OptionTable } from './operation-options.ts'
import { own } from './provider-options.ts'
import type { SpecificationVersion } from './specification.ts'

export interface RerankingCall extends OperationCall {
  readonly query: string
  readonly documents: { readonly type: 'text' | 'object'; readonly values: readonly RerankDocument[] }
  readonly topN?: number | undefined
}

/** A reranking model of the AI SDK. */
export interface RerankingModel<V extends SpecificationVersion> extends ModelIdentity<V> {
  doRerank(call: RerankingCall): Promise<OperationResult & { ranking: { index: number; relevanceScore: number }[] }>
}

/** Makes a reranking model of the AI SDK out of a model group, or a `provider/model`, of a gateway. */
export function createRerankingModel<V extends SpecificationVersion>(
  gateway: Gateway,
  modelId: string,
  version: V,
): RerankingModel<V> {
  return {
    specificationVersion: version,
    provider: own,
    modelId,
    doRerank: (call) =>
      askGateway(gateway, modelId, call, rerankingOptions, async (client, said, describe) => {
        const { query, documents, topN } = call
        const reply = await client.rerank({ ...said, query, documents: documents.values, topN })
        return {
          ...describe(reply),
          ranking: reply.results.map(({ index, score }) => ({ index, relevanceScore: score })),
        }
      }),
  }
}

const rerankingOptions: OptionTable<Pick<RerankRequest, 'maxTokensPerDocument' | 'truncate'>> = {
  own: ['maxTokensPerDocument', 'truncate'],
  named: [['cohere', 'maxTokensPerDoc', 'maxTokensPerDocument']],
  dialects: { cohere: 'cohere-rerank' },
}
