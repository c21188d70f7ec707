import { describe, expect, test } from 'vitest'
import { cache } from '../../src/index.ts'
import { budget } from '../../src/limits/budget.ts'
import { limits } from '../../src/limits/limits.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { memoryCounters } from '../../src/stores/memory-counters.ts'
import { stream as said, serverError, stalled } from '../../src/testing/index.ts'
import { createWorld, drain, failureOf } from '../world.ts'
import { gatewayIn, worldWith } from './media.ts'

const ask = { model: 'openai/tts-1', input: 'Good morning.', voice: 'alloy' } as const
const eventually = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('sound comes whole, with its kind, its usage and its cost', async () => {
  const world = worldWith()
  const reply = await gatewayIn(world).speak(ask)
  expect(reply.audio.length).toBeGreaterThan(0)
  expect(reply.mediaType).toBe('audio/mpeg')
  expect(reply.usage).toEqual({ characters: 13 })
  expect(reply.cost).toBe(13 * 15e-6)
  expect(reply.cost).toBe(world.simulator.bill.dollars)
  expect(reply.trace).toMatchObject({
    operation: 'speech',
    status: 'completed',
    attempts: [{ charge: { estimated: false } }],
  })
})

test('a model that bills tokens tells them, whole and streamed', async () => {
  const world = worldWith()
  const call = { ...ask, model: 'openai/gpt-4o-mini-tts' }
  const whole = await gatewayIn(world).speak(call)
  const stream = await gatewayIn(world).speak({ ...call, stream: true })
  const pieces = await drain(stream)
  const reply = await stream.reply
  expect(reply.audio).toEqual(whole.audio)
  expect(reply.audio).toEqual(new Uint8Array(Buffer.concat(pieces)))
  expect(reply.usage).toEqual(whole.usage)
  expect(whole.usage.audioOutputTokens).toBeGreaterThan(0)
  expect(whole.cost! + reply.cost!).toBeCloseTo(world.simulator.bill.dollars, 12)
})

describe('a stream', () => {
  test('gives sound as it is made', async () => {
    const world = worldWith()
    world.simulator.on().reply(said(['a', 'b', 'c'], { firstChunk: '1s', gap: '1s' }))
    const pending = gatewayIn(world).speak({ ...ask, stream: true })
    await world.clock.advance(1000)
    const stream = await pending
    const pieces = stream[Symbol.asyncIterator]()
    expect((await pieces.next()).value).toHaveLength(240)
    const second = pieces.next()
    await world.clock.advance(1000)
    expect((await second).value).toHaveLength(240)
    expect(world.simulator.running).toBe(1)
    await pieces.return(undefined)
    expect(world.simulator.calls[0]?.outcome).toBe('aborted')
    expect(stream.trace.status).toBe('cancelled')
    expect(world.simulator.running).toBe(0)
  })

  test('reads no further than its reader asks', async () => {
    let reads = 0
    const body = () =>
      new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            controller.enqueue(new Uint8Array(1000).fill(++reads))
            if (reads === 50) controller.close()
          },
        },
        { highWaterMark: 0 },
      )
    const world = createWorld({ env: { OPENAI_API_KEY: 'key' } })
    const fetch = async (): Promise<Response> => new Response(body(), { headers: { 'content-type': 'audio/mpeg' } })
    const gateway = gatewayIn(world, { runtime: { ...world.runtime, fetch } as never })

    const pieces = (await gateway.speak({ ...ask, stream: true }))[Symbol.asyncIterator]()
    await pieces.next()
    await eventually()
    expect(reads).toBe(1)
    await pieces.next()
    await eventually()
    expect(reads).toBe(2)
    await pieces.return(undefined)

    reads = 0
    const response = await gateway.fetch('https://api.openai.com/v1/audio/speech', {
      method: 'POST',
      body: JSON.stringify({ model: 'tts-1', input: 'Hi', voice: 'alloy' }),
    })
    const reader = response.body!.getReader()
    expect((await reader.read()).value).toEqual(new Uint8Array(1000).fill(1))
    await eventually()
    expect(reads).toBe(1)
    await reader.cancel()
    await eventually()
    expect(reads).toBe(1)
  })

  test('ends the provider’s work at once when its caller leaves', async () => {
    const world = worldWith()
    world.simulator.on().reply(stalled())
    const controller = new AbortController()
    const pending = gatewayIn(world).speak({ ...ask, stream: true, signal: controller.signal })
    await eventually()
    expect(world.simulator.running).toBe(1)
    controller.abort()
    expect((await failureOf(pending)).code).toBe('cancelled')
    expect(world.simulator.calls[0]?.outcome).toBe('aborted')
  })

  test('that breaks off fails its reader, and is paid for as far as it came', async () => {
    const world = worldWith()
    world.simulator.on().reply(said(['a', 'b', 'c'], { dieAfter: 2 }))
    const stream = await gatewayIn(world).speak({ ...ask, stream: true })
    const error = await failureOf(drain(stream))
    expect(error.code).toBe('provider_unavailable')
    expect(stream.trace.attempts[0]).toMatchObject({ status: 'failed', charge: { estimated: true } })
    expect(stream.trace.attempts[0]!.charge!.cost!.total).toBeGreaterThanOrEqual(world.simulator.bill.total)
    await expect(stream.reply).rejects.toThrow(/broke off/)
  })
})

test('the body of a response breaks off where its sound does', async () => {
  const world = worldWith()
  world.simulator.on().reply(said(['a', 'b', 'c'], { dieAfter: 2 }))
  const response = await gatewayIn(world).fetch('https://api.openai.com/v1/audio/speech', {
    method: 'POST',
    body: JSON.stringify(ask).replace('openai/', ''),
  })
  const reader = response.body!.getReader()
  expect((await reader.read()).value).toHaveLength(240)
  expect((await reader.read()).value).toHaveLength(240)
  await expect(reader.read()).rejects.toMatchObject({ code: 'provider_unavailable' })
})

test('a failure before any sound is another one’s turn', async () => {
  const world = worldWith()
  world.simulator
    .on({ provider: 'openai' })
    .reply(serverError())
    .then(said(['a'], { dieAfter: 0 }))
  const gateway = gatewayIn(world)
  for (const stream of [false, true]) {
    const given = await gateway.speak({ ...ask, model: 'voice', stream })
    const reply = 'reply' in given ? await given.reply : given
    expect(reply.mediaType).toBe('audio/wav')
    expect(reply.trace.attempts.map(({ provider, status }) => [provider, status])).toEqual([
      ['openai', 'failed'],
      ['google', 'completed'],
    ])
  }
})

test('sound goes around the cache', async () => {
  const world = worldWith()
  const gateway = gatewayIn(world, { cache: cache({ store: memoryStore() }) })
  await gateway.speak(ask)
  expect((await gateway.speak(ask)).trace.cache).toBe('bypass')
  expect(world.simulator.calls).toHaveLength(2)
})

test('characters are reserved before they are spoken', async () => {
  const world = worldWith()
  const rules = [budget({ limit: 0.0003, per: 'month' })]
  const gateway = gatewayIn(world, { models: {} as never, limits: limits({ store: memoryCounters(), rules }) })
  await gateway.speak(ask)
  expect((await failureOf(gateway.speak(ask))).code).toBe('budget_exceeded')
  expect(world.simulator.calls).toHaveLength(1)
})

test('a budget never shortens what is to be said', async () => {
  const world = worldWith()
  const rules = [budget({ limit: 0.01, per: 'month' })]
  const gateway = gatewayIn(world, { models: {} as never, limits: limits({ store: memoryCounters(), rules }) })
  const reply = await gateway.speak({ ...ask, model: 'openai/gpt-4o-mini-tts' })
  expect(Object.keys(world.simulator.calls[0]!.body as object)).toEqual(['model', 'input', 'voice', 'stream_format'])
  expect(reply.trace.warnings).toEqual([])
})

test.each([
  [{ model: 'm', voice: 'v' }, 'input is missing: it must be a string.'],
  [{ model: 'm', input: 'i' }, 'voice is missing: it must be a string or a object.'],
  [{ model: 'm', input: 'i', voice: 'v', speed: 'fast' }, 'speed is string: it must be a number.'],
  [{ model: 'm', input: 'i', voice: 'v', forma: 'mp3' }, 'Unknown field forma. Did you mean format?'],
])('%j is refused before anything is sent', async (call, message) => {
  const world = worldWith()
  const error = await failureOf(gatewayIn(world).speak(call as never))
  expect([error.code, error.message]).toEqual(['invalid_request', message])
  expect(world.simulator.calls).toEqual([])
})
