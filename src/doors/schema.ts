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
  const { jsonSchema, vendor } = schema['~standard']
  if (!jsonSchema) {
    throw new GatewayError(
      'invalid_request',
      `This ${vendor} schema cannot say its JSON Schema (no "~standard".jsonSchema). Take a newer ${vendor}, or give output: { type: 'json-schema', schema } and parse reply.text.`,
    )
  }
  const { $schema: _, ...rest } = jsonSchema.input({ target: 'draft-2020-12' })
  return rest
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
