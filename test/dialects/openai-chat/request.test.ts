import { expect, test } from 'vitest'
import { type OpenAIChatQuirks, openaiChat } from '../../../src/dialects/openai-chat/index.ts'
import type { ChatRequest, Message } from '../../../src/operations/chat/index.ts'

const downstream = openaiChat.downstream!

test('a plain request is as short as one by hand', () => {
  expect(encode({ messages: [user('Hello')] })).toEqual({
    path: '/chat/completions',
    body: { model: 'm', messages: [{ role: 'user', content: 'Hello' }] },
  })
})

test('a stream asks for usage, and keeps what the application asked of it', () => {
  expect(encode({ messages: [], stream: true }).body['stream_options']).toEqual({ include_usage: true })
  const extensions = { 'openai-chat': { stream_options: { include_obfuscation: false } } }
  expect(encode({ messages: [], stream: true, extensions }).body['stream_options']).toEqual({
    include_obfuscation: false,
    include_usage: true,
  })
  expect(encode({ messages: [], extensions }).body).not.toHaveProperty('stream_options')
  expect(encode({ messages: [], stream: true }, { streamOptions: false }).body).not.toHaveProperty('stream_options')
})

test('fields go by the names that the provider knows, or stay here with a warning', () => {
  const request = { messages: [], maxOutputTokens: 5, seed: 1, logprobs: true, topK: 3 }
  const quirks = { rename: { max_completion_tokens: 'max_tokens', seed: 'random_seed' }, unsupported: ['logprobs'] }
  const { body, warnings } = encode(request, quirks)
  expect(body).toEqual({ model: 'm', messages: [], max_tokens: 5, random_seed: 1 })
  expect(warnings).toEqual([
    '`topK` was left out: the provider does not take it.',
    '`logprobs` was left out: the provider does not take it.',
  ])
  expect(encode(request, { topK: true }).body['top_k']).toBe(3)
})

test('names in messages stay here where the provider refuses them', () => {
  const { body, warnings } = encode({ messages: [{ ...user('Hi'), name: 'ann' }] }, { unsupported: ['messages.name'] })
  expect(body['messages']).toEqual([{ role: 'user', content: 'Hi' }])
  expect(warnings).toHaveLength(1)
})

test('a developer speaks as system where the provider knows no developer', () => {
  const messages: Message[] = [{ role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] }]
  expect(encode({ messages }).body['messages']).toEqual([{ role: 'developer', content: 'Be brief.' }])
  expect(encode({ messages }, { developerRole: false }).body['messages']).toEqual([
    { role: 'system', content: 'Be brief.' },
  ])
})

test('pictures of tools follow the results of all calls, in a message of the user', () => {
  const picture = { type: 'image', source: { type: 'url', url: 'https://a.example/a.png' } } as const
  const result = (id: string): Message => ({
    role: 'tool',
    content: [{ type: 'tool-result', id, content: [{ type: 'text', text: id }, picture] }],
  })
  const { body, warnings } = encode({ messages: [result('a'), result('b'), user('Well?')] })
  const image = { type: 'image_url', image_url: { url: 'https://a.example/a.png' } }
  expect(body['messages']).toEqual([
    { role: 'tool', tool_call_id: 'a', content: 'a' },
    { role: 'tool', tool_call_id: 'b', content: 'b' },
    { role: 'user', content: [image, image] },
    { role: 'user', content: 'Well?' },
  ])
  expect(warnings).toHaveLength(1)
})

test('results that share a message with words, as Anthropic has it, are taken apart', () => {
  const messages: Message[] = [
    {
      role: 'user',
      content: [
        { type: 'tool-result', id: 'a', content: '1', isError: true },
        { type: 'tool-result', id: 'b', content: '2' },
        { type: 'text', text: 'Go on.' },
      ],
    },
  ]
  const { body, warnings } = encode({ messages })
  expect(body['messages']).toEqual([
    { role: 'tool', tool_call_id: 'a', content: '1' },
    { role: 'tool', tool_call_id: 'b', content: '2' },
    { role: 'user', content: 'Go on.' },
  ])
  expect(warnings).toEqual(['That a tool failed could not be said: its result went out like any other.'])
})

const thoughtful: Message = {
  role: 'assistant',
  content: [
    { type: 'reasoning', text: 'Hm.', signature: { origin: 'openai-chat', value: 'c2ln' } },
    { type: 'reasoning', text: 'So.', signature: { origin: 'anthropic-messages', value: 'Zm9y' } },
    { type: 'text', text: 'Hi' },
  ],
}

test.each<[string, OpenAIChatQuirks, Record<string, unknown>]>([
  ['nowhere, unless the row says so', {}, {}],
  ['as reasoning_content', { reasoningHistory: 'reasoning_content' }, { reasoning_content: 'Hm.So.' }],
  ['as reasoning', { reasoningHistory: 'reasoning' }, { reasoning: 'Hm.So.' }],
  [
    'with proofs of this format only',
    { reasoningHistory: 'reasoning_details' },
    { reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', signature: 'c2ln' }] },
  ],
  ['only with calls', { reasoningHistory: 'reasoning_content', reasoningHistoryWithToolCalls: true }, {}],
])('former thoughts go out %s', (_, quirks, expected) => {
  expect(encode({ messages: [thoughtful] }, quirks).body['messages']).toEqual([
    { role: 'assistant', content: 'Hi', ...expected },
  ])
})

test('a turn with calls carries its thoughts even where there were none, if the row says so', () => {
  const messages: Message[] = [
    { role: 'assistant', content: [{ type: 'tool-call', id: 'a', name: 'now', arguments: '{}' }] },
  ]
  const quirks = { reasoningHistory: 'reasoning_content', reasoningHistoryWithToolCalls: true } as const
  expect(encode({ messages }, quirks).body['messages']).toMatchObject([{ content: null, reasoning_content: '' }])
})

test.each<[ChatRequest['reasoning'], OpenAIChatQuirks['reasoningRequest'], Record<string, unknown>]>([
  [{ effort: 'high' }, undefined, { reasoning_effort: 'high' }],
  [{ budgetTokens: 8000 }, undefined, { reasoning_effort: 'medium' }],
  [{ effort: 'none' }, 'thinking', { thinking: { type: 'disabled' } }],
  [{ effort: 'high' }, 'thinking', { thinking: { type: 'enabled' }, reasoning_effort: 'high' }],
  [{ budgetTokens: 8000, visible: false }, 'reasoning', { reasoning: { max_tokens: 8000, exclude: true } }],
])('reasoning %j is asked for by %s', (reasoning, reasoningRequest, expected) => {
  expect(encode({ messages: [], reasoning }, { reasoningRequest }).body).toEqual({
    model: 'm',
    messages: [],
    ...expected,
  })
})

test('marks for the cache go where they are understood', () => {
  const messages: Message[] = [{ role: 'user', content: [{ type: 'text', text: 'Long', cache: { ttl: '1h' } }] }]
  const marked = { type: 'text', text: 'Long', cache_control: { type: 'ephemeral', ttl: '1h' } }
  expect(encode({ messages }, { cacheControl: true }).body['messages']).toEqual([{ role: 'user', content: [marked] }])
  const { body, warnings } = encode({ messages })
  expect(body['messages']).toEqual([{ role: 'user', content: 'Long' }])
  expect(warnings).toHaveLength(1)
})

test('what only another format can say is left out, with a warning that quotes nothing', () => {
  const messages: Message[] = [
    { role: 'user', content: [{ type: 'extension', dialect: 'gemini', value: { secret: 1 } }] },
  ]
  const tools = [{ type: 'hosted', dialect: 'gemini', value: { googleSearch: {} } }] as const
  const { body, warnings } = encode({ messages, tools })
  expect(body).toEqual({ model: 'm', messages: [{ role: 'user', content: [] }] })
  expect(warnings).toHaveLength(2)
  expect(warnings?.join()).not.toContain('secret')
})

test('where no tool is left, nothing is chosen among them: OpenAI refuses that', () => {
  const tools = [{ type: 'hosted', dialect: 'gemini', value: { googleSearch: {} } }] as const
  const { body } = encode({ messages: [user('Hi')], tools, toolChoice: 'required', parallelToolCalls: false })
  expect(body).toEqual({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })
})

test('a document without a name gets one: OpenAI refuses bytes that have none', () => {
  const file = (name?: string): unknown => {
    const source = { type: 'base64', data: 'AAAA', mediaType: 'application/pdf' } as const
    const { body } = encode({
      messages: [{ role: 'user', content: [{ type: 'file', source, ...(name && { name }) }] }],
    })
    return body['messages']
  }
  const sent = (filename: string): unknown => [
    { role: 'user', content: [{ type: 'file', file: { filename, file_data: 'data:application/pdf;base64,AAAA' } }] },
  ]
  expect(file()).toEqual(sent('file.pdf'))
  expect(file('report.pdf')).toEqual(sent('report.pdf'))
})

test('sound that the model made goes back by its id', () => {
  const messages: Message[] = [
    {
      role: 'assistant',
      content: [
        {
          type: 'audio',
          source: { type: 'base64', data: 'UklGR', mediaType: 'audio/wav' },
          extensions: { 'openai-chat': { id: 'audio_1' } },
        },
      ],
    },
  ]
  expect(encode({ messages }).body['messages']).toEqual([
    { role: 'assistant', content: null, audio: { id: 'audio_1' } },
  ])
})

test("a patch has the last word, and is the row's own", () => {
  const patch: OpenAIChatQuirks['patch'] = (body) => ({ ...body, tool_choice: 'any' })
  expect(encode({ messages: [], toolChoice: 'required' }, { patch }).body['tool_choice']).toBe('any')
})

test('an application may say max_tokens, a lone stop, and null for nothing', () => {
  const body = { model: 'm', messages: [], max_tokens: 5, stop: 'END', temperature: null, tools: null, stream: null }
  expect(downstream.decode(body, {})).toEqual({ model: 'm', messages: [], maxOutputTokens: 5, stop: ['END'] })
})

test('proofs of other formats come back to their origin from an application of this format', () => {
  const signature = { origin: 'anthropic-messages', value: 'c2ln' }
  const content: Message['content'] = [
    { type: 'reasoning', text: 'Hm.', signature },
    { type: 'reasoning', text: '', signature: { ...signature, encrypted: true } },
    { type: 'text', text: 'Hi', signature: { origin: 'gemini', value: 'dGV4dA==' } },
    { type: 'tool-call', id: 'a', name: 'now', arguments: '{}', signature: { origin: 'gemini', value: 'Y2FsbA==' } },
  ]
  const response = { id: '', model: '', choices: [{ index: 0, content }], usage: {} } as Parameters<
    typeof downstream.encode
  >[0]
  const wire = downstream.encode(response, { model: '', messages: [] }) as { choices: [{ message: unknown }] }
  const { messages } = downstream.decode({ model: 'm', messages: [wire.choices[0].message] }, {})
  expect(messages).toEqual([{ role: 'assistant', content }])
})

test.each([
  [[], 'the body must be a JSON object.'],
  [{ messages: [] }, '`model` must be the name of a model.'],
  [{ model: 'm', messages: 'Hi' }, '`messages` must be a list of messages.'],
  [{ model: 'm', messages: ['Hi'] }, '`messages[0]` must be a message.'],
  [
    { model: 'm', messages: [{ role: 'robot' }] },
    '`messages[0].role` must be system, developer, user, assistant, tool.',
  ],
  [
    { model: 'm', messages: [{ role: 'user', content: 7 }] },
    '`messages[0].content` must be a string or a list of parts.',
  ],
  [
    { model: 'm', messages: [{ role: 'user', content: [{ type: 'text' }] }] },
    '`messages[0].content[0].text` must be a string.',
  ],
  [
    { model: 'm', messages: [{ role: 'user', content: [{ type: 'image_url', image_url: 1 }] }] },
    '`messages[0].content[0].image_url` must be an object.',
  ],
  [
    { model: 'm', messages: [{ role: 'tool', content: '1' }] },
    '`messages[0].tool_call_id` must be the id of a tool call.',
  ],
  [
    { model: 'm', messages: [{ role: 'assistant', tool_calls: {} }] },
    '`messages[0].tool_calls` must be a list of tool calls.',
  ],
  [
    { model: 'm', messages: [{ role: 'assistant', tool_calls: [{ id: 1, function: { name: 'f' } }] }] },
    '`messages[0].tool_calls[0].id` must be a string.',
  ],
  [
    { model: 'm', messages: [{ role: 'assistant', tool_calls: [{ id: 'a', function: { name: {} } }] }] },
    '`messages[0].tool_calls[0].function.name` must be a string.',
  ],
  [
    { model: 'm', messages: [{ role: 'assistant', content: 7 }] },
    '`messages[0].content` must be a string or a list of parts.',
  ],
  [{ model: 'm', messages: [{ role: 'assistant', reasoning_details: {} }] }, '`messages[0]` must be a message.'],
  [{ model: 'm', messages: [{ role: 'assistant', refusal: 7 }] }, '`messages[0].refusal` must be a string.'],
  [{ model: 'm', messages: [], temperature: 'hot' }, '`temperature` must be a number.'],
  [
    { model: 'm', messages: [], tools: [{ type: 'function' }] },
    '`tools[0].function` must be a function with a `name`.',
  ],
  [{ model: 'm', messages: [], stop: 1 }, '`stop` must be a string or a list of strings.'],
])('a bad request is told by its field: %j', (body, message) => {
  expect(() => downstream.decode(body, {})).toThrow(expect.objectContaining({ code: 'invalid_request', message }))
})

test('paths of the format are known with any prefix, and Azure names the model there', () => {
  for (const path of [
    '/chat/completions',
    '/v1/chat/completions',
    '/openai/v1/chat/completions',
    '/api/v1/chat/completions/',
  ]) {
    expect(downstream.match(path)).toEqual({})
  }
  expect(downstream.match('/openai/deployments/my%20model/chat/completions')).toEqual({ model: 'my model' })
  expect(downstream.decode({ messages: [] }, { model: 'named' }).model).toBe('named')
  for (const path of ['/v1/completions', '/chat/completions/1', '/v1/messages'])
    expect(downstream.match(path)).toBeUndefined()
})

function encode(request: Omit<ChatRequest, 'model'>, quirks: OpenAIChatQuirks = {}) {
  return openaiChat.upstream.encode({ model: 'group', ...request }, { provider: 'test', model: 'm', quirks })
}

function user(text: string): Message {
  return { role: 'user', content: [{ type: 'text', text }] }
}
