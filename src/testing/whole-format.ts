import type { Generation } from './generation.ts'
import type { Arrival, WireFormat } from './wire-format.ts'

/** What is particular to a format in which answers come whole. */
export interface WholeFormatParts {
  readonly id: WireFormat['id']
  readonly matches: (path: string) => boolean
  /** The model that is asked for. @default the body's `model` */
  readonly modelOf?: ((arrival: Arrival) => string) | undefined
  /** Everything that is billed as input. */
  readonly input: (arrival: Arrival) => unknown
  readonly searchUnits?: ((arrival: Arrival) => number | undefined) | undefined
  readonly complaint: WireFormat['complaint']
  /** What is answered: JSON. */
  readonly answer: (generation: Generation, arrival: Arrival) => unknown
  /** Changes the words in which the family says its errors. */
  readonly failureBody?: ((message: string) => unknown) | undefined
}

/**
 * Makes a format in which answers come whole. What a script lets the model say is no matter here, for the answer follows
 * from the request alone; how it comes, and what goes wrong, is as the script says.
 *
 * @param family the chat format of the same provider, whose headers and errors it shares
 */
export function wholeFormat(parts: WholeFormatParts, family: WireFormat): WireFormat {
  const { id, matches, modelOf, input, searchUnits, complaint, answer, failureBody } = parts
  return {
    id,
    matches,
    read: (arrival) => ({
      model: modelOf?.(arrival) ?? String(arrival.body['model'] ?? ''),
      stream: false,
      // Nothing is written.
      maxOutputTokens: 0,
      choices: 1,
      input: input(arrival),
      searchUnits: searchUnits?.(arrival),
      lastUserText: '',
    }),
    complaint,
    headers: (_stream, ...rest) => family.headers(false, ...rest),
    whole: (generation, arrival) => JSON.stringify(answer(generation, arrival)),
    *frames() {},
    failure(failure, exchange, serial) {
      const wire = family.failure(failure, exchange, serial)
      if (!failureBody) return wire
      return { ...wire, body: failureBody(messageIn(wire.body)) }
    },
    failureFrame: () => '',
  }
}

/** The words of a text, in lower case. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}

/** The model that Gemini's path names. */
export function geminiModel({ url }: Arrival): string {
  return decodeURIComponent(/\/models\/(.+):\w+$/.exec(url.pathname)?.[1] ?? '')
}

function messageIn(body: unknown): string {
  const { error } = body as { error?: { message?: unknown } }
  return String(error?.message ?? 'Something went wrong.')
}
