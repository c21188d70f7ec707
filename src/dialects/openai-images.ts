import { GatewayError } from '../errors.ts'
import {
  type GeneratedImage,
  type ImagesRequest,
  type ImagesResponse,
  images,
  type SourceImage,
} from '../operations/images.ts'
import type { Usage } from '../operations/operation.ts'
import { extensionsOf, type WholeEvent } from '../operations/whole.ts'
import { base64Of, bytesOf } from './base64.ts'
import type { Dialect, Door, Target, WireRequest } from './dialect.ts'
import { check, compact, type Fields, isFields, type Shape, unknownFields } from './fields.ts'
import { Form, type FormFile, formFields } from './form.ts'
import { decodeError, encodeError } from './openai-error.ts'
import { malformed, noStream } from './whole.ts'

/** How providers depart from OpenAI's Images. */
export interface OpenAIImagesQuirks {
  /** It has no edits: pictures cannot come with a request. */
  readonly edits?: false | undefined
  /** The field that asks for an address or for data; `false` where there is none, as for GPT Image. @default 'response_format' */
  readonly delivery?: string | false | undefined
  /** The field for {@link ImagesRequest.aspectRatio}. @default none */
  readonly aspectRatio?: string | undefined
}

const id = 'openai-images'

/** Speaks OpenAI's Images: generations, edits and variations. */
export const openaiImages: Dialect<OpenAIImagesQuirks, ImagesRequest, ImagesResponse, WholeEvent<ImagesResponse>> = {
  id,
  operation: images,
  upstream: { encode: encodeRequest, decode: decodeResponse, stream: noStream, error: decodeError },
  downstream: {
    match: (path) => (/\/images\/(generations|edits|variations)$/.test(path) ? {} : undefined),
    decode: decodeRequest,
    encode: encodeResponse,
    stream: noStream,
    error: encodeError,
  },
}

function encodeRequest(request: ImagesRequest, { model, provider, quirks }: Target<OpenAIImagesQuirks>): WireRequest {
  const warnings: string[] = []
  const { delivery, aspectRatio, images = [], mask } = request
  const body: Record<string, unknown> = compact({
    ...request.extensions?.[id],
    model,
    prompt: request.prompt,
    n: request.n,
    size: request.size,
    quality: request.quality,
    style: request.style,
    background: request.background,
    output_format: request.format,
    output_compression: request.compression,
    user: request.user,
  })
  if (delivery !== undefined) {
    const { delivery: field = /^(gpt-image|chatgpt-image)/.test(model) ? false : 'response_format' } = quirks
    if (field) body[field] = delivery === 'data' ? 'b64_json' : 'url'
    else if (delivery === 'url') warnings.push('`delivery` was left out: the model gives the data itself.')
  }
  if (aspectRatio !== undefined) {
    if (quirks.aspectRatio) body[quirks.aspectRatio] = aspectRatio
    else warnings.push('`aspectRatio` was left out: the provider takes a `size`.')
  }
  for (const name of ['seed', 'negativePrompt'] as const) {
    const value = request[name]
    if (value === undefined) continue
    // OpenAI knows neither; those that speak its format and do take these names.
    body[name === 'seed' ? 'seed' : 'negative_prompt'] = value
  }
  const more = warnings.length > 0 ? { warnings } : {}
  if (images.length === 0) return { path: '/images/generations', body, ...more }

  if (quirks.edits === false) {
    throw new GatewayError('unsupported', `${provider} changes no images: leave out \`images\`, or ask another.`)
  }
  const form = new FormData()
  for (const [name, value] of Object.entries(body)) form.append(name, String(value))
  for (const image of images) form.append(images.length > 1 ? 'image[]' : 'image', ...fileOf(image))
  if (mask) form.append('mask', ...fileOf(mask))
  return { path: request.prompt === undefined ? '/images/variations' : '/images/edits', body: {}, form, ...more }
}

function fileOf({ data, mediaType, name }: SourceImage): [Blob, string] {
  const ending = mediaType.replace(/^.*\//, '')
  return [new Blob([bytesOf(data)], { type: mediaType }), name ?? `image.${ending}`]
}

function decodeResponse(body: unknown, target: Target<OpenAIImagesQuirks>): ImagesResponse {
  if (!isFields(body) || !Array.isArray(body['data'])) throw malformed(target, 'the answer has no list of images.')
  const { created, output_format: format } = body
  const made = body['data'].filter(isFields).map((item) => decodeImage(item, format))
  return compact<ImagesResponse>({
    images: made,
    usage: decodeUsage(body, made.length),
    created: typeof created === 'number' ? created : undefined,
    ...extensionsOf(id, unknownFields(body, responseNames)),
  })
}

const responseNames = { created: true, data: true, output_format: true, usage: true } as const

function decodeImage(item: Fields, format: unknown): GeneratedImage {
  const { b64_json: data, url, revised_prompt: revisedPrompt } = item
  return compact<GeneratedImage>({
    data: text(data),
    url: text(url),
    mediaType: typeof format === 'string' ? `image/${format}` : undefined,
    revisedPrompt: text(revisedPrompt),
    ...extensionsOf(id, unknownFields(item, { b64_json: true, url: true, revised_prompt: true })),
  })
}

/** GPT Image tells tokens, and what kind of picture it made. */
function decodeUsage(body: Fields, made: number): Usage {
  const { usage, quality, size } = body
  const { input_tokens: input, output_tokens: output, input_tokens_details: details } = isFields(usage) ? usage : {}
  const parts = isFields(details) ? details : {}
  return compact<Usage>({
    images: made,
    imageKind: typeof quality === 'string' && typeof size === 'string' ? `${quality} ${size}` : undefined,
    inputTokens: number(input),
    outputTokens: number(output),
    imageInputTokens: number(parts['image_tokens']),
    imageOutputTokens: number(output),
    ...extensionsOf(id, isFields(usage) ? unknownFields(usage, usageNames) : undefined),
  })
}

const usageNames = {
  input_tokens: true,
  output_tokens: true,
  total_tokens: true,
  input_tokens_details: { image_tokens: true, text_tokens: true },
} as const

function decodeRequest(body: unknown, _door: Door): ImagesRequest {
  const fields = body instanceof Form ? formFields(body, ['n', 'output_compression', 'seed']) : body
  const files = body instanceof Form ? body.files : []
  check(fields, requestShape, '')
  if (fields['stream'] === true) {
    throw new GatewayError('unsupported', 'Images are not streamed: leave out `stream`.')
  }
  const { response_format: delivery } = fields
  const named = (name: string): readonly SourceImage[] =>
    files.filter((file) => file.field === name || file.field === `${name}[]`).map(sourceOf)
  const [mask] = named('mask')
  const sources = named('image')
  return compact<ImagesRequest>({
    model: fields['model'] as string,
    prompt: fields['prompt'] as string | undefined,
    n: fields['n'] as number | undefined,
    size: fields['size'] as string | undefined,
    quality: fields['quality'] as string | undefined,
    style: fields['style'] as string | undefined,
    background: fields['background'] as string | undefined,
    format: fields['output_format'] as ImagesRequest['format'],
    compression: fields['output_compression'] as number | undefined,
    seed: fields['seed'] as number | undefined,
    negativePrompt: fields['negative_prompt'] as string | undefined,
    delivery: delivery === 'b64_json' ? 'data' : delivery === 'url' ? 'url' : undefined,
    user: fields['user'] as string | undefined,
    images: sources.length > 0 ? sources : undefined,
    mask,
    ...extensionsOf(id, unknownFields(fields, requestShape)),
  })
}

const requestShape: Shape = {
  model: 'string',
  prompt: 'string?',
  n: 'number?',
  size: 'string?',
  quality: 'string?',
  style: 'string?',
  background: 'string?',
  output_format: 'string?',
  output_compression: 'number?',
  seed: 'number?',
  negative_prompt: 'string?',
  response_format: 'string?',
  user: 'string?',
  stream: 'boolean?',
}

function sourceOf({ bytes, mediaType, name }: FormFile): SourceImage {
  return { data: base64Of(bytes), mediaType, name }
}

function encodeResponse({ images, usage, created, extensions }: ImagesResponse): Fields {
  const { inputTokens, outputTokens, imageInputTokens = 0 } = usage
  return {
    created: created ?? 0,
    ...extensions?.[id],
    data: images.map(({ data, url, revisedPrompt, extensions }) =>
      compact({ b64_json: data, url, revised_prompt: revisedPrompt, ...extensions?.[id] }),
    ),
    ...(inputTokens !== undefined &&
      outputTokens !== undefined && {
        usage: {
          input_tokens: inputTokens,
          output_tokens: outputTokens,
          total_tokens: inputTokens + outputTokens,
          input_tokens_details: { image_tokens: imageInputTokens, text_tokens: inputTokens - imageInputTokens },
        },
      }),
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
