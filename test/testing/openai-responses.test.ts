import { expect, test } from 'vitest'
import {
  createSimulator,
  errorInStream,
  overloaded,
  reasoning,
  refusal,
  stream,
  toolCalls,
} from '../../src/testing/index.ts'
import { ask, events, whole } from './ask.ts'

const format = 'openai-responses'

test('a whole answer is a response, which repeats what was asked', async () => {
  const simulator = createSimulator({ clock: { now: () => 1_700_000_000_500, timer: () => () => {} } })
  simulator.on().reply('It is 42.', { usage: { cachedInputTokens: 4 } })
  const response = await ask(simulator, format, { body: { instructions: 'Be brief.', temperature: 0.5 } })
  expect(response.headers.get('x-request-id')).toBe('req_sim000000')
  expect(await response.json()).toMatchObject({
    id: 'resp_sim000000',
    object: 'response',
    created_at: 1_700_000_000,
    completed_at: 1_700_000_000,
    status: 'completed',
    model: 'gpt-5-mini',
    instructions: 'Be brief.',
    temperature: 0.5,
    output: [
      {
        id: 'msg_sim0000000',
        type: 'message',
        status: 'completed',
        role: 'assistant',
        content: [{ type: 'output_text', text: 'It is 42.', annotations: [], logprobs: [] }],
      },
    ],
    usage: {
      input_tokens: 8,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens: 3,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 11,
    },
  })
})

test('the events of a stream are numbered, and the last one has the whole response', async () => {
  const simulator = createSimulator()
  const calls = toolCalls([{ name: 'weather', arguments: ['{"city":', '"Oslo"}'], id: 'call_1' }])
  simulator.on().reply([reasoning('Hm.', { signature: 'c2ln' }), { type: 'text', text: ['4', '2'] }, ...calls])
  const seen = await events(ask(simulator, format, { stream: true }))
  expect(seen.map(({ event }) => event)).toEqual(seen.map(({ data }) => data.type))
  expect(seen.map(({ data }) => data.sequence_number)).toEqual(seen.map((_, index) => index))
  expect(seen.map(({ event }) => event?.replace('response.', ''))).toEqual([
    'created',
    'in_progress',
    'output_item.added',
    'reasoning_summary_part.added',
    'reasoning_summary_text.delta',
    'reasoning_summary_text.done',
    'reasoning_summary_part.done',
    'output_item.done',
    'output_item.added',
    'content_part.added',
    'output_text.delta',
    'output_text.delta',
    'output_text.done',
    'content_part.done',
    'output_item.done',
    'output_item.added',
    'function_call_arguments.delta',
    'function_call_arguments.delta',
    'function_call_arguments.done',
    'output_item.done',
    'completed',
  ])
  const { output } = await whole(ask(simulator, format))
  const ids = /(?<=(rs|msg|fc)_sim\d{5})\d/g
  expect(JSON.stringify(seen.at(-1)!.data.response.output).replace(ids, '')).toBe(
    JSON.stringify(output).replace(ids, ''),
  )
  expect(output).toMatchObject([
    { type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: 'c2ln' },
    { type: 'message' },
    { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' },
  ])
})

test('a thought is shown to those who ask for it', async () => {
  const simulator = createSimulator()
  simulator.on().reply([reasoning('Hm.', { signature: 'c2ln' }), '42'])
  const body = { reasoning: undefined, include: undefined }
  const { output, usage } = await whole(ask(simulator, format, { body }))
  expect(output[0]).toEqual({ id: 'rs_sim0000000', type: 'reasoning', summary: [] })
  expect(usage.output_tokens_details.reasoning_tokens).toBe(1)
})

test('an answer that is cut off is incomplete, and a refusal is complete', async () => {
  const simulator = createSimulator()
  simulator.on().reply('Hello', { finishReason: 'length' }).then(refusal('No.'))
  expect(await whole(ask(simulator, format))).toMatchObject({
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    output: [{ status: 'incomplete' }],
  })
  expect(await whole(ask(simulator, format))).toMatchObject({
    status: 'completed',
    output: [{ content: [{ type: 'refusal', refusal: 'No.' }] }],
  })
})

test('a failure is told twice', async () => {
  const simulator = createSimulator()
  simulator.on().reply(errorInStream(overloaded(), { after: 1, input: stream(['a', 'b']) }))
  const seen = await events(ask(simulator, format, { stream: true }))
  expect(seen.slice(-2)).toMatchObject([
    { event: 'error', data: { error: { type: 'server_error' }, sequence_number: 5 } },
    { event: 'response.failed', data: { response: { id: 'resp_sim000000', status: 'failed' }, sequence_number: 6 } },
  ])
})

test.each([
  [{ model: undefined }, "Missing required parameter: 'model'."],
  [{ input: [] }, "one of 'input', 'previous_response_id'"],
  [{ stop: ['END'] }, "Unsupported parameter: 'stop'."],
  [{ max_output_tokens: 15 }, 'Expected a value >= 16'],
  [{ tools: [{ type: 'function', function: { name: 'f' } }] }, "'tools[0].name'"],
  [{ input: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] }, "Invalid value: 'text'."],
  [{ input: [{ type: 'function_call', call_id: 'a', name: 'f', arguments: '{}' }] }, 'No tool output found'],
  [{ input: [{ type: 'function_call_output', call_id: 'a', output: '' }] }, 'No tool call found'],
])('a request that OpenAI would refuse is refused: %j', async (body, words) => {
  const response = await ask(createSimulator(), format, { body })
  expect(response.status).toBe(400)
  expect((await response.json()).error.message).toContain(words)
})
