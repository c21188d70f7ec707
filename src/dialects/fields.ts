import { GatewayError } from '../errors.ts'

/** A JSON object of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>

type Kind = 'string' | 'number' | 'boolean' | 'object' | 'list' | 'list of strings' | 'list of objects'

/**
 * The fields of a node that have a name of ours, and what they must be. Those with a question mark may be missing or
 * null, and so may a node inside the node; `true` is not checked.
 */
export interface Shape {
  readonly [field: string]: Kind | `${Kind}?` | true | Shape
}

/** The known fields of a node, and of nodes inside it. Any {@link Shape} will do. */
export interface Names {
  readonly [field: string]: string | true | Names
}

/** Narrows to a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value, if it is a text. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** A value, if it is a number. */
export function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

/** An id or a name, which some write as a number; an empty text where there is none. */
export function idOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : ''
}

/** What a table says of a word. Every table seems to know a word such as `constructor`: that one says nothing. */
export function lookUp<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined
}

/** Checks a node that an application wrote, and names the first field that is not what it must be. */
export function check(node: unknown, shape: Shape | undefined, at: string): asserts node is Fields {
  if (!isFields(node)) throw invalid(at, 'an object')
  for (const field in shape) {
    const kind = shape[field]!
    const value = node[field]
    if (typeof kind === 'object') {
      if (value != null) check(value, kind, pathOf(at, field))
    } else if (kind !== true && !fits(value, kind)) {
      throw invalid(pathOf(at, field), `${kind.startsWith('o') ? 'an' : 'a'} ${kind.replace('?', '')}`)
    }
  }
}

/** Makes the error of a field that is not what it must be. */
export function invalid(field: string, expected: string): GatewayError {
  return new GatewayError('invalid_request', `${field} must be ${expected}.`)
}

/** Collects the fields of a node that are not known; undefined when there are none. */
export function unknownFields(node: object, names: Names): Record<string, unknown> | undefined {
  let rest: Record<string, unknown> | undefined
  for (const field in node) {
    const known = names[field]
    let value = (node as Fields)[field]
    if (typeof known === 'object' && isFields(value)) value = unknownFields(value, known)
    // Every table seems to know a field called `constructor`: by a function.
    else if (known && typeof known !== 'function') continue
    if (value !== undefined) (rest ??= {})[field] = value
  }
  return rest
}

/** Makes an object of the fields that are neither undefined nor null. */
export function compact<T extends object>(fields: { readonly [Key in keyof T]: T[Key] | null | undefined }): T {
  const kept: Partial<T> = {}
  for (const field in fields) {
    const value = fields[field]
    if (value != null) kept[field] = value
  }
  return kept as T
}

function pathOf(at: string, field: string): string {
  return at ? `${at}.${field}` : field
}

function fits(value: unknown, kind: string): boolean {
  if (value == null) return kind.endsWith('?')
  if (!Array.isArray(value)) return kind.startsWith(typeof value)
  return (
    kind.startsWith('list') && (!kind.includes(' of ') || value.every((item) => item && kind.includes(typeof item)))
  )
}
