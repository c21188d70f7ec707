import { GatewayError } from '../errors.ts'

/** The part of Standard Schema (https://standardschema.dev) that `chat({ schema })` needs: zod, valibot, arktype and others have it. */
export interface StandardSchema<Output = unknown> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    validate(value: unknown): StandardResult<Output> | Promise<StandardResult<Output>>
    /** Standard JSON Schema: how the library itself says what it takes. */
    readonly jsonSchema?: { input(options: { readonly target: string }): Record<string, unknown> } | undefined
    readonly types?: { readonly input: unknown; readonly output: Output } | undefined
  }
}

type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] }

/** The JSON Schema that a provider is sent. */
export function toJSONSchema(schema: StandardSchema): Record<string, unknown> {
  const standard = (schema as Partial<StandardSchema>)['~standard']
  if (!standard) throw refused(`schema is no Standard Schema, such as zod's. ${plain}`)
  const { jsonSchema, vendor } = standard
  if (!jsonSchema) {
    const remedy =
      vendor === 'valibot' ? 'Wrap it: toStandardJsonSchema of @valibot/to-json-schema' : `Take a newer ${vendor}`
    throw refused(`This ${vendor} schema cannot say its JSON Schema (no "~standard".jsonSchema). ${remedy}. ${plain}`)
  }
  let said: Record<string, unknown>
  try {
    said = jsonSchema.input({ target: 'draft-2020-12' })
  } catch (cause) {
    // Not every type of a library is one of JSON's.
    throw refused(
      `This ${vendor} schema has no JSON Schema: ${cause instanceof Error ? cause.message : String(cause)}.`,
    )
  }
  const { $schema: _, ...rest } = said
  return rest
}

const plain = "A plain JSON Schema goes into output: { type: 'json-schema', schema }, and reply.text is yours to parse."

function refused(message: string): GatewayError {
  return new GatewayError('invalid_request', message)
}

/** What the schema makes of the model's words. Throws `invalid_response`, naming the place and not the value. */
export async function parseObject<Output>(schema: StandardSchema<Output>, text: string): Promise<Output> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new GatewayError('invalid_response', 'The answer is no JSON, though a schema was given.')
  }
  const result = await schema['~standard'].validate(value)
  if (!result.issues) return result.value
  const places = result.issues.map(
    ({ path }) =>
      (path ?? []).map((step) => (typeof step === 'object' ? (step as { key: unknown }).key : step)).join('.') ||
      'the whole',
  )
  throw new GatewayError(
    'invalid_response',
    `The answer does not fit the schema at: ${[...new Set(places)].join(', ')}.`,
  )
}
