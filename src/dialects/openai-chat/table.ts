import type { GatewayError } from '../../errors.ts'
import type { Extensions } from '../../operations/operation.ts'
import { type Fields, invalid } from '../fields.ts'
import type { OpenAIChatQuirks } from './quirks.ts'

/** The id of this dialect: the key of its extensions, the origin of its signatures. */
export const dialectId = 'openai-chat'

/** An object in the making. */
export type Draft = Record<string, unknown>

/** What writing must know of the provider, and whom it tells what the provider cannot be told. */
export interface Encoder {
  readonly quirks: OpenAIChatQuirks
  readonly warn: (text: string) => void
  /** Warns that a field was left out. */
  readonly omit: (field: string) => void
}

/**
 * The fields of a node by their names on the wire. What is only called otherwise here is read and written by such a
 * table; what it does not name is kept as the node's extensions, at its place.
 */
export interface Table {
  readonly [name: string]: Row
}

/**
 * What a field must be, if it has the same name here; its name here, with what it must be, or with how it is read
 * (undefined: it is like the unknown) and written (undefined: it is left out); or the table of an object inside.
 */
export type Row =
  | typeof known
  | Kind
  | readonly [inner: Table, is?: undefined, write?: undefined]
  | readonly [field: string, is: Kind | Read, write?: Write]

type Kind = 'string' | 'number' | 'boolean' | 'object' | 'list'
type Read = (value: unknown, wire: Fields, place: string) => unknown
type Write = (value: never, encoder: Encoder) => unknown

/** A field that is read and written elsewhere. */
export const known = ''

/** Reads an object into a node. With a place, the first field that is not what it must be is refused by its name. */
export function decodeNode<Node>(wire: Fields, table: Table, node: object, place?: string): Node {
  return withOwn(node, decodeFields(wire, table, node, place)) as Node
}

/** What a node may be, by its type on the wire: its type here, its fields, and the one that it must have. */
export interface Kinds {
  readonly [type: string]: readonly [type: string, table: Table, needed?: string, expected?: string]
}

/** Reads a node that is one of several kinds; undefined when it is none of them. */
export function decodeKind(wire: Fields, kinds: Kinds, place?: string): unknown {
  const name = wire['type'] as string
  if (!Object.hasOwn(kinds, name)) return undefined
  const [type, table, needed, expected] = kinds[name]!
  const node = decodeNode<Draft>(wire, table, { type }, place)
  if (!needed || node[needed] !== undefined) return node
  if (place === undefined) return undefined
  throw mustBe(`${place}.${name}`, expected!)
}

/** Reads the fields that the table names, and gives those that it does not. Null is nothing. */
export function decodeFields(wire: object, table: Table, node: object, place?: string): Fields | undefined {
  let rest: Draft | undefined
  for (const name in wire) {
    let value = (wire as Fields)[name]
    const row = table[name]
    // Every object has a `constructor` and its like, which are no rows.
    if (typeof row === 'string' || Array.isArray(row)) {
      if (row === known || value === null) continue
      value = decodeField(value, name, row, wire as Fields, node as Draft, place)
    }
    if (value !== undefined) (rest ??= {})[name] = value
  }
  return rest
}

/** Writes a node: what is given, what the table names, and what was kept of the wire. */
export function encodeNode(node: object, table: Table, wire: Draft, encoder?: Encoder): Draft {
  return encodeFields(node, table, ownFields((node as { extensions?: Extensions }).extensions), encoder, wire) ?? wire
}

/** Writes the fields that the table names, and those that were kept; undefined when there are none. */
export function encodeFields(
  node: object,
  table: Table,
  own: Fields | undefined,
  encoder?: Encoder,
  start?: Draft,
): Draft | undefined {
  let wire = start
  for (const name in table) {
    const row = table[name]!
    if (row === known) continue
    const field = typeof row === 'string' ? name : row[0]
    let value =
      typeof field === 'string'
        ? (node as Fields)[field]
        : encodeFields(node, field, own?.[name] as Fields | undefined, encoder)
    if (value === undefined) continue
    if (typeof row === 'object' && row[2]) value = row[2](value as never, encoder!)
    if (value !== undefined) (wire ??= {})[name] = value
  }
  return own ? addMissing((wire ??= {}), own) : wire
}

/** Adds the fields that an object has not. In place: a spread that adds fields is a hundred times as slow. */
export function addMissing(object: Draft, fields: Fields | undefined): Draft {
  for (const name in fields) {
    if (object[name] == null || !Object.hasOwn(object, name)) object[name] = fields[name]
  }
  return object
}

/** The fields of a node that belong to this dialect. */
export function ownFields(extensions: Extensions | undefined): Fields | undefined {
  return extensions?.[dialectId]
}

/** The extensions that keep fields on their node. */
export function extensionsOf(fields: Fields | undefined): Extensions | undefined {
  return fields && { [dialectId]: fields }
}

/** Keeps unknown fields on their node. */
export function withOwn<Node extends object>(node: Node, rest: Fields | undefined): Node {
  if (rest) (node as Draft)['extensions'] = extensionsOf(rest)
  return node
}

/** Makes the error of a field that is not what it must be. */
export function mustBe(place: string, expected: string): GatewayError {
  return invalid(`\`${place}\``, expected)
}

/** Reads one field; gives what is left of it. */
function decodeField(
  value: unknown,
  name: string,
  row: Exclude<Row, typeof known>,
  wire: Fields,
  node: Draft,
  place: string | undefined,
): unknown {
  const plain = typeof row === 'string'
  const field = plain ? name : row[0]
  const is = (plain ? row : row[1]) ?? 'object'
  const at = place ? `${place}.${name}` : name
  const kind = Array.isArray(value) ? 'list' : typeof value
  if (typeof field === 'object') {
    if (kind === is) return decodeFields(value as Fields, field, node, place === undefined ? place : at)
  } else {
    const ours = typeof is === 'function' ? is(value, wire, at) : kind === is ? value : undefined
    if (ours !== undefined) {
      node[field] = ours
      return undefined
    }
  }
  if (place === undefined || typeof is === 'function') return value
  throw mustBe(at, `${is === 'object' ? 'an' : 'a'} ${is}`)
}
