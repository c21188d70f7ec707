export type { ZerohopCallError } from './call-error.ts'
export type { EmbeddingModel } from './embedding-model.ts'
export type { ImageModel } from './image-model.ts'
export { type AttemptMetadata, metadataOf, type ZerohopMetadata } from './metadata.ts'
export type { AnyEmbeddingModel, AnyImageModel } from './model-parts.ts'
export type {
  ZerohopEmbeddingOptions,
  ZerohopImageOptions,
  ZerohopOptions,
  ZerohopRerankingOptions,
  ZerohopSpeechOptions,
  ZerohopTranscriptionOptions,
} from './options.ts'
export { createZerohop, type ZerohopProvider, type ZerohopProviderOptions } from './provider.ts'
export type { RerankingModel } from './reranking-model.ts'
export { type AiSdkProviderOptions, aiSdkProvider } from './row.ts'
export type { AnyLanguageModel, LanguageModel, SpecificationVersion } from './specification.ts'
export type { SpeechModel } from './speech-model.ts'
export type { TranscriptionModel } from './transcription-model.ts'
