import { expect, test } from 'vitest'
import { createSimulator, overloaded, reasoning, toolCalls, unauthorized } from '../../src/testing/index.ts'
import { ask, events, whole } from './ask.ts'

const host = 'api.mistral.ai'
const body = { stream_options: undefined }
const calls = toolCalls([
  { name: 'weather', arguments: { city: 'Oslo' } },
  { name: 'weather', arguments: { city: 'Bergen' } },
])

test('where there is a thought, the content is a list', async () => {
  const simulator = createSimulator()
  simulator
    .on()
    .reply([reasoning('Hm.'), '42'])
    .then('42')
  const thinking = await whole(ask(simulator, 'openai-chat', { host }))
  expect(thinking.choices[0].message).toEqual({
    role: 'assistant',
    tool_calls: null,
    content: [
      { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
      { type: 'text', text: '42' },
    ],
  })
  expect((await whole(ask(simulator, 'openai-chat', { host }))).choices[0].message.content).toBe('42')
  expect(simulator.calls[0]).toMatchObject({ format: 'openai-chat', provider: 'mistral' })
})

test('all calls come in the last chunk, with the reason and the usage, though nobody asked for it', async () => {
  const simulator = createSimulator()
  simulator.on().reply(calls)
  const chunks = await events(ask(simulator, 'openai-chat', { host, body, stream: true }))
  expect(chunks).toHaveLength(3)
  expect(chunks[1]?.data).toMatchObject({
    choices: [{ delta: { tool_calls: [{ index: 0 }, { index: 1 }] }, finish_reason: 'tool_calls' }],
    usage: { prompt_tokens: 6 },
  })
  const ids = chunks[1]?.data.choices[0].delta.tool_calls.map(({ id }: { id: string }) => id)
  expect(ids).toEqual([expect.stringMatching(/^[a-zA-Z0-9]{9}$/), expect.stringMatching(/^[a-zA-Z0-9]{9}$/)])
  expect(new Set(ids).size).toBe(2)
})

test('errors have no field around them', async () => {
  const simulator = createSimulator()
  simulator.on().reply(overloaded()).then(unauthorized())
  expect(await whole(ask(simulator, 'openai-chat', { host }))).toMatchObject({ object: 'error', code: '1100' })
  expect(await whole(ask(simulator, 'openai-chat', { host }))).toEqual({ detail: 'Invalid API Key' })
})

const called = {
  role: 'assistant',
  tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'f', arguments: '{}' } }],
}

test.each([
  [{ user: 'u' }, 'Extra inputs are not permitted: user'],
  [{ messages: [called, { role: 'tool', tool_call_id: 'call_1', content: '' }] }, 'with a length of 9'],
  [
    {
      messages: [
        { role: 'user', content: 'Hi' },
        { role: 'assistant', content: 'So' },
      ],
    },
    'Expected last role User',
  ],
])('a request that Mistral would refuse is refused: %j', async (more, words) => {
  const response = await ask(createSimulator(), 'openai-chat', { host, body: { ...body, ...more } })
  expect(response.status).toBe(400)
  expect((await response.json()).message).toContain(words)
})
