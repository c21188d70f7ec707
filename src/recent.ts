/** What was put in last, up to a number of entries: one more, and the one that has lain longest is forgotten. */
export class Recent<Value> {
  readonly #entries = new Map<string, Value>()
  readonly #most: number
  /** Goes on from where it forgot last: to begin anew, a map first steps over all that was ever taken from its front. */
  readonly #oldest = this.#entries.keys()

  constructor(most: number) {
    this.#most = most
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key)
  }

  /** Puts an entry last, also one that is there. */
  set(key: string, value: Value): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    if (this.#entries.size > this.#most) this.#entries.delete(this.#oldest.next().value!)
  }
}
