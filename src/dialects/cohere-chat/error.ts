import { GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { decodeFailure, decodeFailureInside, type FailureLine } from '../failure.ts'
import { isFields } from '../fields.ts'

/**
 * Cohere tells little but a status and a sentence.
 * @see https://docs.cohere.com/reference/errors
 */
// biome-ignore format: a table
const lines: readonly FailureLine[] = [
  // The model wrote a call that fits no tool. Asked again, it mostly writes one that does.
  ['invalid_response', /INVALID_TOOL_GENERATION|HALLUCINATED_ALL_TOOL_CALLS/],
  // This too begins with "too many tokens", and no larger window helps.
  ['invalid_request', /max tokens must be/i],
  // "Blocked input or output" here; elsewhere 498 means a full tier.
  ['content_filtered', /(?:)/, 498],
  ['unsupported', /(?:)/, 501],
]

/** Names a failure. */
export function decodeError(failure: Failure, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  return decodeFailure({ ...failure, body: named(failure.body) }, target, lines)
}

/** Names a failure that came inside a stream or a body that began with success. */
export function decodeInnerError(body: unknown, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  // What is for a status does not count where there is none.
  return decodeFailureInside(
    named(body),
    target,
    lines.filter(({ length }) => length === 2),
  )
}

/**
 * Names the failure that ended an answer; undefined where the model has only written a call that fits no tool: then what
 * came before counts all the same.
 */
export function decodeFinalError(error: unknown, target: Pick<Target<unknown>, 'provider'>): GatewayError | undefined {
  if (typeof error !== 'string' || error === '' || lines[0]![1].test(error)) return undefined
  return decodeInnerError({ message: error }, target)
}

/** Writes an error for an application. */
export function encodeError({ message, requestId }: GatewayError): unknown {
  return { ...(requestId !== undefined && { id: requestId }), message }
}

/** Makes the error of a body that is none of this dialect. */
export function malformed({ provider }: Pick<Target<unknown>, 'provider'>): GatewayError {
  return new GatewayError('invalid_response', `${provider}: the answer is not JSON, or lacks a field.`, { provider })
}

/** The id of a failed request is called just that. */
function named(body: unknown): unknown {
  return isFields(body) ? { ...body, request_id: body['id'] } : body
}
