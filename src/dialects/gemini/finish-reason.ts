import type { Choice, FinishReason } from '../../operations/chat/index.ts'
import { lookUp } from '../fields.ts'

/** Names a `finishReason`, or a prompt's `blockReason`. Google says STOP also for an answer that calls tools. */
export function decodeFinishReason(word: string, calledTools: boolean): FinishReason {
  const reason = lookUp(reasons, word) ?? 'other'
  return reason === 'stop' && calledTools ? 'tool-calls' : reason
}

/** Writes a reason in Google's words: the very word, if it was one of them. */
export function encodeFinishReason({ finishReason, rawFinishReason }: Choice): string | undefined {
  if (finishReason === undefined) return undefined
  return rawFinishReason !== undefined && lookUp(reasons, rawFinishReason) ? rawFinishReason : words[finishReason]
}

const reasons: Readonly<Record<string, FinishReason>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  // The limit of one request: an answer that could be continued.
  CONTINUATION: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  MODEL_ARMOR: 'content-filter',
  JAILBREAK: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
  MALFORMED_FUNCTION_CALL: 'error',
  MALFORMED_RESPONSE: 'error',
  UNEXPECTED_TOOL_CALL: 'error',
  TOO_MANY_TOOL_CALLS: 'error',
  MISSING_THOUGHT_SIGNATURE: 'error',
  NO_IMAGE: 'other',
  IMAGE_OTHER: 'other',
  LANGUAGE: 'other',
  OTHER: 'other',
}

const words: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  length: 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  error: 'OTHER',
  other: 'OTHER',
}
