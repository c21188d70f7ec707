import { expect, test, vi } from 'vitest'
import { concurrency, createGateway, type Runtime, type Trace } from '../../src/index.ts'
import { provider } from '../../src/providers/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { defaultRuntime } from '../../src/runtime.ts'
import { respond, slow, stalled, stream } from '../../src/testing/index.ts'
import { createPair, createWorld, drain, failureOf } from '../world.ts'

const ask = { model: 'solo', messages: 'Hello' } as const
const once = { retry: { limit: 0 } } as const

test('a stream that does not begin is given up after a minute', async () => {
  const world = createWorld()
  world.simulator.on().reply(stalled())
  const before = world.clock.now()
  const error = await world.clock.run(failureOf(createPair(world, once).chat({ ...ask, stream: true })))
  expect(error).toMatchObject({ code: 'timed_out', status: 504, provider: 'openai' })
  expect(world.clock.now() - before).toBe(60_000)
  expect(world.simulator.running).toBe(0)
})

test('a stream is given two minutes where much thought was asked for', async () => {
  const world = createWorld()
  world.simulator.on().reply(stalled())
  const before = world.clock.now()
  await world.clock.run(
    failureOf(createPair(world, once).chat({ ...ask, stream: true, reasoning: { effort: 'high' } })),
  )
  expect(world.clock.now() - before).toBe(120_000)
})

test('fault: no timeout between chunks, so that a stalled stream hangs. It ends after a minute of silence', async () => {
  const world = createWorld()
  world.simulator.on().reply(stream(['a', 'b'], { stallAfter: 1 }))
  const gateway = createPair(world, once)
  const reply = await world.clock.run(gateway.chat({ ...ask, stream: true }))
  const before = world.clock.now()
  const error = await world.clock.run(failureOf(drain(reply)))
  expect(error.code).toBe('timed_out')
  expect(world.clock.now() - before).toBe(60_000)
  expect(reply.trace.status).toBe('failed')
  expect(world.clock.pending).toBe(0)
})

test('slow tokens are no silence', async () => {
  const world = createWorld()
  world.simulator.on().reply(slow(stream(['a', 'b', 'c']), '50s'))
  const text = await world.clock.run(
    createPair(world, once)
      .chat({ ...ask, stream: true })
      .then((reply) => drain(reply.textStream)),
  )
  expect(text.join('')).toBe('abc')
})

test('pings keep a stream alive', async () => {
  const world = createWorld()
  world.simulator.on().reply(stream(['a', 'b'], { gap: '3m', ping: '20s' }))
  const text = await world.clock.run(
    createPair(world, once)
      .chat({ ...ask, stream: true })
      .then((reply) => drain(reply.textStream)),
  )
  expect(text.join('')).toBe('ab')
})

test('the whole call has one deadline, over all attempts and waits', async () => {
  const world = createWorld()
  world.simulator.on().reply(stalled())
  const before = world.clock.now()
  const error = await world.clock.run(
    failureOf(createPair(world, { timeouts: { total: '30s' } }).chat({ model: 'pair', messages: 'Hello' })),
  )
  expect(error.code).toBe('timed_out')
  expect(world.clock.now() - before).toBe(30_000)
})

test("the caller's own timeout wins", async () => {
  const world = createWorld()
  world.simulator.on().reply(stalled())
  const before = world.clock.now()
  await world.clock.run(failureOf(createPair(world).chat({ ...ask, timeout: 1500 })))
  expect(world.clock.now() - before).toBe(1500)
})

test('a stream that nobody reads is cancelled after a minute, and settles', async () => {
  const world = createWorld()
  world.simulator.on().reply(stream(['a', 'b', 'c'], { gap: '1s' }))
  const reply = await world.clock.run(createPair(world).chat({ ...ask, stream: true }))
  await world.clock.advance('61s')
  expect(reply.trace.status).toBe('cancelled')
  expect(world.simulator.calls[0]?.outcome).not.toBe('running')
  expect(world.clock.pending).toBe(0)
})

test('a key that never comes is waited for no longer than the call lasts, and not at all once the caller has left', async () => {
  const world = createWorld()
  const gateway = createGateway({
    providers: [provider(openai, { apiKey: () => new Promise<string>(() => {}) })],
    concurrency: concurrency({ limit: 1, queue: 0 }),
    runtime: world.runtime,
  })
  const call = { model: 'openai/a', messages: 'Hello' } as const
  expect((await world.clock.run(failureOf(gateway.chat({ ...call, timeout: '5s' })))).code).toBe('timed_out')
  const caller = new AbortController()
  const left = failureOf(gateway.chat({ ...call, signal: caller.signal }))
  await world.clock.settle()
  caller.abort()
  expect((await world.clock.run(left)).code).toBe('cancelled')
  expect(world.clock.pending).toBe(0)
})

test.each([Number.POSITIVE_INFINITY, '30d'] as const)('a time of %s is no time of a millisecond', async (total) => {
  vi.useFakeTimers()
  const world = createWorld()
  const { now: _, timer: __, ...runtime } = world.runtime
  const fetch: Runtime['fetch'] = async (url, init) => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    return runtime.fetch!(url, init)
  }
  const gateway = createGateway({
    providers: [openai],
    timeouts: { total, idle: total, unread: total },
    runtime: { ...runtime, fetch },
  })
  const reply = gateway.chat({ model: 'openai/a', messages: 'Hello' })
  reply.catch(() => {})
  await vi.advanceTimersByTimeAsync(200)
  expect((await reply).text).toBe('You said: Hello')
  expect(vi.getTimerCount()).toBe(0)

  let rung = 0
  const ring = (): void => void rung++
  const cancel = defaultRuntime.timer(Number.POSITIVE_INFINITY, ring)
  defaultRuntime.timer(60 * 86_400_000, ring)
  await vi.advanceTimersByTimeAsync(59 * 86_400_000)
  expect(rung).toBe(0)
  await vi.advanceTimersByTimeAsync(2 * 86_400_000)
  expect(rung).toBe(1)
  cancel()
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

test('a whole answer to a request for a stream settles too when nobody reads it', async () => {
  const world = createWorld()
  const choice = { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }
  const body = { id: 'c', object: 'chat.completion', created: 1, model: 'a', choices: [choice] }
  world.simulator.on().reply(respond({ body }))
  const closed: Trace[] = []
  const gateway = createPair(world, { telemetry: [(trace) => void closed.push(trace)] })
  const stream = await gateway.chat({ ...ask, stream: true })
  await world.clock.advance('61s')
  await gateway.flush()
  expect(stream.trace.status).toBe('cancelled')
  expect(closed).toHaveLength(1)

  const read = await gateway.chat({ ...ask, stream: true })
  expect((await drain(read.textStream)).join('')).toBe('Hello')
  expect(read.trace.status).toBe('completed')
  expect(world.clock.pending).toBe(0)
})
