import { Envelope, type EnvelopeFields } from './envelope.ts'
import { type Fields, isFields } from './fields.ts'
import { parseJson } from './json.ts'

/**
 * Reads the frames of a stream, most of which differ from the one before in nothing but their content: those are not parsed again.
 * What it gives is as `JSON.parse` gives it, but for padding, and is good until the next frame is read.
 */
export class RepeatingJson {
  readonly #envelope: Envelope
  /** What was parsed last that could be learnt, and what in it holds the content. */
  #known: unknown
  #holder: Record<string, unknown> | undefined

  constructor(fields: EnvelopeFields) {
    this.#envelope = new Envelope(fields)
  }

  /** The value; of what is no JSON the text that it is. */
  parse(text: string): unknown {
    const holder = this.#holder
    const content = holder && this.#envelope.contentOf(text)
    if (content !== undefined) {
      // A long slice would keep the text alive that it was cut from.
      holder![this.#envelope.field] = content.length < 13 ? content : ` ${content}`.slice(1)
      return this.#known
    }
    const value = parseJson(text)
    this.#holder = this.#envelope.learn(text) ? holderOf(value, this.#envelope) : undefined
    this.#known = value
    return value
  }
}

/** The object that has the content: there is but one with such a field. */
function holderOf(value: unknown, envelope: Envelope): Record<string, unknown> | undefined {
  if (Array.isArray(value)) return first(value, envelope)
  if (!isFields(value)) return undefined
  if (value[envelope.field] === envelope.content) return value as Record<string, unknown>
  return first(Object.values(value as Fields), envelope)
}

function first(values: readonly unknown[], envelope: Envelope): Record<string, unknown> | undefined {
  for (const value of values) {
    const holder = holderOf(value, envelope)
    if (holder) return holder
  }
  return undefined
}
