import { base64Of } from '../../dialects/base64.ts'
import { GatewayError } from '../../errors.ts'
import type { Gateway } from '../../gateway.ts'
import type { GeneratedImage, ImagesRequest, SourceImage } from '../../operations/images.ts'
import type { Fetch } from '../../runtime.ts'
import { decodeFileData } from './file-data.ts'
import { askGateway, type ModelIdentity, type OperationCall, type OperationResult } from './operation-model.ts'
import type { OptionTable } from './operation-options.ts'
import { own } from './provider-options.ts'
import type { JSONObject, JSONValue, SpecificationVersion } from './specification.ts'

export interface ImageCall extends OperationCall {
  readonly prompt?: string | undefined
  readonly n: number
  readonly size?: string | undefined
  readonly aspectRatio?: string | undefined
  readonly seed?: number | undefined
  /** Since version 3. */
  readonly files?: readonly ImageFile[] | undefined
  readonly mask?: ImageFile | undefined
}

export type ImageFile =
  | { readonly type: 'file'; readonly mediaType: string; readonly data: string | Uint8Array }
  | { readonly type: 'url'; readonly url: string }

/** An image model of the AI SDK. */
export interface ImageModel<V extends SpecificationVersion> extends ModelIdentity<V> {
  /** As many as one likes: the gateway knows how many a provider makes at once. */
  readonly maxImagesPerCall: number
  doGenerate(call: ImageCall): Promise<
    OperationResult & {
      /** Base64. */
      images: string[]
      /** What is said of the call stands at its first image, for only that reaches the application. */
      providerMetadata: Record<string, { images: JSONValue[] } & JSONObject>
      usage: { inputTokens: number | undefined; outputTokens: number | undefined; totalTokens: number | undefined }
    }
  >
}

/**
 * Makes an image model of the AI SDK out of a model group, or a `provider/model`, of a gateway.
 *
 * @param fetch fetches what a provider gives as an address only, for the AI SDK takes the images themselves
 */
export function createImageModel<V extends SpecificationVersion>(
  gateway: Gateway,
  modelId: string,
  version: V,
  fetch: Fetch,
): ImageModel<V> {
  return {
    specificationVersion: version,
    provider: own,
    modelId,
    // The AI SDK divides by it: of an infinity it would make no call at all.
    maxImagesPerCall: Number.MAX_SAFE_INTEGER,
    doGenerate: (call) =>
      askGateway(gateway, modelId, call, imageOptions, async (client, said, describe) => {
        const { prompt, n, size, aspectRatio = said.aspectRatio, seed, files, mask, abortSignal } = call
        const reply = await client.image({
          ...said,
          prompt,
          n,
          size,
          aspectRatio,
          seed,
          images: files?.map(decodeFile),
          mask: mask && decodeFile(mask),
          delivery: 'data',
          stream: false,
        })
        const { inputTokens, outputTokens } = reply.usage
        const { providerMetadata, ...described } = describe(reply)
        const { [own]: ours = {}, ...theirs } = providerMetadata
        return {
          ...described,
          images: await Promise.all(reply.images.map((image) => dataOf(image, fetch, abortSignal))),
          providerMetadata: {
            ...(theirs as Record<string, { images: JSONValue[] } & JSONObject>),
            [own]: { ...ours, images: reply.images.map((image, index) => metadataOf(image, index === 0 ? ours : {})) },
          },
          usage: {
            inputTokens,
            outputTokens,
            totalTokens:
              inputTokens === undefined || outputTokens === undefined ? undefined : inputTokens + outputTokens,
          },
        }
      }),
  }
}

type Fields = Pick<
  ImagesRequest,
  'quality' | 'style' | 'background' | 'format' | 'compression' | 'negativePrompt' | 'aspectRatio' | 'user'
>

/** The options of image models. */
export const imageOptions: OptionTable<Fields> = {
  own: ['quality', 'style', 'background', 'format', 'compression', 'negativePrompt'],
  named: [
    ['openai', 'quality', 'quality'],
    ['openai', 'style', 'style'],
    ['openai', 'background', 'background'],
    ['openai', 'outputFormat', 'format'],
    ['openai', 'outputCompression', 'compression'],
    ['openai', 'user', 'user'],
    ['google', 'aspectRatio', 'aspectRatio'],
    ['vertex', 'negativePrompt', 'negativePrompt'],
  ],
  dialects: { openai: 'openai-images' },
}

/** Reads a picture of a call. One at an address is not fetched: who may say addresses may not say where we go. */
function decodeFile(file: ImageFile): SourceImage {
  const source = decodeFileData(file.type === 'url' ? new URL(file.url) : file.data, mediaTypeOf(file))
  if (source.type === 'base64') return { data: source.data, mediaType: source.mediaType ?? 'image/png' }
  throw new GatewayError('unsupported', 'A picture to be changed must be given itself, and not by its address.')
}

function mediaTypeOf(file: ImageFile): string {
  return file.type === 'file' ? file.mediaType : 'image/*'
}

async function dataOf(
  { data, url = '' }: GeneratedImage,
  fetch: Fetch,
  signal: AbortSignal | undefined,
): Promise<string> {
  if (data !== undefined) return data
  const response = await fetch(url, { method: 'GET', headers: {}, ...(signal && { signal }) })
  if (response.status !== 200) {
    throw new GatewayError('provider_unavailable', `A picture was made, and fetching it gave HTTP ${response.status}.`)
  }
  return base64Of(new Uint8Array(await response.arrayBuffer()))
}

function metadataOf({ revisedPrompt, mediaType }: GeneratedImage, call: JSONObject): JSONObject {
  return {
    ...call,
    ...(revisedPrompt !== undefined && { revisedPrompt }),
    ...(mediaType !== undefined && { mediaType }),
  }
}
