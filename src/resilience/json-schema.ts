/** A JSON Schema (draft 2020-12), as far as providers take it. */
export type JSONSchema = boolean | { readonly [keyword: string]: unknown }

/**
 * Says at which path a value does not fit a schema; undefined when it fits. Knows the keywords that providers hold
 * output to; one that it does not know, `format` among them, restricts nothing.
 */
export function misfit(value: unknown, schema: JSONSchema, root: JSONSchema = schema, path = ''): string | undefined {
  if (typeof schema === 'boolean') return schema ? undefined : path || 'the whole'
  for (const keyword in schema) {
    const wrong = Object.hasOwn(keywords, keyword)
      ? keywords[keyword]!(value, schema[keyword], { schema, root, path })
      : undefined
    if (wrong !== undefined && wrong !== false) return wrong === true ? path || 'the whole' : wrong
  }
  return undefined
}

interface Place {
  readonly schema: { readonly [keyword: string]: unknown }
  readonly root: JSONSchema
  readonly path: string
}

/** Whether a value breaks what a keyword demands, or the path at which something inside of it does. */
// biome-ignore lint/suspicious/noExplicitAny: what a keyword demands is as its schema says.
type Keyword = (value: unknown, demand: any, place: Place) => boolean | string | undefined

type Record = { readonly [name: string]: unknown }

const isObject = (value: unknown): value is Record =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const types: { readonly [type: string]: (value: unknown) => boolean } = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: Number.isInteger,
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
}

const numbers =
  (breaks: (value: number, demand: number) => boolean): Keyword =>
  (value, demand) =>
    typeof value === 'number' && breaks(value, demand)

const lengths =
  (kind: (value: unknown) => number | undefined, breaks: (length: number, demand: number) => boolean): Keyword =>
  (value, demand) => {
    const length = kind(value)
    return length !== undefined && breaks(length, demand)
  }

// Characters, not halves of them: https://json-schema.org/draft/2020-12/json-schema-validation#section-6.3.1
const ofText = (value: unknown): number | undefined => (typeof value === 'string' ? [...value].length : undefined)
const ofList = (value: unknown): number | undefined => (Array.isArray(value) ? value.length : undefined)
const ofObject = (value: unknown): number | undefined => (isObject(value) ? Object.keys(value).length : undefined)
const over = (value: number, demand: number): boolean => value > demand
const under = (value: number, demand: number): boolean => value < demand

/** How many of the schemas a value fits. */
function fitting(value: unknown, schemas: readonly JSONSchema[], { root, path }: Place): number {
  return schemas.filter((schema) => misfit(value, schema, root, path) === undefined).length
}

/** The first place of those inside a value that does not fit. */
function inside(
  names: Iterable<string>,
  value: Record,
  schemaOf: (name: string) => JSONSchema | undefined,
  { root, path }: Place,
): string | undefined {
  for (const name of names) {
    const schema = schemaOf(name)
    const wrong =
      schema === undefined ? undefined : misfit(value[name], schema, root, path === '' ? name : `${path}.${name}`)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

const keywords: { readonly [keyword: string]: Keyword } = {
  type: (value, demand: string | readonly string[]) => ![demand].flat().some((type) => types[type]?.(value) ?? true),
  enum: (value, demand: readonly unknown[]) => !demand.some((allowed) => same(allowed, value)),
  const: (value, demand: unknown) => !same(demand, value),
  required: (value, demand: readonly string[]) =>
    isObject(value) && !demand.every((name) => Object.hasOwn(value, name)),
  properties: (value, demand: { readonly [name: string]: JSONSchema }, place) =>
    isObject(value) &&
    inside(
      Object.keys(demand).filter((name) => Object.hasOwn(value, name)),
      value,
      (name) => demand[name],
      place,
    ),
  patternProperties: (value, demand: { readonly [pattern: string]: JSONSchema }, place) =>
    isObject(value) &&
    Object.entries(demand)
      .map(([pattern, schema]) =>
        inside(
          Object.keys(value).filter((name) => matches(pattern, name)),
          value,
          () => schema,
          place,
        ),
      )
      .find((wrong) => wrong !== undefined),
  additionalProperties: (value, demand: JSONSchema, place) => {
    if (!isObject(value)) return false
    const { properties = {}, patternProperties = {} } = place.schema as {
      properties?: Record
      patternProperties?: Record
    }
    const others = Object.keys(value).filter(
      (name) =>
        !Object.hasOwn(properties, name) && !Object.keys(patternProperties).some((pattern) => matches(pattern, name)),
    )
    return inside(others, value, () => demand, place)
  },
  items: (value, demand: JSONSchema, place) => {
    if (!Array.isArray(value)) return false
    const { prefixItems = [] } = place.schema as { prefixItems?: readonly JSONSchema[] }
    const rest = Object.keys(value).slice(prefixItems.length)
    return inside(rest, value as unknown as Record, () => demand, place)
  },
  prefixItems: (value, demand: readonly JSONSchema[], place) =>
    Array.isArray(value) &&
    inside(Object.keys(value), value as unknown as Record, (index) => demand[Number(index)], place),
  anyOf: (value, demand: readonly JSONSchema[], place) => fitting(value, demand, place) === 0,
  oneOf: (value, demand: readonly JSONSchema[], place) => fitting(value, demand, place) !== 1,
  allOf: (value, demand: readonly JSONSchema[], place) => fitting(value, demand, place) < demand.length,
  not: (value, demand: JSONSchema, place) => fitting(value, [demand], place) === 1,
  $ref: (value, demand: string, { root, path }) => {
    const schema = resolved(demand, root)
    return schema === undefined ? undefined : misfit(value, schema, root, path)
  },
  minimum: numbers(under),
  maximum: numbers(over),
  exclusiveMinimum: numbers((value, demand) => value <= demand),
  exclusiveMaximum: numbers((value, demand) => value >= demand),
  multipleOf: numbers((value, demand) => Math.abs(value / demand - Math.round(value / demand)) > 1e-9),
  minLength: lengths(ofText, under),
  maxLength: lengths(ofText, over),
  minItems: lengths(ofList, under),
  maxItems: lengths(ofList, over),
  minProperties: lengths(ofObject, under),
  maxProperties: lengths(ofObject, over),
  uniqueItems: (value, demand: boolean) =>
    demand &&
    Array.isArray(value) &&
    value.some((item, index) => value.slice(0, index).some((other) => same(item, other))),
  pattern: (value, demand: string) => typeof value === 'string' && !matches(demand, value),
}

/** A pattern that is none restricts nothing. */
function matches(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text)
  } catch {
    return true
  }
}

/** What a reference within the document points to (RFC 6901): `#/$defs/name`. */
function resolved(reference: string, root: JSONSchema): JSONSchema | undefined {
  if (!reference.startsWith('#')) return undefined
  let node: unknown = root
  for (const step of reference.slice(1).split('/').slice(1)) {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
    node = typeof node === 'object' && node !== null && Object.hasOwn(node, name) ? (node as Record)[name] : undefined
  }
  return node as JSONSchema | undefined
}

function same(one: unknown, other: unknown): boolean {
  if (one === other) return true
  if (Array.isArray(one) !== Array.isArray(other)) return false
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return false
  const names = Object.keys(one)
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && same((one as Record)[name], (other as Record)[name]))
  )
}
