import type { Extensions } from '../../operations/operation.ts'

/** The id of this dialect: the key of its extensions, the origin of its signatures. */
export const dialectId = 'openai-chat'

/** A JSON object of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>

/** A function call, whole or in pieces. Older models call a function without the frame around it. */
export interface WireToolCall {
  readonly index?: number | null
  readonly id?: string | null
  readonly type?: string
  readonly function?: { readonly name?: string | null; readonly arguments?: unknown } | null
  readonly custom?: { readonly name?: string | null; readonly input?: string | null } | null
}

/** A thought with its proof, as OpenRouter has made it the custom. */
export interface WireReasoningDetail {
  readonly type?: string
  readonly id?: string | null
  readonly index?: number
  readonly text?: string | null
  readonly summary?: string | null
  readonly data?: string
  readonly signature?: string | null
}

export interface WireAudio {
  readonly id?: string
  readonly data?: string
  readonly transcript?: string
  readonly expires_at?: number
}

export interface WireAnnotation {
  readonly type?: string
  readonly url_citation?: {
    readonly url?: string
    readonly title?: string
    readonly content?: string
    readonly start_index?: number
    readonly end_index?: number
  }
}

/** What a model says: a message, or what a chunk adds to one. Every field may be missing or null. */
export interface WireMessage {
  readonly content?: string | readonly Fields[] | null
  readonly reasoning_content?: string | null
  readonly reasoning?: string | null
  readonly reasoning_details?: readonly WireReasoningDetail[] | null
  readonly refusal?: string | null
  readonly tool_calls?: readonly WireToolCall[] | null
  readonly function_call?: WireToolCall['function']
  readonly annotations?: readonly WireAnnotation[] | null
  readonly audio?: WireAudio | null
  readonly images?: readonly Fields[] | null
}

/** The fields of {@link WireMessage}: all others are unknown. */
export const messageFields: readonly string[] = [
  'role',
  'content',
  'reasoning_content',
  'reasoning',
  'reasoning_details',
  'refusal',
  'tool_calls',
  'function_call',
  'annotations',
  'audio',
  'images',
]

export interface WireLogprob {
  readonly token: string
  readonly logprob: number
  readonly bytes?: readonly number[] | null
  readonly top_logprobs?: readonly Omit<WireLogprob, 'top_logprobs'>[] | null
}

export interface WireChoice {
  readonly index?: number
  readonly message?: WireMessage
  readonly delta?: WireMessage | null
  readonly finish_reason?: string | null
  readonly stop_reason?: unknown
  readonly logprobs?: { readonly content?: readonly WireLogprob[] | null } | null
  readonly usage?: WireUsage | null
  readonly error?: unknown
}

export interface WireUsage {
  readonly prompt_tokens?: number
  readonly completion_tokens?: number
  readonly total_tokens?: number
  readonly prompt_tokens_details?: {
    readonly cached_tokens?: number
    readonly cache_write_tokens?: number
    readonly audio_tokens?: number | null
  } | null
  readonly completion_tokens_details?: {
    readonly reasoning_tokens?: number
    readonly audio_tokens?: number | null
  } | null
  /** Moonshot and Together. */
  readonly cached_tokens?: number
  /** DeepSeek. */
  readonly prompt_cache_hit_tokens?: number
  /** Gateways in front of Anthropic's models. */
  readonly cache_read_input_tokens?: number
  readonly cache_creation_input_tokens?: number
  /** Copilot. */
  readonly reasoning_tokens?: number
}

/** A whole answer, or a chunk of a streamed one. */
export interface WireResponse {
  readonly id?: string
  readonly model?: string
  readonly created?: number
  readonly choices?: readonly WireChoice[] | null
  readonly usage?: WireUsage | null
  readonly service_tier?: string | null
  readonly error?: unknown
  /** Groq, and those who resell it. */
  readonly x_groq?: { readonly usage?: WireUsage }
  /** Perplexity. */
  readonly citations?: readonly string[]
  readonly search_results?: readonly { readonly url?: string; readonly title?: string }[]
}

/** Narrows to a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The fields of an object that are not known; undefined when there are none. */
export function unknownFields(object: object, known: readonly string[]): Record<string, unknown> | undefined {
  let rest: Record<string, unknown> | undefined
  for (const key in object) {
    if (!known.includes(key)) (rest ??= {})[key] = (object as Fields)[key]
  }
  return rest
}

/** The fields of a node that belong to this dialect. */
export function ownFields(extensions: Extensions | undefined): Fields | undefined {
  return extensions?.[dialectId]
}

/** Keeps unknown fields on their node: spread it into the node. */
export function extend(fields: Fields | undefined): { readonly extensions: Extensions } | undefined {
  return fields && { extensions: { [dialectId]: fields } }
}

/** Cuts a `data:` URL in base64 into its media type and its data; undefined when it is none. */
export function parseDataUrl(url: string): { readonly mediaType: string; readonly data: string } | undefined {
  if (!url.startsWith('data:')) return undefined
  const comma = url.indexOf(',')
  const head = url.slice(5, comma)
  if (!head.endsWith(';base64')) return undefined
  return { mediaType: head.slice(0, head.indexOf(';')), data: url.slice(comma + 1) }
}
