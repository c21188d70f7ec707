import { expect, expectTypeOf, test } from 'vitest'
import type { Fetch, Runtime } from '../../src/runtime.ts'
import {
  answer,
  createClock,
  createSimulator,
  json,
  overloaded,
  respond,
  type Simulator,
  serverError,
  stream,
  testRuntime,
} from '../../src/testing/index.ts'
import { ask, formats, maximum, reads, whole } from './ask.ts'

test('its fetch fits a runtime, and stands in for the platform’s', () => {
  expectTypeOf<Simulator['fetch']>().toExtend<Fetch>()
  expectTypeOf<Simulator['fetch']>().toExtend<typeof globalThis.fetch>()
  expectTypeOf(testRuntime).returns.toEqualTypeOf<Partial<Runtime>>()
})

test('it takes a string, a URL or a Request, with a body of any kind', async () => {
  const simulator = createSimulator()
  const url = 'https://api.openai.com/v1/chat/completions'
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })
  const headers = { Authorization: 'Bearer key-1' }
  await simulator.fetch(url, { method: 'POST', headers, body })
  await simulator.fetch(new URL(url), {
    method: 'POST',
    headers: new Headers(headers),
    body: new TextEncoder().encode(body),
  })
  await simulator.fetch(new Request(url, { method: 'POST', headers, body }))
  const response = await simulator.fetch(url, {
    method: 'post',
    headers: Object.entries(headers),
    body: new Blob([body]),
  })
  expect((await response.json()).choices[0].message.content).toBe('You said: Hi')
  expect(simulator.calls).toHaveLength(4)
  for (const call of simulator.calls) {
    expect(call).toMatchObject({ method: 'POST', url, key: 'key-1', model: 'm', body: JSON.parse(body) })
    expect(call.headers['authorization']).toBe('Bearer key-1')
  }
})

test('it records what each call was and what became of it', async () => {
  const clock = createClock({ start: 1000 })
  const simulator = createSimulator({ clock })
  simulator.on().reply(stream(['a', 'b'], { after: 10, firstChunk: 20, gap: 30 }))
  await clock.run(reads(ask(simulator, 'gemini', { stream: true })))
  expect(simulator.calls).toMatchObject([
    {
      index: 0,
      host: 'generativelanguage.googleapis.com',
      provider: 'google',
      format: 'gemini',
      model: 'gemini-2.5-flash',
      stream: true,
      key: 'key-1',
      times: { sent: 1000, firstByte: 1030, ended: 1060 },
      outcome: 'answered',
      status: 200,
      usage: { inputTokens: 6, outputTokens: 2 },
    },
  ])
  expect(simulator.calls[0]?.sent).toContain('"text":"a"')
})

test('the words of a reply are no options', async () => {
  const simulator = createSimulator()
  simulator.on().reply('error').then('echo')
  expect((await whole(ask(simulator))).choices[0].message.content).toBe('error')
  expect((await whole(ask(simulator))).choices[0].message.content).toBe('echo')
})

test('steps are used up one by one, and the last repeats', async () => {
  const simulator = createSimulator()
  simulator.on().reply('one').then(overloaded()).then('three')
  const statuses = []
  for (let call = 0; call < 4; call++) statuses.push((await ask(simulator)).status)
  expect(statuses).toEqual([200, 503, 200, 200])
  expect((await whole(ask(simulator))).choices[0].message.content).toBe('three')
})

test('of several scripts that match, the one begun last has the call', async () => {
  const simulator = createSimulator()
  simulator.on().reply('any')
  simulator.on({ model: /^claude/ }).reply('claude')
  simulator.on({ provider: 'google', stream: false }).reply('google')
  simulator.on({ host: 'eu.api.openai.com', key: 'key-1' }).reply('eu')
  simulator.on((call) => call.headers['x-test'] === 'yes').reply('mine')
  simulator.on({ format: 'gemini', where: () => false }).reply('never')
  simulator.on({ model: 'gpt-5-mini' })
  const say = async (...arguments_: Parameters<typeof ask>) => JSON.stringify(await whole(ask(...arguments_)))
  expect(await say(simulator)).toContain('"any"')
  expect(await say(simulator, 'anthropic-messages')).toContain('"claude"')
  expect(await say(simulator, 'gemini')).toContain('"google"')
  expect(await say(simulator, 'openai-chat', { host: 'eu.api.openai.com' })).toContain('"eu"')
  expect(await say(simulator, 'openai-chat', { init: { headers: { 'X-Test': 'yes' } } })).toContain('"mine"')
})

test('a function decides when the call comes', async () => {
  const simulator = createSimulator()
  simulator.on().reply(async ({ index }) => (index === 0 ? serverError(502) : `call ${index}`))
  expect((await ask(simulator)).status).toBe(502)
  expect((await whole(ask(simulator))).choices[0].message.content).toBe('call 1')
})

test('a script that is awaited by mistake says so', async () => {
  const script: unknown = createSimulator().on().reply('42')
  await expect(async () => await script).rejects.toThrow('A script of the simulator is no promise')
})

test('a call that no script is for is answered, refused, or scripted', async () => {
  const format = {
    type: 'json_schema',
    json_schema: { name: 'x', schema: { type: 'object', properties: { n: { type: 'integer' } } } },
  }
  const reply = await whole(ask(createSimulator(), 'openai-chat', { body: { response_format: format } }))
  expect(reply.choices[0].message.content).toBe('{"n":0}')
  const strict = createSimulator({ unmatched: 'error' })
  await expect(ask(strict)).rejects.toThrow('No script of the simulator is for POST https://api.openai.com')
  expect([strict.running, strict.calls[0]?.outcome]).toEqual([0, 'failed'])
  expect((await ask(createSimulator({ unmatched: overloaded() }))).status).toBe(503)
})

test('a path of no format is unknown, unless it is scripted', async () => {
  const simulator = createSimulator()
  const models = () => simulator.fetch('https://api.openai.com/v1/models')
  expect((await models()).status).toBe(404)
  simulator.on({ where: (call) => call.url.endsWith('/models') }).reply(respond({ body: { data: [] } }))
  expect(await whole(models())).toEqual({ data: [] })
  simulator.on().reply('words')
  await expect(models()).rejects.toThrow('script it with respond(…)')
})

test('only the given keys are accepted', async () => {
  const simulator = createSimulator({ keys: ['key-2'] })
  expect((await ask(simulator)).status).toBe(401)
  expect((await ask(simulator, 'openai-chat', { init: { headers: { authorization: 'Bearer key-2' } } })).status).toBe(
    200,
  )
})

test('defaults are for all answers that do not say otherwise', async () => {
  const clock = createClock({ start: 0 })
  const simulator = createSimulator({ clock, defaults: { after: '1s', model: 'big' } })
  simulator
    .on()
    .reply('a')
    .then(answer('b', { after: 0 }))
  expect((await clock.run(whole(ask(simulator)))).model).toBe('big')
  expect(clock.now()).toBe(1000)
  await clock.run(ask(simulator))
  expect(clock.now()).toBe(1000)
})

test.each(formats)('%s stops at the maximum of tokens, whole and streamed alike', async (format) => {
  const simulator = createSimulator()
  simulator.on().reply(Array.from({ length: 20 }, (_, index) => `word${index} `).join(''))
  // OpenAI takes no fewer.
  const body = maximum[format](16)
  const text = await (await ask(simulator, format, { body })).text()
  const streamed = (await reads(ask(simulator, format, { body, stream: true }))).texts.join('')
  for (const said of [text, streamed]) {
    expect(said).toMatch(/"(length|max_tokens|MAX_TOKENS|max_output_tokens)"/)
    expect(said).not.toContain('word16')
  }
  expect(simulator.calls.map(({ usage }) => usage.outputTokens)).toEqual([16, 16])
})

test.each(formats)('%s says the same however its bytes are cut', async (format) => {
  const simulator = createSimulator()
  simulator.on().reply(json({ greeting: 'Grüß Gott 🌍' }))
  const expected = (await reads(ask(simulator, format, { stream: true }))).texts.join('')
  for (const cut of [1, 7, [1, 2, 300], 100_000]) {
    simulator.reset()
    simulator.on().reply(json({ greeting: 'Grüß Gott 🌍' }), { cut })
    const { texts } = await reads(ask(simulator, format, { stream: true }))
    // Dates and clocks apart, which the formats put into seconds.
    const clocks = /"(created|completed)(_at)?":("[^"]*"|\d+)/g
    expect(texts.join('').replace(clocks, '')).toBe(expected.replace(clocks, ''))
    expect(simulator.calls[0]?.sent).toBe(texts.join(''))
    if (cut === 1) expect(texts.length).toBeGreaterThan(expected.length - 1)
    if (cut === 100_000) expect(texts).toHaveLength(1)
  }
})

test('nothing of a stream is sent before it is read', async () => {
  const simulator = createSimulator()
  simulator.on().reply(stream(Array.from({ length: 1000 }, () => 'word')))
  const reader = (await ask(simulator, 'openai-chat', { stream: true })).body!.getReader()
  await createClock().settle()
  expect(simulator.calls[0]?.sent).toBe('')
  for (let read = 0; read < 3; read++) await reader.read()
  expect(simulator.calls[0]?.sent.match(/"word"/g)).toHaveLength(2)
  expect(simulator.running).toBe(1)
  await reader.cancel()
  expect([simulator.running, simulator.calls[0]?.outcome]).toEqual([0, 'aborted'])
})

test('a stream that waits shows signs of life', async () => {
  const clock = createClock({ start: 0 })
  const simulator = createSimulator({ clock })
  simulator.on().reply('42', { firstChunk: '35s', ping: '10s' })
  const { texts } = await clock.run(reads(ask(simulator, 'openai-chat', { stream: true })))
  expect(texts.filter((text) => text === ': PROCESSING\n\n')).toHaveLength(3)
  expect(clock.now()).toBe(35_000)
})

test('it counts what runs at once, and a reset forgets', async () => {
  const clock = createClock()
  const simulator = createSimulator({ clock, keep: 2 })
  simulator.on().reply('42', { after: '1s' })
  const all = Promise.all([ask(simulator), ask(simulator), ask(simulator)])
  expect(simulator.running).toBe(3)
  await clock.run(all)
  expect([simulator.running, simulator.maxRunning]).toEqual([0, 3])
  expect(simulator.calls.map(({ index }) => index)).toEqual([1, 2])
  simulator.reset()
  expect([simulator.calls.length, simulator.maxRunning, simulator.bill.total]).toEqual([0, 0, 0])
})

test('a runtime for tests has a key for everything but what is withheld', () => {
  const clock = createClock({ start: 5 })
  const simulator = createSimulator({ clock })
  const runtime = testRuntime({ simulator, clock, env: { REGION: 'eu', GROQ_API_KEY: undefined } })
  expect(runtime.env?.('OPENAI_API_KEY')).toBe('key-of-openai_api_key')
  expect([runtime.env?.('REGION'), runtime.env?.('GROQ_API_KEY'), runtime.env?.('HOME')]).toEqual([
    'eu',
    undefined,
    undefined,
  ])
  expect(runtime.now?.()).toBe(5)
  expect(testRuntime({ simulator }).random?.()).toBe(testRuntime({ simulator }).random?.())
})
