import type { Dialect, Target, WireRequest } from '../../dialects/dialect.ts'
import { isFields } from '../../dialects/fields.ts'
import { LeftOut } from '../../dialects/left-out.ts'
import { malformed, noStream } from '../../dialects/whole.ts'
import { type ImagesEvent, type ImagesRequest, type ImagesResponse, images } from '../../operations/images.ts'
import { decodeFailure } from './failure.ts'
import { imageOptions } from './image-model.ts'
import { encodeNamed, keptOptions, toldExtensions } from './operation-options.ts'
import { id, mergeOptions } from './provider-options.ts'
import { decodeUsage } from './usage.ts'

/** Speaks to an image model of the AI SDK. Those show nothing before it is finished. */
export const aiSdkImages: Dialect<object, ImagesRequest, ImagesResponse, ImagesEvent> = {
  id,
  operation: images,
  upstream: { encode, decode, stream: noStream, error: decodeFailure },
}

function encode(request: ImagesRequest, { model }: Target<object>): WireRequest {
  const { prompt, n = 1, size, aspectRatio, seed, images, mask, headers } = request
  const left = new LeftOut()
  const sized = size === 'auto' ? undefined : size
  if (request.delivery === 'url') left.leaveOut('`delivery`', 'the model gives the data itself')
  const file = ({ data, mediaType }: { data: string; mediaType: string }) => ({ type: 'file', data, mediaType })
  const providerOptions = mergeOptions(encodeNamed(request, imageOptions), keptOptions(request)) ?? {}
  const files = images?.map(file)
  const call = { prompt, n, size: sized, aspectRatio, seed, files, mask: mask && file(mask), headers, providerOptions }
  return { path: '/image-model', body: { model, call }, warnings: left.warnings }
}

function decode(body: unknown, target: Target<object>): ImagesResponse {
  const { images, usage } = isFields(body) ? body : {}
  if (!isFields(body) || !Array.isArray(images) || !images.every((image) => typeof image === 'string')) {
    throw malformed(target, 'the answer has no images.')
  }
  return {
    images: images.map((data) => ({ data })),
    usage: { ...decodeUsage(usage), images: images.length },
    ...toldExtensions(body),
  }
}
