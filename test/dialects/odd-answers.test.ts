import { describe, expect, test } from 'vitest'
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts'
import { bedrockConverse } from '../../src/dialects/bedrock-converse/index.ts'
import { cohereChat } from '../../src/dialects/cohere-chat/index.ts'
import type { Dialect } from '../../src/dialects/dialect.ts'
import { gemini } from '../../src/dialects/gemini/index.ts'
import { ollamaChat } from '../../src/dialects/ollama/index.ts'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { openaiResponses } from '../../src/dialects/openai-responses/index.ts'
import { type ChatEvent, type ChatRequest, type ChatResponse, unfold } from '../../src/operations/chat/index.ts'

// What providers say that no format foresees must reach an application of any format.

type ChatDialect = Dialect<object, ChatRequest, ChatResponse, ChatEvent>

/** What is odd about an answer. */
interface Odd {
  readonly id?: unknown
  readonly call?: unknown
  readonly finish?: string
  /** What every count of tokens is. */
  readonly count?: unknown
}

/** An answer that calls a tool, in the words of each format. */
const answers: readonly (readonly [name: string, dialect: unknown, answer: (odd: Odd) => object])[] = [
  [
    'openai-chat',
    openaiChat,
    ({ id = 'i', call = 'c', finish = 'stop', count = 3 }) => ({
      id,
      model: 'm',
      usage: { prompt_tokens: count, completion_tokens: count, prompt_tokens_details: { cached_tokens: count } },
      choices: [
        {
          index: 0,
          message: { tool_calls: [{ id: call, type: 'function', function: { name: 'add', arguments: '{}' } }] },
          finish_reason: finish,
        },
      ],
    }),
  ],
  [
    'openai-responses',
    openaiResponses,
    ({ id = 'i', call = 'c', finish, count = 3 }) => ({
      id,
      model: 'm',
      usage: { input_tokens: count, output_tokens: count, input_tokens_details: { cached_tokens: count } },
      status: finish ? 'incomplete' : 'completed',
      incomplete_details: finish ? { reason: finish } : null,
      output: [{ type: 'function_call', id: 'f', call_id: call, name: 'add', arguments: '{}' }],
    }),
  ],
  [
    'anthropic-messages',
    anthropicMessages,
    ({ id = 'i', call = 'c', finish = 'tool_use', count = 3 }) => ({
      id,
      model: 'm',
      usage: { input_tokens: count, output_tokens: count, cache_read_input_tokens: count },
      content: [{ type: 'tool_use', id: call, name: 'add', input: {} }],
      stop_reason: finish,
    }),
  ],
  [
    'gemini',
    gemini,
    ({ id = 'i', call = 'c', finish = 'STOP', count = 3 }) => ({
      usageMetadata: { promptTokenCount: count, candidatesTokenCount: count, cachedContentTokenCount: count },
      responseId: id,
      modelVersion: 'm',
      candidates: [{ content: { parts: [{ functionCall: { id: call, name: 'add' } }] }, finishReason: finish }],
    }),
  ],
  [
    'bedrock-converse',
    bedrockConverse,
    ({ call = 'c', finish = 'tool_use', count = 3 }) => ({
      usage: { inputTokens: count, outputTokens: count, cacheReadInputTokens: count },
      output: { message: { content: [{ toolUse: { toolUseId: call, name: 'add', input: {} } }] } },
      stopReason: finish,
    }),
  ],
  [
    'cohere-chat',
    cohereChat,
    ({ id = 'i', call = 'c', finish = 'TOOL_CALL', count = 3 }) => ({
      usage: { tokens: { input_tokens: count, output_tokens: count }, cached_tokens: count },
      id,
      message: { tool_calls: [{ id: call, type: 'function', function: { name: 'add', arguments: '{}' } }] },
      finish_reason: finish,
    }),
  ],
  [
    'ollama',
    ollamaChat,
    ({ call = 'c', finish = 'stop', count = 3 }) => ({
      prompt_eval_count: count,
      eval_count: count,
      model: 'm',
      message: { tool_calls: [{ id: call, function: { name: 'add', arguments: {} } }] },
      done: true,
      done_reason: finish,
    }),
  ],
]

describe.each(answers)('an answer in the words of %s', (_, dialect, answer) => {
  const decode = (odd: Odd): ChatResponse =>
    (dialect as ChatDialect).upstream.decode(answer(odd), { provider: 'test', model: 'm', quirks: {} })

  test.each(['novelty', 'constructor', '__proto__'])('ends for a reason that nobody knows, %s', (finish) => {
    const response = decode({ finish })
    expect(response.choices[0]).toMatchObject({ finishReason: 'other', rawFinishReason: finish })
    expectSayable(response)
  })

  test('has numbers for ids', () => {
    const response = decode({ id: 7, call: 12 })
    expect(response.id).toBeTypeOf('string')
    expect(response.choices[0]!.content[0]).toMatchObject({ type: 'tool-call', id: '12', name: 'add' })
    expectSayable(response)
  })

  test.each(['12', '', null, [4]])('counts tokens by what is no number, %j: nobody knows them', (count) => {
    const { extensions: _, ...counts } = decode({ count }).usage
    expect(counts).toEqual({})
    expect(decode({ count: 3 }).usage.outputTokens).toBe(3)
  })

  test('has null for ids', () => {
    const response = decode({ id: null, call: null })
    expect(response).toMatchObject({ id: '', choices: [{ content: [{ id: expect.any(String), name: 'add' }] }] })
    expectSayable(response)
  })
})

test('a stream in the words of Anthropic and Bedrock has numbers for ids', () => {
  const events: ChatEvent[] = []
  const claude = anthropicMessages.upstream.stream({ provider: 'test', model: 'm', quirks: {} })
  const block = { type: 'tool_use', id: 12, name: 'add', input: {} }
  claude.push({ data: JSON.stringify({ type: 'message_start', message: { id: 7, model: 'm' } }) }, events)
  claude.push({ data: JSON.stringify({ type: 'content_block_start', index: 0, content_block: block }) }, events)
  const converse = bedrockConverse.upstream.stream({ provider: 'test', model: 'm', quirks: {} })
  const start = { toolUse: { toolUseId: 12, name: 'add' } }
  converse.push({ event: 'contentBlockStart', data: JSON.stringify({ contentBlockIndex: 0, start }) }, events)
  expect(events).toMatchObject([
    { type: 'message-start', id: '7' },
    { type: 'tool-call-start', id: '12' },
    { type: 'message-start', id: '' },
    { type: 'tool-call-start', id: '12' },
  ])
})

/** An application of any format is told the answer, whole and streamed. */
function expectSayable(response: ChatResponse): void {
  const request: ChatRequest = { model: 'm', messages: [] }
  for (const [, dialect] of answers) {
    const { downstream } = dialect as ChatDialect
    if (!downstream) continue
    expect(JSON.stringify(downstream.encode(response, request))).toContain('"add"')
    const encoder = downstream.stream(request)
    expect(unfold(response).map(encoder.push).join('')).toContain('"add"')
  }
}
