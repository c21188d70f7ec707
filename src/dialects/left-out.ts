import type { ChatRequest } from '../operations/chat/index.ts'

/** Warns that something was left out, and why, if it is not that the format has no word for it. Gives nothing in its place. */
export type LeaveOut = (what: string, why?: string) => undefined

/** Collects what a provider could not be told: a sentence each, and each once. */
export class LeftOut {
  readonly #sentences = new Set<string>()

  readonly leaveOut: LeaveOut = (what, why) => {
    this.#sentences.add(`${what} was left out${why ? `: ${why}` : ''}.`)
    return undefined
  }

  readonly warn = (sentence: string): void => {
    this.#sentences.add(sentence)
  }

  /** Undefined when everything was said. */
  get warnings(): readonly string[] | undefined {
    return this.#sentences.size > 0 ? [...this.#sentences] : undefined
  }
}

/** Warns of the fields of a request that a format has not, each with the value that says nothing. */
export function leaveOutFields(
  request: ChatRequest,
  unsayable: Readonly<Partial<Record<keyof ChatRequest, string>>>,
  leaveOut: LeaveOut,
): void {
  for (const field in unsayable) {
    const value = request[field as keyof ChatRequest]
    // An object may be called anything, `toString` too.
    const said = typeof value === 'object' && !Array.isArray(value) ? '{}' : String(value)
    if (value !== undefined && said !== unsayable[field as keyof ChatRequest]) leaveOut(`\`${field}\``)
  }
}

/** Warns of what stands on messages, parts and tools that a format without names and marks cannot say. */
export function leaveOutMarks({ messages, tools }: ChatRequest, leaveOut: LeaveOut): void {
  let cached = tools?.some((tool) => tool.type === 'function' && tool.cache)
  for (const { content, name } of messages) {
    if (name !== undefined && !content.some(({ type }) => type === 'tool-result')) leaveOut('The name of a participant')
    cached ||= content.some((part) => 'cache' in part && part.cache)
  }
  if (cached) leaveOut('A mark for the prompt cache')
}
