import { errorTraits, GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { contextWindowWording, type FailureRule, failureError } from '../failure.ts'
import { type Fields, isFields } from '../fields.ts'

// biome-ignore format: a table
const rules: readonly FailureRule[] = [
  { message: contextWindowWording, is: 'context_window_exceeded' },
  { message: /does not support (tools|thinking|insert|chat|completion|image|vision)|is not supported for this model/i, is: 'unsupported' },
  { message: /model .{0,200}not found|try pulling it first/i, is: 'model_not_found' },
  // The model wrote a call that is none.
  { message: /error parsing tool call/i, is: 'invalid_response' },
  { message: /server busy|pending requests exceeded/i, is: 'provider_overloaded' },
]

/** Names a failure: `{ "error": "…" }`, mostly. */
export function decodeError(failure: Failure, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const body: Fields = isFields(failure.body) ? failure.body : {}
  const { error = body['message'] } = body
  const said = isFields(error) ? error['message'] : error
  return failureError(failure, target, rules, {
    // A call that could not be read is quoted: it is part of the answer.
    message: typeof said === 'string' ? said.replace(/raw='.*'(?=, err)/s, 'raw=(hidden)') : undefined,
  })
}

/** Names a failure that came inside a stream, or a body, that began with success. It may tell its status. */
export function decodeInnerError(body: Fields, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const told = Number(body['status_code'] ?? body['StatusCode'])
  const failure = { status: told >= 400 && told < 600 ? told : 500, header: () => undefined, body, now: 0 }
  const { code } = decodeError(failure, target)
  return told ? decodeError(failure, target) : decodeError({ ...failure, status: errorTraits[code].status }, target)
}

/** Makes the error of a body that is none of this dialect. */
export function malformed({ provider }: Pick<Target<unknown>, 'provider'>): GatewayError {
  return new GatewayError('invalid_response', `${provider}: the answer is not JSON, or lacks a field.`, { provider })
}
