import { expect, test } from 'vitest'
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts'
import { isGatewayError } from '../../../src/errors.ts'
import { bytes, folded, question, read, readData, written } from './wire.ts'

// What providers of this format really send. The numbers are those of the list in which the oddities were collected.

const { upstream } = openaiResponses
const target = { provider: 'test', model: 'm', quirks: {} }
const head = { id: 'resp_1', object: 'response', created_at: 1, model: 'm', status: 'in_progress', output: [] }
const created = { type: 'response.created', response: head }
const completed = (output: readonly unknown[] = [], rest: object = {}) => ({
  type: 'response.completed',
  response: { ...head, status: 'completed', output, ...rest },
})
const message = (text: string, rest: object = {}) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [] }],
  ...rest,
})
const contentOf = (...data: readonly unknown[]) => folded(readData(...data)).choices[0]?.content

test('10: a custom_tool_call that xAI has executed itself is no call for the application', () => {
  const call = { type: 'custom_tool_call', id: 'ctc_1', call_id: 'xs_call_1', name: 'x_search', input: '{"q":1}' }
  const added = { type: 'response.output_item.added', output_index: 0, item: { ...call, input: '' } }
  const delta = { type: 'response.custom_tool_call_input.delta', output_index: 0, delta: '{"q":1}' }
  const done = { type: 'response.output_item.done', output_index: 0, item: call }
  const { choices } = folded(readData(created, added, delta, done, completed([call])))
  expect(choices).toMatchObject([
    { content: [{ type: 'extension', dialect: 'openai-responses', value: call }], finishReason: 'stop' },
  ])
})

test('10: calls of hosted tools are kept as they came, and are no calls for the application', () => {
  const items = [
    { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'q' } },
    { type: 'code_interpreter_call', id: 'ci_1', code: 'print(1)', container_id: 'c', outputs: null },
    { type: 'mcp_call', id: 'mcp_1', name: 'roll', arguments: '{}', server_label: 's', output: '4', error: null },
    { type: 'shell_call', id: 'sh_1', call_id: 'call_1', action: { commands: ['ls'] } },
  ]
  const { choices } = upstream.decode({ ...head, status: 'completed', output: items }, target)
  expect(choices[0]).toMatchObject({ finishReason: 'stop' })
  expect(choices[0]!.content.map((part) => part.type === 'extension' && part.value)).toEqual(items)
})

test('a custom tool of the application is a call, with its plain text', () => {
  const call = { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_1', name: 'sql', input: 'SELECT 1' }
  const { choices } = upstream.decode({ ...head, status: 'completed', output: [call] }, target)
  expect(choices).toMatchObject([
    { content: [{ type: 'tool-call', id: 'call_1', name: 'sql', arguments: 'SELECT 1' }], finishReason: 'tool-calls' },
  ])
})

test('13: arguments that come only in the done events are read once', () => {
  const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'weather', arguments: '' }
  const whole = { ...call, arguments: '{"city":"Oslo"}' }
  const events = readData(
    created,
    { type: 'response.output_item.added', output_index: 0, item: call },
    { type: 'response.function_call_arguments.done', output_index: 0, arguments: whole.arguments },
    { type: 'response.output_item.done', output_index: 0, item: whole },
    completed([whole]),
  )
  expect(events.filter(({ type }) => type === 'tool-call-delta')).toHaveLength(1)
  expect(folded(events).choices[0]).toMatchObject({
    content: [{ type: 'tool-call', id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' }],
    finishReason: 'tool-calls',
  })
})

test('13: an item that is announced and never finished is taken from the end', () => {
  const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{"a":1}' }
  const added = { type: 'response.output_item.added', output_index: 0, item: { ...call, arguments: '' } }
  expect(contentOf(created, added, completed([call]))).toMatchObject([{ arguments: '{"a":1}' }])
})

test('15, 16: comments before the first event, and [DONE] after the last, say nothing', () => {
  const text = `: OPENROUTER PROCESSING\n\n: keepalive\n\ndata: ${JSON.stringify(completed([message('Hi')]))}\n\ndata: [DONE]\n\n`
  const response = folded(read([bytes(text)]))
  expect(response.choices).toMatchObject([{ content: [{ type: 'text', text: 'Hi' }], finishReason: 'stop' }])
})

test('17: events without names are told by their data, and the last one needs no blank line', () => {
  const text = [created, completed([message('Hi')])].map((event) => `data: ${JSON.stringify(event)}`).join('\n\n')
  expect(folded(read([bytes(text)])).choices).toMatchObject([{ content: [{ text: 'Hi' }], finishReason: 'stop' }])
})

test('23: an end with an empty output leaves what was streamed', () => {
  const content = contentOf(
    created,
    { type: 'response.output_item.added', output_index: 0, item: message('', { content: [] }) },
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hi' },
    { type: 'response.output_item.done', output_index: 0, item: message('Hi') },
    completed([]),
  )
  expect(content).toMatchObject([{ type: 'text', text: 'Hi' }])
})

test('23: output_text beside the output is not the text', () => {
  const body = { ...head, status: 'completed', output_text: '', output: [message('Hi')] }
  expect(upstream.decode(body, target).choices[0]!.content).toMatchObject([{ type: 'text', text: 'Hi' }])
})

test('23: an item whose id changes from event to event is one item', () => {
  const content = contentOf(
    created,
    { type: 'response.output_item.added', output_index: 0, item: message('', { id: 'a', content: [] }) },
    { type: 'response.output_text.delta', item_id: 'b', output_index: 0, content_index: 0, delta: 'Hel' },
    { type: 'response.output_text.delta', item_id: 'c', output_index: 0, content_index: 0, delta: 'lo' },
    { type: 'response.output_item.done', output_index: 0, item: message('Hello', { id: 'd' }) },
    completed([message('Hello', { id: 'e' })]),
  )
  expect(content).toMatchObject([{ type: 'text', text: 'Hello' }])
})

test('26: thoughts beside their summaries are read too, in parts of their own', () => {
  const thought = {
    type: 'reasoning',
    id: 'rs_1',
    summary: [{ type: 'summary_text', text: 'In short.' }],
    content: [{ type: 'reasoning_text', text: 'At length.' }],
    encrypted_content: 'b3BhcXVl',
  }
  const { choices } = upstream.decode({ ...head, status: 'completed', output: [thought] }, target)
  expect(choices[0]!.content).toMatchObject([
    { type: 'reasoning', text: 'In short.' },
    { type: 'reasoning', text: 'At length.', signature: { origin: 'openai-responses', value: 'b3BhcXVl' } },
  ])
})

test('26: a thought that is only encrypted is a thought without text', () => {
  const thought = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'b3BhcXVl' }
  const signature = { origin: 'openai-responses', value: 'b3BhcXVl', encrypted: true }
  expect(contentOf(created, completed([thought]))).toMatchObject([{ type: 'reasoning', text: '', signature }])
})

test('28: a refusal in a completed answer is a refusal', () => {
  const refused = message('', { content: [{ type: 'refusal', refusal: 'No.' }] })
  const { choices } = upstream.decode({ ...head, status: 'completed', output: [refused] }, target)
  expect(choices).toMatchObject([{ content: [{ type: 'refusal', text: 'No.' }], finishReason: 'stop' }])
})

test('35: an error in place of the first event, or of an answer, is an error', () => {
  const told = { error: { code: 502, message: 'Upstream error' } }
  expect(failure(() => readData(told))).toMatchObject({ code: 'provider_unavailable', cause: { status: 502 } })
  expect(failure(() => upstream.decode(told, target))).toMatchObject({ code: 'provider_unavailable' })
  const named = `event: error\ndata: {"type":"error","code":"rate_limit_exceeded","message":"Slow down.","param":null}\n\n`
  expect(failure(() => read([bytes(named)]))).toMatchObject({ code: 'rate_limited' })
})

test('36: an error event and the failed answer after it count once', () => {
  const error = { code: 'insufficient_quota', message: 'You exceeded your current quota.' }
  const decoder = upstream.stream(target)
  const push = (data: unknown): void => decoder.push({ data: JSON.stringify(data) }, [])
  push(created)
  expect(failure(() => push({ type: 'error', error }))).toMatchObject({ code: 'quota_exhausted' })
  expect(decoder.done).toBe(true)
  push({ type: 'response.failed', response: { ...head, status: 'failed', error } })
})

test('36: a failed answer alone is an error, and so is one without a word of it', () => {
  const failed = { ...head, status: 'failed', error: { code: 'server_error', message: 'Sorry.' } }
  expect(failure(() => readData(created, { type: 'response.failed', response: failed }))).toMatchObject({
    code: 'provider_unavailable',
    message: 'test: Sorry.',
  })
  expect(failure(() => readData({ type: 'response.failed', response: { ...failed, error: null } }))).toMatchObject({
    code: 'provider_unavailable',
  })
  expect(failure(() => upstream.decode(failed, target))).toMatchObject({ code: 'provider_unavailable' })
})

test('6: a call without arguments has none, whatever it says in their place', () => {
  const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'now' }
  for (const said of ['', null, undefined, {}]) {
    const { choices } = upstream.decode(
      { ...head, status: 'completed', output: [{ ...call, arguments: said }] },
      target,
    )
    expect(choices[0]!.content).toMatchObject([{ arguments: '{}' }])
  }
})

test('7: an answer that is cut off in a call ends by length, with the call as far as it came', () => {
  const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{"a":', status: 'incomplete' }
  const incomplete_details = { reason: 'max_output_tokens' }
  const response = { ...head, status: 'incomplete', incomplete_details, output: [call] }
  expect(folded(readData({ type: 'response.incomplete', response })).choices).toMatchObject([
    { content: [{ arguments: '{"a":' }], finishReason: 'length', rawFinishReason: 'max_output_tokens' },
  ])
})

test('30: unknown events and unknown items are no failure', () => {
  const content = contentOf(
    created,
    { type: 'response.something.new', output_index: 0 },
    { type: 'response.something_new.delta', output_index: 0, delta: 'x' },
    completed([{ type: 'compaction', id: 'cmp_1', encrypted_content: 'x' }, message('Hi')]),
  )
  expect(content).toMatchObject([{ type: 'extension' }, { type: 'text', text: 'Hi' }])
})

test('an answer that is cut short has no end', () => {
  const delta = { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hel' }
  const events = readData(created, delta)
  expect(folded(events).choices).toMatchObject([{ content: [{ text: 'Hel' }] }])
  expect(events.some(({ type }) => type === 'finish')).toBe(false)
  expect(events.at(-1)).toMatchObject({ type: 'message-end' })
})

test('citations are told once, though their events and the finished text both have them', () => {
  const annotation = { type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 2 }
  const done = message('Hi', { content: [{ type: 'output_text', text: 'Hi', annotations: [annotation] }] })
  const content = contentOf(
    created,
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hi' },
    {
      type: 'response.output_text.annotation.added',
      output_index: 0,
      content_index: 0,
      annotation_index: 0,
      annotation,
    },
    { type: 'response.output_item.done', output_index: 0, item: done },
    completed([done]),
  )
  expect(content).toMatchObject([{ citations: [{ url: 'https://a.example', title: 'A', start: 0, end: 2 }] }])
})

test('probabilities of tokens in a stream arrive once, and reach an application', () => {
  const logprobs = [{ token: 'Hi', logprob: -0.5, bytes: [72, 105], top_logprobs: [] }]
  const done = message('Hi', { content: [{ type: 'output_text', text: 'Hi', annotations: [], logprobs }] })
  const events = readData(
    created,
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hi', logprobs },
    { type: 'response.output_item.done', output_index: 0, item: done },
    completed([done]),
  )
  expect(folded(events).choices[0]!.logprobs).toEqual([{ token: 'Hi', logprob: -0.5, bytes: [72, 105] }])
  expect(folded(read([bytes(written(events, question))])).choices[0]!.logprobs).toHaveLength(1)
})

function failure(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    expect(isGatewayError(error)).toBe(true)
    return error
  }
  throw new Error('did not fail')
}
