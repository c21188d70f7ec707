import { expect, test } from 'vitest'
import { type OpenAIChatQuirks, openaiChat } from '../../../src/dialects/openai-chat/index.ts'
import { isGatewayError } from '../../../src/errors.ts'
import { type ChatEvent, type ChatResponse, fold } from '../../../src/operations/chat/index.ts'

const chunk = { id: 'chat-1', object: 'chat.completion.chunk', created: 1, model: 'm' }

test('parallel calls that all have index 0 are told apart by their ids', () => {
  const { content, finishReason } = streamed([
    delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '{"x":1}' } }] }, 'tool_calls'),
    delta({ tool_calls: [{ index: 0, id: 'b', function: { name: 'add', arguments: '{"x":2}' } }] }, 'tool_calls'),
    delta({}, 'stop'),
  ])
  expect(content).toEqual([call('a', 'add', '{"x":1}'), call('b', 'add', '{"x":2}')])
  expect(finishReason).toBe('tool-calls')
})

test('a call under index -1 is a call', () => {
  const { content } = streamed([
    delta({ tool_calls: [{ index: -1, id: 'a', function: { name: 'add', arguments: '{"x":' } }] }),
    delta({ tool_calls: [{ index: -1, function: { arguments: '1}' } }] }, 'tool_calls'),
  ])
  expect(content).toEqual([call('a', 'add', '{"x":1}')])
})

test('a first call under index 1 leaves no hole', () => {
  const { content } = streamed([
    delta({ content: 'Let me see.' }),
    delta({ tool_calls: [{ index: 1, id: 'a', function: { name: 'add', arguments: '{}' } }] }),
  ])
  expect(content).toEqual([{ type: 'text', text: 'Let me see.' }, call('a', 'add', '{}')])
})

test('calls without index and type are told apart by their ids', () => {
  const { content } = streamed([
    delta({
      tool_calls: [
        { id: 'a', function: { name: 'add', arguments: '{}' } },
        { id: 'b', function: { name: 'sub', arguments: '{}' } },
      ],
    }),
  ])
  expect(content).toEqual([call('a', 'add', '{}'), call('b', 'sub', '{}')])
})

test('a whole call in the chunk that says why it ended is read', () => {
  const { content, finishReason } = streamed([
    delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '{"x":1}' } }] }, 'tool_calls'),
  ])
  expect(content).toEqual([call('a', 'add', '{"x":1}')])
  expect(finishReason).toBe('tool-calls')
})

test.each([
  ['""', ''],
  ['the text null', 'null'],
  ['null', null],
  ['missing', undefined],
  ['{}', '{}'],
])('arguments that are %s are an empty object', (_, text) => {
  const wire = { id: 'a', type: 'function', function: { name: 'now', arguments: text } }
  expect(whole({ tool_calls: [wire] }).content).toEqual([call('a', 'now', '{}')])
  expect(streamed([delta({ tool_calls: [{ index: 0, ...wire }] })]).content).toEqual([call('a', 'now', '{}')])
})

test('a truncated call keeps its text, and the length that ended it', () => {
  const { content, finishReason } = streamed([
    delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '{"x":' } }] }, 'length'),
  ])
  expect(content).toEqual([call('a', 'add', '{"x":')])
  expect(finishReason).toBe('length')
})

test('a stop with calls is a stop for calls, and so is the singular tool_call', () => {
  const calls = { tool_calls: [{ id: 'a', function: { name: 'now', arguments: '{}' } }] }
  expect(whole(calls, 'stop')).toMatchObject({ finishReason: 'tool-calls', rawFinishReason: 'stop' })
  expect(whole(calls, 'tool_call').finishReason).toBe('tool-calls')
  expect(whole(calls, '').finishReason).toBeUndefined()
})

test('empty custom, function_call and audio objects are nothing', () => {
  const { content } = whole({
    content: 'Hi',
    function_call: { name: '', arguments: '' },
    audio: { id: '', data: '', transcript: '', expires_at: 0 },
    refusal: '',
    tool_calls: [
      { id: 'a', type: 'function', function: { name: 'now', arguments: '{}' }, custom: { name: '', input: '' } },
    ],
  })
  expect(content).toEqual([{ type: 'text', text: 'Hi' }, call('a', 'now', '{}')])
})

test('a custom call and a function call of old are calls', () => {
  const custom = { id: 'a', type: 'custom', custom: { name: 'math', input: '4 + 4' } }
  const extensions = { 'openai-chat': { type: 'custom' } }
  expect(whole({ tool_calls: [custom] }).content).toEqual([{ ...call('a', 'math', '4 + 4'), extensions }])
  expect(whole({ function_call: { name: 'now', arguments: '{}' } }, 'function_call')).toMatchObject({
    content: [{ type: 'tool-call', name: 'now' }],
    finishReason: 'tool-calls',
  })
})

test('calls without ids are given different ones', () => {
  const calls = [{ id: '', function: { name: 'now', arguments: '' } }, { function: { name: 'now', arguments: '' } }]
  const ids = whole({ tool_calls: calls }).content.map((part) => part.type === 'tool-call' && part.id)
  expect(new Set(ids).size).toBe(2)
  expect(ids.every((id) => typeof id === 'string' && /^[\w-]{1,40}$/.test(id))).toBe(true)
})

test('whole calls without ids that follow each other are two', () => {
  const piece = { index: 0, function: { name: 'add', arguments: '{"x":1}' } }
  expect(streamed([delta({ tool_calls: [piece] }), delta({ tool_calls: [piece] })]).content).toHaveLength(2)
})

test('an id and a name said again in later pieces begin no new call', () => {
  const { content } = streamed([
    delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: '{"x"' } }] }),
    delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'add', arguments: ':1}' } }] }),
    delta({ tool_calls: [{ index: 0, id: null, function: { name: null, arguments: null } }] }),
  ])
  expect(content).toEqual([call('a', 'add', '{"x":1}')])
})

test('the reason to finish that is said last counts, and what follows it is read', () => {
  const { content, finishReason } = streamed([
    delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'now', arguments: '{}' } }] }, 'tool_calls'),
    delta({ tool_calls: [{ index: 1, id: 'b', function: { name: 'now', arguments: '{}' } }] }, 'tool_calls'),
    delta({}, null),
  ])
  expect(content).toHaveLength(2)
  expect(finishReason).toBe('tool-calls')
})

test('a stream without [DONE] ends like any other', () => {
  const events = eventsOf([delta({ content: 'Hi' }, 'stop')])
  expect(events.at(-1)?.type).toBe('message-end')
  expect(responseOf(events).choices[0]?.finishReason).toBe('stop')
})

test("Azure's first chunk without choices begins nothing", () => {
  const events = eventsOf([
    { id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
    delta({ role: 'assistant' }),
    { ...delta({ content: 'Hi' }), choices: [{ index: 0 }, { index: 0, delta: { content: 'Hi' } }] },
  ])
  expect(events[0]).toMatchObject({ type: 'message-start', id: 'chat-1', model: 'm' })
  expect(responseOf(events).choices[0]?.content).toEqual([{ type: 'text', text: 'Hi' }])
  expect(responseOf(events).extensions?.['openai-chat']).toMatchObject({ prompt_filter_results: [{ prompt_index: 0 }] })
})

test.each([
  ['on a chunk without choices', [{ ...chunk, choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }]],
  ['on the last chunk', [{ ...delta({}, 'stop'), usage: { prompt_tokens: 1, completion_tokens: 2 } }]],
  ['growing on every chunk', [1, 2].map((n) => ({ ...delta({}), usage: { prompt_tokens: 1, completion_tokens: n } }))],
  ['in x_groq', [{ ...delta({}, 'stop'), x_groq: { id: 'r', usage: { prompt_tokens: 1, completion_tokens: 2 } } }]],
  [
    'in the choice',
    [{ ...chunk, choices: [{ index: 0, delta: {}, usage: { prompt_tokens: 1, completion_tokens: 2 } }] }],
  ],
  [
    'before a null',
    [
      { ...chunk, choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
      { ...chunk, choices: [], usage: null },
    ],
  ],
])('usage is found %s', (_, chunks) => {
  expect(responseOf(eventsOf([delta({ content: 'Hi' }), ...chunks])).usage).toMatchObject({
    inputTokens: 1,
    outputTokens: 2,
  })
})

test('answers that come interleaved stay apart', () => {
  const piece = (index: number, content: string) => ({ ...chunk, choices: [{ index, delta: { content } }] })
  const { choices } = responseOf(eventsOf([piece(0, 'a'), piece(1, 'x'), piece(0, 'b'), piece(1, 'y')]))
  expect(choices.map(({ content }) => content)).toEqual([
    [{ type: 'text', text: 'ab' }],
    [{ type: 'text', text: 'xy' }],
  ])
})

test.each(['reasoning_content', 'reasoning'])('reasoning is found in %s', (field) => {
  const expected = [
    { type: 'reasoning', text: 'Hm.' },
    { type: 'text', text: 'Hi' },
  ]
  expect(whole({ content: 'Hi', [field]: 'Hm.' }).content).toEqual(expected)
  expect(streamed([delta({ [field]: 'H' }), delta({ [field]: 'm.' }), delta({ content: 'Hi' })]).content).toEqual(
    expected,
  )
})

test('reasoning that is said twice is kept once, with its proof', () => {
  const detail = { type: 'reasoning.text', text: 'Hm.', index: 0, format: 'f' }
  const kept = { type: 'reasoning', text: 'Hm.', extensions: { 'openai-chat': { index: 0, format: 'f' } } }
  const signature = { origin: 'openai-chat', value: 'c2ln' }
  expect(whole({ reasoning: 'Hm.', reasoning_details: [detail] }).content).toEqual([kept])
  const pieces = [
    delta({ reasoning: 'H', reasoning_details: [{ ...detail, text: 'H' }] }),
    delta({ reasoning: 'm.', reasoning_details: [{ ...detail, text: 'm.' }] }),
    delta({ reasoning_details: [{ type: 'reasoning.text', signature: 'c2ln', index: 0, format: 'f' }] }),
  ]
  expect(streamed(pieces).content).toEqual([{ ...kept, signature }])
})

test('encrypted reasoning adds no text and is kept to be sent back', () => {
  const details = [{ type: 'reasoning.encrypted', data: 'ZGF0YQ==', id: 'r', format: 'f' }]
  expect(whole({ content: 'Hi', reasoning: null, reasoning_details: details }).content).toEqual([
    {
      type: 'reasoning',
      text: '',
      signature: { origin: 'openai-chat', value: 'ZGF0YQ==', encrypted: true },
      extensions: { 'openai-chat': { id: 'r', format: 'f' } },
    },
    { type: 'text', text: 'Hi' },
  ])
})

test('think tags are text, unless the row says otherwise', () => {
  const text = '<think>Hm.</think>\n\nHi'
  expect(whole({ content: text }).content).toEqual([{ type: 'text', text }])
  const parts = [
    { type: 'reasoning', text: 'Hm.' },
    { type: 'text', text: '\n\nHi' },
  ]
  expect(whole({ content: text }, 'stop', { thinkTags: true }).content).toEqual(parts)
  const letters = [...text].map((content) => delta({ content }))
  expect(streamed(letters, { thinkTags: true }).content).toEqual(parts)
  expect(streamed([delta({ content: '<thin' })], { thinkTags: true }).content).toEqual([
    { type: 'text', text: '<thin' },
  ])
})

test('content lists are read: text, thoughts, and what is unknown', () => {
  const content = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'Hm.' }] },
    { type: 'text', text: 'Hi' },
    { type: 'reference', reference_ids: [1] },
  ]
  const expected = [
    { type: 'reasoning', text: 'Hm.' },
    { type: 'text', text: 'Hi' },
    { type: 'extension', dialect: 'openai-chat', value: { type: 'reference', reference_ids: [1] } },
  ]
  expect(whole({ content }).content).toEqual(expected)
  expect(streamed([delta({ content })]).content).toEqual(expected)
})

test('a message without content, or with null, has no parts', () => {
  expect(whole({}).content).toEqual([])
  expect(whole({ content: null }).content).toEqual([])
})

test('an answer that was filtered away has a reason and no message', () => {
  const body = {
    ...chunk,
    choices: [{ index: 0, finish_reason: 'content_filter', content_filter_results: { hate: {} } }],
  }
  expect(openaiChat.upstream.decode(body, target({})).choices[0]).toEqual({
    index: 0,
    content: [],
    finishReason: 'content-filter',
    rawFinishReason: 'content_filter',
    extensions: { 'openai-chat': { content_filter_results: { hate: {} } } },
  })
})

test('a refusal is no text', () => {
  expect(whole({ content: null, refusal: 'No.' }).content).toEqual([{ type: 'refusal', text: 'No.' }])
  expect(streamed([delta({ refusal: 'N' }), delta({ refusal: 'o.' })]).content).toEqual([
    { type: 'refusal', text: 'No.' },
  ])
})

test('annotations are citations of the text', () => {
  const annotations = [
    { type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A', start_index: 0, end_index: 2 } },
  ]
  const citations = [{ url: 'https://a.example', title: 'A', start: 0, end: 2 }]
  expect(whole({ content: 'Hi', annotations }).content).toEqual([{ type: 'text', text: 'Hi', citations }])
  expect(streamed([delta({ content: 'Hi' }), delta({ annotations })]).content).toEqual([
    { type: 'text', text: 'Hi', citations },
  ])
})

test('what a search found is cited where no annotation says more', () => {
  const body = { ...chunk, choices: [{ index: 0, message: { content: 'Hi' } }], citations: ['https://a.example'] }
  const response = openaiChat.upstream.decode(body, target({}))
  expect(response.choices[0]?.content).toEqual([
    { type: 'text', text: 'Hi', citations: [{ url: 'https://a.example' }] },
  ])
  expect(response.extensions).toEqual({ 'openai-chat': { citations: ['https://a.example'] } })
})

test('sound comes whole, though it is streamed in pieces', () => {
  const expected = [
    {
      type: 'audio',
      source: { type: 'base64', data: 'UklGRaaa', mediaType: 'audio/wav' },
      transcript: 'Hello',
      extensions: { 'openai-chat': { id: 'audio_1', expires_at: 9 } },
    },
  ]
  const pieces = [
    { id: 'audio_1', transcript: 'Hel' },
    { data: 'UklGRa' },
    { data: 'aa', transcript: 'lo' },
    { expires_at: 9 },
  ]
  expect(streamed(pieces.map((audio) => delta({ audio }))).content).toEqual(expected)
})

test('pictures are parts', () => {
  const images = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0K' } }]
  const expected = [{ type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'iVBORw0K' } }]
  expect(whole({ content: '', images }).content).toEqual(expected)
})

test('log probabilities are kept, of whole answers and of chunks', () => {
  const wire = { token: 'Hi', logprob: -0.1, bytes: null, top_logprobs: [{ token: 'Yo', logprob: -2, bytes: null }] }
  const expected = [{ token: 'Hi', logprob: -0.1, bytes: null, top: [{ token: 'Yo', logprob: -2, bytes: null }] }]
  const choice = { index: 0, delta: { content: 'Hi' }, logprobs: { content: [wire], refusal: null } }
  expect(responseOf(eventsOf([{ ...chunk, choices: [choice] }])).choices[0]?.logprobs).toEqual(expected)
})

test('completion tokens that leave reasoning out are found by the total', () => {
  const usage = {
    prompt_tokens: 5,
    completion_tokens: 3,
    total_tokens: 18,
    completion_tokens_details: { reasoning_tokens: 10 },
  }
  expect(usageOf(usage)).toMatchObject({ inputTokens: 5, outputTokens: 13, reasoningTokens: 10 })
  expect(usageOf({ ...usage, completion_tokens: 13 })).toMatchObject({ outputTokens: 13, reasoningTokens: 10 })
})

test.each([
  ['OpenAI', { prompt_tokens_details: { cached_tokens: 7 } }],
  ['Moonshot', { cached_tokens: 7 }],
  ['DeepSeek', { prompt_cache_hit_tokens: 7, prompt_cache_miss_tokens: 3 }],
  ["gateways before Anthropic's models", { cache_read_input_tokens: 7 }],
])('cached tokens are found as %s counts them', (_, fields) => {
  expect(usageOf({ prompt_tokens: 10, completion_tokens: 1, ...fields })).toMatchObject({ cachedInputTokens: 7 })
})

test('what nobody counted is not 0', () => {
  expect(usageOf({ prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 })).toEqual({
    inputTokens: 1,
    outputTokens: 2,
  })
})

test.each([
  ['the whole body', { error: { message: 'Bad gateway', code: 502 } }, 502, 'provider_unavailable'],
  [
    'a filter of Azure',
    { error: { message: 'Filtered.', code: 'content_filter', status: 400 } },
    400,
    'content_filtered',
  ],
  ['a rate limit', { error: { message: 'Slow down', code: 429 } }, 429, 'rate_limited'],
])('an error inside a 200 is one: %s', (_, body, status, code) => {
  for (const fail of [() => openaiChat.upstream.decode(body, target({})), () => eventsOf([body])]) {
    const error = thrown(fail)
    expect(error).toMatchObject({ code, cause: { status } })
  }
})

test('an error midway is thrown after what came with it', () => {
  const events: ChatEvent[] = []
  const decoder = openaiChat.upstream.stream(target({}))
  const last = {
    ...delta({ content: 'lo' }, 'stop'),
    usage: { prompt_tokens: 1, completion_tokens: 2 },
    error: { message: 'Provider returned error', code: 502, metadata: { raw: 'Malformed function call' } },
  }
  decoder.push({ data: JSON.stringify(delta({ content: 'Hel' })) }, events)
  const error = thrown(() => decoder.push({ data: JSON.stringify(last) }, events))
  expect(error).toMatchObject({
    code: 'provider_unavailable',
    message: expect.stringContaining('Malformed function call'),
  })
  expect(responseOf(events)).toMatchObject({ choices: [{ content: [{ text: 'Hello' }] }], usage: { outputTokens: 2 } })
})

test('an event named error is an error', () => {
  const decoder = openaiChat.upstream.stream(target({}))
  const data = JSON.stringify({
    error: { message: 'Failed', code: 'tool_use_failed', status_code: 400, failed_generation: 'secret' },
  })
  const error = thrown(() => decoder.push({ event: 'error', data }, []))
  expect(error).toMatchObject({ code: 'invalid_response', cause: { status: 400 } })
  expect(JSON.stringify(error)).not.toContain('secret')
})

test('a chunk that is no JSON object is an invalid response', () => {
  for (const data of ['{"choices":', 'null', '[]']) {
    expect(thrown(() => openaiChat.upstream.stream(target({})).push({ data }, [])).code).toBe('invalid_response')
  }
  for (const body of ['<html>', null, {}]) {
    expect(thrown(() => openaiChat.upstream.decode(body, target({}))).code).toBe('invalid_response')
  }
})

test('unknown fields stay on their nodes', () => {
  const events = eventsOf([
    { ...delta({ content: 'Hi', channel: 'final' }), system_fingerprint: 'fp' },
    {
      ...chunk,
      choices: [{ index: 0, delta: {}, finish_reason: 'stop', native_finish_reason: 'end' }],
      timings: { n: 1 },
    },
  ])
  const response = responseOf(events)
  expect(response.extensions).toEqual({ 'openai-chat': { system_fingerprint: 'fp', timings: { n: 1 } } })
  expect(response.choices[0]?.extensions).toEqual({
    'openai-chat': { native_finish_reason: 'end', message: { channel: 'final' } },
  })
})

function target(quirks: OpenAIChatQuirks) {
  return { provider: 'test', model: 'm', quirks }
}

function delta(delta: Record<string, unknown>, finish_reason: string | null = null) {
  return { ...chunk, choices: [{ index: 0, delta, finish_reason }] }
}

function call(id: string, name: string, text: string) {
  return { type: 'tool-call', id, name, arguments: text }
}

function whole(message: Record<string, unknown>, finish_reason = 'stop', quirks: OpenAIChatQuirks = {}) {
  const body = { ...chunk, choices: [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }] }
  return openaiChat.upstream.decode(body, target(quirks)).choices[0]!
}

function eventsOf(chunks: readonly unknown[], quirks: OpenAIChatQuirks = {}): ChatEvent[] {
  const events: ChatEvent[] = []
  const decoder = openaiChat.upstream.stream(target(quirks))
  for (const chunk of chunks) decoder.push({ data: JSON.stringify(chunk) }, events)
  decoder.end(events)
  return events
}

function responseOf(events: readonly ChatEvent[]): ChatResponse {
  const collected = fold()
  for (const event of events) collected.add(event)
  return collected.result()
}

function streamed(chunks: readonly unknown[], quirks?: OpenAIChatQuirks) {
  return responseOf(eventsOf(chunks, quirks)).choices[0]!
}

function usageOf(usage: Record<string, unknown>) {
  const { extensions: _, ...rest } = openaiChat.upstream.decode({ ...chunk, choices: [], usage }, target({})).usage
  return rest
}

function thrown(fail: () => unknown) {
  try {
    fail()
  } catch (error) {
    if (isGatewayError(error)) return error
    throw error
  }
  throw new Error('Nothing was thrown.')
}
