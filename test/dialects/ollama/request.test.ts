import { expect, test } from 'vitest'
import { type OllamaQuirks, ollamaChat } from '../../../src/dialects/ollama/index.ts'
import type { ChatRequest, Message, Tool } from '../../../src/operations/chat/index.ts'

const question: Message = { role: 'user', content: [{ type: 'text', text: 'Hi' }] }
const look: Tool = { type: 'function', name: 'look' }
const jump: Tool = { type: 'function', name: 'jump' }

function encode(
  request: Partial<ChatRequest>,
  { model = 'llama3', quirks = {} }: { model?: string; quirks?: OllamaQuirks } = {},
): { path: string; body: Record<string, unknown>; warnings: readonly string[] } {
  const target = { provider: 'ollama', model, quirks }
  const {
    path,
    body,
    warnings = [],
  } = ollamaChat.upstream.encode({ model: 'm', messages: [question], ...request }, target)
  return { path, body: JSON.parse(JSON.stringify(body)), warnings }
}

test('parameters go out as options, and that there is to be no stream is said', () => {
  expect(
    encode({
      maxOutputTokens: 9,
      temperature: 0.3,
      topP: 0.5,
      topK: 4,
      stop: ['a'],
      seed: 7,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      logprobs: true,
      topLogprobs: 2,
    }),
  ).toEqual({
    path: '/chat',
    body: {
      model: 'llama3',
      messages: [{ role: 'user', content: 'Hi' }],
      stream: false,
      logprobs: true,
      top_logprobs: 2,
      options: {
        num_predict: 9,
        temperature: 0.3,
        top_p: 0.5,
        top_k: 4,
        stop: ['a'],
        seed: 7,
        frequency_penalty: 0.1,
        presence_penalty: 0.2,
      },
    },
    warnings: [],
  })
})

test('what only Ollama has comes from the extensions, or from the row where they do not say', () => {
  const extensions = { ollama: { keep_alive: '1h', options: { num_ctx: 9000 } } }
  const quirks = { defaults: { keep_alive: '1m', truncate: false, options: { num_ctx: 4096, num_gpu: 1 } } }
  expect(encode({ extensions, temperature: 0 }, { quirks }).body).toMatchObject({
    keep_alive: '1h',
    truncate: false,
    options: { num_ctx: 9000, num_gpu: 1, temperature: 0 },
  })
})

test('an answer is held to a schema, or to JSON', () => {
  expect(encode({ output: { type: 'json-schema', schema: { type: 'object' } } }).body['format']).toEqual({
    type: 'object',
  })
  expect(encode({ output: { type: 'json' } }).body['format']).toBe('json')
  expect(encode({ output: { type: 'text' } }).body).not.toHaveProperty('format')
})

test.each([
  ['llama3', { effort: 'none' }, false, 0],
  ['llama3', { effort: 'low' }, true, 1],
  ['llama3', { budgetTokens: 0 }, false, 0],
  ['gpt-oss:20b', { effort: 'high' }, 'high', 0],
  ['gpt-oss:20b', { effort: 'none' }, 'low', 1],
  ['gpt-oss:20b', { effort: 'xhigh' }, 'high', 1],
  ['gpt-oss:20b', { budgetTokens: 900 }, 'medium', 1],
] as const)('%s, asked for the reasoning %j, is told to think: %s', (model, reasoning, think, warned) => {
  const { body, warnings } = encode({ reasoning }, { model })
  expect(body['think']).toBe(think)
  expect(warnings).toHaveLength(warned)
})

test('no tool is called where none is offered, and one where no other is', () => {
  const tools = [look, jump]
  expect(encode({ tools, toolChoice: 'none' }).body).not.toHaveProperty('tools')
  const named = encode({ tools, toolChoice: { tool: 'jump' } })
  expect(named.body['tools']).toEqual([
    { type: 'function', function: { name: 'jump', parameters: { type: 'object', properties: {} } } },
  ])
  expect(named.warnings).toEqual([
    '`toolChoice` went out as the only tool that is offered: the model may still call none.',
  ])
  expect(encode({ tools, toolChoice: 'required' }).warnings).toEqual([
    '`toolChoice` was left out: the model may call no tool.',
  ])
})

test('pictures go out as a list of base64 beside the text, also those that a tool gave', () => {
  const source = { type: 'base64', data: 'AAAA', mediaType: 'image/png' } as const
  const { body, warnings } = encode({
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image', source },
          { type: 'file', source: { type: 'text', text: 'words' } },
          { type: 'image', source: { type: 'url', url: 'https://a.example/a.png' } },
        ],
      },
      { role: 'tool', content: [{ type: 'tool-result', id: 'c', name: 'look', content: [{ type: 'image', source }] }] },
    ],
  })
  expect(body['messages']).toEqual([
    { role: 'user', content: 'See\nwords', images: ['AAAA'] },
    { role: 'tool', content: '', tool_name: 'look', tool_call_id: 'c', images: ['AAAA'] },
  ])
  expect(warnings).toEqual([
    'A part of type "image" was left out: only pictures and texts that come along have a place here.',
  ])
})

test('a call goes back with its arguments as an object, and a result names the tool', () => {
  const { body, warnings } = encode({
    messages: [
      { role: 'developer', content: [{ type: 'text', text: 'Be brief.' }] },
      question,
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'hm' },
          { type: 'text', text: 'I ' },
          { type: 'text', text: 'look.' },
          { type: 'tool-call', id: 'a', name: 'look', arguments: '{"at":1}' },
          { type: 'tool-call', id: 'b', name: 'jump', arguments: '{"cut' },
        ],
      },
      {
        role: 'tool',
        content: [
          { type: 'tool-result', id: 'b', content: 'far' },
          { type: 'tool-result', id: 'a', content: 'seen' },
        ],
      },
    ],
  })
  expect(body['messages']).toEqual([
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
    {
      role: 'assistant',
      content: 'I look.',
      thinking: 'hm',
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'look', arguments: { at: 1 } } },
        { id: 'b', type: 'function', function: { name: 'jump', arguments: { arguments: '{"cut' } } },
      ],
    },
    { role: 'tool', content: 'far', tool_name: 'jump', tool_call_id: 'b' },
    { role: 'tool', content: 'seen', tool_name: 'look', tool_call_id: 'a' },
  ])
  expect(warnings).toEqual(['The arguments of a former call are no JSON object: they went out inside one.'])
})
