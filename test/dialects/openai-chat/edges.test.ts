import { expect, test } from 'vitest'
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts'

const { upstream } = openaiChat
const downstream = openaiChat.downstream!
const target = { provider: 'test', model: 'm', quirks: {} }

test('names that every object has are names like any other', () => {
  const call = { id: 'toString', type: 'function', function: { name: 'constructor', arguments: '{}', valueOf: 1 } }
  const wire = { role: 'assistant', content: 'Hi', tool_calls: [call], constructor: 2 }
  const body = { model: 'm', messages: [wire], toString: 3, hasOwnProperty: { constructor: 4 } }
  const request = downstream.decode(body, {})
  expect(request.messages[0]?.content[1]).toMatchObject({ type: 'tool-call', id: 'toString', name: 'constructor' })
  expect(request.messages[0]?.content[1]).not.toHaveProperty('signature')
  expect(JSON.parse(JSON.stringify(upstream.encode(request, target).body))).toEqual(body)
})

test('a piece of an answer that is not what it says is kept as it came', () => {
  const content = [{ type: 'image_url', image_url: 'https://a.example/a.png' }, { type: 'text' }]
  const response = upstream.decode({ choices: [{ index: null, message: { content } }] }, target)
  expect(response.choices[0]?.content).toEqual(
    content.map((value) => ({ type: 'extension', dialect: 'openai-chat', value })),
  )
})

test.each([
  { choices: [null] },
  { choices: [{ index: 1e9, message: { content: 'Hi' }, delta: { content: 'Hi' } }] },
  { choices: [{ index: 'constructor', message: { content: 'Hi' }, delta: { content: 'Hi' } }] },
  { choices: [{ message: { content: {} }, delta: { content: {} } }] },
  { choices: [{ message: { tool_calls: {} }, delta: { tool_calls: {} } }] },
])('an answer that is none of this format is malformed, so that others are asked: %j', (body) => {
  const malformed = expect.objectContaining({ code: 'invalid_response', provider: 'test' })
  expect(() => upstream.decode(body, target)).toThrow(malformed)
  expect(() => upstream.stream(target).push({ data: JSON.stringify(body) }, [])).toThrow(malformed)
})

test('the id of a call may be a number', () => {
  const message = { tool_calls: [{ id: 7, function: { name: 'f', arguments: '{}' } }] }
  expect(upstream.decode({ choices: [{ message }] }, target).choices[0]?.content).toMatchObject([{ id: '7' }])
})

test('numbers that are null were not counted', () => {
  const usage = { prompt_tokens: 1, completion_tokens: 2, total_tokens: null, cached_tokens: null, reasoning_tokens: 0 }
  expect(upstream.decode({ choices: [], usage }, target).usage).toMatchObject({ inputTokens: 1, reasoningTokens: 0 })
  expect(upstream.decode({ choices: [], usage }, target).usage.cachedInputTokens).toBeUndefined()
})

test('an answer format without a name is given one, which OpenAI asks for', () => {
  const output = { type: 'json-schema', schema: { type: 'object' }, name: undefined } as const
  expect(upstream.encode({ model: 'm', messages: [], output }, target).body['response_format']).toEqual({
    type: 'json_schema',
    json_schema: { name: 'response', schema: { type: 'object' } },
  })
})

test.each([
  [
    400,
    { error: { message: 'Billing hard limit has been reached', code: 'billing_hard_limit_reached' } },
    'quota_exhausted',
  ],
  [403, { error: { message: 'Project has no access to model x', code: 'model_not_found' } }, 'model_not_found'],
  [404, { error: { message: 'Buy credits to use it.' } }, 'model_not_found'],
  [429, { error: { message: 'Limit of tokens reached: reduce the length of the messages.' } }, 'rate_limited'],
])('%d %j is %s', (status, body, code) => {
  expect(upstream.error({ status, header: () => undefined, body, now: 0 }, target).code).toBe(code)
})
