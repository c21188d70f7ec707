import { expect, test } from 'vitest'
import { openaiChat } from '../../../src/dialects/openai-chat/index.ts'
import { GatewayError } from '../../../src/errors.ts'
import type { ChatEvent, ChatRequest } from '../../../src/operations/chat/index.ts'

const request: ChatRequest = { model: 'm', messages: [] }
const asked = { 'openai-chat': { stream_options: { include_usage: true } } }
const events: ChatEvent[] = [
  { type: 'message-start', id: 'chat-1', model: 'm', created: 1 },
  { type: 'reasoning-delta', choice: 0, part: 0, text: 'Hm.' },
  { type: 'part-end', choice: 0, part: 0, signature: { origin: 'anthropic-messages', value: 'c2ln' } },
  { type: 'text-delta', choice: 0, part: 1, text: 'Hi' },
  { type: 'tool-call-start', choice: 0, part: 2, id: 'a', name: 'now' },
  { type: 'tool-call-delta', choice: 0, part: 2, arguments: '{}' },
  { type: 'tool-call-start', choice: 0, part: 3, id: 'b', name: 'now' },
  { type: 'tool-call-delta', choice: 0, part: 3, arguments: '{}' },
  { type: 'finish', choice: 0, finishReason: 'tool-calls' },
  { type: 'usage', usage: { inputTokens: 1, outputTokens: 2 } },
  { type: 'message-end', serviceTier: 'default' },
]

test('a stream is written as OpenAI writes it', () => {
  const frames = written({ ...request, extensions: asked })
  expect(frames.at(-1)).toBe('[DONE]')
  const chunks = frames.slice(0, -1).map((data) => JSON.parse(data))
  expect(
    chunks.every(
      ({ id, object, created, model }) => `${id} ${object} ${created} ${model}` === 'chat-1 chat.completion.chunk 1 m',
    ),
  ).toBe(true)
  expect(chunks.map(({ choices }) => choices[0]?.delta)).toEqual([
    { role: 'assistant', content: '' },
    { reasoning_content: 'Hm.' },
    {
      reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', signature: 'zerohop:anthropic-messages:proof:c2ln' }],
    },
    { content: 'Hi' },
    { tool_calls: [{ index: 0, id: 'a', type: 'function', function: { name: 'now', arguments: '' } }] },
    { tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
    { tool_calls: [{ index: 1, id: 'b', type: 'function', function: { name: 'now', arguments: '' } }] },
    { tool_calls: [{ index: 1, function: { arguments: '{}' } }] },
    {},
    undefined,
  ])
  expect(chunks.at(-2)).toMatchObject({ service_tier: 'default', choices: [{ finish_reason: 'tool_calls' }] })
  expect(chunks.at(-1)).toMatchObject({
    choices: [],
    usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 },
  })
})

test('usage is told only to an application that asked for it', () => {
  const chunks = written(request)
    .slice(0, -1)
    .map((data) => JSON.parse(data))
  expect(chunks.every(({ choices, usage }) => choices.length > 0 && usage === undefined)).toBe(true)
})

test('a failure midway is a frame that OpenAI SDKs throw', () => {
  const text = openaiChat.downstream!.stream(request).error(new GatewayError('timed_out', 'Too late.'))
  expect(text).toBe('data: {"error":{"message":"Too late.","type":"server_error","param":null,"code":"timed_out"}}\n\n')
})

const passthrough = openaiChat.upstream.passthrough!

test.each([
  ['{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":null}', false],
  ['{"choices":[{"index":0,"delta":{"content":"\\"usage\\":{"},"finish_reason":null}]}', false],
  ['{"choices": [{"index": 0, "delta": {"content": ""}, "finish_reason": null}]}', false],
  ['{"choices":[{"index":0,"delta":{"tool_calls":[{"function":{"name":"now"}}]},"finish_reason":null}]}', false],
  ['{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}', true],
  ['{"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}', true],
  ['{"choices":[],"usage":{"prompt_tokens":1}}', true],
  ['{"error":{"message":"no"}}', true],
  ['[DONE]', true],
])('of %s it is known without parsing whether it matters', (data, matters) => {
  expect(passthrough.matters(data)).toBe(matters)
})

test('the usage that we asked for is injected, unless the application asked too', () => {
  const data = '{"id":"1","choices":[],"usage":{"prompt_tokens":1}}'
  expect(passthrough.injected?.(data, {})).toBe(true)
  expect(passthrough.injected?.(data, { extensions: asked })).toBe(false)
  expect(passthrough.injected?.('{"choices":[{"index":0}],"usage":{"prompt_tokens":1}}', {})).toBe(false)
})

test('bytes pass through only where nothing in them needs to be put right', () => {
  const allowed = (quirks: object) => passthrough.allowed({ provider: 'p', model: 'm', quirks })
  expect([allowed({}), allowed({ topK: true }), allowed({ thinkTags: true }), allowed({ repairStream: true })]).toEqual(
    [true, true, false, false],
  )
})

function written(request: ChatRequest): string[] {
  const encoder = openaiChat.downstream!.stream(request)
  const text = events.map((event) => encoder.push(event)).join('') + encoder.end()
  return text.split('\n\n').flatMap((frame) => (frame === '' ? [] : [frame.slice('data: '.length)]))
}
