import { claudeGeneration, takesPrefill } from '../dialects/claude.ts'

// Which models go on from a last message of their own, by their names. The others refuse it, or begin another message.

/** Claude up to 4.5. Documentation, "What's new in Claude 4.6": from there on a prefill is a 400. */
export function claudePrefill(model: string): boolean {
  return /claude/.test(model) && takesPrefill(claudeGeneration(model))
}

/** Gemini up to 3.1. As its users report, later ones answer 400: "Requests ending with a model turn are not supported." */
export function geminiPrefill(model: string): boolean {
  return /gemini-(2\.|3-|3\.1-)/.test(model)
}

/** Documentation of Groq, "Assistant message prefilling", where the examples are of Llama: models that think have a format of their own. */
export function llamaPrefill(model: string): boolean {
  return /llama/.test(model)
}
