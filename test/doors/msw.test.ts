import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createGateway } from '../../src/index.ts'
import { drain, failureOf, providers } from '../world.ts'

// The runtime's own fetch, with msw in place of the network. msw 2 does not heed an abort after the headers:
// what leaves early is tested on a real server, in test/transport/loopback.test.ts.
const network = setupServer()
beforeAll(() => network.listen({ onUnhandledRequest: 'error' }))
afterEach(() => network.resetHandlers())
afterAll(() => network.close())

const connect = () =>
  createGateway({
    providers,
    runtime: { env: (name) => (name.endsWith('_API_KEY') ? 'a-key' : undefined) },
    retry: { limit: 0 },
  })

const rows = [
  {
    model: 'openai/gpt-5-mini',
    url: 'https://api.openai.com/v1/chat/completions',
    key: ['authorization', 'Bearer a-key'],
    whole: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: 'gpt-5-mini',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 },
    },
    stream: [
      { id: 'chatcmpl-1', choices: [{ index: 0, delta: { role: 'assistant', content: 'Hel' } }] },
      { id: 'chatcmpl-1', choices: [{ index: 0, delta: { content: 'lo' }, finish_reason: 'stop' }] },
      { id: 'chatcmpl-1', choices: [], usage: { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6 } },
    ],
    refusal: { error: { message: 'Slow down.', type: 'requests', code: 'rate_limit_exceeded' } },
  },
  {
    model: 'anthropic/claude-haiku-4-5',
    url: 'https://api.anthropic.com/v1/messages',
    key: ['x-api-key', 'a-key'],
    whole: {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'claude-haiku-4-5',
      content: [{ type: 'text', text: 'Hello' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 5, output_tokens: 1 },
    },
    stream: [
      { type: 'message_start', message: { id: 'msg_1', content: [], usage: { input_tokens: 5, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lo' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
      { type: 'message_stop' },
    ],
    refusal: { type: 'error', error: { type: 'rate_limit_error', message: 'Slow down.' } },
  },
  {
    model: 'google/gemini-2.5-flash',
    url: 'https://generativelanguage.googleapis.com/v1beta/models/:call',
    key: ['x-goog-api-key', 'a-key'],
    whole: {
      candidates: [{ content: { role: 'model', parts: [{ text: 'Hello' }] }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1, totalTokenCount: 6 },
    },
    stream: [
      { candidates: [{ content: { role: 'model', parts: [{ text: 'Hel' }] }, index: 0 }] },
      {
        candidates: [{ content: { role: 'model', parts: [{ text: 'lo' }] }, finishReason: 'STOP', index: 0 }],
        usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 1, totalTokenCount: 6 },
      },
    ],
    refusal: { error: { code: 429, message: 'Slow down.', status: 'RESOURCE_EXHAUSTED' } },
  },
] as const

/** Answers the next request, and keeps it. */
function answer(url: string, response: () => Response): Request[] {
  const requests: Request[] = []
  network.use(
    http.post(url, ({ request }) => {
      requests.push(request.clone())
      return response()
    }),
  )
  return requests
}

test.each(rows)('$model: a whole answer', async ({ model, url, key: [name, value], whole }) => {
  const requests = answer(url, () => HttpResponse.json(whole))
  const reply = await connect().chat({ model, messages: 'Hi' })
  expect(reply).toMatchObject({ text: 'Hello', finishReason: 'stop', usage: { inputTokens: 5, outputTokens: 1 } })
  expect(requests).toHaveLength(1)
  expect(requests[0]?.headers.get(name)).toBe(value)
  expect(requests[0]?.headers.get('content-type')).toBe('application/json')
  expect(JSON.stringify(await requests[0]?.json())).toContain('Hi')
})

test.each(rows)('$model: a stream', async ({ model, url, stream }) => {
  const body = stream.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
  answer(url, () => new HttpResponse(body, { headers: { 'content-type': 'text/event-stream' } }))
  const reply = await connect().chat({ model, messages: 'Hi', stream: true })
  expect(await drain(reply.textStream)).toEqual(['Hel', 'lo'])
  expect((await reply.response).usage).toMatchObject({ inputTokens: 5, outputTokens: 1 })
})

test.each(rows)('$model: a refusal', async ({ model, url, refusal }) => {
  answer(url, () => HttpResponse.json(refusal, { status: 429, headers: { 'retry-after': '7' } }))
  const error = await failureOf(connect().chat({ model, messages: 'Hi' }))
  expect(error).toMatchObject({ code: 'rate_limited', status: 429, retryAfter: 7000 })
  expect(error.message).toContain('Slow down.')
})

test('a network that fails', async () => {
  answer(rows[0].url, () => HttpResponse.error())
  const error = await failureOf(connect().chat({ model: 'openai/gpt-5-mini', messages: 'Hi' }))
  expect(error).toMatchObject({ code: 'provider_unavailable', provider: 'openai' })
})
