import type { Outcome } from '../../call.ts'
import { errorTraits } from '../../errors.ts'
import { DecayingMean, type DecayingSnapshot, PeakEwma, type PeakSnapshot } from './decaying.ts'
import { Histogram, type HistogramSnapshot } from './histogram.ts'
import { Leases } from './leases.ts'
import { kinds, Minute, type MinuteSnapshot } from './minute.ts'

/**
 * What is measured of an attempt, in milliseconds: from sending to a stream's first content; from its first content to
 * its end, for each token that followed (of a whole answer from sending to its end, for each token); from sending to the end.
 */
export type Measure = 'firstToken' | 'perToken' | 'whole'

/** What is known of one deployment, from the attempts at it that have ended. */
export interface Known {
  /** Attempts under way: those of this gateway, and those that others have told of. */
  inFlight(now: number): number
  /** The mean, what is older than half a minute counting little; undefined when nothing was measured. */
  mean(measure: Measure): number | undefined
  /** How many measurements the mean rests on, old ones counting less. */
  samples(measure: Measure, now: number): number
  /** When it was measured last, in milliseconds since 1970; 0 when never. */
  measuredAt(measure: Measure): number
  /** The moving average that jumps to every peak; undefined when nothing was measured. */
  peak(measure: Measure): number | undefined
  /** The value that a share of `p` of the last 5 minutes did not exceed (0.95 for p95); undefined when nothing was measured. */
  percentile(measure: Measure, p: number, now: number): number | undefined
  /** How many answers were measured in the last 5 minutes. */
  answers(measure: Measure, now: number): number
  /** Requests, or tokens of input and output, in the last minute. */
  used(unit: 'requests' | 'tokens', now: number): number
  /** Requests, or tokens, since this gateway was made. */
  total(unit: 'requests' | 'tokens'): number
  /** Tokens of output, and of input and output together, of a call on average; undefined when none was counted. */
  readonly outputTokens: number | undefined
  readonly tokens: number | undefined
  /**
   * The share of the attempts that ended in the last 30 seconds which the deployment itself failed.
   *
   * @param more Answers that are taken to have been there besides, so that one failure of two is not half. @default 0
   */
  failureRatio(now: number, more?: number): number
  /** When it failed last by its own fault, in milliseconds since 1970; 0 when never. */
  readonly failedAt: number
}

/** How long an attempt took, in milliseconds. */
export interface Timing {
  readonly stream: boolean
  /** From sending to the first content, if there was any. */
  readonly first: number | undefined
  /** From sending to the end, without the time in which the provider waited for its reader. */
  readonly whole: number
  readonly waitedForReader: number
}

/** The record of one deployment. */
export class DeploymentRecord implements Known {
  readonly leases: Leases = new Leases()
  /** How many attempts others have under way. */
  elsewhere = 0
  failedAt = 0
  /** Whose it is; nobody's once it has made room for others. Who holds a record that is not theirs looks for another. */
  owner: object | undefined
  // Each by itself: a look-up by name is what a choice among a thousand would spend most of its time on.
  #firstToken: Measured | undefined
  #perToken: Measured | undefined
  #whole: Measured | undefined
  readonly #minute = new Minute()
  readonly #output = new DecayingMean(usageMemory)
  readonly #tokens = new DecayingMean(usageMemory)
  readonly #totals = { requests: 0, tokens: 0 }

  constructor(owner?: object) {
    this.owner = owner
  }

  inFlight(now: number): number {
    return this.leases.count(now) + this.elsewhere
  }

  mean(measure: Measure): number | undefined {
    return this.#of(measure)?.mean.value
  }

  samples(measure: Measure, now: number): number {
    return this.#of(measure)?.mean.samples(now) ?? 0
  }

  measuredAt(measure: Measure): number {
    return this.#of(measure)?.mean.at ?? 0
  }

  peak(measure: Measure): number | undefined {
    return this.#of(measure)?.peak.value
  }

  percentile(measure: Measure, p: number, now: number): number | undefined {
    return this.#of(measure)?.histogram.percentile(p, now)
  }

  answers(measure: Measure, now: number): number {
    return this.#of(measure)?.histogram.answers(now) ?? 0
  }

  used(unit: 'requests' | 'tokens', now: number): number {
    return this.#minute.count(unit === 'requests' ? kinds.requests : kinds.tokens, now)
  }

  total(unit: 'requests' | 'tokens'): number {
    return this.#totals[unit]
  }

  get outputTokens(): number | undefined {
    return this.#output.value
  }

  get tokens(): number | undefined {
    return this.#tokens.value
  }

  failureRatio(now: number, more = 0): number {
    return this.failedAt === 0 ? 0 : this.#minute.failureRatio(now, more)
  }

  /** A request leaves for the provider. */
  sent(now: number): void {
    this.#minute.add(kinds.requests, 1, now)
    this.#totals.requests += 1
  }

  /** An attempt that was sent has ended. */
  settled({ status, error, charge }: Outcome, timing: Timing, now: number): void {
    const { inputTokens = 0, outputTokens = 0 } = charge?.usage ?? {}
    if (inputTokens + outputTokens > 0) {
      this.#minute.add(kinds.tokens, inputTokens + outputTokens, now)
      this.#totals.tokens += inputTokens + outputTokens
      this.#tokens.add(inputTokens + outputTokens, now)
    }
    if (status === 'completed') {
      this.#minute.add(kinds.answered, 1, now)
      const reported = charge?.estimated ? 0 : outputTokens
      if (reported > 0) this.#output.add(reported, now)
      this.#answered(timing, reported, now)
      return
    }
    const failed = error !== undefined && errorTraits[error.code].faults === 'deployment'
    if (failed) {
      this.#minute.add(kinds.failed, 1, now)
      this.failedAt = now
    }
    // What the caller is to blame for, or the key, tells nothing of the deployment's speed.
    if (failed || status === 'cancelled') this.#broken(timing, failed, now)
  }

  #answered({ stream, first, whole, waitedForReader }: Timing, tokens: number, now: number): void {
    this.#measure('whole').add(whole, now)
    if (stream) this.#measure('firstToken').add(first ?? whole, now)
    if (tokens < fewestTokens) return
    const streaming = stream && first !== undefined ? whole - first : 0
    // A provider that waits for its reader shows nothing of its own speed.
    if (waitedForReader > Math.max(streaming, patience)) return
    // What came all at once was written before it came.
    this.#measure('perToken').add(streaming > 0 ? streaming / (tokens - 1) : whole / tokens, now)
  }

  #broken({ stream, first, whole }: Timing, failed: boolean, now: number): void {
    this.#measure('whole').atLeast(whole, now)
    if (!stream) return
    // A reader who leaves has seen how fast it began. That a stream which fails began fast is no merit.
    if (first !== undefined && !failed) this.#measure('firstToken').add(first, now)
    else this.#measure('firstToken').atLeast(first ?? whole, now)
  }

  #of(name: Measure): Measured | undefined {
    return name === 'whole' ? this.#whole : name === 'firstToken' ? this.#firstToken : this.#perToken
  }

  #measure(name: Measure): Measured {
    if (name === 'whole') return (this.#whole ??= new Measured())
    return name === 'firstToken' ? (this.#firstToken ??= new Measured()) : (this.#perToken ??= new Measured())
  }

  toJSON(): RecordSnapshot {
    return {
      measures: {
        firstToken: this.#firstToken?.toJSON(),
        perToken: this.#perToken?.toJSON(),
        whole: this.#whole?.toJSON(),
      },
      minute: this.#minute.toJSON(),
      output: this.#output.toJSON(),
      tokens: this.#tokens.toJSON(),
      failedAt: this.failedAt,
    }
  }

  /** Adds what a snapshot holds to what is known. */
  merge({ measures, minute, output, tokens, failedAt }: RecordSnapshot, now: number): void {
    for (const name of ['firstToken', 'perToken', 'whole'] as const) {
      const snapshot = measures[name]
      if (snapshot) this.#measure(name).merge(snapshot, now)
    }
    this.#minute.merge(minute, now)
    this.#output.merge(output)
    this.#tokens.merge(tokens)
    this.failedAt = Math.max(this.failedAt, failedAt)
  }
}

/** What is known of a deployment, as plain JSON. */
export interface RecordSnapshot {
  readonly measures: { readonly [Name in Measure]?: MeasuredSnapshot | undefined }
  readonly minute: MinuteSnapshot
  readonly output: DecayingSnapshot
  readonly tokens: DecayingSnapshot
  readonly failedAt: number
}

class Measured {
  readonly mean: DecayingMean = new DecayingMean(speedMemory)
  readonly peak: PeakEwma = new PeakEwma()
  readonly histogram: Histogram = new Histogram()

  add(value: number, now: number): void {
    this.mean.add(value, now)
    this.peak.add(value, now)
    this.histogram.add(value, now)
  }

  /** Of what broke off: it counts only for the worse. */
  atLeast(value: number, now: number): void {
    const { value: mean } = this.mean
    if (mean !== undefined && value > mean) this.mean.add(value, now)
    this.peak.atLeast(value, now)
    this.histogram.atLeast(value, now)
  }

  toJSON(): MeasuredSnapshot {
    return { mean: this.mean.toJSON(), peak: this.peak.toJSON(), histogram: this.histogram.toJSON() }
  }

  merge({ mean, peak, histogram }: MeasuredSnapshot, now: number): void {
    this.mean.merge(mean)
    this.peak.merge(peak)
    this.histogram.merge(histogram, now)
  }
}

interface MeasuredSnapshot {
  readonly mean: DecayingSnapshot
  readonly peak: PeakSnapshot
  readonly histogram: HistogramSnapshot
}

/** Milliseconds after which a measurement counts for a third. */
const speedMemory = 30_000
/** Milliseconds after which the length of an answer counts for a third. */
export const usageMemory: number = 600_000
/** So many milliseconds any reader may take. */
const patience = 20
/** An answer of fewer tokens says more of its beginning than of its speed. */
const fewestTokens = 16
