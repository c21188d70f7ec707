import { describe, expect, test } from 'vitest'
import { cache } from '../../src/index.ts'
import { budget } from '../../src/limits/budget.ts'
import { limits } from '../../src/limits/limits.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { memoryCounters } from '../../src/stores/memory-counters.ts'
import { contentFiltered, respond, serverError } from '../../src/testing/index.ts'
import { drain, failureOf } from '../world.ts'
import { gatewayIn, worldWith } from './media.ts'

const ask = { model: 'openai/gpt-image-1', prompt: 'A red cube' } as const
const isPng = (bytes: Uint8Array | undefined): boolean => String.fromCharCode(...(bytes ?? []).slice(1, 4)) === 'PNG'

const picture = { data: 'AAAA', mediaType: 'image/png' }
const noSource = "is no { data, mediaType }: a picture's data is base64, and its type such as image/png."

test('a picture comes with its bytes, its usage and its cost, to the nano-dollar', async () => {
  const world = worldWith()
  const reply = await gatewayIn(world).image({ ...ask, quality: 'low' })
  expect(isPng(reply.bytes)).toBe(true)
  expect(reply.image.mediaType).toBe('image/png')
  expect(reply.usage).toMatchObject({
    images: 1,
    outputTokens: 272,
    imageOutputTokens: 272,
    imageKind: 'low 1024x1024',
  })
  expect(reply.cost).toBe(world.simulator.bill.dollars)
  expect(reply.trace).toMatchObject({ operation: 'images', status: 'completed', attempts: [{ status: 'completed' }] })
  expect(JSON.parse(JSON.stringify(reply))).toEqual(JSON.parse(JSON.stringify(reply.response)))
})

test('pictures that are somewhere else have an address and no bytes, and cost by their kind', async () => {
  const world = worldWith()
  const reply = await gatewayIn(world).image({ ...ask, model: 'openai/dall-e-3' })
  expect(reply.image.url).toMatch(/^https:/)
  expect(reply.bytes).toBeUndefined()
  expect(reply.cost).toBe(0.04)
  expect((await gatewayIn(world).image({ ...ask, model: 'openai/dall-e-3', quality: 'hd' })).cost).toBe(0.08)
  // A kind without a price costs an unknown amount, never 0.
  expect((await gatewayIn(world).image({ ...ask, model: 'openai/dall-e-3', size: '2x2' })).cost).toBeUndefined()
})

test('an answer of pictures that are nowhere is none: another is asked', async () => {
  const world = worldWith()
  world.simulator
    .on({ model: 'gpt-image-1' })
    .reply(respond({ body: { data: [{ revised_prompt: 'A cube', url: '' }] } }))
  const reply = await gatewayIn(world).image({ ...ask, model: 'painter' })
  expect(isPng(reply.bytes)).toBe(true)
  expect(reply.trace.attempts.map(({ code }) => code)).toEqual(['empty_response', undefined])
})

test('Gemini makes several by as many requests', async () => {
  const world = worldWith()
  const reply = await gatewayIn(world).image({ model: 'google/gemini-3-pro-image', prompt: 'A cube', n: 3 })
  expect(reply.images).toHaveLength(3)
  expect(world.simulator.calls).toHaveLength(3)
  expect(reply.usage.images).toBe(3)
})

describe('a stream', () => {
  test('shows what is unfinished, and gives the whole afterwards', async () => {
    const stream = await gatewayIn(worldWith()).image({ ...ask, stream: true, partialImages: 2 })
    const pieces = await drain(stream)
    expect(pieces.map(({ partial }) => partial)).toEqual([true, true, false])
    const reply = await stream.reply
    expect(reply.image.data).toBe(pieces[2]!.data)
    expect(reply.usage.outputTokens).toBe(1056)
    expect(stream.trace.status).toBe('completed')
  })

  test('by a provider that has none is the picture, when it is there', async () => {
    const world = worldWith()
    for (const model of ['openai/dall-e-3', 'google/gemini-3-pro-image']) {
      const stream = await gatewayIn(world).image({ model, prompt: 'A cube', stream: true })
      expect((await drain(stream)).map(({ partial }) => partial)).toEqual([false])
    }
  })

  test('that nobody reads is drained by its reply', async () => {
    const stream = await gatewayIn(worldWith()).image({ ...ask, stream: true })
    expect(isPng((await stream.reply).bytes)).toBe(true)
    await expect(drain(stream)).rejects.toThrow(/one reader/)
  })
})

describe('the cache', () => {
  test('keeps pictures that are there, for streams too', async () => {
    const world = worldWith()
    const gateway = gatewayIn(world, { cache: cache({ store: memoryStore() }) })
    const first = await gateway.image(ask)
    const again = await gateway.image(ask)
    expect(again.image).toEqual(first.image)
    expect([again.trace.cache, again.cost]).toEqual(['hit', 0])
    const pieces = await drain(await gateway.image({ ...ask, stream: true }))
    expect(pieces[0]?.data).toBe(first.image.data)
    expect(world.simulator.calls).toHaveLength(1)
    expect((await gateway.image({ ...ask, prompt: 'Another' })).trace.cache).toBe('miss')
  })

  test('keeps no addresses, for they are gone before it', async () => {
    const world = worldWith()
    const gateway = gatewayIn(world, { cache: cache({ store: memoryStore() }) })
    await gateway.image({ ...ask, model: 'openai/dall-e-3' })
    await gateway.image({ ...ask, model: 'openai/dall-e-3' })
    expect(world.simulator.calls).toHaveLength(2)
  })
})

describe('limits', () => {
  const client = (world: ReturnType<typeof worldWith>, limit: number) =>
    gatewayIn(world, {
      models: {} as never,
      limits: limits({ store: memoryCounters(), rules: [budget({ limit, per: 'month' })] }),
    })

  test('hold a budget: what does not fit is not sent', async () => {
    const world = worldWith()
    const gateway = client(world, 0.2)
    await gateway.image({ ...ask, model: 'openai/dall-e-3', n: 2 })
    const error = await failureOf(gateway.image({ ...ask, model: 'openai/dall-e-3', n: 2 }))
    expect(error.code).toBe('budget_exceeded')
    expect(world.simulator.calls).toHaveLength(2)
    expect((await gateway.limits.status())[0]).toMatchObject({ spent: 0.08, reserved: 0 })
  })

  test('never ask for a smaller picture, for no field could say so', async () => {
    const world = worldWith()
    const gateway = client(world, 0.35)
    await gateway.image(ask)
    // Less than the worst case is left, and more than a smaller answer would cost.
    expect((await failureOf(gateway.image({ ...ask, n: 3 }))).code).toBe('budget_exceeded')
    expect(world.simulator.calls.map(({ body }) => body)).toEqual([{ model: 'gpt-image-1', prompt: 'A red cube' }])
  })
})

describe('failures', () => {
  test('of one provider are another one’s turn', async () => {
    const world = worldWith()
    world.simulator.on({ provider: 'openai' }).reply(serverError())
    const reply = await gatewayIn(world).image({ ...ask, model: 'painter' })
    expect(isPng(reply.bytes)).toBe(true)
    expect(reply.trace.attempts).toMatchObject([
      { provider: 'openai', status: 'failed', code: 'provider_unavailable', charge: { cost: { total: 0 } } },
      { provider: 'google', status: 'completed' },
    ])
  })

  test('of the prompt are told as that', async () => {
    const world = worldWith()
    world.simulator.on().reply(contentFiltered())
    expect((await failureOf(gatewayIn(world).image(ask))).code).toBe('content_filtered')
  })

  test.each([
    [{ model: 'm' }, 'prompt is missing: say what is to be seen.'],
    [{ prompt: 'A' }, 'model is missing: it must be a string.'],
    [{ model: 'm', prompt: 7 }, 'prompt is number: it must be a string.'],
    [{ model: 'm', prompt: 'A', partialImage: 1 }, 'Unknown field partialImage. Did you mean partialImages?'],
    [{ model: 'm', prompt: 'A', images: 'x' }, 'images is string: it must be a list.'],
    [{ model: 'm', prompt: 'A', images: [picture, new Uint8Array(3)] }, `images[1] ${noSource}`],
    [{ model: 'm', prompt: 'A', images: [{ ...picture, data: new Uint8Array(3) }] }, `images[0] ${noSource}`],
    [{ model: 'm', prompt: 'A', images: [null] }, `images[0] ${noSource}`],
    [{ model: 'm', prompt: 'A', images: [picture], mask: { data: 'AAAA' } }, `mask ${noSource}`],
    [
      { model: 'm', prompt: 'A', images: [{ ...picture, data: 'data:image/png;base64,AAAA' }] },
      'images[0].data is a URL: give the base64 that follows its comma.',
    ],
  ])('%j is refused before anything is sent', async (call, message) => {
    const world = worldWith()
    const error = await failureOf(gatewayIn(world).image(call as never))
    expect([error.code, error.message]).toEqual(['invalid_request', message])
    expect(world.simulator.calls).toEqual([])
  })
})
