import { expect, test } from 'vitest'
import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts'
import { target } from './wire.ts'

function named(status: number, type: string | undefined, body: unknown, headers: Record<string, string> = {}) {
  const all: Record<string, string> = { ...headers, ...(type && { 'x-amzn-errortype': type }) }
  return bedrockConverse.upstream.error({ status, header: (name) => all[name], body, now: 0 }, target)
}

const coral = ':http://internal.amazon.com/coral/com.amazon.coral.service/'

// biome-ignore format: a table
test.each([
  [429, 'ThrottlingException', 'Too many requests, please wait before trying again.', 'rate_limited'],
  [429, 'ThrottlingException', 'Too many tokens per day, please wait before trying again.', 'rate_limited'],
  [400, 'ServiceQuotaExceededException', 'Your request exceeds the service quota for your account.', 'rate_limited'],
  [429, 'ModelNotReadyException', 'The model is not ready.', 'provider_overloaded'],
  [503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.', 'provider_overloaded'],
  [500, 'InternalServerException', 'The system encountered an unexpected error.', 'provider_unavailable'],
  [424, 'ModelErrorException', 'The system encountered an unexpected error during processing.', 'provider_unavailable'],
  [408, 'ModelTimeoutException', 'Model has timed out in processing the request.', 'timed_out'],
  [404, 'ResourceNotFoundException', 'This model version has reached the end of its life.', 'model_not_found'],
  [400, 'ValidationException', 'The provided model identifier is invalid.', 'model_not_found'],
  [400, 'ValidationException', 'Invocation of model ID m with on-demand throughput isn’t supported.', 'model_not_found'],
  [403, 'AccessDeniedException', "You don't have access to the model with the specified model ID.", 'model_not_found'],
  [403, 'AccessDeniedException', 'User: arn:x is not authorized to perform: bedrock:InvokeModel', 'permission_denied'],
  [400, 'ValidationException', 'The value at toolConfig is not valid.', 'invalid_request'],
  [400, 'ValidationException', "This model doesn't support tool use in streaming mode.", 'invalid_request'],
  [413, 'RequestEntityTooLargeException', 'The request is too large.', 'request_too_large'],
] as const)('%i %s "%s" is %s', (status, type, message, code) => {
  expect(named(status, type, { message })).toMatchObject({ code, cause: { status } })
})

test.each([
  ['ExpiredTokenException', 'The security token included in the request is expired'],
  ['UnrecognizedClientException', 'The security token included in the request is invalid.'],
  ['InvalidSignatureException', 'The request signature we calculated does not match the signature you provided.'],
  ['MissingAuthenticationTokenException', 'Missing Authentication Token'],
  ['AccessDeniedException', 'Bearer Token has expired'],
])('oddity 38: a bad key is a 403 of Bedrock: %s', (type, Message) => {
  expect(named(403, type + coral, { Message }).code).toBe('authentication_failed')
})

test.each([
  'Input is too long for requested model.',
  'The model returned the following errors: Input Tokens Exceeded: Number of input tokens exceeds maximum length.',
  'The model returned the following errors: prompt is too long: 210000 tokens > 200000 maximum',
  'input length and `max_tokens` exceed context limit: 199000 + 8192 > 200000',
])('oddity 39: too long an input is a plain 400: %s', (message) => {
  expect(named(400, 'ValidationException', { message }).code).toBe('context_window_exceeded')
})

test('oddity 39: "Too many tokens, please wait" is throttling', () => {
  const message = 'Too many tokens, please wait before trying again.'
  expect(named(429, `ThrottlingException${coral}`, { message }).code).toBe('rate_limited')
  expect(named(429, undefined, { message }).code).toBe('rate_limited')
})

test('the name of an exception may stand in the body, with its namespace', () => {
  expect(named(400, undefined, { __type: 'com.amazon.coral.service#ThrottlingException' }).code).toBe('rate_limited')
  expect(named(403, undefined, { code: 'ExpiredTokenException', message: 'x' }).code).toBe('authentication_failed')
})

test('an error has the id and the wait that the provider says', () => {
  const headers = { 'x-amzn-requestid': 'id-1', 'retry-after': '2' }
  expect(named(429, 'ThrottlingException', { message: 'x' }, headers)).toMatchObject({
    requestId: 'id-1',
    retryAfter: 2000,
    provider: 'test',
    message: 'test: x',
  })
})
