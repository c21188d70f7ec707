import type { Deployment } from '../../call.ts'
import { type Duration, milliseconds } from '../../duration.ts'
import { checkedApart, checkOptions, misconfigured } from '../../option-rules.ts'
import type { Measure } from '../statistics.ts'
import { least } from './choices.ts'
import type { Strategy, StrategyContext } from './strategy.ts'

/** By which share of the calls a value must be met: `{ p90: '2s' }` for nine in ten. A value alone is `p50`. */
export type Percentiles<Value> = Value | { readonly [Percentile in `p${50 | 75 | 90 | 99}`]?: Value | undefined }

export interface FastPreference {
  /** The longest time to a stream's first content. */
  readonly firstToken?: Percentiles<Duration> | undefined
  /** The longest time to the end. */
  readonly latency?: Percentiles<Duration> | undefined
  /** The fewest tokens of output in a second. `p90` is what nine calls in ten must reach. */
  readonly throughput?: Percentiles<number> | undefined
}

/**
 * Narrows to those that were fast enough in the last 5 minutes. Demotes, and never excludes: when none is, all may serve. Who is
 * not known is not judged.
 */
export function preferFast(preference: FastPreference): Strategy {
  checkOptions('preferFast()', preference, {
    firstToken: checkedApart,
    latency: checkedApart,
    throughput: checkedApart,
  })
  const cutoffs: readonly Cutoff[] = [
    ...cutoffsOf('firstToken', preference.firstToken, (value) => milliseconds(value, 'preferFast.firstToken')),
    ...cutoffsOf('whole', preference.latency, (value) => milliseconds(value, 'preferFast.latency')),
    ...cutoffsOf('perToken', preference.throughput, (value) => 1000 / positive(value)),
  ]
  return least(
    Object.assign(
      function missed(deployment: Deployment, { statistics, now }: StrategyContext) {
        const known = statistics.of(deployment)
        for (let index = 0; index < cutoffs.length; index++) {
          const { measure, p, most } = cutoffs[index]!
          const value = known.percentile(measure, p, now)
          if (value !== undefined && value > most) return 1
        }
        return 0
      },
      {
        observes: true,
        parts: (deployment: Deployment, { statistics, now }: StrategyContext) =>
          Object.fromEntries(
            cutoffs.map(({ measure, p }) => [
              `${measure} p${p * 100}`,
              statistics.of(deployment).percentile(measure, p, now),
            ]),
          ),
      },
    ),
  )
}

/** Milliseconds that a share of the calls must not exceed. */
interface Cutoff {
  readonly measure: Measure
  readonly p: number
  readonly most: number
}

function cutoffsOf<Value extends Duration>(
  measure: Measure,
  wanted: Percentiles<Value> | undefined,
  most: (value: Value) => number,
): readonly Cutoff[] {
  if (wanted === undefined) return []
  const all = typeof wanted === 'object' ? (wanted as Readonly<Record<string, Value | undefined>>) : { p50: wanted }
  return Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [{ measure, p: shareOf(name), most: most(value) }],
  )
}

function shareOf(name: string): number {
  const p = Number(/^p(50|75|90|99)$/.exec(name)?.[1]) / 100
  if (p) return p
  throw misconfigured(`preferFast() knows no "${name}": write p50, p75, p90 or p99.`)
}

function positive(value: number): number {
  if (value > 0) return value
  throw misconfigured(`preferFast.throughput is ${value}: write tokens a second, above 0.`)
}
