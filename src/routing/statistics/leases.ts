/**
 * What is in flight. Each piece of work ends exactly once; should one never be told to have ended, its lease runs out at
 * its deadline. So a count can drift for no longer than that.
 */
export class Leases {
  readonly #until = new Map<object, number>()
  #soonest = Number.POSITIVE_INFINITY
  /** The size of the map, where it is quick to read. */
  #count = 0

  begin(work: object, until: number): void {
    this.#until.set(work, until)
    this.#count = this.#until.size
    if (until < this.#soonest) this.#soonest = until
  }

  end(work: object): void {
    this.#until.delete(work)
    this.#count = this.#until.size
  }

  count(now: number): number {
    if (now > this.#soonest) this.#sweep(now)
    return this.#count
  }

  #sweep(now: number): void {
    this.#soonest = Number.POSITIVE_INFINITY
    for (const [work, until] of this.#until) {
      if (until < now) this.#until.delete(work)
      else if (until < this.#soonest) this.#soonest = until
    }
    this.#count = this.#until.size
  }
}
