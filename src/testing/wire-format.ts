import type { Exchange, Format } from './exchange.ts'
import type { Failure, WireFailure } from './failure.ts'
import type { Generation } from './generation.ts'
import type { SimulatedUsage } from './usage.ts'

/** What the simulated model must know of a request. */
export interface ModelRequest {
  readonly model: string
  readonly stream: boolean
  /** Infinity where the request sets none. */
  readonly maxOutputTokens: number
  /** How many answers are wanted. */
  readonly choices: number
  /** Everything that counts as input. */
  readonly input: unknown
  /** The search units that it takes, where those are billed. */
  readonly searchUnits?: number | undefined
  /** What is counted otherwise than by the words of {@link input} and of the answer: sound, pictures. */
  readonly counts?: Partial<SimulatedUsage> | undefined
  /** The text of the last message of the user. */
  readonly lastUserText: string
  /** The JSON schema that the answer must follow. */
  readonly schema?: unknown
}

/** One write of a stream. */
export interface StreamFrame {
  readonly text: string
  /** What is no text, in its place. */
  readonly bytes?: Uint8Array | undefined
  /** It says a part of the answer, or stands before all of it, or behind. */
  readonly place: 'opening' | 'content' | 'closing'
  /** The tokens that were generated for it. */
  readonly tokens: number
  readonly reasoningTokens: number
}

/** A request as it arrived. */
export interface Arrival {
  readonly url: URL
  readonly provider: string
  readonly body: Readonly<Record<string, unknown>>
}

/** Speaks as the providers of one wire format do, in bytes written by hand. */
export interface WireFormat {
  readonly id: Format
  /** Whether a request of this path is in this format. */
  matches(path: string): boolean
  /** Reads a request. Must take any JSON object. */
  read(arrival: Arrival): ModelRequest
  /** Says why the provider would refuse a request as malformed. */
  complaint(body: Readonly<Record<string, unknown>>): string | undefined
  /** The headers of a successful answer. */
  headers(stream: boolean, arrival: Arrival, serial: string, now: number): Record<string, string>
  /** The body of a whole answer. */
  whole(generation: Generation, arrival: Arrival): string
  /** The body of a streamed answer. */
  frames(generation: Generation, arrival: Arrival): Generator<StreamFrame, void, undefined>
  /** An error, as the response to a request. */
  failure(failure: Failure, exchange: Exchange, serial: string): WireFailure
  /** An error inside of a stream that has begun with `sent`. */
  failureFrame(error: WireFailure, arrival: Arrival, sent: string): string
  /** Puts the text of one frame into the bytes of a binary framing. @default UTF-8 */
  readonly encode?: ((text: string) => Uint8Array) | undefined
  /** A sign of life inside of a stream. */
  readonly ping?: string | undefined
}

/** A frame in front of the answer. */
export function opening(text: string): StreamFrame {
  return { text, place: 'opening', tokens: 0, reasoningTokens: 0 }
}

/** A frame that says a part of the answer. */
export function saying(text: string, tokens: number, isReasoning = false): StreamFrame {
  return { text, place: 'content', tokens, reasoningTokens: isReasoning ? tokens : 0 }
}

/** A frame behind the answer: all of it has been generated. */
export function closing(text: string): StreamFrame {
  return { text, place: 'closing', tokens: 0, reasoningTokens: 0 }
}

/** Reads a field of unknown JSON. */
export function field(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value
  for (const name of path) current = (current as Record<string | number, unknown> | null | undefined)?.[name]
  return current
}

/** A list of unknown JSON; empty where it is none. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** A positive number of unknown JSON, or what to take in its place. */
export function positive(value: unknown, otherwise: number): number {
  return typeof value === 'number' && value > 0 ? value : otherwise
}

/** The text of the last message that fits. */
export function lastText(messages: unknown, fits: (role: unknown) => boolean, content: 'content' | 'parts'): string {
  const last = [...list(messages)].reverse().find((message) => fits(field(message, 'role')))
  return plainText(field(last, content))
}

/** The text of a message's content: a string, or the texts of its parts. */
function plainText(content: unknown): string {
  if (typeof content === 'string') return content
  return list(content)
    .map((part) => field(part, 'text'))
    .filter((text) => typeof text === 'string')
    .join('')
}
