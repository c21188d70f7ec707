import { describe, expect, test } from 'vitest'
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts'
import type { OpenAIResponsesQuirks } from '../../../src/dialects/openai-responses/quirks.ts'
import { GatewayError } from '../../../src/errors.ts'
import type { ChatRequest, Message } from '../../../src/operations/chat/index.ts'
import { overTheWire, question } from './wire.ts'

const { upstream } = openaiResponses
const downstream = openaiResponses.downstream!
const encode = (request: Partial<ChatRequest>, quirks: OpenAIResponsesQuirks = {}) =>
  upstream.encode({ ...question, ...request }, { provider: 'test', model: 'a-model', quirks })
const bodyOf = (request: Partial<ChatRequest>, quirks?: OpenAIResponsesQuirks) =>
  overTheWire(encode(request, quirks).body) as Readonly<Record<string, unknown>>
const said = (...content: Message['content']): Partial<ChatRequest> => ({ messages: [{ role: 'assistant', content }] })
const decode = (body: object) => downstream.decode({ model: 'm', ...body }, {})

test('its paths are those of responses, whatever stands before them', () => {
  for (const path of ['/responses', '/v1/responses', '/api/v1/responses/', '/openai/v1/responses']) {
    expect(downstream.match(path)).toEqual({})
  }
  for (const path of ['/v1/responses/resp_1', '/v1/responses/compact', '/v1/chat/completions', '/v1/myresponses']) {
    expect(downstream.match(path)).toBeUndefined()
  }
})

test('a request arrives with every field untouched, whatever it is called', () => {
  const body = {
    model: 'a-model',
    instructions: 'Be brief.',
    previous_response_id: 'resp_0',
    conversation: { id: 'conv_1' },
    background: true,
    truncation: 'auto',
    prompt_cache_key: 'key',
    safety_identifier: 'user',
    max_tool_calls: 3,
    context_management: [{ type: 'compaction', compact_threshold: 1000 }],
    stream_options: { include_obfuscation: false },
    include: ['web_search_call.action.sources'],
    text: { verbosity: 'low', format: { type: 'json_schema', name: 'place', schema: { type: 'object' }, x_format: 1 } },
    reasoning: { effort: 'high', summary: 'detailed', context: 'all_turns' },
    tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'f' }] },
    tools: [
      { type: 'function', name: 'f', parameters: { type: 'object' }, defer_loading: true },
      { type: 'function', name: 'g', parameters: { type: 'object' }, strict: true },
      { type: 'web_search', search_context_size: 'low' },
      { type: 'custom', name: 'sql', format: { type: 'text' } },
    ],
    x_new: { deep: [1] },
    input: [
      { role: 'user', content: [{ type: 'input_text', text: 'Hi', prompt_cache_breakpoint: { mode: 'explicit' } }] },
      { type: 'item_reference', id: 'msg_0' },
      { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'Hm.' }], encrypted_content: 'abc' },
      {
        type: 'message',
        role: 'assistant',
        id: 'msg_1',
        status: 'completed',
        phase: 'commentary',
        content: [
          {
            type: 'output_text',
            text: 'I look.',
            annotations: [{ type: 'file_path', file_id: 'f', index: 1 }],
            x_text: 1,
          },
          { type: 'refusal', refusal: 'No.' },
        ],
      },
      { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{}', status: 'completed' },
      { type: 'custom_tool_call', id: 'ctc_1', call_id: 'call_2', name: 'sql', input: 'SELECT 1' },
      { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'q' } },
      { type: 'function_call_output', id: 'fco_1', call_id: 'call_1', output: '7', status: 'completed' },
      { type: 'custom_tool_call_output', call_id: 'call_2', output: [{ type: 'input_text', text: '1' }] },
      { type: 'mcp_approval_response', approval_request_id: 'a', approve: true },
      { type: 'something_new', x: 1 },
      { role: 'developer', content: 'Go on.' },
      { role: 'user', content: [{ type: 'input_image', image_url: 'https://a.example/a.png', detail: 'original' }] },
    ],
  }
  const request = downstream.decode(body, {})
  const { body: encoded, warnings } = upstream.encode(request, { provider: 'test', model: 'a-model', quirks: {} })
  expect(overTheWire(encoded)).toEqual(body)
  expect(warnings).toBeUndefined()
})

test('what a model said in a row is one message, with its calls', () => {
  const { messages } = decode({
    input: [
      { role: 'user', content: 'Weather?' },
      { type: 'reasoning', summary: [], encrypted_content: 'abc' },
      { role: 'assistant', content: 'I look.' },
      { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{"a":1}' },
      { type: 'function_call', call_id: 'call_2', name: 'f', arguments: '' },
      { type: 'function_call_output', call_id: 'call_1', output: '7' },
      { type: 'function_call_output', call_id: 'call_2', output: '8' },
    ],
  })
  expect(messages).toMatchObject([
    { role: 'user', content: [{ type: 'text', text: 'Weather?' }] },
    {
      role: 'assistant',
      content: [
        { type: 'reasoning', text: '', signature: { origin: 'openai-responses', value: 'abc', encrypted: true } },
        { type: 'text', text: 'I look.' },
        { type: 'tool-call', id: 'call_1', name: 'f', arguments: '{"a":1}' },
        { type: 'tool-call', id: 'call_2', arguments: '{}' },
      ],
    },
    { role: 'tool', content: [{ type: 'tool-result', id: 'call_1', content: '7' }] },
    { role: 'tool', content: [{ type: 'tool-result', id: 'call_2', content: '8' }] },
  ])
})

test('a system message that leads goes out as the instructions; a later one keeps its place', () => {
  const words = (role: Message['role'], text: string): Message => ({ role, content: [{ type: 'text', text }] })
  const messages = [words('system', 'Be brief.'), words('user', 'Hi'), words('system', 'In French.')]
  expect(bodyOf({ messages })).toMatchObject({
    instructions: 'Be brief.',
    input: [
      { role: 'user', content: 'Hi' },
      { role: 'system', content: 'In French.' },
    ],
  })
})

test('a system message that is all that is asked goes out as input: instructions alone are refused', () => {
  const messages: readonly Message[] = [{ role: 'system', content: [{ type: 'text', text: 'Tell a joke.' }] }]
  expect(bodyOf({ messages })).toEqual({ model: 'a-model', input: [{ role: 'system', content: 'Tell a joke.' }] })
  expect(bodyOf({ messages, heldBy: { dialect: 'openai-responses', id: 'resp_1' } })).toEqual({
    model: 'a-model',
    instructions: 'Tell a joke.',
    previous_response_id: 'resp_1',
  })
})

test('pictures, documents and sounds go out in the words of this format', () => {
  const png = { type: 'base64', data: 'AAAA', mediaType: 'image/png' } as const
  const content: Message['content'] = [
    { type: 'image', source: png, detail: 'low' },
    { type: 'image', source: { type: 'url', url: 'https://a.example/a.png' } },
    { type: 'image', source: { type: 'file-id', id: 'file_1' } },
    { type: 'file', source: { type: 'base64', data: 'AAAA', mediaType: 'application/pdf' } },
    { type: 'file', source: { type: 'url', url: 'https://a.example/a.pdf' } },
    { type: 'file', source: { type: 'text', text: 'Words.' } },
    { type: 'audio', source: { type: 'base64', data: 'AAAA', mediaType: 'audio/mpeg' } },
  ]
  expect(bodyOf({ messages: [{ role: 'user', content }] })['input']).toEqual([
    {
      role: 'user',
      content: [
        { type: 'input_image', image_url: 'data:image/png;base64,AAAA', detail: 'low' },
        { type: 'input_image', image_url: 'https://a.example/a.png' },
        { type: 'input_image', file_id: 'file_1' },
        { type: 'input_file', filename: 'file.pdf', file_data: 'data:application/pdf;base64,AAAA' },
        { type: 'input_file', file_url: 'https://a.example/a.pdf' },
        { type: 'input_text', text: 'Words.' },
        { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
      ],
    },
  ])
})

test('the result of a tool may have pictures; a message of results and words goes out as both', () => {
  const source = { type: 'url', url: 'https://a.example/a.png' } as const
  const content: Message['content'] = [
    { type: 'tool-result', id: 'call_1', content: [{ type: 'image', source }], isError: true },
    { type: 'text', text: 'Go on.' },
  ]
  const { body, warnings } = encode({ messages: [{ role: 'user', content }] })
  expect(body['input']).toEqual([
    { type: 'function_call_output', call_id: 'call_1', output: [{ type: 'input_image', image_url: source.url }] },
    { role: 'user', content: 'Go on.' },
  ])
  expect(warnings).toEqual(['That a tool failed was left out: its result went out like any other.'])
})

describe('thoughts', () => {
  const text = 'Hm.'
  test('of this format go back to it, with what is encrypted', () => {
    const signature = { origin: 'openai-responses', value: 'abc' }
    const { input } = bodyOf(said({ type: 'reasoning', text, signature }, { type: 'text', text: 'Hi' }))
    expect(input).toEqual([
      { type: 'reasoning', summary: [{ type: 'summary_text', text }], encrypted_content: 'abc' },
      { role: 'assistant', content: 'Hi' },
    ])
  })

  test('of other makers, and those that nobody has signed, are not sent', () => {
    const signature = { origin: 'anthropic-messages', value: 'secret' }
    const { body } = encode(said({ type: 'reasoning', text, signature }, { type: 'reasoning', text }))
    expect(JSON.stringify(body)).not.toMatch(/secret|Hm/)
  })

  test('of other makers are told to an application so that they come home', () => {
    const signature = { origin: 'anthropic-messages', value: 'secret' }
    const call = { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' } as const
    const signed = { ...call, signature: { origin: 'gemini', value: 'proof' } }
    const content = [{ type: 'reasoning', text, signature } as const, signed]
    const response = { id: 'msg_1', model: 'm', usage: {}, choices: [{ index: 0, content }] }
    const { output } = overTheWire(downstream.encode(response, question)) as { output: object[] }
    expect(decode({ input: output }).messages[0]!.content).toMatchObject([{ text, signature }, signed])
  })

  test('are asked for in encrypted form where a request of another format says how to think', () => {
    const reasoning = { effort: 'high' } as const
    expect(bodyOf({ reasoning })).toMatchObject({ reasoning, include: ['reasoning.encrypted_content'] })
    expect(bodyOf({ reasoning }, { encryptedReasoning: false })).not.toHaveProperty('include')
    expect(bodyOf({ reasoning: { effort: 'none' } })).not.toHaveProperty('include')
    expect(bodyOf(decode({ input: 'Hi', reasoning }))).not.toHaveProperty('include')
  })

  test('a budget goes out as a word, with a warning', () => {
    const { body, warnings } = encode({ reasoning: { budgetTokens: 2000, visible: true } })
    expect(body['reasoning']).toEqual({ effort: 'low', summary: 'auto' })
    expect(warnings).toEqual(['`reasoning.budgetTokens` was left out: the effort "low" was sent.'])
  })
})

test('a tool of another format is not made strict', () => {
  const tools = [{ type: 'function', name: 'f', parameters: { type: 'object' } }] as const
  expect(bodyOf({ tools })['tools']).toEqual([{ ...tools[0], strict: false }])
  expect(bodyOf(decode({ input: 'Hi', tools }))['tools']).toEqual(tools)
})

test('what cannot be said is left out, with a warning', () => {
  const { body, warnings } = encode({
    stop: ['END'],
    seed: 1,
    n: 2,
    topK: 5,
    frequencyPenalty: 1,
    presencePenalty: 1,
    logitBias: { '1': 1 },
    modalities: ['text', 'audio'],
    tools: [{ type: 'hosted', dialect: 'gemini', value: { googleSearch: {} } }],
    // Without tools, OpenAI refuses a choice among them.
    toolChoice: 'required',
    messages: [
      { role: 'user', name: 'Ann', content: [{ type: 'video', source: { type: 'url', url: 'https://a.example' } }] },
      { role: 'assistant', content: [{ type: 'extension', dialect: 'gemini', value: {} }] },
    ],
  })
  expect(Object.keys(body)).toEqual(['model', 'input'])
  expect(warnings).toEqual([
    '`n` was left out.',
    '`stop` was left out.',
    '`seed` was left out.',
    '`topK` was left out.',
    '`frequencyPenalty` was left out.',
    '`presencePenalty` was left out.',
    '`logitBias` was left out.',
    '`modalities` was left out.',
    'The name of a message was left out.',
    'A part of type "video" was left out: it has no place here.',
    'A part that only gemini can say was left out.',
    'A tool that only gemini has was left out.',
  ])
  expect(encode({ n: 1, frequencyPenalty: 0, presencePenalty: 0, modalities: ['text'] }).warnings).toBeUndefined()
})

test('quirks: what a provider refuses is left out, and a row may change the body', () => {
  const messages: Message[] = [{ role: 'developer', content: [{ type: 'text', text: 'Hi' }] }]
  const { body, warnings } = encode(
    { messages, temperature: 1 },
    { unsupported: ['temperature', 'user'], developerRole: false, patch: (body) => ({ ...body, patched: true }) },
  )
  expect(body).toEqual({ model: 'a-model', input: [{ role: 'system', content: 'Hi' }], patched: true })
  expect(warnings).toEqual(['`temperature` was left out: the provider does not take it.'])
})

test('state on the side of the provider is kept under the name of the dialect', () => {
  const { extensions, messages, store } = decode({ previous_response_id: 'resp_1', store: true })
  expect(extensions).toEqual({ 'openai-responses': { previous_response_id: 'resp_1' } })
  expect(messages).toEqual([])
  expect(store).toBe(true)
})

test('ids that were made here go to no provider, and a reference to one is refused', () => {
  const response = {
    id: 'msg_1',
    model: 'm',
    usage: {},
    choices: [{ index: 0, content: [{ type: 'text', text: 'Hi' } as const] }],
  }
  const { output } = overTheWire(downstream.encode(response, question)) as { output: { id: string }[] }
  expect(output).toMatchObject([{ type: 'message', id: expect.stringContaining('zerohop') }])
  expect(JSON.stringify(bodyOf(decode({ input: output })))).not.toContain('zerohop')
  const reference = { type: 'item_reference', id: output[0]!.id }
  expect(() => decode({ input: [reference] })).toThrow(
    expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('"store": false') }),
  )
})

test.each([
  [{}, 'input must be a string or a list.'],
  [{ input: 5 }, 'input must be a string or a list.'],
  [{ input: ['x'] }, 'input[0] must be an object.'],
  [{ input: [{ role: 'tool', content: 'x' }] }, 'input[0].role must be "user", "assistant", "system" or "developer".'],
  [{ input: [{ role: 'user' }] }, 'input[0].content must be a string or a list.'],
  [{ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'input[0].content[0].text must be a string.'],
  [{ input: [{ type: 'function_call', name: 'f', arguments: '' }] }, 'input[0].call_id must be a string.'],
  [{ input: [{ type: 'function_call_output', call_id: 'c' }] }, 'input[0].output must be a string or a list.'],
  [{ input: [{}] }, 'input[0].id must be a string.'],
  [{ input: 'Hi', temperature: 'hot' }, 'temperature must be a number.'],
  [{ input: 'Hi', text: { format: 'json' } }, 'text.format must be an object.'],
  [{ input: 'Hi', tools: [{ type: 'function' }] }, 'tools[0].name must be a string.'],
  [{ input: 'Hi', model: '' }, 'model must be the name of a model.'],
])('%j is refused: %s', (body, message) => {
  expect(() => decode(body)).toThrow(new GatewayError('invalid_request', message))
})
