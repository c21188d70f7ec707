import { type OpenAIChatQuirks, openaiChat } from '../dialects/openai-chat/index.ts'
import { openaiEmbeddings } from '../dialects/openai-embeddings.ts'
import { openaiImages } from '../dialects/openai-images.ts'
import { openaiModeration } from '../dialects/openai-moderation.ts'
import { openaiResponses } from '../dialects/openai-responses/index.ts'
import { openaiTranscription } from '../dialects/openai-transcription.ts'
import { bearer } from './auth.ts'
import { chatCompletions, liteLLM, modelsDev, type OpenAICompatible } from './chat-completions.ts'
import { mistralQuirks } from './mistral-quirks.ts'
import { type AlibabaModel, alibabaModels } from './models/alibaba.ts'
import { type DeepseekModel, deepseekModels } from './models/deepseek.ts'
import { type MistralModel, mistralModels } from './models/mistral.ts'
import { type MoonshotModel, moonshotModels } from './models/moonshot.ts'
import { type PerplexityModel, perplexityModels } from './models/perplexity.ts'
import { type XaiModel, xaiModels } from './models/xai.ts'
import { type ZaiModel, zaiModels } from './models/zai.ts'
import type { Operations } from './provider.ts'

// Those who make models, at their own Chat Completions: the main ones first, then by name.

const kimi: Operations<OpenAIChatQuirks> = {
  chat: {
    dialect: openaiChat,
    quirks: {
      developerRole: false,
      // Documentation of thinking models: `thinking: { type }`, and thoughts sent back as they came.
      reasoningRequest: 'thinking',
      reasoningHistory: 'reasoning_content',
    },
  },
}

const qwen: Operations<OpenAIChatQuirks> = {
  chat: {
    dialect: openaiChat,
    quirks: {
      topK: true,
      // Documentation, "Deep thinking": a switch and no effort.
      patch({ reasoning_effort: effort, ...body }, warn) {
        if (effort === undefined) return body
        if (effort !== 'none') warn('`reasoning.effort` went out as a switch: the provider knows no other.')
        return { ...body, enable_thinking: effort !== 'none' }
      },
    },
  },
}

const glm: Operations<OpenAIChatQuirks> = {
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
}

/** xAI: Grok. */
export const xai: OpenAICompatible<'xai', XaiModel> = {
  id: 'xai',
  baseURL: 'https://api.x.ai/v1',
  auth: { scheme: bearer, env: ['XAI_API_KEY'] },
  // Its own tools, and thoughts that can be sent back, are in Responses only.
  operations: {
    chat: {
      dialect: openaiChat, // xAI, models page: the multi-agent model answers there alone.
      also: [{ dialect: openaiResponses, models: /multi-agent/ }],
    },
    // API reference: a `size` is refused; edits are JSON, and not OpenAI's.
    images: { dialect: openaiImages, quirks: { aspectRatio: 'aspect_ratio', edits: false } },
  },
  models: xaiModels,
  dataTerms: { trains: false, retentionDays: 30, url: 'https://docs.x.ai/developers/faq/security', date: '2026-11-22' },
  known: 'verified',
  source: { url: 'https://docs.x.ai/developers/rest-api-reference/inference', date: '2026-11-22' },
}

/** Mistral, by its chat completions, which follow OpenAI's. */
export const mistral: OpenAICompatible<'mistral', MistralModel> = {
  id: 'mistral',
  baseURL: 'https://api.mistral.ai/v1',
  auth: { scheme: bearer, env: ['MISTRAL_API_KEY'] },
  operations: {
    // Documentation, "Prefix": the quirks mark the message.
    chat: { dialect: openaiChat, quirks: mistralQuirks, prefill: true },
    embeddings: {
      dialect: openaiEmbeddings,
      // API reference; for the tokens of a batch, which it does not tell, what LangChain's package has found.
      quirks: { batchTokens: 16_000, dimensions: 'output_dimension', dataType: 'output_dtype', inputType: false },
    },
    moderation: { dialect: openaiModeration },
    transcription: {
      dialect: openaiTranscription,
      // API reference, "Create transcription": no formats, `diarize`, and lists under their plain names.
      quirks: { timestamps: true, formats: false, speakers: 'diarize', plainLists: true },
    },
  },
  models: mistralModels,
  known: 'verified',
  source: {
    url: 'https://github.com/mistralai/client-ts/blob/main/docs/models/components/chatcompletionrequest.md',
    date: '2026-11-22',
  },
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
        // Documentation, "Thinking mode": `thinking: { type }` beside `reasoning_effort`.
        reasoningRequest: 'thinking',
        // The same: a turn that called tools must carry its thoughts in all later requests, else it is a 400; of
        // other turns they are ignored. Reports of users: the field must be there even when it is empty.
        reasoningHistory: 'reasoning_content',
        reasoningHistoryWithToolCalls: true,
      },
    },
  },
  models: deepseekModels,
  known: 'verified',
  source: { url: 'https://api-docs.deepseek.com/guides/thinking_mode', date: '2026-11-22' },
}

/** Perplexity: Sonar. */
export const perplexity: OpenAICompatible<'perplexity', PerplexityModel> = {
  id: 'perplexity',
  baseURL: 'https://api.perplexity.ai',
  auth: { scheme: bearer, env: ['PERPLEXITY_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      quirks: {
        // The request of Perplexity's own client.
        rename: { max_completion_tokens: 'max_tokens' },
        unsupported: ['logit_bias', 'seed', 'user', 'service_tier', 'store', 'modalities'],
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
  known: 'verified',
  source: {
    url: 'https://github.com/perplexityai/perplexity-py/blob/main/src/perplexity/types/chat/completion_create_params.py',
    date: '2026-11-22',
  },
}

/** Moonshot AI: Kimi. */
export const moonshot: OpenAICompatible<'moonshot', MoonshotModel> = {
  id: 'moonshot',
  baseURL: 'https://api.moonshot.ai/v1',
  auth: { scheme: bearer, env: ['MOONSHOT_API_KEY'] },
  operations: kimi,
  models: moonshotModels,
  known: 'verified',
  source: { url: 'https://platform.kimi.ai/docs/guide/use-partial-mode-feature-of-kimi-api', date: '2026-11-22' },
}

/** Z.ai: GLM. */
export const zai: OpenAICompatible<'zai', ZaiModel> = {
  id: 'zai',
  baseURL: 'https://api.z.ai/api/paas/v4',
  auth: { scheme: bearer, env: ['ZAI_API_KEY', 'ZHIPU_API_KEY'] },
  operations: glm,
  models: zaiModels,
  known: 'verified',
  source: { url: 'https://docs.z.ai/api-reference/llm/chat-completion', date: '2026-11-22' },
}

/** Z.ai: GLM for coding tools, by subscription. */
export const zaiCodingPlan: OpenAICompatible<'zai-coding-plan'> = {
  id: 'zai-coding-plan',
  baseURL: 'https://api.z.ai/api/coding/paas/v4',
  auth: { scheme: bearer, env: ['ZAI_API_KEY', 'ZHIPU_API_KEY'] },
  operations: glm,
  models: {},
  known: 'verified',
  source: modelsDev,
}

/** Alibaba Cloud Model Studio: Qwen. */
export const alibaba: OpenAICompatible<'alibaba', AlibabaModel> = {
  id: 'alibaba',
  baseURL: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
  auth: { scheme: bearer, env: ['DASHSCOPE_API_KEY'] },
  operations: qwen,
  models: alibabaModels,
  known: 'verified',
  source: { url: 'https://www.alibabacloud.com/help/en/model-studio/deep-thinking', date: '2026-11-22' },
}

/** AI21: Jamba. */
export const ai21: OpenAICompatible<'ai21'> = {
  id: 'ai21',
  baseURL: 'https://api.ai21.com/studio/v1',
  auth: { scheme: bearer, env: ['AI21_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'verified',
  source: liteLLM,
}

/** Alibaba Cloud Model Studio: Qwen, in China. */
export const alibabaCn: OpenAICompatible<'alibaba-cn'> = {
  id: 'alibaba-cn',
  baseURL: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
  auth: { scheme: bearer, env: ['DASHSCOPE_API_KEY'] },
  operations: qwen,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Alibaba Cloud: Qwen for coding tools by subscription. */
export const alibabaCodingPlan: OpenAICompatible<'alibaba-coding-plan'> = {
  id: 'alibaba-coding-plan',
  baseURL: 'https://coding-intl.dashscope.aliyuncs.com/v1',
  auth: { scheme: bearer, env: ['ALIBABA_CODING_PLAN_API_KEY'] },
  operations: qwen,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Alibaba Cloud: Qwen for coding tools by subscription, in China. */
export const alibabaCodingPlanCn: OpenAICompatible<'alibaba-coding-plan-cn'> = {
  id: 'alibaba-coding-plan-cn',
  baseURL: 'https://coding.dashscope.aliyuncs.com/v1',
  auth: { scheme: bearer, env: ['ALIBABA_CODING_PLAN_API_KEY'] },
  operations: qwen,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Alibaba Cloud: Qwen by a plan of tokens. */
export const alibabaTokenPlan: OpenAICompatible<'alibaba-token-plan'> = {
  id: 'alibaba-token-plan',
  baseURL: 'https://token-plan.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1',
  auth: { scheme: bearer, env: ['ALIBABA_TOKEN_PLAN_API_KEY'] },
  operations: qwen,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Alibaba Cloud: Qwen by a plan of tokens, in China. */
export const alibabaTokenPlanCn: OpenAICompatible<'alibaba-token-plan-cn'> = {
  id: 'alibaba-token-plan-cn',
  baseURL: 'https://token-plan.cn-beijing.maas.aliyuncs.com/compatible-mode/v1',
  auth: { scheme: bearer, env: ['ALIBABA_TOKEN_PLAN_API_KEY'] },
  operations: qwen,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Ant Group: Ling and Ring. */
export const bailing: OpenAICompatible<'bailing'> = {
  id: 'bailing',
  baseURL: 'https://api.tbox.cn/api/llm/v1',
  auth: { scheme: bearer, env: ['BAILING_API_TOKEN'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Mistral's Codestral, at the address for editors, which has keys of its own. */
export const codestral: OpenAICompatible<'codestral'> = {
  id: 'codestral',
  baseURL: 'https://codestral.mistral.ai/v1',
  auth: { scheme: bearer, env: ['CODESTRAL_API_KEY'] },
  operations: { chat: { dialect: openaiChat, quirks: mistralQuirks } },
  models: {},
  known: 'listed',
  source: liteLLM,
}

/** Inception: Mercury, which writes by diffusion. */
export const inception: OpenAICompatible<'inception'> = {
  id: 'inception',
  baseURL: 'https://api.inceptionlabs.ai/v1',
  auth: { scheme: bearer, env: ['INCEPTION_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Meta: Llama, at its maker. */
export const llama: OpenAICompatible<'llama'> = {
  id: 'llama',
  baseURL: 'https://api.llama.com/compat/v1',
  auth: { scheme: bearer, env: ['LLAMA_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Moonshot AI (Kimi), in China. */
export const moonshotCn: OpenAICompatible<'moonshot-cn'> = {
  id: 'moonshot-cn',
  baseURL: 'https://api.moonshot.cn/v1',
  auth: { scheme: bearer, env: ['MOONSHOT_API_KEY'] },
  operations: kimi,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Morph: models that apply edits to code. */
export const morph: OpenAICompatible<'morph'> = {
  id: 'morph',
  baseURL: 'https://api.morphllm.com/v1',
  auth: { scheme: bearer, env: ['MORPH_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Amazon Nova, at its own API. */
export const nova: OpenAICompatible<'nova'> = {
  id: 'nova',
  baseURL: 'https://api.nova.amazon.com/v1',
  auth: { scheme: bearer, env: ['NOVA_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Poolside: models that write code. */
export const poolside: OpenAICompatible<'poolside'> = {
  id: 'poolside',
  baseURL: 'https://inference.poolside.ai/v1',
  auth: { scheme: bearer, env: ['POOLSIDE_API_KEY'] },
  operations: chatCompletions,
  models: {},
  slashes: true,
  known: 'listed',
  source: modelsDev,
}

/** Public AI: the public models of Switzerland, Singapore and Australia. */
export const publicai: OpenAICompatible<'publicai'> = {
  id: 'publicai',
  baseURL: 'https://api.publicai.co/v1',
  auth: { scheme: bearer, env: ['PUBLICAI_API_KEY'] },
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
  source: liteLLM,
}

/** Sakana AI. */
export const sakana: OpenAICompatible<'sakana'> = {
  id: 'sakana',
  baseURL: 'https://api.sakana.ai/v1',
  auth: { scheme: bearer, env: ['SAKANA_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Sarvam AI: models for the languages of India. */
export const sarvam: OpenAICompatible<'sarvam'> = {
  id: 'sarvam',
  baseURL: 'https://api.sarvam.ai/v1',
  auth: { scheme: bearer, env: ['SARVAM_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      // LiteLLM's row.
      quirks: { rename: { max_completion_tokens: 'max_tokens' } },
    },
  },
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** StepFun: Step, in China. */
export const stepfun: OpenAICompatible<'stepfun'> = {
  id: 'stepfun',
  baseURL: 'https://api.stepfun.com/v1',
  auth: { scheme: bearer, env: ['STEPFUN_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** StepFun: Step by subscription. */
export const stepfunAi: OpenAICompatible<'stepfun-ai'> = {
  id: 'stepfun-ai',
  baseURL: 'https://api.stepfun.ai/step_plan/v1',
  auth: { scheme: bearer, env: ['STEPFUN_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Tencent Cloud: models for coding tools by subscription. */
export const tencentCodingPlan: OpenAICompatible<'tencent-coding-plan'> = {
  id: 'tencent-coding-plan',
  baseURL: 'https://api.lkeap.cloud.tencent.com/coding/v3',
  auth: { scheme: bearer, env: ['TENCENT_CODING_PLAN_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Tencent Cloud TokenHub: Hunyuan. */
export const tencentTokenhub: OpenAICompatible<'tencent-tokenhub'> = {
  id: 'tencent-tokenhub',
  baseURL: 'https://tokenhub.tencentmaas.com/v1',
  auth: { scheme: bearer, env: ['TENCENT_TOKENHUB_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Umans AI: models that write code. */
export const umansAi: OpenAICompatible<'umans-ai'> = {
  id: 'umans-ai',
  baseURL: 'https://api.code.umans.ai/v1',
  auth: { scheme: bearer, env: ['UMANS_AI_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Upstage: Solar. */
export const upstage: OpenAICompatible<'upstage'> = {
  id: 'upstage',
  baseURL: 'https://api.upstage.ai/v1/solar',
  auth: { scheme: bearer, env: ['UPSTAGE_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Vercel v0: models that write web pages. */
export const v0: OpenAICompatible<'v0'> = {
  id: 'v0',
  baseURL: 'https://api.v0.dev/v1',
  auth: { scheme: bearer, env: ['V0_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** ByteDance Volcano Engine: Doubao. */
export const volcengine: OpenAICompatible<'volcengine'> = {
  id: 'volcengine',
  baseURL: 'https://ark.cn-beijing.volces.com/api/v3',
  auth: { scheme: bearer, env: ['ARK_API_KEY', 'VOLCENGINE_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: liteLLM,
}

/** Xiaomi: MiMo. */
export const xiaomi: OpenAICompatible<'xiaomi'> = {
  id: 'xiaomi',
  baseURL: 'https://api.xiaomimimo.com/v1',
  auth: { scheme: bearer, env: ['XIAOMI_API_KEY'] },
  operations: {
    chat: {
      dialect: openaiChat,
      // LiteLLM's row.
      quirks: { rename: { max_completion_tokens: 'max_tokens' } },
    },
  },
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Xiaomi: MiMo by a plan of tokens, in Europe. */
export const xiaomiTokenPlanAms: OpenAICompatible<'xiaomi-token-plan-ams'> = {
  id: 'xiaomi-token-plan-ams',
  baseURL: 'https://token-plan-ams.xiaomimimo.com/v1',
  auth: { scheme: bearer, env: ['XIAOMI_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Xiaomi: MiMo by a plan of tokens, in China. */
export const xiaomiTokenPlanCn: OpenAICompatible<'xiaomi-token-plan-cn'> = {
  id: 'xiaomi-token-plan-cn',
  baseURL: 'https://token-plan-cn.xiaomimimo.com/v1',
  auth: { scheme: bearer, env: ['XIAOMI_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Xiaomi: MiMo by a plan of tokens, in Singapore. */
export const xiaomiTokenPlanSgp: OpenAICompatible<'xiaomi-token-plan-sgp'> = {
  id: 'xiaomi-token-plan-sgp',
  baseURL: 'https://token-plan-sgp.xiaomimimo.com/v1',
  auth: { scheme: bearer, env: ['XIAOMI_API_KEY'] },
  operations: chatCompletions,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Zhipu AI: GLM, in China. */
export const zhipuai: OpenAICompatible<'zhipuai'> = {
  id: 'zhipuai',
  baseURL: 'https://open.bigmodel.cn/api/paas/v4',
  auth: { scheme: bearer, env: ['ZHIPU_API_KEY'] },
  operations: glm,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** Zhipu AI: GLM for coding tools by subscription, in China. */
export const zhipuaiCodingPlan: OpenAICompatible<'zhipuai-coding-plan'> = {
  id: 'zhipuai-coding-plan',
  baseURL: 'https://open.bigmodel.cn/api/coding/paas/v4',
  auth: { scheme: bearer, env: ['ZHIPU_API_KEY'] },
  operations: glm,
  models: {},
  known: 'listed',
  source: modelsDev,
}
