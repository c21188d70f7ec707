import type { Duration } from './duration.ts'
import type { Failure } from './failure.ts'
import type { SimulatedUsage } from './usage.ts'

/** Words. A list gives the chunks in which a stream sends them. */
export interface TextContent {
  readonly type: 'text' | 'refusal'
  readonly text: string | readonly string[]
}

/** What the model thinks before it speaks. */
export interface ReasoningContent {
  readonly type: 'reasoning'
  readonly text: string | readonly string[]
  /** Proof of the thought, which the application must send back. */
  readonly signature?: string | undefined
  /** The thought itself in a form that only the provider can read; then there is no text. */
  readonly encrypted?: string | undefined
}

/** A call that the application must execute. */
export interface ToolCallContent {
  readonly type: 'tool-call'
  readonly name: string
  /** A value, or its JSON text; a list of texts gives the chunks in which a stream sends it. */
  readonly arguments: unknown
  /** @default an id in the provider's manner */
  readonly id?: string | undefined
}

export type AnswerContent = TextContent | ReasoningContent | ToolCallContent

/** What a model says: a text, a part, or several. */
export type AnswerInput = string | AnswerContent | readonly (string | AnswerContent)[]

/** How an answer comes. */
export interface AnswerOptions {
  /** What the provider counts. What is left out is computed from the request and the answer. */
  readonly usage?: Partial<SimulatedUsage> | undefined
  /** Whether the provider says what it counted; it bills it in any case. @default true */
  readonly reportUsage?: boolean | undefined
  /** In our words, or any other word of the provider's. @default what the content implies; `'length'` when the maximum cut it off */
  readonly finishReason?: 'stop' | 'length' | 'tool-calls' | 'content-filter' | (string & {}) | undefined
  /** The stop sequence that ended it. */
  readonly stopSequence?: string | undefined
  /** The model that says it answered. @default the one that was asked for */
  readonly model?: string | undefined
  /** Answers that differ, when the request asks for several. @default the same answer each time */
  readonly choices?: readonly AnswerInput[] | undefined
  /** Response headers, on top of the provider's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** How long the headers take to come; a whole answer comes with them. @default 0 */
  readonly after?: Duration | undefined
  /** From the headers of a stream to its first chunk of content. @default 0 */
  readonly firstChunk?: Duration | undefined
  /** Between the chunks of a stream. @default 0 */
  readonly gap?: Duration | undefined
  /** Sends a sign of life each time this long has passed while a stream waits for its next chunk. Gemini knows none. */
  readonly ping?: Duration | undefined
  /** Cuts the body into reads of this many bytes, or of these in turn, across events and characters. @default a read for each event */
  readonly cut?: number | readonly number[] | undefined
  /** Breaks the connection once a stream has sent this many chunks of content. A whole body breaks midway. */
  readonly dieAfter?: number | undefined
  /** Sends no more, and does not end, once a stream has sent this many chunks of content. A whole body stalls midway. */
  readonly stallAfter?: number | undefined
  /** Ends the body early, as if it were complete, after this many bytes. */
  readonly cutOffAfter?: number | undefined
  /** Spoils the JSON: of the body, or of a stream's event after this many chunks of content. */
  readonly malformedAfter?: number | undefined
  /** Sends an error inside of the successful response, after this many chunks of content. */
  readonly failure?: { readonly after: number; readonly with: Failure } | undefined
  /** Breaks the connection when the model has done its work and before anything of it has arrived. */
  readonly lost?: boolean | undefined
  /** Sends the headers and then an empty body. */
  readonly silent?: boolean | undefined
}

/** A successful answer. It is sent whole or streamed, as the request asks, in the format of its path. */
export interface Answer extends AnswerOptions {
  readonly kind: 'answer'
  readonly content: readonly AnswerContent[]
}

/**
 * Answers with words, parts, or a mixture.
 *
 * @example
 * simulator.on().reply(answer('42', { usage: { inputTokens: 1000, cachedInputTokens: 800 }, after: '50ms' }))
 * simulator.on().reply(answer([reasoning('Six by seven.'), 'It is 42.']))
 */
export function answer(input: AnswerInput | Answer, options: AnswerOptions = {}): Answer {
  if (isAnswer(input)) return { ...input, ...options }
  return { ...options, kind: 'answer', content: contentOf(input) }
}

/**
 * Answers with words that a stream sends in exactly these chunks.
 *
 * @example
 * simulator.on().reply(stream(['a', 'b', 'c'], { firstChunk: '200ms', gap: '20ms' }))
 * simulator.on().reply(stream(['a', 'b'], { dieAfter: 1 }))
 */
export function stream(chunks: readonly string[], options: AnswerOptions = {}): Answer {
  return answer({ type: 'text', text: chunks }, options)
}

/**
 * Says what the model thinks before it speaks.
 *
 * @example
 * simulator.on().reply([reasoning('Six by seven.', { signature: 'c2ln' }), '42'])
 */
export function reasoning(
  text: string | readonly string[],
  options: Pick<ReasoningContent, 'signature' | 'encrypted'> = {},
): ReasoningContent {
  return { ...options, type: 'reasoning', text }
}

/**
 * Asks the application to call functions.
 *
 * @example
 * simulator.on().reply(toolCalls([{ name: 'weather', arguments: { city: 'Oslo' } }])).then('It rains in Oslo.')
 */
export function toolCalls(calls: readonly Omit<ToolCallContent, 'type'>[]): readonly ToolCallContent[] {
  return calls.map((call) => ({ ...call, type: 'tool-call' }))
}

/**
 * Declines to answer, in the provider's manner.
 *
 * @example
 * simulator.on().reply(refusal('I cannot help with that.'))
 */
export function refusal(text: string): TextContent {
  return { type: 'refusal', text }
}

/**
 * Answers with structured output: the JSON text of a value.
 *
 * @example
 * simulator.on().reply(json({ city: 'Oslo', degrees: 7 }))
 */
export function json(value: unknown): TextContent {
  return { type: 'text', text: JSON.stringify(value) }
}

/** Reads every form in which an answer may be written. */
export function contentOf(input: AnswerInput): readonly AnswerContent[] {
  const parts: readonly (string | AnswerContent)[] = Array.isArray(input) ? input : [input as string | AnswerContent]
  return parts.map((part) => (typeof part === 'string' ? { type: 'text', text: part } : part))
}

function isAnswer(input: AnswerInput | Answer): input is Answer {
  return typeof input === 'object' && 'kind' in input
}
