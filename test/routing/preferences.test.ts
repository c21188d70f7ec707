import { expect, test } from 'vitest'
import { createGateway, type Gateway, type GatewayOptions, ordered } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { google } from '../../src/providers/google.ts'
import { openai } from '../../src/providers/openai.ts'
import { provider } from '../../src/providers/provider.ts'
import { answer, rateLimited, unauthorized } from '../../src/testing/index.ts'
import { createWorld, failureOf, type World } from '../world.ts'

const eu = provider(openai, { id: 'openai-eu', region: 'eu', zeroRetention: true })
const rows = [openai, eu, provider(anthropic, { noTraining: true }), google] as const

function fleet(options: Partial<GatewayOptions<typeof rows, unknown>> = {}): { gateway: Gateway; world: World } {
  const world = createWorld()
  const gateway = createGateway({
    providers: rows,
    models: {
      all: [
        'openai/a',
        { model: 'openai-eu/b', tags: ['fast', 'cheap'], quantization: 'fp8' },
        { model: 'anthropic/c', tags: ['fast'], facts: { price: { input: 3, output: 15 } } },
        {
          model: 'google/d',
          facts: { price: { input: 1, output: 4 }, deprecated: '2026-01-01', context: 100, maxOutput: 50 },
        },
      ],
      spare: ['google/e'],
    },
    routing: ordered(),
    ...options,
    runtime: { ...world.runtime, ...options.runtime },
  } as GatewayOptions<typeof rows, unknown>) as Gateway
  return { gateway, world }
}

const hello = { model: 'all', messages: 'Hello' }

test.each([
  ['only one provider', { only: ['anthropic'] }, 'c'],
  ['only one deployment, by provider and model', { only: ['openai-eu/b'] }, 'b'],
  ['only one deployment, by its whole id', { only: ['openai-eu/b@eu'] }, 'b'],
  ['all but some', { ignore: ['openai', 'openai-eu'] }, 'c'],
  ['an order', { order: ['google', 'anthropic'] }, 'd'],
  ['an order that names nobody who may serve', { order: ['mistral'] }, 'a'],
  ['a region', { regions: ['eu'] }, 'b'],
  ['tags, all of them', { tags: ['cheap', 'fast'] }, 'b'],
  ['a precision', { quantizations: ['fp8'] }, 'b'],
  ['nothing kept', { zeroRetention: true }, 'b'],
  ['nothing trained on, which nothing kept implies', { noTraining: true }, 'b'],
  ['a price, of which an unknown one is not under it', { maxPrice: { input: 2 } }, 'd'],
])('a call may ask for %s', async (_, prefer, expected) => {
  const { gateway, world } = fleet()
  await gateway.chat({ ...hello, prefer })
  expect(world.asked()).toEqual([expected])
})

test('an order is gone through, and then the others', async () => {
  const { gateway, world } = fleet()
  world.simulator.on().reply(rateLimited()).then(rateLimited()).then(rateLimited()).then(answer('Hello'))
  await world.clock.run(gateway.chat({ ...hello, prefer: { order: ['google', 'anthropic'] } }))
  expect(world.asked()).toEqual(['d', 'c', 'a', 'b'])
})

test('without fallbacks the first choice is the only one', async () => {
  const { gateway, world } = fleet({ fallback: { general: { all: ['spare'] } } })
  world.simulator.on().reply(rateLimited({ retryAfter: '60s' }))
  const call = gateway.chat({ ...hello, prefer: { allowFallbacks: false } })
  expect((await world.clock.run(failureOf(call))).code).toBe('rate_limited')
  expect(world.asked()).toEqual(['a'])
})

test('without fallbacks another key of the first choice may be asked, and no other deployment', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const world = createWorld({ seed })
    const gateway = createGateway({
      providers: [provider(openai, { apiKey: ['one', 'two'] }), anthropic],
      models: { all: ['openai/a', 'anthropic/c'] },
      runtime: world.runtime,
    })
    world.simulator.on({ model: 'a' }).reply(unauthorized())
    const call = gateway.chat({ ...hello, prefer: { allowFallbacks: false } } as never)
    await world.clock.run(call.catch(() => {}))
    expect(['a,a', 'c']).toContain(world.asked().join())
  }
})

test.each([
  ['openai', 'prefer must be an object of preferences.'],
  [{ only: 'anthropic' }, 'prefer.only must be a list of texts.'],
  [{ order: 'anthropic' }, 'prefer.order must be a list of texts.'],
  [{ regions: 'eu' }, 'prefer.regions must be a list of texts.'],
  [{ tags: [1] }, 'prefer.tags must be a list of texts.'],
  [{ sort: 'cheapest' }, "prefer.sort must be 'price', 'latency' or 'throughput'."],
  [{ zeroRetention: 'yes' }, 'prefer.zeroRetention must be true or false.'],
  [{ maxPrice: 3 }, 'prefer.maxPrice must be { input, output, request }, each a number from 0.'],
  [{ maxPrice: { input: Number.NaN } }, 'prefer.maxPrice must be { input, output, request }, each a number from 0.'],
  [{ maxPrice: { prompt: 3 } }, 'Unknown field prefer.maxPrice.prompt. Known are: input, output, request.'],
])('a demand that says nothing is refused, and not passed over: %j', async (prefer, message) => {
  const { gateway, world } = fleet()
  const error = await failureOf(gateway.chat({ ...hello, prefer } as never))
  expect(error).toMatchObject({ code: 'invalid_request', message })
  expect(world.asked()).toEqual([])
})

test('a model of which notice was given may be avoided, from the day that it is for', async () => {
  const { gateway, world } = fleet()
  await gateway.chat({ ...hello, prefer: { deprecated: false, order: ['google'] } })
  expect(world.asked()).toEqual(['a'])
})

test('each exclusion has its reason', async () => {
  const { gateway } = fleet()
  const { candidates, excluded } = await gateway.explain({
    ...hello,
    prefer: { ignore: ['openai'], tags: ['fast'], regions: ['eu'] },
  })
  expect(candidates.map(({ deployment }) => deployment)).toEqual(['openai-eu/b@eu'])
  expect(excluded.map(({ reason }) => reason)).toEqual(['not_wanted', 'region', 'region'])
})

test('a data policy that nobody meets is an error of its own, and reaches no provider', async () => {
  const { gateway, world } = fleet({ prefer: { zeroRetention: true } })
  const error = await failureOf(gateway.chat({ ...hello, prefer: { ignore: [] }, model: 'anthropic/c' }))
  expect(error).toMatchObject({ code: 'data_policy_unmet', status: 403 })
  expect(error.message).toContain('provider(row, { zeroRetention: true })')
  expect(world.asked()).toEqual([])
})

test('what the gateway forbids a call cannot allow', async () => {
  const { gateway, world } = fleet({ prefer: { zeroRetention: true, only: ['openai-eu', 'anthropic'] } })
  await gateway.chat({ ...hello, prefer: { zeroRetention: false, only: ['openai-eu', 'google'] } })
  expect(world.asked()).toEqual(['b'])
})

test.each([
  [['openai'], ['openai/a', 'anthropic/c'], 'a'],
  [['openai/a', 'anthropic/c'], ['anthropic'], 'c'],
  [['openai-eu/b', 'google'], ['openai-eu@eu', 'anthropic'], 'b'],
  [['openai-eu@eu'], ['openai-eu/b@eu'], 'b'],
  [['openai-eu/b'], ['openai-eu/b@eu'], 'b'],
])('where the gateway wants only %j, a call may want only %j', async (all, own, expected) => {
  const { gateway, world } = fleet({ prefer: { only: all } })
  await gateway.chat({ ...hello, prefer: { only: own } })
  expect(world.asked()).toEqual([expected])
})

test('what a call leaves undefined stays as the gateway has it', async () => {
  const { gateway, world } = fleet({ prefer: { order: ['google'] } })
  await gateway.chat({ ...hello, prefer: { order: undefined, sort: undefined, tags: undefined } })
  expect(world.asked()).toEqual(['d'])
})

test('a request that is longer than a model reads does not go there, as far as is known', async () => {
  const { gateway } = fleet()
  const long = { ...hello, messages: 'word '.repeat(200) }
  const { excluded } = await gateway.explain(long)
  expect(excluded).toMatchObject([{ deployment: 'google/d', reason: 'context_window' }])
  expect((await gateway.explain(hello)).excluded).toEqual([])
})

test('a request for more than a model writes does not go there', async () => {
  const { gateway } = fleet()
  const { excluded } = await gateway.explain({ ...hello, maxOutputTokens: 51 })
  expect(excluded).toMatchObject([{ deployment: 'google/d', detail: 'it writes at most 50 tokens' }])
})
