import { describe, expect, test } from 'vitest'
import { createGateway } from '../../src/index.ts'
import { groq, openrouter } from '../../src/providers/openai-compatible.ts'
import { errorInStream, overloaded, rateLimited, serverError, stream } from '../../src/testing/index.ts'
import { createPair, createWorld, providers, type World } from '../world.ts'

const url = 'https://api.openai.com/v1/chat/completions'
const body = (fields: object = {}): string =>
  JSON.stringify({ model: 'solo', messages: [{ role: 'user', content: 'Hi' }], ...fields })
const post = (fields?: object): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer sk-of-the-application' },
  body: body(fields),
})

async function events(response: Response): Promise<unknown[]> {
  return [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(([, data]) =>
    data === '[DONE]' ? data : JSON.parse(data!),
  )
}

test("a call by hand goes through the gateway, under the gateway's own key", async () => {
  const world = createWorld()
  const gateway = createPair(world)
  const response = await gateway.fetch(url, post())
  expect(await response.json()).toMatchObject({
    choices: [{ message: { role: 'assistant', content: 'You said: Hi' }, finish_reason: 'stop' }],
  })
  expect(world.simulator.calls[0]).toMatchObject({ model: 'a', key: 'key-of-openai_api_key' })
  expect(gateway.traceOf(response)).toMatchObject({ model: 'solo', deployment: 'openai/a', status: 'completed' })
})

test.each([
  ['a string', (): [string, RequestInit] => [url, post()]],
  ['a URL', (): [URL, RequestInit] => [new URL(url), post()]],
  ['a Request', (): [Request] => [new Request(url, post())]],
  ['bytes', (): [string, RequestInit] => [url, { ...post(), body: new TextEncoder().encode(body()) }]],
  ['a Blob', (): [string, RequestInit] => [url, { ...post(), body: new Blob([body()]) }]],
  [
    'a stream',
    (): [string, RequestInit] => [url, { ...post(), body: new Blob([body()]).stream(), duplex: 'half' } as RequestInit],
  ],
])('it takes %s', async (_, input) => {
  const response = await createPair(createWorld()).fetch(...(input() as [string, RequestInit]))
  expect(response.status).toBe(200)
})

describe('a name in a body is', () => {
  const served = async (world: World, target: string, model: string): Promise<string | undefined> => {
    const gateway = createGateway({
      providers: [...providers, groq, openrouter],
      models: { fast: ['google/c'] },
      runtime: world.runtime,
    })
    const response = await gateway.fetch(target, { method: 'POST', body: body({ model }) })
    return gateway.traceOf(response)?.deployment
  }
  test.each([
    ['a group first', url, 'fast', 'google/c'],
    ['provider/model', url, 'anthropic/claude-haiku-4-5', 'anthropic/claude-haiku-4-5'],
    ['a model of the provider whose host it is', url, 'gpt-5-mini', 'openai/gpt-5-mini'],
    [
      "a provider's own model, where its models have slashes",
      'https://openrouter.ai/api/v1/chat/completions',
      'openai/gpt-5-mini',
      'openrouter/openai/gpt-5-mini',
    ],
    [
      'provider/model on a host of nobody',
      'https://llm.internal/v1/chat/completions',
      'openai/gpt-5-mini',
      'openai/gpt-5-mini',
    ],
  ])('%s', async (_, target, model, deployment) => {
    expect(await served(createWorld(), target, model)).toBe(deployment)
  })
})

test('a stream of the same format passes through, and what the gateway asked for itself is taken out again', async () => {
  const world = createWorld()
  world.simulator.on().reply(stream(['a', 'b']))
  const gateway = createPair(world)
  const response = await gateway.fetch(url, post({ stream: true }))
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  const got = await events(response)
  expect(got.at(-1)).toBe('[DONE]')
  expect(JSON.stringify(got)).not.toContain('prompt_tokens')
  expect(world.simulator.calls[0]).toMatchObject({ body: { stream_options: { include_usage: true } } })
  expect(gateway.traceOf(response)).toMatchObject({ status: 'completed', estimated: false, usage: { outputTokens: 2 } })
})

test('an application that asks for usage gets it', async () => {
  const response = await createPair(createWorld()).fetch(
    url,
    post({ stream: true, stream_options: { include_usage: true } }),
  )
  expect(await events(response)).toContainEqual(
    expect.objectContaining({ usage: expect.objectContaining({ prompt_tokens: expect.any(Number) }) }),
  )
})

test.each([1, 7, 64, 1000])(
  'however the bytes are cut (%i at a time), the stream that passes says the same',
  async (cut) => {
    const world = createWorld()
    world.simulator.on().reply(stream(['Grüße, ', '世界 ', '🙂'], { cut }))
    const gateway = createPair(world)
    const response = await gateway.fetch(url, post({ stream: true }))
    const text = (await events(response)).map(
      (event) => (event as { choices?: { delta?: { content?: string } }[] }).choices?.[0]?.delta?.content ?? '',
    )
    expect(text.join('')).toBe('Grüße, 世界 🙂')
    expect(gateway.traceOf(response)).toMatchObject({ status: 'completed', estimated: false })
  },
)

test('an error comes in the format of the application, and asks no SDK to try again', async () => {
  const world = createWorld()
  world.simulator.on().reply(rateLimited({ retryAfter: 60 }))
  const response = await createPair(world).fetch(url, post())
  expect(response.status).toBe(429)
  expect(response.headers.get('x-should-retry')).toBe('false')
  expect(response.headers.get('retry-after')).toBe('60')
  expect(response.headers.get('x-zerohop-call')).toMatch(/^zh_/)
  expect(await response.json()).toMatchObject({
    error: { message: expect.stringContaining('openai'), code: expect.any(String) },
  })
})

test('the id of the call stands where the SDKs of the format look for it, in an answer and in an error', async () => {
  const world = createWorld()
  const gateway = createPair(world, { maxAttempts: 1 })
  const idIn = async (target: string, header: string): Promise<boolean> => {
    const { headers } = await gateway.fetch(target, post({ max_tokens: 9 }))
    return headers.get(header) === headers.get('x-zerohop-call')
  }
  for (const reply of [stream(['Hi']), serverError()]) {
    world.simulator.on().reply(reply)
    expect(await idIn(url, 'x-request-id')).toBe(true)
    expect(await idIn('https://api.anthropic.com/v1/messages', 'request-id')).toBe(true)
  }
})

test('a stream that fails midway says so in the format of the application', async () => {
  const world = createWorld()
  world.simulator.on().reply(errorInStream(overloaded(), { after: 2, input: stream(['a', 'b', 'c']) }))
  const response = await createPair(world).fetch(url, post({ stream: true }))
  expect((await events(response)).at(-1)).toMatchObject({ error: { message: expect.any(String) } })
})

test.each([
  ['a GET', 'https://example.com/v1/chat/completions', { method: 'GET' }, 400],
  ['an unknown host', 'https://example.com/anything', { method: 'POST', body: '{}' }, 400],
])('%s is refused with the remedy', async (_, target, init, status) => {
  const response = await createPair(createWorld()).fetch(target, init)
  expect(response.status).toBe(status)
  const { error } = (await response.json()) as { error: { message: string } }
  expect(error.message).toContain('It takes POST requests in these formats: openai-chat, ')
})

test('a body that begins with a byte order mark is read', async () => {
  for (const marked of [`\ufeff${body()}`, new TextEncoder().encode(`\ufeff${body()}`)]) {
    const response = await createPair(createWorld()).fetch(url, { ...post(), body: marked })
    expect(response.status).toBe(200)
  }
})

test('a body that is compressed is refused by what it is', async () => {
  const zipped = new Blob([body()]).stream().pipeThrough(new CompressionStream('gzip'))
  const init = { ...post(), body: await new Response(zipped).arrayBuffer() }
  const response = await createPair(createWorld()).fetch(url, { ...init, headers: { 'content-encoding': 'gzip' } })
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('is compressed (content-encoding: gzip), and is taken only as it is.')
})

test.each([
  ['no body', undefined, 400, 'The request has no body.'],
  ['broken JSON', '{"model":', 400, 'The body of the request is no JSON.'],
  ['a list', '[]', 400, undefined],
  ['no model', '{"messages":[]}', 400, 'model'],
  ['no messages', '{"model":"solo"}', 400, 'messages'],
  ['an unknown model', '{"model":"gpt-7?/","messages":[{"role":"user","content":"Hi"}]}', 404, 'gpt-7?/'],
])('a body with %s gets a clear error', async (_, text, status, words) => {
  const world = createWorld({ unmatched: 'error' })
  const response = await createPair(world).fetch('https://nobody.example/v1/chat/completions', {
    method: 'POST',
    ...(text !== undefined && { body: text }),
  })
  const { error } = (await response.json()) as { error: { message: string } }
  expect(response.status).toBe(status)
  if (words) expect(error.message).toContain(words)
  expect(world.simulator.calls).toHaveLength(0)
})

test('a body that is too large is refused', async () => {
  const response = await createPair(createWorld(), { maxBodySize: 1000 }).fetch(url, {
    method: 'POST',
    body: body({ messages: [{ role: 'user', content: 'x'.repeat(2000) }] }),
  })
  expect(response.status).toBe(413)
})

describe('a form', () => {
  const transcriptions = 'https://api.openai.com/v1/audio/transcriptions'
  const written = [
    '--x',
    'Content-Disposition: form-data; name="model"\r\n\r\nwhisper-1',
    '--x',
    'Content-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\nsound',
    '--x--\r\n',
  ].join('\r\n')
  const headers = { 'content-type': 'multipart/form-data; boundary=x' }

  test.each([
    ['text', written],
    ['bytes', new TextEncoder().encode(written)],
  ])('may be written as %s', async (_, body) => {
    const world = createWorld()
    const response = await createPair(world).fetch(transcriptions, { method: 'POST', headers, body })
    expect(response.status).toBe(200)
    expect(world.asked()).toEqual(['whisper-1'])
  })

  test.each([
    ['without its boundary', { 'content-type': 'multipart/form-data' }, written],
    ['that is cut off', headers, written.slice(0, 80)],
    ['that is none', headers, new TextEncoder().encode('sound')],
  ])('%s is refused, and no internal error', async (_, headers, body) => {
    const response = await createPair(createWorld()).fetch(transcriptions, { method: 'POST', headers, body })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { message: expect.stringContaining('no form') } })
  })

  test('that is too large is refused as any other body', async () => {
    const world = createWorld()
    const gateway = createPair(world, { maxBodySize: 1000 })
    const form = new FormData()
    form.append('model', 'whisper-1')
    form.append('file', new Blob([new Uint8Array(2000)]), 'a.mp3')
    for (const body of [form, new Response(form)]) {
      const init = body instanceof FormData ? { body } : { body: body.body, headers: body.headers, duplex: 'half' }
      expect((await gateway.fetch(transcriptions, { method: 'POST', ...init } as RequestInit)).status).toBe(413)
    }
    expect(world.simulator.calls).toEqual([])
  })
})

test('one call against a dead provider makes at most maxAttempts calls', async () => {
  const world = createWorld()
  world.simulator.on().reply(serverError(500))
  const gateway = createPair(world, { maxAttempts: 3, retry: { limit: 9 } })
  const response = await world.clock.run(gateway.fetch(url, post()))
  expect(response.status).toBe(502)
  expect(world.simulator.calls).toHaveLength(3)
})

test("fault: one tenant's metadata in another's. Each client speaks for its own principal", async () => {
  const gateway = createPair(createWorld())
  const [one, two] = [gateway.with({ team: 'one' }), gateway.with({ team: 'two' })]
  const responses = await Promise.all([one.fetch(url, post()), two.fetch(url, post()), one.fetch(url, post())])
  expect(responses.map((response) => gateway.traceOf(response)?.principal)).toEqual([
    { team: 'one' },
    { team: 'two' },
    { team: 'one' },
  ])
})

test("an application's features of one dialect reach a provider that speaks it, and no other", async () => {
  const world = createWorld()
  const gateway = createPair(world)
  const ask = (model: string): Promise<Response> =>
    gateway.fetch('https://api.anthropic.com/v1/messages', {
      method: 'POST',
      headers: { 'Anthropic-Beta': 'context-1m-2025-08-07', 'x-api-key': 'theirs' },
      body: JSON.stringify({ model, max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }),
    })
  await ask('anthropic/b')
  await ask('openai/a')
  const [anthropic, openai] = world.simulator.calls
  expect(anthropic!.headers['anthropic-beta']).toBe('context-1m-2025-08-07')
  expect(openai!.headers).not.toHaveProperty('anthropic-beta')
})

test('a call of our own API may bring headers, and replaces none of ours', async () => {
  const world = createWorld()
  await createPair(world).chat({
    model: 'anthropic/b',
    messages: 'Hi',
    headers: { 'X-Trace': '1', 'Anthropic-Version': '1999-01-01', 'x-api-key': 'theirs' },
  })
  const { headers } = world.simulator.calls[0]!
  expect(headers).toMatchObject({
    'x-trace': '1',
    'anthropic-version': '2023-06-01',
    'x-api-key': 'key-of-anthropic_api_key',
  })
})

describe("Gemini's streamGenerateContent", () => {
  const ask = (gateway: ReturnType<typeof createPair>, model: string, query = ''): Promise<Response> =>
    gateway.fetch(`https://generativelanguage.googleapis.com/v1beta/models/${model}:streamGenerateContent${query}`, {
      method: 'POST',
      body: JSON.stringify({ contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] }),
    })
  const textOf = (chunks: readonly { candidates: { content: { parts: { text: string }[] } }[] }[]): string =>
    chunks.flatMap(({ candidates }) => candidates[0]!.content.parts.map(({ text }) => text)).join('')

  test.each(['google/c', 'openai/a'])(
    'without alt=sse is answered with one JSON list, as Google does: by %s',
    async (model) => {
      const world = createWorld()
      world.simulator.on().reply(stream(['Grüße, ', '世界']))
      const response = await ask(createPair(world), model, '?key=k')
      expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(textOf((await response.json()) as never)).toBe('Grüße, 世界')
    },
  )

  test('with alt=sse is answered with events', async () => {
    const world = createWorld()
    world.simulator.on().reply(stream(['Grüße, ', '世界']))
    const response = await ask(createPair(world), 'google/c', '?alt=sse')
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(textOf((await events(response)) as never)).toBe('Grüße, 世界')
  })

  test('that fails midway is a JSON list whose last element is the error', async () => {
    const world = createWorld()
    world.simulator.on().reply(errorInStream(overloaded(), { after: 1, input: stream(['a', 'b', 'c']) }))
    const response = await world.clock.run(ask(createPair(world), 'openai/a'))
    expect(await response.json()).toMatchObject([{ candidates: [{}] }, { error: { code: 503 } }])
  })
})
