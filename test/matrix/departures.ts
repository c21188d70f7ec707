import type { Application, Said } from './applications.ts'

/** What a format cannot say, and what an application gets in its place. */
export interface Departure {
  readonly because: string
  readonly says?: (application: Application['name']) => Partial<Said>
  /** The warnings of the trace. */
  readonly warns?: (application: Application['name']) => readonly RegExp[]
}

type Departures = Readonly<Partial<Record<string, Departure>>>

/** OpenAI's Responses have no stop sequences. An application of theirs cannot ask for any. */
const noStop: Departure = {
  because: 'the format has no stop sequences',
  warns: (application) => (application === 'openai-responses' ? [] : [/`stop` was left out/]),
}

/** These applications say in tokens how much to think. */
const inTokens = (application: Application['name'], ...words: readonly RegExp[]): readonly RegExp[] =>
  application === 'gemini' || application === 'anthropic-messages' ? words : []

/** Only some applications say whether thoughts are to be shown. */
const visibility = (application: Application['name'], words: RegExp): readonly RegExp[] =>
  application === 'gemini' || application === 'openai-responses' ? [words] : []

const uncounted = (application: Application['name']): number | undefined =>
  application === 'openai-responses' ? 0 : undefined

/** By the format of the provider, and the case. Where nothing stands here, all arrives, and nobody is warned. */
export const departures: Readonly<Partial<Record<string, Departures>>> = {
  'openai-responses': {
    'a text': noStop,
    'a stop sequence': noStop,
    'an answer that is cut off': noStop,
    'an answer that is filtered': noStop,
    'a refusal': noStop,
    usage: noStop,
    'a thought, and its proof in the next turn': {
      because: 'OpenAI shows a summary of its thoughts to those who ask, and these formats have no word for it',
      says: (application) =>
        application === 'openai-chat' || application === 'anthropic-messages' ? { reasoning: '' } : {},
      warns: (application) => inTokens(application, /`reasoning.budgetTokens` was left out/),
    },
  },
  'bedrock-converse': {
    usage: {
      because: 'it does not count what is thought apart',
      says: (application) => ({ usage: { input: 100, output: 20, cached: 60, reasoning: uncounted(application) } }),
    },
  },
  'cohere-chat': {
    'parallel calls, and their results': {
      because: 'what it says beside its calls is a plan, which is no text',
      says: () => ({ text: '' }),
    },
    'a thought, and its proof in the next turn': {
      because: 'it shows its thoughts in any case',
      warns: (application) => visibility(application, /`reasoning.visible` was left out/),
    },
  },
  ollama: {
    'parallel calls, and their results': {
      because: 'no tool can be forced',
      warns: () => [/`toolChoice` was left out/],
    },
    'a thought, and its proof in the next turn': {
      because: 'thinking is on or off',
      warns: () => [/`reasoning` went out as a switch/],
    },
    'an answer that is filtered': { because: 'it has no filter', says: () => ({ end: 'stop' }) },
    usage: {
      because: 'it counts neither what is cached nor what is thought',
      says: (application) => {
        const none = uncounted(application)
        return { usage: { input: 100, output: 20, cached: none, reasoning: none } }
      },
    },
  },
  mistral: {
    'a thought, and its proof in the next turn': {
      because: 'thinking is on or off, and shown in any case',
      warns: (application) => [
        ...inTokens(application, /`reasoning.budgetTokens` went out as an effort/, /`reasoning.effort` went out as/),
        ...visibility(application, /`reasoning.visible` was left out/),
      ],
    },
    usage: {
      because: 'it does not count what is thought apart',
      says: (application) => ({ usage: { input: 100, output: 20, cached: 60, reasoning: uncounted(application) } }),
    },
  },
}
