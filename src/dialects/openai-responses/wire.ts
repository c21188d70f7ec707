import type { Extensions } from '../../operations/operation.ts'
import { type Fields, isFields, type Names, unknownFields } from '../fields.ts'

/** Names the dialect, under which it keeps what only it can say. */
export const id = 'openai-responses'

/** One piece of the content of a message, of a thought, or of a tool's result. Which fields it has depends on its type. */
export interface WireContent {
  type: string
  text?: string | null | undefined
  refusal?: string | null | undefined
  annotations?: readonly WireAnnotation[] | null | undefined
  logprobs?: readonly WireLogprob[] | null | undefined
  image_url?: string | null | undefined
  file_url?: string | null | undefined
  file_data?: string | null | undefined
  file_id?: string | null | undefined
  filename?: string | null | undefined
  detail?: string | null | undefined
  input_audio?: { data: string; format: string } | undefined
}

export interface WireAnnotation {
  type: string
  url?: string | undefined
  title?: string | undefined
  start_index?: number | undefined
  end_index?: number | undefined
}

export interface WireLogprob {
  token: string
  logprob: number
  bytes?: readonly number[] | null | undefined
  top_logprobs?: readonly Omit<WireLogprob, 'top_logprobs'>[] | null | undefined
}

/** What input and output consist of: a message, a thought, a call, its result, or one of many things that only this format knows. */
export interface WireItem {
  type?: string | undefined
  id?: string | undefined
  status?: string | null | undefined
  role?: string | undefined
  content?: string | readonly WireContent[] | null | undefined
  summary?: readonly WireContent[] | null | undefined
  encrypted_content?: string | null | undefined
  call_id?: string | undefined
  name?: string | undefined
  arguments?: unknown
  /** What a call of a custom tool says, which takes plain text. */
  input?: string | undefined
  output?: unknown
  /** A picture that was made, in base64. */
  result?: string | null | undefined
  output_format?: string | undefined
}

export interface WireUsage {
  input_tokens?: number | null | undefined
  output_tokens?: number | null | undefined
  total_tokens?: number | null | undefined
  input_tokens_details?: { cached_tokens?: number | null; cache_write_tokens?: number | null } | null | undefined
  output_tokens_details?: { reasoning_tokens?: number | null } | null | undefined
}

/** An answer, finished or not. */
export interface WireResponse {
  id?: string | undefined
  object?: string | undefined
  created_at?: number | undefined
  status?: string | undefined
  model?: string | undefined
  output?: readonly WireItem[] | null | undefined
  usage?: WireUsage | null | undefined
  incomplete_details?: { reason?: string | null } | null | undefined
  service_tier?: string | null | undefined
  error?: unknown
}

/** One event of a stream. */
export interface WireEvent {
  type?: string | undefined
  response?: WireResponse | undefined
  output_index?: number | undefined
  content_index?: number | undefined
  summary_index?: number | undefined
  item?: WireItem | undefined
  annotation?: WireAnnotation | undefined
  delta?: string | undefined
  logprobs?: readonly WireLogprob[] | null | undefined
  error?: unknown
  [field: string]: unknown
}

/** A node in the making. */
export type Draft<T> = { -readonly [Key in keyof T]: T[Key] }

/** What a node carries of this dialect's own: fields without a name of ours, and those of the item that it begins. */
export interface Own extends Fields {
  readonly item?: Fields | undefined
}

interface Node {
  readonly extensions?: Extensions | undefined
}

/** Gets what a node carries of this dialect's own. */
export function own({ extensions }: Node): Own | undefined {
  return extensions?.[id]
}

/** Makes the extensions of a node; undefined when there are none. */
export function extensionsOf(fields: Fields | undefined): Extensions | undefined {
  for (const _ in fields) return { [id]: fields }
  return undefined
}

/** Adds to what a node became the fields that have no name of ours. */
export function readRest<T extends object>(result: T, node: object, names: Names): T {
  const extensions = extensionsOf(unknownFields(node, names))
  if (extensions) (result as Draft<Node>).extensions = extensions
  return result
}

/** Adds to what a node is written as the fields that it carries of this dialect's own. */
export function writeRest<T extends object>(wire: T, fields: Own | undefined): T {
  const target = wire as Record<string, unknown>
  for (const field in fields) {
    if (field === 'item') continue
    const value = fields[field]
    const named = target[field]
    target[field] = isFields(value) && isFields(named) ? { ...value, ...named } : value
  }
  return wire
}

const ours = /^[a-z]+_zerohop_/

/** Makes the id of an item that its provider gave none. It tells itself from a provider's, which alone may be sent to one. */
export function makeId(kind: string, index: number, answer: string): string {
  return `${kind}_zerohop_${index}_${answer.replace(/[^\w-]/g, '')}`
}

/** Whether an id was made here, so that no provider knows it. */
export function isMadeId(value: unknown): boolean {
  return typeof value === 'string' && ours.test(value)
}

/** The fields of an item without a name of ours. */
export function restOf(item: WireItem, names: Names): Record<string, unknown> {
  const rest = unknownFields(item, names) ?? {}
  if (isMadeId(rest['id'])) delete rest['id']
  return rest
}
