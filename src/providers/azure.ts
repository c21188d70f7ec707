import { type AnthropicQuirks, anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import type { Target, WireRequest } from '../dialects/dialect.ts'
import type { EmbeddingsQuirks } from '../dialects/embeddings.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings.ts'
import { openaiImages } from '../dialects/openai-images.ts'
import { openaiResponses } from '../dialects/openai-responses/index.ts'
import { openaiSpeech } from '../dialects/openai-speech.ts'
import { openaiTranscription } from '../dialects/openai-transcription.ts'
import { chatCompletions, type OpenAICompatible, responsesOnly } from './chat-completions.ts'
import { entraAuth } from './entra.ts'
import { type AzureModel, azureModels } from './models/azure.ts'
import type { Auth, Provider, Setting } from './provider.ts'

// A model's name here is the name of a deployment: `{ model: 'azure/prod-7', is: 'openai/gpt-5-mini' }` says what it is.

const auth: Auth = { scheme: entraAuth, env: ['AZURE_API_KEY', 'AZURE_OPENAI_API_KEY'] }
const resource: Setting = { env: ['AZURE_RESOURCE_NAME'] }
// The same API as OpenAI's own.
const embeddingsQuirks: EmbeddingsQuirks = { base64: 'encoding_format', inputType: false }

/** Azure OpenAI, by its v1 API. */
export const azure: OpenAICompatible<'azure', Exclude<AzureModel, `claude-${string}`>, 'resource'> = {
  id: 'azure',
  baseURL: 'https://{resource}.openai.azure.com/openai/v1',
  settings: { resource },
  auth,
  operations: {
    chat: { dialect: openaiChat, also: [{ dialect: openaiResponses, models: responsesOnly }] },
    embeddings: { dialect: openaiEmbeddings, quirks: embeddingsQuirks },
    images: { dialect: openaiImages },
    speech: { dialect: openaiSpeech },
    transcription: { dialect: openaiTranscription },
  },
  models: azureModels,
  dataTerms: {
    trains: false,
    url: 'https://learn.microsoft.com/en-us/legal/cognitive-services/openai/data-privacy',
    date: '2026-11-22',
  },
  known: 'verified',
  source: { url: 'https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle', date: '2026-11-22' },
}

/** Azure OpenAI, by deployments and dated versions of the API, which older resources and gateways ask for. */
export const azureDeployments: OpenAICompatible<'azure-deployments', never, 'resource' | 'apiVersion'> = {
  id: 'azure-deployments',
  baseURL: 'https://{resource}.openai.azure.com/openai',
  settings: { resource, apiVersion: { env: ['AZURE_API_VERSION', 'OPENAI_API_VERSION'], default: '2024-10-21' } },
  auth,
  operations: {
    chat: {
      dialect: openaiChat,
      patch: toDeployment,
    },
    embeddings: { dialect: openaiEmbeddings, quirks: embeddingsQuirks, patch: toDeployment },
    images: { dialect: openaiImages, patch: toDeployment },
    speech: { dialect: openaiSpeech, patch: toDeployment },
    transcription: { dialect: openaiTranscription, patch: toDeployment },
  },
  models: {},
  dataTerms: {
    trains: false,
    url: 'https://learn.microsoft.com/en-us/legal/cognitive-services/openai/data-privacy',
    date: '2026-11-22',
  },
  known: 'verified',
  source: { url: 'https://learn.microsoft.com/en-us/azure/ai-foundry/openai/reference', date: '2026-11-22' },
}

/** Azure AI Foundry: models of all makers. */
export const azureAi: OpenAICompatible<'azure-ai', Exclude<AzureModel, `claude-${string}`>, 'resource'> = {
  id: 'azure-ai',
  baseURL: 'https://{resource}.services.ai.azure.com/openai/v1',
  settings: { resource },
  auth,
  operations: chatCompletions,
  models: azureModels,
  dataTerms: {
    trains: false,
    url: 'https://learn.microsoft.com/en-us/legal/cognitive-services/openai/data-privacy',
    date: '2026-11-22',
  },
  known: 'verified',
  source: { url: 'https://learn.microsoft.com/en-us/azure/foundry/openai/api-version-lifecycle', date: '2026-11-22' },
}

/** Azure AI Foundry: Claude, in Anthropic's own format. */
export const azureAnthropic: Provider<
  'azure-anthropic',
  Extract<AzureModel, `claude-${string}`>,
  AnthropicQuirks,
  'resource'
> = {
  id: 'azure-anthropic',
  baseURL: 'https://{resource}.services.ai.azure.com/anthropic/v1',
  settings: { resource },
  auth,
  operations: { chat: { dialect: anthropicMessages } },
  models: azureModels,
  headers: { 'anthropic-version': '2023-06-01' },
  dataTerms: {
    trains: false,
    url: 'https://platform.claude.com/docs/en/manage-claude/api-and-data-retention',
    date: '2026-11-22',
  },
  known: 'verified',
  source: {
    url: 'https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry',
    date: '2026-11-22',
  },
}

// Seen in recordings.
function toDeployment({ path, ...wire }: WireRequest, { model, settings }: Target<unknown>): WireRequest {
  return { ...wire, path: `/deployments/${encodeURIComponent(model)}${path}?api-version=${settings?.['apiVersion']}` }
}
