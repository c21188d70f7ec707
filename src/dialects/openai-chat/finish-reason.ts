import type { FinishReason } from '../../operations/chat/index.ts'

/** Reads a provider's word for why the model stopped. A stop for calls is called a stop by some. */
export function decodeFinishReason(word: string, hasCalls: boolean): FinishReason {
  const reason = words.find(([pattern]) => pattern.test(word))?.[1] ?? 'other'
  return reason === 'stop' && hasCalls ? 'tool-calls' : reason
}

/** Writes it in OpenAI's words; SDKs that check them know no others. */
export function encodeFinishReason(reason: FinishReason | undefined): string | null {
  if (reason === undefined) return null
  return reason === 'other' ? 'stop' : reason.replace('-', '_')
}

/** OpenAI's words, and those of open models, of Azure's own, of Z.ai and of DeepSeek. */
const words: readonly (readonly [pattern: RegExp, reason: FinishReason])[] = [
  [/^(stop|eos|end_turn)/, 'stop'],
  [/length|max_tokens/, 'length'],
  [/_call/, 'tool-calls'],
  [/filter|sensitive/, 'content-filter'],
  [/error|insufficient/, 'error'],
]
