import { afterAll, expect, test } from 'vitest'
import { startWorker } from './workerd.ts'

// On workerd an upstream request belongs to the request that made it. The upstream stands outside of the worker here.

let upstreamCalls = 0
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function upstream(request: { text(): Promise<string> }): Promise<Response> {
  upstreamCalls++
  const { stream, messages } = JSON.parse(await request.text()) as { stream?: boolean; messages: { content: string }[] }
  const words = [messages.at(-1)!.content, ' and', ' more']
  const head = { id: 'c', model: 'gpt-5-mini', created: 1 }
  const usage = { prompt_tokens: 10, completion_tokens: 3, total_tokens: 13 }
  await pause(50)
  if (!stream) {
    const message = { role: 'assistant', content: words.join('') }
    return Response.json({
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message, finish_reason: 'stop' }],
      usage,
    })
  }
  const frame = (value: unknown): Uint8Array => new TextEncoder().encode(`data: ${JSON.stringify(value)}\n\n`)
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (const content of words) {
        controller.enqueue(frame({ ...head, choices: [{ index: 0, delta: { content }, finish_reason: null }] }))
        await pause(20)
      }
      controller.enqueue(frame({ ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }))
      controller.enqueue(frame({ ...head, choices: [], usage }))
      controller.close()
    },
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
}

const worker = await startWorker('workers/flights.ts', { upstream })
afterAll(() => worker.dispose())

const textOf = (body: string): string => [...body.matchAll(/"content":"([^"]+)"/g)].map(([, text]) => text).join('')

test('a whole and a streamed call over a real upstream request', async () => {
  const whole = await worker.fetch('/whole?q=one')
  expect(await whole.json()).toEqual({ text: 'one and more', cache: 'miss' })
  const streamed = await worker.fetch('/stream?q=two')
  expect(textOf(await streamed.text())).toBe('two and more')
})

test('a call settles after its reply, through waitUntil', async () => {
  const before = ((await (await worker.fetch('/settled')).json()) as { settled: unknown[] }).settled.length
  await (await worker.fetch('/stream?q=settle')).text()
  await pause(50)
  const after = (await (await worker.fetch('/settled')).json()) as {
    settled: { status: string; cost: number }[]
    spent: number
    reserved: number
  }
  expect(after.settled).toHaveLength(before + 1)
  expect(after.settled.at(-1)).toMatchObject({ status: 'completed', cost: expect.any(Number) })
  expect(after.spent).toBeGreaterThan(0)
  expect(after.reserved).toBe(0)
})

test('a stream whose reader leaves settles too', async () => {
  const response = await worker.fetch('/stream?q=leave')
  for await (const _ of response.body!) break
  await pause(200)
  const { settled, reserved } = (await (await worker.fetch('/settled')).json()) as {
    settled: { status: string }[]
    reserved: number
  }
  expect(['cancelled', 'completed']).toContain(settled.at(-1)?.status)
  expect(reserved).toBe(0)
})

test.each(['/whole', '/stream'])(
  'two identical calls at once on %s both get the answer, by one upstream request',
  async (path) => {
    const before = upstreamCalls
    const q = `${path}?q=twins${path.slice(1)}`
    const bodies = await Promise.all([1, 2].map(async () => (await worker.fetch(q)).text()))
    for (const body of bodies) expect(body).toContain(' and')
    expect(upstreamCalls - before).toBe(1)
  },
)

test.each(['/lonely/whole', '/lonely/stream'])(
  'without waitUntil each call on %s flies alone, and none hangs',
  async (path) => {
    const before = upstreamCalls
    const q = `${path}?q=alone${path.slice(8)}`
    const bodies = await Promise.all([1, 2, 3].map(async () => (await worker.fetch(q)).text()))
    for (const body of bodies) expect(body).toContain(' and')
    expect(upstreamCalls - before).toBe(3)
  },
)
