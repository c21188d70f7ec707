import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { geminiImages } from '../../src/dialects/gemini-images.ts'
import { openaiImages } from '../../src/dialects/openai-images.ts'
import { GatewayError } from '../../src/errors.ts'
import type { ImagesRequest, ImagesResponse } from '../../src/operations/images.ts'
import { again, answered, cut, folded, optional, read, records, target, text, written } from './media.ts'

const base64 = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('base64'))
const own = (name: string) => optional(fc.constant({ 'openai-images': { [name]: 'of its own' } }))
const picture = records({
  data: base64,
  mediaType: fc.constantFrom('image/png', 'image/webp'),
  name: fc.constant('a.png'),
})

const requests: fc.Arbitrary<ImagesRequest> = records({
  model: fc.constantFrom('m', 'gpt-image-1'),
  prompt: text,
  n: optional(fc.integer({ min: 1, max: 10 })),
  size: optional(fc.constantFrom('1024x1024', 'auto')),
  quality: optional(fc.constantFrom('low', 'hd')),
  style: optional(fc.constant('vivid')),
  background: optional(fc.constant('transparent')),
  format: optional(fc.constantFrom('png', 'jpeg', 'webp')),
  compression: optional(fc.integer({ min: 0, max: 100 })),
  seed: optional(fc.nat()),
  negativePrompt: optional(text),
  user: optional(text),
  images: optional(fc.array(picture, { minLength: 1, maxLength: 3 })),
  extensions: own('input_fidelity'),
}) as fc.Arbitrary<ImagesRequest>

const image = records({
  data: base64,
  mediaType: fc.constant('image/webp'),
  revisedPrompt: optional(text),
  extensions: own('note'),
})
const usage = records({
  imageKind: fc.constant('high 1024x1024'),
  inputTokens: fc.integer({ min: 50, max: 90 }),
  outputTokens: fc.nat(9000),
  imageInputTokens: fc.nat(50),
}).map((usage) => ({ ...usage, imageOutputTokens: usage.outputTokens }))
const responses: fc.Arbitrary<ImagesResponse> = records({
  images: fc.array(image, { minLength: 1, maxLength: 3 }),
  created: fc.nat(),
  usage,
  extensions: fc.constant({ 'openai-images': { quality: 'high', size: '1024x1024', background: 'opaque' } }),
}).map((response) => ({ ...response, usage: { images: response.images.length, ...response.usage } })) as never

describe('what is encoded for a provider an application could have written', () => {
  test('requests, as JSON and in forms', async () => {
    await fc.assert(
      fc.asyncProperty(requests, async (request) => {
        expect(await again(openaiImages, request, request)).toEqual(request)
      }),
    )
  })

  test('streams and their unfinished images, of models that stream', async () => {
    const request = { model: 'gpt-image-1', prompt: 'A cube', stream: true, partialImages: 2 }
    expect(await again(openaiImages, request, request)).toEqual(request)
    // The others answer whole, and are replayed.
    const { body } = openaiImages.upstream.encode(request, { ...target, model: 'dall-e-3' })
    expect(body).toEqual({ model: 'dall-e-3', prompt: 'A cube' })
  })

  test('a variation', async () => {
    const request = { model: 'm', images: [{ data: 'AAAA', mediaType: 'image/png', name: 'a.png' }] }
    expect(await again(openaiImages, request)).toEqual(request)
  })

  test('the way of delivery, of models that can choose', async () => {
    for (const delivery of ['data', 'url'] as const) {
      const request = { model: 'm', prompt: 'A cube', delivery }
      expect(await again(openaiImages, request)).toEqual(request)
    }
    const wire = openaiImages.upstream.encode(
      { model: 'x', prompt: 'A', delivery: 'url' },
      { ...target, model: 'gpt-image-1' },
    )
    expect(wire.body).not.toHaveProperty('response_format')
    expect(wire.warnings).toEqual(['`delivery` was left out: the model gives the data itself.'])
  })
})

test('answers come back as they were, with what only OpenAI says', () => {
  fc.assert(
    fc.property(responses, (response) => {
      expect(answered(openaiImages, response, { model: 'm' })).toEqual(response)
    }),
  )
})

test('a stream says what the whole answer says, however its bytes are cut', () => {
  fc.assert(
    fc.property(responses, fc.integer({ min: 1, max: 60 }), (response, size) => {
      const request = { model: 'm', prompt: 'A cube' }
      const events = openaiImages.operation.unfold(response)
      const bytes = written(openaiImages, events, request)
      const told = read(openaiImages, cut(bytes, size), request)
      expect(told).toEqual(read(openaiImages, [bytes], request))
      // Of several images only the last tells what all have used.
      if (response.images.length === 1) expect(folded(openaiImages, told)).toEqual(response)
    }),
    { numRuns: 30 },
  )
})

test('unfinished images come before the finished one, with what is known of them', () => {
  const frames = [
    {
      type: 'image_generation.partial_image',
      b64_json: 'AAAA',
      partial_image_index: 0,
      output_format: 'png',
      size: '1x1',
    },
    {
      type: 'image_generation.completed',
      b64_json: 'BBBB',
      created_at: 7,
      output_format: 'png',
      quality: 'low',
      size: '1x1',
    },
  ]
  const bytes = Buffer.from(frames.map((frame) => `event: ${frame.type}\ndata: ${JSON.stringify(frame)}\n\n`).join(''))
  expect(read(openaiImages, [bytes], { model: 'm' })).toEqual([
    {
      type: 'partial-image',
      index: 0,
      image: { data: 'AAAA', mediaType: 'image/png', extensions: { 'openai-images': { size: '1x1' } } },
    },
    { type: 'image', image: { data: 'BBBB', mediaType: 'image/png' } },
    {
      type: 'end',
      rest: {
        usage: { images: 1, imageKind: 'low 1x1' },
        created: 7,
        extensions: { 'openai-images': { quality: 'low', size: '1x1' } },
      },
    },
  ])
})

describe('the kind that a price goes by', () => {
  const kind = (answer: object, request: object, model: string): string | undefined =>
    openaiImages.upstream.decode({ data: [{ url: 'u' }], ...answer }, { ...target, model }, request as ImagesRequest)
      .usage.imageKind

  test.each([
    ['is what the answer says', { quality: 'low', size: '1x1' }, { quality: 'high', size: '2x2' }, 'm', 'low 1x1'],
    [
      'is what was asked for where the answer is silent',
      {},
      { quality: 'hd', size: '1792x1024' },
      'dall-e-3',
      'hd 1792x1024',
    ],
    ["is DALL·E's default where nobody says", {}, {}, 'dall-e-3', 'standard 1024x1024'],
    ['is not known of what the model chooses', {}, { quality: 'auto', size: '1024x1024' }, 'gpt-image-1', undefined],
    ['is not known of a model without defaults', {}, { size: '1024x1024' }, 'flux', undefined],
  ])('%s', (_what, answer, request, model, expected) => {
    expect(kind(answer, request, model)).toBe(expected)
  })
})

describe('departures', () => {
  const encode = (quirks: object, request: Partial<ImagesRequest>) =>
    openaiImages.upstream.encode({ model: 'm', prompt: 'A', ...request }, { ...target, quirks })

  test('width and height, and another word for data', () => {
    const { body } = encode({ edges: true, dataWord: 'base64' }, { size: '1024x768', delivery: 'data' })
    expect(body).toEqual({ model: 'm', prompt: 'A', width: 1024, height: 768, response_format: 'base64' })
  })

  test('a ratio in place of a size', () => {
    const quirks = { aspectRatio: 'aspect_ratio' }
    expect(encode(quirks, { size: '1536x1024' }).body).toEqual({ model: 'm', prompt: 'A', aspect_ratio: '3:2' })
    expect(encode(quirks, { aspectRatio: '9:16' }).body).toMatchObject({ aspect_ratio: '9:16' })
    expect(encode({}, { aspectRatio: '9:16' }).warnings).toEqual([
      '`aspectRatio` was left out: the provider takes a `size`.',
    ])
  })

  test('no edits', () => {
    const images = [{ data: 'AAAA', mediaType: 'image/png' }]
    expect(() => encode({ edits: false }, { images })).toThrow(/changes no images/)
  })
})

describe('what is none of it', () => {
  const decode = (body: unknown, path = '/v1/images/generations') =>
    openaiImages.downstream!.decode(body, openaiImages.downstream!.match(path)!)

  test.each([
    [{ prompt: 'A' }, '', 'model must be a string.'],
    [{ model: 'm', prompt: 7 }, '', 'prompt must be a string.'],
    [{ model: 'm', n: 'two' }, '', 'n must be a number.'],
    [{ model: 'm', prompt: 'A' }, '/v1/images/edits', 'image must be a file.'],
    [[], '', ' must be an object.'],
  ])('%j at %s', (body, path, message) => {
    expect(() => decode(body, path || undefined)).toThrow(message)
  })

  test.each([{}, { data: 'x' }, []])('an answer such as %j is no answer', (body) => {
    expect(() => openaiImages.upstream.decode(body, target)).toThrow(GatewayError)
  })

  test('a stream that reports an error', () => {
    const bytes = Buffer.from('data: {"type":"error","error":{"message":"no","code":"rate_limit_exceeded"}}\n\n')
    expect(() => read(openaiImages, [bytes], { model: 'm' })).toThrow(expect.objectContaining({ code: 'rate_limited' }))
  })
})

test.each([
  ['OpenAI', openaiImages],
  ['Gemini', geminiImages],
])('a million pictures at once are refused, before there are as many requests to %s', (_, { upstream }) => {
  const request = { model: 'm', prompt: 'A cat', n: 1e6 }
  expect(() => upstream.split!.parts(request, { ...target, model: 'm' })).toThrow(
    expect.objectContaining({ code: 'invalid_request' }),
  )
})

test.each([
  ['dall-e-3', 3, [1, 1, 1]],
  ['gpt-image-1', 23, [10, 10, 3]],
  ['gpt-image-1', 4, [4]],
])('more pictures than %s makes at once are asked for in parts', (model, n, expected) => {
  const { split } = openaiImages.upstream
  const parts = split!.parts({ model, prompt: 'A cat', n }, { ...target, model })
  expect(parts.map((part) => part.n)).toEqual(expected)
  const answer = (count: number) => ({
    images: Array.from({ length: count }, () => ({ data: 'AA' })),
    usage: { images: count },
  })
  expect(split!.join(expected.map(answer), { model, prompt: 'A cat' })).toMatchObject({ usage: { images: n } })
})

test.each([
  ['dall-e-3', 3, ['image 1', 'image 2', 'image 3']],
  ['gpt-image-1', 23, ['images 1 to 10', 'images 11 to 20', 'images 21 to 23']],
  ['gpt-image-1', 11, ['images 1 to 10', 'image 11']],
])('a part of the pictures of %s that fails is named by its place', (model, n, expected) => {
  const { split } = openaiImages.upstream
  const request = { model, prompt: 'A cat', n }
  const parts = split!.parts(request, { ...target, model })
  expect(parts.map((part, index) => split!.name(part, index, request))).toEqual(expected)
})
