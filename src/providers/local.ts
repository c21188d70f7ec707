import { cohereRerank } from '../dialects/cohere-rerank.ts'
import { openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings.ts'
import { bearer } from './auth.ts'
import { chatCompletions, liteLLM, modelsDev, type OpenAICompatible } from './chat-completions.ts'

// Servers on this machine or of one's own: a variant says where, `provider(vllm, { baseURL: 'http://gpu-1:8000/v1' })`.
// None needs a key unless it was started with one. Of those that are `listed`, the port is the one that other clients know.

/** Ollama on this machine, by its OpenAI endpoint. */
export const ollama: OpenAICompatible<'ollama'> = {
  id: 'ollama',
  baseURL: 'http://localhost:11434/v1',
  auth: { scheme: bearer, env: ['OLLAMA_API_KEY'], optional: true },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, "OpenAI compatibility": the fields that it takes.
        rename: { max_completion_tokens: 'max_tokens' },
      },
    },
    // The same: its embeddings take no word of what they are for.
    embeddings: { dialect: openaiEmbeddings, quirks: { inputType: false } },
  },
  models: {},
  known: 'verified',
  source: { url: 'https://docs.ollama.com/api/openai-compatibility', date: '2026-11-22' },
}

/** A vLLM server of one's own. */
export const vllm: OpenAICompatible<'vllm'> = {
  id: 'vllm',
  baseURL: 'http://localhost:8000/v1',
  auth: { scheme: bearer, env: ['VLLM_API_KEY'], optional: true },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // Documentation, "Extra parameters for Chat API".
        topK: true,
        patch: (body) => (endsWithWords(body) ? { ...body, ...goOn } : body),
      },
      prefill: true,
    },
    // Documentation, "Embeddings API" and "Re-rank API": the fields of OpenAI, and those of Cohere and Jina.
    embeddings: { dialect: openaiEmbeddings, quirks: { base64: 'encoding_format', inputType: false } },
    rerank: { dialect: cohereRerank, quirks: { maxTokens: false } },
  },
  models: {},
  slashes: true,
  known: 'verified',
  source: { url: 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server/', date: '2026-11-22' },
}

/** LM Studio on this machine. */
export const lmstudio: OpenAICompatible<'lmstudio'> = {
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
  known: 'verified',
  source: { url: 'https://lmstudio.ai/docs/developer/openai-compat/chat-completions', date: '2026-11-22' },
}

/** A llama.cpp server of one's own. */
export const llamacpp: OpenAICompatible<'llamacpp'> = {
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
      // Documentation of the server, `--prefill-assistant`: on unless it was switched off.
      prefill: true,
    },
  },
  models: {},
  slashes: true,
  known: 'verified',
  source: { url: 'https://github.com/ggml-org/llama.cpp/tree/master/tools/server', date: '2026-11-22' },
}

/** Atomic Chat on this machine. */
export const atomicChat: OpenAICompatible<'atomic-chat'> = {
  id: 'atomic-chat',
  baseURL: 'http://localhost:1337/v1',
  auth: { scheme: bearer, env: ['ATOMIC_CHAT_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Docker Model Runner on this machine. */
export const dockerModelRunner: OpenAICompatible<'docker-model-runner'> = {
  id: 'docker-model-runner',
  baseURL: 'http://localhost:12434/engines/v1',
  auth: { scheme: bearer, env: ['DOCKER_MODEL_RUNNER_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'verified',
  source: { url: 'https://docs.docker.com/ai/model-runner/api-reference/', date: '2026-11-22' },
}

/** GPT4All on this machine. */
export const gpt4all: OpenAICompatible<'gpt4all'> = {
  id: 'gpt4all',
  baseURL: 'http://localhost:4891/v1',
  auth: { scheme: bearer, env: ['GPT4ALL_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: { url: 'https://github.com/nomic-ai/gpt4all', date: '2026-11-22' },
}

/** A GPUStack cluster of one's own. */
export const gpustack: OpenAICompatible<'gpustack'> = {
  id: 'gpustack',
  baseURL: 'http://localhost/v1',
  auth: { scheme: bearer, env: ['GPUSTACK_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'verified',
  source: { url: 'https://github.com/gpustack/gpustack', date: '2026-11-22' },
}

/** Jan on this machine. */
export const jan: OpenAICompatible<'jan'> = {
  id: 'jan',
  baseURL: 'http://localhost:1337/v1',
  auth: { scheme: bearer, env: ['JAN_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: { url: 'https://github.com/janhq/jan', date: '2026-11-22' },
}

/** A KoboldCpp server of one's own. */
export const koboldcpp: OpenAICompatible<'koboldcpp'> = {
  id: 'koboldcpp',
  baseURL: 'http://localhost:5001/v1',
  auth: { scheme: bearer, env: ['KOBOLDCPP_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: { url: 'https://github.com/LostRuins/koboldcpp', date: '2026-11-22' },
}

/** A LiteLLM proxy of one's own. */
export const litellmProxy: OpenAICompatible<'litellm-proxy'> = {
  id: 'litellm-proxy',
  baseURL: 'http://localhost:4000/v1',
  auth: { scheme: bearer, env: ['LITELLM_PROXY_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: liteLLM,
}

/** A llamafile on this machine. */
export const llamafile: OpenAICompatible<'llamafile'> = {
  id: 'llamafile',
  baseURL: 'http://localhost:8080/v1',
  auth: { scheme: bearer, env: ['LLAMAFILE_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: liteLLM,
}

/** A LocalAI server of one's own. */
export const localai: OpenAICompatible<'localai'> = {
  id: 'localai',
  baseURL: 'http://localhost:8080/v1',
  auth: { scheme: bearer, env: ['LOCALAI_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: { url: 'https://github.com/mudler/LocalAI', date: '2026-11-22' },
}

/** A mistral.rs server of one's own. */
export const mistralrs: OpenAICompatible<'mistralrs'> = {
  id: 'mistralrs',
  baseURL: 'http://localhost:1234/v1',
  auth: { scheme: bearer, env: ['MISTRALRS_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'verified',
  source: { url: 'https://github.com/EricLBuehler/mistral.rs', date: '2026-11-22' },
}

/** A NIM container of one's own. */
export const nim: OpenAICompatible<'nim'> = {
  id: 'nim',
  baseURL: 'http://localhost:8000/v1',
  auth: { scheme: bearer, env: ['NVIDIA_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'verified',
  source: {
    url: 'https://docs.nvidia.com/nim/large-language-models/latest/reference/api-reference.html',
    date: '2026-11-22',
  },
}

/** Privatemode AI, by its proxy on this machine, which encrypts prompts. */
export const privatemodeAi: OpenAICompatible<'privatemode-ai'> = {
  id: 'privatemode-ai',
  baseURL: 'http://localhost:8080/v1',
  auth: { scheme: bearer, env: ['PRIVATEMODE_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** An SGLang server of one's own. */
export const sglang: OpenAICompatible<'sglang'> = {
  id: 'sglang',
  baseURL: 'http://localhost:30000/v1',
  auth: { scheme: bearer, env: ['SGLANG_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: { url: 'https://github.com/sgl-project/sglang', date: '2026-11-22' },
}

/** text-generation-webui on this machine. */
export const textGenerationWebui: OpenAICompatible<'text-generation-webui'> = {
  id: 'text-generation-webui',
  baseURL: 'http://localhost:5000/v1',
  auth: { scheme: bearer, env: ['OPENEDAI_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: { url: 'https://github.com/oobabooga/text-generation-webui', date: '2026-11-22' },
}

/** A server of Hugging Face's Text Generation Inference. */
export const tgi: OpenAICompatible<'tgi'> = {
  id: 'tgi',
  baseURL: 'http://localhost:8080/v1',
  auth: { scheme: bearer, env: ['HF_TOKEN'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: { url: 'https://github.com/huggingface/text-generation-inference', date: '2026-11-22' },
}

/** A Xinference server of one's own. */
export const xinference: OpenAICompatible<'xinference'> = {
  id: 'xinference',
  baseURL: 'http://localhost:9997/v1',
  auth: { scheme: bearer, env: ['XINFERENCE_API_KEY'], optional: true },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: { url: 'https://github.com/xorbitsai/inference', date: '2026-11-22' },
}

/** What tells vLLM to go on from a last message of the model's, and not to begin another. */
const goOn = { continue_final_message: true, add_generation_prompt: false }

/** Whether the last message is the model's, and in words alone. */
function endsWithWords({ messages }: Readonly<Record<string, unknown>>): boolean {
  const last = (messages as readonly { readonly role: string; readonly tool_calls?: unknown }[]).at(-1)
  return last?.role === 'assistant' && last.tool_calls === undefined
}
