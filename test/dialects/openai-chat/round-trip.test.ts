import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type OpenAIChatQuirks, openaiChat } from '../../../src/dialects/openai-chat/index.ts'
import { sse } from '../../../src/dialects/sse.ts'
import {
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  fold,
  unfold,
} from '../../../src/operations/chat/index.ts'
import { requests, responses } from './arbitraries.ts'

const upstream = openaiChat.upstream
const downstream = openaiChat.downstream!
/** A provider that takes everything. */
const quirks: OpenAIChatQuirks = {
  reasoningHistory: 'reasoning_details',
  reasoningRequest: 'reasoning',
  cacheControl: true,
  topK: true,
}
const target = { provider: 'test', model: 'model', quirks }
const overTheWire = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('a request comes back from the wire as it was', () => {
  fc.assert(
    fc.property(requests(), (request) => {
      const { body, warnings } = upstream.encode(request, { ...target, model: request.model })
      expect(warnings).toBeUndefined()
      expect(downstream.decode(overTheWire(body), {})).toEqual(request)
    }),
  )
})

test('a response comes back from the wire as it was', () => {
  fc.assert(
    fc.property(responses(), (response) => {
      const wire = overTheWire(downstream.encode(response, { model: '', messages: [] }))
      expect(upstream.decode(wire, target)).toEqual(response)
    }),
  )
})

test('a streamed response comes back from the wire as it was, however its bytes are cut', () => {
  fc.assert(
    fc.property(
      responses(),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
      (response, cuts) => {
        expect(readStream(writeStream(response), cuts)).toEqual(response)
      },
    ),
  )
})

test('a request in the words of OpenRouter arrives with every field untouched', () => {
  const body = {
    model: 'a/b',
    messages: [
      {
        role: 'system',
        content: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
      },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?', x_part: 1 },
          { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low', x_inner: 2 }, x_outer: 3 },
          { type: 'x_new', x_new: { deep: [1] } },
        ],
        x_message: { kept: true },
      },
      {
        role: 'assistant',
        content: null,
        reasoning_details: [
          { type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
        ],
        tool_calls: [
          {
            id: 'call_1',
            type: 'function',
            function: { name: 'look', arguments: '{"a": 1}', x_function: 4 },
            extra_content: { google: { thought_signature: 'c2ln' } },
          },
        ],
        annotations_of_mine: [5],
      },
      { role: 'tool', tool_call_id: 'call_1', content: 'A cat.', x_tool: 6 },
    ],
    tools: [
      { type: 'function', function: { name: 'look', parameters: { type: 'object' }, x_definition: 7 }, x_kind: 8 },
      { type: 'web_search', web_search: { engine: 'native' } },
    ],
    tool_choice: { type: 'allowed_tools', allowed_tools: { mode: 'auto', tools: [] } },
    response_format: { type: 'json_schema', json_schema: { name: 'cat', schema: { type: 'object' }, x_schema: 9 } },
    reasoning: { effort: 'high', enabled: true },
    stream: true,
    stream_options: { include_usage: true, include_obfuscation: false },
    provider: { order: ['anthropic'], allow_fallbacks: false },
    prediction: { type: 'content', content: 'A cat.' },
    temperature: 0.5,
  }
  expect(upstream.encode(downstream.decode(body, {}), { ...target, model: 'a/b' }).body).toEqual(body)
})

test('a response arrives with every field untouched, whole and streamed', () => {
  const wire = {
    id: 'gen-1',
    object: 'chat.completion',
    created: 1,
    model: 'a/b',
    provider: 'Anthropic',
    x_top: { deep: [1] },
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: 'Hello',
          refusal: null,
          reasoning_content: 'Hm.',
          reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', signature: 'c2ln', format: 'x', index: 0 }],
          annotations: [
            {
              type: 'url_citation',
              url_citation: { url: 'https://example.com', start_index: 0, end_index: 2, x_c: 1 },
            },
          ],
          tool_calls: [
            {
              id: 'call_1',
              type: 'function',
              function: { name: 'look', arguments: '{}', x_f: 1 },
              extra_content: { google: 1 },
            },
          ],
          x_message: 2,
        },
        logprobs: null,
        native_finish_reason: 'tool_use',
        finish_reason: 'tool_calls',
      },
    ],
    usage: {
      prompt_tokens: 1,
      completion_tokens: 2,
      total_tokens: 3,
      prompt_tokens_details: { cached_tokens: 1, video_tokens: 0 },
      cost: 0.1,
    },
    service_tier: 'default',
  }
  const response = upstream.decode(wire, target)
  expect(downstream.encode(response, { model: '', messages: [] })).toEqual(wire)
  expect(readStream(writeStream(response), [100])).toEqual(response)
})

function writeStream(response: ChatResponse): string {
  const request: ChatRequest = {
    model: '',
    messages: [],
    extensions: { 'openai-chat': { stream_options: { include_usage: true } } },
  }
  const encoder = downstream.stream(request)
  return (
    unfold(response)
      .map((event) => encoder.push(event))
      .join('') + encoder.end()
  )
}

function readStream(text: string, cuts: readonly number[]): ChatResponse {
  const bytes = new TextEncoder().encode(text)
  const events: ChatEvent[] = []
  const decoder = upstream.stream(target)
  const parser = sse((frame) => decoder.push(frame, events))
  for (let start = 0, cut = 0; start < bytes.length; cut++) {
    const end = start + cuts[cut % cuts.length]!
    parser.feed(bytes.subarray(start, end))
    start = end
  }
  parser.end()
  decoder.end(events)
  const collected = fold()
  for (const event of events) collected.add(event)
  return collected.result()
}
