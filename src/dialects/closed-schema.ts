import { type Fields, isFields } from './fields.ts'

/** Constraints that Anthropic, and Bedrock, answer with a 400 where they hold the model to a schema. */
const refused = /^(m(in|ax)(imum|Length|Items|Properties)|exclusiveM(in|ax)imum|multipleOf|uniqueItems)$/
const formats = /^(date|time|date-time|duration|email|hostname|uri|ipv4|ipv6|uuid)$/

/**
 * Makes a schema acceptable to structured outputs, as Anthropic's own SDKs do: objects are closed, and constraints that
 * the grammar cannot hold are told to the model in the description. A schema that is acceptable stays as it is.
 */
export function encodeSchema(schema: Fields): Fields {
  const encoded: Record<string, unknown> = {}
  const told: string[] = []
  for (const key in schema) {
    const value = schema[key]
    if (isRefused(key, value)) told.push(`${key}: ${JSON.stringify(value)}`)
    else if (/^(items|anyOf|allOf|oneOf)$/.test(key)) encoded[key === 'oneOf' ? 'anyOf' : key] = encodeNode(value)
    else if (/^(properties|\$defs|definitions)$/.test(key) && isFields(value)) {
      const nodes: Record<string, unknown> = {}
      for (const name in value) nodes[name] = encodeNode(value[name])
      encoded[key] = nodes
    } else encoded[key] = value
  }
  if (encoded['type'] === 'object' || encoded['properties']) encoded['additionalProperties'] = false
  if (told.length > 0) {
    const { description } = encoded
    encoded['description'] = `${typeof description === 'string' ? `${description}\n\n` : ''}{${told.join(', ')}}`
  }
  return encoded
}

function isRefused(key: string, value: unknown): boolean {
  if (key === 'minItems') return value !== 0 && value !== 1
  return key === 'format' ? !formats.test(String(value)) : refused.test(key)
}

function encodeNode(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(encodeNode)
  return isFields(value) ? encodeSchema(value) : value
}
