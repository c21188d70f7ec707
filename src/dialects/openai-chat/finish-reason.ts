import type { FinishReason } from '../../operations/chat/index.ts'

/** Reads a provider's word for why the model stopped. A stop for calls is called a stop by some. */
export function decodeFinishReason(word: string, hasCalls: boolean): FinishReason {
  const reason = (Object.hasOwn(words, word) && words[word]) || 'other'
  return reason === 'stop' && hasCalls ? 'tool-calls' : reason
}

/** Writes it in OpenAI's words; SDKs that check them know no others. */
export function encodeFinishReason(reason: FinishReason | undefined): string | null {
  if (reason === undefined) return null
  return reason === 'other' ? 'stop' : reason.replace('-', '_')
}

const words: Readonly<Record<string, FinishReason>> = {
  stop: 'stop',
  // Open models behind servers that hand on their own words.
  eos: 'stop',
  eos_token: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  tool_calls: 'tool-calls',
  // Azure's own models.
  tool_call: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
  // Z.ai.
  sensitive: 'content-filter',
  network_error: 'error',
  // DeepSeek.
  insufficient_system_resource: 'error',
  error: 'error',
}
