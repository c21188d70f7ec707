import { openaiEmbeddings } from '../dialects/openai-embeddings.ts'
import { voyageRerank } from '../dialects/voyage-rerank.ts'
import { bearer } from './auth.ts'
import { type VoyageModel, voyageModels } from './models/voyage.ts'
import type { Provider } from './provider.ts'

/** Voyage AI: embeddings and rerank. */
export const voyage: Provider<'voyage', VoyageModel> = {
  id: 'voyage',
  baseURL: 'https://api.voyageai.com/v1',
  auth: { scheme: bearer, env: ['VOYAGE_API_KEY'] },
  operations: {
    embeddings: {
      dialect: openaiEmbeddings,
      quirks: {
        // API reference: at most 1,000 texts; and of tokens as many as the large models take, the others take more.
        batch: 1000,
        batchTokens: 120_000,
        dimensions: 'output_dimension',
        dataType: 'output_dtype',
        base64: 'encoding_format',
        // The same: null, query or document.
        inputTypes: { similarity: null, classification: null, clustering: null, 'code-query': 'query' },
        truncate: { field: 'truncation', none: false, end: true },
      },
    },
    rerank: { dialect: voyageRerank },
  },
  models: voyageModels,
  known: 'listed',
  source: { url: 'https://docs.voyageai.com/reference/embeddings-api', date: '2026-11-22' },
}
