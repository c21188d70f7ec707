import { expect, test } from 'vitest'
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts'
import { sse } from '../../../src/dialects/sse.ts'
import { GatewayError, isGatewayError } from '../../../src/errors.ts'
import { type ChatEvent, type ChatResponse, fold } from '../../../src/operations/chat/index.ts'

const target = { provider: 'test', model: 'claude', quirks: {} }
const request = { model: 'm', messages: [] }

const start = {
  type: 'message_start',
  message: { id: 'i', model: 'm', content: [], usage: { input_tokens: 5, output_tokens: 1 } },
}
const begin = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block })
const delta = (index: number, piece: object) => ({ type: 'content_block_delta', index, delta: piece })
const stop = (index: number) => ({ type: 'content_block_stop', index })
const end = (stop_reason: string, usage: object = { output_tokens: 9 }, more: object = {}) => ({
  type: 'message_delta',
  delta: { stop_reason, stop_sequence: null, ...more },
  usage,
})

function decode(frames: readonly (object | string)[]): ChatEvent[] {
  const events: ChatEvent[] = []
  const decoder = anthropicMessages.upstream.stream(target)
  for (const frame of frames) decoder.push({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) }, events)
  decoder.end(events)
  return events
}

function folded(events: readonly ChatEvent[]): ChatResponse {
  const collected = fold()
  for (const event of events) collected.add(event)
  return collected.result()
}

function encode(events: readonly ChatEvent[]): { event: string | undefined; data: Record<string, unknown> }[] {
  const encoder = anthropicMessages.downstream!.stream(request)
  const frames: { event: string | undefined; data: Record<string, unknown> }[] = []
  const parser = sse(({ event, data }) => frames.push({ event, data: JSON.parse(data) }))
  parser.feed(new TextEncoder().encode(events.map((event) => encoder.push(event)).join('') + encoder.end()))
  return frames
}

test('a stream becomes events, the input of a tool without arguments an empty object', () => {
  const events = decode([
    start,
    { type: 'ping' },
    begin(0, { type: 'thinking', thinking: '', signature: '' }),
    delta(0, { type: 'thinking_delta', thinking: 'hm' }),
    delta(0, { type: 'signature_delta', signature: 'sig' }),
    stop(0),
    begin(1, { type: 'text', text: '' }),
    delta(1, { type: 'text_delta', text: 'Hello' }),
    stop(1),
    begin(2, { type: 'tool_use', id: 'a', name: 'f', input: {} }),
    delta(2, { type: 'input_json_delta', partial_json: '' }),
    stop(2),
    end('tool_use'),
    { type: 'message_stop' },
  ])
  expect(folded(events)).toEqual({
    id: 'i',
    model: 'm',
    choices: [
      {
        index: 0,
        content: [
          { type: 'reasoning', text: 'hm', signature: { origin: 'anthropic-messages', value: 'sig' } },
          { type: 'text', text: 'Hello' },
          { type: 'tool-call', id: 'a', name: 'f', arguments: '{}' },
        ],
        finishReason: 'tool-calls',
        rawFinishReason: 'tool_use',
      },
    ],
    usage: { inputTokens: 5, outputTokens: 9 },
  })
})

test('calls that the provider executes, their results and blocks of unknown types are kept, and are no tool calls', () => {
  const [choice] = folded(
    decode([
      start,
      begin(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
      delta(0, { type: 'input_json_delta', partial_json: '{"query":' }),
      delta(0, { type: 'input_json_delta', partial_json: '"x"}' }),
      stop(0),
      begin(1, { type: 'web_search_tool_result', tool_use_id: 's', content: [] }),
      stop(1),
      begin(2, { type: 'compaction', content: null }),
      delta(2, { type: 'compaction_delta', content: 'So far', encrypted_content: 'e' }),
      stop(2),
      begin(3, { type: 'redacted_thinking', data: 'd' }),
      stop(3),
      end('pause_turn'),
    ]),
  ).choices
  const extension = (value: object) => ({ type: 'extension', dialect: 'anthropic-messages', value })
  expect(choice).toEqual({
    index: 0,
    content: [
      extension({ type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'x' } }),
      extension({ type: 'web_search_tool_result', tool_use_id: 's', content: [] }),
      extension({ type: 'compaction', content: 'So far', encrypted_content: 'e' }),
      { type: 'reasoning', text: '', signature: { origin: 'anthropic-messages', value: 'd', encrypted: true } },
    ],
    finishReason: 'stop',
    rawFinishReason: 'pause_turn',
  })
})

test('usage of message_delta replaces that of message_start, but null replaces nothing', () => {
  const before = {
    ...start,
    message: {
      usage: { input_tokens: 2049, cache_read_input_tokens: 10, cache_creation_input_tokens: 3, output_tokens: 1 },
    },
  }
  const usage = {
    input_tokens: 13_520,
    cache_read_input_tokens: null,
    cache_creation_input_tokens: null,
    output_tokens: 50,
  }
  expect(folded(decode([before, end('end_turn', usage)])).usage).toEqual({
    inputTokens: 13_533,
    outputTokens: 50,
    cachedInputTokens: 10,
    cacheWriteTokens: 3,
  })
})

test('[DONE] at the end and a last event without a blank line are both fine', () => {
  const events: ChatEvent[] = []
  const decoder = anthropicMessages.upstream.stream(target)
  const parser = sse((frame) => decoder.push(frame, events))
  parser.feed(
    new TextEncoder().encode(
      `data: ${JSON.stringify(start)}\n\ndata: [DONE]\n\ndata: ${JSON.stringify(end('end_turn'))}`,
    ),
  )
  parser.end()
  decoder.end(events)
  expect(events.map(({ type }) => type)).toEqual(['message-start', 'usage', 'usage', 'finish', 'message-end'])
})

test('a stream that breaks off closes its parts, and says no reason to finish', () => {
  const events = decode([start, begin(0, { type: 'text', text: '' }), delta(0, { type: 'text_delta', text: 'Hel' })])
  expect(events.slice(-2).map(({ type }) => type)).toEqual(['part-end', 'message-end'])
  expect(folded(events).choices).toEqual([{ index: 0, content: [{ type: 'text', text: 'Hel' }] }])
})

test('a text or thought without a beginning, and a second message_start, are read all the same', () => {
  const events = decode([start, delta(0, { type: 'text_delta', text: 'Hi' }), { ...start, message: { id: 'other' } }])
  expect(folded(events)).toMatchObject({ id: 'i', choices: [{ content: [{ type: 'text', text: 'Hi' }] }] })
})

test.each([
  [{ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 'provider_overloaded', 529],
  [{ type: 'error', error: { type: 'rate_limit_error', message: 'Slow' } }, 'rate_limited', 429],
  [{ error: { code: 502, message: 'Bad gateway' } }, 'provider_unavailable', 502],
  [{ type: 'error' }, 'provider_unavailable', 500],
] as const)('an error inside a stream is thrown: %j', (frame, code, status) => {
  try {
    decode([start, frame])
    expect.unreachable()
  } catch (error) {
    expect(isGatewayError(error, code)).toBe(true)
    expect((error as GatewayError).cause).toMatchObject({ status })
  }
})

test('an event that is no JSON is an invalid response', () => {
  expect(() => decode(['{"type":'])).toThrow(expect.objectContaining({ code: 'invalid_response' }))
})

const opening: ChatEvent = { type: 'message-start', id: 'i', model: 'm' }
const closing: readonly ChatEvent[] = [
  { type: 'finish', choice: 0, finishReason: 'tool-calls', rawFinishReason: 'tool_calls' },
  { type: 'usage', usage: { inputTokens: 10, outputTokens: 4, cachedInputTokens: 3 } },
  { type: 'message-end' },
]

test('parts that another provider streams side by side become one block after the other', () => {
  const frames = encode([
    opening,
    { type: 'reasoning-delta', choice: 0, part: 0, text: 'hm' },
    { type: 'text-delta', choice: 0, part: 1, text: 'Look: ' },
    { type: 'tool-call-start', choice: 0, part: 2, id: 'a', name: 'f' },
    { type: 'tool-call-start', choice: 0, part: 3, id: 'b', name: 'g' },
    { type: 'tool-call-delta', choice: 0, part: 2, arguments: '{"x"' },
    { type: 'tool-call-delta', choice: 0, part: 3, arguments: '{}' },
    { type: 'text-delta', choice: 0, part: 1, text: 'there' },
    { type: 'tool-call-delta', choice: 0, part: 2, arguments: ':1}' },
    { type: 'part-end', choice: 0, part: 2 },
    ...closing,
  ])
  expect(frames.every(({ event, data }) => event === data['type'])).toBe(true)
  expect(frames.map(({ event, data }) => `${event} ${data['index'] ?? ''}`.trim())).toEqual([
    'message_start',
    ...['content_block_start 0', 'content_block_delta 0', 'content_block_stop 0'],
    ...['content_block_start 1', 'content_block_delta 1', 'content_block_stop 1'],
    ...['content_block_start 2', 'content_block_delta 2', 'content_block_delta 2', 'content_block_stop 2'],
    ...['content_block_start 3', 'content_block_delta 3', 'content_block_stop 3'],
    ...['content_block_start 4', 'content_block_delta 4', 'content_block_stop 4'],
    ...['message_delta', 'message_stop'],
  ])
  const read = folded(decode(frames.map(({ data }) => data)))
  expect(read.choices[0]!.content).toMatchObject([
    { type: 'reasoning', text: 'hm' },
    { type: 'text', text: 'Look: ' },
    { type: 'tool-call', id: 'a', arguments: '{"x":1}' },
    { type: 'tool-call', id: 'b', arguments: '{}' },
    { type: 'text', text: 'there' },
  ])
  expect(frames.at(-2)!.data).toMatchObject({
    delta: { stop_reason: 'tool_use' },
    usage: { input_tokens: 7, cache_read_input_tokens: 3, output_tokens: 4 },
  })
})

test('a text reaches the application at once, not when its part has ended', () => {
  const encoder = anthropicMessages.downstream!.stream(request)
  expect(encoder.push(opening)).toBe('')
  expect(encoder.push({ type: 'text-delta', choice: 0, part: 0, text: 'Hi' })).toContain('"text":"Hi"')
})

test('an encrypted thought is redacted, an unsigned one has an empty signature, a foreign signature is marked', () => {
  const frames = encode([
    opening,
    { type: 'reasoning-delta', choice: 0, part: 0, text: '' },
    { type: 'part-end', choice: 0, part: 0, signature: { origin: 'anthropic-messages', value: 'd', encrypted: true } },
    { type: 'reasoning-delta', choice: 0, part: 1, text: 'hm' },
    { type: 'part-end', choice: 0, part: 1 },
    { type: 'reasoning-delta', choice: 0, part: 2, text: 'so' },
    { type: 'part-end', choice: 0, part: 2, signature: { origin: 'gemini', value: 's' } },
    { type: 'tool-call-start', choice: 0, part: 3, id: 'a', name: 'f' },
    { type: 'part-end', choice: 0, part: 3, signature: { origin: 'gemini', value: 't' } },
    ...closing,
  ])
  const blocks = frames.filter(({ event }) => event === 'content_block_start').map(({ data }) => data['content_block'])
  expect(blocks).toEqual([
    { type: 'redacted_thinking', data: 'd' },
    { type: 'thinking', thinking: '', signature: '' },
    { type: 'thinking', thinking: '', signature: '' },
    { type: 'tool_use', id: 'a', name: 'f', input: {} },
    { type: 'redacted_thinking', data: 'zerohop:gemini:proof:t' },
  ])
  expect(
    frames.map(({ data }) => (data['delta'] as { signature?: string } | undefined)?.signature).filter(Boolean),
  ).toEqual(['zerohop:gemini:proof:s'])
})

test('only the first of several answers can be said', () => {
  const frames = encode([
    opening,
    { type: 'text-delta', choice: 1, part: 0, text: 'no' },
    { type: 'text-delta', choice: 0, part: 0, text: 'yes' },
    { type: 'finish', choice: 0, finishReason: 'stop' },
    { type: 'finish', choice: 1, finishReason: 'length' },
    { type: 'message-end' },
  ])
  expect(JSON.stringify(frames)).not.toContain('no"')
  expect(frames.at(-2)!.data['delta']).toMatchObject({ stop_reason: 'end_turn' })
})

test('a refusal is a text, and the reason to stop', () => {
  const frames = encode([
    opening,
    { type: 'refusal-delta', choice: 0, part: 0, text: 'I will not.' },
    { type: 'finish', choice: 0, finishReason: 'stop', rawFinishReason: 'stop' },
    { type: 'message-end' },
  ])
  expect(frames[2]!.data['delta']).toEqual({ type: 'text_delta', text: 'I will not.' })
  expect(frames.at(-2)!.data['delta']).toMatchObject({ stop_reason: 'refusal' })
})

test('a stream that fails midway ends with an error event', () => {
  const encoder = anthropicMessages.downstream!.stream(request)
  expect(encoder.error(new GatewayError('timed_out', 'Too slow.'))).toBe(
    'event: error\ndata: {"type":"error","error":{"type":"timeout_error","message":"Too slow."},"request_id":null}\n\n',
  )
})

test('bytes that pass through are looked at as text: what matters', () => {
  const { matters } = anthropicMessages.upstream.passthrough!
  const quoting = { type: 'error', error: { type: 'api_error', message: 'saw "type":"content_block_delta" here' } }
  // biome-ignore format: a table
  const table: readonly (readonly [object | string, boolean])[] = [
    [start,                                                                      true],
    [{ type: 'ping' },                                                           false],
    ['[DONE]',                                                                   false],
    [begin(0, { type: 'text', text: '' }),                                       false],
    [begin(0, { type: 'thinking', thinking: '', signature: '' }),                false],
    [begin(0, { type: 'redacted_thinking', data: 'x' }),                         false],
    [begin(0, { type: 'tool_use', id: 'a', name: 'f', input: {} }),              false],
    [begin(0, { type: 'mcp_tool_result', content: [{ type: 'text', text: 'x' }] }), false],
    [delta(0, { type: 'text_delta', text: '' }),                                 false],
    [delta(0, { type: 'text_delta', text: '"error"' }),                          false],
    [delta(0, { type: 'thinking_delta', thinking: 'hm' }),                       false],
    [delta(0, { type: 'signature_delta', signature: 's' }),                      false],
    [stop(0),                                                                    false],
    [end('end_turn'),                                                            true],
    [{ type: 'message_stop' },                                                   true],
    [quoting,                                                                    true],
  ]
  for (const [frame, important] of table) {
    const data = typeof frame === 'string' ? frame : JSON.stringify(frame)
    expect([data, matters(data)]).toEqual([data, important])
  }
})
