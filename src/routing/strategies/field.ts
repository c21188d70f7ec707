import type { Call, Principal } from '../../call.ts'
import { isFunction, type OptionRule } from '../../option-rules.ts'

/** What calls that belong together have in common: a field of the principal, or what a function says of the call. */
export type Field = 'user' | 'session' | 'team' | ((call: Call) => string | undefined)

/** What a field must be. */
export const fieldRule: OptionRule = [
  "'user', 'session', 'team' or a function of the call",
  (value) => isFunction(value) || value === 'user' || value === 'session' || value === 'team',
]

/** The value of a field, or undefined where the call does not say it. */
export function valueOfField(field: Field, call: Call): string | undefined {
  const value = typeof field === 'function' ? field(call) : call.principal[field as keyof Principal]
  return value === undefined || value === null ? undefined : String(value)
}
