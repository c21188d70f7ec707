import { expect, test } from 'vitest'
import { createGateway, type Gateway, ordered } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { google, openrouter } from '../../src/providers/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { provider } from '../../src/providers/provider.ts'
import { createWorld, type World } from '../world.ts'

function fleet(): { gateway: Gateway; world: World; ask: (model: string, more: object) => Promise<Response> } {
  const world = createWorld()
  const gateway = createGateway({
    providers: [openai, provider(anthropic, { zeroRetention: true }), google, openrouter],
    models: {
      all: [
        'openai/a',
        { model: 'anthropic/b', facts: { price: { input: 3, output: 9 } }, quantization: 'fp8' },
        { model: 'google/c', facts: { price: { input: 1, output: 2 } } },
      ],
    } as Record<string, string[]>,
    routing: ordered(),
    runtime: world.runtime,
  })
  const ask = (model: string, more: object): Promise<Response> =>
    gateway.fetch('https://openrouter.ai/api/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }], ...more }),
    })
  return { gateway, world, ask }
}

test.each([
  ['an order', { provider: { order: ['google', 'anthropic'] } }, 'c'],
  ['only', { provider: { only: ['anthropic'] } }, 'b'],
  ['ignore', { provider: { ignore: ['openai'] } }, 'b'],
  ['sort by price', { provider: { sort: 'price' } }, 'c'],
  ['sort by an object', { provider: { sort: { by: 'price' } } }, 'c'],
  ['a highest price, as a text', { provider: { max_price: { prompt: '2' } } }, 'c'],
  ['precisions', { provider: { quantizations: ['fp8'] } }, 'b'],
  ['nothing kept', { provider: { zdr: true } }, 'b'],
  ['nothing trained on', { provider: { data_collection: 'deny' } }, 'b'],
  ["Vercel's order", { providerOptions: { gateway: { order: ['google'] } } }, 'c'],
  ["Vercel's words of sorting", { providerOptions: { gateway: { sort: 'cost' } } }, 'c'],
])('what an SDK says in a body is honoured: %s', async (_, body, expected) => {
  const { world, ask } = fleet()
  expect((await ask('all', body)).status).toBe(200)
  expect(world.asked()).toEqual([expected])
  expect(JSON.stringify(world.simulator.calls[0]!.body)).not.toMatch(/provider/)
})

test('what is said to a provider that routes by itself reaches it', async () => {
  const { world, ask } = fleet()
  await ask('acme/model', { provider: { order: ['acme'] } })
  expect(world.simulator.calls[0]!.body).toMatchObject({ model: 'acme/model', provider: { order: ['acme'] } })
})

test("options of a provider's own beside the gateway's stay", async () => {
  const { world, ask } = fleet()
  await ask('all', { providerOptions: { gateway: { only: ['openai'] }, openai: { x: 1 } } })
  expect(world.simulator.calls[0]!.body).toMatchObject({ providerOptions: { openai: { x: 1 } } })
})

test.each([
  [{ provider: { zdr: 'true' } }, 'provider.zdr must be true or false.'],
  [{ provider: { only: 'anthropic' } }, 'provider.only must be a list of texts.'],
  [{ provider: { ignore: [5] } }, 'provider.ignore must be a list of texts.'],
  [{ provider: { data_collection: 'none' } }, "provider.data_collection must be 'allow' or 'deny'."],
  [{ provider: { max_price: 5 } }, 'provider.max_price must be an object.'],
  [{ provider: { max_price: { prompt: '' } } }, 'provider.max_price.prompt must be a number from 0.'],
  [{ provider: { max_price: { request: -1 } } }, 'provider.max_price.request must be a number from 0.'],
  [
    { providerOptions: { gateway: { zeroDataRetention: 1 } } },
    'providerOptions.gateway.zeroDataRetention must be true or false.',
  ],
])('a demand that is not understood is refused, and not taken for none: %j', async (body, message) => {
  const { world, ask } = fleet()
  const response = await ask('all', body)
  expect([response.status, ((await response.json()) as { error: { message: string } }).error.message]).toEqual([
    400,
    message,
  ])
  expect(world.asked()).toEqual([])
})

test('a demand that is null is none', async () => {
  const { world, ask } = fleet()
  const none = { zdr: null, only: null, max_price: null, data_collection: null, allow_fallbacks: null }
  expect((await ask('all', { provider: none })).status).toBe(200)
  expect(world.asked()).toEqual(['a'])
})
