/** What an answer took, in tokens. Input includes what was cached and written to the cache, output includes reasoning. */
export interface SimulatedUsage {
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cachedInputTokens: number
  readonly cacheWriteTokens: number
  readonly reasoningTokens: number
  /** Search units of reranking. */
  readonly searchUnits?: number | undefined
  /** Images that were made. */
  readonly images?: number | undefined
  /** Seconds of sound that were heard. */
  readonly seconds?: number | undefined
  /** Characters that were spoken. */
  readonly characters?: number | undefined
}

/** Before anything was taken. */
export const noUsage: SimulatedUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
}
