import { type AnthropicQuirks, anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { type GeminiQuirks, gemini } from '../dialects/gemini/index.ts'
import { geminiImages } from '../dialects/gemini-images.ts'
import { geminiSpeech } from '../dialects/gemini-speech.ts'
import { chatCompletions, type OpenAICompatible } from './chat-completions.ts'
import { googleAuth } from './google-auth.ts'
import { type VertexModel, vertexModels } from './models/vertex.ts'
import { claudePrefill, geminiPrefill } from './prefill.ts'
import type { Auth, AuthScheme, Provider, Setting } from './provider.ts'

type Name = 'project' | 'location'

const settings: Readonly<Record<Name, Setting>> = {
  project: { env: ['GOOGLE_VERTEX_PROJECT', 'GOOGLE_CLOUD_PROJECT', 'VERTEXAI_PROJECT'] },
  location: { env: ['GOOGLE_VERTEX_LOCATION', 'GOOGLE_CLOUD_LOCATION', 'VERTEXAI_LOCATION'], default: 'global' },
}

// The JSON of a service account itself: a path to it, as in GOOGLE_APPLICATION_CREDENTIALS, is nothing that can be read everywhere.
const auth: Auth = {
  scheme: vertexAuth,
  env: ['GOOGLE_APPLICATION_CREDENTIALS_JSON', 'VERTEXAI_CREDENTIALS'],
}

/** Google Vertex AI: Gemini. */
export const vertex: Provider<'vertex', Extract<VertexModel, `gemini-${string}`>, GeminiQuirks, Name> = {
  id: 'vertex',
  baseURL: 'https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}/publishers/google',
  settings,
  auth,
  operations: {
    chat: { dialect: gemini, prefill: geminiPrefill },
    images: { dialect: geminiImages },
    speech: { dialect: geminiSpeech },
  },
  models: vertexModels,
  dataTerms: {
    trains: false,
    url: 'https://docs.cloud.google.com/gemini-enterprise-agent-platform/resources/zero-data-retention',
    date: '2026-11-22',
  },
  known: 'verified',
  source: {
    url: 'https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference',
    date: '2026-11-22',
  },
}

/** Google Vertex AI: Claude, in Anthropic's own format. */
export const vertexAnthropic: Provider<
  'vertex-anthropic',
  Extract<VertexModel, `claude-${string}`>,
  AnthropicQuirks,
  Name
> = {
  id: 'vertex-anthropic',
  baseURL:
    'https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}/publishers/anthropic',
  settings,
  auth,
  operations: {
    chat: {
      dialect: anthropicMessages,
      prefill: claudePrefill,
      // Documentation, "Claude on Vertex AI": the model stands in the path and not in the body, the version in the body.
      patch({ body: { model: _, ...body }, ...wire }, { model }) {
        const method = body['stream'] ? 'streamRawPredict' : 'rawPredict'
        return {
          ...wire,
          path: `/models/${encodeURIComponent(model).replace('%40', '@')}:${method}`,
          body: { anthropic_version: 'vertex-2023-10-16', ...body },
        }
      },
    },
  },
  models: vertexModels,
  known: 'verified',
  source: { url: 'https://platform.claude.com/docs/en/build-with-claude/claude-on-vertex-ai', date: '2026-11-22' },
}

/** Google Vertex AI: the models of other makers, by its OpenAI endpoint. */
export const vertexOpenapi: OpenAICompatible<'vertex-openapi', Extract<VertexModel, `${string}/${string}`>, Name> = {
  id: 'vertex-openapi',
  baseURL: 'https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}/endpoints/openapi',
  settings,
  auth,
  operations: chatCompletions,
  models: vertexModels,
  slashes: true,
  known: 'listed',
  source: { url: 'https://cloud.google.com/vertex-ai/generative-ai/docs/migrate/openai/overview', date: '2026-11-22' },
}

/** Signs in, and puts the host right: that of `global` has no location, and `us` and `eu` have theirs elsewhere. */
function vertexAuth(...[request, credential, context]: Parameters<AuthScheme>): void | Promise<void> {
  request.url = request.url
    .replace('//global-aiplatform.', '//aiplatform.')
    .replace(/\/\/(us|eu)-aiplatform\./, '//aiplatform.$1.rep.')
  return googleAuth(request, credential, context)
}
