import { expect, test } from 'vitest'
import { anthropicMessages } from '../src/dialects/anthropic-messages/index.ts'
import { bedrockConverse } from '../src/dialects/bedrock-converse/index.ts'
import { cohereChat } from '../src/dialects/cohere-chat/index.ts'
import type { Dialect, Frame } from '../src/dialects/dialect.ts'
import { gemini } from '../src/dialects/gemini/index.ts'
import { ollamaChat } from '../src/dialects/ollama/index.ts'
import { openaiChat } from '../src/dialects/openai-chat/index.ts'
import { openaiResponses } from '../src/dialects/openai-responses/index.ts'
import { sse } from '../src/dialects/sse.ts'
import { type ErrorCode, type GatewayError, isGatewayError } from '../src/errors.ts'
import { createGateway, type Gateway } from '../src/index.ts'
import { type ChatEvent, type ChatRequest, type ChatResponse, fold } from '../src/operations/chat/index.ts'
import { anthropic } from '../src/providers/anthropic.ts'
import { google } from '../src/providers/google.ts'
import { openai } from '../src/providers/openai.ts'
import type { AnyProvider } from '../src/providers/provider.ts'
import type { FetchResponse } from '../src/runtime.ts'
import { failureOf } from './world.ts'

// What real wire data does that a naive adapter gets wrong, by number. Each dialect's own tests say more of it.

test('oddity 1: parallel calls that all say index 0 are told apart by their ids', () => {
  const calls = ['a', 'b', 'c'].map((id) => delta({ tool_calls: [{ index: 0, ...call(id, 'add', `{"${id}":1}`) }] }))
  expect(callsOf(streamed(openaiChat, calls))).toEqual([
    ['add', '{"a":1}'],
    ['add', '{"b":1}'],
    ['add', '{"c":1}'],
  ])
})

test('oddity 2: a call under index -1 is a call', () => {
  const chunks = [
    delta({ tool_calls: [{ index: -1, ...call('a', 'add', '{"x"') }] }),
    delta({ tool_calls: [{ index: -1, function: { arguments: ':1}' } }] }, 'tool_calls'),
  ]
  expect(callsOf(streamed(openaiChat, chunks))).toEqual([['add', '{"x":1}']])
})

test('oddity 3: a first call under index 1 leaves no hole before it', () => {
  const chunks = [delta({ content: 'Hm.' }), delta({ tool_calls: [{ index: 1, ...call('a', 'add', '{}') }] })]
  expect(kindsOf(streamed(openaiChat, chunks))).toEqual(['text', 'tool-call'])
})

test('oddity 4: calls need neither an index nor a type', () => {
  const tool_calls = [call('a', 'add', '{"x":1}'), call('b', 'sub', '{"x":2}')]
  const expected = [
    ['add', '{"x":1}'],
    ['sub', '{"x":2}'],
  ]
  expect(callsOf(streamed(openaiChat, [delta({ tool_calls }, 'tool_calls')]))).toEqual(expected)
  expect(callsOf(whole(openaiChat, message({ tool_calls }, 'tool_calls')))).toEqual(expected)
})

test('oddity 5: a call may come whole, in the chunk that says why it ended', () => {
  const chunk = delta({ tool_calls: [{ index: 0, ...call('a', 'add', '{"x":1}') }] }, 'tool_calls')
  const response = streamed(openaiChat, [chunk])
  expect(callsOf(response)).toEqual([['add', '{"x":1}']])
  expect(response.choices[0]?.finishReason).toBe('tool-calls')
})

test.each<[string, () => ChatResponse]>([
  ...['', '{}', 'null', null, undefined].map((input): [string, () => ChatResponse] => [
    `OpenAI's format, ${JSON.stringify(input)}`,
    () => whole(openaiChat, message({ tool_calls: [call('a', 'now', input)] })),
  ]),
  ['Gemini, absent', () => whole(gemini, candidate([{ functionCall: { name: 'now' } }]))],
  ['Bedrock, ""', () => whole(bedrockConverse, converse([{ toolUse: { toolUseId: 'a', name: 'now', input: '' } }]))],
  ['Cohere, null', () => whole(cohereChat, cohere({ tool_calls: [{ type: 'function', ...call('a', 'now', null) }] }))],
  ['Ollama, absent', () => whole(ollamaChat, { message: { tool_calls: [{ function: { name: 'now' } }] }, done: true })],
  [
    'Anthropic, {} and then ""',
    () =>
      claude([
        { type: 'tool_use', id: 'a', name: 'now', input: {} },
        { type: 'input_json_delta', partial_json: '' },
      ]),
  ],
  [
    'Responses, ""',
    () => whole(openaiResponses, answer([{ type: 'function_call', call_id: 'a', name: 'now', arguments: '' }])),
  ],
])('oddity 6: a call without arguments has {}: %s', (_, read) => {
  expect(callsOf(read())).toEqual([['now', '{}']])
})

test.each([
  ['stop', 'tool-calls'],
  ['tool_call', 'tool-calls'],
  ['tool_calls', 'tool-calls'],
  ['length', 'length'],
  ['', undefined],
])('oddity 7: the finish reason "%s" of an answer with a call means %s', (reason, expected) => {
  const response = whole(openaiChat, message({ tool_calls: [call('a', 'add', '{"x":')] }, reason))
  expect(response.choices[0]?.finishReason).toBe(expected)
  expect(callsOf(response)).toEqual([['add', '{"x":']])
})

test('oddity 7: Gemini says STOP of calls too, and Responses completed; a limit cuts a call off', () => {
  const calls = candidate([{ functionCall: { name: 'now' } }], { finishReason: 'STOP' })
  expect(whole(gemini, calls).choices[0]?.finishReason).toBe('tool-calls')
  const item = { type: 'function_call', call_id: 'a', name: 'add', arguments: '{"x":' }
  expect(whole(openaiResponses, answer([item])).choices[0]?.finishReason).toBe('tool-calls')
  const cut = { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
  expect(whole(openaiResponses, answer([item], cut)).choices[0]?.finishReason).toBe('length')
})

test('oddity 8: empty custom, function_call and audio objects beside the real ones are nothing', () => {
  const response = whole(
    openaiChat,
    message({
      content: 'Hi',
      function_call: { name: '', arguments: '' },
      audio: { id: '', data: '' },
      tool_calls: [{ ...call('a', 'now', '{}'), custom: { name: '', input: '' } }],
    }),
  )
  expect(kindsOf(response)).toEqual(['text', 'tool-call'])
  expect(callsOf(response)).toEqual([['now', '{}']])
})

test('oddity 9: calls without ids are given ids, each its own', () => {
  const wire = [call('', 'now', '{}'), { function: { name: 'now', arguments: '{}' } }]
  const native = [{ functionCall: { name: 'now' } }, { functionCall: { name: 'now' } }]
  for (const response of [
    whole(openaiChat, message({ tool_calls: wire })),
    whole(gemini, candidate(native)),
    whole(ollamaChat, { message: { tool_calls: wire }, done: true }),
  ]) {
    const ids = response.choices[0]!.content.map((part) => part.type === 'tool-call' && part.id)
    expect(ids.every(Boolean)).toBe(true)
    expect(new Set(ids).size).toBe(2)
  }
})

test('oddity 9: a signature stays on the call, and goes back with it', () => {
  const part = { functionCall: { id: 'x1', name: 'now', args: {} }, thoughtSignature: 'c2ln' }
  const { content } = whole(gemini, candidate([part])).choices[0]!
  expect(content).toMatchObject([{ id: 'x1', signature: { origin: 'gemini', value: 'c2ln' } }])
  const wire = gemini.upstream.encode({ model: 'm', messages: [{ role: 'assistant', content }] }, target())
  expect(wire.body).toMatchObject({ contents: [{ parts: [{ thoughtSignature: 'c2ln' }] }] })
})

test.each<[string, () => ChatResponse]>([
  [
    'Bedrock',
    () =>
      bedrock([
        [
          'contentBlockStart',
          { start: { toolUse: { toolUseId: 'a', name: 'nova_grounding', type: 'server_tool_use' } } },
        ],
        ['contentBlockDelta', { delta: { toolUse: { input: '{"query":"?"}' } } }],
        ['contentBlockStop', {}],
        ['messageStop', { stopReason: 'end_turn' }],
      ]),
  ],
  [
    'xAI, Responses',
    () =>
      whole(openaiResponses, answer([{ type: 'custom_tool_call', call_id: 'xs_call_1', name: 'search', input: '?' }])),
  ],
  ['Anthropic', () => claude([{ type: 'server_tool_use', id: 'a', name: 'web_search', input: {} }])],
  ['Anthropic, MCP', () => claude([{ type: 'mcp_tool_use', id: 'a', name: 'f', server_name: 's', input: {} }])],
  ['Gemini', () => whole(gemini, candidate([{ toolCall: { toolType: 'GOOGLE_SEARCH_WEB' } }, { toolResponse: {} }]))],
])('oddity 10: what the provider executed itself is no call for the application: %s', (_, read) => {
  const response = read()
  expect(kindsOf(response)).toContain('extension')
  expect(callsOf(response)).toEqual([])
  expect(response.choices[0]?.finishReason).not.toBe('tool-calls')
})

test('oddity 11: a malformed call ends an answer in an error; one of an unknown tool is kept', () => {
  const malformed = { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'Malformed' }] }
  expect(whole(gemini, malformed).choices[0]).toMatchObject({ content: [], finishReason: 'error' })
  const undeclared = candidate([{ functionCall: { name: 'ls' } }], { finishReason: 'UNEXPECTED_TOOL_CALL' })
  expect(callsOf(whole(gemini, undeclared))).toEqual([['ls', '{}']])
  expect(whole(gemini, undeclared).choices[0]?.finishReason).toBe('error')
  const error = 'INVALID_TOOL_GENERATION: no such tool'
  const frames = [
    { type: 'message-start', id: 'i', delta: { message: { role: 'assistant' } } },
    { type: 'message-end', delta: { finish_reason: 'ERROR', error } },
  ]
  expect(streamed(cohereChat, frames).choices[0]).toMatchObject({ content: [], finishReason: 'error' })
})

test('oddity 12: arguments in pieces, each with a path into them, make one call', () => {
  const piece = (functionCall: object) => candidate([{ functionCall }])
  const response = streamed(gemini, [
    piece({ name: 'cook', willContinue: true }),
    piece({ partialArgs: [{ jsonPath: '$.steps[0]', stringValue: 'Bo', willContinue: true }], willContinue: true }),
    piece({ partialArgs: [{ jsonPath: '$.steps[0]', stringValue: 'il.' }], willContinue: true }),
    piece({ partialArgs: [{ jsonPath: '$.people', numberValue: 2 }] }),
    piece({}),
  ])
  const [[name, input] = []] = callsOf(response)
  expect([name, JSON.parse(input!)]).toEqual(['cook', { steps: ['Boil.'], people: 2 }])
})

test('oddity 13: the arguments of a call may come with its end alone', () => {
  const item = { type: 'function_call', id: 'fc', call_id: 'a', name: 'add', arguments: '' }
  const added = { type: 'response.output_item.added', output_index: 0, item }
  const done = { type: 'response.function_call_arguments.done', output_index: 0, arguments: '{"x":1}' }
  const itemDone = { type: 'response.output_item.done', output_index: 0, item: { ...item, arguments: '{"x":1}' } }
  for (const events of [
    [added, done, itemDone],
    [added, itemDone],
    [added, done],
  ]) {
    expect(callsOf(responses(events))).toEqual([['add', '{"x":1}']])
  }
})

test('oddity 14: Gemini ends lines with CRLF, and streams one indented JSON array where nobody asked for events', () => {
  const chunks = [candidate([{ text: 'A ] "b' }]), candidate([{ text: ' c' }], { finishReason: 'STOP' })]
  const events = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join('')
  const expected = streamed(gemini, chunks)
  expect(bytes(gemini, events)).toEqual(expected)
  expect(bytes(gemini, JSON.stringify(chunks, null, 2), 'application/json')).toEqual(expected)
  const failure = [{ error: { code: 429, message: 'Exhausted', status: 'RESOURCE_EXHAUSTED' } }]
  expect(thrown(() => bytes(gemini, JSON.stringify(failure), 'application/json')).code).toBe('rate_limited')
})

test('oddity 15: comments in a stream, and blanks before a body, keep a connection alive and say nothing', async () => {
  const comment = ': OPENROUTER PROCESSING\n\n'
  const text = `${comment}${comment}data: ${JSON.stringify(delta({ content: 'Hi' }, 'stop'))}\n\n: keepalive\n\n`
  expect(textOf(bytes(openaiChat, text))).toBe('Hi')
  const body = `${'\n         \n'.repeat(30)}${JSON.stringify(message({ content: 'Hi' }))}`
  expect((await gatewayOf(openai, body).chat({ model: 'openai/m', messages: '?' })).text).toBe('Hi')
})

test('oddity 16: [DONE] may be missing, and may be there where the format knows none', () => {
  expect(textOf(bytes(openaiChat, sent([delta({ content: 'Hi' }, 'stop')])))).toBe('Hi')
  const done = 'data: [DONE]\n\n'
  expect(textOf(bytes(anthropicMessages, sent(claudeFrames([{ type: 'text', text: 'Hi' }])) + done))).toBe('Hi')
  expect(textOf(bytes(openaiResponses, sent([completed(answer([said('Hi')]))]) + done))).toBe('Hi')
  expect(textOf(bytes(cohereChat, sent(cohereFrames('Hi')) + done))).toBe('Hi')
})

test('oddity 17: events may lack their names, and the last one its blank line', () => {
  const text = { type: 'response.output_text.delta', output_index: 0, content_index: 0, delta: 'Hi' }
  const unnamed = bytes(openaiResponses, sent([text, completed(answer([said('Hi')]))]))
  expect(unnamed.choices[0]).toMatchObject({ content: [{ text: 'Hi' }], finishReason: 'stop' })
  const unended = sent(claudeFrames([{ type: 'text', text: 'Hi' }])).trimEnd()
  expect(bytes(anthropicMessages, unended).choices[0]).toMatchObject({
    content: [{ text: 'Hi' }],
    finishReason: 'stop',
  })
})

test('oddity 18: a first chunk without choices, a choice without delta and deltas without role are harmless', () => {
  const response = streamed(openaiChat, [
    { id: '', model: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
    { id: 'i', model: 'm', choices: [{ index: 0 }] },
    delta({ content: 'Hi' }, 'stop'),
  ])
  expect(response).toMatchObject({ id: 'i', model: 'm', choices: [{ content: [{ text: 'Hi' }] }] })
})

test('oddity 19: a finish reason may be repeated, change, and be followed by more', () => {
  const piece = (index: number) => ({ tool_calls: [{ index, ...call(`c${index}`, 'now', '{}') }] })
  const together = streamed(openaiChat, [delta(piece(0), 'tool_calls'), delta(piece(1), 'tool_calls'), delta({}, null)])
  expect(callsOf(together)).toHaveLength(2)
  expect(together.choices[0]?.finishReason).toBe('tool-calls')
  const again = [delta({ content: 'Hi' }, 'stop'), { ...delta({}, 'stop'), usage: { prompt_tokens: 1 } }]
  expect(streamed(openaiChat, again).usage.inputTokens).toBe(1)
  expect(streamed(openaiChat, [delta({}, 'stop'), delta({}, 'length')]).choices[0]?.finishReason).toBe('length')
})

test.each<[string, readonly object[]]>([
  ['on a chunk of its own', [{ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }]],
  ['on the last chunk', [{ ...delta({}, 'stop'), usage: { prompt_tokens: 1, completion_tokens: 2 } }]],
  ['growing, on each', [1, 2].map((n) => ({ ...delta({}), usage: { prompt_tokens: 1, completion_tokens: n } }))],
  ['in x_groq', [{ ...delta({}, 'stop'), x_groq: { usage: { prompt_tokens: 1, completion_tokens: 2 } } }]],
  [
    'before a null',
    [
      { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
      { choices: [], usage: null },
    ],
  ],
])('oddity 20: usage may come %s', (_, chunks) => {
  const { usage } = streamed(openaiChat, [delta({ content: 'Hi' }), ...chunks])
  expect(usage).toMatchObject({ inputTokens: 1, outputTokens: 2 })
})

test('oddity 20: usage that nobody told is not 0', () => {
  expect(streamed(openaiChat, [delta({ content: 'Hi' }, 'stop')]).usage).toEqual({})
})

test('oddity 21: Bedrock begins no texts, counts after the end, pads its events, and fails in frames of their own', () => {
  const response = bedrock([
    ['messageStart', { role: 'assistant', p: 'abc' }],
    ['contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'Hm.' } }, p: 'abcd' }],
    ['contentBlockStop', { contentBlockIndex: 0, p: 'ab' }],
    ['contentBlockDelta', { contentBlockIndex: 1, delta: { text: 'Hi' }, p: 'abcdef' }],
    ['contentBlockStop', { contentBlockIndex: 1, p: 'a' }],
    ['messageStop', { stopReason: 'end_turn', p: 'abc' }],
    ['metadata', { usage: { inputTokens: 3, outputTokens: 2 }, p: 'ab' }],
  ])
  expect(kindsOf(response)).toEqual(['reasoning', 'text'])
  expect(response).toMatchObject({ choices: [{ finishReason: 'stop' }], usage: { inputTokens: 3, outputTokens: 2 } })
  expect(JSON.stringify(response)).not.toContain('abc')
  const exception = thrown(() => bedrock([['throttlingException', { message: 'Too many tokens, please wait.' }]]))
  expect(exception).toMatchObject({ code: 'rate_limited', cause: { status: 429 } })
})

test('oddity 22: Gemini says why it ended several times, with parts after it, or says nothing else', () => {
  const response = streamed(gemini, [
    candidate([{ executableCode: { code: 'f()' } }], { finishReason: 'STOP' }),
    candidate([{ text: 'One.' }], { finishReason: 'STOP' }),
    candidate([{ text: '', thoughtSignature: 'c2ln' }], { finishReason: 'MAX_TOKENS' }),
  ])
  expect(response.choices[0]).toMatchObject({ finishReason: 'length' })
  expect(response.choices[0]?.content.slice(1)).toMatchObject([{ text: 'One.' }, { signature: { value: 'c2ln' } }])
  const empty = { candidates: [{ content: {}, finishReason: 'MAX_TOKENS' }] }
  expect(whole(gemini, empty).choices[0]).toMatchObject({ content: [], finishReason: 'length' })
  expect(whole(gemini, { candidates: [{ finishReason: 'NO_IMAGE' }] }).choices[0]?.content).toEqual([])
  const blocked = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }
  expect(whole(gemini, blocked).choices[0]).toMatchObject({ content: [], finishReason: 'content-filter' })
})

test('oddity 23: an answer is built from its items, whose ids may change, for its end may not repeat them', () => {
  const item = { type: 'message', role: 'assistant', content: [] }
  const text = { type: 'response.output_text.delta', output_index: 0, content_index: 0 }
  const response = bytes(
    openaiResponses,
    sent([
      { type: 'response.output_item.added', output_index: 0, item: { ...item, id: 'msg_1' } },
      { ...text, item_id: 'msg_2', delta: 'Hel' },
      { ...text, item_id: 'msg_3', delta: 'lo' },
      { type: 'response.output_item.done', output_index: 0, item: { ...said('Hello'), id: 'msg_4' } },
      completed(answer([], { output_text: '' })),
    ]),
  )
  expect(textOf(response)).toBe('Hello')
  expect(textOf(whole(openaiResponses, answer([said('Hello')], { output_text: '' })))).toBe('Hello')
})

test('oddity 24: several answers come interleaved, and stay apart', () => {
  const piece = (index: number, content: string) => ({ id: 'i', choices: [{ index, delta: { content } }] })
  const { choices } = streamed(openaiChat, [piece(0, 'a'), piece(1, 'x'), piece(0, 'b'), piece(1, 'y')])
  expect(choices.map(({ content }) => content)).toMatchObject([[{ text: 'ab' }], [{ text: 'xy' }]])
  const native = (index: number, text: string) => candidate([{ text }], { index })
  const more = streamed(gemini, [native(0, 'a'), native(1, 'x'), native(0, 'b'), native(1, 'y')])
  expect(more.choices.map(({ content }) => content)).toMatchObject([[{ text: 'ab' }], [{ text: 'xy' }]])
})

test('oddity 25: reads end anywhere, within a character too', () => {
  const text = sent([delta({ content: 'Größe: ' }), delta({ content: '🙂' }, 'stop')])
  const size = new TextEncoder().encode(text).length
  for (let cut = 0; cut <= size; cut++) expect(textOf(bytes(openaiChat, text, '', cut))).toBe('Größe: 🙂')
})

test.each<[string, object]>([
  ['reasoning_content', { reasoning_content: 'Hm.' }],
  ['reasoning', { reasoning: 'Hm.' }],
  ['reasoning_details', { reasoning_details: [{ type: 'reasoning.text', text: 'Hm.' }] }],
  ['both', { reasoning: 'Hm.', reasoning_details: [{ type: 'reasoning.text', text: 'Hm.' }] }],
])('oddity 26: reasoning is found once, in %s', (_, fields) => {
  const expected = [
    ['reasoning', 'Hm.'],
    ['text', 'Hi'],
  ]
  expect(wordsOf(whole(openaiChat, message({ content: 'Hi', ...fields })))).toEqual(expected)
  expect(wordsOf(streamed(openaiChat, [delta(fields), delta({ content: 'Hi' }, 'stop')]))).toEqual(expected)
})

test('oddity 26: reasoning is found in content lists, in think tags if the row says so, and in items', () => {
  const expected = [
    ['reasoning', 'Hm.'],
    ['text', 'Hi'],
  ]
  const list = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
    { type: 'text', text: 'Hi' },
  ]
  expect(wordsOf(whole(openaiChat, message({ content: list })))).toEqual(expected)
  expect(wordsOf(whole(openaiChat, message({ content: '<think>Hm.</think>Hi' }), { thinkTags: true }))).toEqual(
    expected,
  )
  const items = [{ type: 'reasoning', content: [{ type: 'reasoning_text', text: 'Hm.' }] }, said('Hi')]
  expect(wordsOf(whole(openaiResponses, answer(items)))).toEqual(expected)
  expect(wordsOf(whole(ollamaChat, { message: { thinking: 'Hm.', content: 'Hi' }, done: true }))).toEqual(expected)
  const encrypted = { reasoning_details: [{ type: 'reasoning.encrypted', data: 'ZGF0YQ==' }] }
  expect(wordsOf(whole(openaiChat, message({ content: 'Hi', ...encrypted })))[0]).toEqual(['reasoning', ''])
})

test('oddity 27: a message may have no content, null, a list or an empty one; a choice may have no message', () => {
  expect(kindsOf(whole(openaiChat, message({})))).toEqual([])
  expect(kindsOf(whole(openaiChat, message({ content: null })))).toEqual([])
  expect(textOf(whole(openaiChat, message({ content: [{ type: 'text', text: 'Hi' }] })))).toBe('Hi')
  const filtered = { choices: [{ index: 0, finish_reason: 'content_filter', content_filter_results: {} }] }
  expect(whole(openaiChat, filtered).choices[0]).toMatchObject({ content: [], finishReason: 'content-filter' })
  const body = { type: 'message', content: [], stop_reason: 'end_turn' }
  expect(whole(anthropicMessages, body).choices[0]).toMatchObject({ content: [], finishReason: 'stop' })
})

test('oddity 28: refusals are told apart from text, in four ways', () => {
  expect(kindsOf(whole(openaiChat, message({ content: null, refusal: 'No.' }, 'stop')))).toEqual(['refusal'])
  expect(whole(openaiChat, message({ content: null }, 'content_filter')).choices[0]?.finishReason).toBe(
    'content-filter',
  )
  const refused = { type: 'message', role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] }
  expect(kindsOf(whole(openaiResponses, answer([refused])))).toEqual(['refusal'])
  expect(claude([], { stop_reason: 'refusal' }).choices[0]?.finishReason).toBe('content-filter')
})

test('oddity 29: cited text is the answer, a plan of tools is none, and sources come in two shapes', () => {
  const cited = { citationsContent: { content: [{ text: 'It rains.' }], citations: [{ title: 'News' }] } }
  expect(textOf(whole(bedrockConverse, converse([cited])))).toBe('It rains.')
  const plan = cohere({ tool_plan: 'I will look.', tool_calls: [{ type: 'function', ...call('a', 'look', '{}') }] })
  expect(wordsOf(whole(cohereChat, plan))).toEqual([])
  const sources = [
    { type: 'document', id: 'd', document: { title: 'A' } },
    { type: 'tool', id: 't', tool_output: { title: 'B' } },
  ]
  const citations = [{ start: 0, end: 2, text: 'It', sources }]
  const [part] = whole(cohereChat, cohere({ content: [{ type: 'text', text: 'It rains.' }], citations })).choices[0]!
    .content
  expect(part).toMatchObject({ citations: [{ title: 'A' }, { title: 'B' }] })
})

test('oddity 30: blocks that nobody knows are kept and break nothing', () => {
  const response = claude(
    [
      { type: 'redacted_thinking', data: 'ZGF0YQ==' },
      { type: 'compaction', content: 'Before: …' },
      { type: 'of_next_year', content: {} },
      { type: 'text', text: 'Hi' },
    ],
    { stop_reason: 'pause_turn' },
  )
  expect(textOf(response)).toBe('Hi')
  expect(response.choices[0]).toMatchObject({ finishReason: 'stop', rawFinishReason: 'pause_turn' })
  expect(kindsOf(response)).toEqual(['reasoning', 'extension', 'extension', 'text'])
})

test('oddity 31: output has the reasoning in it, though some leave it out, and Google hides it in the total', () => {
  const usage = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 18 }
  const details = { completion_tokens_details: { reasoning_tokens: 10 } }
  const xai = whole(openaiChat, { ...message({}), usage: { ...usage, ...details } }).usage
  expect(xai).toMatchObject({ inputTokens: 5, outputTokens: 13, reasoningTokens: 10 })
  const hidden = whole(openaiChat, { ...message({}), usage }).usage
  expect(hidden).toMatchObject({ outputTokens: 3, extensions: { 'openai-chat': { total_tokens: 18 } } })
  const usageMetadata = { promptTokenCount: 5, toolUsePromptTokenCount: 4, thoughtsTokenCount: 10, totalTokenCount: 19 }
  const native = whole(gemini, { ...candidate([{ text: 'x' }]), usageMetadata }).usage
  expect(native).toMatchObject({ inputTokens: 9, outputTokens: 10, reasoningTokens: 10 })
})

test('oddity 32: input has what was cached in it; the last count of a stream holds, but null is none', () => {
  const counted = { input_tokens: 1, cache_read_input_tokens: 2, cache_creation_input_tokens: 4, output_tokens: 1 }
  const last = { input_tokens: 10, cache_read_input_tokens: null, output_tokens: 8 }
  expect(claude([{ type: 'text', text: 'x' }], {}, counted, last).usage).toMatchObject({
    inputTokens: 16,
    outputTokens: 8,
    cachedInputTokens: 2,
  })
  const usage = { inputTokens: 1, cacheReadInputTokens: 2, cacheWriteInputTokens: 4, outputTokens: 8, totalTokens: 15 }
  expect(whole(bedrockConverse, { ...converse([{ text: 'x' }]), usage }).usage).toMatchObject({ inputTokens: 7 })
  const iterations = [
    { type: 'compaction', input_tokens: 100, output_tokens: 20 },
    { type: 'message', input_tokens: 10, output_tokens: 8 },
  ]
  const compacted = claude([{ type: 'text', text: 'x' }], {}, counted, { ...last, iterations }).usage
  expect(compacted).toMatchObject({ inputTokens: 116, outputTokens: 28 })
})

test('oddity 33: tokens are counted, not what is billed; what was cached has several names and places', () => {
  const tokens = { input_tokens: 500, output_tokens: 7 }
  const usage = { tokens, billed_units: { input_tokens: 5, output_tokens: 7 }, cached_tokens: 16 }
  const expected = { inputTokens: 500, outputTokens: 7, cachedInputTokens: 16 }
  expect(whole(cohereChat, { ...cohere({ content: [] }), usage }).usage).toMatchObject(expected)
  for (const cached of [{ cached_tokens: 7 }, { prompt_cache_hit_tokens: 7, prompt_cache_miss_tokens: 3 }]) {
    const wire = { ...message({}), usage: { prompt_tokens: 10, completion_tokens: 1, ...cached } }
    expect(whole(openaiChat, wire).usage.cachedInputTokens).toBe(7)
  }
})

test('oddity 34: counts that start anew within a stream are not mixed', () => {
  const counted = (usageMetadata: object) => ({ ...candidate([{ text: 'x' }]), usageMetadata })
  const { usage } = streamed(gemini, [
    counted({ promptTokenCount: 9, candidatesTokenCount: 15, thoughtsTokenCount: 78 }),
    counted({ promptTokenCount: 87, thoughtsTokenCount: 20 }),
  ])
  expect(usage).toEqual({ inputTokens: 87, outputTokens: 20, reasoningTokens: 20 })
})

test.each([
  ['an event without a name', 'data: {"error":{"code":502,"message":"Upstream"}}\n\n', 502, 'provider_unavailable'],
  [
    'a named event',
    'event: error\ndata: {"message":"No","code":"tool_use_failed","status_code":400}\n\n',
    400,
    'invalid_response',
  ],
  ['a whole body', '{"error":{"code":502,"message":"Upstream"}}', 502, 'provider_unavailable'],
  ['a filter of Azure', '{"error":{"code":"content_filter","status":400,"message":"No"}}', 400, 'content_filtered'],
])(
  'oddity 35: status 200 and an error is an error, before anything reaches the application: %s',
  async (_, body, status, code) => {
    const stream = !body.startsWith('{')
    const gateway = gatewayOf(openai, body, 200, { 'content-type': stream ? 'text/event-stream' : 'application/json' })
    const error = await failureOf(stream ? gateway.chat({ ...ask, stream }) : gateway.chat(ask))
    expect(error).toMatchObject({ code, cause: { status } })
  },
)

test('oddity 36: an error midway is an error, though the answer seemed to have ended', () => {
  const error = { code: 502, message: 'Upstream', metadata: { raw: 'Malformed function call' } }
  const chunks = [delta({ content: 'Hi' }, 'length'), { ...delta({ content: '' }, 'stop'), error }]
  expect(thrown(() => streamed(openaiChat, chunks))).toMatchObject({
    code: 'provider_unavailable',
    message: expect.stringContaining('Malformed function call'),
  })
  const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
  const frames = [...claudeFrames([{ type: 'text', text: 'Hi' }]).slice(0, 3), overloaded]
  expect(thrown(() => streamed(anthropicMessages, frames)).code).toBe('provider_overloaded')
})

test('oddity 36: an error that is told twice is thrown once', () => {
  const decoder = openaiResponses.upstream.stream(target())
  const error = { code: 'insufficient_quota', message: 'Pay.' }
  const push = (frame: object) => decoder.push({ data: JSON.stringify(frame) }, [])
  expect(thrown(() => push({ type: 'error', ...error })).code).toBe('quota_exhausted')
  push({ type: 'response.failed', response: { status: 'failed', error } })
})

test.each<[string, AnyProvider, number, string, unknown, ErrorCode]>([
  ['DeepSeek', openai, 400, 'application/octet-stream', { error: { message: 'Model Not Exist' } }, 'model_not_found'],
  [
    'OpenAI',
    openai,
    401,
    'text/plain',
    { error: { message: 'No.', code: 'invalid_api_key' } },
    'authentication_failed',
  ],
  ['Gemini', google, 404, 'text/event-stream', { error: { message: 'Gone.', status: 'NOT_FOUND' } }, 'model_not_found'],
  ['Ollama', openai, 404, 'application/json', { error: "model 'x' not found" }, 'model_not_found'],
  ['Mistral', openai, 401, 'application/json', { detail: 'Invalid API Key' }, 'authentication_failed'],
  ['Mistral, an object', openai, 422, 'application/json', { message: { detail: [{ msg: 'No.' }] } }, 'invalid_request'],
  ['xAI', openai, 400, 'application/json', { code: 'x', error: 'Incorrect API key provided' }, 'authentication_failed'],
  ['Cohere', openai, 429, 'application/json', { message: 'Slow.' }, 'rate_limited'],
  ['Azure', openai, 429, 'application/json', { error: { code: 'RateLimitReached', details: 'Slow.' } }, 'rate_limited'],
  ['ChatGPT', openai, 400, 'application/json', { detail: 'Unsupported.' }, 'invalid_request'],
  [
    'OpenRouter',
    openai,
    400,
    'application/json',
    { error: { error: { message: 'Flagged as x' } } },
    'content_filtered',
  ],
  [
    'OpenRouter, hidden',
    openai,
    403,
    'application/json',
    { error: { message: 'Error', metadata: { raw: '{"error":"violates usage guidelines"}' } } },
    'content_filtered',
  ],
])(
  'oddity 37: an error is read whatever its content type and its shape: %s',
  async (_, row, status, type, body, code) => {
    const gateway = gatewayOf(row, JSON.stringify(body), status, { 'content-type': type })
    const error = await failureOf(gateway.chat({ ...ask, model: `${row.id}/m` }))
    expect(error).toMatchObject({ code, cause: { status } })
    expect(error.message).not.toMatch(/without a message|\{/)
  },
)

test.each<[string, number, unknown, ErrorCode]>([
  ['a number', 400, { error: { code: 400, message: 'x is not a valid model ID' } }, 'model_not_found'],
  ['a number as text', 401, { error: { code: '401', message: 'Denied.' } }, 'authentication_failed'],
  [
    'one that says little',
    401,
    { error: { code: 'invalid_request_error', message: 'Denied.' } },
    'authentication_failed',
  ],
  ['a 400 for a wrong key', 400, { code: 'x', error: 'Incorrect API key provided' }, 'authentication_failed'],
])('oddity 38: codes differ, and so does the status of a wrong key: %s', (_, status, body, code) => {
  expect(openaiChat.upstream.error(failure(status, body), target()).code).toBe(code)
})

test('oddity 38: Gemini tells a wrong key by a reason, and Bedrock by the name of an exception', () => {
  const reason = { error: { code: 400, message: 'No.', details: [{ reason: 'API_KEY_INVALID' }] } }
  expect(gemini.upstream.error(failure(400, reason), target()).code).toBe('authentication_failed')
  const headers = { 'x-amzn-errortype': 'UnrecognizedClientException:http://internal/' }
  const body = { message: 'The security token included in the request is invalid.' }
  expect(bedrockConverse.upstream.error(failure(403, body, headers), target()).code).toBe('authentication_failed')
})

test.each<[string, { error: Dialect<object>['upstream']['error'] }, number, unknown, ErrorCode]>([
  [
    'Anthropic',
    anthropicMessages.upstream,
    400,
    { error: { message: 'prompt is too long: 3 > 2' } },
    'context_window_exceeded',
  ],
  [
    'Bedrock',
    bedrockConverse.upstream,
    400,
    { message: 'Input is too long for requested model.' },
    'context_window_exceeded',
  ],
  [
    'Cohere',
    cohereChat.upstream,
    400,
    { message: 'too many tokens: total cannot exceed 4' },
    'context_window_exceeded',
  ],
  [
    'Ollama',
    ollamaChat.upstream,
    400,
    { error: 'the input length exceeds the context length' },
    'context_window_exceeded',
  ],
  [
    'OpenAI, Responses',
    openaiResponses.upstream,
    400,
    { error: { message: 'Your input exceeds the context window of this model.' } },
    'context_window_exceeded',
  ],
  [
    'Vertex',
    gemini.upstream,
    400,
    { error: { message: 'The input token count (5) exceeds the maximum number of tokens allowed (4).' } },
    'context_window_exceeded',
  ],
  ['llama.cpp', openaiChat.upstream, 400, { error: { type: 'exceed_context_size_error' } }, 'context_window_exceeded'],
  ['Bedrock, throttled', bedrockConverse.upstream, 429, { message: 'Too many tokens, please wait.' }, 'rate_limited'],
  ['Groq, a minute', openaiChat.upstream, 413, { error: { code: 'rate_limit_exceeded' } }, 'rate_limited'],
  ['Gemini, a minute', gemini.upstream, 429, { error: { message: 'Quota: input_token_count' } }, 'rate_limited'],
])('oddity 39: a context window that is exceeded is told from a rate limit: %s', (_, { error }, status, body, code) => {
  expect(error(failure(status, body), target()).code).toBe(code)
})

test('oddity 40: retry-after counts with an error, not with an answer that holds one', async () => {
  const headers = { 'content-type': 'application/json', 'retry-after': '24' }
  const body = '{"error":{"type":"rate_limit_error","message":"Slow."}}'
  const ofAnswer = await failureOf(gatewayOf(anthropic, body, 200, headers).chat({ ...ask, model: 'anthropic/m' }))
  const ofError = await failureOf(gatewayOf(anthropic, body, 429, headers).chat({ ...ask, model: 'anthropic/m' }))
  expect([ofAnswer.code, ofAnswer.retryAfter]).toEqual(['rate_limited', undefined])
  expect([ofError.code, ofError.retryAfter]).toEqual(['rate_limited', 24_000])
})

test.each<[Readonly<Record<string, string>>, number]>([
  [{ 'retry-after-ms': '0', 'retry-after': '1' }, 1000],
  [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6ms' }, 6],
  [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '7m12s' }, 432_000],
  [{ 'x-ratelimit-remaining-tokens-minute': '0', 'x-ratelimit-reset-tokens-minute': '3.5436' }, 3544],
  [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(Date.UTC(2026, 0, 1, 0, 1)) }, 60_000],
  [{ 'retry-after': '2026-01-01T00:00:05Z' }, 5000],
])('oddity 40: a wait has many forms: %j', (headers, wait) => {
  expect(openaiChat.upstream.error(failure(429, {}, headers), target()).retryAfter).toBe(wait)
})

test('oddity 40: Gemini puts the wait into the details', () => {
  const body = { error: { code: 429, details: [{ retryDelay: '48s' }] } }
  expect(gemini.upstream.error(failure(429, body), target()).retryAfter).toBe(48_000)
})

type ChatDialect<Quirks> = Dialect<Quirks, ChatRequest, ChatResponse, ChatEvent>

function target<Quirks>(quirks?: Quirks) {
  return { provider: 'test', model: 'm', quirks: (quirks ?? {}) as Quirks }
}

/** Reads a whole answer. */
function whole<Quirks>({ upstream }: ChatDialect<Quirks>, body: unknown, quirks?: Quirks): ChatResponse {
  return upstream.decode(body, target(quirks))
}

/** Reads a stream, a frame each, with or without a name. */
function streamed<Quirks>(dialect: ChatDialect<Quirks>, frames: readonly (object | readonly [string, object])[]) {
  return decoded(dialect, (onFrame) => {
    for (const frame of frames) {
      const [event, data] = Array.isArray(frame) ? (frame as [string, object]) : [undefined, frame]
      onFrame({ event, data: JSON.stringify(data) })
    }
  })
}

/** Reads a stream from its bytes, in two reads. */
function bytes<Quirks>(dialect: ChatDialect<Quirks>, text: string, contentType = 'text/event-stream', cut = 7) {
  return decoded(dialect, (onFrame) => {
    const parser = dialect.upstream.frames?.(contentType, onFrame) ?? sse(onFrame)
    const encoded = new TextEncoder().encode(text)
    parser.feed(encoded.subarray(0, cut))
    parser.feed(encoded.subarray(cut))
    parser.end()
  })
}

function decoded<Quirks>(dialect: ChatDialect<Quirks>, run: (onFrame: (frame: Frame) => void) => void): ChatResponse {
  const decoder = dialect.upstream.stream(target())
  const events: ChatEvent[] = []
  run((frame) => decoder.push(frame, events))
  decoder.end(events)
  const collected = fold()
  for (const event of events) collected.add(event)
  return collected.result()
}

/** The events of a stream as text. */
function sent(frames: readonly object[]): string {
  return frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('')
}

function callsOf({ choices }: ChatResponse): [name: string, input: string][] {
  return choices[0]!.content.flatMap((part) => (part.type === 'tool-call' ? [[part.name, part.arguments]] : []))
}

function kindsOf({ choices }: ChatResponse): string[] {
  return choices[0]!.content.map(({ type }) => type)
}

function wordsOf({ choices }: ChatResponse): [kind: string, text: string][] {
  return choices[0]!.content.flatMap((part) => ('text' in part ? [[part.type, part.text]] : []))
}

function textOf(response: ChatResponse): string {
  return wordsOf(response)
    .filter(([kind]) => kind === 'text')
    .map(([, text]) => text)
    .join('')
}

function call(id: string, name: string, input: unknown): object {
  return { id, function: { name, arguments: input } }
}

function delta(delta: object, finish_reason: string | null = null) {
  return { id: 'i', model: 'm', choices: [{ index: 0, delta, finish_reason }] }
}

function message(message: object, finish_reason = 'stop') {
  return { id: 'i', model: 'm', choices: [{ index: 0, message, finish_reason }] }
}

function candidate(parts: readonly object[], more: object = {}) {
  return { responseId: 'i', candidates: [{ content: { role: 'model', parts }, ...more }] }
}

function answer(output: readonly object[], more: object = {}) {
  return { id: 'i', object: 'response', model: 'm', status: 'completed', output, ...more }
}

function said(text: string) {
  return { type: 'message', role: 'assistant', content: [{ type: 'output_text', text, annotations: [] }] }
}

function completed(response: object) {
  return { type: 'response.completed', response }
}

/** A stream of Responses whose end repeats nothing. */
function responses(events: readonly object[]): ChatResponse {
  return streamed(openaiResponses, [...events, completed(answer([]))])
}

function converse(content: readonly object[]) {
  return { output: { message: { role: 'assistant', content } }, stopReason: 'end_turn' }
}

function bedrock(events: readonly (readonly [string, object])[]): ChatResponse {
  return streamed(bedrockConverse, events)
}

function cohere(message: object) {
  return { id: 'i', finish_reason: 'COMPLETE', message: { role: 'assistant', ...message } }
}

function cohereFrames(text: string) {
  return [
    { type: 'message-start', id: 'i', delta: { message: { role: 'assistant' } } },
    { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } },
    { type: 'content-delta', index: 0, delta: { message: { content: { text } } } },
    { type: 'content-end', index: 0 },
    { type: 'message-end', delta: { finish_reason: 'COMPLETE' } },
  ]
}

interface Block {
  readonly type: string
  readonly [field: string]: unknown
}

/** A stream of Anthropic's, of blocks that come whole and of deltas that belong to the block before them. */
function claudeFrames(blocks: readonly Block[], end: object = {}, first: object = {}, last: object = {}) {
  let index = -1
  return [
    { type: 'message_start', message: { id: 'i', model: 'm', content: [], usage: first } },
    ...blocks.flatMap((block, place) => {
      if (block.type.endsWith('_delta')) return [{ type: 'content_block_delta', index, delta: block }]
      const closed = index >= 0 ? [{ type: 'content_block_stop', index }] : []
      index = place
      return [...closed, { type: 'content_block_start', index, content_block: block }]
    }),
    ...(blocks.length > 0 ? [{ type: 'content_block_stop', index }] : []),
    { type: 'message_delta', delta: { stop_reason: 'end_turn', ...end }, usage: last },
    { type: 'message_stop' },
  ]
}

function claude(...frames: Parameters<typeof claudeFrames>): ChatResponse {
  return streamed(anthropicMessages, claudeFrames(...frames))
}

const ask = { model: 'openai/m', messages: '?' }

/** A gateway whose provider always answers with this. */
function gatewayOf(row: AnyProvider, body: string, status = 200, headers: Record<string, string> = {}): Gateway {
  return createGateway({
    providers: [{ ...row, apiKey: 'sk-of-this-test' }],
    maxAttempts: 1,
    runtime: { fetch: async () => new Response(body, { status, headers }) as FetchResponse },
  })
}

function failure(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return { status, body, header: (name: string) => headers[name], now: Date.UTC(2026, 0, 1) }
}

function thrown(fail: () => unknown): GatewayError {
  try {
    fail()
  } catch (error) {
    if (isGatewayError(error)) return error
    throw error
  }
  throw new Error('Nothing was thrown.')
}
