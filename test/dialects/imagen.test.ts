import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { geminiImages } from '../../src/dialects/gemini-images.ts'
import { imagen } from '../../src/dialects/imagen.ts'
import type { ImagesRequest, ImagesResponse } from '../../src/operations/images.ts'
import { again, answered, optional, records, target, text } from './media.ts'

const requests: fc.Arbitrary<ImagesRequest> = records({
  model: fc.constant('m'),
  prompt: text,
  n: fc.integer({ min: 1, max: 4 }),
  aspectRatio: optional(fc.constantFrom('1:1', '16:9')),
  negativePrompt: optional(text),
  format: optional(fc.constantFrom('png', 'jpeg')),
  compression: optional(fc.integer({ min: 0, max: 100 })),
  extensions: optional(
    fc.constant({
      imagen: { instances: { image: { gcsUri: 'gs://a' } }, parameters: { personGeneration: 'dont_allow' } },
    }),
  ),
}) as fc.Arbitrary<ImagesRequest>

const images = fc.array(
  records({
    data: fc.constant('AAAA'),
    mediaType: fc.constant('image/png'),
    revisedPrompt: optional(text),
    extensions: optional(fc.constant({ imagen: { safetyAttributes: { scores: [0.1] } } })),
  }),
  { minLength: 1, maxLength: 4 },
)

test('what is encoded for Imagen an application could have written', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      expect(await again(imagen, request)).toEqual(request)
    }),
  )
})

test('an escape in the address that is broken is part of the name', () => {
  expect(imagen.downstream!.match('/v1beta/models/bad%E0escape:predict')).toEqual({ model: 'bad%E0escape' })
})

test('answers come back as they were', () => {
  fc.assert(
    fc.property(images, (images) => {
      const response = { images, usage: { images: images.length } } as ImagesResponse
      expect(answered(imagen, response, {})).toEqual(response)
    }),
  )
})

describe('a request of another dialect', () => {
  const encode = (dialect: typeof imagen, request: Partial<ImagesRequest>) =>
    dialect.upstream.encode({ model: 'm', prompt: 'A', ...request }, target)

  test('Imagen makes one picture where nobody says how many, of the nearest ratio, and warns of what it cannot say', () => {
    const { body, warnings } = encode(imagen, { size: '1536x1024', quality: 'high', delivery: 'data' })
    expect(body).toEqual({ instances: [{ prompt: 'A' }], parameters: { sampleCount: 1, aspectRatio: '4:3' } })
    expect(warnings).toEqual(['`quality` was left out: Imagen has no words for it.'])
  })

  test('Gemini is asked by generateContent, with the pictures to change', () => {
    const pictures = [{ data: 'AAAA', mediaType: 'image/png' }]
    const { path, body, warnings } = encode(geminiImages, { images: pictures, size: '1024x1536', background: 'opaque' })
    expect(path).toBe('/models/m:generateContent')
    expect(body).toEqual({
      contents: [{ role: 'user', parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }, { text: 'A' }] }],
      generationConfig: { responseModalities: ['IMAGE'], imageConfig: { aspectRatio: '2:3' } },
    })
    expect(warnings).toEqual(['`background` was left out: Gemini has no words for it.'])
  })

  test('Gemini is asked once for each picture, and the answers are one', () => {
    const { split } = geminiImages.upstream
    expect(split?.parts({ model: 'm', prompt: 'A', n: 3 }, target)).toHaveLength(3)
    const part = { images: [{ data: 'AAAA' }], usage: { inputTokens: 2, images: 1 } }
    expect(split?.join([part, part], { model: 'm' })).toEqual({
      images: [{ data: 'AAAA' }, { data: 'AAAA' }],
      usage: { inputTokens: 4, images: 2 },
    })
  })
})

test('Gemini tells tokens, of pictures apart from thoughts', () => {
  const body = {
    candidates: [
      {
        content: {
          parts: [
            { inlineData: { mimeType: 'image/png', data: 'THOUGHT' }, thought: true },
            { text: 'Here.' },
            { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
          ],
        },
      },
    ],
    usageMetadata: {
      promptTokenCount: 9,
      promptTokensDetails: [{ modality: 'IMAGE', tokenCount: 4 }],
      candidatesTokenCount: 1120,
      thoughtsTokenCount: 30,
      candidatesTokensDetails: [{ modality: 'IMAGE', tokenCount: 1100 }],
    },
  }
  expect(geminiImages.upstream.decode(body, target)).toEqual({
    images: [{ data: 'AAAA', mediaType: 'image/png', revisedPrompt: 'Here.' }],
    usage: {
      images: 1,
      inputTokens: 9,
      outputTokens: 1150,
      reasoningTokens: 30,
      imageInputTokens: 4,
      imageOutputTokens: 1100,
    },
  })
})

test.each([
  ['Imagen', imagen, {}],
  ['Imagen', imagen, { predictions: [{ raiFilteredReason: '58061214' }] }],
  ['Gemini', geminiImages, { promptFeedback: { blockReason: 'SAFETY' } }],
  ['Gemini', geminiImages, { candidates: [{ finishReason: 'IMAGE_SAFETY' }] }],
])('%s: what its filters kept back is told as that', (_name, dialect, body) => {
  expect(() => dialect.upstream.decode(body, target)).toThrow(expect.objectContaining({ code: 'content_filtered' }))
})

test.each([
  ['Imagen', imagen, { predictions: 'x' }],
  ['Gemini', geminiImages, { candidates: [{ content: { parts: [{ text: 'No.' }] }, finishReason: 'STOP' }] }],
])('%s: an answer without pictures is invalid', (_name, dialect, body) => {
  expect(() => dialect.upstream.decode(body, target)).toThrow(expect.objectContaining({ code: 'invalid_response' }))
})

test.each([
  [{ parameters: {} }, 'instances must be a list.'],
  [{ instances: [] }, 'instances.0 must be an object.'],
  [{ instances: [{ prompt: 1 }] }, 'instances.0.prompt must be a string.'],
  [{ instances: [{ prompt: 'A' }], parameters: { sampleCount: {} } }, 'parameters.sampleCount must be a number.'],
  [{ instances: [{ prompt: 'A' }], parameters: { seed: 'x' } }, 'parameters.seed must be a number.'],
  [
    { instances: [{ prompt: 'A' }], parameters: { outputOptions: 'png' } },
    'parameters.outputOptions must be an object.',
  ],
])('%j is no request', (body, message) => {
  expect(() => imagen.downstream!.decode(body, { model: 'm' })).toThrow(message)
})
