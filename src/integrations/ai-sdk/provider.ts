import type { Gateway } from '../../gateway.ts'
import { createLanguageModel } from './language-model.ts'
import type { LanguageModel, SpecificationVersion } from './specification.ts'

export interface ZerohopProviderOptions<V extends SpecificationVersion> {
  /** The version of the provider specification: `'v2'` for `ai` 5 and later, `'v3'` for 6 and later, `'v4'` for 7. @default 'v3' */
  readonly specificationVersion?: V | undefined
  /**
   * By media type, the addresses of files that every model reads by itself. Others are downloaded by the AI SDK, and
   * go out with the prompt. @default none, for any provider may have to serve a call
   */
  readonly supportedUrls?: Readonly<Record<string, readonly RegExp[]>> | undefined
}

/** A gateway, as a provider of the AI SDK. */
export interface ZerohopProvider<Model extends string = string, V extends SpecificationVersion = 'v3'> {
  /** The language model behind a model group, or a `provider/model`. */
  (model: Model): LanguageModel<V>
  readonly specificationVersion: V
  languageModel(model: Model): LanguageModel<V>
  /** The same as {@link languageModel}. */
  chat(model: Model): LanguageModel<V>
  embeddingModel(model: string): never
  textEmbeddingModel(model: string): never
  imageModel(model: string): never
}

/**
 * Makes a provider of the AI SDK out of a gateway.
 *
 * @example
 * const zerohop = createZerohop(gateway)
 * const { text } = await generateText({ model: zerohop('fast'), prompt: 'Hello' })
 */
export function createZerohop<Model extends string, V extends SpecificationVersion = 'v3'>(
  gateway: Gateway<Model>,
  { specificationVersion = 'v3' as V, supportedUrls = {} }: ZerohopProviderOptions<V> = {},
): ZerohopProvider<Model, V> {
  const urls = Object.fromEntries(Object.entries(supportedUrls).map(([type, patterns]) => [type, [...patterns]]))
  const languageModel = (model: Model): LanguageModel<V> =>
    createLanguageModel(gateway as unknown as Gateway, model, specificationVersion, urls)
  return Object.assign((model: Model) => languageModel(model), {
    specificationVersion,
    languageModel,
    chat: languageModel,
    embeddingModel: noSuchModel('embeddingModel'),
    textEmbeddingModel: noSuchModel('embeddingModel'),
    imageModel: noSuchModel('imageModel'),
  })
}

/** Refuses a kind of model as the AI SDK's own providers refuse one that they do not have. */
function noSuchModel(modelType: string): (modelId: string) => never {
  return (modelId) => {
    const error = new Error(`No such ${modelType}: ${modelId}. The gateway serves language models to the AI SDK.`)
    throw Object.assign(error, {
      name: 'AI_NoSuchModelError',
      modelId,
      modelType,
      [Symbol.for('vercel.ai.error')]: true,
      [Symbol.for('vercel.ai.error.AI_NoSuchModelError')]: true,
    })
  }
}
