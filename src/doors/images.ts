import { bytesOf } from '../dialects/base64.ts'
import {
  type GeneratedImage,
  type Images,
  type ImagesEvent,
  type ImagesRequest,
  type ImagesResponse,
  images,
  type SourceImage,
} from '../operations/images.ts'
import type { TraceRecorder } from '../telemetry/trace.ts'
import { type Ask, OperationReply } from './ask.ts'
import { checkInput, type InputFields, wrong } from './fields.ts'
import { OperationStream } from './operation-stream.ts'

/** What `gateway.image` takes. */
export interface ImagesInput<Model extends string = string> extends Omit<ImagesRequest, 'model'> {
  readonly model: Model
}

/** What `gateway.image` gives. */
export class ImagesReply extends OperationReply<ImagesResponse> {
  get images(): readonly GeneratedImage[] {
    return this.response.images
  }

  /** The first image, which is mostly the only one. */
  get image(): GeneratedImage {
    return this.response.images[0] as GeneratedImage
  }

  /** The bytes of the first image, where the provider sent them and not an address. */
  get bytes(): Uint8Array | undefined {
    const { data } = this.image
    return data === undefined ? undefined : bytesOf(data)
  }
}

/** A picture of a stream: finished, or as far as it is made. */
export interface ImagesPiece extends GeneratedImage {
  readonly partial: boolean
}

/** What `gateway.image` gives with `stream: true`: pictures while they are made, where the provider shows them. */
export type ImagesStream = OperationStream<Images, ImagesPiece, ImagesReply>

/** Asks for images. */
export const image: Ask<Images, ImagesInput, ImagesReply, ImagesStream> = {
  operation: images,
  request(input) {
    checkInput(input, fields)
    for (const [index, source] of (input.images ?? []).entries()) checkSource(source, `images[${index}]`)
    if (input.mask) checkSource(input.mask, 'mask')
    if (!input.prompt && !input.images?.length) throw wrong('prompt is missing: say what is to be seen.')
    return input
  },
  reply: show,
  stream: (reply, recorder) => new OperationStream(reply, recorder, pieceOf, show),
}

/** A picture is easily given as bytes, or as a data URL. */
function checkSource(source: Partial<SourceImage> | null, name: string): void {
  if (typeof source?.data !== 'string' || typeof source.mediaType !== 'string')
    throw wrong(`${name} is no { data, mediaType }: a picture's data is base64, and its type such as image/png.`)
  if (source.data.startsWith('data:')) throw wrong(`${name}.data is a URL: give the base64 that follows its comma.`)
}

function show(response: ImagesResponse, recorder: TraceRecorder): ImagesReply {
  return new ImagesReply(response, recorder)
}

function pieceOf(event: ImagesEvent): ImagesPiece | undefined {
  return event.type === 'end' ? undefined : { ...event.image, partial: event.type === 'partial-image' }
}

const fields: InputFields<ImagesInput> = {
  model: 'string!',
  prompt: 'string',
  n: 'number',
  size: 'string',
  aspectRatio: 'string',
  quality: 'string',
  style: 'string',
  background: 'string',
  format: 'string',
  compression: 'number',
  images: 'list',
  mask: 'object',
  seed: 'number',
  negativePrompt: 'string',
  delivery: 'string',
  stream: 'boolean',
  partialImages: 'number',
  user: 'string',
  headers: 'object',
  extensions: 'object',
}
