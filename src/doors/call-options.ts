import type { CacheControl, CallOptions, Preferences } from '../call.ts'
import { type Duration, milliseconds } from '../duration.ts'
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
  if (typeof input !== 'object') throw wrong('A call takes an object, such as { model, messages }.')
  const rest: Record<string, unknown> = {}
  // One by one: to take all but ten fields out of an object by pattern takes longer than all that the gateway does before it asks.
  for (const name in input) {
    if (name === '__proto__') throw wrong('Unknown field __proto__.')
    const part: Record<string, unknown> = Object.hasOwn(options, name) ? options : rest
    part[name] = input[name]
  }
  const { signal, timeout, cache, credentials, prefer, fallback, retryWhen, priority } = options
  // An AbortController is easily given in place of its signal.
  if (signal && typeof signal.addEventListener !== 'function')
    throw wrong('signal is no AbortSignal. Of an AbortController, give its signal.')
  if (timeout !== undefined) checkDuration(timeout, 'timeout')
  if (credentials !== undefined) checkCredentials(credentials)
  if (cache) {
    check(cache, cacheFields, 'cache')
    if (cache.ttl !== undefined) checkDuration(cache.ttl, 'cache.ttl')
  }
  if (prefer) checkPreferences(prefer)
  if (priority !== undefined && !Number.isFinite(priority)) throw wrong('priority is no number.')
  if (retryWhen !== undefined && typeof retryWhen !== 'function')
    throw wrong(`retryWhen is a ${typeof retryWhen}: give a condition, such as not(fitsSchema()).`)
  if (fallback && !(Array.isArray(fallback) && fallback.every((name) => typeof name === 'string')))
    throw wrong('fallback must be a list of groups, or false.')
  return { options, rest: rest as Omit<Input, keyof CallOptions> }
}

/** Where a key of the caller's is not understood, the gateway's own must not pay. */
function checkCredentials(credentials: NonNullable<CallOptions['credentials']>): void {
  const isKey = (key: unknown): boolean => typeof key === 'string' && key !== ''
  const isCredential = (own: unknown): boolean =>
    isKey(own) || (Array.isArray(own) && own.length > 0 && own.every(isKey))
  if (typeof credentials !== 'object' || credentials === null || !Object.values(credentials).every(isCredential))
    throw wrong("credentials must be keys by the id of their provider: { openai: 'the key' }, or a list of keys.")
}

/** A duration of a call is its caller's, and what is wrong with it no fault of the gateway's configuration. */
function checkDuration(duration: Duration, name: string): void {
  try {
    milliseconds(duration, name)
  } catch (cause) {
    throw wrong((cause as Error).message)
  }
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

type Kind = readonly [wanted: string, is: (value: unknown) => boolean]

const isAmount = (value: unknown): boolean => value === undefined || (typeof value === 'number' && value >= 0)
const texts: Kind = [
  'a list of texts',
  (value) => Array.isArray(value) && value.every((text) => typeof text === 'string'),
]
const flag: Kind = ['true or false', (value) => typeof value === 'boolean']

const preferFields: { readonly [Field in keyof Preferences]-?: Kind } = {
  order: texts,
  only: texts,
  ignore: texts,
  sort: [
    "'price', 'latency' or 'throughput'",
    (value) => value === 'price' || value === 'latency' || value === 'throughput',
  ],
  allowFallbacks: flag,
  maxPrice: [
    '{ input, output, request }, each a number from 0',
    (value) => typeof value === 'object' && value !== null && Object.values(value).every(isAmount),
  ],
  tags: texts,
  regions: texts,
  quantizations: texts,
  zeroRetention: flag,
  noTraining: flag,
  deprecated: flag,
}

const priceFields: { readonly [Field in keyof NonNullable<Preferences['maxPrice']>]-?: true } = {
  input: true,
  output: true,
  request: true,
}

/** A demand that is not understood must not be taken for none. */
function checkPreferences(prefer: Preferences): void {
  if (typeof prefer !== 'object') throw wrong('prefer must be an object of preferences.')
  check(prefer, preferFields, 'prefer')
  for (const field in prefer) {
    const value = prefer[field as keyof Preferences]
    const [wanted, is] = preferFields[field as keyof Preferences]
    if (value !== undefined && !is(value)) throw wrong(`prefer.${field} must be ${wanted}.`)
  }
  if (prefer.maxPrice) check(prefer.maxPrice, priceFields, 'prefer.maxPrice')
}
