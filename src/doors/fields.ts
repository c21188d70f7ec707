import { GatewayError } from '../errors.ts'
import { nearest } from '../nearest.ts'

/** What an input may say, and of which kinds: the names that `typeof` has for them, and `list`. Those with an exclamation mark must be said. */
export type InputFields<Input> = { readonly [Field in keyof Input]-?: string }

/** Checks what an application wrote. Throws `invalid_request`, naming the first field that is not what it must be. */
export function checkInput<Input extends object>(input: Input, fields: InputFields<Input>): void {
  const known = fields as Readonly<Record<string, string>>
  for (const name in input) {
    if (!Object.hasOwn(known, name)) throw wrong(`Unknown field ${name}.${nearest(name, Object.keys(known))}`)
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

export function wrong(message: string): GatewayError {
  return new GatewayError('invalid_request', message)
}
