/** A mean of which what is older than `memory` milliseconds counts less than a third, and the first few values in full. */
export class DecayingMean {
  readonly #memory: number
  #weight = 0
  #sum = 0
  #at = 0

  constructor(memory: number) {
    this.#memory = memory
  }

  add(value: number, now: number): void {
    // A clock may be set back, or that of who told of it be ahead: what is seen now counts in full.
    if (now < this.#at) this.#at = now
    this.merge([1, value, now])
  }

  /** Undefined before anything was added. */
  value: number | undefined = undefined

  /** When something was added last, in milliseconds since 1970. */
  get at(): number {
    return this.#at
  }

  /** How many values the mean rests on, old ones counting less. */
  samples(now: number): number {
    return this.#weight === 0 ? 0 : this.#weight * Math.exp(-Math.max(0, now - this.#at) / this.#memory)
  }

  toJSON(): DecayingSnapshot {
    return [this.#weight, this.#sum, this.#at]
  }

  merge([weight, sum, at]: DecayingSnapshot): void {
    if (!(weight > 0) || !Number.isFinite(sum) || !Number.isFinite(at)) return
    const now = Math.max(this.#at, at)
    const own = Math.exp(-(now - this.#at) / this.#memory)
    const other = Math.exp(-(now - at) / this.#memory)
    this.#weight = this.#weight * own + weight * other
    this.#sum = this.#sum * own + sum * other
    this.#at = now
    this.value = this.#sum / this.#weight
  }
}

/** Weight, sum, and when they were so. */
export type DecayingSnapshot = readonly [weight: number, sum: number, at: number]

/**
 * A moving average that jumps to every peak at once and comes down from it in time: Finagle's peak EWMA. It sees a
 * deployment slow down after one call, where a mean would need many.
 */
export class PeakEwma {
  value: number | undefined = undefined
  #at = 0

  add(value: number, now: number): void {
    if (this.value === undefined || value >= this.value) this.value = value
    else {
      const weight = Math.exp(-Math.max(0, now - this.#at) / peakMemory)
      this.value = this.value * weight + value * (1 - weight)
    }
    this.#at = now
  }

  /** Of what broke off after so long, which counts only where it is worse than what is known. */
  atLeast(value: number, now: number): void {
    if (this.value !== undefined && value > this.value) this.add(value, now)
  }

  toJSON(): PeakSnapshot {
    return [this.value ?? null, this.#at]
  }

  /** Takes over what was learnt later than what is known here. */
  merge([value, at]: PeakSnapshot): void {
    if (value === null || !Number.isFinite(value) || !(at >= this.#at)) return
    this.value = value
    this.#at = at
  }
}

export type PeakSnapshot = readonly [value: number | null, at: number]

/** As Finagle and linkerd have it, in milliseconds. */
const peakMemory = 10_000
