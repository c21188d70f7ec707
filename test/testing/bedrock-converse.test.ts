import { expect, test } from 'vitest'
import { createSimulator, errorInStream, overloaded, reasoning, stream, toolCalls } from '../../src/testing/index.ts'
import { ask, events, whole } from './ask.ts'

const format = 'bedrock-converse'

test('a whole answer is a message, and its input leaves out what was cached', async () => {
  const simulator = createSimulator()
  const calls = toolCalls([{ name: 'weather', arguments: { city: 'Oslo' }, id: 'tooluse_1' }])
  const usage = { inputTokens: 10, cachedInputTokens: 4, cacheWriteTokens: 1, outputTokens: 7 }
  simulator.on().reply([reasoning('Hm.', { signature: 'c2ln' }), 'It is 42.', ...calls], { usage })
  const response = await ask(simulator, format)
  expect(response.headers.get('x-amzn-requestid')).toBe('sim000000')
  expect(await response.json()).toEqual({
    metrics: { latencyMs: 626 },
    output: {
      message: {
        role: 'assistant',
        content: [
          { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } } },
          { text: 'It is 42.' },
          { toolUse: { toolUseId: 'tooluse_1', name: 'weather', input: { city: 'Oslo' } } },
        ],
      },
    },
    stopReason: 'tool_use',
    usage: {
      cacheReadInputTokenCount: 4,
      cacheReadInputTokens: 4,
      cacheWriteInputTokenCount: 1,
      cacheWriteInputTokens: 1,
      inputTokens: 5,
      outputTokens: 7,
      totalTokens: 17,
    },
  })
  expect(simulator.calls[0]).toMatchObject({ model: 'us.amazon.nova-lite-v1:0', provider: 'bedrock' })
})

// `events` takes the frames apart, and fails when a length or a checksum is wrong.
test('a stream is binary frames: only calls are begun, and the usage comes after the end', async () => {
  const simulator = createSimulator()
  const calls = toolCalls([{ name: 'weather', arguments: ['{"city":', '"Oslo"}'], id: 'tooluse_1' }])
  simulator
    .on()
    .reply([reasoning('Hm.', { signature: 'c2ln' }), { type: 'text', text: ['4', '2'] }, ...calls], { cut: 5 })
  const response = await ask(simulator, format, { stream: true })
  expect(response.headers.get('content-type')).toBe('application/vnd.amazon.eventstream')
  const seen = await events(Promise.resolve(response))
  expect(seen.every(({ data }) => typeof data.p === 'string' && data.p.length > 1)).toBe(true)
  expect(seen.map(({ event, data: { p: _, ...data } }) => [event, data])).toMatchObject([
    ['messageStart', { role: 'assistant' }],
    ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm.' } } }],
    ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { signature: 'c2ln' } } }],
    ['contentBlockStop', { contentBlockIndex: 0 }],
    ['contentBlockDelta', { contentBlockIndex: 1, delta: { text: '4' } }],
    ['contentBlockDelta', { contentBlockIndex: 1, delta: { text: '2' } }],
    ['contentBlockStop', { contentBlockIndex: 1 }],
    ['contentBlockStart', { contentBlockIndex: 2, start: { toolUse: { toolUseId: 'tooluse_1', name: 'weather' } } }],
    ['contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '{"city":' } } }],
    ['contentBlockDelta', { contentBlockIndex: 2, delta: { toolUse: { input: '"Oslo"}' } } }],
    ['contentBlockStop', { contentBlockIndex: 2 }],
    ['messageStop', { stopReason: 'tool_use' }],
    ['metadata', { usage: { outputTokens: expect.any(Number) } }],
  ])
})

test('a failure is an exception: in a header, and inside a stream a frame of its own', async () => {
  const simulator = createSimulator()
  simulator
    .on()
    .reply(overloaded())
    .then(errorInStream(overloaded(), { after: 1, input: stream(['a', 'b']) }))
  const response = await ask(simulator, format)
  expect(response.headers.get('x-amzn-errortype')).toMatch(/^ServiceUnavailableException:http/)
  const seen = await events(ask(simulator, format, { stream: true }))
  expect(seen.at(-1)).toMatchObject({ event: 'serviceUnavailableException', data: { message: expect.any(String) } })
})

test('an encrypted thought is all that is sent of it', async () => {
  const simulator = createSimulator()
  simulator.on().reply([reasoning('', { encrypted: 'b3BhcXVl' }), '42'])
  const { output } = await whole(ask(simulator, format))
  expect(output.message.content[0]).toEqual({ reasoningContent: { redactedContent: 'b3BhcXVl' } })
})

test('a request may be signed, and then its key is the id of the signature', async () => {
  const simulator = createSimulator({ keys: ['AKIAEXAMPLE'] })
  const authorization = 'AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/bedrock/aws4_request, Signature=00'
  expect((await ask(simulator, format, { init: { headers: { authorization } } })).status).toBe(200)
})

const said = (role: string, ...content: object[]) => ({ role, content })
const use = { toolUse: { toolUseId: 'a', name: 'f', input: {} } }
const result = { toolResult: { toolUseId: 'a', content: [] } }

test.each([
  [{ messages: [said('assistant', { text: 'Hi' })] }, 'must start with a user message'],
  [{ messages: [said('user', { text: 'Hi' }), said('user', { text: 'Hi' })] }, 'must alternate'],
  [{ messages: [said('system', { text: 'Hi' })] }, 'must start with a user message'],
  [{ messages: [said('user')] }, 'is empty'],
  [{ messages: [said('user', { text: ' ' })] }, 'is blank'],
  [
    { messages: [said('user', { text: 'Hi' }), said('assistant', use), said('user', { text: 'So?' })] },
    'Expected toolResult',
  ],
  [{ messages: [said('user', result)] }, 'exceeds the number of toolUse blocks'],
  [
    { messages: [said('user', { text: 'Hi' }), said('assistant', use), said('user', result)] },
    'toolConfig field must be',
  ],
])('a request that Bedrock would refuse is refused: %j', async (body, words) => {
  const response = await ask(createSimulator(), format, { body })
  expect(response.status).toBe(400)
  expect((await response.json()).message).toContain(words)
})
