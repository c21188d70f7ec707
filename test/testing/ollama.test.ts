import { expect, test } from 'vitest'
import { createSimulator, errorInStream, overloaded, reasoning, stream, toolCalls } from '../../src/testing/index.ts'
import { ask, events, whole } from './ask.ts'

const format = 'ollama'
const calls = toolCalls([{ name: 'weather', arguments: { city: 'Oslo' }, id: 'call_1' }])
const call = { id: 'call_1', function: { index: 0, name: 'weather', arguments: { city: 'Oslo' } } }

test('a whole answer is one message, and its calls have objects for arguments', async () => {
  const simulator = createSimulator({ clock: { now: () => 1_700_000_000_500, timer: () => () => {} } })
  simulator.on().reply([reasoning('Hm.'), 'It is 42.', ...calls])
  expect(await whole(ask(simulator, format))).toMatchObject({
    model: 'qwen3:4b',
    created_at: '2023-11-14T22:13:20.500Z',
    message: { role: 'assistant', content: 'It is 42.', thinking: 'Hm.', tool_calls: [call] },
    done: true,
    // Calls have no reason of their own.
    done_reason: 'stop',
    prompt_eval_count: 6,
    eval_count: expect.any(Number),
  })
})

test('a stream is lines of JSON, and comes unless it is refused', async () => {
  const simulator = createSimulator()
  simulator.on().reply([reasoning('Hm.'), { type: 'text', text: ['4', '2'] }, ...calls])
  const response = await ask(simulator, format, { body: { stream: undefined } })
  expect(response.headers.get('content-type')).toBe('application/x-ndjson')
  const lines = (await events(Promise.resolve(response))).map(({ data }) => data)
  expect(lines.map(({ message }) => message)).toEqual([
    { role: 'assistant', content: '', thinking: 'Hm.' },
    { role: 'assistant', content: '4' },
    { role: 'assistant', content: '2' },
    { role: 'assistant', content: '', tool_calls: [call] },
    { role: 'assistant', content: '' },
  ])
  expect(lines.map(({ done }) => done)).toEqual([false, false, false, false, true])
})

test('a model that is told not to think shows no thoughts', async () => {
  const simulator = createSimulator()
  simulator.on().reply([reasoning('Hm.'), '42'])
  expect((await whole(ask(simulator, format, { body: { think: false } }))).message).toEqual({
    role: 'assistant',
    content: '42',
  })
})

test('a failure inside a stream is a line', async () => {
  const simulator = createSimulator()
  simulator.on().reply(errorInStream(overloaded(), { after: 1, input: stream(['a', 'b']) }))
  const seen = await events(ask(simulator, format, { stream: true }))
  expect(seen.at(-1)?.data).toEqual({ error: expect.stringContaining('server busy') })
})

test.each([
  [{ model: '' }, 'model is required'],
  [{ messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] }, 'cannot unmarshal array'],
  [{ messages: [{ role: 'user', content: 'Hi', images: ['https://example.com/a.png'] }] }, 'illegal base64'],
  [
    { messages: [{ role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: '{}' } }] }] },
    'cannot unmarshal string',
  ],
])('a request that Ollama would refuse is refused: %j', async (body, words) => {
  const response = await ask(createSimulator(), format, { body })
  expect(response.status).toBe(400)
  expect((await response.json()).error).toContain(words)
})
