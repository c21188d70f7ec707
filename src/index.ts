export { type CacheSlot, cache } from './cache/cache.ts'
export type { CacheOptions } from './cache/options.ts'
export type * from './call.ts'
export type { Dialect } from './dialects/dialect.ts'
export type { ChatReply, ChatStream, ToolCall } from './doors/chat.ts'
export type { CountTokensReply } from './doors/count-tokens.ts'
export type { EmbeddingsInput, EmbeddingsReply } from './doors/embeddings.ts'
export type { Explanation } from './doors/explain.ts'
export type { GatewayFetch } from './doors/fetch.ts'
export type { ImagesInput, ImagesPiece, ImagesReply, ImagesStream } from './doors/images.ts'
export type { ModerateInput, ModerationReply } from './doors/moderation.ts'
export type { RankedDocument, RerankInput, RerankReply } from './doors/rerank.ts'
export type { StandardSchema } from './doors/schema.ts'
export type { SpeechInput, SpeechReply, SpeechStream } from './doors/speech.ts'
export type { TranscriptionInput, TranscriptionReply, TranscriptionStream } from './doors/transcription.ts'
export type { Duration } from './duration.ts'
export { type ErrorCode, type ErrorTraits, errorTraits, GatewayError, isGatewayError } from './errors.ts'
export { type ChatCall, createGateway, type Gateway, type GatewayOptions, type ModelId, type Sink } from './gateway.ts'
export { type BudgetOptions, budget } from './limits/budget.ts'
export { type LimitsOptions, type LimitsSlot, limits } from './limits/limits.ts'
export { type RateLimitOptions, rateLimit } from './limits/rate-limit.ts'
export { compose, type Middleware, type Next, type Slot } from './middleware.ts'
export type * from './operations/chat/index.ts'
export type { CountTokens, CountTokensResponse } from './operations/count-tokens.ts'
export type {
  Embedding,
  EmbeddingInput,
  EmbeddingPurpose,
  Embeddings,
  EmbeddingsRequest,
  EmbeddingsResponse,
} from './operations/embeddings.ts'
export type {
  GeneratedImage,
  Images,
  ImagesEvent,
  ImagesRequest,
  ImagesResponse,
  SourceImage,
} from './operations/images.ts'
export type {
  Moderation,
  ModerationCategory,
  ModerationInput,
  ModerationRequest,
  ModerationResponse,
  ModerationResult,
  Verdict,
} from './operations/moderation.ts'
export type { Operation, Usage } from './operations/operation.ts'
export type { Rerank, RerankDocument, RerankRequest, RerankResponse, RerankResult } from './operations/rerank.ts'
export type { Speech, SpeechEvent, SpeechRequest, SpeechResponse } from './operations/speech.ts'
export type {
  Recording,
  Transcription,
  TranscriptionEvent,
  TranscriptionRequest,
  TranscriptionResponse,
  TranscriptSegment,
} from './operations/transcription.ts'
export type { Vector } from './operations/vector.ts'
export type {
  AnyProvider,
  Auth,
  Catalog,
  Credential,
  DataTerms,
  LengthTier,
  ModelFacts,
  Operations,
  Price,
  Provider,
  ServiceTierPrice,
  Setting,
  Speaks,
  TokenPrice,
  UnitPrice,
} from './providers/provider.ts'
export { provider } from './providers/provider.ts'
export { type Reply, replay, type Source, type Stage, StreamReply, settled, type WholeReply } from './reply.ts'
export { envoyBreaker, hystrixBreaker, litellmBreaker } from './resilience/breaker-presets.ts'
export {
  type CircuitBreakerOptions,
  type CircuitChange,
  type CircuitSnapshot,
  type CircuitState,
  circuitBreaker,
} from './resilience/circuit-breaker.ts'
export { type Concurrency, type ConcurrencyOptions, concurrency } from './resilience/concurrency.ts'
export { and, empty, finishReason, fitsSchema, not, or, validJSON } from './resilience/conditions.ts'
export { type Continuation, type ContinuationOptions, continuation } from './resilience/continuation.ts'
export { type Fleet, fleet } from './resilience/fleet.ts'
export type { HedgeOptions } from './resilience/hedge.ts'
export {
  type SharedStatisticsOptions,
  type StatisticsNews,
  type StatisticsStore,
  sharedStatistics,
} from './routing/statistics/shared.ts'
export type { Known, Measure, Statistics, StatisticsSnapshot } from './routing/statistics.ts'
export * from './routing/strategies.ts'
export type { Runtime } from './runtime.ts'
export { type CircuitStore, memoryCircuits } from './stores/circuits.ts'
export type { CounterStore } from './stores/counters.ts'
export { memoryStore } from './stores/memory.ts'
export { memoryCounters } from './stores/memory-counters.ts'
export type { CacheStore } from './stores/store.ts'
export { timeline } from './telemetry/timeline.ts'
export type { Trace } from './telemetry/trace.ts'
