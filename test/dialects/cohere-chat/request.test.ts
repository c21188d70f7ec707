import { expect, test } from 'vitest'
import { cohereChat } from '../../../src/dialects/cohere-chat/index.ts'
import type { ChatRequest, Message, Part, Tool } from '../../../src/operations/chat/index.ts'

const target = { provider: 'cohere', model: 'command-a', quirks: {} }
const question: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }
const look: Tool = { type: 'function', name: 'look', parameters: { type: 'object', required: ['at'] } }
const jump: Tool = { type: 'function', name: 'jump' }

function encode(request: Partial<ChatRequest>): { body: Record<string, unknown>; warnings: readonly string[] } {
  const { body, warnings = [] } = cohereChat.upstream.encode({ model: 'm', messages: [question], ...request }, target)
  return { body: JSON.parse(JSON.stringify(body)), warnings }
}

function messagesOf(...messages: Message[]): unknown {
  return encode({ messages }).body['messages']
}

test('parameters go out under their names of Cohere', () => {
  const { body, warnings } = encode({
    maxOutputTokens: 9,
    temperature: 0.3,
    topP: 0.5,
    topK: 4,
    stop: ['a'],
    seed: 7,
    frequencyPenalty: 0.1,
    logprobs: true,
    stream: true,
  })
  expect(body).toEqual({
    model: 'command-a',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: true,
    max_tokens: 9,
    temperature: 0.3,
    p: 0.5,
    k: 4,
    stop_sequences: ['a'],
    seed: 7,
    frequency_penalty: 0.1,
    logprobs: true,
  })
  expect(warnings).toEqual([])
})

test('what lies beyond the bounds of Cohere goes out as the bound, with a warning', () => {
  const { body, warnings } = encode({ topP: 1, topK: 900, frequencyPenalty: -2, stop: ['1', '2', '3', '4', '5', '6'] })
  expect(body).toMatchObject({ p: 0.99, k: 500, frequency_penalty: 0, stop_sequences: ['1', '2', '3', '4', '5'] })
  expect(warnings).toEqual([
    'Every stop sequence after the fifth was left out.',
    '`topK` went out as 500.',
    '`frequencyPenalty` went out as 0.',
  ])
})

test('of two penalties one goes out', () => {
  const { body, warnings } = encode({ frequencyPenalty: 0.5, presencePenalty: 0.5 })
  expect(body).toMatchObject({ frequency_penalty: 0.5 })
  expect(body).not.toHaveProperty('presence_penalty')
  expect(warnings).toEqual(['`presencePenalty` was left out: it cannot go with `frequencyPenalty`.'])
})

test('what only Cohere has goes out from the extensions', () => {
  const own = {
    documents: [{ id: 'd', data: { text: 'x' } }],
    safety_mode: 'STRICT',
    citation_options: { mode: 'FAST' },
  }
  expect(encode({ extensions: { 'cohere-chat': own, gemini: { other: 1 } } }).body).toEqual({
    ...own,
    model: 'command-a',
    messages: [{ role: 'user', content: 'Hi' }],
    stream: false,
  })
})

test('some tool is required, none is, or a named one by being the only one offered', () => {
  const tools = [look, jump]
  expect(encode({ tools, toolChoice: 'required' }).body['tool_choice']).toBe('REQUIRED')
  expect(encode({ tools, toolChoice: 'none' }).body['tool_choice']).toBe('NONE')
  expect(encode({ tools, toolChoice: 'auto' }).body).not.toHaveProperty('tool_choice')
  const named = encode({ tools, toolChoice: { tool: 'jump' } })
  expect(named.body).toMatchObject({ tool_choice: 'REQUIRED', tools: [{ function: { name: 'jump' } }] })
  expect(named.body['tools']).toHaveLength(1)
  expect(named.warnings).toEqual([])
})

test('a named tool is one of several where others were called before, which must be offered too', () => {
  const call: Part = { type: 'tool-call', id: 'c', name: 'look', arguments: '{}' }
  const { body, warnings } = encode({
    messages: [question, { role: 'assistant', content: [call] }],
    tools: [look, jump],
    toolChoice: { tool: 'jump' },
  })
  expect(body).toMatchObject({ tool_choice: 'REQUIRED' })
  expect(body['tools']).toHaveLength(2)
  expect(warnings).toEqual(['The name of the tool that must be called was left out: other tools were called before.'])
})

test('tools are strict together, if each requires a parameter', () => {
  expect(encode({ tools: [{ ...look, strict: true }] }).body['strict_tools']).toBe(true)
  const some = encode({ tools: [{ ...look, strict: true }, jump] })
  expect(some.body).not.toHaveProperty('strict_tools')
  expect(some.warnings).toEqual([
    '`strict` of a tool was left out: it holds for all tools or none, and each must require a parameter.',
  ])
  expect(encode({ tools: [{ ...jump, strict: true }] }).body).not.toHaveProperty('strict_tools')
})

test('an answer is held to a schema, but not beside tools or documents', () => {
  const output = { type: 'json-schema' as const, schema: { type: 'object' } }
  expect(encode({ output }).body['response_format']).toEqual({ type: 'json_object', json_schema: { type: 'object' } })
  expect(encode({ output: { type: 'json' } }).body['response_format']).toEqual({ type: 'json_object' })
  expect(encode({ output: { type: 'text' } }).body).not.toHaveProperty('response_format')
  for (const grounds of [{ tools: [look] }, { extensions: { 'cohere-chat': { documents: ['d'] } } }]) {
    const { body, warnings } = encode({ output, ...grounds })
    expect(body).not.toHaveProperty('response_format')
    expect(warnings).toEqual(['`output` was left out: it cannot go with tools or documents.'])
  }
})

test.each([
  [{ effort: 'none' }, { type: 'disabled' }],
  [{ budgetTokens: 0 }, { type: 'disabled' }],
  [{ effort: 'low' }, { type: 'enabled', token_budget: 2048 }],
  [{ effort: 'high' }, { type: 'enabled' }],
  [
    { effort: 'low', budgetTokens: 77 },
    { type: 'enabled', token_budget: 77 },
  ],
] as const)('reasoning %j is thinking %j', (reasoning, thinking) => {
  expect(encode({ reasoning }).body['thinking']).toEqual(thinking)
})

test('a budget that stands for a word leaves a fifth of the limit for the answer', () => {
  expect(encode({ reasoning: { effort: 'medium' }, maxOutputTokens: 1000 }).body['thinking']).toEqual({
    type: 'enabled',
    token_budget: 800,
  })
})

test('what the system says stands first, in one message', () => {
  const { body, warnings } = encode({
    messages: [
      { role: 'system', content: [{ type: 'text', text: 'one' }] },
      question,
      { role: 'developer', content: [{ type: 'text', text: 'two' }] },
    ],
  })
  expect(body['messages']).toEqual([
    {
      role: 'system',
      content: [
        { type: 'text', text: 'one' },
        { type: 'text', text: 'two' },
      ],
    },
    { role: 'user', content: 'Hi' },
  ])
  expect(warnings).toEqual(['A system message in the middle was moved to the start.'])
})

test('pictures go out by address or as data, other media not at all', () => {
  const { body, warnings } = encode({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image', source: { type: 'url', url: 'https://a.example/a.png' }, detail: 'low' },
          { type: 'image', source: { type: 'base64', data: 'AAAA', mediaType: 'image/png' } },
          { type: 'file', source: { type: 'base64', data: btoa('words'), mediaType: 'text/plain' } },
          { type: 'audio', source: { type: 'base64', data: 'AAAA', mediaType: 'audio/wav' } },
        ],
      },
    ],
  })
  expect(body['messages']).toEqual([
    {
      role: 'user',
      content: [
        { type: 'text', text: 'See' },
        { type: 'image_url', image_url: { url: 'https://a.example/a.png', detail: 'low' } },
        { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        { type: 'text', text: 'words' },
      ],
    },
  ])
  expect(warnings).toEqual(['A part of type "audio" was left out: it has no place here.'])
})

test('calls go back with their plan and their thoughts, and results one by one, in any form', () => {
  const calls: Part[] = [
    { type: 'reasoning', text: 'hm' },
    {
      type: 'tool-call',
      id: 'a',
      name: 'look',
      arguments: '{"at":1}',
      extensions: { 'cohere-chat': { tool_plan: 'I will look.' } },
    },
    { type: 'tool-call', id: 'b', name: 'jump', arguments: '' },
  ]
  const document = { type: 'document', document: { id: 'd', data: { text: 'x' } } }
  expect(
    messagesOf(
      question,
      { role: 'assistant', content: calls },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', id: 'a', content: 'seen' },
          { type: 'tool-result', id: 'b', content: [{ type: 'extension', dialect: 'cohere-chat', value: document }] },
        ],
      },
    ),
  ).toEqual([
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      tool_plan: 'I will look.',
      content: [{ type: 'thinking', thinking: 'hm' }],
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'look', arguments: '{"at":1}' } },
        { id: 'b', type: 'function', function: { name: 'jump', arguments: '{}' } },
      ],
    },
    { role: 'tool', tool_call_id: 'a', content: 'seen' },
    { role: 'tool', tool_call_id: 'b', content: [document] },
  ])
})

test('a picture that a tool gave goes out in a message of the user, after all results', () => {
  const { body, warnings } = encode({
    messages: [
      question,
      { role: 'assistant', content: [{ type: 'tool-call', id: 'a', name: 'look', arguments: '{}' }] },
      {
        role: 'tool',
        content: [
          {
            type: 'tool-result',
            id: 'a',
            content: [{ type: 'image', source: { type: 'base64', data: 'AAAA', mediaType: 'image/png' } }],
          },
          { type: 'tool-result', id: 'b', content: 'heard' },
        ],
      },
      question,
    ],
  })
  expect((body['messages'] as unknown[]).slice(2)).toEqual([
    { role: 'tool', tool_call_id: 'a', content: '' },
    { role: 'tool', tool_call_id: 'b', content: 'heard' },
    { role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] },
    { role: 'user', content: 'Hi' },
  ])
  expect(warnings).toEqual(['A picture that a tool gave went out in a message of the user.'])
})
