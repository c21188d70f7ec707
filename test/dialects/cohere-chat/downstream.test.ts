import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cohereChat } from '../../../src/dialects/cohere-chat/index.ts'
import { sse } from '../../../src/dialects/sse.ts'
import { GatewayError, isGatewayError } from '../../../src/errors.ts'
import {
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  fold,
  unfold,
} from '../../../src/operations/chat/index.ts'
import { responses } from './arbitraries.ts'

const target = { provider: 'cohere', model: 'a-model', quirks: {} as never }
const { upstream, downstream } = cohereChat
const asked: ChatRequest = { model: 'a-model', messages: [] }

const decode = (body: unknown): ChatRequest => downstream!.decode(body, {})
const encode = (request: ChatRequest) => JSON.parse(JSON.stringify(upstream.encode(request, target).body))

function streamed(response: ChatResponse): string {
  const encoder = downstream!.stream(asked)
  return (
    unfold(response)
      .map((event) => encoder.push(event))
      .join('') + encoder.end()
  )
}

function read(text: string): ChatResponse {
  const events: ChatEvent[] = []
  const decoder = upstream.stream(target)
  const parser = sse((frame) => decoder.push(frame, events))
  parser.feed(new TextEncoder().encode(text))
  parser.end()
  decoder.end(events)
  const collected = fold()
  for (const event of events) collected.add(event)
  return collected.result()
}

test('what is written for an application is read again as it was, whole and streamed', () => {
  fc.assert(
    fc.property(responses, (response) => {
      const whole = JSON.parse(JSON.stringify(downstream!.encode(response, asked)))
      expect(upstream.decode(whole, target)).toEqual(response)
      expect(read(streamed(response))).toEqual(response)
    }),
  )
})

const rich = {
  model: 'a-model',
  messages: [
    { role: 'system', content: 'Be brief.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is this?' },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } },
      ],
    },
    {
      role: 'assistant',
      tool_plan: 'I will look.',
      tool_calls: [{ id: 'look_1', type: 'function', function: { name: 'look', arguments: '{"at":"it"}' } }],
    },
    { role: 'tool', tool_call_id: 'look_1', content: [{ type: 'document', document: { data: { text: 'A dot.' } } }] },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'A dot?' },
        { type: 'text', text: 'It is a dot.' },
      ],
      citations: [{ start: 8, end: 11, text: 'dot', sources: [{ type: 'tool', id: 'look_1:0' }], content_index: 1 }],
    },
    { role: 'user', content: 'Why?' },
  ],
  stream: true,
  tools: [
    {
      type: 'function',
      function: {
        name: 'look',
        description: 'Looks.',
        parameters: { type: 'object', properties: {}, required: ['at'] },
      },
    },
  ],
  strict_tools: true,
  tool_choice: 'REQUIRED',
  thinking: { type: 'enabled', token_budget: 500 },
  max_tokens: 100,
  stop_sequences: ['END'],
  temperature: 0.5,
  seed: 7,
  logprobs: true,
  p: 0.9,
  k: 3,
  frequency_penalty: 0.5,
  safety_mode: 'STRICT',
  citation_options: { mode: 'FAST' },
}

test('a request goes on to Cohere as it came', () => {
  expect(encode(decode(rich))).toEqual(rich)
  const formatted = { model: 'a-model', messages: [{ role: 'user', content: 'Hi' }], stream: false }
  for (const more of [
    { response_format: { type: 'json_object' } },
    { response_format: { type: 'json_object', json_schema: { type: 'object' } } },
    { thinking: { type: 'disabled' } },
    { thinking: { type: 'enabled' } },
    { documents: [{ data: { text: 'A dot.' } }] },
  ]) {
    expect(encode(decode({ ...formatted, ...more }))).toEqual({ ...formatted, ...more })
  }
})

test('what it asks has names of ours', () => {
  expect(decode(rich)).toMatchObject({
    stream: true,
    toolChoice: 'required',
    tools: [{ type: 'function', name: 'look', strict: true }],
    reasoning: { budgetTokens: 500 },
    maxOutputTokens: 100,
    stop: ['END'],
    topP: 0.9,
    topK: 3,
    extensions: { 'cohere-chat': { safety_mode: 'STRICT', citation_options: { mode: 'FAST' } } },
  })
  expect(decode(rich).messages[2]?.content).toMatchObject([
    { type: 'tool-call', id: 'look_1', extensions: { 'cohere-chat': { tool_plan: 'I will look.' } } },
  ])
})

test.each([
  [{}, 'model'],
  [{ model: 'm' }, 'messages'],
  [{ model: 'm', messages: [{ role: 'bot', content: 'Hi' }] }, 'messages[0].role'],
  [{ model: 'm', messages: [{ role: 'user', content: 7 }] }, 'messages[0].content'],
  [{ model: 'm', messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
  [{ model: 'm', messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 'messages[0].content[0].image_url'],
  [{ model: 'm', messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].tool_call_id'],
  [{ model: 'm', messages: [{ role: 'assistant', tool_calls: [{ id: 'a' }] }] }, 'messages[0].tool_calls[0].function'],
  [{ model: 'm', messages: [], tools: [{ type: 'function' }] }, 'tools[0].function'],
  [{ model: 'm', messages: [], tool_choice: 'auto' }, 'tool_choice'],
  [{ model: 'm', messages: [], response_format: { type: 'xml' } }, 'response_format.type'],
  [{ model: 'm', messages: [], thinking: 'yes' }, 'thinking'],
])('a body that is none names its field: %j', (body, field) => {
  let thrown: unknown
  try {
    decode(body)
  } catch (error) {
    thrown = error
  }
  expect(isGatewayError(thrown) && thrown).toMatchObject({ code: 'invalid_request' })
  expect((thrown as Error).message).toMatch(new RegExp(`^${field.replace(/[.[\]]/g, '\\$&')} must be `))
})

test('the answer of another provider is told in words of this format', () => {
  const signature = { origin: 'anthropic-messages', value: 'c2ln' }
  const response: ChatResponse = {
    id: 'msg_1',
    model: 'claude',
    choices: [
      {
        index: 0,
        content: [
          { type: 'reasoning', text: 'Look.', signature },
          {
            type: 'text',
            text: 'A dot.',
            citations: [{ url: 'https://example.com', title: 'Dots', start: 2, end: 5 }],
          },
          { type: 'refusal', text: 'No more.' },
          { type: 'tool-call', id: 'toolu_1', name: 'look', arguments: '{}' },
        ],
        finishReason: 'tool-calls',
        rawFinishReason: 'tool_use',
        logprobs: [{ token: 'A', logprob: -0.5 }],
      },
    ],
    usage: { inputTokens: 5, outputTokens: 4, cachedInputTokens: 3, reasoningTokens: 2 },
  }
  expect(downstream!.encode(response, asked)).toEqual({
    id: 'msg_1',
    message: {
      role: 'assistant',
      tool_calls: [{ id: 'toolu_1', type: 'function', function: { name: 'look', arguments: '{}' } }],
      content: [
        { type: 'thinking', thinking: 'Look.', signature: 'zerohop:anthropic-messages:proof:c2ln' },
        { type: 'text', text: 'A dot.' },
        { type: 'text', text: 'No more.' },
      ],
      citations: [
        {
          start: 2,
          end: 5,
          text: 'dot',
          sources: [
            {
              type: 'document',
              id: 'https://example.com',
              document: { id: 'https://example.com', title: 'Dots', url: 'https://example.com' },
            },
          ],
          type: 'TEXT_CONTENT',
          content_index: 1,
        },
      ],
    },
    finish_reason: 'TOOL_CALL',
    usage: {
      billed_units: { input_tokens: 5, output_tokens: 4 },
      tokens: { input_tokens: 5, output_tokens: 4, reasoning_tokens: 2 },
      cached_tokens: 3,
    },
    logprobs: [{ text: 'A', token_ids: [], logprobs: [-0.5] }],
  })
  expect(read(streamed(response)).choices[0]?.content).toMatchObject([
    { type: 'reasoning', text: 'Look.', signature },
    { type: 'text', text: 'A dot.', citations: [{ url: 'https://example.com', start: 2, end: 5 }] },
    { type: 'text', text: 'No more.' },
    { type: 'tool-call', id: 'toolu_1' },
  ])
})

test('all probabilities of tokens are told in a stream, also where several come at once', () => {
  const logprobs = [-0.5, -1, -0.25].map((logprob, index) => ({ token: `t${index}`, logprob }))
  const content = [{ type: 'text', text: 't0t1t2' }] as const
  const choices = [{ index: 0, content, logprobs, finishReason: 'stop' }] as const
  expect(read(streamed({ id: 'i', model: 'm', choices, usage: {} })).choices[0]?.logprobs).toEqual(logprobs)
})

test('a citation of several sources is told once, whole and streamed', () => {
  const sources = ['a', 'b'].map((id) => ({ type: 'document', id, document: { title: id } }))
  const citation = { start: 2, end: 5, text: 'dot', type: 'TEXT_CONTENT', sources }
  const message = { role: 'assistant', content: [{ type: 'text', text: 'A dot.' }], citations: [citation] }
  const response = upstream.decode({ id: 'i', message, finish_reason: 'COMPLETE' }, target)
  expect(downstream!.encode(response, asked)).toMatchObject({ message: { citations: [citation] } })
  expect(read(streamed(response)).choices).toEqual(response.choices)
})

test('an error is a sentence, and the end of a stream that fails', () => {
  const error = new GatewayError('provider_overloaded', 'cohere: full', { requestId: 'r_1' })
  expect(downstream!.error(error)).toEqual({ id: 'r_1', message: 'cohere: full' })
  const text = downstream!.stream(asked).error(error)
  expect(() => read(text)).toThrow('full')
})

test('its own addresses are known', () => {
  expect(downstream!.match('/v2/chat')).toEqual({})
  expect(downstream!.match('/v1/chat')).toBeUndefined()
  expect(downstream!.match('/v1/chat/completions')).toBeUndefined()
})
