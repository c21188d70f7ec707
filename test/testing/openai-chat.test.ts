import { expect, test } from 'vitest'
import { createSimulator, reasoning, refusal, stream, toolCalls } from '../../src/testing/index.ts'
import { ask, events, whole } from './ask.ts'

test('a whole answer is a chat completion', async () => {
  const simulator = createSimulator({ clock: { now: () => 1_700_000_000_500, timer: () => () => {} } })
  simulator.on().reply('It is 42.')
  const response = await ask(simulator)
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(response.headers.get('x-request-id')).toBe('req_sim000000')
  expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('9999')
  expect(await response.json()).toEqual({
    id: 'chatcmpl-sim000000',
    object: 'chat.completion',
    created: 1_700_000_000,
    model: 'gpt-5-mini',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'It is 42.', refusal: null, annotations: [] },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: {
      prompt_tokens: 6,
      completion_tokens: 3,
      total_tokens: 9,
      prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
      completion_tokens_details: {
        reasoning_tokens: 0,
        audio_tokens: 0,
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
      },
    },
    service_tier: 'default',
    system_fingerprint: 'fp_62a23a81ef',
  })
})

test('a stream begins with the role, and ends with the reason, the usage and [DONE]', async () => {
  const simulator = createSimulator()
  simulator.on().reply(stream(['It', ' is 42.']))
  const response = await ask(simulator, 'openai-chat', { stream: true })
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const chunks = (await events(Promise.resolve(response))).map(({ data }) => data)
  expect(chunks.at(-1)).toBe('[DONE]')
  expect(chunks.slice(0, -2).map(({ choices: [{ delta, finish_reason }] }) => [delta, finish_reason])).toEqual([
    [{ role: 'assistant', content: '', refusal: null }, null],
    [{ content: 'It' }, null],
    [{ content: ' is 42.' }, null],
    [{}, 'stop'],
  ])
  expect(chunks.slice(0, -2).every(({ usage }) => usage === null)).toBe(true)
  expect(chunks.at(-2)).toMatchObject({ choices: [], usage: { prompt_tokens: 6, completion_tokens: 3 } })
})

test('a stream that was not asked for its usage does not tell it', async () => {
  const simulator = createSimulator()
  const body = { stream_options: undefined }
  const chunks = await events(ask(simulator, 'openai-chat', { stream: true, body }))
  expect(chunks.some(({ data }) => 'usage' in Object(data))).toBe(false)
})

test('tool calls come with their arguments in pieces', async () => {
  const simulator = createSimulator()
  simulator.on().reply(
    toolCalls([
      { name: 'weather', arguments: ['{"city":', '"Oslo"}'] },
      { name: 'now', arguments: {}, id: 'call_own' },
    ]),
  )
  const { choices } = await whole(ask(simulator))
  const calls = [
    { id: 'call_sim00000000', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
    { id: 'call_own', type: 'function', function: { name: 'now', arguments: '{}' } },
  ]
  expect(choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { content: null, tool_calls: calls } })

  const chunks = await events(ask(simulator, 'openai-chat', { stream: true }))
  const deltas = chunks.flatMap(({ data }) => data.choices?.[0]?.delta.tool_calls ?? [])
  expect(deltas.map(({ index, function: { name, arguments: text } }) => [index, name, text])).toEqual([
    [0, 'weather', ''],
    [0, undefined, '{"city":'],
    [0, undefined, '"Oslo"}'],
    [1, 'now', ''],
    [1, undefined, '{}'],
  ])
})

test('several answers are written side by side', async () => {
  const simulator = createSimulator()
  simulator.on().reply('', { choices: ['a1 a2', 'b1 b2 b3'] })
  const chunks = await events(ask(simulator, 'openai-chat', { stream: true, body: { n: 2 } }))
  const said = chunks.flatMap(({ data }) => data.choices ?? []).filter(({ delta }) => delta.content)
  expect(said.map(({ index, delta }) => `${index}${delta.content}`)).toEqual(['0a1', '1b1', '0 a2', '1 b2', '1 b3'])
  const { choices, usage } = await whole(ask(simulator, 'openai-chat', { body: { n: 2 } }))
  expect(choices.map(({ message }: { message: { content: string } }) => message.content)).toEqual(['a1 a2', 'b1 b2 b3'])
  expect(usage.completion_tokens).toBe(5)
})

test('OpenAI counts its thoughts, DeepSeek shows them, OpenRouter signs them', async () => {
  const simulator = createSimulator()
  simulator.on().reply([reasoning('Six by seven.', { signature: 'c2ln' }), '42'])
  const messageAt = async (host: string) => (await whole(ask(simulator, 'openai-chat', { host }))).choices[0].message
  expect(await messageAt('api.openai.com')).not.toHaveProperty('reasoning_content')
  expect(await messageAt('api.deepseek.com')).toMatchObject({ reasoning_content: 'Six by seven.', content: '42' })
  expect(await messageAt('openrouter.ai')).toMatchObject({
    reasoning: 'Six by seven.',
    reasoning_details: [{ type: 'reasoning.text', text: 'Six by seven.', signature: 'c2ln', index: 0 }],
  })
  const { usage } = await whole(ask(simulator))
  expect(usage.completion_tokens_details.reasoning_tokens).toBe(3)
  expect(usage.completion_tokens).toBe(4)
})

test('a refusal stands beside the content', async () => {
  const simulator = createSimulator()
  simulator.on().reply(refusal('No, never.'))
  expect((await whole(ask(simulator))).choices[0]).toMatchObject({
    finish_reason: 'stop',
    message: { content: null, refusal: 'No, never.' },
  })
})

test.each([
  [{ messages: [] }, 'empty array'],
  [{ messages: [{ role: 'robot', content: 'Hi' }] }, "Invalid value: 'robot'"],
  [{ messages: [{ role: 'tool', tool_call_id: 'x', content: '1' }] }, 'must be a response to a preceeding message'],
  [{ model: undefined }, 'you must provide a model parameter'],
])('a request that OpenAI would refuse is refused: %j', async (body, words) => {
  const simulator = createSimulator()
  simulator.on().reply('never used up')
  const response = await ask(simulator, 'openai-chat', { body })
  expect(response.status).toBe(400)
  expect((await response.json()).error).toMatchObject({
    type: 'invalid_request_error',
    message: expect.stringContaining(words),
  })
  expect(simulator.bill.unpriced).toEqual([])
})
