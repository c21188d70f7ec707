import { base64Of } from '../../dialects/base64.ts'
import type { Fields } from '../../dialects/fields.ts'
import type { EmbeddingCall } from './embedding-model.ts'
import type { ImageCall } from './image-model.ts'

type Most = number | undefined

/** An embedding model that somebody else made, of any version. */
export interface AnyEmbeddingModel {
  readonly maxEmbeddingsPerCall: PromiseLike<Most> | Most
  readonly supportsParallelCalls: PromiseLike<boolean> | boolean
  doEmbed(call: never): PromiseLike<object>
}

/** An image model that somebody else made, of any version. */
export interface AnyImageModel {
  readonly specificationVersion: string
  readonly modelId: string
  readonly maxImagesPerCall: Most | ((options: { modelId: string }) => PromiseLike<Most> | Most)
  doGenerate(call: never): PromiseLike<object>
}

/** How many a model takes at once; what is no such number is none. */
function atOnce(most: Most | null, unsaid: number): number {
  return typeof most === 'number' && most >= 1 ? Math.floor(most) : unsaid
}

/** Asks for embeddings, in as many calls as the model needs. */
export async function embed(model: AnyEmbeddingModel, call: EmbeddingCall, signal?: AbortSignal): Promise<Fields> {
  const { values } = call
  const most = atOnce(await model.maxEmbeddingsPerCall, values.length)
  const asked: (readonly string[])[] = []
  for (let start = 0; start < values.length; start += most) asked.push(values.slice(start, start + most))
  const answers: Fields[] = []
  const ask = async (values: readonly string[], part: number): Promise<void> => {
    answers[part] = (await model.doEmbed({ ...call, values, abortSignal: signal } as never)) as Fields
  }
  if (await model.supportsParallelCalls) await Promise.all(asked.map(ask))
  else for (const [part, values] of asked.entries()) await ask(values, part)
  const tokens = answers.map(({ usage }) => (usage as { tokens?: number } | undefined)?.tokens ?? Number.NaN)
  return {
    embeddings: answers.flatMap(({ embeddings }) => embeddings),
    // Without a number where one of them did not say: JSON has none for that either.
    tokens: tokens.reduce((sum, count) => sum + count, 0),
    ...described(answers),
  }
}

/** Asks for images, in as many calls as the model needs. */
export async function generateImages(model: AnyImageModel, call: ImageCall, signal?: AbortSignal): Promise<Fields> {
  const { specificationVersion, modelId, maxImagesPerCall } = model
  if (specificationVersion === 'v2' && (call.files || call.mask)) {
    const error = new Error('models of version 2 change no images.')
    throw Object.assign(error, { name: 'AI_UnsupportedFunctionalityError' })
  }
  const most = atOnce(
    typeof maxImagesPerCall === 'function' ? await maxImagesPerCall({ modelId }) : maxImagesPerCall,
    1,
  )
  const counts: number[] = []
  for (let left = call.n; left > 0; left -= most) counts.push(Math.min(left, most))
  const answers = await Promise.all(
    counts.map(async (n) => (await model.doGenerate({ ...call, n, abortSignal: signal } as never)) as Fields),
  )
  const images = answers.flatMap(({ images }) => (Array.isArray(images) ? (images as readonly unknown[]) : [undefined]))
  return {
    images: images.map((image) => (image instanceof Uint8Array ? base64Of(image) : image)),
    usage: answers.length === 1 ? answers[0]!['usage'] : sum(answers.map(({ usage }) => usage)),
    ...described(answers),
  }
}

function described(answers: readonly Fields[]): Fields {
  const warnings = answers.flatMap(({ warnings = [] }) => warnings)
  return { providerMetadata: answers[0]?.['providerMetadata'], warnings }
}

/** What several calls have used. Where one of them did not say, there is no sum: JSON says null of it. */
function sum(usages: readonly unknown[]): Fields {
  const total = (field: string): number =>
    usages.reduce<number>((sum, usage) => sum + Number((usage as Fields | undefined)?.[field] ?? Number.NaN), 0)
  return { inputTokens: total('inputTokens'), outputTokens: total('outputTokens') }
}
