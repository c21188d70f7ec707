import type { Fields } from '../fields.ts'

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
  readonly url_citation?: Fields | undefined
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
  /** Mistral. */
  readonly num_cached_tokens?: number
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
