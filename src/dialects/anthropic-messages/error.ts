import { GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { codeOfStatus, contextWindowWording, type FailureRule, failureError } from '../failure.ts'
import { type Fields, isFields } from '../fields.ts'
import type { WireError } from './wire.ts'

/** Anthropic's types of errors, with the HTTP status that they stand for. */
const types: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
}

/** Most of what goes wrong is an `invalid_request_error`, told apart by its words. */
// biome-ignore format: a table
const rules: readonly FailureRule[] = [
  { status: [400, 413], message: contextWindowWording, is: 'context_window_exceeded' },
  { status: [400, 403, 429], message: /credit balance|usage limits?\b.*regain access|spend(ing)? limit/i, is: 'quota_exhausted' },
  { status: 400, message: /organization has been disabled/i, is: 'permission_denied' },
  { status: 400, message: /content filter|usage policy|blocked by/i, is: 'content_filtered' },
  { status: 400, message: /(invalid|incorrect|missing).{0,20}api[ -]?key/i, is: 'authentication_failed' },
  { status: 404, message: /\bfile\b/i, is: 'invalid_request' },
]

/** Names a failure. */
export function decodeError(failure: Failure, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const body: Fields = isFields(failure.body) ? failure.body : {}
  const { error, request_id } = body
  // Some providers behind this dialect write the error as a string, or leave out its wrapping.
  const { type, message = error } = isFields(error) ? error : body
  const code = text(type) ?? ''
  const status = types[code] ?? 400
  return failureError(failure, target, status === 400 ? rules : [...rules, { code, is: codeOfStatus(status) }], {
    message: text(message),
    codes: [code],
    requestId: text(request_id),
  })
}

/** Names an error that came inside a body or a stream that began with success. */
export function decodeInnerError(body: object, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const { type, code } = ((body as { error?: unknown }).error ?? {}) as { type?: unknown; code?: unknown }
  const named = Number(code)
  const status = types[String(type)] ?? (named >= 400 && named < 600 ? named : 500)
  return decodeError({ status, header: () => undefined, body, now: 0 }, target)
}

/** Writes an error for an application. */
export function encodeError({ status, message, requestId }: GatewayError): WireError {
  // 503 is our status for an overloaded provider; Anthropic's own is 529.
  const type =
    Object.keys(types).find((type) => types[type] === (status === 503 ? 529 : status)) ??
    (status < 500 ? 'invalid_request_error' : 'api_error')
  return { type: 'error', error: { type, message }, request_id: requestId ?? null }
}

/** Makes the error of a body that is none of this dialect. */
export function malformed({ provider }: Pick<Target<unknown>, 'provider'>): GatewayError {
  return new GatewayError('invalid_response', `${provider}: the answer is not JSON, or lacks a field.`, { provider })
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
