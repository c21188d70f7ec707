import { anthropicCountTokens } from '../dialects/anthropic-messages/count-tokens.ts'
import { type AnthropicQuirks, anthropicMessages } from '../dialects/anthropic-messages/index.ts'
import { xApiKey } from './auth.ts'
import { type AnthropicModel, anthropicModels } from './models/anthropic.ts'
import { claudePrefill } from './prefill.ts'
import type { Provider } from './provider.ts'

/** Anthropic: Claude, at its maker. */
export const anthropic: Provider<'anthropic', AnthropicModel, AnthropicQuirks> = {
  id: 'anthropic',
  baseURL: 'https://api.anthropic.com/v1',
  auth: { scheme: xApiKey, env: ['ANTHROPIC_API_KEY'] },
  operations: {
    chat: { dialect: anthropicMessages, prefill: claudePrefill },
    'count-tokens': { dialect: anthropicCountTokens },
  },
  models: anthropicModels,
  headers: { 'anthropic-version': '2023-06-01' },
  dataTerms: {
    trains: false,
    url: 'https://platform.claude.com/docs/en/manage-claude/api-and-data-retention',
    date: '2026-11-22',
  },
  known: 'verified',
  source: { url: 'https://github.com/anthropics/anthropic-sdk-typescript', date: '2026-11-22' },
}
