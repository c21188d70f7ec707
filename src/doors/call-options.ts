import type { CacheControl, CallOptions, Preferences } from '../call.ts'
import { nearest } from '../nearest.ts'
import { wrong } from './fields.ts'

/** Parts what a call says of itself from what it asks for. Throws `invalid_request` when a word of it is misspelt. */
export function partOptions<Input extends CallOptions>(
  input: Input,
): { readonly options: CallOptions; readonly rest: Omit<Input, keyof CallOptions> } {
  const options: { -readonly [Field in keyof CallOptions]-?: CallOptions[Field] } = {
    signal: undefined,
    timeout: undefined,
    maxAttempts: undefined,
    cache: undefined,
    credentials: undefined,
    continuation: undefined,
    prefer: undefined,
    fallback: undefined,
    retryWhen: undefined,
    priority: undefined,
  }
  const rest: Record<string, unknown> = {}
  // One by one: to take all but ten fields out of an object by pattern takes longer than all that the gateway does before it asks.
  for (const name in input) {
    if (name === '__proto__') throw wrong('Unknown field __proto__.')
    const part: Record<string, unknown> = Object.hasOwn(options, name) ? options : rest
    part[name] = input[name]
  }
  const { cache, prefer, fallback, retryWhen, priority } = options
  if (cache) check(cache, cacheFields, 'cache')
  if (prefer) check(prefer, preferFields, 'prefer')
  if (priority !== undefined && !Number.isFinite(priority)) throw wrong('priority is no number.')
  if (retryWhen !== undefined && typeof retryWhen !== 'function')
    throw wrong(`retryWhen is a ${typeof retryWhen}: give a condition, such as not(fitsSchema()).`)
  if (fallback && !(Array.isArray(fallback) && fallback.every((name) => typeof name === 'string')))
    throw wrong('fallback must be a list of groups, or false.')
  return { options, rest: rest as Omit<Input, keyof CallOptions> }
}

function check(said: object, fields: object, name: string): void {
  for (const field in said) {
    if (!Object.hasOwn(fields, field))
      throw wrong(`Unknown field ${name}.${field}.${nearest(field, Object.keys(fields))}`)
  }
}

// One line for each, so that the compiler tells when one is missing.

const cacheFields: { readonly [Field in keyof CacheControl]-?: true } = {
  ttl: true,
  skip: true,
  refresh: true,
  noStore: true,
  key: true,
}

const preferFields: { readonly [Field in keyof Preferences]-?: true } = {
  order: true,
  only: true,
  ignore: true,
  sort: true,
  allowFallbacks: true,
  maxPrice: true,
  tags: true,
  regions: true,
  quantizations: true,
  zeroRetention: true,
  noTraining: true,
  deprecated: true,
}
