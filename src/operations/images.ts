import { answersOf, byteBound, maximumOf } from './byte-bound.ts'
import { estimateTokens } from './chat/estimate.ts'
import type { Extensions, Fold, Operation, OperationRequest, OperationResponse, Usage } from './operation.ts'

/** A picture that comes with a request: base64 with its type. */
export interface SourceImage {
  readonly data: string
  /** Such as `image/png`. */
  readonly mediaType: string
  readonly name?: string | undefined
}

export interface ImagesRequest extends OperationRequest {
  /** What is to be seen, or to be changed. Only a variation of a picture needs none. */
  readonly prompt?: string | undefined
  /** How many to make. @default 1 */
  readonly n?: number | undefined
  /** Width and height, `1024x1024`, or `auto`. */
  readonly size?: string | undefined
  /** `16:9`, where the provider takes no size. */
  readonly aspectRatio?: string | undefined
  /** In the provider's words: `low`, `medium`, `high`, `hd`, `standard`, `auto`. */
  readonly quality?: string | undefined
  readonly style?: string | undefined
  readonly background?: string | undefined
  /** The format of the files. @default the provider's own */
  readonly format?: 'png' | 'jpeg' | 'webp' | undefined
  /** From 0 to 100, for formats that lose something. */
  readonly compression?: number | undefined
  /** The pictures to change, or to take as a model. */
  readonly images?: readonly SourceImage[] | undefined
  /** What of the first picture to change: where it is transparent. */
  readonly mask?: SourceImage | undefined
  readonly seed?: number | undefined
  /** What is not to be seen, where the provider asks. */
  readonly negativePrompt?: string | undefined
  /** As an address or as the data itself, where the provider can do both. @default the provider's own */
  readonly delivery?: 'url' | 'data' | undefined
  /** How many unfinished pictures to show of each while it is made, in a stream. @default the provider's own, mostly none */
  readonly partialImages?: number | undefined
  /** An opaque id of the end user, passed on to the provider for its abuse detection. */
  readonly user?: string | undefined
}

/** A picture that was made: its data as base64, or where to fetch it. */
export interface GeneratedImage {
  readonly data?: string | undefined
  readonly url?: string | undefined
  readonly mediaType?: string | undefined
  /** What the provider made of the prompt. */
  readonly revisedPrompt?: string | undefined
  readonly extensions?: Extensions | undefined
}

export interface ImagesResponse extends OperationResponse {
  readonly images: readonly GeneratedImage[]
  readonly usage: Usage
  /** When they were made, in seconds since 1970. */
  readonly created?: number | undefined
  readonly extensions?: Extensions | undefined
}

export type ImagesEvent =
  /** A picture as far as it is made. */
  | { readonly type: 'partial-image'; readonly image: GeneratedImage; readonly index: number }
  /** A picture that is finished. */
  | { readonly type: 'image'; readonly image: GeneratedImage }
  /** All else that is known at the end. */
  | { readonly type: 'end'; readonly rest: Omit<ImagesResponse, 'images'> }

export type Images = Operation<ImagesRequest, ImagesResponse, ImagesEvent>

/** A description in, pictures out; or pictures in, changed pictures out. */
export const images: Images = {
  id: 'images',
  fold: () => new ImagesFold(),
  unfold: ({ images, ...rest }) => [
    ...images.map((image) => ({ type: 'image' as const, image })),
    { type: 'end', rest },
  ],
  hasContent: (event) => event.type !== 'end',
  finishes: (event) => event.type === 'end',
  usageOf: (event) => (event.type === 'end' ? event.rest.usage : undefined),
  // The first that is seen of a picture tells that all of it is being made.
  sizeOf(event) {
    if (event.type === 'end') return 0
    return event.type === 'partial-image' && event.index > 0 ? partialTokens : dearestMade
  },
  emptiness: ({ images }) => (images.length > 0 ? undefined : 'The answer has no images.'),
  // An address is gone before an entry is.
  storable: ({ images }) => images.every(({ data }) => data !== undefined),
  cacheable: () => true,
  uncapped: true,
  bound({ prompt = '', negativePrompt = '', images = [], mask, n, size, stream, partialImages }) {
    const pictures = images.length + (mask ? 1 : 0)
    const partial = stream ? (maximumOf(partialImages) ?? mostPartial) * partialTokens : 0
    const answers = answersOf(n)
    return {
      inputTokens: framing + byteBound(prompt) + byteBound(negativePrompt) + pictures * dearestPicture,
      outputTokens: tokensOf(size) + partial,
      answers,
      units: { images: answers },
    }
  },
  estimate: ({ prompt = '', images = [] }) => estimateTokens(prompt) + images.length * 1_000,
}

/** What a model's template writes around a prompt. */
const framing = 64
/** OpenAI, high fidelity: 6,240 tokens for a landscape beside some 400 of its tiles. */
const dearestPicture = 8_192
/** OpenAI: GPT Image 1 makes a landscape of high quality of 6,240 tokens, GPT Image 2 a square of some 7,000. */
const dearestMade = 8_192
/** OpenAI, "Streaming": each unfinished picture costs 100 tokens more; there are at most three. */
const partialTokens = 100
const mostPartial = 3

/** The most tokens of a picture of this size: as many for each pixel as the dearest square has, and some more. */
function tokensOf(size = ''): number {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size) ?? []
  return Math.max(dearestMade, Math.ceil((Number(width ?? 0) * Number(height ?? 0)) / 128))
}

class ImagesFold implements Fold<ImagesResponse, ImagesEvent> {
  readonly #images: GeneratedImage[] = []
  #rest: Omit<ImagesResponse, 'images'> = { usage: {} }

  add(event: ImagesEvent): void {
    if (event.type === 'image') this.#images.push(event.image)
    else if (event.type === 'end') this.#rest = event.rest
  }

  result(): ImagesResponse {
    return { ...this.#rest, images: this.#images }
  }
}
