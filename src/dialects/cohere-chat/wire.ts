import type { Extensions } from '../../operations/operation.ts'
import type { Fields } from '../fields.ts'

/** Names the dialect, under which it keeps what only it can say. */
export const id = 'cohere-chat'

/** A piece of content, whole or what a stream adds to one. */
export interface WireContent {
  readonly type?: string
  readonly text?: string | null
  readonly thinking?: string | null
  /** Proof of ours for an application, which sends it back. Cohere has none. */
  readonly signature?: string | undefined
}

export interface WireToolCall {
  readonly id?: string | null
  readonly signature?: string | undefined
  readonly function?: { readonly name?: string | null; readonly arguments?: string | null } | null
}

/** Where a citation's words come from: a document of the request, or what a tool gave. */
export interface WireSource {
  readonly type?: string
  readonly id?: string
  readonly document?: Fields | null
  readonly tool_output?: Fields | null
}

export interface WireCitation {
  readonly type?: string
  /** The piece of content that it is about; the text, where it is missing. */
  readonly content_index?: number
  readonly start?: number
  readonly end?: number
  /** The words of the answer. */
  readonly text?: string
  readonly sources?: readonly WireSource[] | null
}

/** What the model says: whole, with lists, or what a stream's event adds, one thing each. */
export interface WireMessage {
  readonly content?: readonly WireContent[] | WireContent | string | null
  readonly tool_plan?: string | null
  readonly tool_calls?: readonly WireToolCall[] | WireToolCall | null
  readonly citations?: readonly WireCitation[] | WireCitation | null
}

/** A stretch of the answer, which may be several tokens. */
export interface WireLogprob {
  readonly text?: string
  readonly logprobs?: readonly number[] | null
}

export interface WireUsage {
  readonly tokens?: {
    readonly input_tokens?: number | null
    readonly output_tokens?: number | null
    readonly reasoning_tokens?: number | null
  } | null
  readonly billed_units?: { readonly input_tokens?: number | null; readonly output_tokens?: number | null } | null
  readonly cached_tokens?: number | null
}

/** Why the answer ended. */
export interface WireEnd {
  readonly finish_reason?: string | null
  readonly usage?: WireUsage | null
  readonly error?: unknown
}

export interface WireResponse extends WireEnd {
  readonly id?: string
  readonly message?: WireMessage | null
  readonly logprobs?: readonly WireLogprob[] | null
}

/** One event of a stream. */
export interface WireEvent {
  readonly type?: string
  readonly id?: string
  readonly index?: number
  readonly delta?: (WireEnd & { readonly message?: WireMessage | null }) | null
  readonly logprobs?: readonly WireLogprob[] | WireLogprob | null
  readonly message?: unknown
}

/** Gets what a node carries of this dialect's own. */
export function own({ extensions }: { readonly extensions?: Extensions | undefined }): Fields | undefined {
  return extensions?.[id]
}

/** Makes the extensions of a node; undefined when there are none. */
export function extensionsOf(fields: Fields | undefined): Extensions | undefined {
  for (const field in fields) if (fields[field] !== undefined) return { [id]: fields }
  return undefined
}
