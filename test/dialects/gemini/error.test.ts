import { expect, test } from 'vitest'
import { gemini } from '../../../src/dialects/gemini/index.ts'
import type { GatewayError } from '../../../src/errors.ts'

function name(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): GatewayError {
  return gemini.upstream.error(
    { status, header: (name) => headers[name], body, now: 0 },
    { provider: 'google', model: 'm', quirks: {} },
  )
}

function failure(message: string, status: string, ...details: readonly object[]): object {
  return { error: { code: 400, message, status, details } }
}

const info = (reason: string): object => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason })
const quota = (quotaId: string): object => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId }],
})

test.each([
  [
    400,
    failure('API key not valid. Please pass a valid API key.', 'INVALID_ARGUMENT', info('API_KEY_INVALID')),
    'authentication_failed',
  ],
  [400, failure('API key expired. Please renew the API key.', 'INVALID_ARGUMENT'), 'authentication_failed'],
  [403, failure("Method doesn't allow unregistered callers.", 'PERMISSION_DENIED'), 'authentication_failed'],
  [403, failure('Your API key was reported as leaked.', 'PERMISSION_DENIED'), 'authentication_failed'],
  [401, failure('Request had invalid authentication credentials.', 'UNAUTHENTICATED'), 'authentication_failed'],
  [
    403,
    failure('Generative Language API has not been used in project 1.', 'PERMISSION_DENIED', info('SERVICE_DISABLED')),
    'permission_denied',
  ],
  [403, failure('This API method requires billing.', 'PERMISSION_DENIED', info('BILLING_DISABLED')), 'quota_exhausted'],
  [400, failure('User location is not supported for the API use.', 'FAILED_PRECONDITION'), 'permission_denied'],
  [404, failure('models/nope is not found for API version v1beta.', 'NOT_FOUND'), 'model_not_found'],
  [400, failure('GenerateContentRequest.model: unexpected model name format', 'INVALID_ARGUMENT'), 'model_not_found'],
  [
    400,
    failure(
      'The input token count (1250074) exceeds the maximum number of tokens allowed (1048576).',
      'INVALID_ARGUMENT',
    ),
    'context_window_exceeded',
  ],
  [400, failure('Request payload size exceeds the limit: 20971520 bytes.', 'INVALID_ARGUMENT'), 'request_too_large'],
  [400, failure('The request was blocked by the safety filters.', 'INVALID_ARGUMENT'), 'content_filtered'],
  [400, failure('JSON mode is not enabled for models/x', 'INVALID_ARGUMENT'), 'invalid_request'],
  [429, failure('Resource has been exhausted (e.g. check quota).', 'RESOURCE_EXHAUSTED'), 'rate_limited'],
  [
    429,
    failure(
      'You exceeded your current quota, please check your plan and billing details.',
      'RESOURCE_EXHAUSTED',
      quota('GenerateContentPaidTierInputTokensPerModelPerMinute'),
    ),
    'rate_limited',
  ],
  [
    429,
    failure(
      'You exceeded your current quota, please check your plan and billing details.',
      'RESOURCE_EXHAUSTED',
      quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier'),
    ),
    'quota_exhausted',
  ],
  [429, failure('Quota exceeded for metric: free_tier_requests, limit: 0', 'RESOURCE_EXHAUSTED'), 'quota_exhausted'],
  [429, failure('Your prepayment credits are depleted.', 'RESOURCE_EXHAUSTED'), 'quota_exhausted'],
  [499, failure('The operation was cancelled.', 'CANCELLED'), 'provider_unavailable'],
  [500, failure('An internal error has occurred.', 'INTERNAL'), 'provider_unavailable'],
  [503, failure('The model is overloaded.', 'UNAVAILABLE'), 'provider_overloaded'],
  [504, failure('Deadline expired.', 'DEADLINE_EXCEEDED'), 'timed_out'],
  [502, '<html><title>Bad Gateway</title></html>', 'provider_unavailable'],
] as const)('%i %j is %s', (status, body, code) => {
  expect(name(status, body)).toMatchObject({ code, provider: 'google', cause: { status } })
})

test('how long to wait comes from the details, the message or the header', () => {
  const retryInfo = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '48s' }
  expect(name(429, failure('Slow.', 'RESOURCE_EXHAUSTED', retryInfo)).retryAfter).toBe(48_000)
  expect(name(429, failure('Please retry in 1m2.5s.', 'RESOURCE_EXHAUSTED')).retryAfter).toBe(62_500)
  expect(name(429, failure('Slow.', 'RESOURCE_EXHAUSTED'), { 'retry-after': '3' }).retryAfter).toBe(3000)
})

test('an error within an array, as a text, or of OAuth has its message', () => {
  expect(name(404, [failure('models/nope is not found.', 'NOT_FOUND')]).message).toBe(
    'google: models/nope is not found.',
  )
  expect(name(401, { error: 'invalid_grant' }).message).toBe('google: invalid_grant')
  expect(name(500, 'upstream connect error').message).toBe('google: upstream connect error')
  expect(name(500, null).message).toBe('google: HTTP 500 without a message.')
})
