import { expect, test } from 'vitest'
import { createGateway, ordered, proportional, provider, weightedShuffle } from '../../src/index.ts'
import { serverError, unauthorized } from '../../src/testing/index.ts'
import { createPair, createWorld, failureOf, providers } from '../world.ts'

const hello = { model: 'pair', messages: 'Hello' }

test('fault: weights read from the first deployment only. Traffic follows every weight', async () => {
  const world = createWorld({ seed: 7 })
  const gateway = createGateway({
    providers,
    models: {
      group: [
        { model: 'openai/a', weight: 1 },
        { model: 'openai/b', weight: 2 },
        { model: 'google/c', weight: 5 },
      ],
    },
    routing: weightedShuffle(),
    runtime: world.runtime,
  })
  const calls = 1200
  for (let call = 0; call < calls; call++) await gateway.chat({ model: 'group', messages: 'Hello' })
  const share = (model: string): number => world.asked().filter((asked) => asked === model).length / calls
  expect(share('a')).toBeCloseTo(1 / 8, 1)
  expect(share('b')).toBeCloseTo(2 / 8, 1)
  expect(share('c')).toBeCloseTo(5 / 8, 1)
})

test('a weight of 0 serves only when nobody else can', async () => {
  const world = createWorld()
  const gateway = createGateway({
    providers,
    models: { group: [{ model: 'openai/a', weight: 0 }, 'openai/b'] },
    runtime: world.runtime,
  })
  for (let call = 0; call < 50; call++) await gateway.chat({ model: 'group', messages: 'Hello' })
  expect(new Set(world.asked())).toEqual(new Set(['b']))
  world.simulator.on({ model: 'b' }).reply(serverError())
  await world.clock.run(gateway.chat({ model: 'group', messages: 'Hello' }))
  expect(world.asked().at(-1)).toBe('a')
})

test('lower orders are asked first', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'first' }).reply(serverError())
  const gateway = createGateway({
    providers,
    models: {
      group: [
        { model: 'openai/second', order: 2 },
        { model: 'openai/first', order: 1 },
      ],
    },
    runtime: world.runtime,
  })
  await world.clock.run(gateway.chat({ model: 'group', messages: 'Hello' }))
  expect(world.asked()).toEqual(['first', 'second'])
})

test('an order may be Infinity: asked last, wherever it stands', async () => {
  const world = createWorld()
  const gateway = createGateway({
    providers,
    models: { group: [{ model: 'openai/last', order: Number.POSITIVE_INFINITY }, 'openai/first'] },
    routing: ordered(),
    runtime: world.runtime,
  })
  await gateway.chat({ model: 'group', messages: 'Hello' })
  expect(world.asked()).toEqual(['first'])
})

test('a deployment that a group names twice, and that may not serve, changes nothing for the others', async () => {
  const world = createWorld()
  const gateway = createGateway({
    providers,
    models: { twice: ['openai/a', 'openai/a', 'anthropic/b'] },
    prefer: { ignore: ['openai'] },
    runtime: world.runtime,
  })
  world.simulator.on({ model: 'b' }).reply(unauthorized()).then('Hello')
  await world.clock.run(failureOf(gateway.chat({ model: 'twice', messages: 'Hello' })))
  // Its only key rests, but nobody else is there to be asked.
  expect((await gateway.chat({ model: 'twice', messages: 'Hello' })).text).toBe('Hello')
})

test('ordered() asks in the order of the list', async () => {
  const world = createWorld()
  const gateway = createGateway({
    providers,
    models: { group: ['openai/x', 'openai/y'] },
    routing: ordered(),
    runtime: world.runtime,
  })
  for (let call = 0; call < 20; call++) await gateway.chat({ model: 'group', messages: 'Hello' })
  expect(new Set(world.asked())).toEqual(new Set(['x']))
})

test('proportional() takes any score', () => {
  const deployments = [{ weight: 1 }, { weight: 3 }] as never
  const context = { random: () => 0.26 } as never
  expect(proportional(({ weight }) => weight)(deployments, context)).toEqual({ weight: 3 })
  expect(proportional(() => 0)(deployments, context)).toEqual({ weight: 1 })
})

test('explain shows in front who is due for a probe, for a call asks there first', async () => {
  const world = createWorld()
  const gateway = createPair(world, { breaker: { cooldown: '5s' } })
  gateway.breaker.open('anthropic/b', '5s')
  expect((await gateway.explain(hello)).candidates.map(({ deployment }) => deployment)).toEqual(['openai/a'])
  await world.clock.advance('6s')
  const { candidates } = await gateway.explain(hello)
  expect(candidates.map(({ deployment, share }) => [deployment, share])).toEqual([
    ['anthropic/b', 1],
    ['openai/a', 0],
  ])
  await gateway.chat(hello)
  expect(world.asked()).toEqual(['b'])
})

test('explain shows the substitutes that a call names, and none where it wants none', async () => {
  const gateway = createPair(createWorld(), { fallback: { general: { pair: ['solo'] } } })
  const fallbacksOf = async (more: object): Promise<unknown> => (await gateway.explain({ ...hello, ...more })).fallbacks
  expect(await fallbacksOf({})).toEqual({ general: ['solo'] })
  expect(await fallbacksOf({ fallback: ['spare'] })).toEqual({ general: ['spare'] })
  expect(await fallbacksOf({ fallback: false })).toEqual({})
  expect(await fallbacksOf({ prefer: { allowFallbacks: false } })).toEqual({})
})

test('an unknown name is refused with the names that are known', async () => {
  const world = createWorld()
  const error = await failureOf(createPair(world).chat({ model: 'fsat', messages: 'Hello' }))
  expect(error).toMatchObject({
    code: 'no_eligible_deployment',
    status: 404,
    message:
      'No deployment serves "fsat". Name a group (pair, solo, spare), or provider/model, the provider being one of openai, anthropic, google.',
  })
  expect(world.simulator.calls).toHaveLength(0)
})

test('a model that is not listed works, and says that its price is unknown', async () => {
  const world = createWorld()
  const reply = await createPair(world).chat({ model: 'openai/gpt-99-mega', messages: 'Hello' })
  expect(reply.text).toBe('You said: Hello')
  expect(reply.cost).toBeUndefined()
})

test('a missing key names its variable', async () => {
  const world = createWorld({ env: { OPENAI_API_KEY: undefined } })
  const error = await failureOf(createPair(world).chat({ model: 'solo', messages: 'Hello' }))
  expect(error).toMatchObject({ code: 'no_eligible_deployment', status: 400 })
  expect(error.message).toBe('No deployment can serve "solo" (openai/a: OPENAI_API_KEY is not set).')
})

test('in a group, a deployment without a key leaves the others to serve', async () => {
  const world = createWorld({ env: { OPENAI_API_KEY: undefined } })
  const reply = await createPair(world).chat({ model: 'pair', messages: 'Hello' })
  expect(reply.trace.provider).toBe('anthropic')
})

test('a deployment under another name says what it is, and so has limits and a price', async () => {
  const world = createWorld()
  const { openai } = await import('../../src/providers/openai.ts')
  const mine = provider(openai, { id: 'mine', baseURL: 'https://llm.example.com/v1', apiKey: 'k' })
  const gateway = createGateway({
    providers: [openai, mine],
    models: { group: [{ model: 'mine/prod-7', is: 'openai/gpt-5-mini' }] },
    runtime: world.runtime,
  })
  const reply = await gateway.chat({ model: 'group', messages: 'Hello' })
  expect(world.simulator.calls[0]).toMatchObject({ host: 'llm.example.com', model: 'prod-7', key: 'k' })
  expect(reply.trace.deployment).toBe('mine/prod-7')
  expect(reply.cost).toBeGreaterThan(0)
})

test('explain tells who would serve, at what cost, who is left out and why, and sends nothing', async () => {
  const world = createWorld({
    env: { GEMINI_API_KEY: undefined, GOOGLE_API_KEY: undefined, GOOGLE_GENERATIVE_AI_API_KEY: undefined },
  })
  const gateway = createGateway({
    providers,
    models: {
      fast: ['openai/gpt-5-mini', { model: 'anthropic/claude-haiku-4-5', weight: 3 }, 'google/gemini-2.5-flash'],
      long: ['anthropic/claude-sonnet-4-5'],
    },
    fallback: { general: { fast: ['long'] } },
    runtime: world.runtime,
  })
  const plan = await gateway.explain({ model: 'fast', messages: 'Hello', maxOutputTokens: 100 })
  expect(plan.candidates.map(({ deployment, share }) => [deployment, share])).toEqual([
    ['anthropic/claude-haiku-4-5', 0.75],
    ['openai/gpt-5-mini', 0.25],
  ])
  for (const { inputCost, maxCost } of plan.candidates) expect(maxCost).toBeGreaterThan(inputCost!)
  expect(plan.excluded).toEqual([
    {
      deployment: 'google/gemini-2.5-flash',
      reason: 'no_credential',
      detail: 'GEMINI_API_KEY or GOOGLE_API_KEY or GOOGLE_GENERATIVE_AI_API_KEY is not set',
    },
  ])
  expect(plan.fallbacks).toEqual({ general: ['long'] })
  expect(world.simulator.calls).toHaveLength(0)
})
