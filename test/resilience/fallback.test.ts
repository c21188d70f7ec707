import { expect, test } from 'vitest'
import { contentFiltered, contextWindowExceeded, quotaExhausted, serverError } from '../../src/testing/index.ts'
import { createPair, createWorld, failureOf } from '../world.ts'

test('a group that is used up is followed by its substitutes, in order', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  world.simulator.on({ model: 'b' }).reply(quotaExhausted())
  const gateway = createPair(world, { fallback: { general: { pair: ['spare'] } } })
  const reply = await world.clock.run(gateway.chat({ model: 'pair', messages: 'Hello' }))
  expect(reply.text).toBe('You said: Hello')
  expect(world.asked()).toEqual(['a', 'b', 'c'])
  expect(reply.trace.fallbacks).toEqual([{ from: 'pair', to: 'spare', because: 'quota_exhausted' }])
})

test.each([
  ['context window', contextWindowExceeded(), { contextWindow: { solo: ['spare'] } }],
  ['content policy', contentFiltered(), { contentPolicy: { solo: ['spare'] } }],
])('a failure of the kind "%s" has a list of its own', async (_, step, fallback) => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(step)
  const reply = await world.clock.run(createPair(world, { fallback }).chat({ model: 'solo', messages: 'Hello' }))
  expect(world.asked()).toEqual(['a', 'c'])
  expect(reply.trace.fallbacks).toHaveLength(1)
})

test('a typed list without an entry falls through to the general one', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(contextWindowExceeded())
  const gateway = createPair(world, { fallback: { contextWindow: {}, general: { solo: ['spare'] } } })
  await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }))
  expect(world.asked()).toEqual(['a', 'c'])
})

test('a typed list does not serve other failures', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const gateway = createPair(world, { fallback: { contextWindow: { solo: ['spare'] } } })
  await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello' })))
  expect(world.asked()).toEqual(['a', 'a'])
})

test('fault: config mutated by a fallback. The next call begins with the group that was asked', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError()).then(serverError()).then('back')
  const gateway = createPair(world, { fallback: { general: { solo: ['spare'] } } })
  await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }))
  const reply = await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }))
  expect(reply.text).toBe('back')
  expect(reply.trace.fallbacks).toEqual([])
})

test("fault: a model name of provider A sent to provider B. Each provider gets its own model's name", async () => {
  const world = createWorld()
  world.simulator.on({ provider: 'openai' }).reply(serverError())
  const gateway = createPair(world, { fallback: { general: { solo: ['spare'] } } })
  await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }))
  expect(world.simulator.calls.map(({ provider, model }) => `${provider}/${model}`)).toEqual([
    'openai/a',
    'openai/a',
    'google/c',
  ])
})

test('when all have failed, the error tells of every try', async () => {
  const world = createWorld()
  world.simulator.on().reply(serverError(500))
  const gateway = createPair(world, { fallback: { general: { pair: ['spare'] } } })
  const error = await world.clock.run(failureOf(gateway.chat({ model: 'pair', messages: 'Hello' })))
  expect(error.attempts.map(({ deployment, code, status }) => [deployment, code, status])).toEqual(
    [
      ['openai/a', 'provider_unavailable', 500],
      ['anthropic/b', 'provider_unavailable', 500],
      ['anthropic/b', 'provider_unavailable', 500],
      ['google/c', 'provider_unavailable', 500],
      ['google/c', 'provider_unavailable', 500],
    ].map((line, index) => (index === 2 ? [expect.any(String), line[1], line[2]] : line)),
  )
})
