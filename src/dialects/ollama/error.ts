import { GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { decodeFailure, decodeFailureInside, type FailureLine } from '../failure.ts'
import { isFields } from '../fields.ts'

// biome-ignore format: a table
const lines: readonly FailureLine[] = [
  ['unsupported', /does not support (tools|thinking|insert|chat|completion|image|vision)|is not supported for this model/i],
  ['model_not_found', /model .{0,200}not found|try pulling it first/i],
  // The model wrote a call that is none.
  ['invalid_response', /error parsing tool call/i],
  ['provider_overloaded', /server busy|pending requests exceeded/i],
]

/** Names a failure: `{ "error": "…" }`, mostly. */
export function decodeError(failure: Failure, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  return decodeFailure({ ...failure, body: hidden(failure.body) }, target, lines)
}

/** Names a failure that came inside a stream, or a body, that began with success. */
export function decodeInnerError(body: unknown, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  return decodeFailureInside(hidden(body), target, lines)
}

/** Makes the error of a body that is none of this dialect. */
export function malformed({ provider }: Pick<Target<unknown>, 'provider'>): GatewayError {
  return new GatewayError('invalid_response', `${provider}: the answer is not JSON, or lacks a field.`, { provider })
}

/** A call that could not be read is quoted: it is part of the answer, and none of an error's business. */
function hidden(body: unknown): unknown {
  if (typeof body === 'string') return body.replace(/raw='.*'(?=, err)/s, 'raw=(hidden)')
  return isFields(body)
    ? { ...body, error: typeof body['error'] === 'string' ? hidden(body['error']) : body['error'] }
    : body
}
