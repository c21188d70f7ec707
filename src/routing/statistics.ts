import type { Attempt, Deployment } from '../call.ts'
import { GatewayError } from '../errors.ts'
import type { Middleware } from '../middleware.ts'
import { DecayingMean } from './statistics/decaying.ts'
import {
  DeploymentRecord,
  type Known,
  type Measure,
  type RecordSnapshot,
  type Timing,
  usageMemory,
} from './statistics/known.ts'

export type { Known, Measure } from './statistics/known.ts'

/** What a gateway has seen of its deployments. Kept only where a strategy, hedging by a percentile, or the user asks for it. */
export interface Statistics {
  /** What is known of a deployment; of one that nobody has asked, nothing. */
  of(deployment: Pick<Deployment, 'id' | 'known'>): Known
  /** The milliseconds that a share of `p` (0.95 for p95) of the last 5 minutes did not exceed; undefined when nothing is known. */
  percentile(deployment: Pick<Deployment, 'id'>, measure: Measure, p: number): number | undefined
  /** When any of them failed last by its own fault, in milliseconds since 1970; 0 when none did. */
  readonly failedAt: number
  /** Tokens of output of a call on average, over all deployments; undefined when none was counted. */
  readonly outputTokens: number | undefined
}

/** All of it as plain JSON, to be kept where a process does not live long. Nothing of it is of a caller. */
export interface StatisticsSnapshot {
  readonly version: 1
  readonly deployments: Readonly<Record<string, RecordSnapshot>>
}

/** Takes part in what statistics learn, such as {@link sharedStatistics}. */
export interface StatisticsSource {
  /** Called when a gateway is made. */
  join(recorder: StatisticsRecorder): StatisticsObserver
}

/** Is told of attempts as they happen. Never on the way of a call: what takes time is done behind its back. */
export interface StatisticsObserver {
  settled(attempt: Attempt, record: (into: DeploymentRecord) => void): void
  flush?(): Promise<void>
}

export interface StatisticsRecorder extends Statistics {
  /** Whether anybody goes by them. Until then nothing is recorded. */
  wanted: boolean
  /** Around each attempt, outside of whatever makes it wait: counts it as in flight. */
  readonly count: Middleware<Attempt>
  /** Around each attempt, inside of that: measures what the provider does. */
  readonly measure: Middleware<Attempt>
  /** The record of a deployment, begun where there is none. */
  record(id: string): DeploymentRecord
  /**
   * Milliseconds to the first content that so many of 100 answers of a deployment took at most in the last 5 minutes; for
   * whole answers, to their end. Undefined while fewer than 20 are known.
   */
  toBegin(deployment: Pick<Deployment, 'id'>, percent: number, stream: boolean): number | undefined
  snapshot(): StatisticsSnapshot
  /** Adds what a snapshot holds. What is of another version, or too old, is left out. */
  restore(snapshot: StatisticsSnapshot): void
  flush(): Promise<void>
}

/** Makes statistics in which nothing is known. They keep 4,096 deployments at most, those that were asked last. */
export function createStatistics(now: () => number, wanted: boolean, source?: StatisticsSource): StatisticsRecorder {
  const records = new Map<string, DeploymentRecord>()
  const outputs = new DecayingMean(usageMemory)

  function record(id: string): DeploymentRecord {
    const known = records.get(id)
    if (known) return known
    const made = new DeploymentRecord(records)
    records.set(id, made)
    if (records.size > mostRecords) forgetOne()
    return made
  }

  /** Those asked last stand last: names that somebody made up do not push out the deployments that serve. */
  function forgetOne(): void {
    const time = now()
    for (const [id, old] of records) {
      if (old.inFlight(time) > 0) continue
      records.delete(id)
      old.owner = undefined
      return
    }
  }

  const recorder: StatisticsRecorder & { failedAt: number } = {
    wanted,
    failedAt: 0,
    of(deployment) {
      const remembered = deployment.known as DeploymentRecord | undefined
      if (remembered !== undefined && remembered.owner === records) return remembered
      const known = records.get(deployment.id)
      // Only a gateway's own deployments have a place for it.
      if (known && 'known' in deployment) deployment.known = known
      return known ?? nothing
    },
    percentile: ({ id }, measure, p) => records.get(id)?.percentile(measure, p, now()),
    toBegin({ id }, percent, stream) {
      const known = records.get(id)
      const measure = stream ? 'firstToken' : 'whole'
      return known && known.answers(measure, now()) >= fewestAnswers
        ? known.percentile(measure, percent / 100, now())
        : undefined
    },
    get outputTokens() {
      return outputs.value
    },
    record,

    count: function statistics(attempt, next) {
      if (!recorder.wanted) return next(attempt)
      const { deployment, settlement, deadline } = attempt
      const known = record(deployment.id)
      const { leases } = known
      records.delete(deployment.id)
      records.set(deployment.id, known)
      leases.begin(settlement, deadline)
      settlement.on(() => leases.end(settlement))
      return next(attempt)
    },

    measure: function statistics(attempt, next) {
      if (!recorder.wanted) return next(attempt)
      const { deployment, settlement, request, runtime } = attempt
      const stream = request.stream === true
      const started = runtime.now()
      let first: number | undefined
      let arrivedAt: number | undefined
      let waitedForReader = 0
      record(deployment.id).sent(started)
      settlement.on((outcome) => {
        const time = runtime.now()
        const timing: Timing = {
          stream,
          first: first === undefined ? undefined : first - started,
          whole: time - started - waitedForReader,
          waitedForReader,
        }
        const known = record(deployment.id)
        known.settled(outcome, timing, time)
        recorder.failedAt = Math.max(recorder.failedAt, known.failedAt)
        const { usage, estimated } = outcome.charge ?? {}
        if (outcome.status === 'completed' && usage?.outputTokens && !estimated) outputs.add(usage.outputTokens, time)
        observer?.settled(attempt, (into) => {
          into.sent(started)
          into.settled(outcome, timing, time)
        })
      })
      const reply = next(attempt)
      if (!stream) return reply
      // A reply resolves at its first content.
      return reply.then((streaming) => {
        first = arrivedAt = runtime.now()
        if (streaming.kind !== 'stream' || settlement.outcome) return streaming
        return streaming.stage({
          waiting() {
            if (arrivedAt !== undefined) waitedForReader += runtime.now() - arrivedAt
            arrivedAt = undefined
          },
          arrived() {
            arrivedAt = runtime.now()
          },
        })
      })
    },

    snapshot() {
      const entries = [...records].map(([id, known]) => [id, known.toJSON()])
      return { version: 1, deployments: Object.fromEntries(entries) }
    },

    restore(snapshot) {
      if (!isObject(snapshot) || (snapshot.version === 1 && !isObject(snapshot.deployments)))
        throw new GatewayError('invalid_request', 'statistics.restore takes what statistics.snapshot gave.')
      if (snapshot.version !== 1) return
      for (const [id, kept] of Object.entries(snapshot.deployments)) {
        if (!records.has(id) && records.size >= mostRecords) continue
        // What comes from elsewhere may be of any shape. What cannot be read is not known.
        try {
          const known = record(id)
          known.merge(kept, now())
          recorder.failedAt = Math.max(recorder.failedAt, known.failedAt)
          outputs.merge(kept.output)
        } catch {
          record(id).owner = undefined
          records.delete(id)
        }
      }
    },

    flush: async () => observer?.flush?.(),
  }
  const observer = source?.join(recorder)
  return recorder
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

const mostRecords = 4096
/** So many answers tell where their slowest twentieth begins. */
const fewestAnswers = 20

/** What is known of a deployment that nobody has asked. Never written to. */
const nothing: Known = {
  inFlight: () => 0,
  mean: () => undefined,
  samples: () => 0,
  measuredAt: () => 0,
  peak: () => undefined,
  percentile: () => undefined,
  answers: () => 0,
  used: () => 0,
  total: () => 0,
  outputTokens: undefined,
  tokens: undefined,
  failureRatio: () => 0,
  failedAt: 0,
}
