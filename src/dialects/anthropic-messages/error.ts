import { GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { decodeFailure, decodeFailureInside, type FailureLine } from '../failure.ts'
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

/** What it calls not found is a model, or one of its files. */
const own: readonly FailureLine[] = [['invalid_request', /\bfile\b/i, 404]]

/** Names a failure. */
export function decodeError(failure: Failure, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  return decodeFailure(failure, target, own)
}

/** Names an error that came inside a body or a stream that began with success. */
export function decodeInnerError(body: object, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  return decodeFailureInside(body, target, own, types)
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
