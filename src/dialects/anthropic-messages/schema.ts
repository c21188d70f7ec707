type Schema = Readonly<Record<string, unknown>>

/** Constraints that Anthropic answers with a 400 where it holds the model to a schema. */
const refused = [
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
]
const formats = ['date-time', 'time', 'date', 'duration', 'email', 'hostname', 'uri', 'ipv4', 'ipv6', 'uuid']

/**
 * Makes a schema acceptable to structured outputs, as Anthropic's own SDKs do: objects are closed, and constraints that
 * the grammar cannot hold are told to the model in the description. A schema that is acceptable stays as it is.
 */
export function encodeSchema(schema: Schema): Schema {
  const encoded: Record<string, unknown> = {}
  const told: string[] = []
  for (const [key, value] of Object.entries(schema)) {
    if (isRefused(key, value)) told.push(`${key}: ${JSON.stringify(value)}`)
    else if (key === 'properties' || key === '$defs' || key === 'definitions') encoded[key] = mapValues(value)
    else if (key === 'items') encoded[key] = encodeNode(value)
    else if (key === 'anyOf' || key === 'allOf') encoded[key] = encodeList(value)
    else if (key === 'oneOf') encoded['anyOf'] = encodeList(value)
    else encoded[key] = value
  }
  if (encoded['type'] === 'object' || encoded['properties']) encoded['additionalProperties'] = false
  if (told.length > 0) {
    const description = typeof encoded['description'] === 'string' ? `${encoded['description']}\n\n` : ''
    encoded['description'] = `${description}{${told.join(', ')}}`
  }
  return encoded
}

function isRefused(key: string, value: unknown): boolean {
  if (key === 'minItems') return value !== 0 && value !== 1
  if (key === 'format') return !formats.includes(value as string)
  return refused.includes(key)
}

function encodeNode(value: unknown): unknown {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? encodeSchema(value as Schema) : value
}

function encodeList(value: unknown): unknown {
  return Array.isArray(value) ? value.map(encodeNode) : value
}

function mapValues(value: unknown): unknown {
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(Object.entries(value).map(([key, schema]) => [key, encodeNode(schema)]))
    : value
}
