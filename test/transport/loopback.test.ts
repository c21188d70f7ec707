import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import {
  budget,
  createGateway,
  type Gateway,
  type GatewayOptions,
  limits,
  provider,
  type Runtime,
} from '../../src/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { drain, failureOf } from '../world.ts'

// Aborts, stalls, resets and slow readers, over real sockets and the runtime's own fetch.

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Upstream {
  readonly gateway: Gateway<string>
  readonly baseURL: string
  /** Resolves when the connection of the nth request has closed. */
  readonly closed: (nth: number) => Promise<void>
  readonly requests: IncomingMessage[]
}

async function serve(handler: Handler, options: Partial<GatewayOptions<never, never>> = {}): Promise<Upstream> {
  const requests: IncomingMessage[] = []
  const closings: Promise<void>[] = []
  const server = createServer((request, response) => {
    requests.push(request)
    closings.push(new Promise((resolve) => response.on('close', () => resolve())))
    request.resume()
    request.on('end', () => handler(request, response))
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  const gateway = createGateway({
    providers: [provider(openai, { baseURL, apiKey: 'key' })],
    retry: { limit: 0 },
    ...options,
  } as never) as Gateway<string>
  return {
    gateway,
    baseURL,
    requests,
    closed: (nth) => closings[nth - 1] ?? Promise.reject(new Error('no such request')),
  }
}

const ask = { model: 'openai/m', messages: 'Hi' } as const
const chunk = (content: string): string =>
  `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`
const last = `data: ${JSON.stringify({ id: 'c', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`
const begin = (response: ServerResponse): ServerResponse =>
  response.writeHead(200, { 'content-type': 'text/event-stream' })

test('an abort before the headers closes the connection, and rejects as cancelled', async () => {
  const upstream = await serve(() => {})
  const controller = new AbortController()
  const failure = failureOf(upstream.gateway.chat({ ...ask, signal: controller.signal }))
  while (upstream.requests.length === 0) await pause(1)
  controller.abort()
  expect((await failure).code).toBe('cancelled')
  await upstream.closed(1)
})

test('an abort in the middle of a stream closes the connection', async () => {
  const upstream = await serve((_, response) => void begin(response).write(chunk('a')))
  const controller = new AbortController()
  const reply = await upstream.gateway.chat({ ...ask, stream: true, signal: controller.signal })
  const reading = failureOf(drain(reply))
  controller.abort()
  expect((await reading).code).toBe('cancelled')
  await upstream.closed(1)
  expect(reply.trace.status).toBe('cancelled')
})

test('fault: a leaving reader whose upstream keeps running. Leaving the loop closes the connection', async () => {
  const upstream = await serve((_, response) => void begin(response).write(chunk('a')))
  const reply = await upstream.gateway.chat({ ...ask, stream: true })
  for await (const event of reply) if (event.type === 'text-delta') break
  await upstream.closed(1)
})

test('a reader that leaves the body of gateway.fetch closes the connection', async () => {
  const upstream = await serve((_, response) => void begin(response).write(chunk('a')))
  const response = await upstream.gateway.fetch(`${upstream.baseURL}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], stream: true }),
  })
  const reader = response.body!.getReader()
  await reader.read()
  await reader.cancel()
  await upstream.closed(1)
  expect(upstream.gateway.traceOf(response)?.status).toBe('cancelled')
})

test('an abort reaches gateway.fetch as the runtime tells it', async () => {
  const upstream = await serve(() => {})
  const controller = new AbortController()
  const body = JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }] })
  const failure = upstream.gateway
    .fetch(`${upstream.baseURL}/chat/completions`, { method: 'POST', body, signal: controller.signal })
    .catch((error: unknown) => error)
  while (upstream.requests.length === 0) await pause(1)
  controller.abort()
  expect(await failure).toMatchObject({ name: 'AbortError' })
})

test('a socket that is reset before the headers is a failure of the provider', async () => {
  const upstream = await serve((request) => (request.socket as Socket).resetAndDestroy())
  const error = await failureOf(upstream.gateway.chat(ask))
  expect(error).toMatchObject({ code: 'provider_unavailable', status: 502, provider: 'openai' })
})

test('a socket that is reset in the middle of a stream is a failure of the reader', async () => {
  const upstream = await serve((request, response) => {
    begin(response).write(chunk('a'), () => setImmediate(() => (request.socket as Socket).resetAndDestroy()))
  })
  const reply = await upstream.gateway.chat({ ...ask, stream: true })
  expect(await failureOf(drain(reply))).toMatchObject({ code: 'provider_unavailable' })
})

test('a stream that ends as if it were complete, without a finish reason, has broken off', async () => {
  // The blank line after a frame may be missing, even after the only one.
  for (const text of [chunk('a'), chunk('a').trim()]) {
    const upstream = await serve((_, response) => void begin(response).end(text))
    const reply = await upstream.gateway.chat({ ...ask, stream: true })
    const error = await failureOf(drain(reply))
    expect(error.message).toBe('openai broke off in the middle of its answer.')
  }
})

test('so has one that is labelled as JSON', async () => {
  const upstream = await serve(
    (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(chunk('a')),
  )
  const error = await failureOf(upstream.gateway.chat({ ...ask, stream: true }))
  expect(error.message).toBe('openai broke off in the middle of its answer.')
  const { attempts } = upstream.gateway.traceOf(error)!
  expect(attempts[0]!.charge).toMatchObject({ usage: { outputTokens: 1 }, estimated: true })
})

test('nobody listens: the error says so, and nothing is charged', async () => {
  const upstream = await serve(() => {})
  servers[0]!.close()
  const error = await failureOf(upstream.gateway.chat(ask))
  expect(error.message).toBe(`openai could not be reached (ECONNREFUSED). Is its baseURL, ${upstream.baseURL}, right?`)
})

test.each([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'CERT_HAS_EXPIRED',
])('a certificate that is not accepted, %s: nothing was sent, and nothing is charged', async (code) => {
  const fetch: Runtime['fetch'] = async () => {
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('certificate'), { code }) })
  }
  const { gateway, baseURL } = await serve(() => {}, { runtime: { fetch } })
  const error = await failureOf(gateway.chat(ask))
  expect(error.message).toBe(`openai could not be reached (${code}). Is its baseURL, ${baseURL}, right?`)
  expect(gateway.traceOf(error)?.attempts[0]?.charge).toMatchObject({ cost: { total: 0 }, uncertain: false })
})

test.each([
  [
    'sk-copied…',
    'authentication_failed',
    'The key openai#1 holds a line break, or a character that no header can hold.',
  ],
  ['sk-one\nsk-two', 'authentication_failed', 'The key openai#1 holds a line break'],
  ['\u001b[32msk-copied\u001b[0m', 'authentication_failed', 'The key openai#1 holds a line break'],
])('a key that no header can hold is named, and nothing is charged: %j', async (apiKey, code, message) => {
  const upstream = await serve(() => {}, {
    providers: [provider(openai, { apiKey })],
    limits: limits({ rules: [budget({ limit: 1, per: 'day' })] }),
  } as never)
  const error = await failureOf(upstream.gateway.chat({ model: 'openai/gpt-5-mini', messages: 'Hi' }))
  expect(error).toMatchObject({ code, message: expect.stringContaining(message) })
  expect(JSON.stringify(error)).not.toContain('sk-')
  expect(await upstream.gateway.limits.status()).toMatchObject([{ spent: 0, reserved: 0 }])
})

test('a header that cannot be sent is named, and nothing is charged', async () => {
  const upstream = await serve(() => {}, { limits: limits({ rules: [budget({ limit: 1, per: 'day' })] }) } as never)
  const call = { model: 'openai/gpt-5-mini', messages: 'Hi' } as const
  for (const name of ['x-team', 'x team']) {
    const headers = { [name]: name === 'x-team' ? '☃' : 'a' }
    const error = await failureOf(upstream.gateway.chat({ ...call, headers }))
    expect(error.message).toBe(
      `The header ${name} holds a line break, or a character that no header can hold. Change it.`,
    )
    expect(error.code).toBe('invalid_request')
  }
  expect(await upstream.gateway.limits.status()).toMatchObject([{ spent: 0, reserved: 0 }])
})

test('an address that is none, and https where http is spoken: nobody was reached, and nothing is charged', async () => {
  const upstream = await serve(() => {})
  for (const baseURL of ['http://exa mple/v1', upstream.baseURL.replace('http:', 'https:')]) {
    const gateway = createGateway({
      providers: [provider(openai, { baseURL, apiKey: 'key' })],
      limits: limits({ rules: [budget({ limit: 1, per: 'day' })] }),
      retry: { limit: 0 },
    })
    const error = await failureOf(gateway.chat({ model: 'openai/gpt-5-mini', messages: 'Hi' }))
    expect(error.message).toMatch(/^openai could not be reached \(ERR_\w+\)\. Is its baseURL, http.*, right\?$/)
    expect(await gateway.limits.status()).toMatchObject([{ spent: 0, reserved: 0 }])
  }
})

test("a scheme of one's own that fails is at fault, and not the provider: nobody is asked again", async () => {
  const scheme = (): void => expect.fail('a scheme with a fault')
  const broken = { ...openai, apiKey: 'key', auth: { ...openai.auth, scheme } }
  const upstream = await serve(() => {}, { providers: [broken], retry: { limit: 3 } } as never)
  const error = await failureOf(upstream.gateway.chat(ask))
  expect(error).toMatchObject({ code: 'internal', message: 'a scheme with a fault', deployment: 'openai/m' })
  expect(error.attempts).toHaveLength(1)
})

test('an HTML page in place of an answer', async () => {
  const page = '<!DOCTYPE html><html><head><title>Sign in</title></head></html>'
  const upstream = await serve((_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(page))
  expect(await failureOf(upstream.gateway.chat(ask))).toMatchObject({
    code: 'invalid_response',
    message: 'openai sent an HTML page in place of an answer.',
  })
  expect(await failureOf(upstream.gateway.chat({ ...ask, stream: true }))).toMatchObject({
    code: 'invalid_response',
    message: 'openai sent an HTML page in place of a stream.',
  })
})

test('an HTML page as an error', async () => {
  const page = '<html><head><title>502 Bad Gateway</title></head></html>'
  const upstream = await serve((_, response) => void response.writeHead(502, { 'content-type': 'text/html' }).end(page))
  expect((await failureOf(upstream.gateway.chat(ask))).message).toBe(
    'openai: An HTML page, "502 Bad Gateway", in place of an answer.',
  )
})

test('broken JSON and an empty body are named', async () => {
  let body = '{"id": "c", "choi'
  const upstream = await serve(
    (_, response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(body),
  )
  expect((await failureOf(upstream.gateway.chat(ask))).message).toBe('openai sent broken JSON in place of an answer.')
  body = ''
  expect((await failureOf(upstream.gateway.chat(ask))).message).toBe('openai sent an empty body in place of an answer.')
})

test('a redirect is not followed, so that no key goes astray', async () => {
  const elsewhere = await serve((_, response) => void response.end('{}'))
  const upstream = await serve(
    (_, response) =>
      void response
        .writeHead(307, {
          location: `${elsewhere.baseURL.replace('//', '//user:password@')}/chat/completions?token=x`,
        })
        .end(),
  )
  const error = await failureOf(upstream.gateway.chat(ask))
  expect(error.message).toBe(
    `openai redirects to ${elsewhere.baseURL}/chat/completions. Is its baseURL, ${upstream.baseURL}, right?`,
  )
  expect(elsewhere.requests).toHaveLength(0)
})

test('a stalled stream is given up, by the idle timeout, and its connection closed', async () => {
  const upstream = await serve((_, response) => void begin(response).write(chunk('a')), { timeouts: { idle: 50 } })
  const reply = await upstream.gateway.chat({ ...ask, stream: true })
  expect((await failureOf(drain(reply))).code).toBe('timed_out')
  await upstream.closed(1)
})

test('law: a slow reader slows the provider', async () => {
  let written = 0
  const big = chunk('x'.repeat(16_000))
  const upstream = await serve((_, response) => {
    begin(response)
    const write = (): void => {
      while (written < 40_000_000) {
        written += big.length
        if (!response.write(big)) return void response.once('drain', write)
      }
      response.end(last)
    }
    write()
  })
  const reply = await upstream.gateway.chat({ ...ask, stream: true })
  const iterator = reply[Symbol.asyncIterator]()
  await iterator.next()
  await pause(100)
  const soon = written
  await pause(200)
  // What the sockets of both sides hold, and no more.
  expect(written).toBe(soon)
  expect(written).toBeLessThan(15_000_000)
  await iterator.return?.()
  await upstream.closed(1)
})

test('a server that says [DONE] and never closes has finished', async () => {
  const upstream = await serve((_, response) => void begin(response).write(chunk('a') + last))
  const events = await drain(await upstream.gateway.chat({ ...ask, stream: true }))
  expect(events.at(-1)?.type).toBe('message-end')
  await upstream.closed(1)

  const response = await upstream.gateway.fetch(`${upstream.baseURL}/chat/completions`, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'Hi' }], stream: true }),
  })
  expect(await response.text()).toBe(chunk('a') + last)
  expect(upstream.gateway.traceOf(response)?.status).toBe('completed')
  await upstream.closed(2)
})

test('a key that a provider echoes is taken out of the error and of its cause, and the status stays', async () => {
  const body = JSON.stringify({ error: { message: 'the key is wrong' } })
  const upstream = await serve((_, response) => void response.writeHead(400).end(body))
  const error = await failureOf(upstream.gateway.chat(ask))
  expect(error.message).toBe('openai: the [key] is wrong')
  expect(error.cause).toEqual({ status: 400, message: 'the [key] is wrong' })
  expect(error.stack).not.toContain('the key')
})

test('a whole answer that comes in pieces, cut within a character, is read as it was written', async () => {
  const content = 'Zwölf Boxkämpfer 🥊 jagen Viktor'
  const message = { role: 'assistant', content }
  const bytes = Buffer.from(JSON.stringify({ id: 'c', model: 'm', choices: [{ message, finish_reason: 'stop' }] }))
  const upstream = await serve(async (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    for (const byte of bytes) {
      response.write(Uint8Array.of(byte))
      await pause(0)
    }
    response.end()
  })
  expect((await upstream.gateway.chat(ask)).text).toBe(content)
})
