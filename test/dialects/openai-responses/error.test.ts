import { expect, test } from 'vitest'
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts'
import { type ErrorCode, GatewayError } from '../../../src/errors.ts'
import { loadRecordings, recordingsPresent, recordingsTitle, replay } from '../../recordings/recordings.ts'

const { upstream } = openaiResponses
const target = { provider: 'test', model: 'm', quirks: {} }

function named(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): GatewayError {
  return upstream.error({ status, header: (name) => headers[name], body, now: 0 }, target)
}

const error = (code: string | null, message: string, type = 'invalid_request_error') => ({
  error: { message, type, param: null, code },
})

test.each<[status: number, body: unknown, code: ErrorCode]>([
  [400, error('context_length_exceeded', 'Your input exceeds the context window.'), 'context_window_exceeded'],
  [400, error(null, 'This model’s maximum context length is 8192 tokens.'), 'context_window_exceeded'],
  [400, error('model_not_found', 'The requested model does not exist.'), 'model_not_found'],
  [401, error('invalid_api_key', 'Incorrect API key provided: sk-1.'), 'authentication_failed'],
  [400, { code: 'invalid-argument', error: 'Incorrect API key provided.' }, 'authentication_failed'],
  [403, { detail: 'Forbidden' }, 'permission_denied'],
  [404, error('previous_response_not_found', 'Previous response not found.'), 'invalid_request'],
  [404, error(null, "Item with id 'rs_1' not found."), 'invalid_request'],
  [429, error('rate_limit_exceeded', 'Rate limit reached.', 'tokens'), 'rate_limited'],
  [429, error('insufficient_quota', 'You exceeded your current quota.', 'insufficient_quota'), 'quota_exhausted'],
  [400, error('content_policy_violation', 'Rejected by the safety system.'), 'content_filtered'],
  [400, error('invalid_value', 'Invalid value.'), 'invalid_request'],
  [500, error('server_error', 'Sorry.', 'server_error'), 'provider_unavailable'],
  [503, error(null, 'The model is overloaded.', 'server_error'), 'provider_overloaded'],
  [502, '<html><title>Bad gateway</title></html>', 'provider_unavailable'],
])('%i %j is %s', (status, body, code) => {
  expect(named(status, body)).toMatchObject({ code, cause: { status } })
})

test('a wrong key is not repeated', () => {
  expect(named(401, error('invalid_api_key', 'Incorrect API key provided: short. Find it there.')).message).toBe(
    'test: Incorrect API key provided: [key]. Find it there.',
  )
})

test('the wait is read of the headers, or else of the words', () => {
  const limited = error('rate_limit_exceeded', 'Rate limit reached. Please try again in 1.5s.')
  expect(named(429, limited, { 'retry-after': '3' }).retryAfter).toBe(3000)
  expect(named(429, limited).retryAfter).toBe(1500)
})

test.each<[code: ErrorCode, type: string, word: string]>([
  ['authentication_failed', 'authentication_error', 'invalid_api_key'],
  ['rate_limited', 'rate_limit_error', 'rate_limit_exceeded'],
  ['budget_exceeded', 'insufficient_quota', 'budget_exceeded'],
  ['context_window_exceeded', 'invalid_request_error', 'context_length_exceeded'],
  ['provider_unavailable', 'server_error', 'provider_unavailable'],
])('an application is told %s as %s', (code, type, word) => {
  expect(openaiResponses.downstream!.error(new GatewayError(code, 'No.'))).toEqual({
    error: { message: 'No.', type, param: null, code: word },
  })
})

test.skipIf(!recordingsPresent)(recordingsTitle('every recorded failure has a message and its code'), () => {
  const codes: Readonly<Record<string, ErrorCode>> = {
    error_401: 'authentication_failed',
    error_429: 'rate_limited',
    error_context_length: 'context_window_exceeded',
  }
  const failures = loadRecordings('openai-responses').filter(({ response }) => response.status >= 400)
  expect(failures.length).toBeGreaterThan(15)
  for (const recording of failures) {
    const { error } = replay(openaiResponses, recording, {})
    expect(error?.message, recording.id).not.toContain('undefined')
    const code = codes[recording.kind]
    if (code) expect(error?.code, recording.id).toBe(code)
  }
})
