import { GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { contextWindowWording, type FailureRule, failureError } from '../failure.ts'
import { type Fields, isFields } from '../fields.ts'

type Provider = Pick<Target<unknown>, 'provider'>

/** What AWS says in words; most of it comes under the name of `ValidationException`. */
// biome-ignore format: a table
const rules: readonly FailureRule[] = [
  // "Too many tokens, please wait before trying again" is a limit of tokens a minute or a day.
  { code: ['ThrottlingException', 'TooManyRequestsException', 'ServiceQuotaExceededException'], is: 'rate_limited' },
  { code: 'ModelNotReadyException', is: 'provider_overloaded' },
  { status: 400, message: contextWindowWording, is: 'context_window_exceeded' },
  { status: 400, message: /input tokens exceed|tokens exceeds maximum length|input is too long/i, is: 'context_window_exceeded' },
  { code: 'ValidationException', message: /model (id|identifier)\b.{0,40}\binvalid|invalid model|on-demand throughput isn/i, is: 'model_not_found' },
  { code: 'ValidationException', message: /content (filter|policy)|blocked by|guardrail.*(intervened|blocked)/i, is: 'content_filtered' },
  // Access is granted by model: the key may serve others.
  { code: 'AccessDeniedException', message: /access to the model|model access|marketplace/i, is: 'model_not_found' },
  { status: 403, message: /security token|signature|bearer token|api key|expired/i, is: 'authentication_failed' },
  {
    code: [
      'UnrecognizedClientException', 'ExpiredTokenException', 'ExpiredToken', 'InvalidSignatureException', 'IncompleteSignatureException',
      'InvalidClientTokenId', 'MissingAuthenticationTokenException', 'MissingAuthenticationToken', 'SignatureDoesNotMatch',
    ],
    is: 'authentication_failed',
  },
  { code: 'ModelTimeoutException', is: 'timed_out' },
  { code: ['ModelErrorException', 'ModelStreamErrorException', 'InternalServerException'], is: 'provider_unavailable' },
  { code: 'ServiceUnavailableException', is: 'provider_overloaded' },
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
  InternalServerException: 500,
  ServiceUnavailableException: 503,
}

/** Names a failed exchange. */
export function decodeError(failure: Failure, target: Provider): GatewayError {
  const body: Fields = isFields(failure.body) ? failure.body : {}
  const message = body['message'] ?? body['Message']
  return failureError(failure, target, rules, {
    message: typeof message === 'string' ? message : undefined,
    codes: [exceptionOf(body) ?? bareName(failure.header('x-amzn-errortype'))],
    requestId: failure.header('x-amzn-requestid'),
  })
}

/** Names an exception that came inside a stream or a body that began with success. */
export function decodeInnerError(body: Fields, target: Provider): GatewayError {
  const status = statuses[exceptionOf(body) ?? ''] ?? 500
  return decodeError({ status, header: () => undefined, body, now: 0 }, target)
}

/** The name of the exception that a body is; undefined for one that is none. */
export function exceptionOf({ __type, code }: Fields): string | undefined {
  return bareName(__type ?? code)
}

/** Makes the error of a body that is none of this dialect. */
export function malformed({ provider }: Provider): GatewayError {
  return new GatewayError('invalid_response', `${provider}: the answer is not JSON, or lacks a field.`, { provider })
}

/**
 * The name of an exception without its namespace before a `#` or the address behind a `:`. Inside a stream it begins
 * with a small letter.
 */
function bareName(name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return undefined
  const bare = name.replace(/^.*#/, '').replace(/:.*$/, '')
  return bare.charAt(0).toUpperCase() + bare.slice(1)
}
