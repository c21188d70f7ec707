import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings.ts'
import { openaiImages } from '../dialects/openai-images.ts'
import { openaiModeration } from '../dialects/openai-moderation.ts'
import { openaiResponses } from '../dialects/openai-responses/index.ts'
import { openaiInputTokens } from '../dialects/openai-responses/input-tokens.ts'
import { openaiSpeech } from '../dialects/openai-speech.ts'
import { openaiTranscription } from '../dialects/openai-transcription.ts'
import { bearer } from './auth.ts'
import { type OpenAICompatible, responsesOnly } from './chat-completions.ts'
import { type OpenaiModel, openaiModels } from './models/openai.ts'

/** OpenAI, by Chat Completions, and by Responses for those who speak it. */
export const openai: OpenAICompatible<'openai', OpenaiModel> = {
  id: 'openai',
  baseURL: 'https://api.openai.com/v1',
  auth: { scheme: bearer, env: ['OPENAI_API_KEY'] },
  operations: {
    chat: { dialect: openaiChat, also: [{ dialect: openaiResponses, models: responsesOnly }] },
    // API reference: no field says what vectors are for, and a field that it does not know is a 400.
    embeddings: { dialect: openaiEmbeddings, quirks: { base64: 'encoding_format', inputType: false } },
    moderation: { dialect: openaiModeration },
    'count-tokens': { dialect: openaiInputTokens },
    images: { dialect: openaiImages },
    speech: { dialect: openaiSpeech },
    transcription: { dialect: openaiTranscription },
  },
  models: openaiModels,
  dataTerms: {
    trains: false,
    retentionDays: 30,
    url: 'https://developers.openai.com/api/docs/guides/your-data',
    date: '2026-11-22',
  },
  known: 'verified',
  source: { url: 'https://models.dev', date: '2026-07-02' },
}
