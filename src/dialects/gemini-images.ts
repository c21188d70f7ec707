import {
  type GeneratedImage,
  type ImagesEvent,
  type ImagesRequest,
  type ImagesResponse,
  images,
} from '../operations/images.ts'
import { sumOfUsage } from '../operations/whole.ts'
import type { Dialect, Target, WireRequest } from './dialect.ts'
import { compact, isFields } from './fields.ts'
import { decodeMedia } from './gemini-media.ts'
import { decodeError } from './google-error.ts'
import { picturesOf } from './pictures.ts'
import { nearestRatio } from './ratio.ts'
import { malformed, noStream } from './whole.ts'

const id = 'gemini-images'

/** Asks Gemini's image models by `generateContent`. Each request makes one picture. */
export const geminiImages: Dialect<Readonly<Record<never, never>>, ImagesRequest, ImagesResponse, ImagesEvent> = {
  id,
  operation: images,
  upstream: {
    encode: encodeRequest,
    decode: decodeResponse,
    stream: noStream,
    error: decodeError,
    split: {
      parts: (request) => Array.from({ length: picturesOf(request) }, () => ({ ...request, n: 1 })),
      join: (responses) => ({
        images: responses.flatMap(({ images }) => images),
        usage: sumOfUsage(responses.map(({ usage }) => usage)),
      }),
      name: (_part, index, { n }) => `image ${index + 1} of ${n}`,
    },
  },
}

/** What Gemini has no words for. */
const unsaid = ['quality', 'style', 'background', 'compression', 'format', 'user', 'mask', 'negativePrompt'] as const

function encodeRequest(request: ImagesRequest, { model }: Target<unknown>): WireRequest {
  const { prompt, images = [], size, seed, delivery, aspectRatio = nearestRatio(size, ratios) } = request
  const { generationConfig, ...own } = request.extensions?.[id] ?? {}
  const left = [...unsaid.filter((name) => request[name] !== undefined), ...(delivery === 'url' ? ['delivery'] : [])]
  const config = isFields(generationConfig) ? generationConfig : {}
  const pictures = images.map(({ data, mediaType: mimeType }) => ({ inlineData: { mimeType, data } }))
  const body = {
    ...own,
    contents: [{ role: 'user', parts: [...pictures, ...(prompt === undefined ? [] : [{ text: prompt }])] }],
    generationConfig: compact({
      ...config,
      responseModalities: ['IMAGE'],
      seed,
      imageConfig: aspectRatio
        ? { ...(isFields(config['imageConfig']) && config['imageConfig']), aspectRatio }
        : config['imageConfig'],
    }),
  }
  return {
    path: `/models/${encodeURIComponent(model)}:generateContent`,
    body,
    ...(left.length > 0 && { warnings: left.map((name) => `\`${name}\` was left out: Gemini has no words for it.`) }),
  }
}

/** Google, "Image generation": the ratios that its models know. */
const ratios = ['1:1', '2:3', '3:2', '3:4', '4:3', '4:5', '5:4', '9:16', '16:9', '21:9']

function decodeResponse(body: unknown, target: Target<unknown>): ImagesResponse {
  const { made, text, usage } = decodeMedia(body, target)
  if (made.length === 0) throw malformed(target, 'the answer has no image.')
  return {
    images: made.map(({ data, mimeType }) =>
      compact<GeneratedImage>({ data, mediaType: mimeType, revisedPrompt: text || undefined }),
    ),
    usage: { ...usage, images: made.length },
  }
}
