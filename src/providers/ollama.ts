import { type OllamaQuirks, ollamaChat } from '../dialects/ollama/index.ts'
import { bearer } from './auth.ts'
import type { Provider } from './provider.ts'

/** Ollama on this machine, by its own API, which says more. */
export const ollamaNative: Provider<'ollama-native', never, OllamaQuirks> = {
  id: 'ollama-native',
  baseURL: 'http://localhost:11434/api',
  auth: { scheme: bearer, env: ['OLLAMA_API_KEY'], optional: true },
  operations: { chat: { dialect: ollamaChat } },
  models: {},
  known: 'verified',
  source: { url: 'https://docs.ollama.com/api/chat', date: '2026-11-22' },
}
