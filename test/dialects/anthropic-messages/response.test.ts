import { expect, test } from 'vitest'
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts'
import type { ChatResponse } from '../../../src/operations/chat/index.ts'

const target = { provider: 'test', model: 'claude', quirks: {} }
const request = { model: 'm', messages: [] }
const message = {
  id: 'i',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [] as object[],
  stop_reason: 'end_turn',
  stop_sequence: null as string | null,
  usage: { input_tokens: 1, output_tokens: 2 } as object,
}

const decode = (changes: Partial<typeof message>): ChatResponse =>
  anthropicMessages.upstream.decode({ ...message, ...changes }, target)
const encode = (response: Partial<ChatResponse>): typeof message =>
  anthropicMessages.downstream!.encode({ id: 'i', model: 'm', choices: [], usage: {}, ...response }, request) as never

test('input counts what was read from and written to the cache, which Anthropic counts apart', () => {
  const usage = {
    input_tokens: 10,
    cache_read_input_tokens: 200,
    cache_creation_input_tokens: 30,
    cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
    output_tokens: 7,
    output_tokens_details: { thinking_tokens: 4 },
    service_tier: 'standard',
    inference_geo: 'global',
  }
  const response = decode({ usage })
  expect(response.serviceTier).toBe('standard')
  expect(response.usage).toEqual({
    inputTokens: 240,
    outputTokens: 7,
    cachedInputTokens: 200,
    cacheWriteTokens: 30,
    cacheWriteHourTokens: 20,
    reasoningTokens: 4,
    extensions: { 'anthropic-messages': { inference_geo: 'global' } },
  })
  expect(encode(response).usage).toEqual(usage)
})

test('the tokens of a compaction are billed, so they count, and are subtracted again for an application', () => {
  const usage = {
    input_tokens: 229,
    cache_read_input_tokens: 0,
    cache_creation_input_tokens: 0,
    output_tokens: 5,
    iterations: [
      {
        type: 'compaction',
        input_tokens: 100,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 55_096,
        output_tokens: 131,
      },
      {
        type: 'message',
        input_tokens: 229,
        cache_read_input_tokens: 0,
        cache_creation_input_tokens: 0,
        output_tokens: 5,
      },
    ],
  }
  const response = decode({ usage })
  expect(response.usage).toMatchObject({ inputTokens: 55_425, cacheWriteTokens: 55_096, outputTokens: 136 })
  expect(encode(response).usage).toEqual(usage)
})

test('the tokens of an advisor are another model’s, and do not count', () => {
  const iterations = [
    { type: 'message', input_tokens: 10, output_tokens: 1 },
    { type: 'advisor_message', model: 'claude-opus-4-8', input_tokens: 2543, output_tokens: 18 },
  ]
  expect(decode({ usage: { input_tokens: 10, output_tokens: 1, iterations } }).usage).toMatchObject({
    inputTokens: 10,
    outputTokens: 1,
  })
})

test('a number that nobody reported is undefined', () => {
  expect(decode({ usage: { output_tokens: 2, cache_read_input_tokens: null } }).usage).toEqual({ outputTokens: 2 })
})

test.each([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['pause_turn', 'stop'],
  ['tool_use', 'tool-calls'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['refusal', 'content-filter'],
  ['compaction', 'other'],
  ['something_new', 'other'],
])('the reason to stop %s is %s, and comes back as the same word', (word, finishReason) => {
  const response = decode({ stop_reason: word, stop_sequence: word === 'stop_sequence' ? 'END' : null })
  expect(response.choices[0]).toMatchObject({ finishReason, rawFinishReason: word })
  expect(encode(response).stop_reason).toBe(word)
})

test.each([
  [{ finishReason: 'stop', rawFinishReason: 'stop' }, 'end_turn'],
  [{ finishReason: 'stop', rawFinishReason: 'STOP', stopSequence: 'END' }, 'stop_sequence'],
  [{ finishReason: 'length', rawFinishReason: 'MAX_TOKENS' }, 'max_tokens'],
  [{ finishReason: 'tool-calls', rawFinishReason: 'tool_calls' }, 'tool_use'],
  [{ finishReason: 'content-filter' }, 'refusal'],
  [{ finishReason: 'other', rawFinishReason: 'LANGUAGE' }, 'end_turn'],
  [{}, null],
] as const)('another provider’s reason %j is told in Anthropic’s words: %s', (stop, word) => {
  expect(encode({ choices: [{ index: 0, content: [], ...stop }] }).stop_reason).toBe(word)
})

test('an empty answer is an answer', () => {
  expect(decode({ stop_reason: 'stop_sequence', stop_sequence: 'END' }).choices).toEqual([
    { index: 0, content: [], finishReason: 'stop', rawFinishReason: 'stop_sequence', stopSequence: 'END' },
  ])
})

test('citations of every type are named where they can be, and come back as they were', () => {
  const citations = [
    {
      type: 'char_location',
      cited_text: 'a',
      document_index: 0,
      document_title: null,
      start_char_index: 0,
      end_char_index: 1,
    },
    {
      type: 'page_location',
      cited_text: 'b',
      document_index: 1,
      document_title: 'B',
      start_page_number: 1,
      end_page_number: 2,
    },
    { type: 'web_search_result_location', cited_text: 'c', url: 'https://c', title: 'C', encrypted_index: 'x' },
    {
      type: 'search_result_location',
      cited_text: 'd',
      source: 'https://d',
      title: 'D',
      search_result_index: 0,
      start_block_index: 0,
      end_block_index: 1,
    },
  ]
  const response = decode({ content: [{ type: 'text', text: 'abc', citations }] })
  expect(response.choices[0]!.content[0]).toMatchObject({
    citations: [
      { text: 'a' },
      { text: 'b', title: 'B' },
      { text: 'c', url: 'https://c', title: 'C' },
      { text: 'd', url: 'https://d' },
    ],
  })
  expect(encode(response).content).toEqual([{ type: 'text', text: 'abc', citations }])
})

test('a citation of another provider becomes one of a web search, if it has an address', () => {
  const citations = [{ url: 'https://a', title: 'A', start: 0, end: 2 }, { title: 'nowhere' }]
  const { content } = encode({ choices: [{ index: 0, content: [{ type: 'text', text: 'abc', citations }] }] })
  expect(content).toEqual([
    {
      type: 'text',
      text: 'abc',
      citations: [
        { type: 'web_search_result_location', cited_text: 'ab', url: 'https://a', title: 'A', encrypted_index: '' },
      ],
    },
  ])
})

test('blocks of hosted tools and unknown types are kept as they came', () => {
  const content = [
    { type: 'server_tool_use', id: 's', name: 'web_search', input: {} },
    { type: 'mcp_tool_result', tool_use_id: 's', is_error: false, content: [{ type: 'text', text: 'not ours' }] },
    { type: 'fallback', from: { model: 'a' }, to: { model: 'b' } },
    { type: 'tool_use', id: 't', name: 'f', input: { a: 1 }, caller: { type: 'direct' } },
  ]
  const response = decode({ content })
  expect(response.choices[0]!.content.map(({ type }) => type)).toEqual([
    'extension',
    'extension',
    'extension',
    'tool-call',
  ])
  expect(encode(response).content).toEqual(content)
})

test('only the first of several answers can be said', () => {
  const choices = [0, 1].map((index) => ({ index, content: [{ type: 'text' as const, text: `${index}` }] }))
  expect(encode({ choices }).content).toEqual([{ type: 'text', text: '0' }])
})

test('an error inside a successful body is thrown, and so is a body that is no answer', () => {
  const { decode } = anthropicMessages.upstream
  const error = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }
  expect(() => decode(error, target)).toThrow(expect.objectContaining({ code: 'provider_overloaded' }))
  expect(() => decode('<html>', target)).toThrow(expect.objectContaining({ code: 'invalid_response' }))
  expect(() => decode({ id: 'i' }, target)).toThrow(expect.objectContaining({ code: 'invalid_response' }))
})
