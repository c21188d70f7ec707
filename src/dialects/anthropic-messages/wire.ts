import type { CacheMark, ChatRequest } from '../../operations/chat/index.ts'
import type { Extensions } from '../../operations/operation.ts'

/** Names the dialect, under which it keeps what only it can say. */
export const id = 'anthropic-messages'

/** One piece of content. Which fields it has depends on its type; there are new types all the time. */
export interface Block {
  type: string
  text?: string | undefined
  citations?: readonly WireCitation[] | null | undefined
  thinking?: string | undefined
  signature?: string | undefined
  data?: string | undefined
  id?: string | undefined
  name?: string | undefined
  input?: unknown
  tool_use_id?: string | undefined
  content?: string | readonly Block[] | null | undefined
  is_error?: boolean | undefined
  source?: Source | undefined
  title?: string | null | undefined
  cache_control?: CacheControl | null | undefined
}

/** Where a picture or a document is. */
export type Source =
  | { type: 'base64'; media_type: string; data: string }
  | { type: 'url'; url: string }
  | { type: 'file'; file_id: string }
  | { type: 'text'; media_type: string; data: string }

export interface CacheControl {
  type: 'ephemeral'
  ttl?: '5m' | '1h' | undefined
}

/** Fields differ by type: offsets, page numbers, the index of a search result. */
export interface WireCitation {
  type: string
  cited_text?: string | null | undefined
  title?: string | null | undefined
  document_title?: string | null | undefined
  url?: string | null | undefined
  source?: string | null | undefined
}

export interface WireMessage {
  role: 'user' | 'assistant' | 'system'
  content: string | Block[]
}

export interface WireTool {
  type?: string | null | undefined
  name: string
  description?: string | undefined
  input_schema?: Readonly<Record<string, unknown>> | undefined
  strict?: boolean | undefined
  cache_control?: CacheControl | null | undefined
}

export interface WireToolChoice {
  type: 'auto' | 'any' | 'none' | 'tool'
  name?: string | undefined
  disable_parallel_tool_use?: boolean | undefined
}

export interface WireThinking {
  type: string
  budget_tokens?: number | undefined
  display?: string | null | undefined
}

export interface WireOutputConfig {
  effort?: NonNullable<ChatRequest['reasoning']>['effort'] | null | undefined
  format?: { type: 'json_schema'; schema: Readonly<Record<string, unknown>> } | null | undefined
}

/** A request, as far as it has normalised names. All of it is optional: applications write it. */
export interface WireRequestBody {
  model?: string | undefined
  max_tokens?: number | undefined
  system?: string | Block[] | undefined
  messages?: WireMessage[] | undefined
  tools?: WireTool[] | undefined
  tool_choice?: WireToolChoice | undefined
  thinking?: WireThinking | undefined
  output_config?: WireOutputConfig | undefined
  /** What `output_config.format` was called before. */
  output_format?: WireOutputConfig['format']
  stop_sequences?: string[] | undefined
  temperature?: number | undefined
  top_p?: number | undefined
  top_k?: number | undefined
  stream?: boolean | undefined
  service_tier?: string | undefined
  metadata?: { user_id?: string | null | undefined } | undefined
}

/** Tokens as reported, each field null or absent where it does not apply. */
export interface WireUsage {
  input_tokens?: number | null | undefined
  output_tokens?: number | null | undefined
  cache_read_input_tokens?: number | null | undefined
  cache_creation_input_tokens?: number | null | undefined
  cache_creation?: { ephemeral_5m_input_tokens?: number; ephemeral_1h_input_tokens?: number } | null | undefined
  output_tokens_details?: { thinking_tokens?: number | null | undefined } | null | undefined
  service_tier?: string | null | undefined
  /** The steps of an answer that took several. */
  iterations?: readonly ({ readonly type: string } & WireUsage)[] | null | undefined
}

export interface WireResponse {
  type: 'message'
  id: string
  role: 'assistant'
  model: string
  content: Block[]
  stop_reason: string | null
  stop_sequence: string | null
  usage: WireUsage
}

export interface WireError {
  type: 'error'
  error: { type: string; message: string }
  request_id?: string | null | undefined
}

/** One event of a stream. */
export interface WireEvent {
  type: string
  index?: number | undefined
  message?: Partial<WireResponse> | undefined
  content_block?: Block | undefined
  delta?: WireDelta | undefined
  usage?: WireUsage | null | undefined
  error?: unknown
}

export interface WireDelta {
  type?: string | undefined
  text?: string | undefined
  thinking?: string | undefined
  signature?: string | undefined
  partial_json?: string | undefined
  citation?: WireCitation | undefined
  stop_reason?: string | null | undefined
  stop_sequence?: string | null | undefined
}

/** Collects the fields of a node that have no normalised name, as the extensions of what it becomes. */
export function extensionsOf(node: object, known: readonly string[]): { extensions: Extensions } | undefined {
  let rest: Record<string, unknown> | undefined
  for (const key in node) {
    if (!known.includes(key)) (rest ??= {})[key] = (node as Record<string, unknown>)[key]
  }
  return rest && { extensions: { [id]: rest } }
}

/** Gets what a node carries of this dialect's own. */
export function own(node: { readonly extensions?: Extensions | undefined }): Readonly<Record<string, unknown>> {
  return node.extensions?.[id] ?? {}
}

/** Reads a cache mark; one with fields that we do not know stays in the node's extensions as well. */
export function decodeCache({
  cache_control: control,
}: {
  cache_control?: CacheControl | null | undefined
}): { cache: CacheMark } | undefined {
  return control ? { cache: control.ttl === undefined ? {} : { ttl: control.ttl } } : undefined
}

/** Writes a cache mark. */
export function encodeCache({
  cache,
}: {
  readonly cache?: CacheMark | undefined
}): { cache_control: CacheControl } | undefined {
  return (
    cache && {
      cache_control: cache.ttl === undefined ? { type: 'ephemeral' } : { type: 'ephemeral', ttl: cache.ttl },
    }
  )
}
