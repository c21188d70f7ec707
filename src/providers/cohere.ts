import { type CohereChatQuirks, cohereChat } from '../dialects/cohere-chat/index.ts'
import { cohereEmbeddings } from '../dialects/cohere-embeddings.ts'
import { cohereRerank } from '../dialects/cohere-rerank.ts'
import { bearer } from './auth.ts'
import { type CohereModel, cohereModels } from './models/cohere.ts'
import type { Provider } from './provider.ts'

/** Cohere: Command, by version 2 of its API. */
export const cohere: Provider<'cohere', CohereModel, CohereChatQuirks> = {
  id: 'cohere',
  baseURL: 'https://api.cohere.com/v2',
  auth: { scheme: bearer, env: ['COHERE_API_KEY', 'CO_API_KEY'] },
  operations: {
    chat: { dialect: cohereChat },
    embeddings: { dialect: cohereEmbeddings },
    rerank: { dialect: cohereRerank },
  },
  models: cohereModels,
  known: 'verified',
  source: { url: 'https://docs.cohere.com/reference/chat', date: '2026-11-22' },
}
