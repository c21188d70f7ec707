import { expect, test } from 'vitest'
import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts'
import { answer, target } from './wire.ts'

const decode = (body: unknown) => bedrockConverse.upstream.decode(body, target)
const contentOf = (blocks: readonly object[]) => decode(answer(blocks)).choices[0]!.content

test('an answer is read, and what has no name of ours is kept', () => {
  const body = answer([{ reasoningContent: { reasoningText: { text: 'Hm.', signature: 'proof' } } }, { text: 'Hi' }], {
    serviceTier: { type: 'flex' },
    trace: { promptRouter: { invokedModelId: 'm' } },
  })
  expect(decode(body)).toEqual({
    id: '',
    model: target.model,
    choices: [
      {
        index: 0,
        content: [
          { type: 'reasoning', text: 'Hm.', signature: { origin: 'bedrock-converse', value: 'proof' } },
          { type: 'text', text: 'Hi' },
        ],
        finishReason: 'stop',
        rawFinishReason: 'end_turn',
      },
    ],
    usage: { inputTokens: 10, outputTokens: 5 },
    serviceTier: 'flex',
    extensions: {
      'bedrock-converse': { metrics: { latencyMs: 7 }, trace: { promptRouter: { invokedModelId: 'm' } } },
    },
  })
})

test('oddity 32: the input is counted with what was read from and written to the cache', () => {
  const usage = {
    inputTokens: 3,
    outputTokens: 61,
    totalTokens: 2435,
    cacheReadInputTokens: 2074,
    cacheReadInputTokenCount: 2074,
    cacheWriteInputTokens: 297,
    cacheWriteInputTokenCount: 297,
    cacheDetails: [
      { ttl: '5m', inputTokens: 97 },
      { ttl: '1h', inputTokens: 200 },
    ],
    serverToolUsage: { searches: 1 },
  }
  expect(decode(answer([], { usage })).usage).toEqual({
    inputTokens: 2374,
    outputTokens: 61,
    cachedInputTokens: 2074,
    cacheWriteTokens: 297,
    cacheWriteHourTokens: 200,
    extensions: { 'bedrock-converse': { serverToolUsage: { searches: 1 } } },
  })
})

test('usage that nobody reported is unknown', () => {
  expect(decode(answer([], { usage: undefined })).usage).toEqual({})
  expect(decode(answer([], { usage: { inputTokens: null, outputTokens: 2 } })).usage).toEqual({ outputTokens: 2 })
})

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool-calls'],
  ['guardrail_intervened', 'content-filter'],
  ['content_filtered', 'content-filter'],
  ['malformed_model_output', 'error'],
  ['malformed_tool_use', 'error'],
  ['novelty', 'other'],
])('the model stopped because of %s: %s', (stopReason, finishReason) => {
  expect(decode(answer([{ text: 'x' }], { stopReason })).choices[0]).toMatchObject({
    finishReason,
    rawFinishReason: stopReason,
  })
})

test('a normal end with calls is an end for calls', () => {
  const body = answer([{ toolUse: { toolUseId: 'a', name: 'f', input: {} } }])
  expect(decode(body).choices[0]).toMatchObject({ finishReason: 'tool-calls', rawFinishReason: 'end_turn' })
})

test.each([[{ stop_sequence: 'END' }], [{ delta: { stop_sequence: 'END' } }]])(
  'the stop sequence is told where it was asked for: %j',
  (additionalModelResponseFields) => {
    const body = answer([], { stopReason: 'stop_sequence', additionalModelResponseFields })
    expect(decode(body).choices[0]).toMatchObject({ stopSequence: 'END' })
  },
)

test.each([
  ['', '{}'],
  [null, '{}'],
  [undefined, '{}'],
  [{}, '{}'],
  [{ x: [1] }, '{"x":[1]}'],
  ['{"x":1}', '{"x":1}'],
])('oddity 6: the input of a call is JSON text: %j', (input, json) => {
  expect(contentOf([{ toolUse: { toolUseId: 'a', name: 'f', input } }])).toEqual([
    { type: 'tool-call', id: 'a', name: 'f', arguments: json },
  ])
})

test('oddity 10: a tool that Bedrock runs itself, and its result, stay as they came', () => {
  const blocks = [
    { toolUse: { toolUseId: 's', name: 'nova_code_interpreter', input: { snippet: '1' }, type: 'server_tool_use' } },
    { toolResult: { toolUseId: 's', content: [{ json: { stdOut: '1' } }], status: 'success' } },
  ]
  expect(contentOf(blocks)).toEqual(blocks.map((value) => ({ type: 'extension', dialect: 'bedrock-converse', value })))
})

test('oddity 29: the words of a citation are the answer', () => {
  const location = { documentPage: { documentIndex: 0, start: 1, end: 2 } }
  const content = contentOf([
    {
      citationsContent: {
        content: [{ text: 'Twenty ' }, { text: 'days.' }],
        citations: [{ title: 'Policy', source: 'https://example.com', sourceContent: [{ text: '20' }], location }],
      },
    },
  ])
  expect(content).toEqual([
    {
      type: 'text',
      text: 'Twenty days.',
      citations: [
        {
          url: 'https://example.com',
          title: 'Policy',
          text: '20',
          extensions: {
            'bedrock-converse': { source: 'https://example.com', sourceContent: [{ text: '20' }], location },
          },
        },
      ],
    },
  ])
})

test('a block that is unknown, or says nothing, does no harm', () => {
  const blocks = [{ novelty: { x: 1 } }, { reasoningContent: {} }, { type: 'text', text: 'Hi' }]
  expect(contentOf(blocks)).toEqual([
    { type: 'extension', dialect: 'bedrock-converse', value: { novelty: { x: 1 } } },
    { type: 'reasoning', text: '' },
    { type: 'text', text: 'Hi' },
  ])
})

test('pictures are read with their media types', () => {
  expect(contentOf([{ image: { format: 'jpeg', source: { bytes: 'AAAA' } } }])).toEqual([
    { type: 'image', source: { type: 'base64', data: 'AAAA', mediaType: 'image/jpeg' } },
  ])
})

test.each([
  [{ message: 'Something went wrong.' }, 'provider_unavailable'],
  [{ __type: 'com.amazon.coral.service#ThrottlingException', message: 'x' }, 'rate_limited'],
  [{ Output: { __type: 'com.amazon.coral.service#UnknownOperationException' }, Version: '1.0' }, 'model_not_found'],
  ['<html>', 'invalid_response'],
  [{}, 'invalid_response'],
  [{ output: { message: null } }, 'invalid_response'],
])('a failure in spite of its status is one: %j', (body, code) => {
  expect(() => decode(body)).toThrow(expect.objectContaining({ code }))
})
