/** Milliseconds to wait before the nth retry, counted from 1. */
export type Backoff = (retry: number, random: () => number) => number

/** Waits at random up to a ceiling that doubles from a second to eight: full jitter, so that callers do not come back together. */
export function fullJitter(base = 500, ceiling = 8000): Backoff {
  return (retry, random) => random() * Math.min(ceiling, base * 2 ** retry)
}
