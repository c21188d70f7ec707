import { expect, test } from 'vitest'
import { budget, createGateway, limits, ordered } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { openai } from '../../src/providers/openai.ts'
import {
  contentFiltered,
  contextWindowExceeded,
  invalidRequest,
  quotaExhausted,
  serverError,
} from '../../src/testing/index.ts'
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

test('groups without an entry of their own have the default, those with one do not', async () => {
  const world = createWorld()
  world.simulator.on({ provider: 'openai' }).reply(serverError())
  world.simulator.on({ provider: 'anthropic' }).reply(serverError())
  const gateway = createPair(world, {
    fallback: { general: { pair: [] }, default: ['spare'] },
    retry: { limit: 0 },
  })
  await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }))
  expect(world.asked()).toEqual(['a', 'c'])
  await world.clock.run(failureOf(gateway.chat({ model: 'pair', messages: 'Hello' })))
  expect(world.asked()).toEqual(['a', 'c', 'a', 'b'])
  expect((await gateway.explain({ model: 'solo', messages: 'Hello' })).fallbacks).toEqual({ general: ['spare'] })
})

test('a typed list without an entry falls through to the default as well', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(contentFiltered())
  const gateway = createPair(world, { fallback: { contentPolicy: { pair: ['solo'] }, default: ['spare'] } })
  await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }))
  expect(world.asked()).toEqual(['a', 'c'])
})

test('a group whose default names it is not asked twice', async () => {
  const world = createWorld()
  world.simulator.on().reply(serverError())
  const gateway = createPair(world, { fallback: { default: ['spare'] }, retry: { limit: 0 } })
  await world.clock.run(failureOf(gateway.chat({ model: 'spare', messages: 'Hello' })))
  expect(world.asked()).toEqual(['c'])
})

test('a call may do without substitutes, or name its own', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const gateway = createPair(world, { fallback: { general: { solo: ['spare'] } }, retry: { limit: 0 } })
  await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello', fallback: false })))
  expect(world.asked()).toEqual(['a'])
  const own = ['anthropic/own']
  const reply = await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello', fallback: own }))
  expect(world.asked()).toEqual(['a', 'a', 'own'])
  expect(reply.trace.fallbacks).toEqual([{ from: 'solo', to: 'anthropic/own', because: 'provider_unavailable' }])
  expect(own).toEqual(['anthropic/own'])
})

test("a call's own substitutes serve every kind of failure", async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(contextWindowExceeded())
  const gateway = createPair(world, { fallback: { contextWindow: { solo: ['anthropic/b'] } } })
  await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello', fallback: ['spare'] }))
  expect(world.asked()).toEqual(['a', 'c'])
})

test('a substitute of a call that nobody knows is refused before anything is sent', async () => {
  const world = createWorld()
  const gateway = createPair(world)
  const error = await failureOf(gateway.chat({ model: 'solo', messages: 'Hello', fallback: ['sapre'] }))
  expect(error).toMatchObject({ code: 'invalid_request', status: 400 })
  expect(error.message).toContain('"sapre"')
  expect(world.asked()).toEqual([])
})

test.each([
  [{ general: { pair: ['nobody'] } }, 'fallback.general names "nobody"'],
  [{ contextWindow: { nobody: ['pair'] } }, 'fallback.contextWindow names "nobody"'],
  [{ default: ['nobody'] }, 'fallback.default names "nobody"'],
  [{ general: { pair: ['solo', 'pair'] } }, 'fallback.general.pair names "pair" itself'],
  [{ general: { pair: ['solo', 'solo'] } }, 'fallback.general.pair names "solo" twice'],
  [{ default: ['solo', 'solo'] }, 'fallback.default names "solo" twice'],
  [{ default: { pair: ['solo'] } as never }, 'fallback.default is an object: it must be a list of groups'],
])('%j is refused when the gateway is made', (fallback, message) => {
  expect(() => createPair(createWorld(), { fallback })).toThrow(message)
})

test('two groups may step in for each other: lists are those of the group that was asked, and go round in no circle', async () => {
  const world = createWorld()
  world.simulator.on().reply(serverError())
  const gateway = createPair(world, {
    fallback: { general: { solo: ['spare'], spare: ['solo'] } },
    retry: { limit: 0 },
  })
  await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello' })))
  expect(world.asked()).toEqual(['a', 'c'])
})

test('a budget that a group does not fit into has a list of its own', async () => {
  const world = createWorld()
  const price = (output: number) => ({ price: { input: 0.1, output }, context: 1000, maxOutput: 1000 })
  const gateway = createGateway({
    providers: [openai, anthropic],
    models: {
      dear: [{ model: 'openai/dear', facts: price(1000) }],
      cheap: [{ model: 'anthropic/cheap', facts: price(0.1) }],
    },
    fallback: { overBudget: { dear: ['cheap'] } },
    limits: limits({ rules: [budget({ by: 'team', limit: 0.01, per: 'day' })] }),
    runtime: world.runtime,
  })
  const ask = { model: 'dear' as const, messages: 'Hello', maxOutputTokens: 500 }
  const reply = await world.clock.run(gateway.with({ team: 'x' }).chat(ask))
  expect(world.asked()).toEqual(['cheap'])
  expect(reply.trace.fallbacks).toMatchObject([{ from: 'dear', to: 'cheap' }])
})

test('fault: a substitute is sent what only the first understands. It is translated or left out, with a warning in the trace', async () => {
  const world = createWorld()
  world.simulator.on({ provider: 'openai' }).reply(serverError())
  const gateway = createGateway({
    providers: [openai, anthropic],
    models: { first: ['openai/gpt-5-mini'], second: ['anthropic/claude-haiku-4-5'] },
    fallback: { general: { first: ['second'] } },
    retry: { limit: 0 },
    runtime: world.runtime,
  })
  const request = {
    model: 'first' as const,
    messages: 'Hello',
    stop: ['END'],
    seed: 7,
    logitBias: { '50256': -100 },
    frequencyPenalty: 0.5,
  }
  const before = structuredClone(request)
  const { trace } = await world.clock.run(gateway.chat(request))
  const [sent, translated] = world.simulator.calls.map(({ body }) => body as Record<string, unknown>)
  expect(sent).toMatchObject({ seed: 7, stop: ['END'], frequency_penalty: 0.5 })
  expect(translated).toMatchObject({ stop_sequences: ['END'] })
  expect(translated).not.toHaveProperty('seed')
  expect(translated).not.toHaveProperty('logit_bias')
  for (const name of ['seed', 'logitBias', 'frequencyPenalty']) expect(trace.warnings.join()).toContain(name)
  // The call is as it was.
  expect(request).toEqual(before)
})

test('fault: config mutated by a fallback. Frozen options serve as well as others', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const freeze = <T>(value: T): T => {
    if (typeof value === 'object' && value !== null) for (const one of Object.values(Object.freeze(value))) freeze(one)
    return value
  }
  const fallback = freeze({ general: { solo: ['pair', 'spare'] }, default: ['spare'] })
  const models = freeze({ pair: ['openai/a', 'anthropic/b'], solo: ['openai/a'], spare: ['google/c'] })
  const gateway = createPair(world, { fallback, models })
  for (let call = 0; call < 3; call++)
    expect((await world.clock.run(gateway.chat(freeze({ model: 'solo', messages: 'Hello' })))).text).toBe(
      'You said: Hello',
    )
})

test('fault: what is wrong with the request is sent to every substitute. It is sent to none', async () => {
  const world = createWorld()
  world.simulator.on().reply(invalidRequest('no'))
  const gateway = createPair(world, { fallback: { default: ['spare'] }, routing: ordered() })
  await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello', fallback: ['spare'] })))
  expect(world.asked()).toEqual(['a'])
})

test.each(['constructor', 'toString', '__proto__'])('a model may be called %s', async (model) => {
  const world = createWorld()
  world.simulator.on({ model }).reply(serverError())
  const gateway = createPair(world, {
    models: { '*': ['openai/*'], spare: ['google/c'] },
    fallback: { general: { spare: ['*'] }, default: ['spare'] },
    retry: { limit: 0 },
  })
  const reply = await world.clock.run(gateway.chat({ model, messages: 'Hello' }))
  expect(world.asked()).toEqual([model, 'c'])
  expect(reply.text).toBe('You said: Hello')
})
