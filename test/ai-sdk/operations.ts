import { describe, expect, test, vi } from 'vitest'
import { cache, createGateway, type Gateway, type GatewayOptions, isGatewayError, ordered } from 'zerohop'
import {
  type AnyEmbeddingModel,
  type AnyImageModel,
  aiSdkProvider,
  createZerohop,
  metadataOf,
  type ZerohopMetadata,
} from 'zerohop/ai-sdk'
import { serverError, stalled } from 'zerohop/testing'
import { cohere } from '../../src/providers/cohere.ts'
import { createWorld, providers, type World } from '../world.ts'
import type { Major } from './sdk.ts'

/** What the results of these functions have, as far as the tests look. */
interface Result {
  readonly warnings?: readonly unknown[]
  readonly providerMetadata?: Readonly<Record<string, unknown>>
  readonly usage?: Readonly<Record<string, number | undefined>>
  readonly embedding?: readonly number[]
  readonly embeddings?: readonly (readonly number[])[]
  readonly images?: readonly { readonly base64: string; readonly mediaType: string }[]
  readonly audio?: { readonly uint8Array: Uint8Array; readonly mediaType: string }
  readonly text?: string
  readonly segments?: readonly unknown[]
  readonly words?: readonly unknown[]
  readonly durationInSeconds?: number
  readonly ranking?: readonly { readonly originalIndex: number; readonly score: number; readonly document: unknown }[]
}

type Options = Readonly<Record<string, unknown>>

const png = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='),
  (character) => character.charCodeAt(0),
)
const sound = new Uint8Array(64_000)

/** What the gateway is to `ai` of one major, for all that is no text. */
export function describeOperations(major: Major): void {
  const { sdk } = major
  const run = (name: string, options: Options): Promise<Result> => {
    const named = sdk as unknown as Readonly<Record<string, ((options: Options) => Promise<Result>) | undefined>>
    return (named[name] ?? named[`experimental_${name}`])!(options)
  }

  function gatewayIn(world: World, options: Partial<GatewayOptions<never[], never>> = {}): Gateway {
    return createGateway({
      providers: [...providers, cohere],
      models: {
        vectors: ['openai/text-embedding-3-small'],
        pictures: ['openai/gpt-image-1'],
        old: ['openai/dall-e-2'],
        voices: ['openai/tts-1'],
        ears: ['openai/whisper-1'],
        order: ['cohere/rerank-v3.5'],
      } as Record<string, string[]>,
      routing: ordered(),
      retry: { limit: 0 },
      ...options,
      runtime: world.runtime,
    }) as unknown as Gateway
  }

  describe.each(major.takes.map((version) => ({ version })))(
    `ai ${major.major}, a $version provider`,
    ({ version }) => {
      const zerohopIn = (world: World, options: Partial<GatewayOptions<never[], never>> = {}) =>
        createZerohop(gatewayIn(world, options), { specificationVersion: version })

      test('a text is embedded', async () => {
        const world = createWorld()
        const model = zerohopIn(world).embeddingModel('vectors')
        const said = await run('embed', { model, value: 'dogs bark at cats' })
        expect(said.embedding).toHaveLength(1536)
        expect(said.usage).toEqual({ tokens: 4 })
        // `ai` 5 tells no metadata of embeddings.
        if (major.major > 5) {
          expect(metadataOf(said.providerMetadata)).toMatchObject({
            callId: expect.stringMatching(/^zh_/),
            deployment: 'openai/text-embedding-3-small',
            attempts: [{ status: 'completed' }],
          })
          expect(said.warnings).toEqual([])
        }
      })

      test('the gateway sends many texts in as many requests as the provider needs', async () => {
        const world = createWorld()
        const values = Array.from({ length: 2049 }, (_, index) => `text ${index}`)
        const providerOptions = { zerohop: { dimensions: 8 } }
        const model = zerohopIn(world).textEmbeddingModel('vectors')
        const { embeddings = [], usage } = await run('embedMany', { model, values, providerOptions })
        expect(embeddings).toHaveLength(2049)
        expect(embeddings.every((embedding) => embedding.length === 8)).toBe(true)
        expect(world.simulator.calls).toHaveLength(2)
        expect(usage).toEqual({ tokens: 4098 })
        const again = await run('embed', { model, value: 'text 2048', providerOptions })
        expect(again.embedding).toEqual(embeddings[2048])
      })

      test('options for vectors go by their usual names, to whoever makes them', async () => {
        const world = createWorld()
        const model = zerohopIn(world).embeddingModel('google/gemini-embedding-001')
        const providerOptions = {
          openai: { dimensions: 8 },
          cohere: { inputType: 'search_query' },
          google: { title: 'A title' },
        }
        const said = await run('embed', { model, value: 'Hello', providerOptions })
        expect(world.simulator.calls[0]?.body).toMatchObject({
          requests: [{ outputDimensionality: 8, taskType: 'RETRIEVAL_QUERY' }],
        })
        if (major.major > 5) {
          expect(said.warnings).toMatchObject([{ message: expect.stringContaining('providerOptions.google.title') }])
        }
      })

      test('images are made, and say what they cost', async () => {
        const world = createWorld()
        const model = zerohopIn(world).imageModel('pictures')
        const providerOptions = { openai: { quality: 'low', moderation: 'low' }, zerohop: { background: 'opaque' } }
        const said = await run('generateImage', { model, prompt: 'A door', n: 2, size: '1024x1024', providerOptions })
        expect(said.images).toMatchObject([{ mediaType: 'image/png' }, { mediaType: 'image/png' }])
        expect(said.images?.[0]?.base64).toMatch(/^iVBOR/)
        expect(said.images?.[0]?.base64).not.toBe(said.images?.[1]?.base64)
        expect(said.warnings).toEqual([])
        expect(world.simulator.calls.map(({ body }) => body)).toMatchObject([
          { prompt: 'A door', n: 2, size: '1024x1024', quality: 'low', moderation: 'low', background: 'opaque' },
        ])
        const metadata = metadataOf(said.providerMetadata)
        expect(metadata).toMatchObject({ callId: expect.any(String), deployment: 'openai/gpt-image-1' })
        expect(metadata?.attempts).toHaveLength(1)
        const { images } = said.providerMetadata!['zerohop'] as { images: readonly ZerohopMetadata[] }
        expect(images).toHaveLength(2)
        // So that costs add up.
        expect(images[1]).not.toHaveProperty('cost')
        if (version !== 'v2') expect(said.usage).toMatchObject({ outputTokens: 544 })
      })

      test('a model that would give addresses is asked for the images themselves', async () => {
        const world = createWorld()
        const said = await run('generateImage', { model: zerohopIn(world).imageModel('old'), prompt: 'A door' })
        expect(world.simulator.calls[0]?.body).toMatchObject({ response_format: 'b64_json' })
        expect(said.images?.[0]?.base64).toMatch(/^iVBOR/)
      })

      test('speech is made', async () => {
        const world = createWorld()
        const model = zerohopIn(world).speechModel('voices')
        const asked = { model, text: 'Good morning.', voice: 'alloy', speed: 1.5, instructions: 'Softly.' }
        const said = await run('generateSpeech', { ...asked, outputFormat: 'wav' })
        expect(said.audio?.uint8Array.length).toBeGreaterThan(0)
        expect(world.simulator.calls[0]?.body).toMatchObject({
          input: 'Good morning.',
          voice: 'alloy',
          response_format: 'wav',
          speed: 1.5,
          instructions: 'Softly.',
        })
        expect(metadataOf(said.providerMetadata)).toMatchObject({ deployment: 'openai/tts-1' })
        const odd = await run('generateSpeech', { ...asked, outputFormat: 'mp3_44100_128' })
        expect(odd.warnings).toMatchObject([{ type: 'other', message: expect.stringContaining('mp3_44100_128') }])
      })

      test('a recording is written down', async () => {
        const world = createWorld()
        world.simulator.on().reply('Good morning.')
        const model = zerohopIn(world).transcriptionModel('ears')
        const providerOptions = { openai: { timestampGranularities: ['segment'] }, zerohop: { language: 'en' } }
        const said = await run('transcribe', { model, audio: sound, providerOptions })
        expect(said).toMatchObject({
          text: 'Good morning.',
          segments: [{ text: 'Good morning.', startSecond: 0, endSecond: 2 }],
          durationInSeconds: 2,
        })
        expect(world.simulator.calls[0]?.body).toMatchObject({ language: 'en', response_format: 'verbose_json' })
        expect(metadataOf(said.providerMetadata)).toMatchObject({ deployment: 'openai/whisper-1' })
      })

      test('a fault of the provider is a final error, and is tried no more often than the gateway says', async () => {
        const world = createWorld()
        world.simulator.on().reply(serverError(500))
        const zerohop = zerohopIn(world, { maxAttempts: 2, retry: { limit: 9 } })
        const asked: readonly (readonly [string, Options])[] = [
          ['embed', { model: zerohop.embeddingModel('vectors'), value: 'a secret' }],
          ['generateImage', { model: zerohop.imageModel('pictures'), prompt: 'a secret' }],
          ['generateSpeech', { model: zerohop.speechModel('voices'), text: 'a secret', voice: 'alloy' }],
          ['transcribe', { model: zerohop.transcriptionModel('ears'), audio: sound }],
          ...(major.major > 5
            ? ([
                ['rerank', { model: zerohop.rerankingModel('order'), query: 'a secret', documents: ['a', 'b'] }],
              ] as const)
            : []),
        ]
        for (const [name, options] of asked) {
          const before = world.simulator.calls.length
          const error = await world.clock.run(run(name, options).catch((error: unknown) => error))
          expect(isGatewayError(error, 'provider_unavailable'), name).toBe(true)
          expect(sdk.APICallError.isInstance(error), name).toBe(true)
          expect(error).toMatchObject({ isRetryable: false, statusCode: 502, attempts: [{}, {}] })
          expect(JSON.stringify(error)).not.toContain('secret')
          expect(world.simulator.calls.length - before, name).toBe(2)
        }
      })

      test('whoever leaves ends the work of the provider', async () => {
        const world = createWorld()
        world.simulator.on().reply(stalled())
        const zerohop = zerohopIn(world)
        for (const [name, options] of [
          ['embedMany', { model: zerohop.embeddingModel('vectors'), values: ['Hello', 'there'] }],
          ['generateImage', { model: zerohop.imageModel('pictures'), prompt: 'A door' }],
          ['generateSpeech', { model: zerohop.speechModel('voices'), text: 'Hello', voice: 'alloy' }],
          ['transcribe', { model: zerohop.transcriptionModel('ears'), audio: sound }],
        ] as const) {
          const leaving = new AbortController()
          const asking = run(name, { ...options, abortSignal: leaving.signal }).catch((error: unknown) => error)
          await vi.waitFor(() => expect(world.simulator.running, name).toBe(1), { interval: 1 })
          leaving.abort()
          expect(await asking).toMatchObject({ name: 'AbortError' })
          await world.clock.settle()
          expect(world.simulator.calls.at(-1)).toMatchObject({ outcome: 'aborted' })
        }
        expect(world.clock.pending).toBe(0)
      })

      test('who asks, and how: providerOptions.zerohop', async () => {
        const world = createWorld()
        const seen: unknown[] = []
        const zerohop = zerohopIn(world, { telemetry: [({ principal }) => void seen.push(principal)], cache: cache() })
        const model = zerohop.embeddingModel('vectors')
        const providerOptions = { zerohop: { team: 'search', principal: { plan: 'free' } } }
        for (let index = 0; index < 2; index++) await run('embed', { model, value: 'Hello', providerOptions })
        await world.clock.settle()
        expect(seen).toEqual(Array(2).fill({ team: 'search', plan: 'free' }))
        expect(world.simulator.calls).toHaveLength(1)
        const refused = run('embed', { model, value: 'Hello', providerOptions: { zerohop: { dimension: 8 } } })
        await expect(refused).rejects.toMatchObject({
          code: 'invalid_request',
          message: expect.stringContaining('dimens'),
        })
      })

      test('a registry finds models of every kind', async () => {
        const world = createWorld()
        const registry = sdk.createProviderRegistry({ zerohop: zerohopIn(world) } as never) as Readonly<
          Record<string, (id: string) => unknown>
        >
        const find = major.major === 5 ? 'textEmbeddingModel' : 'embeddingModel'
        const said = await run('embed', { model: registry[find]!('zerohop:vectors'), value: 'Hello' })
        expect(said.embedding).toHaveLength(1536)
        const { images } = await run('generateImage', {
          model: registry['imageModel']!('zerohop:pictures'),
          prompt: 'A',
        })
        expect(images).toHaveLength(1)
        const model = registry['speechModel']!('zerohop:voices')
        expect((await run('generateSpeech', { model, text: 'A', voice: 'alloy' })).audio).toBeDefined()
      })
    },
  )

  // `ai` 5 has none of the next two.
  const describeLater = major.major > 5 ? describe : () => {}
  describeLater(`ai ${major.major}, reranking`, () => {
    test.each(major.takes.map((version) => ({ version })))(
      'documents are ranked, by a $version provider',
      async ({ version }) => {
        const world = createWorld()
        const zerohop = createZerohop(gatewayIn(world), { specificationVersion: version })
        const model = zerohop.rerankingModel('order')
        const documents = ['the price of steel', 'cats purr', 'dogs bark at cats']
        const said = await run('rerank', {
          model,
          query: 'dogs bark',
          documents,
          topN: 2,
          providerOptions: { cohere: { priority: 3 } },
        })
        expect(said.ranking).toMatchObject([{ originalIndex: 2, document: documents[2] }, {}])
        expect(said.ranking).toHaveLength(2)
        expect(world.simulator.calls[0]?.body).toMatchObject({ query: 'dogs bark', documents, top_n: 2, priority: 3 })
        expect(metadataOf(said.providerMetadata)).toMatchObject({ deployment: 'cohere/rerank-v3.5' })
      },
    )
  })

  describeLater(`ai ${major.major}, pictures that are changed`, () => {
    test('a picture and its mask go out with the prompt, and none at an address', async () => {
      const world = createWorld()
      const zerohop = createZerohop(gatewayIn(world), { specificationVersion: major.specification })
      const model = zerohop.imageModel('pictures')
      const said = await run('generateImage', { model, prompt: { text: 'Open it', images: [png], mask: png } })
      expect(said.images).toHaveLength(1)
      expect(world.simulator.calls[0]?.url).toMatch(/\/images\/edits$/)
      expect(Object.keys(world.simulator.calls[0]?.body as object)).toEqual(
        expect.arrayContaining(['prompt', 'image', 'mask']),
      )
      const address = { text: 'Open it', images: ['https://169.254.169.254/x.png'] }
      await expect(run('generateImage', { model, prompt: address })).rejects.toMatchObject({ code: 'unsupported' })
      expect(world.simulator.calls).toHaveLength(1)
    })
  })

  describe(`ai ${major.major}: models for vectors and images of @ai-sdk/openai, served by the gateway`, () => {
    function gatewayTo(world: World) {
      const fetch = world.simulator.fetch as typeof globalThis.fetch
      const made = major.createOpenAI({ apiKey: 'key-of-the-package', fetch }) as {
        textEmbeddingModel(name: string): AnyEmbeddingModel
        imageModel(name: string): AnyImageModel
      }
      return createGateway({
        providers: [
          aiSdkProvider({
            id: 'theirs',
            embeddingModel: (name) => made.textEmbeddingModel(name),
            imageModel: (name) => made.imageModel(name),
          }),
        ],
        retry: { limit: 0 },
        runtime: world.runtime,
      })
    }

    test('vectors, with their usage', async () => {
      const world = createWorld()
      const gateway = gatewayTo(world)
      const input = Array.from({ length: 2049 }, (_, index) => `text ${index}`)
      const reply = await gateway.embed({ model: 'theirs/text-embedding-3-small', input, dimensions: 8 })
      expect(reply.embeddings).toHaveLength(2049)
      expect(reply.embeddings.every((embedding) => embedding.length === 8)).toBe(true)
      expect(reply.usage).toEqual({ inputTokens: 4098 })
      expect(world.simulator.calls).toHaveLength(2)
      expect(world.simulator.calls[0]?.key).toBe('key-of-the-package')
    })

    test('images, in as many calls as the model needs', async () => {
      const world = createWorld()
      const gateway = gatewayTo(world)
      const reply = await gateway.image({
        model: 'theirs/dall-e-3',
        prompt: 'A door',
        n: 2,
        size: '1024x1024',
        quality: 'hd',
      })
      expect(reply.images).toHaveLength(2)
      expect(reply.bytes?.slice(1, 4)).toEqual(new TextEncoder().encode('PNG'))
      expect(world.simulator.calls).toMatchObject(Array(2).fill({ body: { n: 1, quality: 'hd' } }))
    })

    test('a failure is named', async () => {
      const world = createWorld()
      world.simulator.on().reply(serverError(500))
      const gateway = gatewayTo(world)
      const asking = gateway.embed({ model: 'theirs/text-embedding-3-small', input: 'a secret' })
      const error = await world.clock.run(asking.catch((error: unknown) => error))
      expect(error).toMatchObject({ code: 'provider_unavailable', provider: 'theirs' })
      expect(JSON.stringify(error)).not.toContain('secret')
    })
  })
}
