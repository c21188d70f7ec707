import { cohereRerank } from '../dialects/cohere-rerank.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings.ts'
import { bearer } from './auth.ts'
import { type JinaModel, jinaModels } from './models/jina.ts'
import type { Provider } from './provider.ts'

/** Jina AI: embeddings and rerank. */
export const jina: Provider<'jina', JinaModel> = {
  id: 'jina',
  baseURL: 'https://api.jina.ai/v1',
  auth: { scheme: bearer, env: ['JINA_API_KEY'] },
  operations: {
    embeddings: {
      dialect: openaiEmbeddings,
      quirks: {
        // API reference, the field `task` and its words.
        inputType: 'task',
        inputTypes: {
          query: 'retrieval.query',
          document: 'retrieval.passage',
          similarity: 'text-matching',
          clustering: 'separation',
          'code-query': 'code.query',
        },
        truncate: { field: 'truncate', none: false, end: true },
        dataType: 'embedding_type',
        base64: 'embedding_type',
      },
    },
    rerank: { dialect: cohereRerank, quirks: { objects: true, maxTokens: false } },
  },
  models: jinaModels,
  known: 'listed',
  source: { url: 'https://jina.ai/embeddings', date: '2026-11-22' },
}
