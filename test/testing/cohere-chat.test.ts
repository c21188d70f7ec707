import { expect, test } from 'vitest'
import { createSimulator, errorInStream, overloaded, reasoning, stream, toolCalls } from '../../src/testing/index.ts'
import { ask, events } from './ask.ts'

const format = 'cohere-chat'
const calls = toolCalls([{ name: 'weather', arguments: ['{"city":', '"Oslo"}'] }])

test('what is said beside calls is a plan', async () => {
  const simulator = createSimulator()
  simulator.on().reply(['I look.', ...calls], { usage: { cachedInputTokens: 4 } })
  const response = await ask(simulator, format)
  expect(response.headers.get('x-debug-trace-id')).toBe('sim000000')
  expect(await response.json()).toEqual({
    id: 'sim000000',
    message: {
      role: 'assistant',
      tool_plan: 'I look.',
      tool_calls: [
        { id: 'weather_sim0000001', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } },
      ],
    },
    finish_reason: 'TOOL_CALL',
    usage: {
      billed_units: { input_tokens: 6, output_tokens: expect.any(Number) },
      tokens: { input_tokens: 6, output_tokens: expect.any(Number) },
      cached_tokens: 4,
    },
  })
})

test('a stream has events of content, of plans and of calls, and ends in [DONE]', async () => {
  const simulator = createSimulator()
  simulator
    .on()
    .reply([reasoning('Hm.'), { type: 'text', text: ['4', '2'] }])
    .then(['I look.', ...calls])
  const spoken = await events(ask(simulator, format, { stream: true }))
  expect(spoken.map(({ event }) => event)).toEqual([
    'message-start',
    'content-start',
    'content-delta',
    'content-end',
    'content-start',
    'content-delta',
    'content-delta',
    'content-end',
    'message-end',
    undefined,
  ])
  expect(spoken.at(-1)?.data).toBe('[DONE]')
  expect(spoken[2]?.data).toMatchObject({ index: 0, delta: { message: { content: { thinking: 'Hm.' } } } })
  expect(spoken[5]?.data).toMatchObject({ index: 1, delta: { message: { content: { text: '4' } } } })
  const called = await events(ask(simulator, format, { stream: true }))
  expect([...new Set(called.map(({ event }) => event))]).toEqual([
    'message-start',
    'tool-plan-delta',
    'tool-call-start',
    'tool-call-delta',
    'tool-call-end',
    'message-end',
    undefined,
  ])
  expect(called.at(-2)?.data.delta).toMatchObject({ finish_reason: 'TOOL_CALL', usage: { tokens: {} } })
})

test('a stream that fails says so at its end', async () => {
  const simulator = createSimulator()
  simulator.on().reply(errorInStream(overloaded(), { after: 1, input: stream(['a', 'b']) }))
  const seen = await events(ask(simulator, format, { stream: true }))
  expect(seen.at(-1)?.data).toEqual({
    type: 'message-end',
    delta: { error: expect.stringContaining('overloaded'), finish_reason: 'ERROR' },
  })
})

test.each([
  [{ model: undefined }, 'model is required'],
  [{ messages: [] }, 'messages must not be empty'],
  [{ messages: [{ role: 'developer', content: 'Hi' }] }, 'role must be one of'],
  [{ messages: [{ role: 'tool', tool_call_id: 'a', content: 'x' }] }, 'tool call id not found'],
  [{ messages: [{ role: 'user', content: [] }] }, 'must have content'],
  [{ top_p: 1 }, "parameter 'top_p' is not a valid field"],
])('a request that Cohere would refuse is refused: %j', async (body, words) => {
  const response = await ask(createSimulator(), format, { body })
  expect(response.status).toBe(400)
  expect((await response.json()).message).toContain(words)
})
