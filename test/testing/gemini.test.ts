import { expect, test } from 'vitest'
import { createSimulator, errorInStream, overloaded, reasoning, stream, toolCalls } from '../../src/testing/index.ts'
import { ask, events, whole } from './ask.ts'

const format = 'gemini'

test('a whole answer is a candidate', async () => {
  const simulator = createSimulator()
  simulator.on().reply('It is 42.', { usage: { cachedInputTokens: 4 } })
  const response = await ask(simulator, format)
  expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8')
  expect(await response.json()).toEqual({
    candidates: [{ content: { parts: [{ text: 'It is 42.' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
    usageMetadata: {
      promptTokenCount: 6,
      candidatesTokenCount: 3,
      totalTokenCount: 9,
      cachedContentTokenCount: 4,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: 6 }],
    },
    modelVersion: 'gemini-2.5-flash',
    responseId: 'sim000000',
  })
})

test('a thought is a part, and its signature sits on the call that it led to', async () => {
  const simulator = createSimulator()
  const calls = toolCalls([
    { name: 'weather', arguments: '{"city":"Oslo"}' },
    { name: 'now', arguments: {}, id: 'c2' },
  ])
  simulator.on().reply([reasoning('Six by seven.', { signature: 'c2ln' }), ...calls])
  const { candidates, usageMetadata } = await whole(ask(simulator, format))
  const parts = [
    { text: 'Six by seven.', thought: true },
    { functionCall: { name: 'weather', args: { city: 'Oslo' } }, thoughtSignature: 'c2ln' },
    { functionCall: { name: 'now', args: {}, id: 'c2' } },
  ]
  expect(candidates).toMatchObject([{ finishReason: 'STOP', content: { parts } }])
  expect(usageMetadata).toMatchObject({ thoughtsTokenCount: 3 })
  const chunks = await events(ask(simulator, format, { stream: true }))
  const streamed = chunks.flatMap(({ data }) => data.candidates[0].content.parts)
  expect(streamed.slice(-3)).toEqual([...parts.slice(1), { text: '' }])
  expect(chunks.at(-1)?.data.usageMetadata).toEqual(usageMetadata)
})

test('events end in CRLF, and the last says why', async () => {
  const simulator = createSimulator()
  simulator.on().reply([reasoning('Hm.', { signature: 'c2ln' }), { type: 'text', text: ['4', '2'] }])
  const response = await ask(simulator, format, { stream: true })
  expect(response.headers.get('content-type')).toBe('text/event-stream')
  const text = await response.text()
  expect(text.match(/^data: .*\r\n\r\n/gm)).toHaveLength(4)
  const last = JSON.parse(text.trim().split('\r\n\r\n').at(-1)!.slice('data: '.length))
  expect(last.candidates[0]).toEqual({
    content: { parts: [{ text: '', thoughtSignature: 'c2ln' }], role: 'model' },
    finishReason: 'STOP',
    index: 0,
  })
})

const url = 'https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent'
const init = { method: 'POST', body: JSON.stringify({ contents: [{ parts: [{ text: 'Hi' }] }] }) }

test('without alt=sse a stream is one JSON array', async () => {
  const simulator = createSimulator()
  simulator
    .on()
    .reply(stream(['4', '2']))
    .then(errorInStream(overloaded(), { after: 1 }))
  const response = await simulator.fetch(url, init)
  expect(response.headers.get('content-type')).toBe('application/json; charset=UTF-8')
  expect(await response.json()).toHaveLength(3)
  const broken = await (await simulator.fetch(url, init)).json()
  expect(broken.at(-1)).toMatchObject({ error: { code: 503, status: 'UNAVAILABLE' } })
})

test('a call that the maximum cuts off does not come at all', async () => {
  const simulator = createSimulator()
  simulator.on().reply(toolCalls([{ name: 'f', arguments: { text: 'a long argument that goes on' } }]))
  const body = { generationConfig: { maxOutputTokens: 3 } }
  const { candidates, usageMetadata } = await whole(ask(simulator, format, { body }))
  expect(candidates).toEqual([{ content: { role: 'model' }, finishReason: 'MAX_TOKENS', index: 0 }])
  expect(usageMetadata.candidatesTokenCount).toBe(3)
})

test.each([
  [{ contents: [] }, 'contents is not specified'],
  [{ contents: [{ role: 'assistant', parts: [{ text: 'Hi' }] }] }, 'Please use a valid role: user, model.'],
  [{ contents: [{ role: 'user', parts: [] }] }, 'contents.parts must not be empty'],
])('a request that Google would refuse is refused: %j', async (body, words) => {
  const response = await ask(createSimulator(), format, { body })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    error: { code: 400, status: 'INVALID_ARGUMENT', message: expect.stringContaining(words) },
  })
})
