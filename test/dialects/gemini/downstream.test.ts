import { expect, test } from 'vitest'
import { gemini } from '../../../src/dialects/gemini/index.ts'
import { GatewayError } from '../../../src/errors.ts'
import { type ChatEvent, type ChatResponse, unfold } from '../../../src/operations/chat/index.ts'

const downstream = gemini.downstream!
const request = { model: 'm', messages: [] }
const hello = [{ role: 'user', parts: [{ text: 'Hello' }] }]

test.each([
  ['/v1beta/models/gemini-2.5-flash:generateContent', { model: 'gemini-2.5-flash' }],
  ['/v1beta/models/gemini-2.5-flash:streamGenerateContent', { model: 'gemini-2.5-flash', stream: true }],
  ['/v1beta1/publishers/google/models/fast:generateContent', { model: 'fast' }],
  ['/v1/projects/p/locations/eu/publishers/google/models/fast:streamGenerateContent', { model: 'fast', stream: true }],
  ['/v1beta/models/openai/gpt-5-mini:generateContent', { model: 'openai/gpt-5-mini' }],
  ['/v1beta/models/fireworks/accounts%2Fmodels%2Fllama:generateContent', { model: 'fireworks/accounts/models/llama' }],
  ['/v1beta/models/llama3:8b:generateContent', { model: 'llama3:8b' }],
  ['/v1beta/tunedModels/mine:generateContent', { model: 'tunedModels/mine' }],
  ['/v1beta/models/bad%E0escape:generateContent', { model: 'bad%E0escape' }],
  ['/v1beta/models/gemini-embedding-001:embedContent', undefined],
  ['/v1/chat/completions', undefined],
])('the path %s is %j', (path, door) => {
  expect(downstream.match(path)).toEqual(door)
})

test('the model comes from the path, and the body’s own is none of the extensions', () => {
  expect(downstream.decode({ contents: hello, model: 'models/other' }, { model: 'fast', stream: true })).toEqual({
    model: 'fast',
    stream: true,
    messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  })
})

test('snake_case, nulls and single values in place of lists are read as Google reads them', () => {
  const decoded = downstream.decode(
    {
      system_instruction: { parts: { text: 'Be brief.' } },
      contents: { parts: { inline_data: { mime_type: 'image/jpeg', data: '_9j_4A==' } } },
      tools: { function_declarations: { name: 'f', description: null, parameters: { type: 'OBJECT' } } },
      tool_config: null,
      generation_config: {
        max_output_tokens: 5,
        response_mime_type: 'application/json',
        thinking_config: { thinking_budget: 0 },
      },
    },
    { model: 'm' },
  )
  expect(decoded).toEqual({
    model: 'm',
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
      {
        role: 'user',
        content: [{ type: 'image', source: { type: 'base64', data: '/9j/4A==', mediaType: 'image/jpeg' } }],
      },
    ],
    tools: [
      {
        type: 'function',
        name: 'f',
        parameters: { type: 'object' },
        extensions: { gemini: { parameters: { type: 'OBJECT' } } },
      },
    ],
    maxOutputTokens: 5,
    output: { type: 'json' },
    reasoning: { effort: 'none' },
  })
})

test('the names of labels are the application’s own, and stay as they are', () => {
  const labels = { cost_center: 'search', left_out: null }
  const decoded = downstream.decode({ contents: hello, labels }, { model: 'm' })
  expect(decoded.metadata).toEqual({ cost_center: 'search' })
  expect(gemini.upstream.encode(decoded, { provider: 'google', model: 'gemini-3-pro', quirks: {} }).body).toEqual({
    contents: hello,
    labels: { cost_center: 'search' },
  })
})

test('results without ids belong to the calls of their name, in order', () => {
  const called = (name: string): object => ({ functionCall: { name, args: {} } })
  const result = (name: string, output: string): object => ({ functionResponse: { name, response: { output } } })
  const { messages } = downstream.decode(
    {
      contents: [
        ...hello,
        { role: 'model', parts: [called('a'), called('b'), called('a')] },
        { role: 'user', parts: [result('b', '1'), result('a', '2'), result('a', '3'), { text: 'So?' }] },
      ],
    },
    { model: 'm' },
  )
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'user'])
  const ids = (index: number): unknown => messages[index]?.content.map((part) => ('id' in part ? part.id : undefined))
  expect(ids(1)).toEqual(
    ['gemini-call-1-0', 'gemini-call-1-1', 'gemini-call-1-2'].map((id) => id.replace('call-', 'call--')),
  )
  const [a, b, c] = ids(1) as string[]
  expect(ids(2)).toEqual([b, a, c])
})

test('a schema in Google’s own words is JSON Schema to other formats, and goes back as it came', () => {
  const parameters = {
    type: 'OBJECT',
    properties: {
      type: { type: 'STRING', enum: ['A'], nullable: true },
      list: { type: 'ARRAY', minItems: '1', items: { anyOf: [{ type: 'INTEGER' }, { type: 'NUMBER' }] } },
    },
    required: ['type'],
  }
  const body = {
    contents: hello,
    tools: [{ functionDeclarations: [{ name: 'f', parameters }] }],
    generationConfig: { responseMimeType: 'application/json', responseSchema: parameters },
  }
  const schema = {
    type: 'object',
    properties: {
      type: { type: ['string', 'null'], enum: ['A', null] },
      list: { type: 'array', minItems: 1, items: { anyOf: [{ type: 'integer' }, { type: 'number' }] } },
    },
    required: ['type'],
  }
  const decoded = downstream.decode(body, { model: 'm' })
  expect(decoded.tools?.[0]).toHaveProperty('parameters', schema)
  expect(decoded.output).toHaveProperty('schema', schema)
  const target = { provider: 'google', model: 'gemini-2.5-flash', quirks: {} }
  expect(gemini.upstream.encode(decoded, target).body).toEqual(body)
  const [tool] = decoded.tools as { type: 'function'; name: string }[]
  const changed = { ...decoded, tools: [{ ...tool!, parameters: { type: 'object' } }] }
  expect(gemini.upstream.encode(changed, target).body['tools']).toEqual([
    { functionDeclarations: [{ name: 'f', parametersJsonSchema: { type: 'object' } }] },
  ])
})

test('an answer that the SDK kept chunk by chunk is one message, its foreign signature back on its thought', () => {
  const signature = { origin: 'anthropic-messages', value: 'abc' }
  const encoder = downstream.stream(request)
  const text = [
    ...unfold({
      id: 'r',
      model: 'claude',
      usage: {},
      choices: [
        {
          index: 0,
          content: [
            { type: 'reasoning', text: 'Hm.', signature },
            { type: 'text', text: 'Hello' },
          ],
          finishReason: 'stop',
        },
      ],
    }),
    { type: 'text-delta', choice: 1, part: 0, text: 'x' } as const,
  ].map((event) => encoder.push(event))
  const contents = text
    .join('')
    .split('\n\n')
    .filter(Boolean)
    .map(
      (frame) => (JSON.parse(frame.slice(6)) as { candidates: { content: unknown; index: number }[] }).candidates[0]!,
    )
    .filter(({ index }) => index === 0)
    .map(({ content }) => content)
  const more = { role: 'model', parts: [{ text: ' world' }, { text: '.', thoughtSignature: 'c2ln' }, { text: 'More' }] }
  const kept = [[{ text: '', thoughtSignature: 'b3du' }], [{ functionCall: { id: '1', name: 'f' } }], [{ text: '' }]]
  const { messages } = downstream.decode(
    { contents: [...contents, more, ...kept.map((parts) => ({ role: 'model', parts }))] },
    { model: 'm' },
  )
  expect(contents.length).toBeGreaterThan(3)
  expect(messages).toEqual([
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: 'Hm.', signature },
        { type: 'text', text: 'Hello world' },
        { type: 'text', text: '.', signature: { origin: 'gemini', value: 'c2ln' } },
        { type: 'text', text: 'More' },
        { type: 'text', text: '', signature: { origin: 'gemini', value: 'b3du' } },
        { type: 'tool-call', id: '1', name: 'f', arguments: '{}' },
      ],
    },
  ])
})

test('a result that is a plain output is its text, any other object its JSON, and both go back as they came', () => {
  const said = (response: object): unknown => {
    const body = { contents: [{ role: 'user', parts: [{ functionResponse: { name: 'f', response } }] }] }
    const decoded = downstream.decode(body, { model: 'm' })
    const target = { provider: 'google', model: 'gemini-2.5-flash', quirks: {} }
    expect(gemini.upstream.encode(decoded, target).body).toEqual(body)
    return decoded.messages[0]?.content[0]
  }
  expect(said({ output: 'sunny' })).toMatchObject({ content: 'sunny' })
  expect(said({ error: 'no' })).toMatchObject({ content: 'no', isError: true })
  expect(said({ output: '{"a":1}' })).toMatchObject({ content: '{"output":"{\\"a\\":1}"}' })
  expect(said({ result: { a: [1] } })).toMatchObject({ content: '{"result":{"a":[1]}}' })
})

test('a budget of -1 leaves the choice to the model', () => {
  const body = { contents: hello, generationConfig: { thinkingConfig: { thinkingBudget: -1 } } }
  expect(downstream.decode(body, { model: 'm' }).reasoning).toEqual({ extensions: { gemini: { thinkingBudget: -1 } } })
})

test('several allowed functions and modes of Google’s own survive a round trip', () => {
  for (const functionCallingConfig of [{ mode: 'ANY', allowedFunctionNames: ['a', 'b'] }, { mode: 'VALIDATED' }]) {
    const body = { contents: hello, toolConfig: { functionCallingConfig } }
    const decoded = downstream.decode(body, { model: 'm' })
    expect(gemini.upstream.encode(decoded, { provider: 'google', model: 'gemini-3-pro', quirks: {} }).body).toEqual(
      body,
    )
  }
})

test.each([
  ['text', 'The body must be a JSON object.'],
  [{}, '`contents` must be a list.'],
  [{ contents: ['Hello'] }, '`contents[0]` must be an object.'],
  [{ contents: [{ role: 'assistant', parts: [] }] }, "`contents[0].role` must be 'user' or 'model'."],
  [{ contents: [{ parts: [{ text: 1 }] }] }, '`contents[0].parts[0].text` must be a string.'],
  [
    { contents: [{ parts: [{ functionCall: { name: 1 } }] }] },
    '`contents[0].parts[0].functionCall.name` must be a string.',
  ],
  [
    { contents: [{ parts: [{ functionCall: { name: 'f', id: 1 } }] }] },
    '`contents[0].parts[0].functionCall.id` must be a string.',
  ],
  [
    { contents: [{ parts: [{ functionCall: { name: 'f', args: 'x' } }] }] },
    '`contents[0].parts[0].functionCall.args` must be an object.',
  ],
  [
    { contents: [{ parts: [{ functionResponse: { name: 'f', response: 'x' } }] }] },
    '`contents[0].parts[0].functionResponse.response` must be an object.',
  ],
  [{ contents: [{ parts: [{ inlineData: {} }] }] }, '`contents[0].parts[0].inlineData.data` must be a string.'],
  [{ contents: hello, tools: 'f' }, '`tools` must be a list.'],
  [
    { contents: hello, tools: [{ functionDeclarations: [{}] }] },
    '`tools[0].functionDeclarations[0].name` must be a string.',
  ],
  [{ contents: hello, generationConfig: { temperature: 'hot' } }, '`generationConfig.temperature` must be a number.'],
  [{ contents: hello, generationConfig: { stopSequences: 'x' } }, '`generationConfig.stopSequences` must be a list.'],
  [{ contents: hello, toolConfig: [] }, '`toolConfig` must be an object.'],
])('the body %j is refused: %s', (body, message) => {
  expect(() => downstream.decode(body, { model: 'm' })).toThrow(
    expect.objectContaining({ code: 'invalid_request', message }),
  )
})

test('a foreign signature goes out as base64 that is marked, and comes back as what it was', () => {
  const signature = { origin: 'anthropic-messages', value: 'Zürich+/=', encrypted: true }
  const response: ChatResponse = {
    id: '1',
    model: 'claude',
    choices: [{ index: 0, content: [{ type: 'reasoning', text: '', signature }] }],
    usage: {},
  }
  const { candidates } = downstream.encode(response, request) as {
    candidates: { content: { parts: { thoughtSignature: string }[] } }[]
  }
  const { thoughtSignature } = candidates[0]!.content.parts[0]!
  expect(atob(thoughtSignature)).toMatch(/^zerohop:anthropic-messages:/)
  const urlSafe = thoughtSignature.replaceAll('+', '-').replaceAll('/', '_')
  for (const text of [thoughtSignature, urlSafe]) {
    const { messages } = downstream.decode(
      { contents: [{ role: 'model', parts: [{ text: '', thought: true, thoughtSignature: text }] }] },
      { model: 'm' },
    )
    expect(messages[0]?.content).toEqual([{ type: 'reasoning', text: '', signature }])
  }
})

function stream(...events: readonly ChatEvent[]): unknown[] {
  const encoder = downstream.stream(request)
  const text = events.map((event) => encoder.push(event)).join('') + encoder.end()
  return text
    .split('\n\n')
    .filter(Boolean)
    .map((frame) => JSON.parse(frame.replace(/^data: /, '')))
}

test('a stream sends text as it comes, calls whole, and the usage with the last chunk', () => {
  const at = { choice: 0, part: 0 }
  const message = { modelVersion: 'gpt-5', responseId: 'r' }
  expect(
    stream(
      { type: 'message-start', id: 'r', model: 'gpt-5' },
      { type: 'reasoning-delta', ...at, text: 'Hm.' },
      { type: 'part-end', ...at },
      { type: 'text-delta', choice: 0, part: 1, text: 'Hi' },
      { type: 'part-end', choice: 0, part: 1 },
      { type: 'tool-call-start', choice: 0, part: 2, id: 'call_1', name: 'f' },
      { type: 'tool-call-delta', choice: 0, part: 2, arguments: '{"a"' },
      { type: 'tool-call-delta', choice: 0, part: 2, arguments: ':1}' },
      { type: 'part-end', choice: 0, part: 2 },
      { type: 'usage', usage: { inputTokens: 5, outputTokens: 9, reasoningTokens: 4 } },
      { type: 'finish', choice: 0, finishReason: 'tool-calls', rawFinishReason: 'tool_calls' },
      { type: 'message-end' },
    ),
  ).toEqual([
    { candidates: [{ content: { parts: [{ text: 'Hm.', thought: true }], role: 'model' }, index: 0 }], ...message },
    { candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, index: 0 }], ...message },
    {
      candidates: [
        {
          content: { parts: [{ functionCall: { id: 'call_1', name: 'f', args: { a: 1 } } }], role: 'model' },
          index: 0,
        },
      ],
      ...message,
    },
    {
      candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 5, thoughtsTokenCount: 4, totalTokenCount: 14 },
      ...message,
    },
  ])
})

test('a call that was never closed goes out before the end', () => {
  const chunks = stream(
    { type: 'message-start', id: 'r', model: 'm' },
    { type: 'tool-call-start', choice: 0, part: 0, id: 'c', name: 'f' },
    { type: 'message-end' },
  )
  expect(chunks[0]).toMatchObject({ candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: {} } }] } }] })
})

test('an answer of which the choices begin to count at 1 is streamed to its end', () => {
  const encoder = downstream.stream(request)
  const events: readonly ChatEvent[] = [
    { type: 'text-delta', choice: 1, part: 0, text: 'Hi' },
    { type: 'finish', choice: 1, finishReason: 'stop' },
    { type: 'message-end' },
  ]
  const chunks = events.map(encoder.push).join('').split('data: ').slice(1)
  expect(chunks.map((chunk) => JSON.parse(chunk).candidates)).toMatchObject([
    [{ content: { parts: [{ text: 'Hi' }] }, index: 1 }],
    [{ finishReason: 'STOP', index: 1 }],
  ])
})

test('when an answer was made is not told where it is no date, as of providers who count in microseconds', () => {
  const answer: ChatResponse = { id: 'i', model: 'm', created: 1_763_800_000_000_000, choices: [], usage: {} }
  expect(downstream.encode(answer, request)).toEqual({ candidates: [], modelVersion: 'm', responseId: 'i' })
  expect(downstream.encode({ ...answer, created: 1_763_800_000 }, request)).toMatchObject({
    createTime: '2025-11-22T08:26:40.000Z',
  })
})

test('citations of other formats count in characters, Gemini’s in bytes, whole and streamed', () => {
  const citation = { url: 'https://a.example', title: 'A', start: 1, end: 3 }
  const whole = downstream.encode(
    {
      id: 'r',
      model: 'm',
      usage: {},
      choices: [{ index: 0, content: [{ type: 'text', text: 'été', citations: [citation] }] }],
    },
    request,
  )
  const expected = { citations: [{ uri: 'https://a.example', title: 'A', startIndex: 2, endIndex: 5 }] }
  expect(whole).toMatchObject({ candidates: [{ citationMetadata: expected }] })
  const at = { choice: 0, part: 0 }
  const chunks = stream(
    { type: 'message-start', id: 'r', model: 'm' },
    { type: 'text-delta', ...at, text: 'été' },
    { type: 'citation', ...at, citation },
    { type: 'part-end', ...at },
    { type: 'message-end' },
  )
  expect(chunks.at(-1)).toMatchObject({ candidates: [{ citationMetadata: expected }] })
})

test('foreign words for the end of an answer become Google’s', () => {
  const reason = (finishReason: 'stop' | 'length' | 'content-filter' | 'error', rawFinishReason?: string): unknown => {
    const wire = downstream.encode(
      { id: '', model: 'm', usage: {}, choices: [{ index: 0, content: [], finishReason, rawFinishReason }] },
      request,
    )
    return (wire as { candidates: { finishReason: string }[] }).candidates[0]?.finishReason
  }
  expect(reason('stop', 'end_turn')).toBe('STOP')
  expect(reason('length', 'max_tokens')).toBe('MAX_TOKENS')
  expect(reason('content-filter', 'RECITATION')).toBe('RECITATION')
  expect(reason('content-filter')).toBe('SAFETY')
  expect(reason('error')).toBe('OTHER')
})

test('an error is in Google’s words, with our code and how long to wait', () => {
  const error = new GatewayError('rate_limited', 'Slow down.', { retryAfter: 1500 })
  const expected = {
    error: {
      code: 429,
      message: 'Slow down.',
      status: 'RESOURCE_EXHAUSTED',
      details: [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'RATE_LIMITED', domain: 'zerohop' },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '1.5s' },
      ],
    },
  }
  expect(downstream.error(error)).toEqual(expected)
  expect(downstream.stream(request).error(error)).toBe(`data: ${JSON.stringify(expected)}\n\n`)
})

test.each([
  ['invalid_request', 400, 'INVALID_ARGUMENT'],
  ['authentication_failed', 401, 'UNAUTHENTICATED'],
  ['budget_exceeded', 402, 'RESOURCE_EXHAUSTED'],
  ['guardrail_blocked', 403, 'PERMISSION_DENIED'],
  ['model_not_found', 404, 'NOT_FOUND'],
  ['request_too_large', 413, 'INVALID_ARGUMENT'],
  ['cancelled', 499, 'CANCELLED'],
  ['internal', 500, 'INTERNAL'],
  ['provider_unavailable', 502, 'UNAVAILABLE'],
  ['timed_out', 504, 'DEADLINE_EXCEEDED'],
] as const)('%s is %i %s', (code, status, word) => {
  expect(downstream.error(new GatewayError(code, 'x'))).toMatchObject({ error: { code: status, status: word } })
})
