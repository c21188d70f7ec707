import { type OpenAIChatQuirks, openaiChat } from '../dialects/openai-chat/index.ts'
import type { Operations, Provider } from './provider.ts'

/** A provider that speaks OpenAI's Chat Completions, in its own way. */
export type OpenAICompatible<
  Id extends string = string,
  Model extends string = never,
  Setting extends string = never,
> = Provider<Id, Model, OpenAIChatQuirks, Setting>

/** Chat Completions without a departure that is known. */
export const chatCompletions: Operations<OpenAIChatQuirks> = { chat: { dialect: openaiChat } }

/** The list that rows are from which nobody has verified. Their ids are its ids too, unless a shorter one is in use. */
export const modelsDev: { readonly url: string; readonly date: string } = {
  url: 'https://models.dev',
  date: '2026-07-02',
}

/** The same of rows that models.dev lacks. */
export const liteLLM: { readonly url: string; readonly date: string } = {
  url: 'https://github.com/BerriAI/litellm',
  date: '2026-11-22',
}

/** OpenAI's models that Chat Completions refuses, by the catalogue: pro, Codex, deep research and computer use. */
export const responsesOnly: RegExp = /^(gpt-5|o\d)[\w.]*-pro\b|codex|deep-research|computer-use/
