/** What a deployment did in the last minute: counts in slices of 5 seconds, of which the oldest leave one by one. */
export class Minute {
  /** By slice and kind. */
  readonly #counts = new Float64Array(slices * kindsCounted)
  /** By kind, of all slices. */
  readonly #sums = [0, 0, 0, 0]
  #newest = 0
  /** When the newest slice ends. */
  #until = 0

  add(kind: Kind, count: number, now: number): void {
    this.#addAt(kind, count, sliceAt(now))
  }

  /** How many there were in the last minute. */
  count(kind: Kind, now: number): number {
    if (now >= this.#until) this.#roll(sliceAt(now))
    return this.#sums[kind]!
  }

  /** The share of the attempts that ended in the last 30 seconds which the deployment itself failed, were there so many more answers. */
  failureRatio(now: number, more: number): number {
    if (this.count(kinds.failed, now) === 0) return 0
    let [answered, failed] = [0, 0]
    for (let slice = Math.max(0, this.#newest - outageSlices + 1); slice <= this.#newest; slice++) {
      const start = at(slice)
      answered += this.#counts[start + kinds.answered]!
      failed += this.#counts[start + kinds.failed]!
    }
    return failed === 0 ? 0 : failed / (answered + failed + more)
  }

  toJSON(): MinuteSnapshot {
    const rows: number[][] = []
    for (let slice = Math.max(0, this.#newest - slices + 1); slice <= this.#newest; slice++) {
      const counts = [...this.#counts.subarray(at(slice), at(slice) + kindsCounted)]
      if (counts.some((count) => count !== 0)) rows.push([slice, ...counts])
    }
    return rows
  }

  merge(rows: MinuteSnapshot, now: number): void {
    for (const [slice, ...counts] of rows) {
      if (slice === undefined || slice > sliceAt(now)) continue
      counts.forEach((count, kind) => {
        if (kind < kindsCounted) this.#addAt(kind, count, slice)
      })
    }
  }

  #addAt(kind: number, count: number, slice: number): void {
    this.#roll(slice)
    if (slice <= this.#newest - slices) return
    const index = at(slice) + kind
    this.#counts[index] = this.#counts[index]! + count
    this.#sums[kind] = this.#sums[kind]! + count
  }

  #roll(slice: number): void {
    if (slice <= this.#newest) return
    for (let old = Math.max(this.#newest + 1, slice - slices + 1); old <= slice; old++) {
      const start = at(old)
      for (let kind = 0; kind < kindsCounted; kind++) {
        this.#sums[kind] = this.#sums[kind]! - this.#counts[start + kind]!
        this.#counts[start + kind] = 0
      }
    }
    this.#newest = slice
    this.#until = (slice + 1) * sliceLength
  }
}

/** For each slice its number, and the counts of each kind. */
export type MinuteSnapshot = readonly (readonly number[])[]

type Kind = (typeof kinds)[keyof typeof kinds]
/** What is counted, as its place in a slice: to look that up by name would take longer than all the rest. */
export const kinds = { requests: 0, tokens: 1, answered: 2, failed: 3 } as const
const kindsCounted = 4

const sliceLength = 5000
const slices = 12
/** OpenRouter's memory of an outage, 30 seconds. */
const outageSlices = 6

const sliceAt = (now: number): number => Math.floor(now / sliceLength)
const at = (slice: number): number => (slice % slices) * kindsCounted
