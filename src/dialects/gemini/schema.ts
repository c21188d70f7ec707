import { isRecord, type Wire } from './wire.ts'

/**
 * Turns Google's `Schema` (a subset of OpenAPI 3.0, with its types in capitals) into JSON Schema, which every provider
 * reads, this one included, in `parametersJsonSchema` and `responseJsonSchema`.
 * @see https://ai.google.dev/api/caching#Schema
 */
export function jsonSchema(schema: Wire): Wire {
  const result: Wire = {}
  for (const [key, value] of Object.entries(schema)) {
    if (key === 'nullable') continue
    if (key === 'type' && typeof value === 'string') result[key] = value.toLowerCase()
    else if (key === 'properties' && isRecord(value)) {
      result[key] = Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, subschema(inner)]))
    } else if (/^(items|additionalProperties|anyOf|prefixItems)$/.test(key)) {
      result[key] = Array.isArray(value) ? value.map(subschema) : subschema(value)
      // int64 is a string in Google's JSON.
    } else if (/^(min|max)(Items|Length|Properties)$/.test(key)) result[key] = Number(value)
    else result[key] = value
  }
  if (schema['nullable'] !== true) return result
  // JSON Schema takes no value that is not in the list.
  if (Array.isArray(result['enum'])) result['enum'] = [...new Set([...result['enum'], null])]
  if ('type' in result) return { ...result, type: [result['type'], 'null'] }
  return { anyOf: [result, { type: 'null' }] }
}

function subschema(value: unknown): unknown {
  return isRecord(value) ? jsonSchema(value) : value
}
