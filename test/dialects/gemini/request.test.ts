import { expect, test } from 'vitest'
import { gemini } from '../../../src/dialects/gemini/index.ts'
import type { ChatRequest, Message } from '../../../src/operations/chat/index.ts'

// Requests as an application in another format makes them.

function encode(
  request: Partial<ChatRequest>,
  model = 'gemini-3-flash-preview',
): { body: Record<string, unknown>; warnings: readonly string[]; path: string } {
  const {
    body,
    warnings = [],
    path,
  } = gemini.upstream.encode(
    { model: 'm', messages: [user('Hello')], ...request },
    { provider: 'google', model, quirks: {} },
  )
  return { body, warnings, path }
}

function user(text: string): Message {
  return { role: 'user', content: [{ type: 'text', text }] }
}

const call: Message = {
  role: 'assistant',
  content: [{ type: 'tool-call', id: 'call_1', name: 'weather', arguments: '{"city":"Rom"}' }],
}

test('a question is one content of the user', () => {
  expect(encode({})).toEqual({
    path: '/models/gemini-3-flash-preview:generateContent',
    body: { contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
    warnings: [],
  })
})

test('a stream is asked for as server-sent events, and odd names of models are escaped', () => {
  expect(encode({ stream: true }, 'a b').path).toBe('/models/a%20b:streamGenerateContent?alt=sse')
  expect(encode({}, 'tunedModels/my-model').path).toBe('/tunedModels/my-model:generateContent')
})

test('messages of one speaker in a row are one content, and tool results are the user’s', () => {
  const { body } = encode({
    messages: [
      user('What is the weather'),
      user('in Rome?'),
      call,
      { role: 'tool', content: [{ type: 'tool-result', id: 'call_1', content: 'sunny' }] },
      user('And tomorrow?'),
    ],
  })
  expect(body['contents']).toEqual([
    { role: 'user', parts: [{ text: 'What is the weather' }, { text: 'in Rome?' }] },
    {
      role: 'model',
      parts: [
        {
          functionCall: { id: 'call_1', name: 'weather', args: { city: 'Rom' } },
          thoughtSignature: 'skip_thought_signature_validator',
        },
      ],
    },
    {
      role: 'user',
      parts: [
        { functionResponse: { id: 'call_1', name: 'weather', response: { output: 'sunny' } } },
        { text: 'And tomorrow?' },
      ],
    },
  ])
})

test('a result is always an object: JSON text as the object that it is, other text as output or error', () => {
  const response = (content: string, isError?: boolean): unknown => {
    const message: Message = { role: 'tool', content: [{ type: 'tool-result', id: 'call_1', content, isError }] }
    const { body } = encode({ messages: [user('?'), call, message] })
    return (body['contents'] as { parts: { functionResponse: { response: unknown } }[] }[])[2]?.parts[0]
      ?.functionResponse.response
  }
  expect(response('{"degrees":21}')).toEqual({ degrees: 21 })
  expect(response('[1,2]')).toEqual({ output: '[1,2]' })
  expect(response('"hot"')).toEqual({ output: '"hot"' })
  expect(response('{broken')).toEqual({ output: '{broken' })
  expect(response('')).toEqual({ output: '' })
  expect(response('no such city', true)).toEqual({ error: 'no such city' })
  expect(response('{"code":1}', true)).toEqual({ error: '{"code":1}' })
})

test('a picture within a result stands within it since Gemini 3, and after it before', () => {
  const image = { type: 'image', source: { type: 'base64', data: 'AA==', mediaType: 'image/png' } } as const
  const messages: Message[] = [
    user('?'),
    call,
    { role: 'tool', content: [{ type: 'tool-result', id: 'call_1', content: [{ type: 'text', text: 'map' }, image] }] },
  ]
  const inline = { inlineData: { mimeType: 'image/png', data: 'AA==' } }
  const result = { id: 'call_1', name: 'weather', response: { output: 'map' } }
  expect(encode({ messages }).body['contents']).toMatchObject([
    {},
    {},
    { parts: [{ functionResponse: { ...result, parts: [inline] } }] },
  ])
  expect(encode({ messages }, 'gemini-2.5-flash').body['contents']).toMatchObject([
    {},
    {},
    { parts: [{ functionResponse: result }, inline] },
  ])
})

test('system messages go to systemInstruction, those in the middle too, with a warning', () => {
  const system = (text: string): Message => ({ role: 'system', content: [{ type: 'text', text }] })
  const { body, warnings } = encode({
    messages: [system('One.'), user('Hi'), { ...system('Two.'), role: 'developer' }],
  })
  expect(body['systemInstruction']).toEqual({ parts: [{ text: 'One.' }, { text: 'Two.' }] })
  expect(warnings).toEqual(['A system message in the middle of the conversation was moved to its start.'])
})

test('a system message alone is sent as the user’s, for without contents there is no answer', () => {
  const { body, warnings } = encode({
    messages: [{ role: 'system', content: [{ type: 'text', text: 'Write a poem.' }] }],
  })
  expect(body).toEqual({ contents: [{ role: 'user', parts: [{ text: 'Write a poem.' }] }] })
  expect(warnings).toHaveLength(1)
})

test('results of calls that came without ids go out in the order of their calls, however an application orders them', () => {
  const chunk = {
    responseId: 'r',
    candidates: [
      {
        content: {
          parts: [{ functionCall: { name: 'f' } }, { functionCall: { name: 'g' } }, { functionCall: { name: 'f' } }],
        },
      },
    ],
  }
  const target = { provider: 'google', model: 'gemini-2.5-flash', quirks: {} }
  const [choice] = gemini.upstream.decode(chunk, target).choices
  const [first, second, third] = choice!.content.flatMap((part) => (part.type === 'tool-call' ? part.id : []))
  const result = (id: string, content: string): Message => ({
    role: 'tool',
    content: [{ type: 'tool-result', id, content }],
  })
  const { body } = encode({
    messages: [
      user('?'),
      { role: 'assistant', content: choice!.content },
      result(third!, 'third'),
      result(second!, 'second'),
      result(first!, 'first'),
    ],
  })
  expect((body['contents'] as { parts: unknown[] }[]).at(-1)?.parts).toEqual([
    { functionResponse: { name: 'f', response: { output: 'first' } } },
    { functionResponse: { name: 'g', response: { output: 'second' } } },
    { functionResponse: { name: 'f', response: { output: 'third' } } },
  ])
})

test('only the first call of each step of the current turn is signed for, and only since Gemini 3', () => {
  const step = (id: string): Message[] => [
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'So.' },
        ...call.content.map((part) => ({ ...part, id })),
        ...call.content.map((part) => ({ ...part, id: `${id}b` })),
      ] as Message['content'],
    },
    {
      role: 'tool',
      content: [
        { type: 'tool-result', id, content: 'x' },
        { type: 'tool-result', id: `${id}b`, content: 'x' },
      ],
    },
  ]
  const answer: Message = { role: 'assistant', content: [{ type: 'text', text: 'Done.' }] }
  const messages = [user('Old?'), ...step('a'), answer, user('New?'), ...step('b'), ...step('c')]
  const signed = (model: string): unknown =>
    (
      encode({ messages }, model).body['contents'] as {
        parts: { functionCall?: { id: string }; thoughtSignature?: string }[]
      }[]
    )
      .flatMap(({ parts }) => parts)
      .flatMap(({ functionCall, thoughtSignature }) => (thoughtSignature ? functionCall?.id : []))
  expect(signed('gemini-3-pro-preview')).toEqual(['b', 'c'])
  expect(signed('gemini-flash-latest')).toEqual(['b', 'c'])
  expect(signed('gemini-2.5-flash')).toEqual([])
})

test('Gemini’s own signatures are replayed where they were, foreign ones dropped, and foreign thoughts with them', () => {
  const own = { origin: 'gemini', value: 'c2ln' }
  const foreign = { origin: 'anthropic-messages', value: 'other' }
  const { body } = encode({
    messages: [
      user('?'),
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'Foreign.', signature: foreign },
          { type: 'reasoning', text: 'Own.' },
          { type: 'text', text: 'One', signature: foreign },
          { type: 'text', text: '', signature: own },
          { ...(call.content[0] as Extract<Message['content'][number], { type: 'tool-call' }>), signature: own },
        ],
      },
    ],
  })
  expect((body['contents'] as { parts: unknown }[])[1]?.parts).toEqual([
    { text: 'Own.', thought: true },
    { text: 'One' },
    { text: '', thoughtSignature: 'c2ln' },
    { functionCall: { id: 'call_1', name: 'weather', args: { city: 'Rom' } }, thoughtSignature: 'c2ln' },
  ])
})

test('tools are declared in JSON Schema, in one list, with hosted ones untouched beside it', () => {
  const parameters = { type: 'object', properties: { city: { type: ['string', 'null'] } }, additionalProperties: false }
  const { body, warnings } = encode({
    tools: [
      { type: 'function', name: 'weather', description: 'Tells it.', parameters },
      { type: 'hosted', dialect: 'gemini', value: { googleSearch: {} } },
      { type: 'hosted', dialect: 'openai-responses', value: { type: 'web_search' } },
      { type: 'function', name: 'now' },
    ],
  })
  expect(body['tools']).toEqual([
    {
      functionDeclarations: [
        { name: 'weather', description: 'Tells it.', parametersJsonSchema: parameters },
        { name: 'now' },
      ],
    },
    { googleSearch: {} },
  ])
  expect(warnings).toEqual(['A tool that another provider hosts was left out.'])
})

test('each tool choice has its mode', () => {
  const tools = [{ type: 'function', name: 'now' }] as const
  const config = (toolChoice: ChatRequest['toolChoice']): unknown => encode({ toolChoice, tools }).body['toolConfig']
  expect(config('auto')).toEqual({ functionCallingConfig: { mode: 'AUTO' } })
  expect(config('none')).toEqual({ functionCallingConfig: { mode: 'NONE' } })
  expect(config('required')).toEqual({ functionCallingConfig: { mode: 'ANY' } })
  expect(config({ tool: 'now' })).toEqual({ functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['now'] } })
})

test('a choice without functions is not sent: Google refuses it', () => {
  const search = { type: 'hosted', dialect: 'gemini', value: { googleSearch: {} } } as const
  const foreign = { type: 'hosted', dialect: 'anthropic-messages', value: { type: 'web_search_20250305' } } as const
  expect(encode({ toolChoice: 'none' }).body).not.toHaveProperty('toolConfig')
  expect(encode({ toolChoice: 'auto', tools: [search] }).body).not.toHaveProperty('toolConfig')
  const { body } = encode({ toolChoice: 'auto', tools: [foreign] })
  expect(Object.keys(body)).toEqual(['contents'])
})

test('a schema of the answer is JSON Schema', () => {
  const schema = { type: 'object', properties: { a: { $ref: '#/$defs/A' } }, $defs: { A: { type: 'string' } } }
  expect(encode({ output: { type: 'json-schema', name: 'x', strict: true, schema } })).toMatchObject({
    body: { generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema } },
    warnings: [],
  })
})

test.each([
  ['gemini-3-flash-preview', { effort: 'low' }, { thinkingLevel: 'LOW' }],
  ['gemini-3-flash-preview', { effort: 'max' }, { thinkingLevel: 'HIGH' }],
  ['gemini-3-flash-preview', { effort: 'none' }, { thinkingLevel: 'MINIMAL' }],
  ['gemini-3-flash-preview', { effort: 'low', budgetTokens: 99 }, { thinkingBudget: 99 }],
  ['gemini-3-pro-preview', { effort: 'medium' }, { thinkingLevel: 'HIGH' }],
  ['gemini-3.1-pro-preview', { effort: 'minimal' }, { thinkingLevel: 'LOW' }],
  ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }],
  ['gemini-2.5-flash', { effort: 'medium', visible: true }, { thinkingBudget: 8192, includeThoughts: true }],
  ['gemini-2.5-pro', { effort: 'none' }, { thinkingBudget: 128 }],
  ['gemini-2.5-pro', { effort: 'max' }, { thinkingBudget: 32768 }],
  ['gemini-flash-latest', { effort: 'high' }, { thinkingBudget: 24576 }],
  ['gemini-2.0-flash', { effort: 'high' }, undefined],
] as const)('%s takes reasoning %j as %j', (model, reasoning, thinkingConfig) => {
  const { generationConfig } = encode({ reasoning }, model).body as { generationConfig?: { thinkingConfig?: unknown } }
  expect(generationConfig?.thinkingConfig).toEqual(thinkingConfig)
})

test('pictures, sounds and files: bytes inline, addresses as files, with the type that their name tells', () => {
  const content: Message['content'] = [
    { type: 'image', source: { type: 'url', url: 'https://a.example/b.JPG?c=d' }, detail: 'high' },
    { type: 'image', source: { type: 'url', url: 'data:image/png;base64,AA==' }, detail: 'auto' },
    { type: 'file', source: { type: 'text', text: 'Plain.' } },
    { type: 'file', source: { type: 'file-id', id: 'file-openai' } },
  ]
  const { body, warnings } = encode({ messages: [{ role: 'user', content }] })
  expect((body['contents'] as { parts: unknown }[])[0]?.parts).toEqual([
    {
      fileData: { fileUri: 'https://a.example/b.JPG?c=d', mimeType: 'image/jpeg' },
      mediaResolution: { level: 'MEDIA_RESOLUTION_HIGH' },
    },
    { inlineData: { mimeType: 'image/png', data: 'AA==' } },
    { text: 'Plain.' },
  ])
  expect(warnings).toEqual(['A file that was uploaded to another provider was left out.'])
})

test('what this format cannot say is left out with a warning, without the words of the prompt', () => {
  const { body, warnings } = encode({
    messages: [{ ...user('secret'), name: 'secret' }],
    user: 'secret',
    logitBias: { '1': 2 },
    parallelToolCalls: false,
    serviceTier: 'secret',
    metadata: { 'Not a label': 'secret', label: 'fine' },
    tools: [{ type: 'function', name: 'f', strict: true }],
  })
  expect(body).toEqual({
    contents: [{ role: 'user', parts: [{ text: 'secret' }] }],
    tools: [{ functionDeclarations: [{ name: 'f' }] }],
    labels: { label: 'fine' },
  })
  expect(warnings).toHaveLength(7)
  expect(warnings.join()).not.toContain('secret')
})

test('words for the service tier of other formats become Google’s', () => {
  expect(encode({ serviceTier: 'default' }).body['serviceTier']).toBe('standard')
  expect(encode({ serviceTier: 'auto' })).toMatchObject({ body: { contents: [{}] }, warnings: [] })
})

test('arguments that were cut off go back as they are, in the one form that fits', () => {
  const cut: Message = {
    role: 'assistant',
    content: [{ type: 'tool-call', id: 'c', name: 'f', arguments: '{"a": "b' }],
  }
  expect(encode({ messages: [user('?'), cut] }).body['contents']).toMatchObject([
    {},
    { parts: [{ functionCall: { args: { arguments: '{"a": "b' } } }] },
  ])
})

test('an empty text and a message without content are not sent', () => {
  const empty: Message = { role: 'assistant', content: [{ type: 'text', text: '' }] }
  expect(encode({ messages: [user('A'), empty, user('B')] }).body['contents']).toEqual([
    { role: 'user', parts: [{ text: 'A' }, { text: 'B' }] },
  ])
})
