import { openaiChat } from '../dialects/openai-chat/index.ts'
import { bearer } from './auth.ts'
import { type OpenaiModel, openaiModels } from './models/openai.ts'
import type { OpenAICompatible } from './openai-compatible.ts'

/** OpenAI, by Chat Completions. */
export const openai: OpenAICompatible<'openai', OpenaiModel> = {
  id: 'openai',
  baseURL: 'https://api.openai.com/v1',
  auth: { scheme: bearer, env: ['OPENAI_API_KEY'] },
  operations: { chat: { dialect: openaiChat } },
  models: openaiModels,
  source: { url: 'https://models.dev', date: '2026-07-02' },
}
