import { describe, expect, test, vi } from 'vitest'
import { cache, isGatewayError } from 'zerohop'
import { createZerohop, metadataOf } from 'zerohop/ai-sdk'
import {
  answer,
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
} from 'zerohop/testing'
import { z } from 'zod'
import { createPair, createWorld, type World } from '../world.ts'
import { ask, type Major } from './sdk.ts'

const manners = [
  { manner: 'whole', streams: false },
  { manner: 'streamed', streams: true },
]

const picture = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** What the gateway is to `ai` of one major, as its provider. */
export function describeProvider(major: Major): void {
  const { sdk, AISDKError } = major
  const versions = major.takes.map((version) => ({ version }))
  const cases = versions.flatMap((one) => manners.map((manner) => ({ ...one, ...manner })))

  describe.each(cases)(`ai ${major.major}, a $version provider, $manner`, ({ version, streams }) => {
    const providerOf = (world: World, options: Parameters<typeof createPair>[1] = {}) =>
      createZerohop(createPair(world, options), { specificationVersion: version })

    test('an answer, with its usage, its reason and what it cost', async () => {
      const world = createWorld()
      world.simulator.on().reply(stream(['Grüße, ', '世界 ', '🙂'], { usage: { inputTokens: 100, outputTokens: 20 } }))
      const model = providerOf(world)('openai/gpt-5-mini')
      const said = await ask(major, streams, { model, system: 'Be kind.', prompt: 'Hello', maxOutputTokens: 50 })
      expect(said).toMatchObject({ text: 'Grüße, 世界 🙂', finishReason: 'stop' })
      expect(said.usage).toMatchObject({ inputTokens: 100, outputTokens: 20, totalTokens: 120 })
      expect(said.warnings ?? []).toEqual([])
      expect(said.response).toMatchObject({ id: expect.stringMatching(/^chatcmpl/), modelId: 'gpt-5-mini' })
      const metadata = metadataOf(said.providerMetadata)
      expect(metadata).toMatchObject({
        callId: expect.stringMatching(/^zh_/),
        deployment: 'openai/gpt-5-mini',
        provider: 'openai',
        cost: expect.any(Number),
        cache: 'off',
        attempts: [{ deployment: 'openai/gpt-5-mini', status: 'completed', cost: metadata?.cost }],
      })
      expect(metadata!.cost).toBeGreaterThan(0)
      const [call] = world.simulator.calls
      expect(call).toMatchObject({ provider: 'openai', stream: streams })
      expect(call?.body).toMatchObject({
        messages: [
          { role: 'system', content: 'Be kind.' },
          { role: 'user', content: 'Hello' },
        ],
        max_completion_tokens: 50,
      })
    })

    test('tools in several steps, and thoughts with their proof', async () => {
      const world = createWorld()
      world.simulator
        .on()
        .reply(
          [
            reasoning(['Look ', 'first.'], { signature: 'c2lnbmF0dXJl' }),
            toolCalls([
              { id: 'call_1', name: 'weather', arguments: { city: 'Oslo' } },
              { id: 'call_2', name: 'weather', arguments: { city: 'Bergen' } },
            ]),
          ].flat(),
        )
        .then('7 in Oslo, rain in Bergen.')
      const weather = sdk.tool({
        description: 'The weather of a city',
        inputSchema: z.object({ city: z.string() }),
        execute: ({ city }: { city: string }) => ({ city, degrees: city === 'Oslo' ? 7 : 3 }),
      } as never)
      const said = await ask(major, streams, {
        model: providerOf(world)('anthropic/claude-sonnet-4-5'),
        prompt: 'What is the weather?',
        tools: { weather },
        stopWhen: sdk.stepCountIs(3),
        providerOptions: { anthropic: { thinking: { type: 'enabled', budgetTokens: 2000 } } },
      })
      expect(said.text).toBe('7 in Oslo, rain in Bergen.')
      expect(said.steps).toMatchObject([
        {
          finishReason: 'tool-calls',
          toolCalls: [
            { toolCallId: 'call_1', toolName: 'weather', input: { city: 'Oslo' } },
            { toolCallId: 'call_2', toolName: 'weather', input: { city: 'Bergen' } },
          ],
        },
        { finishReason: 'stop', toolCalls: [] },
      ])
      const [first, second] = world.simulator.calls
      expect(first?.body).toMatchObject({
        thinking: { type: 'enabled', budget_tokens: 2000 },
        tools: [{ name: 'weather', input_schema: { properties: { city: { type: 'string' } } } }],
      })
      expect((second!.body as { messages: unknown[] }).messages.slice(1)).toMatchObject([
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Look first.', signature: 'c2lnbmF0dXJl' },
            { type: 'tool_use', id: 'call_1', input: { city: 'Oslo' } },
            { type: 'tool_use', id: 'call_2', input: { city: 'Bergen' } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'call_1', content: '{"city":"Oslo","degrees":7}' },
            { type: 'tool_result', tool_use_id: 'call_2', content: '{"city":"Bergen","degrees":3}' },
          ],
        },
      ])
    })

    test('an object, held to its schema', async () => {
      const world = createWorld()
      world.simulator.on().reply(json({ city: 'Oslo' }))
      const output = sdk.Output.object({ schema: z.object({ city: z.string() }) } as never)
      const said = await ask(major, streams, {
        model: providerOf(world)('solo'),
        prompt: 'Where?',
        ...(major.major === 5 ? { experimental_output: output } : { output }),
      })
      expect(JSON.parse(said.text)).toEqual({ city: 'Oslo' })
      expect(world.simulator.calls[0]?.body).toMatchObject({
        response_format: {
          type: 'json_schema',
          json_schema: { strict: true, schema: { type: 'object', properties: { city: { type: 'string' } } } },
        },
      })
    })

    test('a picture in the prompt', async () => {
      const world = createWorld()
      const bytes = Uint8Array.from(atob(picture), (character) => character.charCodeAt(0))
      const content = [
        { type: 'text', text: 'What is this?' },
        major.major === 7 ? { type: 'file', data: bytes, mediaType: 'image/png' } : { type: 'image', image: bytes },
      ]
      await ask(major, streams, { model: providerOf(world)('solo'), messages: [{ role: 'user', content }] })
      expect(world.simulator.calls[0]?.body).toMatchObject({
        messages: [
          {
            content: [
              { type: 'text', text: 'What is this?' },
              { type: 'image_url', image_url: { url: `data:image/png;base64,${picture}` } },
            ],
          },
        ],
      })
    })

    test('a refusal is a text, and is a refusal again when it comes back', async () => {
      const world = createWorld()
      world.simulator.on().reply(refusal('I cannot help with that.')).then('Well.')
      const model = providerOf(world)('solo')
      const said = await ask(major, streams, { model, prompt: 'Hello' })
      expect(said.text).toBe('I cannot help with that.')
      const messages = [
        { role: 'user', content: 'Hello' },
        ...said.response.messages,
        { role: 'user', content: 'Why?' },
      ]
      await ask(major, streams, { model, messages })
      expect(world.simulator.calls[1]?.body).toMatchObject({
        messages: [{}, { role: 'assistant', refusal: 'I cannot help with that.' }, { content: 'Why?' }],
      })
    })

    test('who asks, and how: providerOptions.zerohop', async () => {
      const world = createWorld()
      const seen: unknown[] = []
      const zerohop = providerOf(world, { telemetry: [({ principal }) => void seen.push(principal)] })
      const providerOptions = { zerohop: { team: 'search', user: 'u1', tags: ['a'], principal: { plan: 'free' } } }
      await ask(major, streams, { model: zerohop('solo'), prompt: 'Hello', providerOptions })
      await world.clock.settle()
      expect(seen).toEqual([{ team: 'search', user: 'u1', tags: ['a'], plan: 'free' }])
    })

    test('a call may say how long it takes and how often it is tried', async () => {
      const world = createWorld()
      world.simulator.on().reply(stalled())
      const asking = ask(major, streams, {
        model: providerOf(world, { timeouts: { firstToken: '60s' } })('solo'),
        prompt: 'Hello',
        providerOptions: { zerohop: { timeout: '2s', maxAttempts: 1 } },
      }).catch((error: unknown) => error)
      const error = await world.clock.run(asking)
      expect(error).toMatchObject({ code: 'timed_out', statusCode: 504 })
      expect(world.simulator.calls).toHaveLength(1)
      expect(world.clock.now() - Date.UTC(2026, 0, 1)).toBe(2000)
    })

    test('an unknown field of providerOptions.zerohop is refused', async () => {
      const world = createWorld()
      const error = await ask(major, streams, {
        model: providerOf(world)('solo'),
        prompt: 'Hello',
        providerOptions: { zerohop: { taem: 'search' } },
      }).catch((error: unknown) => error)
      expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('taem') })
    })

    test('an answer from the cache costs nothing, and says what it saved', async () => {
      const world = createWorld()
      const zerohop = providerOf(world, { cache: cache() })
      const model = zerohop('openai/gpt-5-mini')
      await ask(major, streams, { model, prompt: 'Hello' })
      const said = await ask(major, streams, { model, prompt: 'Hello' })
      expect(said.text).toBe('You said: Hello')
      expect(metadataOf(said.providerMetadata)).toMatchObject({ cache: 'hit', cost: 0, saved: expect.any(Number) })
      expect(world.simulator.calls).toHaveLength(1)
      const providerOptions = { zerohop: { cache: false } }
      const again = await ask(major, streams, { model, prompt: 'Hello', providerOptions })
      expect(metadataOf(again.providerMetadata)?.cache).toBe('skip')
      expect(world.simulator.calls).toHaveLength(2)
    })

    test('a second provider steps in, and the application sees nothing of the first', async () => {
      const world = createWorld()
      world.simulator.on({ model: 'a' }).reply(serverError(500))
      world.simulator.on({ model: 'b' }).reply('From b.')
      const asking = ask(major, streams, {
        model: providerOf(world, { retry: { limit: 0 } })('pair'),
        prompt: 'Hello',
      })
      const said = await world.clock.run(asking)
      expect(said.text).toBe('From b.')
      expect(world.asked()).toEqual(['a', 'b'])
      expect(metadataOf(said.providerMetadata)).toMatchObject({
        deployment: 'anthropic/b',
        attempts: [
          { deployment: 'openai/a', status: 'failed', code: 'provider_unavailable', httpStatus: 500 },
          { deployment: 'anthropic/b', status: 'completed' },
        ],
      })
    })

    test('a provider that is silent is given up by our own timer, and another answers', async () => {
      const world = createWorld()
      world.simulator.on({ model: 'a' }).reply(stalled())
      world.simulator.on({ model: 'b' }).reply('From b.')
      const asking = ask(major, true, {
        model: providerOf(world, { timeouts: { firstToken: '5s' }, retry: { limit: 0 } })('pair'),
        prompt: 'Hello',
      })
      expect((await world.clock.run(asking)).text).toBe('From b.')
    })

    test('against a dead provider the own retries of the AI SDK add no attempt', async () => {
      const world = createWorld()
      world.simulator.on().reply(serverError(500))
      const model = providerOf(world, { maxAttempts: 3, retry: { limit: 9 } })('solo')
      const asking = ask(major, streams, { model, prompt: 'a secret prompt' }).catch((error: unknown) => error)
      const error = await world.clock.run(asking)
      expect(world.simulator.calls).toHaveLength(3)
      expect(sdk.APICallError.isInstance(error)).toBe(true)
      expect(AISDKError.isInstance(error)).toBe(true)
      expect(isGatewayError(error, 'provider_unavailable')).toBe(true)
      expect(error).toMatchObject({ statusCode: 502, isRetryable: false, attempts: [{}, {}, {}] })
      const { responseBody } = error as { responseBody: string }
      expect(JSON.parse(responseBody)).toMatchObject({ error: { code: 'provider_unavailable' } })
      expect(JSON.stringify(error) + responseBody).not.toContain('secret')
    })

    test('a rate limit says how long to wait', async () => {
      const world = createWorld()
      world.simulator.on().reply(rateLimited({ retryAfter: 60 }))
      const asking = ask(major, streams, { model: providerOf(world)('solo'), prompt: 'Hello' })
      const error = await world.clock.run(asking.catch((error: unknown) => error))
      expect(error).toMatchObject({ statusCode: 429, responseHeaders: { 'retry-after': '60' } })
    })

    test('leaving before an answer has begun ends the work of the provider', async () => {
      const world = createWorld()
      world.simulator.on().reply(stalled())
      const leaving = new AbortController()
      const model = providerOf(world)('solo')
      const asking = ask(major, streams, { model, prompt: 'Hello', abortSignal: leaving.signal }).catch(
        (error: unknown) => error,
      )
      await vi.waitFor(() => expect(world.simulator.running).toBe(1), { interval: 1 })
      leaving.abort()
      expect(await asking).toMatchObject({ name: 'AbortError' })
      await world.clock.settle()
      expect(world.simulator.calls).toMatchObject([{ outcome: 'aborted' }])
      expect(world.clock.pending).toBe(0)
    })
  })

  describe.each(versions)(`ai ${major.major}, a $version provider`, ({ version }) => {
    test('leaving in the middle of a stream ends the work of the provider', async () => {
      const world = createWorld()
      world.simulator.on().reply(stream(['a', 'b', 'c'], { stallAfter: 2 }))
      const zerohop = createZerohop(createPair(world), { specificationVersion: version })
      const leaving = new AbortController()
      const asking = ask(major, true, { model: zerohop('solo'), prompt: 'Hello', abortSignal: leaving.signal }).catch(
        (error: unknown) => error,
      )
      await vi.waitFor(() => expect(world.simulator.running).toBe(1), { interval: 1 })
      await world.clock.settle()
      leaving.abort()
      expect(await asking).toMatchObject({ name: 'AbortError' })
      await world.clock.settle()
      expect(world.simulator.calls).toMatchObject([{ outcome: 'aborted' }])
      expect(world.clock.pending).toBe(0)
    })

    test('a failure in the middle of a stream is told once, after what came before it', async () => {
      const world = createWorld()
      world.simulator.on().reply(errorInStream(overloaded(), { after: 2, input: stream(['a', 'b', 'c']) }))
      const zerohop = createZerohop(createPair(world), { specificationVersion: version })
      const errors: unknown[] = []
      const { fullStream } = sdk.streamText({
        model: zerohop('solo'),
        prompt: 'Hello',
        onError: ({ error }: { error: unknown }) => void errors.push(error),
      } as never) as { fullStream: AsyncIterable<{ type: string; text?: string; error?: unknown }> }
      const parts = []
      for await (const part of fullStream) parts.push(part)
      expect(parts.filter(({ type }) => type === 'text-delta').map(({ text }) => text)).toEqual(['a', 'b'])
      expect(errors).toMatchObject([{ code: 'provider_overloaded', isRetryable: false }])
      expect(world.simulator.calls).toHaveLength(1)
    })

    test('generateObject gives what the schema says', async () => {
      const world = createWorld()
      world.simulator.on().reply(json({ city: 'Oslo' }))
      const zerohop = createZerohop(createPair(world), { specificationVersion: version })
      const options = { model: zerohop('solo'), prompt: 'Where?', schema: z.object({ city: z.string() }) }
      await expect(sdk.generateObject(options as never)).resolves.toMatchObject({ object: { city: 'Oslo' } })
    })

    test('usage says what was cached and what was thought', async () => {
      const world = createWorld()
      const usage = { inputTokens: 100, cachedInputTokens: 60, outputTokens: 20, reasoningTokens: 5 }
      world.simulator.on().reply(answer('Hello', { usage }))
      const zerohop = createZerohop(createPair(world), { specificationVersion: version })
      const said = await ask(major, false, { model: zerohop('solo'), prompt: 'Hello' })
      expect(said.usage).toMatchObject(
        major.major === 7
          ? { inputTokenDetails: { cacheReadTokens: 60 }, outputTokenDetails: { reasoningTokens: 5 } }
          : { inputTokens: 100, outputTokens: 20, cachedInputTokens: 60, reasoningTokens: 5 },
      )
    })

    test('a model that is only a name goes to the default provider', async () => {
      const world = createWorld()
      const globals = globalThis as { AI_SDK_DEFAULT_PROVIDER?: unknown }
      globals.AI_SDK_DEFAULT_PROVIDER = createZerohop(createPair(world), { specificationVersion: version })
      const said = await ask(major, false, { model: 'solo', prompt: 'Hello' })
      delete globals.AI_SDK_DEFAULT_PROVIDER
      expect(said.text).toBe('You said: Hello')
    })

    test('a registry finds the models of the gateway', async () => {
      const world = createWorld()
      const zerohop = createZerohop(createPair(world), { specificationVersion: version })
      const registry = sdk.createProviderRegistry({ zerohop } as never) as { languageModel(id: string): unknown }
      const said = await ask(major, false, { model: registry.languageModel('zerohop:solo'), prompt: 'Hello' })
      expect(said.text).toBe('You said: Hello')
    })
  })
}
