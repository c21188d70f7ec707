import { describe, expect, test, vi } from 'vitest'
import { createGateway } from 'zerohop'
import { json, serverError, stalled, stream, toolCalls } from 'zerohop/testing'
import { z } from 'zod'
import { createWorld, providers, type World } from '../world.ts'
import { ask, type Major } from './sdk.ts'

/** The provider packages of one major, as applications that know nothing of the gateway but its `fetch`. */
export function describeFetch(major: Major): void {
  const { sdk } = major
  const behind = ['openai/gpt-5-mini', 'anthropic/claude-sonnet-4-5', 'google/gemini-2.5-flash']
  const plain = (provider: unknown) => (provider as Calls)('chosen')
  const packages = [
    {
      name: 'openai',
      make: major.createOpenAI,
      model: (provider: unknown) => (provider as Chats).chat('chosen'),
    },
    { name: 'openai, by Responses', make: major.createOpenAI, model: plain },
    { name: 'anthropic', make: major.createAnthropic, model: plain },
    { name: 'google', make: major.createGoogle, model: plain },
  ]
  const cases = packages.flatMap((one) =>
    behind.flatMap((served) => [false, true].map((streams) => ({ ...one, served, streams }))),
  )

  describe.each(cases)(`ai ${major.major}: $name through gateway.fetch to $served, streams: $streams`, (one) => {
    const modelIn = (world: World, maxAttempts = 6) => {
      const gateway = createGateway({
        providers,
        models: { chosen: [one.served] } as Record<string, string[]>,
        maxAttempts,
        retry: { limit: 9 },
        runtime: world.runtime,
      })
      return one.model(one.make({ apiKey: 'of the application', fetch: gateway.fetch as typeof fetch }))
    }

    test('a text', async () => {
      const world = createWorld()
      world.simulator.on().reply(stream(['Grüße, ', '世界 🙂'], { usage: { inputTokens: 100, outputTokens: 20 } }))
      const said = await ask(major, one.streams, { model: modelIn(world), prompt: 'Hello' })
      expect(said).toMatchObject({ text: 'Grüße, 世界 🙂', finishReason: 'stop' })
      expect(said.usage).toMatchObject({ inputTokens: 100, outputTokens: 20 })
      // Whom Responses are asked for, and who speaks them, is asked in them.
      const speaks = one.name === 'openai, by Responses' && one.served.startsWith('openai/')
      if (speaks) expect(world.simulator.calls).toMatchObject([{ format: 'openai-responses' }])
    })

    test('tools in several steps, and their results', async () => {
      const world = createWorld()
      const calls = ['Oslo', 'Bergen'].map((city, index) => ({
        id: `call_${index + 1}`,
        name: 'weather',
        arguments: { city },
      }))
      world.simulator
        .on()
        .reply(toolCalls(calls))
        .then(toolCalls([{ id: 'call_3', name: 'weather', arguments: { city: 'Tromsø' } }]))
        .then('7 degrees.')
      const inputSchema = z.object({ city: z.string() })
      const execute = ({ city }: { city: string }): string => `in ${city}: 7 degrees`
      const weather = sdk.tool({ inputSchema, execute } as never)
      const said = await ask(major, one.streams, {
        model: modelIn(world),
        prompt: 'How warm is it?',
        tools: { weather },
        stopWhen: sdk.stepCountIs(5),
        // Else @ai-sdk/openai 2 sends what was said before as references to items that OpenAI has stored.
        providerOptions: { openai: { store: false } },
      })
      expect(said.text).toBe('7 degrees.')
      expect(said.steps.map(({ toolCalls }) => toolCalls)).toMatchObject([
        [
          { toolName: 'weather', input: { city: 'Oslo' } },
          { toolName: 'weather', input: { city: 'Bergen' } },
        ],
        [{ toolName: 'weather', input: { city: 'Tromsø' } }],
        [],
      ])
      const last = JSON.stringify(world.simulator.calls[2]?.body)
      for (const city of ['Oslo', 'Bergen', 'Tromsø']) expect(last).toContain(`in ${city}: 7 degrees`)
    })

    test('an object, held to its schema', async () => {
      const world = createWorld()
      // @ai-sdk/anthropic 2 asks for objects by a tool that must be called.
      const byTool = one.name === 'anthropic' && major.major === 5
      world.simulator
        .on()
        .reply(
          byTool ? toolCalls([{ id: 'call_1', name: 'json', arguments: { city: 'Oslo' } }]) : json({ city: 'Oslo' }),
        )
      const output = sdk.Output.object({ schema: z.object({ city: z.string() }) } as never)
      const said = await ask(major, one.streams, {
        model: modelIn(world),
        prompt: 'Where?',
        ...(major.major === 5 ? { experimental_output: output } : { output }),
      })
      expect(JSON.parse(said.text)).toEqual({ city: 'Oslo' })
      expect(JSON.stringify(world.simulator.calls[0]?.body)).toContain('"city"')
    })

    test('leaving ends the work of the provider', async () => {
      const world = createWorld()
      world.simulator.on().reply(one.streams ? stream(['a', 'b', 'c'], { stallAfter: 2 }) : stalled())
      const leaving = new AbortController()
      const asking = ask(major, one.streams, { model: modelIn(world), prompt: 'Hello', abortSignal: leaving.signal })
      const ended = asking.catch((error: unknown) => error)
      await vi.waitFor(() => expect(world.simulator.running).toBe(1), { interval: 1 })
      await world.clock.settle()
      leaving.abort()
      expect(await ended).toMatchObject({ name: 'AbortError' })
      await vi.waitFor(() => expect(world.simulator.running).toBe(0), { interval: 1 })
      expect(world.simulator.calls).toMatchObject([{ outcome: 'aborted' }])
    })

    test('a dead provider is asked as often as the gateway says', async () => {
      const world = createWorld()
      world.simulator.on().reply(serverError(500))
      const asking = ask(major, one.streams, { model: modelIn(world, 3), prompt: 'Hello', maxRetries: 0 })
      const error = await world.clock.run(asking.catch((error: unknown) => error))
      expect(sdk.APICallError.isInstance(error)).toBe(true)
      expect(error).toMatchObject({ statusCode: 502 })
      expect(world.simulator.calls).toHaveLength(3)
    })
  })
}

type Calls = (model: string) => unknown
interface Chats {
  chat(model: string): unknown
}
