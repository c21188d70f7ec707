import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts'
import { cache, createGateway, type Gateway, type GatewayOptions, provider } from '../../src/index.ts'
import { openai } from '../../src/providers/openai.ts'

// Law 10: a reader that leaves aborts its provider request within a turn of the event loop. Over the runtime's own fetch,
// which says on a diagnostics channel when it has broken off a request.

const chunk = (content: string): string =>
  `data: ${JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, delta: { content } }] })}\n\n`

let arrived = 0
const server = createServer((request, response) => {
  arrived++
  request.resume()
  if (request.headers['x-silent']) return
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(chunk('a') + chunk('b'))
})
let baseURL = ''
let broken = 0
const count = (): void => void broken++
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`
  subscribe('undici:request:error', count)
})
afterAll(() => {
  unsubscribe('undici:request:error', count)
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  broken = 0
  arrived = 0
})

function gatewayWith(options: Partial<GatewayOptions<never, never>> = {}, headers = {}): Gateway<string> {
  const row = provider(openai, { baseURL, apiKey: 'key', headers })
  return createGateway({ providers: [row], dialects: [anthropicMessages], ...options } as never) as Gateway<string>
}

const ask = { model: 'openai/m', messages: 'Hi', stream: true } as const
const post = (): RequestInit => ({
  method: 'POST',
  body: JSON.stringify({ model: 'openai/m', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], stream: true }),
})

/** Begins, and gives what leaves. */
const ways: Record<string, () => Promise<() => unknown>> = {
  'out of the loop': async () => {
    const iterator = (await gatewayWith().chat(ask))[Symbol.asyncIterator]()
    await iterator.next()
    return () => iterator.return!()
  },
  'by cancel()': async () => {
    const stream = await gatewayWith().chat(ask)
    return () => stream.cancel()
  },
  'by its signal, in the middle of a read': async () => {
    const controller = new AbortController()
    const stream = await gatewayWith().chat({ ...ask, signal: controller.signal })
    stream.response.catch(() => {})
    await turn()
    return () => controller.abort()
  },
  'by its signal, before the headers': async () => {
    const controller = new AbortController()
    const waiting = gatewayWith({}, { 'x-silent': '1' }).chat({ ...ask, stream: false, signal: controller.signal })
    waiting.catch(() => {})
    while (arrived === 0) await pause(1)
    return () => controller.abort()
  },
  'of a body that passes through': async () => {
    const reader = (await gatewayWith().fetch(`${baseURL}/chat/completions`, post())).body!.getReader()
    await reader.read()
    return () => reader.cancel()
  },
  'of a body that is translated': async () => {
    const reader = (await gatewayWith().fetch(`${baseURL}/messages`, post())).body!.getReader()
    await reader.read()
    return () => reader.cancel()
  },
  'of a flight, as its last': async () => {
    const gateway = gatewayWith({ cache: cache() })
    const [one, two] = await Promise.all([gateway.chat(ask), gateway.chat(ask)])
    expect(arrived).toBe(1)
    await one.cancel()
    expect(broken).toBe(0)
    return () => two.cancel()
  },
}

test.each(Object.entries(ways))('a reader that leaves %s aborts its provider request at once', async (_, begin) => {
  const leave = await begin()
  expect(broken).toBe(0)
  void leave()
  await turn()
  expect(broken).toBe(1)
})
