import { type ErrorCode, GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { contextWindowWording, type FailureRule, failureError } from '../failure.ts'
import { type Fields, isFields } from '../fields.ts'
import { parseDuration, retryAfter } from '../retry-after.ts'

type Source = Pick<Target<unknown>, 'provider'>

// biome-ignore format: a table
const rules: readonly FailureRule[] = [
  { code: 'context_length_exceeded', is: 'context_window_exceeded' },
  { status: [400, 413, 422], message: contextWindowWording, is: 'context_window_exceeded' },
  { code: ['insufficient_quota', 'billing_hard_limit_reached'], is: 'quota_exhausted' },
  { status: [402, 403, 429], message: /current quota|credit|billing|spending limit/i, is: 'quota_exhausted' },
  // xAI answers 400 to a wrong key.
  { code: 'invalid_api_key', is: 'authentication_failed' },
  { status: 400, message: /(incorrect|invalid|missing).{0,20}api.?key/i, is: 'authentication_failed' },
  { code: ['content_filter', 'content_policy_violation', 'image_content_policy_violation', 'moderation_blocked'], is: 'content_filtered' },
  { status: [400, 403], message: /content (management )?(filter|policy)|usage polic|flagged|safety system/i, is: 'content_filtered' },
  { code: 'model_not_found', is: 'model_not_found' },
  // What it refers to is not there: another deployment would not have it either.
  { code: 'previous_response_not_found', is: 'invalid_request' },
  { status: 404, message: /\b(item|response|conversation|file|prompt)\b.*not found/i, is: 'invalid_request' },
  { code: 'rate_limit_exceeded', is: 'rate_limited' },
  { status: [500, 503], message: /overloaded|(at|over) capacity/i, is: 'provider_overloaded' },
]

/** Names a failed exchange. */
export function decodeError(failure: Failure, target: Source): GatewayError {
  const { codes, message } = read(failure.body)
  const [, wait] = /try again in ((?:[\d.]+(?:ms|[smh]))+)/i.exec(message ?? '') ?? []
  return failureError(failure, target, rules, {
    // OpenAI repeats a wrong key, whole if it is short.
    message: message?.replace(/(key provided: )\S+/i, '$1(hidden).'),
    codes,
    retryAfter: retryAfter(failure) ?? (wait === undefined ? undefined : parseDuration(wait)),
  })
}

/** Names a failure that came inside a 200: an event, or an answer that failed. */
export function decodeInnerError(body: unknown, target: Source): GatewayError {
  const { codes } = read(body)
  const told = codes.map(Number).find((code) => code >= 400 && code < 600)
  const status = told ?? statuses.find(([words]) => codes.some((code) => words.test(code)))?.[1] ?? 500
  return decodeError({ status, header: () => undefined, body, now: 0 }, target)
}

/** Makes the error of a body that is none of this dialect. */
export function malformed({ provider }: Source): GatewayError {
  return new GatewayError('invalid_response', `${provider}: the answer is not JSON, or lacks a field.`, { provider })
}

/** The body of an error response, such that OpenAI's SDKs read it. */
export function encodeError(error: GatewayError): { readonly error: WireError } {
  const { status, message, code } = error
  const type = types[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error')
  return { error: { message, type, param: null, code: words[code] ?? code } }
}

interface WireError {
  readonly message: string
  readonly type: string
  readonly param: null
  readonly code: string
}

/** The HTTP statuses that codes and types stand for where there is none. */
const statuses: readonly (readonly [words: RegExp, status: number])[] = [
  [/^(rate_limit|insufficient_quota|too_many)/, 429],
  [/^(server_error|vector_store_timeout|unknown)/, 500],
  [/api_key|authentication/, 401],
  [/overloaded/, 503],
  [/^(invalid|image|unsupported|empty_image|failed_to_download|context_length|content_|previous_response)/, 400],
]

/** What OpenAI calls the kinds of its errors. */
const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  429: 'rate_limit_error',
}

/** OpenAI's own words, for applications that know them. */
const words: Partial<Record<ErrorCode, string>> = {
  authentication_failed: 'invalid_api_key',
  unauthorized: 'invalid_api_key',
  quota_exhausted: 'insufficient_quota',
  context_window_exceeded: 'context_length_exceeded',
  content_filtered: 'content_filter',
  rate_limited: 'rate_limit_exceeded',
}

/** Reads an error in the shapes that are about: an object or a string called `error`, bare, or as `detail`. */
function read(body: unknown): { readonly codes: readonly string[]; readonly message: string | undefined } {
  const outer: Fields = isFields(body) ? body : {}
  const inner: Fields = isFields(outer['error']) ? outer['error'] : outer
  const message = [inner['message'], outer['error'], outer['detail']].find((value) => typeof value === 'string')
  const codes = [inner['code'], inner['type'], outer['code'], outer['status']]
  return {
    codes: codes.filter((code) => typeof code === 'string' || typeof code === 'number').map(String),
    message: message as string | undefined,
  }
}
