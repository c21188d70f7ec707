import type { Attempt, Call, Candidate, Deployment, Plan } from '../call.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { GatewayError } from '../errors.ts'
import { left } from '../leaving.ts'
import type { Middleware } from '../middleware.ts'
import { checkedApart, checkOptions, numberWith } from '../option-rules.ts'
import { onAbort } from '../runtime.ts'

export interface ConcurrencyOptions {
  /** The most calls in flight at a deployment that has no `limits.concurrent`. A stream is in flight until it ends. @default no limit */
  readonly limit?: number | undefined
  /** How many calls may wait for room; 0 refuses at once. @default 100 */
  readonly queue?: number | undefined
  /** How long a call may wait for room. Its own deadline counts as well. @default '30s' */
  readonly maxWait?: Duration | undefined
  /** One more of `priority` goes before calls that came up to this much earlier. @default '1s' */
  readonly aging?: Duration | undefined
}

/** Bounds the calls in flight. Made anew for each gateway. */
export type Concurrency = () => Load

/** The calls in flight of one gateway, and those that wait. */
export interface Load {
  /** Keeps an attempt's place until the attempt has settled. Outermost: the place was taken when the attempt was chosen. */
  readonly middleware: Middleware<Attempt>
  /** Whether a deployment has as many calls in flight as it may. */
  full(deployment: Deployment): boolean
  /** Takes a place for the call's next attempt. Somebody has just looked that there is one. */
  take(call: Call, deployment: Deployment): void
  /** The next candidate of a plan, with a place taken; where all that may serve are full, the first that has room. */
  next(call: Call, plan: Plan): Promise<Candidate | undefined>
  /** Takes a place at a deployment, as soon as there is one. Rejects with `overloaded` when there will be none in time. */
  room(call: Call, deployments: readonly Deployment[]): Promise<Deployment>
}

/**
 * Bounds how many calls are in flight at each deployment. A call goes where there is room; where there is none, it waits
 * in one line for whichever deployment has room first, the oldest and most urgent in front. One that would not be served
 * before its deadline is refused at once, with `overloaded`.
 */
export function concurrency(options: ConcurrencyOptions = {}): Concurrency {
  checkOptions('concurrency()', options, {
    limit: numberWith('a whole number from 1', (n) => n === Number.POSITIVE_INFINITY || (Number.isInteger(n) && n > 0)),
    queue: numberWith('a whole number from 0', (n) => Number.isInteger(n) && n >= 0),
    maxWait: checkedApart,
    aging: checkedApart,
  })
  const { limit = Number.POSITIVE_INFINITY, queue = 100 } = options
  const maxWait = milliseconds(options.maxWait ?? '30s', 'concurrency.maxWait')
  const aging = milliseconds(options.aging ?? '1s', 'concurrency.aging')

  return function concurrency() {
    const places = new Map<string, Places>()
    /** Those who wait, the first in front. */
    const line: Waiting[] = []
    /** Places that were taken for attempts that are about to begin, by the call's id: of one that is asked twice, several. */
    const taken = new Map<string, Places[]>()

    function placesOf(deployment: Deployment): Places | undefined {
      const most = deployment.limits?.concurrent ?? limit
      if (most === Number.POSITIVE_INFINITY) return undefined
      let found = places.get(deployment.id)
      if (!found) places.set(deployment.id, (found = { id: deployment.id, most, running: 0, typical: undefined }))
      found.most = most
      return found
    }

    // Makes nothing: who is only looked at need not be remembered.
    const full = (deployment: Deployment): boolean => {
      const own = places.get(deployment.id)
      return own !== undefined && own.running >= (deployment.limits?.concurrent ?? limit)
    }

    function take(call: Call, deployment: Deployment): void {
      const own = placesOf(deployment)
      if (!own) return
      own.running += 1
      const others = taken.get(call.id)
      if (others) others.push(own)
      else taken.set(call.id, [own])
    }

    /** Whether a place was taken for an attempt of a call: from now on it is the attempt's. */
    function claim(id: string, own: Places): boolean {
      const all = taken.get(id)
      const index = all ? all.indexOf(own) : -1
      if (index < 0) return false
      if (all!.length === 1) taken.delete(id)
      else all!.splice(index, 1)
      return true
    }

    function leave(own: Places): void {
      own.running -= 1
      for (const [index, { wants, admit }] of line.entries()) {
        // The same deployment may stand in several groups, and be made anew when routes change.
        const wanted = wants.find(({ id }) => id === own.id)
        if (!wanted || own.running >= own.most) continue
        line.splice(index, 1)
        admit(wanted)
        return
      }
      // Names of models are made up: what nobody uses is forgotten.
      if (own.running === 0 && places.size > mostPlaces) places.delete(own.id)
    }

    /** How long whoever stands behind so many others will wait, as far as is known, in milliseconds. */
    function expected(ahead: number, wants: readonly Deployment[]): number {
      let perMillisecond = 0
      for (const deployment of wants) {
        const { most, typical } = placesOf(deployment)!
        if (typical === undefined) return 0
        perMillisecond += most / typical
      }
      return (ahead + 1) / perMillisecond
    }

    function room(call: Call, wants: readonly Deployment[]): Promise<Deployment> {
      const free = wants.find((deployment) => !full(deployment))
      if (free) {
        take(call, free)
        return Promise.resolve(free)
      }
      const { runtime, signal, deadline, options } = call
      // Between the end of a wait and this, for then nobody listens.
      if (signal?.aborted) return Promise.reject(left(signal))
      const now = runtime.now()
      const rank = now - (options.priority ?? 0) * aging
      const place = line.findLastIndex((other) => other.rank <= rank) + 1
      const ahead = line
        .slice(0, place)
        .filter((other) => other.wants.some(({ id }) => wants.some((one) => one.id === id))).length
      const wait = expected(ahead, wants)
      const patience = Math.min(maxWait, deadline - now)
      if (place >= queue) return Promise.reject(overloaded(wants, 'as many calls wait as may', wait))
      if (wait >= patience) return Promise.reject(overloaded(wants, 'there would be no room in time', wait))

      return new Promise((resolve, reject) => {
        const waiting: Waiting = {
          rank,
          wants,
          admit(deployment) {
            stop()
            take(call, deployment)
            resolve(deployment)
          },
          refuse(error) {
            stop()
            reject(error)
          },
        }
        const giveUp = (error: GatewayError): void => {
          line.splice(line.indexOf(waiting), 1)
          waiting.refuse(error)
        }
        const cancelTimer = runtime.timer(patience, () => giveUp(overloaded(wants, 'there was no room in time')))
        const forget = signal && onAbort(signal, () => giveUp(left(signal)))
        function stop(): void {
          cancelTimer()
          forget?.()
        }
        line.splice(place, 0, waiting)
        // The last of the line makes room for one that goes before it.
        if (line.length > queue) line.pop()!.refuse(overloaded(wants, 'as many calls wait as may', wait))
      })
    }

    return {
      full,
      take,
      room,
      middleware: function concurrency(attempt, next) {
        const own = placesOf(attempt.deployment)
        if (!own) return next(attempt)
        if (!claim(attempt.id, own)) own.running += 1
        const since = attempt.runtime.now()
        attempt.settlement.on(({ status }) => {
          const lasted = Math.max(1, attempt.runtime.now() - since)
          // What was cut short tells nothing of how long calls take.
          if (status === 'completed')
            own.typical = own.typical === undefined ? lasted : own.typical + (lasted - own.typical) * weight
          leave(own)
        })
        return next(attempt)
      },
      async next(call, plan) {
        for (;;) {
          const candidate = plan.next()
          // A deployment that is well and full comes before one that is ill and idle.
          const busy = candidate && !candidate.forced ? [] : plan.full()
          if (busy.length === 0) {
            if (candidate) take(call, candidate.deployment)
            return candidate
          }
          const deployment = await room(call, busy)
          const admitted = plan.next(deployment)
          if (admitted) return admitted
          // Its circuit has opened meanwhile, or its keys have been told to wait.
          const own = placesOf(deployment)
          if (own && claim(call.id, own)) leave(own)
        }
      },
    }
  }
}

interface Places {
  readonly id: string
  most: number
  running: number
  /** How long a call is in flight, in milliseconds: a moving average of those that completed. */
  typical: number | undefined
}

interface Waiting {
  /** When it came, or as much earlier as it is more urgent: so that nobody waits for ever. */
  readonly rank: number
  readonly wants: readonly Deployment[]
  admit(deployment: Deployment): void
  refuse(error: GatewayError): void
}

/** How much each call counts in the moving average. */
const weight = 0.1
/** The most deployments without calls that are remembered. */
const mostPlaces = 1000

function overloaded(wants: readonly Deployment[], why: string, retryAfter?: number): GatewayError {
  const names = wants.map(({ id }) => id).join(', ')
  return new GatewayError('overloaded', `${names}: as many calls are in flight as may be, and ${why}.`, {
    retryAfter: retryAfter ? Math.ceil(retryAfter) : undefined,
  })
}
