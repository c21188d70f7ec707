import type { Gateway } from '../../gateway.ts'
import { defaultRuntime, type Fetch } from '../../runtime.ts'
import { createEmbeddingModel, type EmbeddingModel } from './embedding-model.ts'
import { createImageModel, type ImageModel } from './image-model.ts'
import { createLanguageModel } from './language-model.ts'
import { createRerankingModel, type RerankingModel } from './reranking-model.ts'
import type { LanguageModel, SpecificationVersion } from './specification.ts'
import { createSpeechModel, type SpeechModel } from './speech-model.ts'
import { createTranscriptionModel, type TranscriptionModel } from './transcription-model.ts'

export interface ZerohopProviderOptions<V extends SpecificationVersion> {
  /** The version of the provider specification: `'v2'` for `ai` 5 and later, `'v3'` for 6 and later, `'v4'` for 7. @default 'v3' */
  readonly specificationVersion?: V | undefined
  /**
   * By media type, the addresses of files that every model reads by itself. Others are downloaded by the AI SDK, and
   * go out with the prompt. @default none, for any provider may have to serve a call
   */
  readonly supportedUrls?: Readonly<Record<string, readonly RegExp[]>> | undefined
  /** Fetches images that a provider gives as an address only. @default the platform's own */
  readonly fetch?: Fetch | undefined
}

/** A gateway, as a provider of the AI SDK. */
export interface ZerohopProvider<Model extends string = string, V extends SpecificationVersion = 'v3'> {
  /** The language model behind a model group, or a `provider/model`. */
  (model: Model): LanguageModel<V>
  readonly specificationVersion: V
  languageModel(model: Model): LanguageModel<V>
  /** The same as {@link languageModel}. */
  chat(model: Model): LanguageModel<V>
  embeddingModel(model: Model): EmbeddingModel<V>
  /** The same as {@link embeddingModel}, as `ai` 5 calls it. */
  textEmbeddingModel(model: Model): EmbeddingModel<V>
  imageModel(model: Model): ImageModel<V>
  speechModel(model: Model): SpeechModel<V>
  transcriptionModel(model: Model): TranscriptionModel<V>
  /** There are none before version 3. */
  rerankingModel(model: Model): RerankingModel<V extends 'v2' ? 'v3' : V>
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
  {
    specificationVersion: version = 'v3' as V,
    supportedUrls = {},
    fetch = defaultRuntime.fetch,
  }: ZerohopProviderOptions<V> = {},
): ZerohopProvider<Model, V> {
  const any = gateway as unknown as Gateway
  const urls = Object.fromEntries(Object.entries(supportedUrls).map(([type, patterns]) => [type, [...patterns]]))
  const languageModel = (model: Model): LanguageModel<V> => createLanguageModel(any, model, version, urls)
  const embeddingModel = (model: Model): EmbeddingModel<V> => createEmbeddingModel(any, model, version)
  const reranking = (version === 'v2' ? 'v3' : version) as V extends 'v2' ? 'v3' : V
  return Object.assign((model: Model) => languageModel(model), {
    specificationVersion: version,
    languageModel,
    chat: languageModel,
    embeddingModel,
    textEmbeddingModel: embeddingModel,
    imageModel: (model: Model) => createImageModel(any, model, version, fetch),
    speechModel: (model: Model) => createSpeechModel(any, model, version),
    transcriptionModel: (model: Model) => createTranscriptionModel(any, model, version),
    rerankingModel: (model: Model) => createRerankingModel(any, model, reranking),
  })
}
