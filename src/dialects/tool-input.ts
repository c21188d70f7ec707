import { type Fields, isFields } from './fields.ts'

/** Writes a tool's input, which must be an object: text that is none, mostly cut off by a limit, is wrapped as Anthropic's guide proposes. */
export function encodeToolInput(text: string): Fields {
  try {
    const input: unknown = JSON.parse(text.trim() || '{}') ?? {}
    if (isFields(input)) return input
  } catch {
    // Not JSON.
  }
  return { INVALID_JSON: text }
}
