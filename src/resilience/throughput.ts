import type { Attempt } from '../call.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { GatewayError } from '../errors.ts'
import type { Stage, StreamReply } from '../reply.ts'

/** How fast a stream must be at least. Time in which nobody reads does not count. */
export interface MinThroughput {
  /** Tokens a second, taken as four bytes each. */
  readonly tokens?: number | undefined
  /** Bytes of content a second, in place of {@link tokens}. */
  readonly bytes?: number | undefined
  /** Over how long it is measured, from the first content on. @default '5s' */
  readonly over?: Duration | undefined
  /**
   * Hold the beginning back until as much has come as the floor demands of the first stretch: a stream that is too slow
   * is then given up before anybody has seen it, and another deployment is asked.
   * @default true
   */
  readonly hold?: boolean | undefined
}

/** Estimates bytes of most texts: what a provider counts is told at the end only. */
const bytesOfToken = 4

/** A floor under the speed of streams. */
export class Floor {
  /** Milliseconds of waiting over which it is measured. */
  readonly over: number
  /** The bytes of content that must have come by then. */
  readonly bytes: number
  readonly hold: boolean

  constructor({ tokens = 0, bytes = tokens * bytesOfToken, over = '5s', hold = true }: MinThroughput) {
    this.over = milliseconds(over, 'timeouts.minThroughput.over')
    this.bytes = (bytes * this.over) / 1000
    this.hold = hold
  }

  /** What a stream that is too slow fails with. */
  error(provider: string, bytes: number): GatewayError {
    const rate = (size: number): number => Math.round((size * 1000) / this.over)
    return new GatewayError(
      'timed_out',
      `${provider}: ${rate(bytes)} bytes of content a second, where at least ${rate(this.bytes)} are wanted.`,
    )
  }

  /** Ends an attempt whose stream is too slow, stretch by stretch. */
  watch({ runtime, abort, settlement, deployment }: Attempt, reply: StreamReply): Stage<unknown> {
    let waited = 0
    let since = 0
    let before = reply.size ?? 0
    let cancel: (() => void) | undefined
    const judge = (): void => {
      const size = reply.size ?? Number.POSITIVE_INFINITY
      if (size - before < this.bytes && !reply.finished) abort(this.error(deployment.provider.id, size - before))
      waited = 0
      before = size
      since = runtime.now()
    }
    const ring = (): void => {
      cancel = undefined
      judge()
    }
    settlement.on(() => cancel?.())
    return {
      waiting: () => {
        since = runtime.now()
        cancel ??= runtime.timer(this.over - waited, ring)
      },
      arrived: () => {
        waited += runtime.now() - since
        cancel?.()
        cancel = undefined
        if (waited >= this.over) judge()
      },
    }
  }
}
