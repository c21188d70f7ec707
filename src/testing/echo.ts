import type { ModelRequest } from './wire-format.ts'

/** The answer to a call that no script is for: what the user said, or the smallest JSON of the form that was asked for. */
export function echo({ lastUserText, schema }: ModelRequest): string {
  return schema === undefined ? `You said: ${lastUserText}` : JSON.stringify(sampleOf(schema))
}

interface Schema {
  readonly type?: string | readonly string[]
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly $ref?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly minItems?: number
  readonly minimum?: number
}

/** Makes a value that a JSON schema accepts, as far as common schemas go. */
function sampleOf(root: unknown): unknown {
  const sample = (schema: Schema, depth: number): unknown => {
    if (depth > 20) return null
    const inner = (next: Schema): unknown => sample(next, depth + 1)
    if (schema.$ref) return inner(referred(root, schema.$ref))
    if (schema.const !== undefined) return schema.const
    if (schema.enum) return schema.enum[0]
    const alternatives = schema.anyOf ?? schema.oneOf
    // The last alternative is mostly the plain one: null, or the leaf of a recursion.
    if (alternatives?.length) return inner(alternatives[alternatives.length - 1]!)
    // Gemini writes types in capitals.
    switch (String([schema.type].flat()[0]).toLowerCase()) {
      case 'object':
        return Object.fromEntries(
          Object.entries(schema.properties ?? {}).map(([name, property]) => [name, inner(property)]),
        )
      case 'array':
        return Array.from({ length: schema.minItems ?? 0 }, () => inner(schema.items ?? {}))
      case 'string':
        return 'text'
      case 'integer':
      case 'number':
        return schema.minimum ?? 0
      case 'boolean':
        return true
      default:
        return schema.properties ? inner({ ...schema, type: 'object' }) : null
    }
  }
  return sample(root as Schema, 0)
}

function referred(root: unknown, reference: string): Schema {
  let current = root
  for (const name of reference.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    current = (current as Record<string, unknown> | undefined)?.[name]
  }
  return (current ?? {}) as Schema
}
