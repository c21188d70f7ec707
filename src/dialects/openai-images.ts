import { GatewayError } from '../errors.ts'
import {
  type GeneratedImage,
  type ImagesEvent,
  type ImagesRequest,
  type ImagesResponse,
  images,
  type SourceImage,
} from '../operations/images.ts'
import type { Usage } from '../operations/operation.ts'
import { extensionsOf, sumOfUsage } from '../operations/whole.ts'
import { base64Of, bytesOf } from './base64.ts'
import { atDeployment, deploymentIn } from './deployment.ts'
import type { Dialect, Door, Frame, StreamDecoder, StreamEncoder, Target, WireRequest } from './dialect.ts'
import {
  check,
  compact,
  type Fields,
  invalid,
  isFields,
  numberOf,
  type Shape,
  textOf,
  unknownFields,
} from './fields.ts'
import { addFields, Form, type FormFile, formFields } from './form.ts'
import { decodeError, encodeError } from './openai-error.ts'
import { decodeEvent, encodeErrorEvent } from './openai-event.ts'
import { picturesOf } from './pictures.ts'
import { nearestRatio } from './ratio.ts'
import { encodeNamedFrame } from './sse.ts'
import { malformed } from './whole.ts'

/** How providers depart from OpenAI's Images. */
export interface OpenAIImagesQuirks {
  /** It has no edits: pictures cannot come with a request. */
  readonly edits?: false | undefined
  /** The field that asks for an address or for data; `false` where there is none. @default 'response_format', and none for GPT Image */
  readonly delivery?: string | false | undefined
  /** Its word for data. @default 'b64_json' */
  readonly dataWord?: string | undefined
  /** It takes `width` and `height`. @default a `size` */
  readonly edges?: true | undefined
  /** The field for {@link ImagesRequest.aspectRatio}, which it takes in place of a size. @default none */
  readonly aspectRatio?: string | undefined
}

const id = 'openai-images'

/** Speaks OpenAI's Images: generations, edits and variations. */
export const openaiImages: Dialect<OpenAIImagesQuirks, ImagesRequest, ImagesResponse, ImagesEvent> = {
  id,
  operation: images,
  upstream: {
    encode: encodeRequest,
    decode: decodeResponse,
    stream: (target, request) => new ImagesDecoder(target, request),
    error: decodeError,
    split: { parts, join, name },
  },
  downstream: {
    match: (path) => (/\/images\/(generations|edits|variations)$/.test(path) ? { model: path } : undefined),
    decode: decodeRequest,
    encode: encodeResponse,
    stream: (request) => new ImagesEncoder(request.images ? 'image_edit' : 'image_generation'),
    error: encodeError,
  },
}

/** The models that stream, and always give the data itself. */
const isGPTImage = /^(gpt|chatgpt)-image/

/** API reference: ten pictures at once, and one of DALL·E 3. */
function parts(request: ImagesRequest, { model }: Target<OpenAIImagesQuirks>): readonly ImagesRequest[] {
  const { stream } = request
  const n = picturesOf(request)
  const most = model.startsWith('dall-e-3') ? 1 : 10
  // A stream has one answer.
  if (n <= most || stream) return [request]
  return Array.from({ length: Math.ceil(n / most) }, (_, index) => {
    const part = { ...request, n: Math.min(most, n - index * most) }
    firsts.set(part, index * most + 1)
    return part
  })
}

/** Which picture a part begins with. */
const firsts = /* @__PURE__ */ new WeakMap<ImagesRequest, number>()

function join(responses: readonly ImagesResponse[]): ImagesResponse {
  return {
    ...(responses[0] as ImagesResponse),
    images: responses.flatMap(({ images }) => images),
    usage: sumOfUsage(responses.map(({ usage }) => usage)),
  }
}

function name(part: ImagesRequest): string {
  const first = firsts.get(part) ?? 1
  const last = first + (part.n ?? 1) - 1
  return first === last ? `image ${first}` : `images ${first} to ${last}`
}

function encodeRequest(request: ImagesRequest, { model, provider, quirks }: Target<OpenAIImagesQuirks>): WireRequest {
  const warnings: string[] = []
  const { delivery, size, aspectRatio, images = [], mask } = request
  const streams = request.stream && isGPTImage.test(model)
  const body: Record<string, unknown> = compact({
    ...request.extensions?.[id],
    model,
    prompt: request.prompt,
    n: request.n,
    size,
    quality: request.quality,
    style: request.style,
    background: request.background,
    output_format: request.format,
    output_compression: request.compression,
    // OpenAI knows neither; those that speak its format and do take these names.
    seed: request.seed,
    negative_prompt: request.negativePrompt,
    user: request.user,
    stream: streams || undefined,
    partial_images: streams ? request.partialImages : undefined,
  })
  if (quirks.edges && size !== undefined) {
    const [width, height] = size.split('x').map(Number)
    delete body['size']
    Object.assign(body, compact({ width: width || undefined, height: height || undefined }))
  }
  if (delivery !== undefined) {
    const { delivery: field = isGPTImage.test(model) ? false : 'response_format', dataWord = 'b64_json' } = quirks
    if (field) body[field] = delivery === 'data' ? dataWord : 'url'
    else if (delivery === 'url') warnings.push('`delivery` was left out: the model gives the data itself.')
  }
  if (quirks.aspectRatio) {
    delete body['size']
    const ratio = aspectRatio ?? nearestRatio(size, ratios)
    if (ratio) body[quirks.aspectRatio] = ratio
  } else if (aspectRatio !== undefined) warnings.push('`aspectRatio` was left out: the provider takes a `size`.')
  const more = warnings.length > 0 ? { warnings } : {}
  if (images.length === 0) return { path: '/images/generations', body, ...more }

  if (quirks.edits === false) {
    throw new GatewayError('unsupported', `${provider} changes no images: leave out \`images\`, or ask another.`)
  }
  const form = new FormData()
  addFields(form, body)
  for (const image of images) form.append(images.length > 1 ? 'image[]' : 'image', ...fileOf(image))
  if (mask) form.append('mask', ...fileOf(mask))
  return { path: request.prompt === undefined ? '/images/variations' : '/images/edits', body: {}, form, ...more }
}

/** xAI's, but for those of telephones. */
const ratios = ['1:1', '16:9', '9:16', '4:3', '3:4', '3:2', '2:3', '2:1', '1:2']

function fileOf({ data, mediaType, name }: SourceImage): [Blob, string] {
  const ending = mediaType.replace(/^.*\//, '')
  return [new Blob([bytesOf(data)], { type: mediaType }), name ?? `image.${ending}`]
}

function decodeResponse(
  body: unknown,
  target: Target<OpenAIImagesQuirks>,
  request: ImagesRequest | undefined,
): ImagesResponse {
  if (!isFields(body) || !Array.isArray(body['data']))
    throw malformed(target, 'the answer has no list of images.', body)
  const { created } = body
  // What was not made, or not let through, has neither.
  const made = body['data'].filter(isFields).filter(({ b64_json: data, url }) => data || url)
  return compact<ImagesResponse>({
    images: made.map((item) => decodeImage(item, body, imageNames)),
    usage: decodeUsage(body, made.length, target, request),
    created: numberOf(created),
    ...extensionsOf(id, unknownFields(body, responseNames)),
  })
}

const responseNames = { created: true, data: true, output_format: true, usage: true } as const
const imageNames = { b64_json: true, url: true, revised_prompt: true } as const

function decodeImage(item: Fields, { output_format: format }: Fields, names: Readonly<Record<string, true>>) {
  return compact<GeneratedImage>({
    data: textOf(item['b64_json']),
    url: textOf(item['url']),
    mediaType: typeof format === 'string' ? `image/${format}` : undefined,
    revisedPrompt: textOf(item['revised_prompt']),
    ...extensionsOf(id, unknownFields(item, names)),
  })
}

/** GPT Image tells tokens, and what kind of picture it made. */
function decodeUsage(
  { usage, quality, size }: Fields,
  made: number,
  target: Target<unknown>,
  request: ImagesRequest | undefined,
): Usage {
  const told = isFields(usage) ? usage : {}
  const { input_tokens: input, output_tokens: output } = told
  const inputs = isFields(told['input_tokens_details']) ? told['input_tokens_details'] : {}
  const outputs = isFields(told['output_tokens_details']) ? told['output_tokens_details'] : {}
  return compact<Usage>({
    images: made,
    imageKind: kindOf(textOf(quality) ?? request?.quality, textOf(size) ?? request?.size, target),
    inputTokens: numberOf(input),
    outputTokens: numberOf(output),
    imageInputTokens: numberOf(inputs['image_tokens']),
    imageOutputTokens: numberOf(outputs['image_tokens']) ?? numberOf(output),
    ...extensionsOf(id, unknownFields(told, usageNames)),
  })
}

const usageNames = {
  input_tokens: true,
  output_tokens: true,
  total_tokens: true,
  input_tokens_details: { image_tokens: true, text_tokens: true },
  output_tokens_details: { image_tokens: true, text_tokens: true },
} as const

/** Quality and size, as prices tell them apart; undefined where the model chose and does not tell. */
function kindOf(quality: string | undefined, size: string | undefined, { model }: Target<unknown>): string | undefined {
  // OpenAI, "Create image": the defaults of DALL·E.
  const [usualQuality, usualSize] = model.startsWith('dall-e') ? ['standard', '1024x1024'] : []
  const kind = [quality ?? usualQuality, size ?? usualSize]
  return kind.includes(undefined) || kind.includes('auto') ? undefined : kind.join(' ')
}

/** `image_generation.partial_image` and `image_generation.completed`, or `image_edit.…` */
class ImagesDecoder implements StreamDecoder<ImagesEvent> {
  readonly #target: Target<unknown>
  readonly #request: ImagesRequest | undefined
  readonly #usages: Usage[] = []

  constructor(target: Target<unknown>, request: ImagesRequest | undefined) {
    this.#target = target
    this.#request = request
  }

  push({ data }: Frame, out: ImagesEvent[]): void {
    const event = decodeEvent(data, this.#target)
    const kind = String(event?.['type'])
    if (!event || !/\.(partial_image|completed)$/.test(kind)) return
    const image = decodeImage(event, event, kind.endsWith('completed') ? { ...eventNames, ...kept } : eventNames)
    if (image.data === undefined && image.url === undefined) throw malformed(this.#target, 'a picture has no data.')
    if (!kind.endsWith('completed')) {
      out.push({ type: 'partial-image', image, index: numberOf(event['partial_image_index']) ?? 0 })
      return
    }
    out.push({ type: 'image', image })
    this.#usages.push(decodeUsage(event, 1, this.#target, this.#request))
    const { background, quality, size } = event
    const told = compact({ background, quality, size })
    const rest = compact<Omit<ImagesResponse, 'images'>>({
      usage: sumOfUsage(this.#usages),
      created: numberOf(event['created_at']),
      ...extensionsOf(id, Object.keys(told).length > 0 ? told : undefined),
    })
    out.push({ type: 'end', rest })
  }

  end(): void {}
}

const eventNames = {
  ...imageNames,
  type: true,
  output_format: true,
  partial_image_index: true,
  usage: true,
  created_at: true,
} as const

/** What is told of the answer, and not of the picture. */
const kept = { background: true, quality: true, size: true } as const

function decodeRequest(body: unknown, { model: path = '' }: Door): ImagesRequest {
  const fields = atDeployment(body instanceof Form ? formFields(body, formKinds) : body, deploymentIn(path))
  const files = body instanceof Form ? body.files : []
  check(fields, requestShape, '')
  const { response_format: delivery } = fields
  const named = (name: string): readonly SourceImage[] =>
    files.filter((file) => file.field === name || file.field === `${name}[]`).map(sourceOf)
  const [mask] = named('mask')
  const sources = named('image')
  if (sources.length === 0 && !path.endsWith('generations')) throw invalid('image', 'a file')
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
    stream: fields['stream'] === true ? true : undefined,
    partialImages: fields['partial_images'] as number | undefined,
    ...extensionsOf(id, unknownFields(fields, requestShape)),
  })
}

const formKinds = {
  n: 'number',
  output_compression: 'number',
  seed: 'number',
  partial_images: 'number',
  stream: 'boolean',
} as const

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
  partial_images: 'number?',
}

function sourceOf({ bytes, mediaType, name }: FormFile): SourceImage {
  return { data: base64Of(bytes), mediaType, name }
}

function encodeResponse({ images, usage, created, extensions }: ImagesResponse): Fields {
  return compact<Fields>({
    created: created ?? 0,
    ...extensions?.[id],
    output_format: formatOf(images[0]),
    data: images.map(encodeImage),
    usage: encodeUsage(usage),
  })
}

function encodeImage({ data, url, revisedPrompt, extensions }: GeneratedImage): Fields {
  return compact({ ...extensions?.[id], b64_json: data, url, revised_prompt: revisedPrompt })
}

function formatOf(image: GeneratedImage | undefined): string | undefined {
  return image?.mediaType?.replace('image/', '')
}

function encodeUsage({ inputTokens, outputTokens, imageInputTokens = 0, extensions }: Usage): Fields | undefined {
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  const { input_tokens_details: details, ...rest } = extensions?.[id] ?? {}
  return {
    ...rest,
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    input_tokens_details: {
      ...(isFields(details) && details),
      image_tokens: imageInputTokens,
      text_tokens: inputTokens - imageInputTokens,
    },
  }
}

class ImagesEncoder implements StreamEncoder<ImagesEvent> {
  readonly #subject: string
  /** What is finished is told at the end, when it is known what it has used. */
  readonly #finished: GeneratedImage[] = []
  #rest: Omit<ImagesResponse, 'images'> = { usage: {} }

  constructor(subject: string) {
    this.#subject = subject
  }

  push(event: ImagesEvent): string {
    if (event.type === 'partial-image') {
      return this.#frame('partial_image', event.image, { partial_image_index: event.index })
    }
    if (event.type === 'image') this.#finished.push(event.image)
    else this.#rest = event.rest
    return ''
  }

  end(): string {
    const { usage, created, extensions } = this.#rest
    const last = this.#finished.length - 1
    return this.#finished
      .map((image, index) =>
        this.#frame('completed', image, {
          ...extensions?.[id],
          created_at: created,
          // Readers add up what each of them tells.
          usage: index === last ? encodeUsage(usage) : undefined,
        }),
      )
      .join('')
  }

  #frame(kind: string, image: GeneratedImage, more: Fields): string {
    const type = `${this.#subject}.${kind}`
    return encodeNamedFrame(type, compact({ type, ...more, output_format: formatOf(image), ...encodeImage(image) }))
  }

  error(error: GatewayError): string {
    return encodeErrorEvent(error)
  }
}
