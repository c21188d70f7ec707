import { describe, expect, test, vi } from 'vitest'
import { createGateway, type GatewayOptions } from '../../src/index.ts'
import { budget } from '../../src/limits/budget.ts'
import { limits } from '../../src/limits/limits.ts'
import { openrouter } from '../../src/providers/openai-compatible.ts'
import {
  answer,
  contextWindowExceeded,
  errorInStream,
  json,
  overloaded,
  rateLimited,
  reasoning,
  refusal,
  serverError,
  stalled,
  stream,
  toolCalls,
  unauthorized,
} from '../../src/testing/index.ts'
import { providerFormats as allFormats } from '../matrix/providers.ts'
import { createWorld, providers, type World } from '../world.ts'
import { applications, tokens } from './applications.ts'

/** Those of the SDKs' own makers. The others meet applications in `test/matrix.test.ts`. */
const providerFormats = allFormats.filter(({ name }) => applications.some((application) => application.name === name))
const pairs = applications.flatMap((application) =>
  providerFormats.map((provider) => ({ application, provider, title: `${application.name} to ${provider.name}` })),
)
const manners = [
  { manner: 'whole', stream: false },
  { manner: 'streamed', stream: true },
]
const weather = toolCalls([
  { id: 'call_1', name: 'weather', arguments: { city: 'Oslo' } },
  { id: 'call_2', name: 'weather', arguments: { city: 'Bergen' } },
])

type Options = Partial<GatewayOptions<never[], Record<string, never>>>

/** A gateway with one group, `chosen`, of these models in order. */
function gatewayTo(world: World, models: readonly string[], options: Options = {}) {
  return createGateway({
    providers: [...providers, openrouter],
    models: { chosen: models },
    routing: (candidates) => candidates[0]!,
    ...options,
    runtime: world.runtime,
  })
}

const bodyOf = (world: World, index: number) => world.simulator.calls[index]?.body as Record<string, unknown>

describe.each(pairs)('$title', ({ application, provider }) => {
  const { finish } = application
  const connect = (world: World, options?: Options) => application.connect(gatewayTo(world, [provider.model], options))

  test.each(manners)('a $manner answer', async ({ stream: streams }) => {
    const world = createWorld()
    world.simulator.on().reply(stream(['Grüße, ', '世界 ', '🙂'], { cut: 7 }))
    const said = await connect(world)('plain', { stream: streams })
    expect(said).toMatchObject({ text: 'Grüße, 世界 🙂', reasoning: '', calls: [], finish: finish.stop })
    expect(world.simulator.calls).toMatchObject([{ provider: provider.name, stream: streams }])
    expect(bodyOf(world, 0)).toMatchObject(provider.received.plain)
  })

  test.each(manners)('parallel tool calls, $manner, and their results', async ({ stream }) => {
    const world = createWorld()
    world.simulator
      .on()
      .reply(['I look it up.', ...weather])
      .then('7 in Oslo, rain in Bergen.')
    const said = await connect(world)('tools', { stream })
    expect(said.text).toBe('I look it up.')
    expect(said.calls).toEqual([
      { name: 'weather', arguments: { city: 'Oslo' } },
      { name: 'weather', arguments: { city: 'Bergen' } },
    ])
    expect(said.finish).toBe(finish['tool-calls'])
    expect(bodyOf(world, 0)).toMatchObject(provider.received.tools)

    const end = await said.again('7 degrees', 'rain')
    expect(end).toMatchObject({ text: '7 in Oslo, rain in Bergen.', finish: finish.stop })
    expect(provider.messages(bodyOf(world, 1)).slice(1)).toMatchObject(provider.results)
  })

  test.each(manners)('structured output, $manner', async ({ stream }) => {
    const world = createWorld()
    world.simulator.on().reply(json({ city: 'Oslo' }))
    const { text } = await connect(world)('schema', { stream })
    expect(JSON.parse(text)).toEqual({ city: 'Oslo' })
    expect(bodyOf(world, 0)).toMatchObject(provider.received.schema)
  })

  test('a picture in the request', async () => {
    const world = createWorld()
    const { text } = await connect(world)('picture')
    expect(text).toBe('You said: What is the weather?')
    expect(bodyOf(world, 0)).toMatchObject(provider.received.picture)
  })

  test.each(manners)('thoughts, $manner, and their proof in the next turn', async ({ stream }) => {
    const world = createWorld()
    world.simulator
      .on()
      .reply([reasoning(['Look ', 'first.'], { signature: 'c2lnbmF0dXJl' }), weather[0]!])
      .then('7 degrees.')
    const ask = application.connect(gatewayTo(world, [provider.thinker.model]))
    const said = await ask('thinking', { stream })
    expect(said).toMatchObject({ reasoning: 'Look first.', text: '', calls: [{ name: 'weather' }] })
    expect(bodyOf(world, 0)).toMatchObject(provider.received.thinking)

    await expect(said.again('7 degrees')).resolves.toMatchObject({ text: '7 degrees.', reasoning: '' })
    expect(provider.messages(bodyOf(world, 1)).slice(1)).toMatchObject(provider.thought)
  })

  test.each(manners)('a refusal, $manner', async ({ stream }) => {
    const world = createWorld()
    world.simulator.on().reply(refusal('I cannot help with that.'))
    const said = await connect(world)('plain', { stream })
    expect(said.refusal ?? said.text).toBe('I cannot help with that.')
    expect(said.finish).toBe(application.refused[provider.name as typeof application.name])
  })

  test.each(manners)('usage, $manner, with what was cached', async ({ stream }) => {
    const world = createWorld()
    world.simulator.on().reply(answer('Hello', { usage: tokens }))
    const { usage } = await connect(world)('plain', { stream })
    expect(usage).toMatchObject(application.usage)
  })

  test.each(
    manners.flatMap((manner) => (['length', 'content-filter'] as const).map((reason) => ({ ...manner, reason }))),
  )('the reason $reason, $manner', async ({ reason, stream }) => {
    const world = createWorld()
    world.simulator.on().reply(answer('Hello', { finishReason: reason }))
    const said = await connect(world)('plain', { stream })
    expect(said).toMatchObject({ text: 'Hello', finish: finish[reason] })
  })

  test.each(
    manners.flatMap((manner) =>
      (
        [
          ['a prompt that is too long', 400, contextWindowExceeded()],
          ['a wrong key', 401, unauthorized()],
          ['a rate limit', 429, rateLimited({ retryAfter: 60 })],
          ['a failure of the provider', 502, serverError(500)],
        ] as const
      ).map(([what, status, failure]) => ({ ...manner, what, status, failure })),
    ),
  )('$what, $manner, is the error that the SDK has for it', async ({ stream, status, failure }) => {
    const world = createWorld()
    world.simulator.on().reply(failure)
    const error = await world.clock.run(connect(world)('plain', { stream }).catch((error: unknown) => error))
    expect(error).toMatchObject(application.errors[status])
    expect(error).toMatchObject({ message: expect.stringContaining(provider.name) })
  })

  test('a budget that is used up is a 402, and no call', async () => {
    const world = createWorld()
    const slot = limits({ rules: [budget({ limit: 0.000_000_1, per: 'month' })] })
    const error = await connect(world, { limits: slot })('plain').catch((error: unknown) => error)
    expect(error).toMatchObject(application.errors[402])
    expect(world.simulator.calls).toEqual([])
  })

  test.each(manners)('leaving before a $manner answer has begun', async ({ stream }) => {
    const world = createWorld()
    world.simulator.on().reply(stalled())
    const leaving = new AbortController()
    const asking = connect(world)('plain', { stream, signal: leaving.signal }).catch((error: unknown) => error)
    await begun(world)
    leaving.abort()
    expect(await asking).toBeInstanceOf(application.aborted)
    expect(world.simulator.calls).toMatchObject([{ outcome: 'aborted' }])
    expect(world.simulator.running).toBe(0)
  })

  test('leaving in the middle of a stream', async () => {
    const world = createWorld()
    world.simulator.on().reply(stream(['a', 'b', 'c'], { stallAfter: 2 }))
    const leaving = new AbortController()
    const asking = connect(world)('plain', { stream: true, signal: leaving.signal }).catch((error: unknown) => error)
    await begun(world)
    leaving.abort()
    expect(await asking).toBeInstanceOf(application.aborted)
    await world.clock.settle()
    expect(world.simulator.calls).toMatchObject([{ outcome: 'aborted' }])
    expect(world.clock.pending).toBe(0)
  })

  test('a failure in the middle of a stream', async () => {
    const world = createWorld()
    world.simulator.on().reply(errorInStream(overloaded(), { after: 2, input: stream(['a', 'b', 'c']) }))
    const error = await connect(world)('plain', { stream: true }).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(application.failedMidway)
    expect(error).toMatchObject({ message: expect.stringContaining(provider.name) })
    expect(world.simulator.calls).toHaveLength(1)
  })

  test.each(manners)("against a dead provider, $manner, the SDK's own retries add no attempt", async ({ stream }) => {
    const world = createWorld()
    world.simulator.on().reply(serverError(500))
    const gateway = gatewayTo(world, [provider.model], { maxAttempts: 3, retry: { limit: 9 } })
    const asking = application
      .connect(gateway, 'its own')('plain', { stream })
      .catch((error: unknown) => error)
    expect(await world.clock.run(asking)).toMatchObject(application.errors[502])
    expect(world.simulator.calls).toHaveLength(3)
  })
})

/** SDKs may begin on a timer of their own. */
async function begun({ simulator, clock }: World): Promise<void> {
  await vi.waitFor(() => expect(simulator.running).toBe(1), { interval: 1 })
  await clock.settle()
}

const switches = pairs.flatMap(({ application, provider, title }) =>
  providerFormats
    .filter((second) => second !== provider)
    .flatMap((second) => manners.map((manner) => ({ ...manner, application, first: provider, second, title }))),
)

test.each(switches)('$title, $manner: a thought is not told to $second.name', async ({ application, ...one }) => {
  const world = createWorld()
  world.simulator
    .on()
    .reply([reasoning('Look first.', { signature: 'c2lnbmF0dXJl' }), weather[0]!])
    .then('7 degrees.')
  let serving = one.first.thinker.model
  const gateway = gatewayTo(world, [one.first.thinker.model, one.second.thinker.model], {
    routing: (candidates) => candidates.find(({ id }) => id === serving)!,
  })
  const said = await application.connect(gateway)('thinking', { stream: one.stream })
  serving = one.second.thinker.model
  await said.again('7 degrees')
  expect(world.simulator.calls).toMatchObject([{}, { outcome: 'answered' }])
  expect(JSON.stringify(bodyOf(world, 1))).not.toMatch(/c2lnbmF0dXJl|zerohop/)
})

test.each(applications.flatMap((application) => manners.map((manner) => ({ ...manner, application }))))(
  '$application.name, $manner: results find their calls though Gemini gave these no ids',
  async (one) => {
    const world = createWorld()
    world.simulator
      .on()
      .reply(weather.map((call) => ({ ...call, id: undefined })))
      .then('7 in Oslo, rain in Bergen.')
    const said = await one.application.connect(gatewayTo(world, ['google/gemini-2.5-flash']))('tools', one)
    await said.again('7 degrees', 'rain')
    const [, calls, results] = bodyOf(world, 1)['contents'] as { parts: unknown[] }[]
    expect(calls?.parts).toEqual([
      { functionCall: { name: 'weather', args: { city: 'Oslo' } } },
      { functionCall: { name: 'weather', args: { city: 'Bergen' } } },
    ])
    expect(results?.parts).toEqual([
      { functionResponse: { name: 'weather', response: { output: '7 degrees' } } },
      { functionResponse: { name: 'weather', response: { output: 'rain' } } },
    ])
  },
)
