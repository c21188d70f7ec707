import { GatewayError } from './errors.ts'
import { nearest } from './nearest.ts'

/** What an option must be, in words that follow "write", and whether a value is that. */
export type OptionRule = readonly [expectation: string, accepts: (value: unknown) => boolean]

/** Checks options that come from JavaScript or JSON, and throws `invalid_configuration` naming what is wrong and what to write. */
export function checkOptions(owner: string, options: object, rules: Readonly<Record<string, OptionRule>>): void {
  if (typeof options !== 'object' || options === null) throw misconfigured(`${owner} takes an object of options.`)
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (!rule) throw misconfigured(`${owner}: there is no option "${name}".${nearest(name, Object.keys(rules))}`)
    if (value === undefined || rule[1](value)) continue
    throw misconfigured(`${owner}: ${name} is ${show(value)}: write ${rule[0]}.`)
  }
}

export function misconfigured(message: string): GatewayError<'invalid_configuration'> {
  return new GatewayError('invalid_configuration', message)
}

/** A rule for an option that is one of a few words. */
export function oneOf(...words: readonly string[]): OptionRule {
  return [words.map((word) => `'${word}'`).join(' or '), (value) => words.includes(value as string)]
}

/** A rule for what says by itself what is wrong with it, such as a duration. */
export const checkedApart: OptionRule = ['', () => true]

/** A rule for a number. */
export function numberWith(expectation: string, accepts: (value: number) => boolean): OptionRule {
  return [expectation, (value) => typeof value === 'number' && accepts(value)]
}

export const isFunction = (value: unknown): boolean => typeof value === 'function'

export const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

export const isTexts = (value: unknown): boolean => Array.isArray(value) && value.length > 0 && value.every(isText)

function show(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(typeof value === 'string' ? `"${value}"` : value)
}
