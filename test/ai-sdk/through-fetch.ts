import { describe, expect, test } from 'vitest'
import { createGateway } from 'zerohop'
import { serverError, stream, toolCalls } from 'zerohop/testing'
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
      behind,
    },
    // The simulator does not speak Responses, in which OpenAI would be asked then.
    { name: 'openai, by Responses', make: major.createOpenAI, model: plain, behind: behind.slice(1) },
    { name: 'anthropic', make: major.createAnthropic, model: plain, behind },
    { name: 'google', make: major.createGoogle, model: plain, behind },
  ]
  const cases = packages.flatMap(({ behind, ...one }) =>
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
    })

    test('a tool, and its result', async () => {
      const world = createWorld()
      world.simulator
        .on()
        .reply(toolCalls([{ id: 'call_1', name: 'weather', arguments: { city: 'Oslo' } }]))
        .then('7 degrees.')
      const inputSchema = z.object({ city: z.string() })
      const weather = sdk.tool({ inputSchema, execute: () => '7 degrees' } as never)
      const said = await ask(major, one.streams, {
        model: modelIn(world),
        prompt: 'How warm is it?',
        tools: { weather },
        stopWhen: sdk.stepCountIs(3),
        // Else @ai-sdk/openai 2 sends what was said before as references to items that OpenAI has stored.
        providerOptions: { openai: { store: false } },
      })
      expect(said.text).toBe('7 degrees.')
      expect(said.steps[0]?.toolCalls).toMatchObject([{ toolName: 'weather', input: { city: 'Oslo' } }])
      expect(JSON.stringify(world.simulator.calls[1]?.body)).toContain('7 degrees')
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
