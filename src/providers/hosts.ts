import { cohereRerank } from '../dialects/cohere-rerank.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings.ts'
import { openaiImages } from '../dialects/openai-images.ts'
import { openaiSpeech } from '../dialects/openai-speech.ts'
import { openaiTranscription } from '../dialects/openai-transcription.ts'
import { bearer } from './auth.ts'
import { chatCompletions, liteLLM, modelsDev, type OpenAICompatible } from './chat-completions.ts'
import { type CerebrasModel, cerebrasModels } from './models/cerebras.ts'
import { type DeepinfraModel, deepinfraModels } from './models/deepinfra.ts'
import { type FireworksModel, fireworksModels } from './models/fireworks.ts'
import { type GroqModel, groqModels } from './models/groq.ts'
import { type NvidiaModel, nvidiaModels } from './models/nvidia.ts'
import { type SambanovaModel, sambanovaModels } from './models/sambanova.ts'
import { type TogetherModel, togetherModels } from './models/together.ts'
import { llamaPrefill } from './prefill.ts'

// Those who host other people's models, most of them open ones: the main ones first, then by name.

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
      prefill: llamaPrefill,
    },
    // The request of Groq's own client.
    speech: { dialect: openaiSpeech, quirks: { instructions: false } },
    // Documentation, "Speech to text": Whisper, at no less than ten seconds.
    transcription: { dialect: openaiTranscription, quirks: { timestamps: true, minimumSeconds: 10 } },
  },
  models: groqModels,
  slashes: true,
  dataTerms: { retentionDays: 0, url: 'https://console.groq.com/docs/your-data', date: '2026-11-22' },
  known: 'verified',
  source: { url: 'https://console.groq.com/docs/openai', date: '2026-11-22' },
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
        // The same page: the API has no role for developers, and takes the system's for it.
        developerRole: false,
      },
    },
  },
  models: cerebrasModels,
  known: 'verified',
  source: { url: 'https://inference-docs.cerebras.ai/resources/openai', date: '2026-11-22' },
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
        // SambaNova's own client: these are "not yet supported by our models"; `top_k` and the system's role are.
        unsupported: ['logprobs', 'top_logprobs', 'logit_bias', 'seed'],
        developerRole: false,
        topK: true,
      },
    },
  },
  models: sambanovaModels,
  known: 'verified',
  source: {
    url: 'https://github.com/sambanova/sambanova-python/blob/main/src/sambanova/types/chat/completion_create_params.py',
    date: '2026-11-22',
  },
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
        // The request of Together's own client.
        rename: { max_completion_tokens: 'max_tokens' },
        topK: true,
        developerRole: false,
        // Seen in recordings: each parallel call ends with a reason to finish of its own, and the next call follows it.
        repairStream: true,
      },
    },
    // API reference: a model, an input and no more. Its rerank is Cohere's, with objects for documents.
    embeddings: { dialect: openaiEmbeddings, quirks: { inputType: false } },
    rerank: { dialect: cohereRerank, quirks: { objects: true, maxTokens: false } },
    // API reference: `width` and `height`, and the word `base64`.
    images: { dialect: openaiImages, quirks: { edges: true, dataWord: 'base64', edits: false } },
    speech: { dialect: openaiSpeech, quirks: { instructions: false } },
    // Documentation, "Speaker diarization".
    transcription: { dialect: openaiTranscription, quirks: { timestamps: true, speakers: 'diarize' } },
  },
  models: togetherModels,
  slashes: true,
  dataTerms: { trains: false, url: 'https://docs.together.ai/docs/zero-data-retention', date: '2026-11-22' },
  known: 'verified',
  source: {
    url: 'https://github.com/togethercomputer/together-py/blob/main/src/together/types/chat/completion_create_params.py',
    date: '2026-11-22',
  },
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
        // Documentation, API reference: `max_tokens` in every version of it, `max_completion_tokens` in the newest.
        rename: { max_completion_tokens: 'max_tokens' },
        topK: true,
      },
    },
    // API reference: OpenAI's fields; and Cohere's rerank, whose results it calls `data`.
    embeddings: { dialect: openaiEmbeddings, quirks: { inputType: false } },
    rerank: { dialect: cohereRerank, quirks: { maxTokens: false } },
    // API reference: the host of `whisper-v3`. That of `whisper-v3-turbo` is another.
    transcription: {
      dialect: openaiTranscription,
      baseURL: 'https://audio-prod.us-virginia-1.direct.fireworks.ai/v1',
      quirks: { timestamps: true, speakers: 'diarize' },
    },
  },
  models: fireworksModels,
  slashes: true,
  dataTerms: {
    retentionDays: 0,
    url: 'https://docs.fireworks.ai/guides/security_compliance/data_handling',
    date: '2026-11-22',
  },
  known: 'verified',
  source: { url: 'https://fireworks.ai/docs/api-reference/post-chatcompletions', date: '2026-11-22' },
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
        // Documentation, "OpenAI API": the fields of its examples; `top_k` as LangChain's client for it has it.
        rename: { max_completion_tokens: 'max_tokens' },
        topK: true,
      },
    },
    // Documentation, "Embeddings": at most 1,024 inputs.
    embeddings: { dialect: openaiEmbeddings, quirks: { batch: 1024, inputType: false } },
    // The same page: OpenAI's paths, with Kokoro and others, and Whisper.
    images: { dialect: openaiImages },
    speech: { dialect: openaiSpeech, quirks: { instructions: false } },
    transcription: { dialect: openaiTranscription, quirks: { timestamps: true } },
  },
  models: deepinfraModels,
  slashes: true,
  known: 'verified',
  source: { url: 'https://deepinfra.com/docs/openai_api', date: '2026-11-22' },
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
        // The request of NVIDIA's own client for NIM.
        rename: { max_completion_tokens: 'max_tokens' },
      },
    },
    // Documentation of NeMo Retriever's embedding NIM.
    embeddings: {
      dialect: openaiEmbeddings,
      quirks: {
        inputTypes: {
          document: 'passage',
          similarity: 'passage',
          classification: 'passage',
          clustering: 'passage',
          'code-query': 'query',
        },
        truncate: { field: 'truncate', none: 'NONE', start: 'START', end: 'END' },
      },
    },
  },
  models: nvidiaModels,
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Baseten: Model APIs. */
export const baseten: OpenAICompatible<'baseten'> = {
  id: 'baseten',
  baseURL: 'https://inference.baseten.co/v1',
  auth: { scheme: bearer, env: ['BASETEN_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'verified',
  source: modelsDev,
}

/** Crusoe: serverless inference. */
export const crusoe: OpenAICompatible<'crusoe'> = {
  id: 'crusoe',
  baseURL: 'https://api.inference.crusoecloud.com/v1',
  auth: { scheme: bearer, env: ['CRUSOE_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'verified',
  source: {
    url: 'https://docs.crusoecloud.com/quickstart/getting-started-with-serverless-inference',
    date: '2026-11-22',
  },
}

/** Venice AI. */
export const venice: OpenAICompatible<'venice'> = {
  id: 'venice',
  baseURL: 'https://api.venice.ai/api/v1',
  auth: { scheme: bearer, env: ['VENICE_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Venice's own description of its chat completions.
        topK: true,
      },
    },
  },
  models: {},
  known: 'verified',
  source: { url: 'https://docs.venice.ai/api-reference/api-spec', date: '2026-11-22' },
}

/** Doubleword. */
export const doubleword: OpenAICompatible<'doubleword'> = {
  id: 'doubleword',
  baseURL: 'https://api.doubleword.ai/v1',
  auth: { scheme: bearer, env: ['DOUBLEWORD_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'verified',
  source: { url: 'https://hermes-agent.nousresearch.com/marketplace/doubleword-provider', date: '2026-11-22' },
}

/** Avian. */
export const avian: OpenAICompatible<'avian'> = {
  id: 'avian',
  baseURL: 'https://api.avian.io/v1',
  auth: { scheme: bearer, env: ['AVIAN_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'verified',
  source: {
    url: 'https://github.com/juspay/neurolink/blob/release/src/lib/providers/catalog/avian-io.json',
    date: '2026-11-22',
  },
}

/** Heroku Managed Inference. */
export const heroku: OpenAICompatible<'heroku'> = {
  id: 'heroku',
  baseURL: 'https://us.inference.heroku.com/v1',
  auth: { scheme: bearer, env: ['INFERENCE_KEY', 'HEROKU_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'verified',
  source: {
    url: 'https://devcenter.heroku.com/articles/heroku-inference-api-v1-chat-completions',
    date: '2026-11-22',
  },
}

/** Ambient. */
export const ambient: OpenAICompatible<'ambient'> = {
  id: 'ambient',
  baseURL: 'https://api.ambient.xyz/v1',
  auth: { scheme: bearer, env: ['AMBIENT_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Berget AI, in Sweden. */
export const berget: OpenAICompatible<'berget'> = {
  id: 'berget',
  baseURL: 'https://api.berget.ai/v1',
  auth: { scheme: bearer, env: ['BERGET_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Chutes. */
export const chutes: OpenAICompatible<'chutes'> = {
  id: 'chutes',
  baseURL: 'https://llm.chutes.ai/v1',
  auth: { scheme: bearer, env: ['CHUTES_API_KEY'] },
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

/** Clarifai. */
export const clarifai: OpenAICompatible<'clarifai'> = {
  id: 'clarifai',
  baseURL: 'https://api.clarifai.com/v2/ext/openai/v1',
  auth: { scheme: bearer, env: ['CLARIFAI_PAT'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** CloudFerro Sherlock, in Poland. */
export const cloudferroSherlock: OpenAICompatible<'cloudferro-sherlock'> = {
  id: 'cloudferro-sherlock',
  baseURL: 'https://api-sherlock.cloudferro.com/openai/v1',
  auth: { scheme: bearer, env: ['CLOUDFERRO_SHERLOCK_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** CrofAI. */
export const crof: OpenAICompatible<'crof'> = {
  id: 'crof',
  baseURL: 'https://crof.ai/v1',
  auth: { scheme: bearer, env: ['CROF_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** DigitalOcean Gradient AI. */
export const digitalocean: OpenAICompatible<'digitalocean'> = {
  id: 'digitalocean',
  baseURL: 'https://inference.do-ai.run/v1',
  auth: { scheme: bearer, env: ['DIGITALOCEAN_ACCESS_TOKEN'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** DInference. */
export const dinference: OpenAICompatible<'dinference'> = {
  id: 'dinference',
  baseURL: 'https://api.dinference.com/v1',
  auth: { scheme: bearer, env: ['DINFERENCE_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** d.run, in China. */
export const drun: OpenAICompatible<'drun'> = {
  id: 'drun',
  baseURL: 'https://chat.d.run/v1',
  auth: { scheme: bearer, env: ['DRUN_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** evroc, in Sweden. */
export const evroc: OpenAICompatible<'evroc'> = {
  id: 'evroc',
  baseURL: 'https://models.think.evroc.com/v1',
  auth: { scheme: bearer, env: ['EVROC_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Featherless AI. */
export const featherless: OpenAICompatible<'featherless'> = {
  id: 'featherless',
  baseURL: 'https://api.featherless.ai/v1',
  auth: { scheme: bearer, env: ['FEATHERLESS_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: { url: 'https://docs.openclaw.ai/providers/featherless', date: '2026-11-22' },
}

/** Friendli: serverless endpoints. */
export const friendli: OpenAICompatible<'friendli'> = {
  id: 'friendli',
  baseURL: 'https://api.friendli.ai/serverless/v1',
  auth: { scheme: bearer, env: ['FRIENDLI_TOKEN'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Galadriel. */
export const galadriel: OpenAICompatible<'galadriel'> = {
  id: 'galadriel',
  baseURL: 'https://api.galadriel.com/v1',
  auth: { scheme: bearer, env: ['GALADRIEL_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: liteLLM,
}

/** GMI Cloud. */
export const gmicloud: OpenAICompatible<'gmicloud'> = {
  id: 'gmicloud',
  baseURL: 'https://api.gmi-serving.com/v1',
  auth: { scheme: bearer, env: ['GMICLOUD_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** HPC-AI. */
export const hpcAi: OpenAICompatible<'hpc-ai'> = {
  id: 'hpc-ai',
  baseURL: 'https://api.hpc-ai.com/inference/v1',
  auth: { scheme: bearer, env: ['HPC_AI_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Hyperbolic. */
export const hyperbolic: OpenAICompatible<'hyperbolic'> = {
  id: 'hyperbolic',
  baseURL: 'https://api.hyperbolic.xyz/v1',
  auth: { scheme: bearer, env: ['HYPERBOLIC_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      // LiteLLM's page: the fields that it takes.
      quirks: { rename: { max_completion_tokens: 'max_tokens' } },
    },
  },
  models: {},
  slashes: true,
  known: 'listed',
  source: { url: 'https://docs.litellm.ai/docs/providers/hyperbolic', date: '2026-11-22' },
}

/** Inceptron, in Sweden. */
export const inceptron: OpenAICompatible<'inceptron'> = {
  id: 'inceptron',
  baseURL: 'https://api.inceptron.io/v1',
  auth: { scheme: bearer, env: ['INCEPTRON_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Inference.net. */
export const inference: OpenAICompatible<'inference'> = {
  id: 'inference',
  baseURL: 'https://inference.net/v1',
  auth: { scheme: bearer, env: ['INFERENCE_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** io.net: io intelligence. */
export const ioNet: OpenAICompatible<'io-net'> = {
  id: 'io-net',
  baseURL: 'https://api.intelligence.io.solutions/api/v1',
  auth: { scheme: bearer, env: ['IOINTELLIGENCE_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Lilac. */
export const lilac: OpenAICompatible<'lilac'> = {
  id: 'lilac',
  baseURL: 'https://api.getlilac.com/v1',
  auth: { scheme: bearer, env: ['LILAC_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** LlamaGate. */
export const llamagate: OpenAICompatible<'llamagate'> = {
  id: 'llamagate',
  baseURL: 'https://api.llamagate.dev/v1',
  auth: { scheme: bearer, env: ['LLAMAGATE_API_KEY'] },
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

/** MegaNova. */
export const meganova: OpenAICompatible<'meganova'> = {
  id: 'meganova',
  baseURL: 'https://api.meganova.ai/v1',
  auth: { scheme: bearer, env: ['MEGANOVA_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Mixlayer. */
export const mixlayer: OpenAICompatible<'mixlayer'> = {
  id: 'mixlayer',
  baseURL: 'https://models.mixlayer.ai/v1',
  auth: { scheme: bearer, env: ['MIXLAYER_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Moark, in China. */
export const moark: OpenAICompatible<'moark'> = {
  id: 'moark',
  baseURL: 'https://moark.com/v1',
  auth: { scheme: bearer, env: ['MOARK_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** ModelScope, in China. */
export const modelscope: OpenAICompatible<'modelscope'> = {
  id: 'modelscope',
  baseURL: 'https://api-inference.modelscope.cn/v1',
  auth: { scheme: bearer, env: ['MODELSCOPE_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** NEAR AI Cloud: models in trusted execution environments. */
export const nearai: OpenAICompatible<'nearai'> = {
  id: 'nearai',
  baseURL: 'https://cloud-api.near.ai/v1',
  auth: { scheme: bearer, env: ['NEARAI_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Nebius Token Factory. */
export const nebius: OpenAICompatible<'nebius'> = {
  id: 'nebius',
  baseURL: 'https://api.tokenfactory.nebius.com/v1',
  auth: { scheme: bearer, env: ['NEBIUS_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Neuralwatt: inference by energy. */
export const neuralwatt: OpenAICompatible<'neuralwatt'> = {
  id: 'neuralwatt',
  baseURL: 'https://api.neuralwatt.com/v1',
  auth: { scheme: bearer, env: ['NEURALWATT_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Novita AI. */
export const novita: OpenAICompatible<'novita'> = {
  id: 'novita',
  baseURL: 'https://api.novita.ai/openai',
  auth: { scheme: bearer, env: ['NOVITA_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Ollama: the models of its cloud, by its OpenAI endpoint. */
export const ollamaCloud: OpenAICompatible<'ollama-cloud'> = {
  id: 'ollama-cloud',
  baseURL: 'https://ollama.com/v1',
  auth: { scheme: bearer, env: ['OLLAMA_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** OVHcloud AI Endpoints, in France. */
export const ovhcloud: OpenAICompatible<'ovhcloud'> = {
  id: 'ovhcloud',
  baseURL: 'https://oai.endpoints.kepler.ai.cloud.ovh.net/v1',
  auth: { scheme: bearer, env: ['OVHCLOUD_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Parasail. */
export const parasail: OpenAICompatible<'parasail'> = {
  id: 'parasail',
  baseURL: 'https://api.parasail.io/v1',
  auth: { scheme: bearer, env: ['PARASAIL_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: {
    url: 'https://github.com/juspay/neurolink/blob/master/docs/getting-started/providers/parasail.md',
    date: '2026-11-22',
  },
}

/** Regolo AI, in Italy. */
export const regoloAi: OpenAICompatible<'regolo-ai'> = {
  id: 'regolo-ai',
  baseURL: 'https://api.regolo.ai/v1',
  auth: { scheme: bearer, env: ['REGOLO_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Scaleway Generative APIs, in France. */
export const scaleway: OpenAICompatible<'scaleway'> = {
  id: 'scaleway',
  baseURL: 'https://api.scaleway.ai/v1',
  auth: { scheme: bearer, env: ['SCALEWAY_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** SiliconFlow. */
export const siliconflow: OpenAICompatible<'siliconflow'> = {
  id: 'siliconflow',
  baseURL: 'https://api.siliconflow.com/v1',
  auth: { scheme: bearer, env: ['SILICONFLOW_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** SiliconFlow, in China. */
export const siliconflowCn: OpenAICompatible<'siliconflow-cn'> = {
  id: 'siliconflow-cn',
  baseURL: 'https://api.siliconflow.cn/v1',
  auth: { scheme: bearer, env: ['SILICONFLOW_CN_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** STACKIT, in Germany. */
export const stackit: OpenAICompatible<'stackit'> = {
  id: 'stackit',
  baseURL: 'https://api.openai-compat.model-serving.eu01.onstackit.cloud/v1',
  auth: { scheme: bearer, env: ['STACKIT_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** SubModel. */
export const submodel: OpenAICompatible<'submodel'> = {
  id: 'submodel',
  baseURL: 'https://llm.submodel.ai/v1',
  auth: { scheme: bearer, env: ['SUBMODEL_INSTAGEN_ACCESS_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Synthetic. */
export const synthetic: OpenAICompatible<'synthetic'> = {
  id: 'synthetic',
  baseURL: 'https://api.synthetic.new/openai/v1',
  auth: { scheme: bearer, env: ['SYNTHETIC_API_KEY'] },
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

/** Tinfoil: models in trusted execution environments. */
export const tinfoil: OpenAICompatible<'tinfoil'> = {
  id: 'tinfoil',
  baseURL: 'https://inference.tinfoil.sh/v1',
  auth: { scheme: bearer, env: ['TINFOIL_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Vultr Serverless Inference. */
export const vultr: OpenAICompatible<'vultr'> = {
  id: 'vultr',
  baseURL: 'https://api.vultrinference.com/v1',
  auth: { scheme: bearer, env: ['VULTR_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Wafer: open models by subscription. */
export const wafer: OpenAICompatible<'wafer'> = {
  id: 'wafer',
  baseURL: 'https://pass.wafer.ai/v1',
  auth: { scheme: bearer, env: ['WAFER_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Weights & Biases Inference. */
export const wandb: OpenAICompatible<'wandb'> = {
  id: 'wandb',
  baseURL: 'https://api.inference.wandb.ai/v1',
  auth: { scheme: bearer, env: ['WANDB_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}
