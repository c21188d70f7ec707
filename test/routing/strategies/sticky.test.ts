import { expect, test } from 'vitest'
import {
  chain,
  createGateway,
  type Gateway,
  ordered,
  percentageSplit,
  roundRobin,
  type Strategy,
  stable,
  sticky,
  warmCache,
} from '../../../src/index.ts'
import { anthropic } from '../../../src/providers/anthropic.ts'
import { openai } from '../../../src/providers/openai.ts'
import { rateLimited } from '../../../src/testing/index.ts'
import { createWorld, type World } from '../../world.ts'

function gatewayWith(
  routing: ReturnType<typeof sticky>,
  prices: readonly object[] = [],
): { gateway: Gateway; world: World } {
  const world = createWorld()
  const gateway = createGateway({
    providers: [openai, anthropic],
    models: {
      all: ['openai/a', 'openai/b', 'openai/c'].map((model, index) => ({ model, facts: { price: prices[index] } })),
    } as never,
    routing,
    runtime: world.runtime,
  }) as Gateway
  return { gateway, world }
}

const hello = { model: 'all', messages: 'Hello' }

test('a session stays where it began, and others go on in turn', async () => {
  const { gateway, world } = gatewayWith(sticky(roundRobin()))
  for (const session of ['s1', 's2', 's1', 's3', 's2', 's1']) await gateway.with({ session }).chat(hello)
  expect(world.asked()).toEqual(['a', 'b', 'a', 'c', 'b', 'a'])
})

test('calls without a session are left to the other strategy', async () => {
  const { gateway, world } = gatewayWith(sticky(roundRobin()))
  for (let call = 0; call < 4; call++) await gateway.chat(hello)
  expect(world.asked()).toEqual(['a', 'b', 'c', 'a'])
})

test('a session moves when its deployment may not serve, and stays where it went', async () => {
  const { gateway, world } = gatewayWith(sticky(roundRobin()))
  const session = gateway.with({ session: 's' })
  await session.chat(hello)
  world.simulator.on({ model: 'a' }).reply(rateLimited({ retryAfter: '60s' }))
  await world.clock.run(session.chat(hello))
  await session.chat(hello)
  expect(world.asked()).toEqual(['a', 'a', 'b', 'b'])
})

test.each([
  ['sticky', sticky],
  ['warmCache', warmCache],
])('where the other strategy prefers nobody, %s() chooses among all', async (_, around) => {
  const { gateway, world } = gatewayWith(around(percentageSplit({ percent: 100, to: 'nobody' })))
  await gateway.with({ session: 's' }).chat(hello)
  expect(world.asked()).toHaveLength(1)
})

test.each([
  ['sticky', sticky],
  ['warmCache', warmCache],
])('explain shows all candidates of %s() where the other strategy cannot rank them', async (_, around) => {
  const { gateway } = gatewayWith(around((candidates) => candidates[1]!))
  const { candidates } = await gateway.explain(hello)
  expect(candidates.map(({ deployment }) => deployment)).toEqual(['openai/a', 'openai/b', 'openai/c'])
})

test.each([
  ['alone', (routing: Strategy) => routing],
  ['in a chain', (routing: Strategy) => chain(stable(), routing)],
])('a session stays also where it went because nobody else could serve: %s', async (_, within) => {
  const { gateway, world } = gatewayWith(within(sticky(ordered())))
  const session = gateway.with({ session: 's' })
  for (const gone of ['openai/a', 'openai/b']) gateway.breaker.open(gone)
  await session.chat(hello)
  for (const gone of ['openai/a', 'openai/b']) gateway.breaker.close(gone)
  await session.chat(hello)
  expect(world.asked()).toEqual(['c', 'c'])
})

test('a session is forgotten after a while', async () => {
  const { gateway, world } = gatewayWith(sticky(roundRobin(), { ttl: '1m' }))
  const session = gateway.with({ session: 's' })
  await session.chat(hello)
  await world.clock.advance('61s')
  await session.chat(hello)
  expect(world.asked()).toEqual(['a', 'b'])
})

test('explain shows where a session stays, and moves nothing', async () => {
  const { gateway } = gatewayWith(sticky(roundRobin()))
  const session = gateway.with({ session: 's' })
  await session.chat(hello)
  const { candidates } = await session.explain(hello)
  expect(candidates[0]).toMatchObject({ deployment: 'openai/a', scores: [{ strategy: 'sticky', score: 1 }] })
})

const long = 'It was a dark and stormy night. '.repeat(200)
const turn = (...texts: string[]) => ({
  model: 'all',
  messages: texts.map((text, index) => ({
    role: index % 2 ? ('assistant' as const) : ('user' as const),
    content: text,
  })),
})

test('a conversation goes on where its beginning is cached', async () => {
  const { gateway, world } = gatewayWith(warmCache(roundRobin()))
  await gateway.chat(turn(long))
  await gateway.chat(turn('Something else.'))
  await gateway.chat(turn(long, 'I see.', 'And then?'))
  await gateway.chat(turn(long, 'I see.', 'And then?', 'Rain.', 'More?'))
  expect(world.asked()).toEqual(['a', 'b', 'a', 'a'])
})

test('a beginning that is too short for any cache holds nobody', async () => {
  const { gateway, world } = gatewayWith(warmCache(roundRobin()))
  await gateway.chat(turn('Short.'))
  await gateway.chat(turn('Short.', 'Yes.', 'And then?'))
  expect(world.asked()).toEqual(['a', 'b'])
})

test('a cache is cold after five minutes', async () => {
  const { gateway, world } = gatewayWith(warmCache(roundRobin()))
  await gateway.chat(turn(long))
  await world.clock.advance('301s')
  await gateway.chat(turn(long, 'I see.', 'And then?'))
  expect(world.asked()).toEqual(['a', 'b'])
})

test.each([
  ['what the cache saves is worth more', { input: 10, output: 10, cacheRead: 1 }, 'a'],
  ['another costs less all the same', { input: 10, output: 10, cacheRead: 9 }, 'b'],
])('it stays only while that pays: %s', async (_, price, expected) => {
  const { gateway, world } = gatewayWith(warmCache(roundRobin()), [
    price,
    { input: 8, output: 10 },
    { input: 8, output: 10 },
  ])
  await gateway.chat({ ...turn(long), maxOutputTokens: 10 })
  await gateway.chat({ ...turn(long, 'I see.', 'And then?'), maxOutputTokens: 10 })
  expect(world.asked()).toEqual(['a', expected])
})
