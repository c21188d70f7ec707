import type { Extensions } from '../../operations/operation.ts'
import type { Fields } from '../fields.ts'

/** Names the dialect, under which it keeps what only it can say. */
export const id = 'ollama'

export interface WireToolCall {
  /** Older servers give none. */
  readonly id?: string
  readonly function?: { readonly name?: string; readonly arguments?: unknown }
}

export interface WireMessage {
  readonly content?: string | null
  readonly thinking?: string | null
  readonly tool_calls?: readonly WireToolCall[] | null
  /** Pictures that the model made, in base64. */
  readonly images?: readonly string[] | null
}

export interface WireLogprob {
  readonly token: string
  readonly logprob: number
  readonly bytes?: readonly number[] | null
  readonly top_logprobs?: readonly Omit<WireLogprob, 'top_logprobs'>[] | null
}

/** A whole answer, or a line of a streamed one. */
export interface WireResponse {
  readonly model?: string
  readonly created_at?: string
  readonly message?: WireMessage | null
  readonly logprobs?: readonly WireLogprob[] | null
  readonly done?: boolean
  readonly done_reason?: string | null
  readonly prompt_eval_count?: number
  readonly eval_count?: number
  readonly error?: unknown
}

/** Gets what a node carries of this dialect's own. */
export function own({ extensions }: { readonly extensions?: Extensions | undefined }): Fields | undefined {
  return extensions?.[id]
}

/** Makes the extensions of a node; undefined when there are none. */
export function extensionsOf(fields: Fields | undefined): Extensions | undefined {
  for (const _ in fields) return { [id]: fields }
  return undefined
}
