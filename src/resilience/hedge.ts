import type { Call, Deployment } from '../call.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { GatewayError } from '../errors.ts'
import type { Reply } from '../reply.ts'
import type { Trying } from './attempt.ts'

export interface HedgeOptions {
  /**
   * How long the first may say nothing before another is asked too: `'2s'`, milliseconds, or `'p95'`, as long as 95 of
   * 100 answers of that deployment took to begin.
   */
  readonly after: Duration | `p${number}`
  /** What counts in place of a percentile while fewer than 20 answers are known. @default never */
  readonly untilKnown?: Duration | undefined
  /** At most this share of the latest calls, from 0 to 1, so that an outage does not double the traffic. @default 0.1 */
  readonly maxShare?: number | undefined
}

/** When a gateway asks two at once. */
export interface Hedging {
  /** Milliseconds of silence after which another is asked too; undefined: never. Counts the call. */
  delay(call: Call, deployment: Deployment): number | undefined
  /** Takes one of the hedges that are left, if one is. */
  take(): boolean
}

/** Milliseconds to the first content that so many of 100 answers of a deployment took at most, streamed or whole; undefined while too few are known. */
export type Percentile = (deployment: Deployment, percent: number, stream: boolean) => number | undefined

/** How many hedges may be saved up, so that a few calls in a row may have one. */
const mostSaved = 10

export function resolveHedge(
  { after, untilKnown, maxShare = 0.1 }: HedgeOptions,
  percentile: Percentile = () => undefined,
): Hedging {
  const percent = typeof after === 'string' && after.startsWith('p') ? Number(after.slice(1)) : undefined
  const fixed =
    percent === undefined
      ? milliseconds(after as Duration, 'hedge.after')
      : untilKnown && milliseconds(untilKnown, 'hedge.untilKnown')
  let saved = mostSaved
  return {
    delay({ operation, request }, deployment) {
      // What two providers would both do, and one is to do: tools of their own, and state that they keep.
      if (operation.direct || !operation.cacheable(request)) return undefined
      saved = Math.min(mostSaved, saved + maxShare)
      return (percent === undefined ? undefined : percentile(deployment, percent, request.stream === true)) ?? fixed
    },
    take() {
      // Tenths do not add up to one exactly.
      if (saved < 1 - 1e-9) return false
      saved -= 1
      return true
    },
  }
}

/** Whether hedging goes by what is known of the deployments. */
export function byPercentile(options: HedgeOptions | undefined): boolean {
  return String(options?.after).startsWith('p')
}

/**
 * Begins another try when the first has said nothing after `delay` milliseconds. The first content wins; the other
 * is aborted, and what it cost is counted. When both fail, the first failure counts.
 */
export function hedge(call: Call, first: Trying, delay: number, another: () => Trying | undefined): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const tries = [first]
    const failures = new Map<Trying, unknown>()
    let done = false

    function join(trying: Trying): void {
      trying.reply.then(
        (reply) => {
          if (done) {
            // Both answered in the same turn: the second leaves as a reader would.
            if (reply.kind === 'stream') void reply.cancel(lost())
            return
          }
          done = true
          cancel()
          resolve(reply)
          for (const other of tries) if (other !== trying && !failures.has(other)) other.abandon(lost())
        },
        (error: unknown) => {
          if (done) return
          failures.set(trying, error)
          if (failures.size < tries.length) return
          done = true
          cancel()
          reject(failures.get(first))
        },
      )
    }

    const cancel = call.runtime.timer(delay, () => {
      if (done) return
      let second: Trying | undefined
      try {
        second = another()
      } catch {
        // A strategy that throws here would throw out of a timer: nobody could catch it.
        call.trace.note({ type: 'warning', message: 'Nobody else could be chosen: the first was waited for.' })
      }
      if (!second) return
      tries.push(second)
      join(second)
    })
    join(first)
  })
}

function lost(): GatewayError {
  return new GatewayError('cancelled', 'Another attempt answered first.')
}
