import { openaiChat } from './openai-chat.ts'
import { wholeFormat, wordsOf } from './whole-format.ts'
import { field, list, type WireFormat } from './wire-format.ts'

/** Speaks OpenAI's Moderations, and Mistral's. One word is enough to be flagged. */
export const openaiModeration: WireFormat = wholeFormat(
  {
    id: 'openai-moderation',
    matches: (path) => path.endsWith('/moderations'),
    modelOf: ({ body }) => String(body['model'] ?? 'omni-moderation-latest'),
    input: ({ body }) => body['input'],
    complaint: (body) => (textsIn(body['input']).length > 0 ? undefined : "Missing required parameter: 'input'."),
    answer({ serial, model, usage, reportUsage }, { body, provider }) {
      const isMistral = provider === 'mistral'
      const names = isMistral ? mistralNames : Object.keys(offences)
      const results = textsIn(body['input']).map((text) => {
        const words = wordsOf(text)
        const found = Object.keys(offences).map((name) => words.some((word) => offences[name]!.includes(word)))
        return {
          ...(!isMistral && { flagged: found.includes(true) }),
          categories: Object.fromEntries(names.map((name, index) => [name, found[index]])),
          category_scores: Object.fromEntries(names.map((name, index) => [name, found[index] ? 0.98 : 0.0001])),
        }
      })
      const tokens = isMistral && reportUsage && { prompt_tokens: usage.inputTokens, total_tokens: usage.inputTokens }
      return { id: `modr-${serial}`, model, results, ...(tokens && { usage: tokens }) }
    },
  },
  openaiChat,
)

/** The words that are flagged, by category. */
const offences: Readonly<Record<string, readonly string[]>> = {
  hate: ['hate', 'despise'],
  violence: ['kill', 'attack', 'bomb'],
  'self-harm': ['suicide'],
  sexual: ['naked', 'porn'],
}

/** What Mistral calls them, in the same order. */
const mistralNames = ['hate_and_discrimination', 'violence_and_threats', 'selfharm', 'sexual']

/** The texts that are judged, one verdict each. A list of parts is judged as one. */
function textsIn(input: unknown): readonly string[] {
  if (typeof input === 'string') return [input]
  const items = list(input)
  if (items.every((item) => typeof item === 'string')) return items as readonly string[]
  return [items.map((part) => field(part, 'text') ?? '').join(' ')]
}
