import type { Call, Principal } from '../../call.ts'

/** What calls that belong together have in common: a field of the principal, or what a function says of the call. */
export type Field = 'user' | 'session' | 'team' | ((call: Call) => string | undefined)

/** The value of a field, or undefined where the call does not say it. */
export function valueOfField(field: Field, call: Call): string | undefined {
  const value = typeof field === 'function' ? field(call) : call.principal[field as keyof Principal]
  return value === undefined || value === null ? undefined : String(value)
}
