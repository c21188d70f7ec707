import { GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { decodeFailure, decodeFailureInside, type FailureLine } from '../failure.ts'

export { encodeError } from '../openai-error.ts'

type Source = Pick<Target<unknown>, 'provider'>

const own: readonly FailureLine[] = [
  // What it refers to is not there: no other deployment would have it either.
  ['invalid_request', /previous_response_not_found|\b(item|response|conversation|file|prompt)\b.*not found/i, 400, 404],
]

/** The HTTP statuses of the codes with which an answer fails that began with success. */
const statuses: Readonly<Record<string, number>> = {
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
  server_error: 500,
  vector_store_timeout: 504,
  image_too_large: 400,
  image_too_small: 400,
  image_parse_error: 400,
  image_file_too_large: 400,
  image_file_not_found: 400,
  image_content_policy_violation: 400,
  empty_image_file: 400,
  failed_to_download_image: 400,
}

/** Names a failed exchange. */
export function decodeError(failure: Failure, target: Source): GatewayError {
  return decodeFailure(failure, target, own)
}

/** Names a failure that came inside a 200: an event, or an answer that failed. */
export function decodeInnerError(body: unknown, target: Source): GatewayError {
  return decodeFailureInside(body, target, own, statuses)
}

/** Makes the error of a body that is none of this dialect. */
export function malformed({ provider }: Source): GatewayError {
  return new GatewayError('invalid_response', `${provider}: the answer is not JSON, or lacks a field.`, { provider })
}
