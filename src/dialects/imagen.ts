import { GatewayError } from '../errors.ts'
import {
  type GeneratedImage,
  type ImagesEvent,
  type ImagesRequest,
  type ImagesResponse,
  images,
} from '../operations/images.ts'
import { extensionsOf } from '../operations/whole.ts'
import type { Dialect, Door, Target, WireRequest } from './dialect.ts'
import { check, compact, type Fields, isFields, type Shape, unknownFields } from './fields.ts'
import { decodeError, decodeErrorInside, encodeError } from './google-error.ts'
import { nearestRatio } from './ratio.ts'
import { unescaped } from './unescaped.ts'
import { malformed, noStream } from './whole.ts'

const id = 'imagen'

/** Speaks the `predict` method of Google's Imagen, at the Gemini API and at Vertex AI. */
export const imagen: Dialect<Readonly<Record<never, never>>, ImagesRequest, ImagesResponse, ImagesEvent> = {
  id,
  operation: images,
  upstream: { encode: encodeRequest, decode: decodeResponse, stream: noStream, error: decodeError },
  downstream: {
    match(path) {
      const [, model] = /\/models\/([^/]+):predict$/.exec(path) ?? []
      return model === undefined ? undefined : { model: unescaped(model) }
    },
    decode: decodeRequest,
    encode: encodeResponse,
    stream: noStream,
    error: encodeError,
  },
}

/** What Imagen has no words for. */
const unsaid = ['quality', 'style', 'background', 'delivery', 'user', 'images', 'mask'] as const

function encodeRequest(request: ImagesRequest, { model }: Target<unknown>): WireRequest {
  const {
    prompt,
    n,
    size,
    aspectRatio = nearestRatio(size, ratios),
    format,
    compression,
    seed,
    negativePrompt,
  } = request
  const { instances, parameters, ...rest } = request.extensions?.[id] ?? {}
  const warnings = unsaid
    .filter((name) => request[name] !== undefined && !(name === 'delivery' && request.delivery === 'data'))
    .map((name) => `\`${name}\` was left out: Imagen has no words for it.`)
  const output = compact({ mimeType: format && `image/${format}`, compressionQuality: compression })
  const body = {
    ...rest,
    instances: [{ ...(isFields(instances) && instances), prompt }],
    parameters: compact({
      ...(isFields(parameters) && parameters),
      // The default of Imagen is four.
      sampleCount: n ?? 1,
      aspectRatio,
      seed,
      negativePrompt,
      // Where a seed is given, a watermark is refused.
      addWatermark: seed === undefined ? undefined : false,
      outputOptions: Object.keys(output).length > 0 ? output : undefined,
    }),
  }
  return { path: `/models/${encodeURIComponent(model)}:predict`, body, ...(warnings.length > 0 && { warnings }) }
}

const ratios = ['1:1', '4:3', '3:4', '16:9', '9:16']

function decodeResponse(body: unknown, target: Target<unknown>): ImagesResponse {
  if (!isFields(body)) throw malformed(target, 'the answer is no object.')
  if (body['error']) throw decodeErrorInside(body, target)
  // Without predictions all of them were filtered.
  const { predictions = [] } = body
  if (!Array.isArray(predictions)) throw malformed(target, 'the answer has no list of predictions.')
  const made = predictions.filter(isFields).filter((item) => typeof item['bytesBase64Encoded'] === 'string')
  if (made.length === 0) {
    throw new GatewayError('content_filtered', `${target.provider} let none of the images through its filters.`)
  }
  return {
    images: made.map((item) =>
      compact<GeneratedImage>({
        data: item['bytesBase64Encoded'] as string,
        mediaType: item['mimeType'] as string | undefined,
        revisedPrompt: item['prompt'] as string | undefined,
        ...extensionsOf(id, unknownFields(item, { bytesBase64Encoded: true, mimeType: true, prompt: true })),
      }),
    ),
    usage: { images: made.length },
    ...extensionsOf(id, unknownFields(body, { predictions: true })),
  }
}

function decodeRequest(body: unknown, { model = '' }: Door): ImagesRequest {
  check(body, requestShape, '')
  const [first] = body['instances'] as readonly unknown[]
  check(first, { prompt: 'string' }, 'instances.0')
  const parameters = (body['parameters'] ?? {}) as Fields
  const output = (parameters['outputOptions'] ?? {}) as Fields
  const format = /^image\/(png|jpeg|webp)$/.exec(String(output['mimeType']))?.[1]
  const rest = compact<Record<string, unknown>>({
    ...unknownFields(body, { instances: true, parameters: true }),
    instances: unknownFields(first, { prompt: true }),
    parameters: unknownFields(parameters, parameterNames),
  })
  return compact<ImagesRequest>({
    model,
    prompt: first['prompt'] as string,
    n: parameters['sampleCount'] as number | undefined,
    aspectRatio: parameters['aspectRatio'] as string | undefined,
    seed: parameters['seed'] as number | undefined,
    negativePrompt: parameters['negativePrompt'] as string | undefined,
    format: format as ImagesRequest['format'],
    compression: output['compressionQuality'] as number | undefined,
    ...extensionsOf(id, Object.keys(rest).length > 0 ? rest : undefined),
  })
}

const requestShape: Shape = {
  instances: 'list',
  parameters: {
    sampleCount: 'number?',
    aspectRatio: 'string?',
    seed: 'number?',
    negativePrompt: 'string?',
    outputOptions: { mimeType: 'string?', compressionQuality: 'number?' },
  },
}

const parameterNames = {
  sampleCount: true,
  aspectRatio: true,
  seed: true,
  negativePrompt: true,
  outputOptions: { mimeType: true, compressionQuality: true },
} as const

function encodeResponse({ images, extensions }: ImagesResponse): Fields {
  return {
    ...extensions?.[id],
    predictions: images.map(({ data, mediaType, revisedPrompt, extensions }) =>
      compact({
        ...extensions?.[id],
        bytesBase64Encoded: data,
        mimeType: mediaType ?? 'image/png',
        prompt: revisedPrompt,
      }),
    ),
  }
}
