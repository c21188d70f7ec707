import type { Extensions } from '../../operations/operation.ts'
import type { Fields } from '../fields.ts'

/** Names the dialect, under which it keeps what only it can say. */
export const id = 'bedrock-converse'

/** One piece of content: the one field that is there says what it is. There are new ones all the time. */
export interface Block {
  text?: string | undefined
  image?: WireMedia | undefined
  audio?: WireMedia | undefined
  video?: WireMedia | undefined
  document?: WireMedia | undefined
  toolUse?: WireToolUse | undefined
  toolResult?: WireToolResult | undefined
  reasoningContent?: WireReasoning | undefined
  citationsContent?: WireCitations | undefined
  cachePoint?: WireCachePoint | undefined
  [field: string]: unknown
}

export interface WireMedia {
  format?: string | undefined
  name?: string | undefined
  source?: { bytes?: string | undefined; s3Location?: { uri: string } | undefined } | undefined
}

export interface WireToolUse {
  toolUseId?: string | undefined
  name?: string | undefined
  input?: unknown
  /** `server_tool_use` when Bedrock runs the tool itself. */
  type?: string | undefined
}

export interface WireToolResult {
  toolUseId: string
  content: readonly Block[]
  status?: 'success' | 'error' | undefined
}

export interface WireReasoning {
  reasoningText?: { text?: string | undefined; signature?: string | undefined } | undefined
  redactedContent?: string | undefined
}

export interface WireCitations {
  content?: readonly { text?: string | undefined }[] | undefined
  citations?: readonly WireCitation[] | undefined
}

export interface WireCitation {
  title?: string | undefined
  source?: string | undefined
  sourceContent?: readonly { text?: string | undefined }[] | undefined
  /** One field, which says what kind of place it is. */
  location?: Readonly<Record<string, { url?: string | undefined } | undefined>> | undefined
}

export interface WireCachePoint {
  type: 'default'
  ttl?: '5m' | '1h' | undefined
}

export interface WireMessage {
  role: 'user' | 'assistant'
  content: Block[]
}

export interface WireTool {
  toolSpec?: {
    name: string
    description?: string | undefined
    inputSchema: { json: Fields }
    strict?: boolean | undefined
  }
  cachePoint?: WireCachePoint | undefined
  [field: string]: unknown
}

export interface WireUsage {
  inputTokens?: number | null | undefined
  outputTokens?: number | null | undefined
  cacheReadInputTokens?: number | null | undefined
  cacheWriteInputTokens?: number | null | undefined
  /** The tokens written to the cache, by how long they stay. */
  cacheDetails?: readonly { ttl?: string | undefined; inputTokens?: number | undefined }[] | null | undefined
}

export interface WireResponse {
  output?: { message?: { content?: readonly Block[] | null | undefined } | null | undefined } | null | undefined
  stopReason?: string | null | undefined
  usage?: WireUsage | null | undefined
  additionalModelResponseFields?: unknown
  serviceTier?: { type?: string | undefined } | null | undefined
}

/** What an event of a stream may add to a block. */
export interface WireDelta {
  text?: string | undefined
  toolUse?: { input?: unknown } | undefined
  reasoningContent?: { text?: string | undefined; signature?: string | undefined; redactedContent?: string | undefined }
  citation?: WireCitation | undefined
  toolResult?: readonly Block[] | undefined
  image?: WireMedia | undefined
  [field: string]: unknown
}

/** The data of one event of a stream, whose name comes with its frame. */
export interface WireEvent extends WireResponse {
  contentBlockIndex?: number | undefined
  start?: Block | undefined
  delta?: WireDelta | undefined
}

/** A node in the making. */
export type Draft<T> = { -readonly [Key in keyof T]: T[Key] }

/** Gets what a node carries of this dialect's own. */
export function own({ extensions }: { readonly extensions?: Extensions | undefined }): Fields | undefined {
  return extensions?.[id]
}

/** Makes the extensions of a node; undefined when there are none. */
export function extensionsOf(fields: Fields | undefined): Extensions | undefined {
  for (const _ in fields) return { [id]: fields }
  return undefined
}
