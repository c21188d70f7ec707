import { expect, test } from 'vitest'
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts'
import { type ErrorCode, errorTraits, GatewayError } from '../../../src/errors.ts'

function decode(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): GatewayError {
  return anthropicMessages.upstream.error(
    { status, header: (name) => headers[name], body, now: 0 },
    { provider: 'anthropic', model: 'claude', quirks: {} },
  )
}

const body = (type: string, message: string) => ({ type: 'error', error: { type, message }, request_id: 'req_1' })

test.each<[ErrorCode, number, string, string]>([
  ['authentication_failed', 401, 'authentication_error', 'invalid x-api-key'],
  ['quota_exhausted', 402, 'billing_error', 'Pay.'],
  ['permission_denied', 403, 'permission_error', 'No.'],
  ['model_not_found', 404, 'not_found_error', 'model: claude-sonet-4-5'],
  ['invalid_request', 404, 'not_found_error', 'File not found: file_1'],
  ['request_too_large', 413, 'request_too_large', 'Request exceeds the maximum size'],
  [
    'rate_limited',
    429,
    'rate_limit_error',
    'This request would exceed your rate limit of 50,000 input tokens per minute.',
  ],
  ['provider_unavailable', 500, 'api_error', 'Internal server error'],
  ['timed_out', 504, 'timeout_error', 'Late.'],
  ['provider_overloaded', 529, 'overloaded_error', 'Overloaded'],
  ['provider_overloaded', 500, 'overloaded_error', 'Overloaded'],
  ['invalid_request', 400, 'invalid_request_error', 'messages.0: Input does not match the expected shape.'],
  [
    'invalid_request',
    400,
    'invalid_request_error',
    'max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens',
  ],
  ['context_window_exceeded', 400, 'invalid_request_error', 'prompt is too long: 3333404 tokens > 200000 maximum'],
  [
    'context_window_exceeded',
    400,
    'invalid_request_error',
    'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000',
  ],
  ['quota_exhausted', 400, 'invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'],
  [
    'quota_exhausted',
    400,
    'invalid_request_error',
    'You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.',
  ],
  ['permission_denied', 400, 'invalid_request_error', 'This organization has been disabled.'],
  ['content_filtered', 400, 'invalid_request_error', 'Output blocked by content filtering policy'],
])('%s: %d %s "%s"', (code, status, type, message) => {
  expect(decode(status, body(type, message))).toMatchObject({
    code,
    message: `anthropic: ${message}`,
    requestId: 'req_1',
    cause: { status },
  })
})

test('retry-after and the request id are read from the headers', () => {
  expect(decode(429, body('rate_limit_error', 'Slow.'), { 'retry-after': '1.5' })).toMatchObject({ retryAfter: 1500 })
  expect(decode(500, 'oops', { 'request-id': 'req_2' })).toMatchObject({ requestId: 'req_2' })
})

test('bodies without the usual wrapping are read too', () => {
  expect(decode(401, { error: 'Unauthorized' })).toMatchObject({
    code: 'authentication_failed',
    message: 'anthropic: Unauthorized',
  })
  expect(decode(400, { message: 'prompt is too long' })).toMatchObject({ code: 'context_window_exceeded' })
  expect(decode(502, '<html><title>Bad gateway</title></html>')).toMatchObject({ code: 'provider_unavailable' })
  expect(decode(529, undefined)).toMatchObject({ code: 'provider_overloaded' })
})

test('an application is told an error in Anthropic’s shape, with its type for the status', () => {
  const error = anthropicMessages.downstream!.error
  expect(error(new GatewayError('rate_limited', 'Slow.', { requestId: 'r' }))).toEqual({
    type: 'error',
    error: { type: 'rate_limit_error', message: 'Slow.' },
    request_id: 'r',
  })
  const typeOf = (code: ErrorCode): unknown =>
    (error(new GatewayError(code, '')) as { error: { type: string } }).error.type
  const byStatus: Readonly<Record<number, string>> = {
    400: 'invalid_request_error',
    401: 'authentication_error',
    402: 'billing_error',
    403: 'permission_error',
    404: 'not_found_error',
    413: 'request_too_large',
    429: 'rate_limit_error',
    499: 'invalid_request_error',
    500: 'api_error',
    502: 'api_error',
    503: 'overloaded_error',
    504: 'timeout_error',
  }
  for (const code of Object.keys(errorTraits) as ErrorCode[])
    expect(typeOf(code)).toBe(byStatus[errorTraits[code].status])
})
