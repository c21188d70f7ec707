import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts'
import { createGateway, provider } from '../../src/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { bytesInUse } from './memory.ts'

// Law 10: a slow reader slows the provider, with at most 64 KB buffered for each stream beyond what `fetch` itself holds.

let server: ChildProcess
let baseURL: string
beforeAll(async () => {
  server = fork(new URL('./endless-server.mjs', import.meta.url), { execArgv: [] })
  const [port] = (await once(server, 'message')) as [number]
  baseURL = `http://127.0.0.1:${port}/v1`
})
afterAll(() => void server.kill())

test('2,000 streams at once with slow readers keep at most 64 KB each', async () => {
  const gateway = createGateway({
    providers: [provider(openai, { baseURL, apiKey: 'key' })],
    dialects: [anthropicMessages],
  })
  const question = { messages: [{ role: 'user' as const, content: 'Hi' }], stream: true as const }
  const init = (): RequestInit => ({
    method: 'POST',
    body: JSON.stringify({ ...question, model: 'openai/m', max_tokens: 10 }),
  })
  const readOnce = async ({ body }: Response): Promise<() => Promise<unknown>> => {
    const reader = body!.getReader()
    expect((await reader.read()).value?.length).toBeGreaterThan(0)
    return () => reader.cancel()
  }
  /** Opens a stream, reads from it once, and tells how to leave it. */
  const kinds: Record<string, () => Promise<() => Promise<unknown>>> = {
    'fetch itself': async () => readOnce(await fetch(`${baseURL}/chat/completions`, init())),
    'gateway.chat': async () => {
      const iterator = (await gateway.chat({ ...question, model: 'openai/m' }))[Symbol.asyncIterator]()
      expect((await iterator.next()).done).toBe(false)
      return () => iterator.return!()
    },
    'gateway.fetch, passed through': async () => readOnce(await gateway.fetch(`${baseURL}/chat/completions`, init())),
    'gateway.fetch, translated': async () => readOnce(await gateway.fetch(`${baseURL}/messages`, init())),
  }

  // What code, pools and tables take is not a stream's.
  for (const open of Object.values(kinds)) await leave(await start(open, 50))

  const held = new Map<string, number>()
  const open: (() => Promise<unknown>)[] = []
  let before = await bytesInUse()
  for (const [kind, begin] of Object.entries(kinds)) {
    open.push(...(await start(begin, 700)))
    await pause(1000)
    const after = await bytesInUse()
    held.set(kind, (after - before) / 700)
    before = after
  }
  console.log([...held].map(([kind, bytes]) => `${kind}: ${(bytes / 1024).toFixed(1)} KB a stream`).join('\n'))
  await leave(open)
  for (const bytes of held.values()) expect(bytes - held.get('fetch itself')!).toBeLessThanOrEqual(64 * 1024)
}, 120_000)

async function start(begin: () => Promise<() => Promise<unknown>>, count: number): Promise<(() => Promise<unknown>)[]> {
  const open: (() => Promise<unknown>)[] = []
  while (open.length < count) open.push(...(await Promise.all(Array.from({ length: 50 }, begin))))
  return open
}

/** Leaves streams, and waits until the server has seen that. */
async function leave(open: readonly (() => Promise<unknown>)[]): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    let count = 0
    const onClosed = (): void => {
      if (++count < open.length) return
      server.off('message', onClosed)
      resolve()
    }
    server.on('message', onClosed)
  })
  await Promise.all(open.map((end) => end()))
  await closed
}
