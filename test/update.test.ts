import { expect, test } from 'vitest'
import { byVerdict, chain, createGateway, ordered } from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic.ts'
import { google } from '../src/providers/google.ts'
import { openai } from '../src/providers/openai.ts'
import { answer, overloaded, stream } from '../src/testing/index.ts'
import { createPair, createWorld, drain, failureOf } from './world.ts'

const hello = { model: 'pair', messages: 'Hello' }

test('routes change at once, for all clients of the gateway', async () => {
  const world = createWorld()
  const gateway = createPair(world)
  const user = gateway.with({ user: 'u1' })
  await user.chat(hello)
  gateway.update({ models: { pair: ['google/c'] } })
  await user.chat(hello)
  expect(world.asked()).toEqual(['a', 'c'])
  expect((await failureOf(gateway.chat({ ...hello, model: 'solo' }))).status).toBe(404)
})

test('what is not named stays', async () => {
  const world = createWorld()
  const gateway = createPair(world, { fallback: { general: { solo: ['spare'] } } })
  gateway.update({ routing: ordered() })
  world.simulator.on({ model: 'a' }).reply(overloaded())
  await world.clock.run(gateway.chat({ ...hello, model: 'solo' }))
  expect(world.asked().at(-1)).toBe('c')
})

test('an open circuit stays open', async () => {
  const world = createWorld()
  const gateway = createPair(world, { retry: { limit: 0 }, breaker: { consecutiveFailures: 1, cooldown: '1h' } })
  world.simulator.on({ model: 'a' }).reply(overloaded())
  await world.clock.run(gateway.chat(hello))
  gateway.update({ models: { pair: ['openai/a', 'google/c'] } })
  await gateway.chat(hello)
  expect(world.asked()).toEqual(['a', 'b', 'c'])
})

test('a call under way goes on as it began', async () => {
  const world = createWorld()
  world.simulator.on().reply(stream(['one ', 'two ', 'three']))
  const gateway = createPair(world)
  const reply = await gateway.chat({ ...hello, stream: true })
  gateway.update({ models: { other: ['google/c'] } })
  const texts = (await world.clock.run(drain(reply))).map((event) => (event.type === 'text-delta' ? event.text : ''))
  expect(texts.join('')).toBe('one two three')
})

test('a call under way goes on to the substitutes that it began with', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(overloaded())
  world.simulator.on({ model: 'c' }).reply('Hello')
  let update = (): void => {}
  const gateway = createPair(world, {
    fallback: { general: { solo: ['spare'] } },
    retry: { limit: 0 },
    attempt: [
      (attempt, next) => {
        update()
        return next(attempt)
      },
    ],
  })
  update = () => gateway.update({ models: { other: ['openai/x'] }, fallback: {} })
  const { trace } = await world.clock.run(gateway.chat({ ...hello, model: 'solo' }))
  expect(trace.deployment).toBe('google/c')
})

test('a call that is judged while the routing changes goes where its judge says', async () => {
  const world = createWorld()
  let decide = (_: 'flagged'): void => {}
  const judged = () =>
    byVerdict(() => new Promise<'flagged'>((resolve) => (decide = resolve)), { flagged: 'anthropic/b' })
  const gateway = createPair(world, { routing: chain(judged(), ordered()) })
  const call = gateway.chat(hello)
  await world.clock.settle()
  const decided = decide
  gateway.update({ routing: chain(judged(), ordered()) })
  decided('flagged')
  await call
  expect(world.asked()).toEqual(['b'])
})

test('providers may come and go, and with them the hosts that gateway.fetch knows', async () => {
  const world = createWorld({ unmatched: answer('Hello') })
  const gateway = createGateway({ providers: [openai], runtime: world.runtime })
  const { fetch } = gateway
  const ask = (): Promise<Response> =>
    fetch('https://api.anthropic.com/v1/messages', {
      method: 'POST',
      body: JSON.stringify({ model: 'claude-haiku-4-5', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }),
    })
  expect((await ask()).status).toBe(400)
  gateway.update({ providers: [openai, anthropic] })
  expect((await ask()).status).toBe(200)
})

test('preferences of the gateway may change', async () => {
  const world = createWorld()
  const gateway = createPair(world)
  gateway.update({ prefer: { ignore: ['openai'] } })
  await gateway.chat(hello)
  expect(world.asked()).toEqual(['b'])
})

test('what is wrong is refused, and changes nothing', async () => {
  const world = createWorld()
  const gateway = createPair(world)
  expect(() => gateway.update({ models: { pair: ['mistral/x'] } })).toThrow('mistral/x')
  expect(() => gateway.update({ fallback: { general: { nobody: ['pair'] } } })).toThrow('nobody')
  expect(() => gateway.update({ providers: [google, google] })).toThrow('google')
  expect(() => gateway.update({ model: {} } as never)).toThrow('Did you mean models?')
  expect(() => gateway.update({ maxAttempts: 1 } as never)).toThrow(
    'gateway.update changes no maxAttempts. Known are: providers, models, routing, fallback, prefer.',
  )
  await gateway.chat(hello)
  expect(world.asked()).toEqual(['a'])
})
