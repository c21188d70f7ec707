import { expect, test } from 'vitest'
import { cohereChat } from '../../../src/dialects/cohere-chat/index.ts'
import { isGatewayError } from '../../../src/errors.ts'
import { type ChatEvent, type ChatResponse, fold } from '../../../src/operations/chat/index.ts'

const { upstream } = cohereChat
const target = { provider: 'cohere', model: 'command-a', quirks: {} }

function decode(message: object, rest: object = { finish_reason: 'COMPLETE' }): ChatResponse {
  return upstream.decode({ id: 'i', message: { role: 'assistant', ...message }, ...rest }, target)
}

function stream(...frames: (object | string)[]): { events: ChatEvent[]; response: ChatResponse } {
  const decoder = upstream.stream(target)
  const events: ChatEvent[] = []
  for (const frame of frames) {
    decoder.push({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) }, events)
  }
  decoder.end(events)
  const collected = fold()
  for (const event of events) collected.add(event)
  return { events, response: collected.result() }
}

function failure(status: number, body: unknown): unknown {
  return upstream.error({ status, header: () => undefined, body, now: 0 }, target)
}

/** The events that stream a message of one call. */
function call(...pieces: string[]): object[] {
  const said = (call: object): object => ({ message: { tool_calls: call } })
  return [
    { type: 'message-start', id: 'i', delta: { message: { tool_plan: '', content: [] } } },
    { type: 'tool-plan-delta', delta: { message: { tool_plan: 'I will' } } },
    { type: 'tool-plan-delta', delta: { message: { tool_plan: ' look.' } } },
    { type: 'tool-call-start', index: 0, delta: said({ id: 'c', function: { name: 'look', arguments: '' } }) },
    ...pieces.map((piece) => ({ type: 'tool-call-delta', index: 0, delta: said({ function: { arguments: piece } }) })),
    { type: 'tool-call-end', index: 0 },
    { type: 'message-end', delta: { finish_reason: 'TOOL_CALL' } },
  ]
}

test.each(['', 'null', null])('oddity 6: a call whose arguments are %j has none', (text) => {
  const whole = decode({ tool_calls: [{ id: 'c', type: 'function', function: { name: 'look', arguments: text } }] })
  expect(whole.choices[0]?.content).toMatchObject([{ type: 'tool-call', arguments: '{}' }])
  const streamed = stream(...call(...(text === null ? [] : [text])))
  expect(streamed.response.choices[0]?.content).toMatchObject([{ type: 'tool-call', arguments: '{}' }])
})

test('oddity 11: a call that fits no tool ends the answer in an error, with what it said', () => {
  const { response } = stream(
    { type: 'message-start', id: 'i' },
    { type: 'tool-plan-delta', delta: { message: { tool_plan: 'I will look.' } } },
    { type: 'message-end', delta: { finish_reason: 'ERROR', error: 'INVALID_TOOL_GENERATION' } },
    '[DONE]',
  )
  expect(response.choices).toEqual([
    {
      index: 0,
      content: [],
      finishReason: 'error',
      rawFinishReason: 'ERROR',
      extensions: { 'cohere-chat': { tool_plan: 'I will look.', error: 'INVALID_TOOL_GENERATION' } },
    },
  ])
})

test('oddity 11: INVALID_TOOL_GENERATION as a status is worth another try', () => {
  const body = { id: 'r', message: 'invalid tool generation', error_type: 'INVALID_TOOL_GENERATION' }
  expect(failure(422, body)).toMatchObject({ code: 'invalid_response', requestId: 'r' })
})

test('oddity 16: all is told at message-end, and [DONE] ends the stream', () => {
  const events: ChatEvent[] = []
  const decoder = upstream.stream(target)
  for (const event of call('{}')) decoder.push({ data: JSON.stringify(event) }, events)
  const before = events.length
  // An application that speaks this format gets the last line too.
  expect(decoder.done).toBe(false)
  decoder.push({ data: '[DONE]' }, events)
  expect(decoder.done).toBe(true)
  decoder.end(events)
  expect(events).toHaveLength(before)
  expect(events.at(-1)).toEqual({ type: 'message-end' })
})

test.each([{}, { content: null }, { content: [] }])('oddity 27: a message may be without content: %j', (message) => {
  expect(decode(message).choices[0]).toEqual({
    index: 0,
    content: [],
    finishReason: 'stop',
    rawFinishReason: 'COMPLETE',
  })
})

test('oddity 29: a plan is neither text nor a thought, and goes back with its call', () => {
  const { response } = stream(...call('{"at":', '1}'))
  expect(response.choices[0]).toEqual({
    index: 0,
    content: [
      {
        type: 'tool-call',
        id: 'c',
        name: 'look',
        arguments: '{"at":1}',
        extensions: { 'cohere-chat': { tool_plan: 'I will look.' } },
      },
    ],
    finishReason: 'tool-calls',
    rawFinishReason: 'TOOL_CALL',
  })
  const messages = [{ role: 'assistant' as const, content: response.choices[0]!.content }]
  expect(upstream.encode({ model: 'm', messages }, target).body['messages']).toEqual([
    {
      role: 'assistant',
      tool_plan: 'I will look.',
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'look', arguments: '{"at":1}' } }],
    },
  ])
})

test('oddity 29: sources are documents, or what a tool gave, each a citation of its own', () => {
  const cited = {
    start: 0,
    end: 4,
    text: 'Ruby',
    type: 'TEXT_CONTENT',
    sources: [
      { type: 'document', id: 'd', document: { id: 'd', title: 'Facts', text: 'Ruby is.' } },
      { type: 'tool', id: 'https://a.example/r', tool_output: { content: 'Ruby was.' } },
    ],
  }
  const response = decode({ content: [{ type: 'text', text: 'Ruby' }], citations: [cited] })
  expect(response.choices[0]?.content).toEqual([
    {
      type: 'text',
      text: 'Ruby',
      citations: [
        { title: 'Facts', text: 'Ruby is.', start: 0, end: 4, extensions: { 'cohere-chat': cited } },
        { url: 'https://a.example/r', text: 'Ruby was.', start: 0, end: 4 },
      ],
    },
  ])
  const { body } = upstream.encode(
    { model: 'm', messages: [{ role: 'assistant', content: response.choices[0]!.content }] },
    target,
  )
  expect(body['messages']).toEqual([{ role: 'assistant', content: 'Ruby', citations: [cited] }])
})

test('oddity 29: a citation belongs to the piece of content that it names; one of a thought is kept apart', () => {
  const content = [
    { type: 'thinking', thinking: 'hm' },
    { type: 'text', text: 'Ruby' },
  ]
  const about = { start: 0, end: 2, sources: [] }
  const citations = [
    { ...about, content_index: 1, type: 'TEXT_CONTENT' },
    { ...about, content_index: 0, type: 'THINKING_CONTENT' },
  ]
  const [choice] = decode({ content, citations }).choices
  expect(choice?.content).toMatchObject([{ type: 'reasoning' }, { type: 'text', citations: [{ start: 0, end: 2 }] }])
  expect(choice?.content[0]).not.toHaveProperty('citations')
  expect(choice?.extensions).toEqual({ 'cohere-chat': { citations: [citations[1]] } })
})

test('oddity 33: tokens count, what is billed is kept beside them', () => {
  const usage = {
    tokens: { input_tokens: 502, output_tokens: 141, reasoning_tokens: 9, image_tokens: 259 },
    billed_units: { input_tokens: 265, output_tokens: 140 },
    cached_tokens: 480,
  }
  expect(decode({}, { finish_reason: 'COMPLETE', usage }).usage).toEqual({
    inputTokens: 502,
    outputTokens: 141,
    reasoningTokens: 9,
    cachedInputTokens: 480,
    extensions: { 'cohere-chat': { billed_units: usage.billed_units, tokens: { image_tokens: 259 } } },
  })
})

test('oddity 33: where only what is billed is told, that counts', () => {
  const usage = { billed_units: { input_tokens: 7, output_tokens: 8 } }
  expect(decode({}, { finish_reason: 'COMPLETE', usage }).usage).toMatchObject({ inputTokens: 7, outputTokens: 8 })
})

test.each([
  [400, 'invalid request: message must be at least 1 token long', 'invalid_request'],
  [401, 'Incorrect API key provided: ***********.', 'authentication_failed'],
  [404, "model 'command-x' not found, make sure the correct model ID was used", 'model_not_found'],
  [429, 'You are using a Trial key, which is limited to 40 API calls / minute.', 'rate_limited'],
  [429, 'You are using a Trial key, which is limited to 1000 API calls / month.', 'quota_exhausted'],
  [498, 'blocked output: please try again with a different prompt', 'content_filtered'],
  [499, 'request cancelled', 'provider_unavailable'],
  [500, 'internal server error, this has been reported to our developers.', 'provider_unavailable'],
  [501, 'not implemented', 'unsupported'],
] as const)('oddity 37: an error is a status and a message: %i %s', (status, message, code) => {
  const error = failure(status, { message })
  expect(error).toMatchObject({ code })
  expect(isGatewayError(error) && error.message).not.toContain('*****')
})

test.each([
  [
    'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292.',
    'context_window_exceeded',
  ],
  ['too many tokens: max tokens must be less than or equal to 4096, the maximum output', 'invalid_request'],
] as const)('oddity 39: %s', (message, code) => {
  expect(failure(400, { message })).toMatchObject({ code })
})

test('an error in place of an event, or of an answer, is named by its words', () => {
  const body = { id: 'r', message: 'too many tokens: total number of tokens' }
  expect(() => stream(body)).toThrow(expect.objectContaining({ code: 'context_window_exceeded' }))
  expect(() => upstream.decode(body, target)).toThrow(expect.objectContaining({ code: 'context_window_exceeded' }))
  expect(() => stream({ message: 'oops' })).toThrow(expect.objectContaining({ code: 'provider_unavailable' }))
})

test.each(['{', '[]', '3', 'null'])('what is no event is malformed: %s', (data) => {
  expect(() => stream(data)).toThrow(expect.objectContaining({ code: 'invalid_response' }))
})

test.each([
  null,
  'text',
  {},
  { message: null },
  { message: { content: [null] } },
  { message: { tool_calls: [1] }, id: 'i' },
])('what is no answer is malformed, or an answer: %j', (body) => {
  try {
    expect(upstream.decode(body, target)).toHaveProperty('choices')
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_response' })
  }
})

test.each([
  ['COMPLETE', 'stop'],
  ['STOP_SEQUENCE', 'stop'],
  ['MAX_TOKENS', 'length'],
  ['TOOL_CALL', 'tool-calls'],
  ['ERROR', 'error'],
  ['TIMEOUT', 'error'],
  ['SOMETHING_NEW', 'other'],
])('%s is the finish reason %s', (word, finishReason) => {
  expect(decode({}, { finish_reason: word }).choices[0]).toMatchObject({ finishReason, rawFinishReason: word })
})

test('the probability of a stretch of text is that of all its tokens', () => {
  const logprobs = [
    { text: 'Hel', token_ids: [1, 2], logprobs: [-0.5, -0.25] },
    { text: 'lo', token_ids: [3], logprobs: [-1] },
  ]
  const expected = [
    { token: 'Hel', logprob: -0.75 },
    { token: 'lo', logprob: -1 },
  ]
  expect(decode({}, { finish_reason: 'COMPLETE', logprobs }).choices[0]?.logprobs).toEqual(expected)
  const [one, other] = logprobs.map((logprob, index) => ({
    type: 'content-delta',
    index: 0,
    delta: { message: { content: { text: `${index}` } } },
    logprobs: logprob,
  }))
  expect(stream(one!, other!).response.choices[0]?.logprobs).toEqual(expected)
})

test('a stream that breaks off has no finish reason, and closes what is open', () => {
  const { events } = stream(...call('{"at":').slice(0, -2))
  expect(events.map(({ type }) => type)).toEqual([
    'message-start',
    'tool-call-start',
    'tool-call-delta',
    'part-end',
    'message-end',
  ])
})

test('content of a kind that we do not know is kept as it came', () => {
  const piece = { type: 'picture', data: 'x' }
  expect(decode({ content: [piece] }).choices[0]?.content).toEqual([
    { type: 'extension', dialect: 'cohere-chat', value: piece },
  ])
})
