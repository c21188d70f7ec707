export { byDifficulty, difficulty } from './strategies/by-difficulty.ts'
export { byVerdict, type Judge } from './strategies/by-verdict.ts'
export { chain } from './strategies/chain.ts'
export { type BestOptions, best, least, proportional, twoChoices } from './strategies/choices.ts'
export { type ConsistentHashOptions, consistentHash } from './strategies/consistent-hash.ts'
export { cheapest, expectedCost, inverseSquarePrice, stable } from './strategies/expected-cost.ts'
export type { Field } from './strategies/field.ts'
export { inFlight, type LeastInFlightOptions, leastInFlight } from './strategies/least-in-flight.ts'
export { type LeastUsedOptions, leastUsed } from './strategies/least-used.ts'
export {
  type LowestLatencyOptions,
  latencyUnderLoad,
  lowestLatency,
  meanLatency,
} from './strategies/lowest-latency.ts'
export type { Names } from './strategies/named.ts'
export { ordered } from './strategies/ordered.ts'
export { type PercentageSplitOptions, percentageSplit, type Split } from './strategies/percentage-split.ts'
export { type FastPreference, type Percentiles, preferFast } from './strategies/prefer-fast.ts'
export { roundRobin } from './strategies/round-robin.ts'
export { type StickyOptions, sticky } from './strategies/sticky.ts'
export type {
  Memory,
  Ranked,
  RankedShare,
  Score,
  Scored,
  ScoreParts,
  Strategy,
  StrategyContext,
} from './strategies/strategy.ts'
export { type WarmCacheOptions, warmCache } from './strategies/warm-cache.ts'
export { type WeightedShuffleOptions, weightedShuffle } from './strategies/weighted-shuffle.ts'
