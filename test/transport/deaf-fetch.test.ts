import { expect, test } from 'vitest'
import { createGateway, provider } from '../../src/index.ts'
import { cohere } from '../../src/providers/cohere.ts'
import { openai } from '../../src/providers/openai.ts'
import type { Fetch } from '../../src/runtime.ts'
import { failureOf } from '../world.ts'

// Fetches that hear of no abort, as some runtimes and mocks have them.

interface Deaf {
  readonly fetch: Fetch
  /** Answers the nth request, which has been waiting. */
  readonly answer: (nth: number, response: Response) => void
  readonly sent: () => number
}

function deafFetch(): Deaf {
  const waiting: ((response: Response) => void)[] = []
  return {
    fetch: () => new Promise((resolve) => void waiting.push(resolve as never)),
    answer: (nth, response) => waiting[nth - 1]?.(response),
    sent: () => waiting.length,
  }
}

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

/** A body that never ends, and tells whether it was cancelled. */
function endless(): { readonly body: ReadableStream<Uint8Array>; readonly left: () => boolean } {
  let left = false
  const body = new ReadableStream<Uint8Array>({
    pull: () => new Promise(() => {}),
    cancel() {
      left = true
    },
  })
  return { body, left: () => left }
}

test('an answer that comes after the caller has left is not read: its body is let go', async () => {
  const { fetch, answer, sent } = deafFetch()
  const gateway = createGateway({ providers: [provider(openai, { apiKey: 'key' })], runtime: { fetch } })
  const controller = new AbortController()
  const failure = failureOf(gateway.chat({ model: 'openai/m', messages: 'Hi', signal: controller.signal }))
  await turns()
  expect(sent()).toBe(1)
  controller.abort()
  expect((await failure).code).toBe('cancelled')
  const late = endless()
  answer(1, new Response(late.body, { headers: { 'content-type': 'application/json' } }))
  await turns()
  expect(late.left()).toBe(true)
})

test('a caller who leaves while a body is read is told at once', async () => {
  const { fetch, answer } = deafFetch()
  const gateway = createGateway({ providers: [provider(openai, { apiKey: 'key' })], runtime: { fetch } })
  const controller = new AbortController()
  const failure = failureOf(gateway.chat({ model: 'openai/m', messages: 'Hi', signal: controller.signal }))
  await turns()
  answer(1, new Response(endless().body, { headers: { 'content-type': 'application/json' } }))
  await turns()
  controller.abort()
  expect((await failure).code).toBe('cancelled')
})

test('of a request in parts none is sent after the caller has left', async () => {
  const { fetch, answer, sent } = deafFetch()
  const gateway = createGateway({ providers: [provider(cohere, { apiKey: 'key' })], runtime: { fetch } })
  const controller = new AbortController()
  const input = Array.from({ length: 200 }, (_, index) => `text ${index}`)
  const failure = failureOf(gateway.embed({ model: 'cohere/embed-v4.0', input, signal: controller.signal }))
  await turns()
  controller.abort()
  expect((await failure).code).toBe('cancelled')
  answer(1, Response.json({ embeddings: { float: [] } }))
  await turns()
  expect(sent()).toBe(1)
})

test('what passes through and comes after the caller has left is let go, too', async () => {
  const { fetch, answer, sent } = deafFetch()
  const gateway = createGateway({ providers: [provider(openai, { apiKey: 'key' })], runtime: { fetch } })
  const controller = new AbortController()
  const rejection = gateway.fetch('https://api.openai.com/v1/files', { signal: controller.signal }).catch(() => 'left')
  await turns()
  expect(sent()).toBe(1)
  controller.abort()
  expect(await rejection).toBe('left')
  const late = endless()
  answer(1, new Response(late.body))
  await turns()
  expect(late.left()).toBe(true)
})

test.each(['chat', 'pass-through'])(
  'nothing is sent of a %s call whose caller left while its key was exchanged',
  async (kind) => {
    const { fetch, sent } = deafFetch()
    let exchanged: () => void = () => {}
    const slow = {
      ...openai,
      auth: { ...openai.auth, scheme: () => new Promise<void>((resolve) => void (exchanged = resolve)) },
    }
    const gateway = createGateway({ providers: [provider(slow, { apiKey: 'key' })], runtime: { fetch } })
    const controller = new AbortController()
    const { signal } = controller
    const asked: Promise<unknown> =
      kind === 'chat'
        ? gateway.chat({ model: 'openai/m', messages: 'Hi', signal })
        : gateway.fetch('https://api.openai.com/v1/files', { signal })
    const left = asked.then(
      () => false,
      () => true,
    )
    await turns()
    controller.abort()
    expect(await left).toBe(true)
    exchanged()
    await turns()
    expect(sent()).toBe(0)
  },
)
