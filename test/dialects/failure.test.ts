import { expect, test } from 'vitest'
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts'
import type { Failure } from '../../src/dialects/dialect.ts'
import { decodeFailure, decodeFailureInside } from '../../src/dialects/failure.ts'
import { gemini } from '../../src/dialects/gemini/index.ts'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import type { ErrorCode, GatewayError } from '../../src/errors.ts'

const now = Date.UTC(2026, 0, 1)
const target = { provider: 'test', model: 'm', quirks: {} }
const dialects = {
  openai: openaiChat.upstream.error,
  anthropic: anthropicMessages.upstream.error,
  gemini: gemini.upstream.error,
  other: decodeFailure,
}

type Headers = Readonly<Record<string, string>>

function decode(status: number, body: unknown, headers: Headers = {}, dialect: keyof typeof dialects = 'other') {
  const failure: Failure = { status, header: (name) => headers[name], body, now }
  return dialects[dialect](failure, target)
}

const google = (status: string, message: string, ...details: readonly object[]) => ({
  error: { code: 400, message, status, details },
})
const anthropic = (type: string, message: string) => ({ type: 'error', error: { type, message } })

test.each<[ErrorCode, number, unknown, (keyof typeof dialects)?]>([
  // Where the error is, and what it is called.
  ['content_filtered', 400, { error: { code: 'content_filter', message: 'No.' } }, 'openai'],
  ['content_filtered', 400, { error: { error: { message: 'Flagged as unsafe' } } }, 'openai'],
  [
    'content_filtered',
    403,
    { error: { message: 'Error', metadata: { raw: '{"error":"violates usage guidelines"}' } } },
  ],
  ['content_filtered', 400, { error: { innererror: { code: 'ResponsibleAIPolicyViolation' } } }],
  ['authentication_failed', 400, { code: 'invalid-argument', error: 'Incorrect API key provided.' }, 'openai'],
  ['authentication_failed', 400, google('INVALID_ARGUMENT', 'No.', { reason: 'API_KEY_INVALID' }), 'gemini'],
  ['authentication_failed', 401, { detail: 'Invalid API Key' }],
  ['authentication_failed', 401, { error: { code: '401', message: 'Access denied.' } }],
  ['authentication_failed', 403, { __type: 'X#Y', message: 'The security token included in the request is expired' }],
  ['authentication_failed', 403, { Message: 'The request signature we calculated does not match' }],
  ['permission_denied', 403, { message: 'You are not authorized.' }],
  ['permission_denied', 400, google('FAILED_PRECONDITION', 'User location is not supported for the API use.')],
  ['model_not_found', 400, { error: { message: 'x is not a valid model ID', code: 400 } }],
  ['model_not_found', 400, { error: { message: 'Invalid model: x', type: 'invalid_model', code: '1500' } }],
  ['model_not_found', 400, { error: { code: '1211', message: 'Unknown Model, please check the model code.' } }],
  ['model_not_found', 400, { error: { message: 'Model Not Exist' } }],
  ['model_not_found', 400, { message: 'The provided model identifier is invalid.' }],
  ['model_not_found', 403, { message: "You don't have access to the model with the specified model ID." }],
  [
    'model_not_found',
    403,
    { error: { message: 'Project p does not have access to model `x`', code: 'model_not_found' } },
  ],
  ['model_not_found', 404, { error: "model 'x' not found" }],
  ['model_not_found', 404, { error: { code: 'DeploymentNotFound', message: 'Just made? Then please wait a moment.' } }],
  ['invalid_request', 404, anthropic('not_found_error', 'File not found: file_1'), 'anthropic'],
  ['invalid_request', 400, { object: 'error', message: { detail: [{ loc: ['body', 'n'], msg: 'Too small' }] } }],
  ['invalid_request', 400, { error: { message: 'Invalid `signature` in `thinking` block' } }],
  ['invalid_request', 400, { error: { code: 'previous_response_not_found', message: "Response 'r' not found." } }],
  ['request_too_large', 400, google('INVALID_ARGUMENT', 'Request payload size exceeds the limit')],
  ['invalid_response', 400, { error: { message: 'Failed', code: 'tool_use_failed' } }, 'openai'],
  ['provider_unavailable', 424, { message: 'The model failed.' }],
  ['provider_unavailable', 502, '<html><head><title>502 Bad Gateway</title></head></html>'],
  ['provider_unavailable', 500, ''],
  ['provider_overloaded', 529, undefined],

  // Quota or rate.
  ['quota_exhausted', 429, { error: { type: 'insufficient_quota', message: 'You exceeded your current quota' } }],
  ['quota_exhausted', 429, { error: { message: 'You exceeded your current quota' } }],
  ['quota_exhausted', 401, { error: { type: 'insufficient_quota', message: 'Buy more.' } }],
  ['quota_exhausted', 400, anthropic('invalid_request_error', 'Your credit balance is too low'), 'anthropic'],
  ['quota_exhausted', 403, { code: 'x', error: 'Your team has used all available credits' }],
  ['quota_exhausted', 429, { message: 'You are using a Trial key, limited to 1000 API calls / month' }],
  [
    'quota_exhausted',
    429,
    [google('RESOURCE_EXHAUSTED', 'Quota', { violations: [{ quotaId: 'RequestsPerDay-Free' }] })],
  ],
  ['rate_limited', 429, [google('RESOURCE_EXHAUSTED', 'You exceeded your current quota, check plan and billing.')]],
  [
    'rate_limited',
    429,
    google('RESOURCE_EXHAUSTED', 'Quota', { violations: [{ quotaId: 'TokensPerMinute' }] }),
    'gemini',
  ],
  [
    'rate_limited',
    429,
    anthropic('rate_limit_error', 'This would exceed 50,000 input tokens per minute.'),
    'anthropic',
  ],
  ['rate_limited', 429, { message: 'Too many tokens, please wait before trying again.' }],
  ['rate_limited', 413, { error: { code: 'rate_limit_exceeded', message: 'Request too large: tokens per minute' } }],
  ['rate_limited', 400, { __type: 'ThrottlingException' }],
  ['rate_limited', 429, { error: { message: 'Rate limit exceeded: free-models-per-day. Add 10 credits.' } }],
  ['permission_denied', 403, { message: 'The request was blocked by an IP rule.' }],
  ['unsupported', 501, { error: { message: 'This server has no embeddings.' } }],
  ['rate_limited', 429, { error: { code: 'RateLimitReached', message: 'Slow.', details: 'Slow.' } }],
  [
    'provider_overloaded',
    429,
    { error: { message: 'The engine is currently overloaded', type: 'engine_overloaded_error' } },
  ],
  ['provider_overloaded', 429, { message: 'Service tier capacity exceeded for this model.' }],
  ['provider_overloaded', 500, anthropic('overloaded_error', 'Overloaded'), 'anthropic'],
])('%s: %d %j', (code, status, body, dialect) => {
  const error = decode(status, body, {}, dialect)
  expect(error.code).toBe(code)
  expect(error.cause).toMatchObject({ status })
})

test.each([
  ['Anthropic', 'prompt is too long: 3 tokens > 2 maximum'],
  ['Anthropic, with the output', 'input length and `max_tokens` exceed context limit: 3 + 2 > 4'],
  ['OpenAI', "This model's maximum context length is 4 tokens."],
  ['OpenAI, Responses', 'Your input exceeds the context window of this model.'],
  ['Bedrock', 'Input is too long for requested model.'],
  ['Bedrock, Nova', 'Input Tokens Exceeded: Number of input tokens exceeds maximum length.'],
  ['Cohere', 'too many tokens: total number of tokens in the prompt cannot exceed 4'],
  ['Vertex and Gemini', 'The input token count (5) exceeds the maximum number of tokens allowed (4).'],
  ['Copilot', 'prompt token count of 5 exceeds the limit of 4'],
  ['DeepSeek, OpenRouter', 'maximum context length is 4 tokens. Please reduce the length of the messages.'],
  ['Groq', 'Please reduce the length of the messages or completion.'],
  ['llama.cpp', 'request (5 tokens) exceeds the available context size (4 tokens), try increasing it'],
  ['Ollama', 'prompt too long; exceeded max context length by 1 tokens'],
  ['LM Studio', 'The number of tokens to keep is greater than the context length'],
  ['xAI', "This model's maximum prompt length is 4 but the request contains 5 tokens"],
  ['Perplexity', 'Input or output tokens must be reduced'],
  ['Mistral', 'Prompt contains 5 tokens, too large for model with 4 maximum context length'],
  ['Moonshot', 'Your request exceeded model token limit: 4'],
  ['Together', "The input (5 tokens) is longer than the model's context length (4 tokens)."],
  ['MiniMax', 'invalid params, context window exceeds limit'],
  ['Qwen', 'Range of input length should be [1, 4]'],
  ['z.ai', 'Prompt exceeds max length'],
  ['vLLM', 'The decoder prompt (length 5) is longer than the maximum model length of 4.'],
  ['TGI', '`inputs` tokens + `max_new_tokens` must be <= 4'],
])('a context window that is exceeded is told from %s’s words', (_, message) => {
  for (const dialect of ['openai', 'anthropic', 'gemini'] as const) {
    expect(decode(400, { error: { message } }, {}, dialect).code).toBe('context_window_exceeded')
  }
  // With 429 it is the tokens of a minute that are meant, whatever the words.
  expect(decode(429, { error: { message } }).code).toBe('rate_limited')
})

test.each([
  'max_tokens: 100000 > 8192, which is the maximum allowed number of output tokens',
  'max_tokens exceeds the limit of 8192',
  'The maximum tokens you requested exceeds the model limit of 4096',
  "Unsupported parameter: 'max_tokens' is not supported with this model.",
])('too many output tokens are no matter of the context window: %s', (message) => {
  expect(decode(400, { error: { message } }).code).toBe('invalid_request')
})

test("Gemini's and Azure's 429 for a prompt larger than a minute's tokens is a rate limit: nothing tells it from one", () => {
  const body = google('RESOURCE_EXHAUSTED', 'Quota exceeded for metric: input_token_count, limit: 1000000')
  expect(decode(429, body, {}, 'gemini').code).toBe('rate_limited')
  expect(decode(429, { error: { code: 'RateLimitReached', message: 'Exceeded rate limit.' } }).code).toBe(
    'rate_limited',
  )
})

test.each<[ErrorCode, number, unknown]>([
  ['provider_unavailable', 502, { error: { code: 502, message: 'Upstream' } }],
  ['invalid_response', 400, { error: { code: 'tool_use_failed', status_code: 400 } }],
  ['rate_limited', 429, { error: { code: 'rate_limit_exceeded', message: 'Slow.' } }],
  ['quota_exhausted', 402, { type: 'error', code: 'insufficient_quota', message: 'Pay.' }],
  ['invalid_request', 400, { error: { type: 'invalid_request_error', message: 'No.' } }],
  ['invalid_request', 400, { error: { code: 'invalid_prompt', message: 'No.' } }],
  ['provider_unavailable', 500, { error: { type: 'server_error', message: 'Oops' } }],
  ['provider_overloaded', 529, { error: { type: 'overloaded_error', message: 'Overloaded' } }],
])('inside a 200 it is %s, and stands for %d: %j', (code, status, body) => {
  expect(decodeFailureInside(body, target, [], { overloaded_error: 529 })).toMatchObject({ code, cause: { status } })
})

test("a dialect's own line comes before those of all", () => {
  const failure = { status: 400, header: () => undefined, body: { message: 'prompt is too long' }, now }
  expect(decodeFailure(failure, target, [['unsupported', /too long/, 400]]).code).toBe('unsupported')
  expect(decodeFailure(failure, target, [['unsupported', /too long/, 404]]).code).toBe('context_window_exceeded')
})

test.each<[string, Headers, number | undefined]>([
  ['seconds', { 'retry-after': '2' }, 2000],
  ['fractions of seconds', { 'retry-after': '1.5' }, 1500],
  ['no time at all', { 'retry-after': '0' }, 0],
  ['milliseconds', { 'retry-after-ms': '1500', 'retry-after': '2' }, 1500],
  ['0 milliseconds beside a second', { 'retry-after-ms': '0', 'retry-after': '1' }, 1000],
  ['0 milliseconds alone', { 'retry-after-ms': '0' }, 0],
  ['an HTTP date', { 'retry-after': 'Thu, 01 Jan 2026 00:00:05 GMT' }, 5000],
  ['an HTTP date that has passed', { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
  ['a duration', { 'retry-after': '7m12s' }, 432_000],
  ['less than nothing', { 'retry-after': '-1' }, undefined],
  ['seconds that came twice', { 'retry-after': '7, 7' }, 7000],
  ['no number', { 'retry-after': 'soon', 'retry-after-ms': 'NaN' }, undefined],
  ['a limit used up: milliseconds', reset('-requests', '6ms'), 6],
  ['a limit used up: minutes', reset('-tokens', '7m12s'), 432_000],
  ['a limit used up: seconds', reset('-tokens-minute', '3.543672561'), 3544],
  ['a limit used up: a moment in milliseconds', reset('', String(now + 9000)), 9000],
  ['a limit used up: a moment in seconds', reset('', String(now / 1000 + 9)), 9000],
  ['a limit used up: a date', reset('-requests-day', '2026-01-01T00:00:10Z'), 10_000],
  ['the later of two', { ...reset('-tokens', '1ms'), ...reset('-requests', '20ms') }, 20],
  ['a limit with something left', { ...reset('-tokens', '1m'), 'x-ratelimit-remaining-tokens': '7' }, undefined],
  ['both: the wait that was asked for', { ...reset('-tokens', '1m'), 'retry-after': '3' }, 3000],
  ['nothing', {}, undefined],
])('headers say when to ask again: %s', (_, headers, wait) => {
  expect(decode(429, { error: { message: 'Slow.' } }, headers).retryAfter).toBe(wait)
})

test('what a limit has left is said of every answer, and means a wait only with 429', () => {
  expect(decode(400, {}, reset('-requests', '20s')).retryAfter).toBeUndefined()
})

test.each<[unknown, number | undefined]>([
  [google('RESOURCE_EXHAUSTED', 'Slow.', { retryDelay: '48.9s' }), 48_900],
  [google('RESOURCE_EXHAUSTED', 'Please retry in 1m2.5s.'), 62_500],
  [{ error: { message: 'Please try again in 6ms.' } }, 6],
  [{ error: { message: 'Please try again in 7m12s. Need more? Pay.' } }, 432_000],
  [{ error: { message: 'Please retry after 26 seconds.' } }, 26_000],
  [{ error: { message: 'Try again later.' } }, undefined],
  [{ error: { metadata: { headers: { 'X-RateLimit-Reset': String(now + 60_000) } } } }, 60_000],
  [{ error: { type: 'usage_limit_reached', resets_in_seconds: 90 } }, 90_000],
])('a body says when to ask again: %j', (body, wait) => {
  expect(decode(429, body).retryAfter).toBe(wait)
  expect(decode(429, body, { 'retry-after': '1' }).retryAfter).toBe(1000)
})

test.each([
  'Incorrect API key provided: sk-1. Look it up.',
  'Incorrect API key provided: abc-secret-value. Look it up.',
  'Wrong: sk-proj-secretsecret',
  'Wrong: gsk_secretsecret',
  'Wrong: AIzaSecretSecret',
  'Wrong: AKIASECRETSECRET',
  'Wrong: my-****cret',
  'Authorization was Bearer eyJsecret.value.secret',
  `Token: ${'secret'.repeat(20)}`,
])('no key is repeated: %s', (message) => {
  const { message: told, cause } = decode(401, { error: { message } })
  expect(`${told}${JSON.stringify(cause)}`).toContain('[key]')
  expect(`${told}${JSON.stringify(cause)}`).not.toMatch(/secret|sk-1|cret/i)
})

test('neither a prompt nor what the model wrote is repeated', () => {
  const body = {
    error: { message: 'No.', failed_generation: 'secret', param: 'secret', metadata: { flagged_input: 'secret' } },
    detail: [{ loc: ['body', 'seed'], msg: 'Extra', input: 'secret' }],
  }
  const error = decode(400, body)
  expect(error.message).toBe('test: No.: body.seed: Extra')
  expect(JSON.stringify(error)).not.toContain('secret')
})

test.each<[unknown, string]>([
  [{ error: { message: 'Same.', details: 'Same.' } }, 'Same.'],
  [
    { error: { message: 'Error', metadata: { raw: '{"error":{"message":"Upstream.","code":400}}' } } },
    'Error: Upstream.',
  ],
  [{ error: { message: '{"error":{"message":"Within."}}' } }, 'Within.'],
  [{ error: { message: '{broken' } }, '{broken'],
  [[{ error: { message: 'In a list.' } }], 'In a list.'],
  [{ errors: ['One.', { message: 'Two.' }] }, 'One.: Two.'],
  [{ error: 'invalid_grant', error_description: 'Expired.' }, 'invalid_grant: Expired.'],
  ['upstream connect error', 'upstream connect error'],
  ['<html><title>\n Bad gateway </title>', 'An HTML page, "Bad gateway", in place of an answer.'],
  ['  <p>', 'An HTML page in place of an answer.'],
  [null, 'HTTP 500 without a message.'],
  [{ error: null }, 'HTTP 500 without a message.'],
  [{ error: { message: 'x '.repeat(300) } }, `${'x '.repeat(250)}…`],
])('what is told of %j', (body, message) => {
  expect(decode(500, body).message).toBe(`test: ${message}`)
})

test('the id of a request is in the body or in a header', () => {
  const ids = [
    decode(500, { request_id: 'a' }, { 'x-request-id': 'b' }),
    ...['x-request-id', 'request-id', 'x-goog-request-id', 'x-amzn-requestid', 'apim-request-id'].map((name) =>
      decode(500, { request_id: null }, { [name]: 'b' }),
    ),
  ].map(({ requestId }: GatewayError) => requestId)
  expect(ids).toEqual(['a', 'b', 'b', 'b', 'b', 'b'])
})

test('a header may say what kind of failure it is', () => {
  const headers = { 'x-amzn-errortype': 'ThrottlingException:http://internal.example/' }
  expect(decode(400, { message: 'Wait.' }, headers).code).toBe('rate_limited')
})

test('a body as large as a prompt is named at once', () => {
  const message = `${'model '.repeat(200_000)}`
  const start = performance.now()
  expect(decode(400, { error: { message } }).code).toBe('invalid_request')
  expect(performance.now() - start).toBeLessThan(200)
})

function reset(limit: string, text: string): Headers {
  return { [`x-ratelimit-remaining${limit}`]: '0', [`x-ratelimit-reset${limit}`]: text }
}
