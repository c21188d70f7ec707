import { expect, test } from 'vitest'
import { cache, createGateway, type Gateway, ordered } from '../../../src/index.ts'
import {
  aiSdkProvider,
  createZerohop,
  metadataOf,
  type SpecificationVersion,
} from '../../../src/integrations/ai-sdk/index.ts'
import { cohere } from '../../../src/providers/cohere.ts'
import { answer } from '../../../src/testing/index.ts'
import { createWorld, failureOf, providers, type World } from '../../world.ts'

type Fields = Readonly<Record<string, unknown>>
type Kinds = Omit<Parameters<typeof aiSdkProvider>[0], 'id' | 'models'>

function gatewayIn(world: World): Gateway {
  return createGateway({
    providers: [...providers, cohere],
    models: { some: ['openai/text-embedding-3-small'] } as Record<string, string[]>,
    routing: ordered(),
    retry: { limit: 0 },
    cache: cache(),
    runtime: world.runtime,
  }) as unknown as Gateway
}

function gatewayTo(kinds: Kinds): Gateway {
  return createGateway({
    providers: [aiSdkProvider({ id: 'theirs', ...kinds })],
    retry: { limit: 0 },
    runtime: createWorld().runtime,
  }) as unknown as Gateway
}

/** An embedding model that somebody else made: a text's vector is its length. */
function vectorsOf(answer: Fields = {}, limits: Fields = {}) {
  const calls: Fields[] = []
  return {
    calls,
    specificationVersion: 'v3',
    maxEmbeddingsPerCall: undefined,
    supportsParallelCalls: false,
    ...limits,
    async doEmbed(call: never) {
      calls.push(call)
      const { values } = call as { values: readonly string[] }
      return { embeddings: values.map(({ length }) => [length]), usage: { tokens: values.length }, ...answer }
    },
  }
}

function imagesOf(answer: Fields = {}, limits: Fields = {}) {
  const calls: Fields[] = []
  return {
    calls,
    specificationVersion: 'v3',
    modelId: 'painter',
    maxImagesPerCall: undefined,
    ...limits,
    async doGenerate(call: never) {
      calls.push(call)
      return { images: Array((call as { n: number }).n).fill(new Uint8Array([1, 2, 3])), ...answer }
    },
  }
}

test('every version has its own name on its models, and none asks the AI SDK to split a call', () => {
  for (const version of ['v2', 'v3', 'v4'] as const) {
    const zerohop = createZerohop(gatewayIn(createWorld()), { specificationVersion: version as SpecificationVersion })
    const embedding = zerohop.embeddingModel('some')
    expect(embedding).toMatchObject({ specificationVersion: version, provider: 'zerohop', modelId: 'some' })
    expect(embedding.maxEmbeddingsPerCall).toBe(Number.POSITIVE_INFINITY)
    const { maxImagesPerCall } = zerohop.imageModel('some')
    expect(Math.ceil(10 / maxImagesPerCall)).toBe(1)
    // There was no such kind of model yet.
    expect(zerohop.rerankingModel('some').specificationVersion).toBe(version === 'v2' ? 'v3' : version)
  }
})

test('the field of version 4 counts more than an option, and our own option more than one of a package', async () => {
  const world = createWorld()
  const model = createZerohop(gatewayIn(world)).embeddingModel('some')
  const providerOptions = { openai: { dimensions: 4, user: 'u1' }, zerohop: { dimensions: 5 } }
  await model.doEmbed({ values: ['a'], providerOptions })
  await model.doEmbed({ values: ['a'], dimensions: 6, providerOptions })
  expect(world.simulator.calls.map(({ body }) => body)).toMatchObject([
    { dimensions: 5, user: 'u1' },
    { dimensions: 6, user: 'u1' },
  ])
})

test('words for what vectors are for are translated from package to package', async () => {
  const world = createWorld()
  const zerohop = createZerohop(gatewayIn(world))
  const values = ['a']
  await zerohop
    .embeddingModel('cohere/embed-v4.0')
    .doEmbed({ values, providerOptions: { google: { taskType: 'RETRIEVAL_QUERY' }, cohere: { truncate: 'END' } } })
  await zerohop
    .embeddingModel('google/gemini-embedding-001')
    .doEmbed({ values, providerOptions: { cohere: { inputType: 'search_document' } } })
  expect(world.simulator.calls.map(({ body }) => body)).toMatchObject([
    { input_type: 'search_query', truncate: 'END' },
    { requests: [{ taskType: 'RETRIEVAL_DOCUMENT' }] },
  ])
})

test('what was left out is a warning', async () => {
  const world = createWorld()
  const model = createZerohop(gatewayIn(world)).embeddingModel('google/gemini-embedding-001')
  const said = await model.doEmbed({
    values: ['a'],
    providerOptions: { openai: { user: 'u' }, google: { title: 'T' } },
  })
  expect(said.warnings).toEqual([
    { type: 'other', message: expect.stringContaining('google.title') },
    { type: 'other', message: expect.stringContaining('user') },
  ])
  expect(metadataOf(said.providerMetadata)?.warnings).toHaveLength(2)
})

test('headers go out, but for who the AI SDK is', async () => {
  const world = createWorld()
  const model = createZerohop(gatewayIn(world)).embeddingModel('some')
  await model.doEmbed({ values: ['a'], headers: { 'user-agent': 'ai/7', 'x-mine': '1', 'x-not': undefined } })
  const { headers } = world.simulator.calls[0]!
  expect(headers).toMatchObject({ 'x-mine': '1' })
  expect(JSON.stringify(headers)).not.toContain('ai/7')
})

test('a usage that nobody reported is not there', async () => {
  const world = createWorld()
  world.simulator.on().reply(answer('', { reportUsage: false }))
  const said = await createZerohop(gatewayIn(world))
    .embeddingModel('some')
    .doEmbed({ values: ['a'] })
  expect(said).not.toHaveProperty('usage')
})

test('an image that its provider only gives the address of is fetched', async () => {
  const world = createWorld()
  const url = 'https://images.test/1.png'
  const fetched: string[] = []
  const gateway = createGateway({
    providers,
    runtime: { ...world.runtime, fetch: async () => Response.json({ data: [{ url, revised_prompt: 'A red door' }] }) },
  })
  const give = (status: number) => async (url: string) => {
    fetched.push(url)
    return new Response(new Uint8Array([1, 2, 3]), { status })
  }
  const call = { prompt: 'A door', n: 1 }
  const made = await createZerohop(gateway, { fetch: give(200) })
    .imageModel('openai/dall-e-2')
    .doGenerate(call)
  expect(made.images).toEqual(['AQID'])
  expect(fetched).toEqual([url])
  expect(made.providerMetadata['zerohop']?.images).toMatchObject([
    { callId: expect.any(String), revisedPrompt: 'A red door' },
  ])
  const refused = createZerohop(gateway, { fetch: give(404) })
    .imageModel('openai/dall-e-2')
    .doGenerate(call)
  expect(await failureOf(refused)).toMatchObject({ code: 'provider_unavailable', isRetryable: false })
})

test('a picture in a data: address is as good as its bytes', async () => {
  const bodies: unknown[] = []
  const fetch = async (_: string, { body }: { body?: unknown }) => {
    bodies.push(body)
    return Response.json({ data: [{ b64_json: 'AQID' }] })
  }
  const gateway = createGateway({ providers, runtime: { ...createWorld().runtime, fetch } })
  const files = [{ type: 'url', url: 'data:image/png;base64,iVBO' }] as const
  await createZerohop(gateway).imageModel('openai/gpt-image-1').doGenerate({ prompt: 'Open it', n: 1, files })
  const image = (bodies[0] as FormData).get('image') as File
  expect([image.type, image.size]).toEqual(['image/png', 3])
})

test('speech without a voice is refused: there is no voice that every provider has', async () => {
  const asked = createZerohop(gatewayIn(createWorld())).speechModel('openai/tts-1').doGenerate({ text: 'Hello' })
  expect(await failureOf(asked)).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('voice') })
})

test('speech tells its media type as a header does', async () => {
  const call = { text: 'Hello', voice: 'alloy', outputFormat: 'wav' }
  const said = await createZerohop(gatewayIn(createWorld())).speechModel('openai/tts-1').doGenerate(call)
  expect(said.response.headers['content-type']).toBe('audio/wav')
  expect(said.usage).toMatchObject({ characters: 5 })
})

test('of words alone the segments are the words', async () => {
  const words = [{ word: 'Hello', start: 0, end: 1 }]
  const fetch = async () => Response.json({ text: 'Hello', language: 'english', duration: 1, words })
  const gateway = createGateway({ providers, runtime: { ...createWorld().runtime, fetch } })
  const call = { audio: 'AAAA', mediaType: 'audio/wav', timestampGranularities: ['word'] } as const
  const said = await createZerohop(gateway).transcriptionModel('openai/whisper-1').doGenerate(call)
  const stretch = { text: 'Hello', startSecond: 0, endSecond: 1 }
  expect(said).toMatchObject({ text: 'Hello', segments: [stretch], words: [stretch], language: 'english' })
})

test.each([
  [{ maxEmbeddingsPerCall: 2 }, [['a', 'bb'], ['ccc', 'dddd'], ['eeeee']]],
  [{ maxEmbeddingsPerCall: Promise.resolve(4), supportsParallelCalls: true }, [['a', 'bb', 'ccc', 'dddd'], ['eeeee']]],
  [{ maxEmbeddingsPerCall: Number.POSITIVE_INFINITY }, [['a', 'bb', 'ccc', 'dddd', 'eeeee']]],
  [{ maxEmbeddingsPerCall: 0 }, [['a', 'bb', 'ccc', 'dddd', 'eeeee']]],
  [{ maxEmbeddingsPerCall: Number.NaN }, [['a', 'bb', 'ccc', 'dddd', 'eeeee']]],
])('an embedding model with %j is called as often as it needs', async (limits, parts) => {
  const model = vectorsOf({}, limits)
  const gateway = gatewayTo({ embeddingModel: () => model })
  const reply = await gateway.embed({ model: 'theirs/x', input: ['a', 'bb', 'ccc', 'dddd', 'eeeee'] })
  expect(reply.embeddings).toEqual([[1], [2], [3], [4], [5]])
  expect(reply.usage).toEqual({ inputTokens: 5 })
  expect(model.calls.map(({ values }) => values)).toEqual(parts)
  expect(model.calls[0]?.['abortSignal']).toBeInstanceOf(AbortSignal)
})

test('a model is told in the options of its package what a call has no field for', async () => {
  const model = vectorsOf()
  const gateway = gatewayTo({ embeddingModel: () => model })
  await gateway.embed({ model: 'theirs/x', input: 'a', dimensions: 1, inputType: 'query' })
  expect(model.calls[0]).toMatchObject({
    dimensions: 1,
    providerOptions: {
      openai: { dimensions: 1 },
      google: { outputDimensionality: 1, taskType: 'RETRIEVAL_QUERY' },
      cohere: { outputDimension: 1, inputType: 'search_query' },
    },
  })
})

test('the options, warnings and metadata of a model arrive through both: our provider, and our row', async () => {
  const warnings = [{ type: 'unsupported', feature: 'dimensions' }]
  const model = vectorsOf({ warnings, providerMetadata: { theirs: { a: 1 } } })
  const providerOptions = { theirs: { deep: { camelCase: true } } }
  const zerohop = createZerohop(gatewayTo({ embeddingModel: () => model }))
  const said = await zerohop.embeddingModel('theirs/x').doEmbed({ values: ['a'], providerOptions })
  expect(model.calls[0]).toMatchObject({ providerOptions })
  expect(said.warnings).toEqual([{ type: 'other', message: 'dimensions was left out.' }])
  expect(said.providerMetadata).toMatchObject({ theirs: { a: 1 }, zerohop: { deployment: 'theirs/x' } })
})

test('one part without a usage leaves the whole without one', async () => {
  let calls = 0
  const model = {
    ...vectorsOf({}, { maxEmbeddingsPerCall: 1 }),
    doEmbed: async () => ({ embeddings: [[1]], ...(calls++ === 0 && { usage: { tokens: 1 } }) }),
  }
  const reply = await gatewayTo({ embeddingModel: () => model }).embed({ model: 'theirs/x', input: ['a', 'b'] })
  expect(reply.usage).toEqual({})
})

test.each([
  [{ input: [[1, 2]] }, /texts only/],
  [{ input: 'a', dataType: 'int8' }, /int8/],
] as const)('an embedding model cannot be asked %j', async (asked, message) => {
  const gateway = gatewayTo({ embeddingModel: () => vectorsOf() })
  const failure = await failureOf(gateway.embed({ model: 'theirs/x', ...asked }))
  expect(failure).toMatchObject({ code: 'unsupported', message: expect.stringMatching(message) })
})

test('an answer that is none is a failure', async () => {
  const gateway = gatewayTo({
    embeddingModel: () => vectorsOf({ embeddings: undefined }),
    imageModel: () => imagesOf({ images: 'none' }),
  })
  const codes = [
    (await failureOf(gateway.embed({ model: 'theirs/x', input: 'a' }))).code,
    (await failureOf(gateway.image({ model: 'theirs/x', prompt: 'a' }))).code,
  ]
  expect(codes).toEqual(['invalid_response', 'invalid_response'])
})

test('an image model is called as often as it needs, and says what all calls used', async () => {
  const usage = { inputTokens: 10, outputTokens: 20, totalTokens: 30 }
  const model = imagesOf({ usage, warnings: [{ type: 'other', message: 'Hm.' }] }, { maxImagesPerCall: () => 2 })
  const gateway = gatewayTo({ imageModel: () => model })
  const asked = { model: 'theirs/x', prompt: 'A door', n: 3, quality: 'low', size: 'auto', seed: 7 } as const
  const reply = await gateway.image(asked)
  expect(reply.images.map(({ data }) => data)).toEqual(['AQID', 'AQID', 'AQID'])
  expect(reply.usage).toEqual({ inputTokens: 20, outputTokens: 40, images: 3 })
  expect(model.calls).toMatchObject([{ n: 2 }, { n: 1, seed: 7, providerOptions: { openai: { quality: 'low' } } }])
  expect(model.calls[1]).not.toHaveProperty('size')
  const streamed = await gateway.image({ ...asked, n: 1, stream: true })
  expect((await streamed.reply).images).toHaveLength(1)
})

test('pictures go to an image model, if it is of a version that takes them', async () => {
  const picture = { data: 'iVBO', mediaType: 'image/png' }
  const asked = { model: 'theirs/x', prompt: 'Open it', images: [picture], mask: picture }
  const model = imagesOf()
  await gatewayTo({ imageModel: () => model }).image(asked)
  expect(model.calls[0]).toMatchObject({ files: [{ type: 'file', ...picture }], mask: { type: 'file', ...picture } })
  const old = gatewayTo({ imageModel: () => imagesOf({}, { specificationVersion: 'v2' }) })
  expect(await failureOf(old.image(asked))).toMatchObject({ code: 'unsupported' })
})

test('a row serves the kinds that it has models of', async () => {
  const gateway = gatewayTo({ embeddingModel: () => vectorsOf() })
  const failure = await failureOf(gateway.chat({ model: 'theirs/x', messages: 'Hi' }))
  expect(failure.code).toBe('no_eligible_deployment')
})
