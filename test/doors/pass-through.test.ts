import { expect, test } from 'vitest'
import { budget, cache, createGateway, type Gateway, limits, memoryStore, rateLimit } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { google } from '../../src/providers/google.ts'
import { openai } from '../../src/providers/openai.ts'
import { provider } from '../../src/providers/provider.ts'
import type { FetchInit } from '../../src/runtime.ts'
import { createClock, createSimulator, testRuntime } from '../../src/testing/index.ts'

interface Sent extends FetchInit {
  readonly url: string
}

/** A gateway whose providers answer as told, and what they were sent. */
function upstream(answers: ((sent: Sent) => Response | Promise<Response>)[], options: object = {}) {
  const sent: Sent[] = []
  const clock = createClock()
  const runtime = testRuntime({
    clock,
    simulator: createSimulator({ clock }),
    env: { OPENAI_API_KEY: 'sk-ours', ANTHROPIC_API_KEY: 'sk-a', GEMINI_API_KEY: 'g' },
  })
  const gateway: Gateway = createGateway({
    providers: [openai, anthropic, google],
    ...options,
    runtime: {
      ...runtime,
      fetch: async (url, init) => {
        const call = { url, ...init }
        sent.push(call)
        const next = answers.length > 1 ? answers.shift()! : answers[0]!
        return (await next(call)) as never
      },
    },
  })
  return { gateway, sent, clock }
}

const files = 'https://api.openai.com/v1/files'
const ok = (): Response => Response.json({ id: 'file-1' })

test('a path that we speak no dialect of goes to its provider as it is, with our credential', async () => {
  const { gateway, sent } = upstream([
    () => new Response('{"data": [ ]}', { headers: { 'content-type': 'application/json', 'openai-version': '2020' } }),
  ])
  const response = await gateway.fetch(`${files}?limit=3`, {
    headers: { authorization: 'Bearer app', 'openai-organization': 'org-1' },
  })
  expect(await response.text()).toBe('{"data": [ ]}')
  expect(response.headers.get('openai-version')).toBe('2020')
  expect(sent).toMatchObject([{ url: `${files}?limit=3`, method: 'GET' }])
  expect(sent[0]!.headers).toEqual({ authorization: 'Bearer sk-ours', 'openai-organization': 'org-1' })
})

test('a form is handed on as it is, and not read', async () => {
  const { gateway, sent } = upstream([ok])
  const body = new FormData()
  body.set('purpose', 'batch')
  body.set('file', new Blob(['{}\n']), 'lines.jsonl')
  await gateway.fetch(files, { method: 'POST', body })
  expect(sent[0]!.body).toBe(body)
  expect(sent[0]!.headers).not.toHaveProperty('content-type')
})

test('a streamed body is sent once, and is not tried again', async () => {
  const { gateway, sent } = upstream([() => new Response('busy', { status: 503 })])
  const body = new ReadableStream({ pull: (controller) => controller.close() })
  const response = await gateway.fetch(files, { method: 'POST', body, duplex: 'half' } as RequestInit)
  expect(response.status).toBe(503)
  expect(sent).toHaveLength(1)
  expect(sent[0]).toMatchObject({ duplex: 'half', body })
})

test("a provider's refusal is tried again, and in the end told in its own words", async () => {
  const { gateway, sent, clock } = upstream([
    () => Response.json({ error: { message: 'slow down' } }, { status: 429, headers: { 'x-request-id': 'r1' } }),
  ])
  const response = await clock.run(gateway.fetch(files))
  expect(response.status).toBe(429)
  expect(await response.json()).toEqual({ error: { message: 'slow down' } })
  expect(response.headers.get('x-should-retry')).toBe('false')
  expect(sent.length).toBeGreaterThan(1)
})

test('an answer that is no failure of the provider is not tried again: a 404 of a file is an answer', async () => {
  const { gateway, sent } = upstream([() => Response.json({ error: { message: 'No such file' } }, { status: 404 })])
  const response = await gateway.fetch(`${files}/file-9`)
  expect(response.status).toBe(404)
  expect(await response.json()).toEqual({ error: { message: 'No such file' } })
  expect(sent).toHaveLength(1)
})

test('the next key is asked when one is refused', async () => {
  const { gateway, sent } = upstream([() => new Response('', { status: 401 }), ok], {
    providers: [provider(openai, { apiKey: ['sk-1', 'sk-2'] })],
  })
  expect((await gateway.fetch(files)).status).toBe(200)
  expect(sent.map(({ headers }) => headers['authorization'])).toEqual(['Bearer sk-1', 'Bearer sk-2'])
})

test('the call is traced, and its body streams as it is read', async () => {
  let pulled = 0
  const body = (): ReadableStream<Uint8Array> =>
    new ReadableStream(
      {
        pull(controller) {
          pulled++
          controller.enqueue(new Uint8Array(4))
        },
      },
      { highWaterMark: 0 },
    )
  const { gateway } = upstream([() => new Response(body())])
  const response = await gateway.fetch(`${files}/file-1/content`)
  const reader = response.body!.getReader()
  await reader.read()
  await reader.read()
  expect(pulled).toBe(2)
  expect(gateway.traceOf(response)).toMatchObject({ operation: 'pass-through', status: 'running', model: 'openai/*' })
  await reader.cancel()
  expect(gateway.traceOf(response)).toMatchObject({ status: 'cancelled' })
})

test('the query arrives as it was written', async () => {
  const { gateway, sent } = upstream([ok])
  await gateway.fetch(`${files}?purpose=a%20b&limit`)
  expect(sent[0]!.url).toBe(`${files}?purpose=a%20b&limit`)
})

test("Google's key in the query is ours to give", async () => {
  const { gateway, sent } = upstream([ok])
  await gateway.fetch('https://generativelanguage.googleapis.com/v1beta/models?key=theirs&pageSize=5')
  expect(sent[0]!.url).toBe('https://generativelanguage.googleapis.com/v1beta/models?pageSize=5')
  expect(sent[0]!.headers).toEqual({ 'x-goog-api-key': 'g' })
})

test('headers of a connection or of a cookie do not come through', async () => {
  const { gateway } = upstream([
    () => new Response('x', { headers: { 'content-encoding': 'identity', 'set-cookie': 'a=1', 'x-kept': 'yes' } }),
  ])
  const { headers } = await gateway.fetch(files)
  expect([headers.get('content-encoding'), headers.get('set-cookie'), headers.get('x-kept')]).toEqual([
    null,
    null,
    'yes',
  ])
})

test('limits on requests count it', async () => {
  const { gateway, sent } = upstream([ok], {
    limits: limits({ rules: [rateLimit({ by: 'user', requests: 1, per: 'minute' })] }),
  })
  const user = gateway.with({ user: 'u1' })
  expect((await user.fetch(files)).status).toBe(200)
  expect((await user.fetch(files)).status).toBe(429)
  expect(sent).toHaveLength(1)
})

test('under a hard budget reading is free, and what has no price is refused', async () => {
  const { gateway, sent } = upstream([ok], {
    limits: limits({ rules: [budget({ by: 'user', limit: 1, per: 'day' })] }),
  })
  const user = gateway.with({ user: 'u1' })
  expect((await user.fetch(files)).status).toBe(200)
  const refused = await user.fetch('https://api.openai.com/v1/batches', { method: 'POST', body: '{}' })
  expect(refused.status).toBe(402)
  expect(sent).toHaveLength(1)
})

test('an unknown host is refused with the remedy', async () => {
  const { gateway, sent } = upstream([ok])
  const response = await gateway.fetch('https://example.com/v1/things')
  expect(response.status).toBe(400)
  expect(await response.text()).toContain("unmatched: 'forward'")
  expect(sent).toHaveLength(0)
})

const chat = 'https://api.openai.com/v1/chat/completions'
const question = (text = 'Hello'): RequestInit => ({
  method: 'POST',
  headers: { authorization: 'Bearer sk-theirs' },
  body: JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: text }] }),
})
const said = (): Response =>
  Response.json({ choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }] })

test("an application's key is ignored, unless it is asked for", async () => {
  const { gateway, sent } = upstream([said])
  await gateway.fetch(chat, question())
  expect(sent[0]!.headers['authorization']).toBe('Bearer sk-ours')
})

test("a caller's key serves the provider whose host was called", async () => {
  const { gateway, sent } = upstream([said], { credentials: 'caller' })
  const response = await gateway.fetch(chat, question())
  expect(sent[0]!.headers['authorization']).toBe('Bearer sk-theirs')
  expect(gateway.traceOf(response)!.attempts[0]!.key).toBe('openai#caller1')
})

test("a caller's key never serves another provider than the one whose host was called", async () => {
  const { gateway, sent } = upstream(
    [
      () =>
        Response.json({
          type: 'message',
          role: 'assistant',
          content: [{ type: 'text', text: 'Hi' }],
          stop_reason: 'end_turn',
          usage: {},
        }),
    ],
    { credentials: 'caller', models: { group: ['anthropic/claude-haiku-4-5'] } },
  )
  await gateway.fetch(chat, {
    ...question(),
    body: JSON.stringify({ model: 'group', messages: [{ role: 'user', content: 'Hi' }] }),
  })
  expect(sent[0]!.headers['x-api-key']).toBe('sk-a')
})

test('a host of nobody is forwarded as it is, where that was asked for', async () => {
  const { gateway, sent } = upstream([() => new Response('theirs', { status: 418 })], { unmatched: 'forward' })
  const response = await gateway.fetch('https://example.com/tea', {
    method: 'PUT',
    headers: { authorization: 'mine' },
    body: 'x',
  })
  expect([response.status, await response.text()]).toEqual([418, 'theirs'])
  expect(sent).toEqual([
    {
      url: 'https://example.com/tea',
      method: 'PUT',
      headers: expect.objectContaining({ authorization: 'mine' }),
      body: 'x',
    },
  ])
})

test('our placeholder is no key', async () => {
  const { gateway, sent } = upstream([said], { credentials: 'caller' })
  await gateway.fetch(chat, { ...question(), headers: { authorization: 'Bearer zerohop' } })
  expect(sent[0]!.headers['authorization']).toBe('Bearer sk-ours')
})

test('answers are shared only among calls with the same key', async () => {
  const store = memoryStore()
  const { gateway, sent } = upstream([said], { credentials: 'caller', cache: cache({ store }) })
  const ask = (key: string): Promise<Response> =>
    gateway.fetch(chat, { ...question(), headers: { authorization: `Bearer ${key}` } })
  await (await ask('sk-one-caller')).text()
  await (await ask('sk-one-caller')).text()
  expect(sent).toHaveLength(1)
  await (await ask('sk-other-caller')).text()
  expect(sent).toHaveLength(2)
})

test('two callers with different keys never share a flight', async () => {
  const { gateway, sent } = upstream([said], { credentials: 'caller', cache: cache() })
  const ask = (key: string): Promise<Response> =>
    gateway.fetch(chat, { ...question(), headers: { authorization: `Bearer ${key}` } })
  await Promise.all([ask('sk-one-caller'), ask('sk-other-caller')])
  expect(sent).toHaveLength(2)
})

test('keys may come with a call of our own API, several take turns, and none rests for others', async () => {
  const { gateway, sent, clock } = upstream([() => new Response('', { status: 401 }), said, said])
  const call = { model: 'openai/gpt-5-mini', messages: 'Hello', credentials: { openai: ['sk-x', 'sk-y'] } }
  await clock.run(gateway.chat(call))
  await clock.run(gateway.chat(call))
  expect(sent.map(({ headers }) => headers['authorization'])).toEqual(['Bearer sk-x', 'Bearer sk-y', 'Bearer sk-x'])
})

test('a call with a key of its own needs none in the environment', async () => {
  const { gateway, sent } = upstream([said], { providers: [provider(openai, { id: 'bare' })], runtime: undefined })
  await gateway.chat({ model: 'bare/gpt-5-mini', messages: 'Hello', credentials: { bare: 'sk-own' } })
  expect(sent[0]!.headers['authorization']).toBe('Bearer sk-own')
})

test('nothing passes through where that is switched off, nor is it forwarded', async () => {
  const { gateway, sent } = upstream([ok], { passThrough: false, unmatched: 'forward' })
  const response = await gateway.fetch(files)
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('`passThrough` is false')
  expect(sent).toEqual([])
})
