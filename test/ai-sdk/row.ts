import { describe, expect, test, vi } from 'vitest'
import { createGateway, type GatewayOptions } from 'zerohop'
import { type AnyLanguageModel, aiSdkProvider } from 'zerohop/ai-sdk'
import {
  contextWindowExceeded,
  errorInStream,
  overloaded,
  rateLimited,
  reasoning,
  serverError,
  stalled,
  stream,
  toolCalls,
  unauthorized,
} from 'zerohop/testing'
import { createWorld, drain, failureOf, providers, type World } from '../world.ts'
import type { Major, MakeProvider } from './sdk.ts'

/** Models of the provider packages of one major, served by the gateway. */
export function describeRow(major: Major): void {
  const packages = [
    { name: 'openai', make: major.createOpenAI, pick: 'chat', model: 'gpt-4o-mini' },
    { name: 'anthropic', make: major.createAnthropic, pick: 'languageModel', model: 'claude-sonnet-4-5' },
    { name: 'google', make: major.createGoogle, pick: 'languageModel', model: 'gemini-2.5-flash' },
  ]
  const manners = [{ streams: false }, { streams: true }]

  function gatewayTo(
    world: World,
    { make, pick, model }: Package,
    options: Partial<GatewayOptions<never[], never>> = {},
  ) {
    const fetch = world.simulator.fetch as typeof globalThis.fetch
    const made = make({ apiKey: 'key-of-the-package', fetch }) as Record<string, (name: string) => AnyLanguageModel>
    const row = aiSdkProvider({
      id: 'theirs',
      languageModel: (name) => made[pick]!(name),
      models: { [model]: { price: { input: 1, output: 2 } } },
    })
    return createGateway({
      providers: [row, ...providers],
      models: { chosen: [`theirs/${model}`], both: [`theirs/${model}`, 'openai/gpt-5-mini'] } as Record<
        string,
        string[]
      >,
      routing: (candidates) => candidates[0]!,
      retry: { limit: 0 },
      ...options,
      runtime: world.runtime,
    })
  }

  describe.each(packages)(`ai ${major.major}: $name served by the gateway`, (one) => {
    test.each(manners)('text, thought, usage and cost, streams: $streams', async ({ streams }) => {
      const world = createWorld()
      world.simulator
        .on()
        .reply(stream(['Grüße, ', '世界 🙂'], { cut: 7, usage: { inputTokens: 100, outputTokens: 20 } }))
      const gateway = gatewayTo(world, one)
      const asked = { model: 'chosen', messages: 'Hello', maxOutputTokens: 99 } as const
      const reply = streams ? await (await gateway.chat({ ...asked, stream: true })).reply : await gateway.chat(asked)
      expect(reply.text).toBe('Grüße, 世界 🙂')
      expect(reply).toMatchObject({ finishReason: 'stop', usage: { inputTokens: 100, outputTokens: 20 } })
      expect(reply.cost).toBeCloseTo(0.00014)
      expect(reply.trace.deployment).toBe(`theirs/${one.model}`)
      expect(world.simulator.calls).toMatchObject([{ stream: streams, key: 'key-of-the-package' }])
      expect(JSON.stringify(world.simulator.calls[0]?.body)).toMatch(/99/)
    })

    test.each(manners)('calls of tools, and their results, streams: $streams', async ({ streams }) => {
      const world = createWorld()
      const thought = one.name === 'anthropic' ? [reasoning('Look first.', { signature: 'c2lnbmF0dXJl' })] : []
      world.simulator
        .on()
        .reply([...thought, ...toolCalls([{ id: 'call_1', name: 'weather', arguments: { city: 'Oslo' } }])])
        .then('7 degrees.')
      const gateway = gatewayTo(world, one)
      const parameters = { type: 'object', properties: { city: { type: 'string' } } }
      const tools = [{ type: 'function' as const, name: 'weather', parameters }]
      const question = { role: 'user' as const, content: 'How warm is it?' }
      const asked = { model: 'chosen', messages: [question], tools }
      const first = streams ? await (await gateway.chat({ ...asked, stream: true })).reply : await gateway.chat(asked)
      expect(first.toolCalls).toMatchObject([{ name: 'weather', arguments: '{"city":"Oslo"}' }])
      expect(first.finishReason).toBe('tool-calls')
      const [{ id = '' } = {}] = first.toolCalls
      const result = { role: 'tool' as const, content: [{ type: 'tool-result' as const, id, content: '7 degrees' }] }
      const second = await gateway.chat({ ...asked, messages: [question, first.message, result] })
      expect(second.text).toBe('7 degrees.')
      const body = JSON.stringify(world.simulator.calls[1]?.body)
      expect(body).toContain('7 degrees')
      if (one.name === 'anthropic') expect(body).toContain('"signature":"c2lnbmF0dXJl"')
    })

    test('a picture and a schema go out as the package says them', async () => {
      const world = createWorld()
      const gateway = gatewayTo(world, one)
      await gateway.chat({
        model: 'chosen',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'image', source: { type: 'base64', data: 'iVBORw0KGgo=', mediaType: 'image/png' } },
            ],
          },
        ],
        output: { type: 'json-schema', schema: { type: 'object', properties: { city: { type: 'string' } } } },
      })
      const body = JSON.stringify(world.simulator.calls[0]?.body)
      expect(body).toContain('iVBORw0KGgo=')
      expect(body).toContain('image/png')
      expect(body).toContain('"city"')
    })

    test.each([
      ['rate_limited', rateLimited({ retryAfter: '7' })],
      ['authentication_failed', unauthorized()],
      ['context_window_exceeded', contextWindowExceeded()],
      ['provider_unavailable', serverError(500)],
    ] as const)('a failure of the provider is %s', async (code, failure) => {
      const world = createWorld()
      world.simulator.on().reply(failure)
      const error = await world.clock.run(failureOf(gatewayTo(world, one).chat({ model: 'chosen', messages: 'Hello' })))
      expect(error).toMatchObject({ code, deployment: `theirs/${one.model}` })
      if (code === 'rate_limited') expect(error.retryAfter).toBe(7000)
      expect(world.simulator.calls).toHaveLength(1)
      expect(JSON.stringify(error)).not.toContain('key-of-the-package')
    })

    test.each(manners)('another provider steps in, streams: $streams', async ({ streams }) => {
      const world = createWorld()
      world.simulator.on({ key: 'key-of-the-package' }).reply(serverError(500))
      const gateway = gatewayTo(world, one)
      const asking = gateway.chat({ model: 'both', messages: 'Hello', stream: streams })
      const reply = await world.clock.run(asking)
      expect(reply.trace.deployment).toBe('openai/gpt-5-mini')
      if ('textStream' in reply) expect((await drain(reply.textStream)).join('')).toBe('You said: Hello')
    })

    test('an error inside the stream, before anything was said, is an ordinary failure', async () => {
      const world = createWorld()
      world.simulator
        .on({ key: 'key-of-the-package' })
        .reply(errorInStream(overloaded(), { after: 0, input: stream(['a', 'b']) }))
      const gateway = gatewayTo(world, one)
      const reply = await world.clock.run(gateway.chat({ model: 'both', messages: 'Hello', stream: true }))
      expect(reply.trace.deployment).toBe('openai/gpt-5-mini')
      await reply.cancel()
    })

    test('a reader who leaves ends the work of the provider', async () => {
      const world = createWorld()
      world.simulator.on().reply(stream(['a', 'b', 'c'], { stallAfter: 2 }))
      const reply = await gatewayTo(world, one).chat({ model: 'chosen', messages: 'Hello', stream: true })
      for await (const text of reply.textStream) if (text) break
      await vi.waitFor(() => expect(world.simulator.running).toBe(0), { interval: 1 })
      expect(world.simulator.calls).toMatchObject([{ outcome: 'aborted' }])
    })

    test('a caller who leaves ends the work of the provider', async () => {
      const world = createWorld()
      world.simulator.on().reply(stalled())
      const leaving = new AbortController()
      const { signal } = leaving
      const asking = failureOf(gatewayTo(world, one).chat({ model: 'chosen', messages: 'Hello', signal }))
      await vi.waitFor(() => expect(world.simulator.running).toBe(1), { interval: 1 })
      leaving.abort()
      expect(await asking).toMatchObject({ code: 'cancelled' })
      await vi.waitFor(() => expect(world.simulator.running).toBe(0), { interval: 1 })
    })
  })
}

interface Package {
  readonly make: MakeProvider
  readonly pick: string
  readonly model: string
}
