import type { Principal } from '../call.ts'
import { GatewayError } from '../errors.ts'
import { nearest } from '../nearest.ts'

/** What an input may say, and of which kinds: the names that `typeof` has for them, and `list`. Those with an exclamation mark must be said. */
export type InputFields<Input> = { readonly [Field in keyof Input]-?: string }

/** Checks what an application wrote. Throws `invalid_request`, naming the first field that is not what it must be. */
export function checkInput<Input extends object>(input: Input, fields: InputFields<Input>): void {
  const known = fields as Readonly<Record<string, string>>
  for (const name in input) {
    if (!Object.hasOwn(known, name)) throw unknownField(name, Object.keys(known))
  }
  for (const name in known) {
    const kinds = known[name] as string
    const value: unknown = input[name as keyof Input]
    const kind = Array.isArray(value) ? 'list' : value === null || Number.isNaN(value) ? String(value) : typeof value
    if (value === undefined ? kinds.endsWith('!') : !kinds.includes(kind)) {
      throw wrong(
        `${name} is ${value === undefined ? 'missing' : kind}: it must be a ${kinds.replace('!', '').replaceAll(' ', ' or a ')}.`,
      )
    }
  }
}

/** Who calls is said elsewhere, and easily written here. */
const ofPrincipal = [
  'key',
  'team',
  'user',
  'session',
  'promptId',
  'tags',
] satisfies (keyof Principal)[] as readonly string[]

/** The error of a field that nobody knows. */
export function unknownField(name: string, known: readonly string[]): GatewayError {
  const remedy = ofPrincipal.includes(name)
    ? ` Who calls is said by gateway.with({ ${name} }), or by gateway.run.`
    : nearest(name, known)
  return wrong(`Unknown field ${name}.${remedy}`)
}

export function wrong(message: string): GatewayError {
  return new GatewayError('invalid_request', message)
}
