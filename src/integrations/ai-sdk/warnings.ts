import type { Fields } from '../../dialects/fields.ts'
import type { CallWarning } from './specification.ts'

/** Writes what was left out, each sentence once. */
export function encodeWarnings(sentences: readonly string[]): CallWarning[] {
  return [...new Set(sentences)].map((message) => ({ type: 'other', message }))
}

/** Reads a warning of any version, as a sentence. */
export function decodeWarning({ type, feature, setting, details, message }: Fields): string {
  if (typeof message === 'string') return message
  return `${String(feature ?? setting ?? type)} was left out${typeof details === 'string' ? `: ${details}` : '.'}`
}
