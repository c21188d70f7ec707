import { expect, test } from 'vitest'
import { answer, createSimulator, reasoning, refusal, stream, toolCalls } from '../../src/testing/index.ts'
import { ask, events, whole } from './ask.ts'

const format = 'anthropic-messages'

test('a whole answer is a message of blocks', async () => {
  const simulator = createSimulator()
  simulator
    .on()
    .reply([
      reasoning('Hmm.', { signature: 'c2ln' }),
      reasoning('', { encrypted: 'ZW5j' }),
      'It is 42.',
      ...toolCalls([{ name: 'weather', arguments: { city: 'Oslo' } }]),
    ])
  const response = await ask(simulator, format)
  expect(response.headers.get('request-id')).toBe('req_sim000000')
  expect(response.headers.get('anthropic-ratelimit-requests-remaining')).toBe('3999')
  expect(await response.json()).toMatchObject({
    id: 'msg_sim000000',
    type: 'message',
    role: 'assistant',
    model: 'claude-sonnet-4-5',
    content: [
      { type: 'thinking', thinking: 'Hmm.', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'ZW5j' },
      { type: 'text', text: 'It is 42.' },
      { type: 'tool_use', id: 'toolu_sim0000003', name: 'weather', input: { city: 'Oslo' } },
    ],
    stop_reason: 'tool_use',
    stop_sequence: null,
  })
})

test('a stream opens, fills and closes one block after the other', async () => {
  const simulator = createSimulator()
  const weather = toolCalls([{ name: 'weather', arguments: ['{"city":', '"Oslo"}'] }])
  simulator.on().reply([reasoning(['Six', ' by seven.'], { signature: 'c2ln' }), ...weather])
  const all = await events(ask(simulator, format, { stream: true }))
  expect(all.every(({ event, data }) => event === data.type)).toBe(true)
  const told = all.map(({ data }) =>
    [data.type, data.index, data.delta ?? data.content_block].filter((x) => x !== undefined),
  )
  expect(told).toEqual([
    ['message_start'],
    ['content_block_start', 0, { type: 'thinking', thinking: '', signature: '' }],
    ['ping'],
    ['content_block_delta', 0, { type: 'thinking_delta', thinking: 'Six' }],
    ['content_block_delta', 0, { type: 'thinking_delta', thinking: ' by seven.' }],
    ['content_block_delta', 0, { type: 'signature_delta', signature: 'c2ln' }],
    ['content_block_stop', 0],
    ['content_block_start', 1, { type: 'tool_use', id: 'toolu_sim0000001', name: 'weather', input: {} }],
    ['content_block_delta', 1, { type: 'input_json_delta', partial_json: '' }],
    ['content_block_delta', 1, { type: 'input_json_delta', partial_json: '{"city":' }],
    ['content_block_delta', 1, { type: 'input_json_delta', partial_json: '"Oslo"}' }],
    ['content_block_stop', 1],
    ['message_delta', { stop_reason: 'tool_use', stop_sequence: null }],
    ['message_stop'],
  ])
})

test('input leaves out what was cached, and output is told at the end', async () => {
  const simulator = createSimulator()
  const usage = {
    inputTokens: 1000,
    cachedInputTokens: 700,
    cacheWriteTokens: 200,
    outputTokens: 50,
    reasoningTokens: 20,
  }
  simulator.on().reply(stream(['4', '2'], { usage }))
  const all = await events(ask(simulator, format, { stream: true }))
  const input = { input_tokens: 100, cache_read_input_tokens: 700, cache_creation_input_tokens: 200 }
  expect(all[0]?.data.message.usage).toMatchObject({ ...input, output_tokens: 1 })
  const end = { ...input, output_tokens: 50, output_tokens_details: { thinking_tokens: 20 } }
  expect(all.find(({ event }) => event === 'message_delta')?.data.usage).toMatchObject(end)
  expect((await whole(ask(simulator, format))).usage).toMatchObject(end)
})

test('each way to end has its own word', async () => {
  const simulator = createSimulator()
  simulator
    .on()
    .reply('42')
    .then(answer('42', { stopSequence: '\n' }))
    .then(refusal('No.'))
    .then('one two three four', { finishReason: 'pause_turn' })
  const endings = []
  for (let call = 0; call < 4; call++) endings.push(await whole(ask(simulator, format)))
  const long = await whole(ask(simulator, format, { body: { max_tokens: 2 } }))
  expect([...endings, long].map(({ stop_reason, stop_sequence }) => [stop_reason, stop_sequence])).toEqual([
    ['end_turn', null],
    ['stop_sequence', '\n'],
    ['refusal', null],
    ['pause_turn', null],
    ['max_tokens', null],
  ])
})

const use = { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'f', input: {} }] }
const user = { role: 'user', content: 'Hi' }

test.each([
  [{ max_tokens: undefined }, 'max_tokens: Field required'],
  [{ messages: [{ role: 'system', content: 'Hi' }] }, 'Unexpected role "system"'],
  [{ messages: [user, use, user] }, '`tool_use` ids were found without `tool_result` blocks immediately after: t1'],
  [{ messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 't9' }] }] }, 'unexpected `tool_use_id`'],
  [{ thinking: { type: 'enabled', budget_tokens: 2000 } }, 'must be greater than `thinking.budget_tokens`'],
])('a request that Anthropic would refuse is refused: %j', async (body, words) => {
  const response = await ask(createSimulator(), format, { body })
  expect(response.status).toBe(400)
  expect(await response.json()).toMatchObject({
    type: 'error',
    error: { type: 'invalid_request_error', message: expect.stringContaining(words) },
    request_id: 'req_sim000000',
  })
})
