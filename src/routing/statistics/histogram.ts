/**
 * The lengths of what was measured in the last 5 minutes, in buckets that grow by 19 %, apart for each minute so that
 * what is old leaves: 2 kB, however much is measured.
 *
 * What broke off is kept beside what was answered: all that is known of it is that it would have taken longer. So percentiles
 * are Kaplan and Meier's (1958), by which nothing that broke off ever lowers one: neither an error that came at once nor
 * the losers of hedging, without which the slow end of the distribution would go unseen.
 */
export class Histogram {
  readonly #answered: Counts = new Counts()
  #unfinished: Counts | undefined
  /** The percentiles that were asked for, and until when they hold. */
  readonly #known = new Map<number, number | undefined>()
  #holdsUntil = 0
  #lastAsked = 0
  #lastFound: number | undefined

  add(value: number, now: number): void {
    this.#answered.add(bucketOf(value), sliceAt(now), 1)
    this.#holdsUntil = 0
  }

  /** Counts what broke off after so long. */
  atLeast(value: number, now: number): void {
    this.#unfinished ??= new Counts()
    this.#unfinished.add(bucketOf(value), sliceAt(now), 1)
    this.#holdsUntil = 0
  }

  /** The value that a share of `p` (0.95 for p95) does not exceed, within a fifth; undefined when nothing was measured. */
  percentile(p: number, now: number): number | undefined {
    if (now < this.#holdsUntil && p === this.#lastAsked) return this.#lastFound
    if (now >= this.#holdsUntil) {
      const slice = sliceAt(now)
      this.#answered.roll(slice)
      this.#unfinished?.roll(slice)
      this.#known.clear()
      this.#holdsUntil = (slice + 1) * sliceLength
    }
    if (!this.#known.has(p)) this.#known.set(p, survival(p, this.#answered, this.#unfinished))
    this.#lastAsked = p
    this.#lastFound = this.#known.get(p)
    return this.#lastFound
  }

  /** How many answers are in the window. */
  answers(now: number): number {
    this.#answered.roll(sliceAt(now))
    return this.#answered.size
  }

  toJSON(): HistogramSnapshot {
    return { answered: this.#answered.toJSON(), ...(this.#unfinished && { unfinished: this.#unfinished.toJSON() }) }
  }

  /** Adds what a snapshot holds. What is too old for the window is left out. */
  merge({ answered, unfinished }: HistogramSnapshot, now: number): void {
    this.#answered.merge(answered, sliceAt(now))
    if (unfinished) {
      this.#unfinished ??= new Counts()
      this.#unfinished.merge(unfinished, sliceAt(now))
    }
    this.#holdsUntil = 0
  }
}

export interface HistogramSnapshot {
  readonly answered: CountsSnapshot
  readonly unfinished?: CountsSnapshot | undefined
}

/** For each slice of time its number, and then buckets and their counts in turn. */
type CountsSnapshot = readonly (readonly number[])[]

const sliceLength = 60_000
const slices = 5
const perOctave = 4
/** From a sixteenth of a millisecond, for the time of one token, to 74 minutes. */
const smallest = 1 / 16
const buckets = 104

const sliceAt = (now: number): number => Math.floor(now / sliceLength)

function bucketOf(value: number): number {
  const bucket = Math.ceil(Math.log2(value / smallest) * perOctave)
  return bucket > 0 ? Math.min(bucket, buckets - 1) : 0
}

/** The upper end of a bucket. */
const endOf = (bucket: number): number => smallest * 2 ** (bucket / perOctave)

/** Counts by bucket, for each of the last slices of time and for all of them together. */
class Counts {
  readonly total: Uint32Array = new Uint32Array(buckets)
  size = 0
  /** In the few places that a minute needs: what is beyond 65,535 of one length in one minute is not counted. */
  readonly #bySlice = new Uint16Array(buckets * slices)
  #newest = 0

  add(bucket: number, slice: number, count: number): void {
    this.roll(slice)
    // A clock may be set back.
    if (slice <= this.#newest - slices) return
    const index = (slice % slices) * buckets + bucket
    const before = this.#bySlice[index]!
    const added = Math.min(count, 0xffff - before)
    this.#bySlice[index] = before + added
    this.total[bucket] = this.total[bucket]! + added
    this.size += added
  }

  /** Lets what is too old leave. */
  roll(slice: number): void {
    if (slice <= this.#newest) return
    for (let old = Math.max(this.#newest + 1, slice - slices + 1); old <= slice; old++) {
      const start = (old % slices) * buckets
      for (let bucket = 0; bucket < buckets && this.size > 0; bucket++) {
        const count = this.#bySlice[start + bucket]!
        if (count === 0) continue
        this.#bySlice[start + bucket] = 0
        this.total[bucket] = this.total[bucket]! - count
        this.size -= count
      }
    }
    this.#newest = slice
  }

  toJSON(): CountsSnapshot {
    const rows: number[][] = []
    for (let slice = Math.max(0, this.#newest - slices + 1); slice <= this.#newest; slice++) {
      const row = [slice]
      for (let bucket = 0; bucket < buckets; bucket++) {
        const count = this.#bySlice[(slice % slices) * buckets + bucket]!
        if (count > 0) row.push(bucket, count)
      }
      if (row.length > 1) rows.push(row)
    }
    return rows
  }

  merge(rows: CountsSnapshot, now: number): void {
    this.roll(now)
    for (const [slice, ...pairs] of rows) {
      if (slice === undefined || slice > now) continue
      for (let index = 0; index + 1 < pairs.length; index += 2) {
        const bucket = pairs[index]!
        if (bucket >= 0 && bucket < buckets) this.add(bucket, slice, pairs[index + 1]!)
      }
    }
  }
}

function survival(p: number, answered: Counts, unfinished: Counts | undefined): number | undefined {
  let atRisk = answered.size + (unfinished?.size ?? 0)
  if (atRisk === 0) return undefined
  let surviving = 1
  let last = 0
  for (let bucket = 0; bucket < buckets; bucket++) {
    const ended = answered.total[bucket]!
    const broken = unfinished ? unfinished.total[bucket]! : 0
    if (ended + broken === 0) continue
    last = bucket
    const left = surviving * (1 - ended / atRisk)
    // Rounding must not keep the last answer from being the slowest.
    if (left <= 1 - p + 1e-9) {
      const share = (surviving - (1 - p)) / (surviving - left)
      return endOf(bucket - 1 + Math.min(Math.max(share, 0), 1))
    }
    surviving = left
    atRisk -= ended + broken
  }
  // So many broke off that nobody knows: it is at least what the longest of them took.
  return endOf(last)
}
