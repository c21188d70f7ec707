import type { Attempt } from '../call.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { GatewayError } from '../errors.ts'
import type { Middleware } from '../middleware.ts'
import type { ChatRequest } from '../operations/chat/index.ts'
import type { Reply } from '../reply.ts'
import { Floor, type MinThroughput } from './throughput.ts'

export interface TimeoutOptions {
  /** From sending to a stream's first content. @default '60s'; '120s' where much reasoning was asked for */
  readonly firstToken?: Duration | undefined
  /** Between two reads of a stream. Pings and encrypted reasoning count as life. @default '60s' */
  readonly idle?: Duration | undefined
  /** The whole call, all attempts and waits included. A caller's own timeout wins. @default '10m' */
  readonly total?: Duration | undefined
  /** A stream that nobody reads from for so long is cancelled. @default '60s' */
  readonly unread?: Duration | undefined
  /** How fast a stream must be at least, while its reader waits: `{ tokens: 5 }` a second. @default as slow as it likes */
  readonly minThroughput?: MinThroughput | undefined
}

export interface Timeouts {
  readonly firstToken: number | undefined
  readonly idle: number
  readonly total: number
  readonly unread: number
  readonly floor: Floor | undefined
}

export function resolveTimeouts({
  firstToken,
  idle = '60s',
  total = '10m',
  unread = '60s',
  minThroughput,
}: TimeoutOptions = {}): Timeouts {
  return {
    firstToken: firstToken === undefined ? undefined : milliseconds(firstToken, 'timeouts.firstToken'),
    idle: milliseconds(idle, 'timeouts.idle'),
    total: milliseconds(total, 'timeouts.total'),
    unread: milliseconds(unread, 'timeouts.unread'),
    floor: minThroughput && new Floor(minThroughput),
  }
}

/** Ends an attempt that takes too long: to begin, between two reads, to be read, or in all. */
export function timeout({ firstToken, idle, unread, floor }: Timeouts): Middleware<Attempt> {
  return function timeout(attempt, next) {
    const { runtime, request, deadline, abort, settlement } = attempt
    const { provider } = attempt.deployment
    const started = runtime.now()
    const first = request.stream
      ? (firstToken ?? (thinksHard(request as ChatRequest) ? 120_000 : 60_000))
      : Number.POSITIVE_INFINITY
    const expire = (what: string, limit: number): void =>
      abort(new GatewayError('timed_out', `${provider.id}: ${what} within ${seconds(limit)}.`))

    const overall = (): void => expire('the call had not ended', deadline - started)
    let cancel =
      first < deadline - started
        ? runtime.timer(first, () => expire('no content', first))
        : runtime.timer(Math.max(0, deadline - started), overall)
    settlement.on(() => cancel())

    const answer = next(attempt)
    return request.stream ? answer.then(watched) : answer

    function watched(reply: Reply): Reply {
      if (reply.kind !== 'stream') return reply
      // All of it is there, as when a provider answers whole: only its reader may be late.
      if (settlement.outcome?.status === 'completed') return reply.watchReader(runtime, unread)
      if (settlement.outcome) return reply
      // One timer for the rest of the stream. It is not set anew with each read: when it rings, it looks who is late.
      let waitsForProvider = false
      let since = runtime.now()
      const watch = (): void => {
        const now = runtime.now()
        const limit = waitsForProvider ? idle : unread
        if (now >= deadline) overall()
        else if (now - since < limit) cancel = runtime.timer(Math.min(limit - (now - since), deadline - now), watch)
        else if (waitsForProvider) expire('nothing came', idle)
        else void reply.cancel(new GatewayError('cancelled', `Nobody read the stream for ${seconds(unread)}.`))
      }
      cancel()
      cancel = runtime.timer(Math.max(0, Math.min(idle, unread, deadline - since)), watch)
      if (floor) reply.stage(floor.watch(attempt, reply))
      return reply.stage({
        waiting() {
          waitsForProvider = true
          since = runtime.now()
        },
        arrived() {
          waitsForProvider = false
          since = runtime.now()
        },
      })
    }
  }
}

function thinksHard({ reasoning }: ChatRequest): boolean {
  return reasoning?.effort === 'high' || reasoning?.effort === 'xhigh' || reasoning?.effort === 'max'
}

function seconds(limit: number): string {
  return limit < 1000 ? `${Math.round(limit)} ms` : `${Math.round(limit / 100) / 10} s`
}
