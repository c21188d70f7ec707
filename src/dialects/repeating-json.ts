import { Envelope, type EnvelopeFields } from './envelope.ts'
import { type Fields, isFields } from './fields.ts'
import { parseJson } from './json.ts'
import { ownCopy } from './utf8.ts'

/**
 * Reads the frames of a stream, most of which differ from the one before in nothing but their content: those are not parsed again.
 * What it gives is as `JSON.parse` gives it, but for padding, and is good until the next frame is read.
 */
export class RepeatingJson {
  readonly #envelope: Envelope
  readonly #holderOf: (value: Fields) => unknown
  /** What was parsed last that could be learnt, and what in it holds the content. */
  #known: unknown
  #holder: Record<string, unknown> | undefined

  /** @param holderOf Gives the object that has the content. It must be read, and not be kept. */
  constructor(fields: EnvelopeFields, holderOf: (value: Fields) => unknown) {
    this.#envelope = new Envelope(fields)
    this.#holderOf = holderOf
  }

  /** The value; of what is no JSON the text that it is. */
  parse(text: string): unknown {
    const holder = this.#holder
    const content = holder && this.#envelope.contentOf(text)
    if (content !== undefined) {
      holder![this.#envelope.field] = ownCopy(content)
      return this.#known
    }
    const value = parseJson(text)
    this.#known = value
    this.#holder = this.#envelope.learn(text) && isFields(value) ? this.#learnt(value) : undefined
    return value
  }

  #learnt(value: Fields): Record<string, unknown> | undefined {
    const { field, content } = this.#envelope
    const holder = this.#holderOf(value)
    return isFields(holder) && holder[field] === content ? (holder as Record<string, unknown>) : undefined
  }
}
