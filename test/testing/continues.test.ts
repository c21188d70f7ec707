import { describe, expect, test } from 'vitest'
import { continuation, createGateway, ordered } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { google } from '../../src/providers/google.ts'
import { openai } from '../../src/providers/openai.ts'
import { continues, prefillRefused, stream } from '../../src/testing/index.ts'
import { createWorld, drain, type World } from '../world.ts'

const text = 'Streams that survive go on where another broke off.'
const models = ['openai/b', 'anthropic/b', 'google/b'] as const

/** The text of a stream that breaks off at `openai/a` and goes on at another, behind those before it. */
async function tellAt(world: World, ...others: readonly string[]): Promise<string> {
  world.simulator.on({ model: 'a' }).reply(stream(['Streams that survive', ' go', ' on'], { dieAfter: 2 }))
  const facts = { prefill: true }
  const gateway = createGateway({
    providers: [openai, anthropic, google],
    models: { told: ['openai/a', ...others].map((model) => ({ model, facts })) },
    routing: ordered(),
    retry: { limit: 0 },
    continuation: continuation(),
    runtime: world.runtime,
  })
  const reply = await gateway.chat({ model: 'told', messages: 'Tell.', stream: true })
  return (await world.clock.run(drain(reply.textStream))).join('')
}

describe.each(models)('%s', (model) => {
  test.each([0, 19, Number.POSITIVE_INFINITY])('goes on, saying %d characters again', async (overlap) => {
    const world = createWorld()
    world.simulator.on({ model: 'b' }).reply(continues(text, { overlap }))
    expect(await tellAt(world, model)).toBe(text)
    // As many tokens as it says anew, and those that it says again.
    const { outputTokens } = world.simulator.calls[1]!.usage
    expect(outputTokens).toBe(overlap === 0 ? 6 : 12)
  })
})

test('without words in its mouth it says all of its text', async () => {
  const world = createWorld()
  world.simulator.on().reply(continues(['All ', 'of it.']))
  const gateway = createGateway({ providers: [openai], runtime: world.runtime })
  const reply = await gateway.chat({ model: 'openai/x', messages: 'Tell.', stream: true })
  expect(await drain(reply.textStream)).toEqual(['All ', 'of it.'])
})

test('one that refuses a prefill leaves it to the next', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'b' }).reply(prefillRefused())
  world.simulator.on({ model: 'c' }).reply(continues(text))
  expect(await tellAt(world, 'anthropic/b', 'google/c')).toBe(text)
  expect(world.simulator.calls.map(({ status }) => status)).toEqual([200, 400, 200])
})
