import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings.ts'
import { openaiResponses } from '../dialects/openai-responses/index.ts'
import { bearer, xPortkeyApiKey } from './auth.ts'
import { chatCompletions, liteLLM, modelsDev, type OpenAICompatible } from './chat-completions.ts'
import { type HuggingfaceModel, huggingfaceModels } from './models/huggingface.ts'
import { type OpenrouterModel, openrouterModels } from './models/openrouter.ts'

// Those who route to other providers, or sell their models on: the main ones first, then by name.

/** OpenRouter. */
export const openrouter: OpenAICompatible<'openrouter', OpenrouterModel> = {
  id: 'openrouter',
  baseURL: 'https://openrouter.ai/api/v1',
  auth: { scheme: bearer, env: ['OPENROUTER_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, "Reasoning tokens": the `reasoning` object, and `reasoning_details` sent back as they came.
        reasoningRequest: 'reasoning',
        reasoningHistory: 'reasoning_details',
        // Documentation, "Prompt caching" and "Parameters". `cache_control` also seen in recorded requests.
        cacheControl: true,
        topK: true,
        // Seen in recordings: parallel calls of Gemini that all have index 0, reasons to finish that change.
        repairStream: true,
      },
      also: [
        {
          dialect: openaiResponses,
          // Seen in recordings: events without a name, comments, and `[DONE]` at the end.
          quirks: { repairStream: true },
        },
      ],
    },
    // API reference, "Create embeddings".
    embeddings: { dialect: openaiEmbeddings, quirks: { base64: 'encoding_format' } },
  },
  models: openrouterModels,
  slashes: true,
  known: 'verified',
  source: { url: 'https://openrouter.ai/docs/use-cases/reasoning-tokens', date: '2026-11-22' },
}

/** Vercel AI Gateway. */
export const vercel: OpenAICompatible<'vercel'> = {
  id: 'vercel',
  baseURL: 'https://ai-gateway.vercel.sh/v1',
  auth: { scheme: bearer, env: ['AI_GATEWAY_API_KEY', 'VERCEL_OIDC_TOKEN'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, "Advanced configuration": the `reasoning` object.
        reasoningRequest: 'reasoning',
        // Seen in recorded requests: `reasoning_details`, sent back as they came.
        reasoningHistory: 'reasoning_details',
      },
    },
  },
  models: {},
  slashes: true,
  known: 'verified',
  source: {
    url: 'https://vercel.com/docs/ai-gateway/sdks-and-apis/openai-chat-completions/advanced',
    date: '2026-11-22',
  },
}

/** Hugging Face's router over its inference providers. */
export const huggingface: OpenAICompatible<'huggingface', HuggingfaceModel> = {
  id: 'huggingface',
  baseURL: 'https://router.huggingface.co/v1',
  auth: { scheme: bearer, env: ['HF_TOKEN'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, API reference of chat completion; all recorded requests use it too.
        rename: { max_completion_tokens: 'max_tokens' },
      },
    },
  },
  models: huggingfaceModels,
  slashes: true,
  known: 'verified',
  source: { url: 'https://huggingface.co/docs/inference-providers/tasks/chat-completion', date: '2026-11-22' },
}

/** GitHub Models: its inference API. */
export const githubModels: OpenAICompatible<'github-models'> = {
  id: 'github-models',
  baseURL: 'https://models.github.ai/inference',
  auth: { scheme: bearer, env: ['GITHUB_TOKEN'] },
  operations: chatCompletions,
  models: {},
  // Documentation, "Quickstart".
  headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  slashes: true,
  known: 'verified',
  source: { url: 'https://docs.github.com/en/github-models/quickstart', date: '2026-11-22' },
}

/** GitHub Copilot. It takes no token of GitHub's, but the short-lived one that it is exchanged for: give a function. */
export const githubCopilot: OpenAICompatible<'github-copilot'> = {
  id: 'github-copilot',
  baseURL: 'https://api.githubcopilot.com',
  auth: { scheme: bearer, env: ['GITHUB_COPILOT_TOKEN'] },
  operations: chatCompletions,
  models: {},
  // Seen in recordings: address and answers. Which integration asks is yours to say: `headers: { 'copilot-integration-id' }`.
  known: 'verified',
  source: modelsDev,
}

/** Portkey: models are named `@provider/model`, as in its catalogue. */
export const portkey: OpenAICompatible<'portkey'> = {
  id: 'portkey',
  baseURL: 'https://api.portkey.ai/v1',
  auth: { scheme: xPortkeyApiKey, env: ['PORTKEY_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'verified',
  source: { url: 'https://portkey.ai/docs/integrations/llms/bedrock-mantle', date: '2026-11-22' },
}

/** Abacus AI RouteLLM. */
export const abacus: OpenAICompatible<'abacus'> = {
  id: 'abacus',
  baseURL: 'https://routellm.abacus.ai/v1',
  auth: { scheme: bearer, env: ['ABACUS_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** AIHubMix. */
export const aihubmix: OpenAICompatible<'aihubmix'> = {
  id: 'aihubmix',
  baseURL: 'https://aihubmix.com/v1',
  auth: { scheme: bearer, env: ['AIHUBMIX_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: liteLLM,
}

/** AnyAPI. */
export const anyapi: OpenAICompatible<'anyapi'> = {
  id: 'anyapi',
  baseURL: 'https://api.anyapi.ai/v1',
  auth: { scheme: bearer, env: ['ANYAPI_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Apertis. */
export const apertis: OpenAICompatible<'apertis'> = {
  id: 'apertis',
  baseURL: 'https://api.stima.tech/v1',
  auth: { scheme: bearer, env: ['STIMA_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      // LiteLLM's row.
      quirks: { rename: { max_completion_tokens: 'max_tokens' } },
    },
  },
  models: {},
  known: 'listed',
  source: liteLLM,
}

/** AssemblyAI LLM Gateway. */
export const assemblyai: OpenAICompatible<'assemblyai'> = {
  id: 'assemblyai',
  baseURL: 'https://llm-gateway.assemblyai.com/v1',
  auth: { scheme: bearer, env: ['ASSEMBLYAI_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: liteLLM,
}

/** Auriko. */
export const auriko: OpenAICompatible<'auriko'> = {
  id: 'auriko',
  baseURL: 'https://api.auriko.ai/v1',
  auth: { scheme: bearer, env: ['AURIKO_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Cortecs, which routes within Europe. */
export const cortecs: OpenAICompatible<'cortecs'> = {
  id: 'cortecs',
  baseURL: 'https://api.cortecs.ai/v1',
  auth: { scheme: bearer, env: ['CORTECS_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** FastRouter. */
export const fastrouter: OpenAICompatible<'fastrouter'> = {
  id: 'fastrouter',
  baseURL: 'https://go.fastrouter.ai/api/v1',
  auth: { scheme: bearer, env: ['FASTROUTER_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** FrogBot. */
export const frogbot: OpenAICompatible<'frogbot'> = {
  id: 'frogbot',
  baseURL: 'https://app.frogbot.ai/api/v1',
  auth: { scheme: bearer, env: ['FROGBOT_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Helicone AI Gateway. */
export const helicone: OpenAICompatible<'helicone'> = {
  id: 'helicone',
  baseURL: 'https://ai-gateway.helicone.ai/v1',
  auth: { scheme: bearer, env: ['HELICONE_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** iFlow, in China. */
export const iflowcn: OpenAICompatible<'iflowcn'> = {
  id: 'iflowcn',
  baseURL: 'https://apis.iflow.cn/v1',
  auth: { scheme: bearer, env: ['IFLOW_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Jiekou AI. */
export const jiekou: OpenAICompatible<'jiekou'> = {
  id: 'jiekou',
  baseURL: 'https://api.jiekou.ai/openai',
  auth: { scheme: bearer, env: ['JIEKOU_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Kilo Gateway. */
export const kilo: OpenAICompatible<'kilo'> = {
  id: 'kilo',
  baseURL: 'https://api.kilo.ai/api/gateway',
  auth: { scheme: bearer, env: ['KILO_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** LLM Gateway. */
export const llmgateway: OpenAICompatible<'llmgateway'> = {
  id: 'llmgateway',
  baseURL: 'https://api.llmgateway.io/v1',
  auth: { scheme: bearer, env: ['LLMGATEWAY_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** NanoGPT. */
export const nanoGpt: OpenAICompatible<'nano-gpt'> = {
  id: 'nano-gpt',
  baseURL: 'https://nano-gpt.com/api/v1',
  auth: { scheme: bearer, env: ['NANO_GPT_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      // LiteLLM's row.
      quirks: { rename: { max_completion_tokens: 'max_tokens' } },
    },
  },
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** OpenCode Zen. */
export const opencode: OpenAICompatible<'opencode'> = {
  id: 'opencode',
  baseURL: 'https://opencode.ai/zen/v1',
  auth: { scheme: bearer, env: ['OPENCODE_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** OpenCode Go, by subscription. */
export const opencodeGo: OpenAICompatible<'opencode-go'> = {
  id: 'opencode-go',
  baseURL: 'https://opencode.ai/zen/go/v1',
  auth: { scheme: bearer, env: ['OPENCODE_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** OrcaRouter. */
export const orcarouter: OpenAICompatible<'orcarouter'> = {
  id: 'orcarouter',
  baseURL: 'https://api.orcarouter.ai/v1',
  auth: { scheme: bearer, env: ['ORCAROUTER_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Poe. */
export const poe: OpenAICompatible<'poe'> = {
  id: 'poe',
  baseURL: 'https://api.poe.com/v1',
  auth: { scheme: bearer, env: ['POE_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      // LiteLLM's row.
      quirks: { rename: { max_completion_tokens: 'max_tokens' } },
    },
  },
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Qiniu, in China. */
export const qiniuAi: OpenAICompatible<'qiniu-ai'> = {
  id: 'qiniu-ai',
  baseURL: 'https://api.qnaigc.com/v1',
  auth: { scheme: bearer, env: ['QINIU_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Requesty. */
export const requesty: OpenAICompatible<'requesty'> = {
  id: 'requesty',
  baseURL: 'https://router.requesty.ai/v1',
  auth: { scheme: bearer, env: ['REQUESTY_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** routing.run. */
export const routingRun: OpenAICompatible<'routing-run'> = {
  id: 'routing-run',
  baseURL: 'https://ai.routing.sh/v1',
  auth: { scheme: bearer, env: ['ROUTING_RUN_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** The Grid. */
export const theGridAi: OpenAICompatible<'the-grid-ai'> = {
  id: 'the-grid-ai',
  baseURL: 'https://api.thegrid.ai/v1',
  auth: { scheme: bearer, env: ['THEGRIDAI_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Vivgrid. */
export const vivgrid: OpenAICompatible<'vivgrid'> = {
  id: 'vivgrid',
  baseURL: 'https://api.vivgrid.com/v1',
  auth: { scheme: bearer, env: ['VIVGRID_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** ZenMux. */
export const zenmux: OpenAICompatible<'zenmux'> = {
  id: 'zenmux',
  baseURL: 'https://zenmux.ai/api/v1',
  auth: { scheme: bearer, env: ['ZENMUX_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}
