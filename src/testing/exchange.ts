import type { SimulatedUsage } from './usage.ts'

/** A wire format that the simulator speaks. */
export type Format = ChatFormat | WholeFormat | MediaFormat

/** One in which models chat. */
export type ChatFormat =
  | 'openai-chat'
  | 'openai-responses'
  | 'anthropic-messages'
  | 'gemini'
  | 'bedrock-converse'
  | 'cohere-chat'
  | 'ollama'

/** One in which answers come whole. */
export type WholeFormat =
  | 'openai-embeddings'
  | 'gemini-embeddings'
  | 'cohere-embeddings'
  | 'rerank'
  | 'openai-moderation'
  | 'openai-input-tokens'
  | 'anthropic-count-tokens'
  | 'gemini-count-tokens'

/** One of pictures or of sound. */
export type MediaFormat = 'openai-images' | 'openai-speech' | 'openai-transcription'

/** One request to a simulated provider and what became of it. A live record: it changes until the exchange has ended. */
export interface Exchange {
  /** Counts from 0. */
  readonly index: number
  readonly method: string
  readonly url: string
  readonly host: string
  /** Told from the host: `'openai'`, `'anthropic'`, `'google'`, …; the host itself where it is not known. */
  readonly provider: string
  /** Told from the path; undefined where it is none that the simulator speaks. */
  readonly format: Format | undefined
  /** The model that was asked for; empty where the request names none. */
  readonly model: string
  /** Whether a stream was asked for. */
  readonly stream: boolean
  /** With names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The parsed JSON, or the text where it is none. */
  readonly body: unknown
  /** The key that it was signed with, in whichever header or parameter. */
  readonly key: string | undefined
  /** Milliseconds since 1970, by the simulator's clock. */
  readonly times: {
    /** When the request was taken. */
    readonly sent: number
    /** When the first byte of the answer's body was sent. */
    readonly firstByte?: number | undefined
    readonly ended?: number | undefined
  }
  /**
   * `answered`: a successful answer was sent to its end. `failed`: an error was sent, or the connection broke.
   * `aborted`: the application left.
   */
  readonly outcome: 'running' | 'answered' | 'failed' | 'aborted'
  /** The HTTP status, once the headers are sent. */
  readonly status: number | undefined
  /** As much of the answer's body as has been sent. */
  readonly sent: string
  /** The tokens that are on the bill. */
  readonly usage: SimulatedUsage
  /** What is on the bill, in nano-dollars. */
  readonly billed: number
}

/** The simulator's own hand on an exchange. */
export type ExchangeRecord = Mutable<Omit<Exchange, 'times'>> & { times: Mutable<Exchange['times']> }

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] }
