import { expect, test } from 'vitest'
import { createGateway, type Gateway, ordered } from '../../src/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { answer } from '../../src/testing/index.ts'
import { createWorld, type World } from '../world.ts'

function limited(limits: object): { gateway: Gateway; world: World } {
  const world = createWorld()
  const gateway = createGateway({
    providers: [openai],
    models: { pair: [{ model: 'openai/a', limits }, 'openai/b'], alone: [{ model: 'openai/a', limits }] } as never,
    routing: ordered(),
    runtime: world.runtime,
  }) as Gateway
  return { gateway, world }
}

const hello = { model: 'pair', messages: 'Hello' }

test('a deployment at its limit of requests is passed over until the minute is over', async () => {
  const { gateway, world } = limited({ requestsPerMinute: 2 })
  for (let call = 0; call < 3; call++) await gateway.chat(hello)
  expect(world.asked()).toEqual(['a', 'a', 'b'])
  const { excluded } = await gateway.explain(hello)
  expect(excluded).toEqual([
    { deployment: 'openai/a', reason: 'provider_limit', detail: 'it was sent 2 requests of 2 a minute' },
  ])
  await world.clock.advance('61s')
  await gateway.chat(hello)
  expect(world.asked().at(-1)).toBe('a')
})

test('a deployment at its limit of tokens is passed over', async () => {
  const { gateway, world } = limited({ tokensPerMinute: 10 })
  world.simulator.on().reply(answer('one two three four five six seven eight nine ten'))
  await gateway.chat(hello)
  await gateway.chat(hello)
  expect(world.asked()).toEqual(['a', 'b'])
})

test('the last one is asked all the same: the provider shall say', async () => {
  const { gateway, world } = limited({ requestsPerMinute: 1 })
  await gateway.chat({ ...hello, model: 'alone' })
  await gateway.chat({ ...hello, model: 'alone' })
  expect(world.asked()).toEqual(['a', 'a'])
})
