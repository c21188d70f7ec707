import { expect, test } from 'vitest'
import { createGateway, type Gateway, ordered } from '../../../src/index.ts'
import { type AnyLanguageModel, aiSdkProvider } from '../../../src/integrations/ai-sdk/index.ts'
import { createWorld, failureOf } from '../../world.ts'

type Part = Readonly<Record<string, unknown>>

/** A model that somebody else made, of which only what a test needs is there. */
function modelOf(
  version: string,
  { answer = {}, parts = [], fails }: { answer?: object; parts?: readonly Part[]; fails?: unknown } = {},
): AnyLanguageModel & { readonly calls: Part[] } {
  const calls: Part[] = []
  return {
    specificationVersion: version,
    provider: 'xai.chat',
    modelId: 'grok',
    calls,
    async doGenerate(call: never) {
      calls.push(call)
      if (fails) throw fails
      return { content: [{ type: 'text', text: 'Hello' }], finishReason: 'stop', usage: {}, warnings: [], ...answer }
    },
    async doStream(call: never) {
      calls.push(call)
      return { stream: streamOf(parts) }
    },
  }
}

function streamOf(parts: readonly Part[]): ReadableStream<Part> {
  return new ReadableStream({
    start(controller) {
      for (const part of parts) controller.enqueue(part)
      controller.close()
    },
  })
}

function gatewayTo(model: AnyLanguageModel): Gateway {
  return createGateway({
    providers: [aiSdkProvider({ id: 'xai', languageModel: () => model })],
    models: { chosen: ['xai/grok'] } as Record<string, string[]>,
    routing: ordered(),
    retry: { limit: 0 },
    runtime: createWorld().runtime,
  })
}

const picture = { type: 'base64', data: 'iVBO', mediaType: 'image/png' } as const
const asked = {
  model: 'chosen',
  messages: [
    {
      role: 'user',
      content: [
        { type: 'image', source: picture },
        { type: 'image', source: { type: 'url', url: 'https://a.test/x.png', mediaType: 'image/png' } },
        { type: 'file', source: { type: 'text', text: 'Hi', mediaType: 'text/plain' } },
      ],
    },
    { role: 'assistant', content: [{ type: 'tool-call', id: 'c', name: 't', arguments: '{}' }] },
    {
      role: 'tool',
      content: [{ type: 'tool-result', id: 'c', content: [{ type: 'image', source: picture }] }],
    },
  ],
  reasoning: { effort: 'low' },
  tools: [{ type: 'hosted', dialect: 'ai-sdk', value: { type: 'provider', id: 'xai.s', name: 's', args: {} } }],
} as const

test.each([
  ['v2', ['iVBO', new URL('https://a.test/x.png'), 'SGk='], { type: 'media', data: 'iVBO', mediaType: 'image/png' }],
  [
    'v3',
    ['iVBO', new URL('https://a.test/x.png'), 'SGk='],
    { type: 'image-data', data: 'iVBO', mediaType: 'image/png' },
  ],
  [
    'v4',
    [
      { type: 'data', data: 'iVBO' },
      { type: 'url', url: new URL('https://a.test/x.png') },
      { type: 'text', text: 'Hi' },
    ],
    { type: 'file', data: { type: 'data', data: 'iVBO' }, mediaType: 'image/png' },
  ],
])('a model of version %s is asked in its words', async (version, data, output) => {
  const model = modelOf(version)
  await gatewayTo(model).chat(asked)
  const [call] = model.calls as { prompt: { content: Part[] }[] }[]
  expect(call!.prompt[0]!.content.map((part) => part['data'])).toEqual(data)
  expect(call!.prompt[2]!.content[0]).toEqual({
    type: 'tool-result',
    toolCallId: 'c',
    toolName: 't',
    output: { type: 'content', value: [output] },
  })
  expect(call).toMatchObject({
    tools: [{ type: version === 'v2' ? 'provider-defined' : 'provider', id: 'xai.s' }],
    abortSignal: expect.any(AbortSignal),
    ...(version === 'v4' ? { reasoning: 'low' } : { providerOptions: { xai: { reasoningEffort: 'low' } } }),
  })
})

test.each([
  ['flat', { inputTokens: 10, outputTokens: 5, totalTokens: 15, reasoningTokens: 2, cachedInputTokens: 4 }, 'stop', {}],
  [
    'nested',
    {
      inputTokens: { total: 10, noCache: 5, cacheRead: 4, cacheWrite: undefined },
      outputTokens: { total: 5, text: 3, reasoning: 2 },
    },
    { unified: 'stop', raw: 'end_turn' },
    { rawFinishReason: 'end_turn' },
  ],
] as const)('a usage may be %s', async (_, usage, finishReason, raw) => {
  const { response } = await gatewayTo(modelOf('v3', { answer: { usage, finishReason } })).chat({
    model: 'chosen',
    messages: 'Hello',
  })
  expect(response.usage).toEqual({ inputTokens: 10, outputTokens: 5, reasoningTokens: 2, cachedInputTokens: 4 })
  expect(response.choices[0]).toMatchObject({ finishReason: 'stop', ...raw })
})

test('what a model says of its parts is sent back to it unchanged', async () => {
  const providerMetadata = { xai: { itemId: 'rs_1', sealed: 'abc' } }
  const content = [
    { type: 'reasoning', text: '', providerMetadata },
    { type: 'text', text: 'Hello', providerMetadata: { xai: { itemId: 'msg_1' } } },
  ]
  const model = modelOf('v3', { answer: { content } })
  const gateway = gatewayTo(model)
  const question = { role: 'user', content: 'Hi' } as const
  const { message } = await gateway.chat({ model: 'chosen', messages: [question] })
  await gateway.chat({ model: 'chosen', messages: [question, message, question] })
  expect((model.calls[1] as { prompt: Part[] }).prompt[1]).toEqual({
    role: 'assistant',
    content: [
      { type: 'reasoning', text: '', providerOptions: providerMetadata },
      { type: 'text', text: 'Hello', providerOptions: { xai: { itemId: 'msg_1' } } },
    ],
  })
})

test('a tool that the provider runs itself is kept for it, and is no call for the application', async () => {
  const call = { type: 'tool-call', toolCallId: 's1', toolName: 'search', input: '{}', providerExecuted: true }
  const result = { type: 'tool-result', toolCallId: 's1', toolName: 'search', result: { found: 1 } }
  const parts = [
    { type: 'stream-start', warnings: [{ type: 'unsupported-setting', setting: 'topK' }] },
    { type: 'tool-input-start', id: 's1', toolName: 'search', providerExecuted: true },
    { type: 'tool-input-delta', id: 's1', delta: '{}' },
    { type: 'tool-input-end', id: 's1' },
    call,
    result,
    { type: 'new-part-of-tomorrow', id: 'x' },
    { type: 'text-start', id: 'a' },
    { type: 'text-delta', id: 'a', delta: 'Found.' },
    { type: 'text-end', id: 'a' },
    { type: 'source', sourceType: 'url', id: 's', url: 'https://a.test', title: 'A' },
    { type: 'finish', finishReason: 'stop', usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 } },
  ]
  const stream = await gatewayTo(modelOf('v3', { parts })).chat({ model: 'chosen', messages: 'Hi', stream: true })
  const reply = await stream.reply
  expect(reply.toolCalls).toEqual([])
  expect(reply.response.choices[0]?.content).toEqual([
    { type: 'extension', dialect: 'ai-sdk', value: call },
    { type: 'extension', dialect: 'ai-sdk', value: result },
    { type: 'text', text: 'Found.', citations: [{ url: 'https://a.test', title: 'A' }] },
  ])
  expect(reply.response.extensions).toEqual({ 'ai-sdk': { warnings: ['topK was left out.'] } })
})

test('a call of a tool may come without its input being streamed, and bytes as bytes', async () => {
  const parts = [
    { type: 'tool-call', toolCallId: 'c', toolName: 't', input: '{"a":1}' },
    { type: 'file', mediaType: 'image/png', data: new Uint8Array([137, 80, 78]) },
    { type: 'file', mediaType: 'image/png', data: { type: 'data', data: new Uint8Array([137, 80, 78]) } },
    { type: 'finish', finishReason: 'tool-calls', usage: {} },
  ]
  const stream = await gatewayTo(modelOf('v4', { parts })).chat({ model: 'chosen', messages: 'Hi', stream: true })
  const file = { type: 'image', source: { type: 'base64', data: 'iVBO', mediaType: 'image/png' } }
  expect((await stream.response).choices[0]?.content).toEqual([
    { type: 'tool-call', id: 'c', name: 't', arguments: '{"a":1}' },
    file,
    file,
  ])
})

test('a function that gives no model for a name has no such model, and its connection is not to blame', async () => {
  const failure = await failureOf(gatewayTo(undefined as never).chat({ model: 'chosen', messages: 'Hi' }))
  expect(failure).toMatchObject({
    code: 'model_not_found',
    message: expect.stringContaining('no model is called "grok"'),
  })
})

/** An error as the AI SDK throws it. */
function thrown(name: string, fields: object): Error {
  return Object.assign(new Error('A prompt: secret.'), { name, ...fields })
}

test.each([
  ['AI_LoadAPIKeyError', {}, 'authentication_failed'],
  ['AI_NoSuchModelError', {}, 'model_not_found'],
  ['AI_TypeValidationError', {}, 'invalid_response'],
  ['AI_UnsupportedFunctionalityError', {}, 'unsupported'],
  ['AI_InvalidPromptError', {}, 'invalid_request'],
  ['AI_APICallError', { statusCode: 503, responseBody: '{"error":{"message":"Busy."}}' }, 'provider_overloaded'],
  ['AI_APICallError', { statusCode: 429, data: { error: { code: 'insufficient_quota' } } }, 'quota_exhausted'],
  ['AI_APICallError', { isRetryable: true }, 'provider_unavailable'],
  ['TypeError', {}, 'provider_unavailable'],
])('a model that throws %s %j has failed: %s', async (name, fields, code) => {
  const error = await failureOf(
    gatewayTo(modelOf('v3', { fails: thrown(name, fields) })).chat({ model: 'chosen', messages: 'Hi' }),
  )
  expect(error).toMatchObject({ code, deployment: 'xai/grok' })
})

test.each(['AI_InvalidPromptError', 'AI_TypeValidationError', 'AI_JSONParseError', 'TypeError', 'Whatever'])(
  'what %s quotes is not repeated',
  async (name) => {
    const fails = thrown(name, { value: 'secret', text: 'secret' })
    const error = await failureOf(gatewayTo(modelOf('v3', { fails })).chat({ model: 'chosen', messages: 'Hi' }))
    expect(JSON.stringify(error) + error.message + JSON.stringify(error.cause)).not.toContain('secret')
  },
)

test.each([
  [{ type: 'overloaded_error', message: 'Overloaded' }, 'provider_overloaded'],
  [{ error: { type: 'server_error', message: 'Oh.' } }, 'provider_unavailable'],
  [new TypeError('terminated'), 'provider_unavailable'],
  ['just words', 'provider_unavailable'],
])('an error in a stream, %s, is %s', async (error, code) => {
  const parts = [
    { type: 'stream-start', warnings: [] },
    { type: 'error', error },
  ]
  const failure = await failureOf(
    gatewayTo(modelOf('v3', { parts })).chat({ model: 'chosen', messages: 'Hi', stream: true }),
  )
  expect(failure.code).toBe(code)
})

test('a stream that ends without a word of its end is a failure, and so is one without content', async () => {
  const cut = [
    { type: 'text-start', id: 'a' },
    { type: 'text-delta', id: 'a', delta: 'Hel' },
  ]
  const stream = await gatewayTo(modelOf('v3', { parts: cut })).chat({ model: 'chosen', messages: 'Hi', stream: true })
  expect(await failureOf(stream.response)).toMatchObject({ code: 'provider_unavailable' })
  // What @ai-sdk/anthropic 4 says before every answer.
  const empty = [
    { type: 'custom', kind: 'anthropic.message_start' },
    { type: 'finish', finishReason: { unified: 'stop' }, usage: {} },
  ]
  const failure = await failureOf(
    gatewayTo(modelOf('v4', { parts: empty })).chat({ model: 'chosen', messages: 'Hi', stream: true }),
  )
  expect(failure.code).toBe('empty_response')
})

test('a model is pulled only as fast as its stream is read', async () => {
  let pulled = 0
  const parts = new ReadableStream<Part>(
    {
      pull(controller) {
        controller.enqueue({ type: 'text-delta', id: 'a', delta: `${pulled++} ` })
      },
    },
    { highWaterMark: 0 },
  )
  const model = { ...modelOf('v3'), doStream: async () => ({ stream: parts }) }
  const stream = await gatewayTo(model).chat({ model: 'chosen', messages: 'Hi', stream: true })
  const reader = stream.textStream[Symbol.asyncIterator]()
  for (let read = 0; read < 3; read++) await reader.next()
  await new Promise((resolve) => setImmediate(resolve))
  expect(pulled).toBeLessThanOrEqual(6)
  await reader.return?.()
})
