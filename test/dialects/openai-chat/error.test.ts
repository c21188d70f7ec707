import { expect, test } from 'vitest'
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts'
import { type ErrorCode, GatewayError } from '../../../src/errors.ts'

test.each<[number, unknown, ErrorCode]>([
  [401, { error: { message: 'Incorrect API key provided: sk-1.', code: 'invalid_api_key' } }, 'authentication_failed'],
  [
    400,
    { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: xai-1.' },
    'authentication_failed',
  ],
  [429, { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } }, 'quota_exhausted'],
  [402, { error: { message: 'Insufficient Balance' } }, 'quota_exhausted'],
  [429, { error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' } }, 'rate_limited'],
  [413, { error: { message: 'Request too large on tokens per minute', code: 'rate_limit_exceeded' } }, 'rate_limited'],
  [413, 'Too large', 'request_too_large'],
  [404, { error: { message: 'The model `x` does not exist', code: 'model_not_found' } }, 'model_not_found'],
  [
    400,
    { error: { message: 'The model `x` has been decommissioned', code: 'model_decommissioned' } },
    'model_not_found',
  ],
  [400, { error: { message: 'x is not a valid model ID', code: 400 } }, 'model_not_found'],
  [400, { error: { message: "This model's maximum context length is 10 tokens." } }, 'context_window_exceeded'],
  [400, { error: { message: 'too big', type: 'exceed_context_size_error' } }, 'context_window_exceeded'],
  [400, { error: { message: 'Filtered.', code: 'content_filter' } }, 'content_filtered'],
  [
    403,
    { error: { message: 'Error', metadata: { raw: '{"error":"Content violates usage guidelines."}' } } },
    'content_filtered',
  ],
  [400, { error: { message: 'bad call', code: 'tool_use_failed' } }, 'invalid_response'],
  [
    429,
    { error: { message: 'The engine is currently overloaded', type: 'engine_overloaded_error' } },
    'provider_overloaded',
  ],
  [500, { error: { message: 'oops' } }, 'provider_unavailable'],
  [503, 'no capacity', 'provider_overloaded'],
  [
    422,
    { detail: [{ loc: ['body', 'seed'], msg: 'Extra inputs are not permitted', input: 'secret' }] },
    'invalid_request',
  ],
])('%d %j is %s', (status, body, code) => {
  const error = decode(status, body)
  expect(error.code).toBe(code)
  expect(error.cause).toMatchObject({ status })
  expect(`${error.message}${JSON.stringify(error)}`).not.toMatch(/secret|sk-1|xai-1/)
})

test("OpenRouter's upstream message is told, and the moment from which it takes requests again", () => {
  const error = decode(429, {
    error: {
      message: 'Provider returned error',
      code: 429,
      metadata: { raw: 'slow down upstream', headers: { 'X-RateLimit-Reset': '1800000061000' } },
    },
  })
  expect(error.message).toBe('test: Provider returned error: slow down upstream')
  expect(error.retryAfter).toBe(60_000)
})

test('a wait in the headers comes before one in the words', () => {
  const body = { error: { message: 'Please try again in 1m2s.' } }
  expect(decode(429, body).retryAfter).toBe(62_000)
  expect(decode(429, body, { 'retry-after': '3' }).retryAfter).toBe(3000)
})

test.each<[ErrorCode, string, string]>([
  ['invalid_request', 'invalid_request_error', 'invalid_request'],
  ['unauthorized', 'authentication_error', 'invalid_api_key'],
  ['context_window_exceeded', 'invalid_request_error', 'context_length_exceeded'],
  ['rate_limited', 'rate_limit_error', 'rate_limit_exceeded'],
  ['provider_unavailable', 'server_error', 'provider_unavailable'],
])('%s is told in the words of OpenAI', (code, type, word) => {
  const expected = { error: { message: 'Why.', type, param: null, code: word } }
  expect(openaiChat.downstream?.error(new GatewayError(code, 'Why.'))).toEqual(expected)
})

function decode(status: number, body: unknown, headers: Record<string, string> = {}): GatewayError {
  const failure = { status, header: (name: string) => headers[name], body, now: 1_800_000_001_000 }
  return openaiChat.upstream.error(failure, { provider: 'test', model: 'm', quirks: {} })
}
