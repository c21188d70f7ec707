import { GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { decodeFailure, decodeFailureInside, type FailureLine } from '../failure.ts'
import type { Fields } from '../fields.ts'

type Provider = Pick<Target<unknown>, 'provider'>

/**
 * What AWS calls its failures. The name stands in a header, in the body, or in a frame.
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html#API_runtime_Converse_Errors
 */
// biome-ignore format: a table
const lines: readonly FailureLine[] = [
  // "Too many tokens" is a limit of tokens a minute or a day here, and a quota of AWS is not about money.
  ['rate_limited', /(Throttling|TooManyRequests|ServiceQuotaExceeded)Exception/],
  ['provider_overloaded', /ModelNotReadyException/],
  // Access is granted by model: the key may serve others.
  ['model_not_found', /model access|marketplace/i, 403],
  ['authentication_failed', /(UnrecognizedClient|ExpiredToken|InvalidSignature|IncompleteSignature|MissingAuthenticationToken)|SignatureDoesNotMatch|InvalidClientTokenId|bearer token|api key/i, 403],
  ['content_filtered', /blocked by|guardrail.{0,40}(intervened|blocked)/i, 400],
]

/** The status that an exception inside a stream would have had as an answer. */
const statuses: Readonly<Record<string, number>> = {
  ValidationException: 400,
  ServiceQuotaExceededException: 400,
  AccessDeniedException: 403,
  ResourceNotFoundException: 404,
  UnknownOperationException: 404,
  ModelTimeoutException: 408,
  ModelErrorException: 424,
  ModelStreamErrorException: 424,
  ThrottlingException: 429,
  ModelNotReadyException: 429,
  ServiceUnavailableException: 503,
}

/** Names a failed exchange. */
export function decodeError(failure: Failure, target: Provider): GatewayError {
  return decodeFailure(failure, target, lines)
}

/** Names an exception that came inside a stream or a body that began with success. */
export function decodeInnerError(body: Fields, target: Provider): GatewayError {
  const name = exceptionOf(body) ?? ''
  return decodeFailureInside({ ...body, __type: name, code: statuses[name] ?? 500 }, target, lines)
}

/**
 * The name of the exception that a body is, without its namespace before a `#` or the address behind a `:`; undefined
 * for a body that is none. Inside a stream it begins with a small letter.
 */
export function exceptionOf({ __type, code }: Fields): string | undefined {
  const name = __type ?? code
  if (typeof name !== 'string' || name === '') return undefined
  const bare = name.replace(/^.*#/, '').replace(/:.*$/, '')
  return bare.charAt(0).toUpperCase() + bare.slice(1)
}

/** Makes the error of a body that is none of this dialect. */
export function malformed({ provider }: Provider): GatewayError {
  return new GatewayError('invalid_response', `${provider}: the answer is not JSON, or lacks a field.`, { provider })
}
