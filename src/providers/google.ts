import { geminiCountTokens } from '../dialects/gemini/count-tokens.ts'
import { geminiEmbeddings } from '../dialects/gemini/embeddings.ts'
import { type GeminiQuirks, gemini } from '../dialects/gemini/index.ts'
import { geminiImages } from '../dialects/gemini-images.ts'
import { geminiSpeech } from '../dialects/gemini-speech.ts'
import { xGoogApiKey } from './auth.ts'
import { type GoogleModel, googleModels } from './models/google.ts'
import { geminiPrefill } from './prefill.ts'
import type { Provider } from './provider.ts'

/** Google: Gemini, at the Gemini API. */
export const google: Provider<'google', GoogleModel, GeminiQuirks> = {
  id: 'google',
  baseURL: 'https://generativelanguage.googleapis.com/v1beta',
  auth: { scheme: xGoogApiKey, env: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'] },
  operations: {
    chat: { dialect: gemini, prefill: geminiPrefill },
    embeddings: { dialect: geminiEmbeddings },
    'count-tokens': { dialect: geminiCountTokens },
    images: { dialect: geminiImages },
    speech: { dialect: geminiSpeech },
  },
  models: googleModels,
  known: 'verified',
  source: { url: 'https://ai.google.dev/api/generate-content', date: '2026-11-22' },
}
