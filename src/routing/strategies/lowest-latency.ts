import type { Deployment } from '../../call.ts'
import { type Duration, milliseconds } from '../../duration.ts'
import { checkedApart, checkOptions, oneOf } from '../../option-rules.ts'
import type { Known, Measure } from '../statistics.ts'
import { best, twoChoices } from './choices.ts'
import type { Score, Strategy, StrategyContext } from './strategy.ts'

export interface LowestLatencyOptions {
  /** What is to be short. @default `'firstToken'` for streams, `'whole'` for whole answers */
  readonly by?: Measure | undefined
  /**
   * `'best'` asks the fastest, by the mean. `'twoChoices'` shares the load: of two at random, who is faster for the number that wait
   * there, by the average that jumps to every peak. @default 'best'
   */
  readonly choice?: 'best' | 'twoChoices' | undefined
  /** With `'best'`: how long it is believed that a deployment is slow, before it is tried again. @default '1m' */
  readonly refresh?: Duration | undefined
}

/** Picks who answers fastest. Only answers count: an error is never fast. */
export function lowestLatency(options: LowestLatencyOptions = {}): Strategy {
  checkOptions('lowestLatency()', options, {
    by: oneOf('firstToken', 'perToken', 'whole'),
    choice: oneOf('best', 'twoChoices'),
    refresh: checkedApart,
  })
  const { by, choice = 'best', refresh = '1m' } = options
  if (choice === 'twoChoices') return twoChoices(latencyUnderLoad(by))
  return best(meanLatency(by), { refresh: milliseconds(refresh, 'lowestLatency.refresh') })
}

/** Rates deployments by the milliseconds that they took on average, longer where they often fail. */
export function meanLatency(by?: Measure): Score {
  return Object.assign(
    function meanLatency(deployment: Deployment, context: StrategyContext) {
      const known = context.statistics.of(deployment)
      const mean = known.mean(measureOf(by, context))
      return mean && mean * triesOf(known, context)
    },
    {
      observes: true,
      samples: (deployment: Deployment, context: StrategyContext) =>
        context.statistics.of(deployment).samples(measureOf(by, context), context.now),
      parts(deployment: Deployment, context: StrategyContext) {
        const known = context.statistics.of(deployment)
        const measure = measureOf(by, context)
        return {
          [measure]: known.mean(measure),
          samples: known.samples(measure, context.now),
          failureRatio: known.failureRatio(context.now),
        }
      },
    },
  )
}

/** Rates deployments by their recent peaks, in milliseconds, for each attempt that would be under way there. */
export function latencyUnderLoad(by?: Measure): Score {
  return Object.assign(
    function latencyUnderLoad(deployment: Deployment, context: StrategyContext) {
      const known = context.statistics.of(deployment)
      const waiting = known.inFlight(context.now)
      const peak = known.peak(measureOf(by, context))
      if (peak !== undefined) return peak * (waiting + 1) * triesOf(known, context)
      // Who is unknown is asked at once, but by one call at a time, and not again soon after a failure.
      return waiting > 0 || context.now - known.failedAt < rest ? undefined : 0
    },
    {
      observes: true,
      parts(deployment: Deployment, context: StrategyContext) {
        const known = context.statistics.of(deployment)
        const measure = measureOf(by, context)
        return {
          [measure]: known.peak(measure),
          inFlight: known.inFlight(context.now),
          failureRatio: known.failureRatio(context.now),
        }
      },
    },
  )
}

function measureOf(by: Measure | undefined, { call }: StrategyContext): Measure {
  return by ?? (call.request.stream ? 'firstToken' : 'whole')
}

/** How many tries it takes on average until one succeeds. */
function triesOf(known: Known, { now }: StrategyContext): number {
  // After an outage a probe is all that is known: it must do to come back.
  const ratio = known.failureRatio(now, 10)
  return ratio === 0 ? 1 : 1 / Math.max(1 - ratio, 0.01)
}

/** How long a deployment is left alone that has failed and never answered, in milliseconds. */
const rest = 30_000
