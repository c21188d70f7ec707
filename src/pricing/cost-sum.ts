import type { Cost } from '../call.ts'

/** Adds amounts up as whole nano-dollars and whole fractions of one: together they stay exact where one number would not. */
export class CostSum {
  readonly #cost: { -readonly [Key in keyof Cost]: Cost[Key] } = { total: 0 }
  #nano = 0
  #fraction = 0

  /** Adds so many of a thing, of which `per` cost so many dollars. */
  add(name: keyof Cost, count: number, dollars: number, per: number): void {
    const price = Math.round(dollars * 1e9)
    // Of seconds, which have decimals, the milliseconds: 8.47 times 1,000 is a little more than 8,470.
    const many = Number.isInteger(count) ? count : Math.ceil(count - 1e-6)
    const rest = many * (price % per)
    const nano = many * Math.floor(price / per) + Math.floor(rest / per)
    const fraction = (rest % per) * (denominator / per)
    this.#nano += nano
    this.#fraction += fraction
    this.#cost[name] = nano + Math.round(fraction / denominator)
  }

  result(): Cost {
    this.#cost.total = this.#nano + Math.ceil(this.#fraction / denominator)
    return this.#cost
  }
}

/** All `per` divide it: a million tokens, and the milliseconds of an hour. */
const denominator = 18_000_000
