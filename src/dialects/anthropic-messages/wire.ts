import type { CacheMark, ChatRequest } from '../../operations/chat/index.ts'
import type { Extensions } from '../../operations/operation.ts'
import { type Fields, isFields, type Names, type Shape, unknownFields } from '../fields.ts'

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
  encrypted_index?: string | undefined
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
  server_tool_use?: { web_search_requests?: number | null | undefined } | null | undefined
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
  [field: string]: unknown
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
  [field: string]: unknown
}

interface Node {
  readonly extensions?: Extensions | undefined
  readonly cache?: CacheMark | undefined
}

/** A node in the making. */
export type Draft<T> = { -readonly [Key in keyof T]: T[Key] }

/** Gets what a node carries of this dialect's own. */
export function own({ extensions }: Node): Fields | undefined {
  return extensions?.[id]
}

/** Makes the extensions of a node; undefined when there are none. */
export function extensionsOf(fields: Fields | undefined): Extensions | undefined {
  for (const _ in fields) return { [id]: fields }
  return undefined
}

/** Adds to what a node became its cache mark, and the fields that have no name of ours. */
export function readRest<T extends object>(result: T, node: object, names: Names): T {
  const { cache_control: control } = node as { cache_control?: CacheControl | null }
  if (control && names['cache_control'])
    (result as Draft<Node>).cache = control.ttl === undefined ? {} : { ttl: control.ttl }
  const extensions = extensionsOf(unknownFields(node, names))
  if (extensions) (result as Draft<Node>).extensions = extensions
  return result
}

/** Adds to what a node is written as its cache mark, and what it carries of this dialect's own. */
export function writeRest<T extends object>(wire: T, node: Node): T {
  const target = wire as Record<string, unknown>
  if (node.cache) target['cache_control'] = { type: 'ephemeral', ttl: node.cache.ttl }
  const fields = own(node)
  for (const field in fields) {
    const value = fields[field]
    const named = target[field]
    target[field] = isFields(value) && isFields(named) ? { ...value, ...named } : value
  }
  return wire
}

/** The cache mark of a block or a tool. */
export const cache_control: Shape = { type: 'string', ttl: 'string?' }
