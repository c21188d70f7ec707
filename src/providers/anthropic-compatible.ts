import { type AnthropicQuirks, anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { bearer, xApiKey } from './auth.ts'
import { modelsDev } from './chat-completions.ts'
import { type MinimaxModel, minimaxModels } from './models/minimax.ts'
import type { Operations, Provider } from './provider.ts'

/** A provider that speaks Anthropic's Messages API, in its own way. */
export type AnthropicCompatible<Id extends string = string, Model extends string = never> = Provider<
  Id,
  Model,
  AnthropicQuirks
>

// Those whose API is Anthropic's, or which say more in it than in their imitation of OpenAI's.

const messages: Operations<AnthropicQuirks> = { chat: { dialect: anthropicMessages } }

/** MiniMax, by its Anthropic endpoint: the other one mixes thoughts into the text. */
export const minimax: AnthropicCompatible<'minimax', MinimaxModel> = {
  id: 'minimax',
  baseURL: 'https://api.minimax.io/anthropic/v1',
  auth: { scheme: bearer, env: ['MINIMAX_API_KEY'] },
  operations: messages,
  models: minimaxModels,
  known: 'verified',
  source: { url: 'https://platform.minimax.io/docs/api-reference/text-anthropic-api', date: '2026-11-22' },
}

/** MiniMax, in China. */
export const minimaxCn: AnthropicCompatible<'minimax-cn'> = {
  id: 'minimax-cn',
  baseURL: 'https://api.minimaxi.com/anthropic/v1',
  auth: { scheme: bearer, env: ['MINIMAX_API_KEY'] },
  operations: messages,
  models: {},
  known: 'verified',
  source: { url: 'https://platform.minimaxi.com/docs/api-reference/text-anthropic-api', date: '2026-11-22' },
}

/** Kimi for coding tools, by subscription. */
export const kimiForCoding: AnthropicCompatible<'kimi-for-coding'> = {
  id: 'kimi-for-coding',
  baseURL: 'https://api.kimi.com/coding/v1',
  auth: { scheme: xApiKey, env: ['KIMI_API_KEY'] },
  operations: messages,
  models: {},
  known: 'listed',
  source: modelsDev,
}

/** FreeModel. */
export const freemodel: AnthropicCompatible<'freemodel'> = {
  id: 'freemodel',
  baseURL: 'https://cc.freemodel.dev/v1',
  auth: { scheme: xApiKey, env: ['FREEMODEL_API_KEY'] },
  operations: messages,
  models: {},
  known: 'listed',
  source: modelsDev,
}
