import { expect, test } from 'vitest'
import { cache } from '../../src/cache/cache.ts'
import { createGateway, type GatewayOptions } from '../../src/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { stream } from '../../src/testing/index.ts'
import { createWorld, drain, type World } from '../world.ts'

test('a gateway answers the second of two equal calls from its cache, whole or streamed, at no cost', async () => {
  const world = createWorld()
  const gateway = cachedGateway(world)
  const first = await world.clock.run(gateway.chat({ model: 'fast', messages: 'Hello' }))
  const second = await world.clock.run(gateway.chat({ model: 'fast', messages: 'Hello' }))
  const third = await world.clock.run(gateway.chat({ model: 'fast', messages: 'Hello', stream: true }))
  expect(await world.clock.run(third.response)).toEqual(first.response)
  expect(second.response).toEqual(first.response)
  expect(second.response).not.toBe(first.response)
  expect([first.trace.cache, second.trace.cache, third.trace.cache]).toEqual(['miss', 'hit', 'hit'])
  expect([second.trace.cost, third.trace.cost]).toEqual([0, 0])
  expect([second.trace.usage, third.trace.usage]).toEqual([first.trace.usage, first.trace.usage])
  expect(world.asked()).toEqual(['a'])
})

test('a hundred equal calls at once, streamed and whole, ask one provider once', async () => {
  const world = createWorld()
  const gateway = cachedGateway(world)
  const texts = await world.clock.run(
    Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const reply = await gateway.chat({ model: 'fast', messages: 'Hello', stream: index % 2 === 0 })
        return 'textStream' in reply ? (await drain(reply.textStream)).join('') : reply.text
      }),
    ),
  )
  expect(new Set(texts).size).toBe(1)
  expect(texts[0]).not.toBe('')
  expect(world.asked()).toEqual(['a'])
  expect(world.clock.pending).toBe(0)
})

test("a caller who leaves ends its own wait only; the last one ends the provider's work", async () => {
  const world = createWorld()
  world.simulator.on().reply('late', { after: '30s' })
  const gateway = cachedGateway(world)
  const callers = [new AbortController(), new AbortController()]
  const asked = callers.map(({ signal }) => gateway.chat({ model: 'fast', messages: 'Hello', signal }))
  const outcomes = Promise.allSettled(asked)
  await world.clock.advance('1s')
  callers[0]!.abort()
  await world.clock.settle()
  expect(world.simulator.calls[0]).toMatchObject({ outcome: 'running' })
  callers[1]!.abort()
  await world.clock.settle()
  expect(world.simulator.calls[0]).toMatchObject({ outcome: 'aborted' })
  expect(await outcomes).toMatchObject([{ reason: { code: 'cancelled' } }, { reason: { code: 'cancelled' } }])
  expect(world.clock.pending).toBe(0)
})

test('whoever shares a stream reads it to its end, however long it lasts; one who does not read is let go', async () => {
  const world = createWorld()
  const words = Array.from({ length: 100 }, (_, index) => `${index} `)
  world.simulator.on().reply(stream(words, { gap: '2s' }))
  const gateway = cachedGateway(world)
  const ask = () => gateway.chat({ model: 'fast', messages: 'Hello', stream: true })
  const [first, second, forgotten] = await world.clock.run(Promise.all([ask(), ask(), ask()]))
  const read = Promise.all([drain(first.textStream), drain(second.textStream)])
  expect((await world.clock.run(read)).map((texts) => texts.join(''))).toEqual([words.join(''), words.join('')])
  expect([first, second, forgotten].map(({ trace }) => [trace.cache, trace.status])).toEqual([
    ['miss', 'completed'],
    ['shared', 'completed'],
    ['shared', 'cancelled'],
  ])
  expect(forgotten.trace.duration).toBe(60_000)
  expect(world.clock.pending).toBe(0)
})

test('a stream may go unread for as long as the gateway says, whether a cache shares it or not', async () => {
  for (const unread of [20_000, 300_000]) {
    const world = createWorld()
    const gateway = cachedGateway(world, { timeouts: { unread } })
    const ask = () => gateway.chat({ model: 'fast', messages: 'Hello', stream: true })
    const streams = await world.clock.run(Promise.all([ask(), ask()]))
    await world.clock.advance(unread - 1)
    expect(streams.map(({ trace }) => trace.status)).toEqual(['running', 'running'])
    await world.clock.advance(1)
    expect(streams.map(({ trace }) => trace.duration)).toEqual([unread, unread])
    expect(streams.map(({ trace }) => trace.status)).toEqual(['cancelled', 'cancelled'])
    expect(world.clock.pending).toBe(0)
  }
})

function cachedGateway({ runtime }: World, options: Pick<GatewayOptions<[], unknown>, 'timeouts'> = {}) {
  return createGateway({ providers: [openai], models: { fast: ['openai/a'] }, cache: cache(), runtime, ...options })
}
