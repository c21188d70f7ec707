import { expect, test } from 'vitest'
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts'
import { GatewayError } from '../../../src/errors.ts'
import type { ChatEvent, ChatRequest } from '../../../src/operations/chat/index.ts'
import { loadRecordings, recordingsPresent, recordingsTitle } from '../../recordings/recordings.ts'
import { bytes, dataOf, folded, question, read, written } from './wire.ts'

const passthrough = openaiResponses.upstream.passthrough!
const start: ChatEvent = { type: 'message-start', id: 'a-1', model: 'm', created: 5 }
const finish: ChatEvent = { type: 'finish', choice: 0, finishReason: 'stop' }
const end: ChatEvent = { type: 'message-end' }
const text = (part: number, words: string): ChatEvent => ({ type: 'text-delta', choice: 0, part, text: words })
const close = (part: number): ChatEvent => ({ type: 'part-end', choice: 0, part })

function outputOf(events: readonly ChatEvent[], request?: ChatRequest): readonly unknown[] {
  const { response } = dataOf(written(events, request)).at(-1) as unknown as { response: { output: unknown[] } }
  return response.output
}

test('every event has its name, its number and what it belongs to', () => {
  const body = written([start, text(0, 'Hel'), text(0, 'lo'), close(0), finish, end])
  const data = dataOf(body)
  expect(body.match(/^event: .*/gm)).toEqual(data.map(({ type }) => `event: ${type}`))
  expect(
    data.map(({ type, sequence_number, output_index, content_index }) => [
      type,
      sequence_number,
      output_index,
      content_index,
    ]),
  ).toEqual([
    ['response.created', 0, undefined, undefined],
    ['response.in_progress', 1, undefined, undefined],
    ['response.output_item.added', 2, 0, undefined],
    ['response.content_part.added', 3, 0, 0],
    ['response.output_text.delta', 4, 0, 0],
    ['response.output_text.delta', 5, 0, 0],
    ['response.output_text.done', 6, 0, 0],
    ['response.content_part.done', 7, 0, 0],
    ['response.output_item.done', 8, 0, undefined],
    ['response.completed', 9, undefined, undefined],
  ])
  expect(data.at(-1)!['response']).toMatchObject({
    id: 'a-1',
    object: 'response',
    created_at: 5,
    status: 'completed',
    error: null,
    incomplete_details: null,
    tools: [],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    output: [
      { type: 'message', status: 'completed', content: [{ type: 'output_text', text: 'Hello', annotations: [] }] },
    ],
  })
})

test('calls side by side are items of their own, each with its place', () => {
  const call = (part: number): ChatEvent => ({
    type: 'tool-call-start',
    choice: 0,
    part,
    id: `call_${part}`,
    name: 'f',
  })
  const input = (part: number, words: string): ChatEvent => ({
    type: 'tool-call-delta',
    choice: 0,
    part,
    arguments: words,
  })
  const events = [
    start,
    call(0),
    input(0, '{"a"'),
    call(1),
    input(1, '{'),
    input(0, ':1}'),
    close(0),
    input(1, '}'),
    close(1),
    end,
  ]
  const deltas = dataOf(written(events)).filter(({ type }) => type === 'response.function_call_arguments.delta')
  expect(deltas.map(({ output_index, delta }) => [output_index, delta])).toEqual([
    [0, '{"a"'],
    [1, '{'],
    [0, ':1}'],
    [1, '}'],
  ])
  expect(outputOf(events)).toMatchObject([
    { type: 'function_call', call_id: 'call_0', arguments: '{"a":1}' },
    { type: 'function_call', call_id: 'call_1', arguments: '{}' },
  ])
})

test('a call of a custom tool that the application has is one from its start', () => {
  const request: ChatRequest = {
    ...question,
    tools: [{ type: 'hosted', dialect: 'openai-responses', value: { type: 'custom', name: 'sql' } }],
  }
  const events: ChatEvent[] = [
    start,
    { type: 'tool-call-start', choice: 0, part: 0, id: 'call_1', name: 'sql' },
    { type: 'tool-call-delta', choice: 0, part: 0, arguments: 'SELECT 1' },
    close(0),
    finish,
    end,
  ]
  expect(dataOf(written(events, request)).map(({ type }) => type)).toEqual(
    expect.arrayContaining(['response.custom_tool_call_input.delta', 'response.custom_tool_call_input.done']),
  )
  expect(outputOf(events, request)).toMatchObject([{ type: 'custom_tool_call', call_id: 'call_1', input: 'SELECT 1' }])
  expect(folded(read([bytes(written(events, request))])).choices[0]!.content).toMatchObject([
    { type: 'tool-call', arguments: 'SELECT 1' },
  ])
})

test('an item is called the same in all its events; the provider’s own name for it is told at the end', () => {
  const item = { id: 'msg_of_provider', status: 'completed' }
  const extensions = { 'openai-responses': { item } }
  const data = dataOf(
    written([start, text(0, 'Hi'), { type: 'part-end', choice: 0, part: 0, extensions }, finish, end]),
  )
  const names = data.flatMap(({ item_id, item }) => item_id ?? (item as { id?: string } | undefined)?.id ?? [])
  expect(new Set(names)).toEqual(new Set(['msg_zerohop_0_a-1']))
  expect(data.at(-1)).toMatchObject({ response: { output: [{ id: 'msg_of_provider' }] } })
})

test('a proof of another maker follows its part as a thought, and joins it again', () => {
  const signature = { origin: 'gemini', value: 'proof' }
  const events: ChatEvent[] = [start, text(0, 'Hi'), { type: 'part-end', choice: 0, part: 0, signature }, finish, end]
  expect(outputOf(events)).toMatchObject([
    { type: 'message' },
    { type: 'reasoning', summary: [], encrypted_content: expect.stringContaining('gemini:proof:proof') },
  ])
  expect(folded(read([bytes(written(events))])).choices[0]!.content).toMatchObject([
    { type: 'text', text: 'Hi', signature },
  ])
})

test('parts that nobody has closed end with the stream', () => {
  const data = dataOf(written([start, text(0, 'Hel'), { ...finish, finishReason: 'length' } as ChatEvent, end]))
  expect(data.slice(-4).map(({ type }) => type)).toEqual([
    'response.output_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.incomplete',
  ])
  expect(data.at(-1)).toMatchObject({
    response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
  })
})

test('only the first choice is told', () => {
  expect(outputOf([start, text(0, 'a'), { ...text(0, 'b'), choice: 1 } as ChatEvent, finish, end])).toMatchObject([
    { content: [{ text: 'a' }] },
  ])
})

test('a failure midway is an event that both kinds of SDKs read', () => {
  const encoder = openaiResponses.downstream!.stream(question)
  encoder.push(start)
  const [event] = dataOf(encoder.error(new GatewayError('rate_limited', 'Slow down.')))
  expect(event).toEqual({
    type: 'error',
    sequence_number: 2,
    code: 'rate_limit_exceeded',
    message: 'Slow down.',
    param: null,
    error: { type: 'rate_limit_error', code: 'rate_limit_exceeded', message: 'Slow down.', param: null },
  })
})

test('bytes pass through unless the row says that its streams need repair', () => {
  const target = { provider: 'test', model: 'm' }
  expect(passthrough.allowed({ ...target, quirks: {} })).toBe(true)
  expect(passthrough.allowed({ ...target, quirks: { repairStream: true } })).toBe(false)
})

test('words of an answer that look like an end do not matter', () => {
  const words = JSON.stringify({
    type: 'response.output_text.delta',
    delta: '{"type":"response.completed","error":{}}',
  })
  expect(passthrough.matters(`data: ${words}`)).toBe(false)
  expect(passthrough.matters('data: {"type": "response.completed"}')).toBe(true)
  expect(passthrough.matters('data: {"error":{"code":502}}')).toBe(true)
  expect(passthrough.matters('data: {"type":"response.in_progress","response":{"error":null}}')).toBe(false)
})

test.skipIf(!recordingsPresent)(recordingsTitle('a frame that tells an end, usage or an error matters'), () => {
  let ends = 0
  for (const { id, stream, response } of loadRecordings('openai-responses')) {
    if (!stream || response.status >= 400) continue
    for (const line of response.body.split(/\r?\n/)) {
      if (!line.startsWith('data: {')) continue
      const { type, response, error } = JSON.parse(line.slice(6))
      if (!response?.usage && !error && type !== 'error' && type !== 'response.failed') continue
      expect(passthrough.matters(line), id).toBe(true)
      ends++
    }
  }
  expect(ends).toBeGreaterThan(140)
})
