import { expect, test } from 'vitest'
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts'
import type { WireRequest } from '../../../src/dialects/dialect.ts'
import { isGatewayError } from '../../../src/errors.ts'
import type { ChatRequest, Message } from '../../../src/operations/chat/index.ts'

const downstream = anthropicMessages.downstream!

const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] })
const system = (text: string): Message => ({ role: 'system', content: [{ type: 'text', text }] })
const assistant = (...content: Message['content']): Message => ({ role: 'assistant', content })

function encode(request: Partial<ChatRequest>, model = 'claude-sonnet-4-6', quirks = {}): WireRequest {
  return anthropicMessages.upstream.encode(
    { model: 'group', messages: [user('Hi')], ...request },
    { provider: 'test', model, quirks },
  )
}

test('max_tokens is always sent: the request’s, the row’s, or 4096', () => {
  expect(encode({ maxOutputTokens: 7 }).body['max_tokens']).toBe(7)
  expect(encode({}, undefined, { defaultMaxTokens: 9 }).body['max_tokens']).toBe(9)
  expect(encode({}).body).toEqual({
    model: 'claude-sonnet-4-6',
    max_tokens: 4096,
    messages: [{ role: 'user', content: 'Hi' }],
  })
})

test('system and developer messages at the beginning become the system prompt', () => {
  const { body } = encode({ messages: [system('A'), { ...system('B'), role: 'developer' }, user('Hi')] })
  expect(body['system']).toEqual([
    { type: 'text', text: 'A' },
    { type: 'text', text: 'B' },
  ])
  expect(encode({ messages: [system('A'), user('Hi')] }).body['system']).toBe('A')
})

test('a system message that is all there is goes out as the user’s: Anthropic refuses a request without messages', () => {
  const { body, warnings } = encode({ messages: [system('Tell a joke.')] })
  expect(body).toMatchObject({ messages: [{ role: 'user', content: 'Tell a joke.' }] })
  expect(body).not.toHaveProperty('system')
  expect(warnings).toHaveLength(1)
})

test('a system message in the middle keeps its place, as one where the model takes it, else in the user’s turn', () => {
  const messages = [user('Hi'), system('In French.')]
  expect(encode({ messages }, 'claude-opus-4-8').body['messages']).toEqual([
    { role: 'user', content: 'Hi' },
    { role: 'system', content: 'In French.' },
  ])
  const { body, warnings } = encode({ messages })
  expect(body['messages']).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Hi' },
        { type: 'text', text: '<system>\nIn French.\n</system>' },
      ],
    },
  ])
  expect(warnings).toHaveLength(1)
  // After the model's turn, or before more words of the user's, no model takes one.
  const elsewhere = [user('Hi'), assistant({ type: 'text', text: 'Ho' }), system('In French.'), user('Go')]
  expect(encode({ messages: elsewhere }, 'claude-opus-4-8').body['messages']).toMatchObject([
    { role: 'user' },
    { role: 'assistant' },
    { role: 'user', content: [{ text: '<system>\nIn French.\n</system>' }, { text: 'Go' }] },
  ])
})

test('tool results in messages of their own become one user message, the results first', () => {
  const { body } = encode({
    messages: [
      user('Hi'),
      assistant(
        { type: 'text', text: '' },
        { type: 'tool-call', id: 'call_1', name: 'f', arguments: '{"a":1}' },
        { type: 'tool-call', id: 'functions.g:0', name: 'g', arguments: '' },
      ),
      { role: 'tool', content: [{ type: 'tool-result', id: 'call_1', content: 'one' }] },
      user('Wait.'),
      { role: 'tool', content: [{ type: 'tool-result', id: 'functions.g:0', content: 'two', isError: true }] },
    ],
    tools: [{ type: 'function', name: 'f' }],
  })
  expect(body['messages']).toEqual([
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      content: [
        { type: 'tool_use', id: 'call_1', name: 'f', input: { a: 1 } },
        { type: 'tool_use', id: 'functions_g_0', name: 'g', input: {} },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'call_1', content: 'one' },
        { type: 'tool_result', tool_use_id: 'functions_g_0', content: 'two', is_error: true },
        { type: 'text', text: 'Wait.' },
      ],
    },
  ])
  expect(body['tools']).toEqual([{ name: 'f', input_schema: { type: 'object', properties: {} } }])
})

test('calls without arguments have an empty object as input, and arguments that are no JSON object are wrapped', () => {
  const inputs = ['', '{}', 'null', ' ', '{"a":', '[1]'].map((text) => {
    const { body } = encode({
      messages: [user('Hi'), assistant({ type: 'tool-call', id: 'a', name: 'f', arguments: text })],
    })
    return (body['messages'] as { content: { input: unknown }[] }[])[1]!.content[0]!.input
  })
  expect(inputs).toEqual([{}, {}, {}, {}, { INVALID_JSON: '{"a":' }, { INVALID_JSON: '[1]' }])
})

test('empty texts, which Anthropic refuses, are left out, and so is white space at the end of a prefill', () => {
  const { body } = encode({
    messages: [
      user('Hi'),
      assistant({ type: 'text', text: ' ' }),
      user('There'),
      assistant({ type: 'text', text: 'So: ' }),
    ],
  })
  expect(body['messages']).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Hi' },
        { type: 'text', text: 'There' },
      ],
    },
    { role: 'assistant', content: 'So:' },
  ])
})

test('pictures and documents come as bytes, addresses, texts and file ids', () => {
  const { body, warnings } = encode({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image', source: { type: 'base64', data: 'AA', mediaType: 'image/png' }, cache: { ttl: '1h' } },
          { type: 'image', source: { type: 'url', url: 'https://a/b.png' } },
          { type: 'file', source: { type: 'base64', data: 'AA', mediaType: 'application/pdf' }, name: 'a.pdf' },
          { type: 'file', source: { type: 'base64', data: 'w6k=', mediaType: 'text/csv' } },
          { type: 'file', source: { type: 'file-id', id: 'file_1' } },
          { type: 'audio', source: { type: 'base64', data: 'AA', mediaType: 'audio/wav' } },
          { type: 'file', source: { type: 'base64', data: 'AA', mediaType: 'application/msword' } },
        ],
      },
    ],
  })
  expect((body['messages'] as { content: unknown }[])[0]!.content).toEqual([
    {
      type: 'image',
      source: { type: 'base64', media_type: 'image/png', data: 'AA' },
      cache_control: { type: 'ephemeral', ttl: '1h' },
    },
    { type: 'image', source: { type: 'url', url: 'https://a/b.png' } },
    { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AA' }, title: 'a.pdf' },
    { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'é' } },
    { type: 'document', source: { type: 'file', file_id: 'file_1' } },
  ])
  expect(warnings).toHaveLength(2)
})

test('what cannot be said is left out with a warning each, without the values', () => {
  const { body, warnings } = encode({
    n: 2,
    seed: 1,
    frequencyPenalty: 1,
    presencePenalty: 1,
    logprobs: true,
    logitBias: { '1': 1 },
    metadata: { secret: 'x' },
    store: true,
    output: { type: 'json' },
    serviceTier: 'flex',
    tools: [{ type: 'hosted', dialect: 'openai-chat', value: {} }],
    toolChoice: 'required',
  })
  expect(Object.keys(body)).toEqual(['model', 'max_tokens', 'messages'])
  expect(warnings).toHaveLength(11)
  expect(warnings!.join()).not.toContain('secret')
})

test('tool choice and parallel calls are one field', () => {
  const tools = [{ type: 'function' as const, name: 'f', parameters: { type: 'object' } }]
  const choice = (request: Partial<ChatRequest>): unknown => encode({ tools, ...request }).body['tool_choice']
  expect(choice({})).toBeUndefined()
  expect(choice({ parallelToolCalls: true })).toBeUndefined()
  expect(choice({ parallelToolCalls: false })).toEqual({ type: 'auto', disable_parallel_tool_use: true })
  expect(choice({ toolChoice: 'required' })).toEqual({ type: 'any' })
  expect(choice({ toolChoice: 'none', parallelToolCalls: false })).toEqual({ type: 'none' })
  expect(choice({ toolChoice: { tool: 'f' }, parallelToolCalls: false })).toEqual({
    type: 'tool',
    name: 'f',
    disable_parallel_tool_use: true,
  })
})

test('sampling parameters that a generation refuses are left out', () => {
  const sampling = { temperature: 1.5, topP: 0.5, topK: 3 }
  expect(encode(sampling, 'claude-sonnet-4-20250514').body).toMatchObject({ temperature: 1, top_p: 0.5, top_k: 3 })
  expect(encode(sampling, 'claude-sonnet-4-5-20250929').body).toMatchObject({ temperature: 1, top_k: 3 })
  expect(encode(sampling, 'claude-sonnet-4-5-20250929').body).not.toHaveProperty('top_p')
  const newest = encode(sampling, 'claude-opus-4-7')
  expect(Object.keys(newest.body)).toEqual(['model', 'max_tokens', 'messages'])
  expect(newest.warnings).toHaveLength(2)
  expect(encode({ temperature: 1, topP: 1 }, 'claude-opus-4-7').warnings).toBeUndefined()
  expect(encode(sampling, 'some-other-model').body).toMatchObject({ temperature: 1, top_p: 0.5, top_k: 3 })
})

test('a schema is made acceptable: objects closed, refused constraints told in the description', () => {
  const { body } = encode({
    output: {
      type: 'json-schema',
      name: 'person',
      schema: {
        type: 'object',
        properties: {
          age: { type: 'integer', minimum: 1, description: 'Years.' },
          tags: { type: 'array', minItems: 1, items: { oneOf: [{ type: 'string', maxLength: 3 }, { type: 'null' }] } },
        },
      },
    },
  })
  expect(body['output_config']).toEqual({
    format: {
      type: 'json_schema',
      schema: {
        type: 'object',
        properties: {
          age: { type: 'integer', description: 'Years.\n\n{minimum: 1}' },
          tags: {
            type: 'array',
            minItems: 1,
            items: { anyOf: [{ type: 'string', description: '{maxLength: 3}' }, { type: 'null' }] },
          },
        },
        additionalProperties: false,
      },
    },
  })
})

test('a feature in beta brings its header', () => {
  const decoded = downstream.decode(
    {
      model: 'm',
      messages: [],
      mcp_servers: [],
      context_management: { edits: [{ type: 'compact_20260112' }] },
      tools: [{ type: 'computer_20250124', name: 'computer' }],
    },
    {},
  )
  expect(encode(decoded).headers?.['anthropic-beta']?.split(',').sort()).toEqual([
    'compact-2026-01-12',
    'computer-use-2025-01-24',
    'context-management-2025-06-27',
    'mcp-client-2025-11-20',
  ])
  expect(encode({}).headers).toBeUndefined()
})

test('foreign citations and parts of other dialects do not reach Anthropic', () => {
  const { body, warnings } = encode({
    messages: [
      user('Hi'),
      assistant(
        { type: 'text', text: 'Ho', citations: [{ url: 'https://a' }], signature: { origin: 'gemini', value: 's' } },
        { type: 'extension', dialect: 'gemini', value: {} },
      ),
      user('On'),
    ],
  })
  expect(body['messages']).toMatchObject([{ role: 'user' }, { role: 'assistant', content: 'Ho' }, { role: 'user' }])
  expect(warnings).toEqual(['A part that only gemini can say was left out.'])
})

test('a foreign signature that an application sends back returns to the part it belongs to', () => {
  const response = {
    id: 'i',
    model: 'm',
    usage: {},
    choices: [
      {
        index: 0,
        content: [
          { type: 'reasoning' as const, text: 'hm', signature: { origin: 'gemini', value: 'r' } },
          {
            type: 'reasoning' as const,
            text: '',
            signature: { origin: 'openai-responses', value: 'e', encrypted: true },
          },
          { type: 'text' as const, text: 'Ho', signature: { origin: 'gemini', value: 't' } },
          {
            type: 'tool-call' as const,
            id: 'a',
            name: 'f',
            arguments: '{}',
            signature: { origin: 'gemini', value: 'c' },
          },
        ],
      },
    ],
  }
  const { content } = downstream.encode(response, { model: 'm', messages: [] }) as { content: { type: string }[] }
  expect(content.map(({ type }) => type)).toEqual([
    ...['thinking', 'redacted_thinking', 'text', 'redacted_thinking', 'tool_use', 'redacted_thinking'],
  ])
  const back = downstream.decode({ model: 'm', messages: [{ role: 'assistant', content }] }, {})
  expect(back.messages[0]!.content).toEqual(response.choices[0]!.content)
})

test('a message may be empty: Anthropic takes an empty last one of the assistant', () => {
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: '' },
  ]
  const request = downstream.decode({ model: 'm', max_tokens: 1, messages }, {})
  expect(request.messages[1]).toEqual(assistant({ type: 'text', text: '' }))
  expect(encode(request).body['messages']).toEqual([{ role: 'user', content: 'Hi' }])
})

test('every path that ends in /messages is a request, batches and token counts are not', () => {
  for (const path of ['/v1/messages', '/messages', '/anthropic/v1/messages', '/v1/messages/']) {
    expect(downstream.match(path)).toEqual({})
  }
  for (const path of ['/v1/messages/batches', '/v1/messages/count_tokens', '/v1/threads/t/messages', '/v1/chat']) {
    expect(downstream.match(path)).toBeUndefined()
  }
})

test.each([
  ['The body must be a JSON object.', 'text'],
  ['model must be a string.', { messages: [] }],
  ['messages must be a list.', { model: 'm' }],
  ['max_tokens must be a number.', { model: 'm', messages: [], max_tokens: '5' }],
  ['messages.0 must be an object.', { model: 'm', messages: ['Hi'] }],
  [
    'messages.0.role must be "user", "assistant" or "system".',
    { model: 'm', messages: [{ role: 'tool', content: '' }] },
  ],
  ['messages.0.content must be a string or a list.', { model: 'm', messages: [{ role: 'user' }] }],
  [
    'messages.0.content.0.text must be a string.',
    { model: 'm', messages: [{ role: 'user', content: [{ type: 'text' }] }] },
  ],
  [
    'messages.0.content.0.content.0.type must be a string.',
    { model: 'm', messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [{}] }] }] },
  ],
  ['system.0.type must be a string.', { model: 'm', messages: [], system: [{}] }],
  ['tools.0.input_schema must be an object.', { model: 'm', messages: [], tools: [{ name: 'f' }] }],
  [
    'tool_choice.type must be one of "auto", "any", "tool", "none".',
    { model: 'm', messages: [], tool_choice: { type: 'x' } },
  ],
  ['stop_sequences must be a list of strings.', { model: 'm', messages: [], stop_sequences: 'x' }],
  ['thinking must be an object.', { model: 'm', messages: [], thinking: true }],
  ['output_format.schema must be an object.', { model: 'm', messages: [], output_format: { type: 'json_schema' } }],
])('a body that is no request is refused, naming the field: %s', (message, body) => {
  try {
    downstream.decode(body, {})
    expect.unreachable()
  } catch (error) {
    expect(isGatewayError(error, 'invalid_request') && error.message).toBe(message)
  }
})
