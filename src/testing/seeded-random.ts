/**
 * Makes a random number generator that gives the same numbers for the same seed (mulberry32).
 *
 * @example
 * const random = seededRandom(7)
 * random() // always the same first number
 */
export function seededRandom(seed = 1): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
