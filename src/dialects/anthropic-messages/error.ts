import { type ErrorCode, GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { contextWindowWording, type FailureRule, failureError } from '../failure.ts'
import type { WireError } from './wire.ts'

/** Anthropic's types of errors, with what they mean and the HTTP status that they stand for. */
const types: Readonly<Record<string, readonly [code: ErrorCode, status: number]>> = {
  invalid_request_error: ['invalid_request', 400],
  authentication_error: ['authentication_failed', 401],
  billing_error: ['quota_exhausted', 402],
  permission_error: ['permission_denied', 403],
  not_found_error: ['model_not_found', 404],
  conflict_error: ['provider_unavailable', 409],
  request_too_large: ['request_too_large', 413],
  rate_limit_error: ['rate_limited', 429],
  api_error: ['provider_unavailable', 500],
  timeout_error: ['timed_out', 504],
  overloaded_error: ['provider_overloaded', 529],
}

/** Most of what goes wrong is an `invalid_request_error`, told apart by its words. */
const rules: readonly FailureRule[] = [
  { status: [400, 413], message: contextWindowWording, is: 'context_window_exceeded' },
  {
    status: [400, 402, 403, 429],
    message: /credit balance|usage limits?\b.*regain access|spend(ing)? limit/i,
    is: 'quota_exhausted',
  },
  { status: 400, message: /organization has been disabled/i, is: 'permission_denied' },
  { status: 400, message: /content filter|usage policy|blocked by/i, is: 'content_filtered' },
  { status: 400, message: /(invalid|incorrect|missing).{0,20}(api|x-api-)[ -]?key/i, is: 'authentication_failed' },
  { status: 404, message: /\bfile\b/i, is: 'invalid_request' },
]

/** Names a failure. */
export function decodeError(failure: Failure, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const { error, request_id } = (failure.body ?? {}) as { error?: unknown; request_id?: unknown }
  // Some providers behind this dialect write the error as a string, or leave out its wrapping.
  const { type, message } = (typeof error === 'object' && error !== null ? error : (failure.body ?? {})) as {
    type?: unknown
    message?: unknown
  }
  const known = typeof type === 'string' ? types[type] : undefined
  const ofType: FailureRule[] = known && known[0] !== 'invalid_request' ? [{ code: type as string, is: known[0] }] : []
  return failureError(failure, target, [...rules, ...ofType], {
    message: typeof message === 'string' ? message : typeof error === 'string' ? error : undefined,
    codes: [typeof type === 'string' ? type : undefined],
    requestId: typeof request_id === 'string' ? request_id : undefined,
  })
}

/** Names an error that came inside a body or a stream that began with success. */
export function decodeInnerError(body: object, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const { type, code } = ((body as { error?: unknown }).error ?? {}) as { type?: unknown; code?: unknown }
  const status = types[String(type)]?.[1] ?? (Number(code) >= 400 && Number(code) < 600 ? Number(code) : 500)
  return decodeError({ status, header: () => undefined, body, now: 0 }, target)
}

/** The type by which an application's SDK knows an error. */
function typeOf(status: number): string {
  // 503 is our status for an overloaded provider; Anthropic's own is 529.
  if (status === 503) return 'overloaded_error'
  const [type] = Object.entries(types).find(([, [, known]]) => known === status) ?? []
  return type ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
}

/** Writes an error for an application. */
export function encodeError(error: GatewayError): WireError {
  return {
    type: 'error',
    error: { type: typeOf(error.status), message: error.message },
    request_id: error.requestId ?? null,
  }
}

/** Makes the error of a body that is none of this dialect. */
export function malformed({ provider }: Pick<Target<unknown>, 'provider'>, what: string): GatewayError {
  return new GatewayError('invalid_response', `${provider}: ${what}`, { provider })
}
