import { type OpenAIChatQuirks, openaiChat } from '../dialects/openai-chat/index.ts'
import { bearer } from './auth.ts'
import { type CerebrasModel, cerebrasModels } from './models/cerebras.ts'
import { type DeepinfraModel, deepinfraModels } from './models/deepinfra.ts'
import { type DeepseekModel, deepseekModels } from './models/deepseek.ts'
import { type FireworksModel, fireworksModels } from './models/fireworks.ts'
import { type GroqModel, groqModels } from './models/groq.ts'
import { type HuggingfaceModel, huggingfaceModels } from './models/huggingface.ts'
import { type MistralModel, mistralModels } from './models/mistral.ts'
import { type MoonshotModel, moonshotModels } from './models/moonshot.ts'
import { type NvidiaModel, nvidiaModels } from './models/nvidia.ts'
import { type OpenrouterModel, openrouterModels } from './models/openrouter.ts'
import { type PerplexityModel, perplexityModels } from './models/perplexity.ts'
import { type SambanovaModel, sambanovaModels } from './models/sambanova.ts'
import { type TogetherModel, togetherModels } from './models/together.ts'
import { type XaiModel, xaiModels } from './models/xai.ts'
import { type ZaiModel, zaiModels } from './models/zai.ts'
import type { Provider } from './provider.ts'

/** A provider that speaks OpenAI's Chat Completions, in its own way. */
export type OpenAICompatible<Id extends string = string, Model extends string = string> = Provider<
  Id,
  Model,
  OpenAIChatQuirks
>

/** Groq. */
export const groq: OpenAICompatible<'groq', GroqModel> = {
  id: 'groq',
  baseURL: 'https://api.groq.com/openai/v1',
  auth: { scheme: bearer, env: ['GROQ_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, "Currently unsupported OpenAI features": each is a 400.
        unsupported: ['logprobs', 'top_logprobs', 'logit_bias', 'messages.name'],
      },
    },
  },
  models: groqModels,
  slashes: true,
  source: { url: 'https://console.groq.com/docs/openai', date: '2026-11-22' },
}

/** DeepSeek. */
export const deepseek: OpenAICompatible<'deepseek', DeepseekModel> = {
  id: 'deepseek',
  baseURL: 'https://api.deepseek.com',
  auth: { scheme: bearer, env: ['DEEPSEEK_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, API reference: `max_tokens`, and the roles system, user, assistant and tool.
        rename: { max_completion_tokens: 'max_tokens' },
        developerRole: false,
        // Documentation, "Thinking mode", as its users quote it: `thinking: { type }` beside `reasoning_effort`.
        reasoningRequest: 'thinking',
        // The same: a turn that called tools must carry its thoughts in all later requests, else it is a 400; of
        // other turns they are ignored. Reports of users: the field must be there even when it is empty.
        reasoningHistory: 'reasoning_content',
        reasoningHistoryWithToolCalls: true,
      },
    },
  },
  models: deepseekModels,
  source: { url: 'https://models.dev', date: '2026-07-02' },
}

/** xAI. */
export const xai: OpenAICompatible<'xai', XaiModel> = {
  id: 'xai',
  baseURL: 'https://api.x.ai/v1',
  auth: { scheme: bearer, env: ['XAI_API_KEY'] },
  operations: { chat: { dialect: openaiChat } },
  models: xaiModels,
  source: { url: 'https://models.dev', date: '2026-07-02' },
}

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
    },
  },
  models: openrouterModels,
  slashes: true,
  source: { url: 'https://openrouter.ai/docs/use-cases/reasoning-tokens', date: '2026-11-22' },
}

/** Together AI. */
export const together: OpenAICompatible<'together', TogetherModel> = {
  id: 'together',
  baseURL: 'https://api.together.xyz/v1',
  auth: { scheme: bearer, env: ['TOGETHER_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, API reference.
        rename: { max_completion_tokens: 'max_tokens' },
        topK: true,
        // Seen in recordings: each parallel call ends with a reason to finish of its own, and the next call follows it.
        repairStream: true,
      },
    },
  },
  models: togetherModels,
  slashes: true,
  source: { url: 'https://models.dev', date: '2026-07-02' },
}

/** Fireworks AI. */
export const fireworks: OpenAICompatible<'fireworks', FireworksModel> = {
  id: 'fireworks',
  baseURL: 'https://api.fireworks.ai/inference/v1',
  auth: { scheme: bearer, env: ['FIREWORKS_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, API reference.
        rename: { max_completion_tokens: 'max_tokens' },
        topK: true,
      },
    },
  },
  models: fireworksModels,
  slashes: true,
  source: { url: 'https://models.dev', date: '2026-07-02' },
}

/** Mistral, by its chat completions, which follow OpenAI's. */
export const mistral: OpenAICompatible<'mistral', MistralModel> = {
  id: 'mistral',
  baseURL: 'https://api.mistral.ai/v1',
  auth: { scheme: bearer, env: ['MISTRAL_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, API reference; both names also in recorded requests.
        rename: { max_completion_tokens: 'max_tokens', seed: 'random_seed' },
        // Documentation, API reference: it has none of these, and refuses fields that it does not know.
        unsupported: ['logprobs', 'top_logprobs', 'logit_bias', 'user', 'service_tier', 'store', 'modalities'],
        developerRole: false,
        // Seen in recordings: usage comes on the last chunk of every stream, unasked.
        streamOptions: false,
      },
    },
  },
  models: mistralModels,
  source: { url: 'https://models.dev', date: '2026-07-02' },
}

/** Cerebras. */
export const cerebras: OpenAICompatible<'cerebras', CerebrasModel> = {
  id: 'cerebras',
  baseURL: 'https://api.cerebras.ai/v1',
  auth: { scheme: bearer, env: ['CEREBRAS_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, "OpenAI compatibility", as other clients quote it: each is a 400.
        unsupported: ['frequency_penalty', 'presence_penalty', 'logit_bias'],
      },
    },
  },
  models: cerebrasModels,
  source: { url: 'https://models.dev', date: '2026-07-02' },
}

/** Perplexity, by Sonar. */
export const perplexity: OpenAICompatible<'perplexity', PerplexityModel> = {
  id: 'perplexity',
  baseURL: 'https://api.perplexity.ai',
  auth: { scheme: bearer, env: ['PERPLEXITY_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, API reference.
        rename: { max_completion_tokens: 'max_tokens' },
        topK: true,
        developerRole: false,
        // Seen in recordings: usage so far on every chunk, asked for or not.
        streamOptions: false,
        // Documentation of the models sonar-reasoning: the answer begins with a section in `<think>` tags.
        thinkTags: true,
      },
    },
  },
  models: perplexityModels,
  source: { url: 'https://models.dev', date: '2026-07-02' },
}

/** Moonshot AI (Kimi). */
export const moonshot: OpenAICompatible<'moonshot', MoonshotModel> = {
  id: 'moonshot',
  baseURL: 'https://api.moonshot.ai/v1',
  auth: { scheme: bearer, env: ['MOONSHOT_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        developerRole: false,
        // Documentation of thinking models, as other clients quote it: `thinking: { type }`, and thoughts sent back, else
        // turns with calls are a 400.
        reasoningRequest: 'thinking',
        reasoningHistory: 'reasoning_content',
      },
    },
  },
  models: moonshotModels,
  source: { url: 'https://models.dev', date: '2026-07-02' },
}

/** Z.ai (Zhipu). */
export const zai: OpenAICompatible<'zai', ZaiModel> = {
  id: 'zai',
  baseURL: 'https://api.z.ai/api/paas/v4',
  auth: { scheme: bearer, env: ['ZAI_API_KEY', 'ZHIPU_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, API reference: `max_tokens` only, no penalties, no names, roles without developer.
        rename: { max_completion_tokens: 'max_tokens' },
        unsupported: ['frequency_penalty', 'presence_penalty', 'messages.name'],
        developerRole: false,
        // Documentation, "Thinking mode". Both fields also in recorded requests.
        reasoningRequest: 'thinking',
        reasoningHistory: 'reasoning_content',
        // Seen in recordings: calls under index -1, which OpenAI's SDK loses.
        repairStream: true,
      },
    },
  },
  models: zaiModels,
  source: { url: 'https://models.dev', date: '2026-07-02' },
}

/** NVIDIA's hosted NIM. */
export const nvidia: OpenAICompatible<'nvidia', NvidiaModel> = {
  id: 'nvidia',
  baseURL: 'https://integrate.api.nvidia.com/v1',
  auth: { scheme: bearer, env: ['NVIDIA_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, API reference.
        rename: { max_completion_tokens: 'max_tokens' },
      },
    },
  },
  models: nvidiaModels,
  slashes: true,
  source: { url: 'https://models.dev', date: '2026-07-02' },
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
  source: { url: 'https://models.dev', date: '2026-07-02' },
}

/** DeepInfra. */
export const deepinfra: OpenAICompatible<'deepinfra', DeepinfraModel> = {
  id: 'deepinfra',
  baseURL: 'https://api.deepinfra.com/v1/openai',
  auth: { scheme: bearer, env: ['DEEPINFRA_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, API reference.
        rename: { max_completion_tokens: 'max_tokens' },
        topK: true,
      },
    },
  },
  models: deepinfraModels,
  slashes: true,
  source: { url: 'https://models.dev', date: '2026-07-02' },
}

/** SambaNova Cloud. */
export const sambanova: OpenAICompatible<'sambanova', SambanovaModel> = {
  id: 'sambanova',
  baseURL: 'https://api.sambanova.ai/v1',
  auth: { scheme: bearer, env: ['SAMBANOVA_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, API reference.
        rename: { max_completion_tokens: 'max_tokens' },
        topK: true,
      },
    },
  },
  models: sambanovaModels,
}

/** Ollama on this machine, by its OpenAI endpoint. */
export const ollama: OpenAICompatible<'ollama', never> = {
  id: 'ollama',
  baseURL: 'http://localhost:11434/v1',
  auth: { scheme: bearer, env: ['OLLAMA_API_KEY'], optional: true },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, "OpenAI compatibility".
        rename: { max_completion_tokens: 'max_tokens' },
      },
    },
  },
  models: {},
}

/** A vLLM server of one's own. */
export const vllm: OpenAICompatible<'vllm', never> = {
  id: 'vllm',
  baseURL: 'http://localhost:8000/v1',
  auth: { scheme: bearer, env: ['VLLM_API_KEY'], optional: true },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, "Extra parameters for Chat API".
        topK: true,
      },
    },
  },
  models: {},
  slashes: true,
}

/** LM Studio on this machine. */
export const lmstudio: OpenAICompatible<'lmstudio', never> = {
  id: 'lmstudio',
  baseURL: 'http://localhost:1234/v1',
  auth: { scheme: bearer, env: ['LMSTUDIO_API_KEY'], optional: true },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, "Chat completions": the fields that it takes.
        rename: { max_completion_tokens: 'max_tokens' },
        topK: true,
      },
    },
  },
  models: {},
  slashes: true,
  source: { url: 'https://models.dev', date: '2026-07-02' },
}

/** A llama.cpp server of one's own. */
export const llamacpp: OpenAICompatible<'llamacpp', never> = {
  id: 'llamacpp',
  baseURL: 'http://localhost:8080/v1',
  auth: { scheme: bearer, env: ['LLAMACPP_API_KEY'], optional: true },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation of the server: sampling parameters of `/completion` are taken here too.
        topK: true,
      },
    },
  },
  models: {},
}
