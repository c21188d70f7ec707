import type { ErrorCode, GatewayError } from '../errors.ts'

export { decodeFailure as decodeError, decodeFailureInside as decodeErrorInside } from './failure.ts'

/** The body of an error response, such that OpenAI's SDKs read it. */
export function encodeError({ code, status, message }: GatewayError): unknown {
  const type = types[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error')
  return { error: { message, type, param: null, code: words[code] ?? code } }
}

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
