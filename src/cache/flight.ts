import type { Call, CallOptions, Charge } from '../call.ts'
import { copyOf } from '../copy.ts'
import { errorTraits, type GatewayError, toGatewayError } from '../errors.ts'
import { left, onLeaving } from '../leaving.ts'
import type { Next } from '../middleware.ts'
import type { OperationResponse } from '../operations/operation.ts'
import type { Reply, StreamReply, WholeReply } from '../reply.ts'
import { copyOfError, inThisContext, SharedStream } from './shared-stream.ts'
import { type Found, free, replyWith, type Shelf } from './shelf.ts'

export interface FlightOptions {
  readonly shelf: Shelf
  readonly maxEntryBytes: number
  /** Answers of a fallback are kept and shared as any other. */
  readonly storeFallbacks: boolean
}

/** What a call is told that waited in vain: to lead, unless somebody does by now, or to fly alone. */
export type Advice = 'lead' | 'alone'

/** Identical calls under way: each flight has one leader, who asks upstream, and others who wait for what comes of it. */
export interface Flights {
  /** Joins the flight of this key; undefined when there is none to join. */
  join(call: Call, key: string): Promise<Reply | Advice> | undefined
  /** Asks upstream for this call and all that will join it; before that, awaits an entry that is still looked for. */
  lead(call: Call, key: string, next: Next, entry?: Promise<Found | undefined>): Promise<Reply>
}

/** Makes the flights of one cache. */
export function createFlights(options: FlightOptions): Flights {
  const flights = new Map<string, Flight>()
  return {
    join(call, key) {
      const flight = flights.get(key)
      return flight?.takes(call) ? flight.join(call) : undefined
    },
    lead(call, key, next, entry) {
      const flight = new Flight(call, key, options, flights)
      flights.set(key, flight)
      return flight.lead(next, entry)
    },
  }
}

/** What became of a flight, as each call that waited for it is told. */
type Landing = (call: Call) => Reply | Advice | Promise<Reply | Advice>

/** Nothing that concerns anybody but the leader: the next one leads. */
const nothing: Landing = () => 'lead'

/** An answer that is the leader's alone. To ask in turn for more of the kind would take longer than to ask at once. */
const own: Landing = () => 'alone'

/**
 * Shares an upstream outcome and nothing else: never a refusal, a limit, a deadline or a cancellation of its leader's.
 * A leader who leaves does not end the work that others wait for; the last to leave does.
 */
class Flight {
  readonly #leader: Call
  readonly #key: string
  readonly #options: FlightOptions
  readonly #flights: Map<string, Flight>
  readonly #waiting = new Set<(landing: Landing) => void>()
  /** When the upstream work must have ended: for a stream later than its leader's deadline, which the flight minds itself. */
  readonly #deadline: number
  #landing: Landing | undefined
  #leaderLeft = false
  #abort: ((reason: GatewayError) => void) | undefined

  constructor(leader: Call, key: string, options: FlightOptions, flights: Map<string, Flight>) {
    const { request, deadline, runtime } = leader
    this.#leader = leader
    this.#key = key
    this.#options = options
    this.#flights = flights
    this.#deadline = request.stream ? 2 * deadline - runtime.now() : deadline
  }

  /** Whether a call can join and keep all of its own time. Who waits for a whole answer in vain can still lead. */
  takes(call: Call): boolean {
    return !this.#leader.request.stream || call.deadline <= this.#deadline
  }

  join(call: Call): Promise<Reply | Advice> {
    if (call.signal?.aborted) return Promise.reject(left(call.signal))
    if (this.#landing) return board(call, this.#landing)
    return new Promise((resolve, reject) => {
      const land = (landing: Landing): void => {
        release()
        resolve(board(call, landing))
      }
      const release = onLeaving(call, true, (reason) => {
        this.#waiting.delete(land)
        if (this.#leaderLeft) this.#leaveIfEmpty(reason)
        reject(reason)
      })
      this.#waiting.add(land)
    })
  }

  lead(next: Next, entry: Promise<Found | undefined> | undefined): Promise<Reply> {
    const { signal, request, runtime } = this.#leader
    // A whole call without a signal has no way to leave: its deadline is minded where it is served.
    const canLeave = signal !== undefined || request.stream === true
    const flying = this.#fly(canLeave ? this.#upstreamCall() : this.#leader, next, entry)
    if (runtime.isolated) runtime.waitUntil?.(flying.catch(() => {}))
    if (!canLeave) return flying

    return new Promise((resolve, reject) => {
      const release = onLeaving(this.#leader, request.stream === true, (reason) => {
        this.#leaderLeft = true
        this.#leaveIfEmpty(reason)
        reject(reason)
      })
      flying.finally(release).then(resolve, reject)
    })
  }

  #upstreamCall(): Call {
    const { runtime, request, signal, wire } = this.#leader
    const controller = new AbortController()
    const abort = (reason: GatewayError): void => controller.abort(reason)
    if (signal?.aborted) abort(left(signal))
    this.#abort = runtime.isolated ? inThisContext(abort) : abort
    return {
      ...this.#leader,
      signal: controller.signal,
      deadline: this.#deadline,
      // Bytes that pass undecoded could be neither shared nor kept.
      wire: request.stream ? undefined : wire,
    }
  }

  async #fly(call: Call, next: Next, entry: Promise<Found | undefined> | undefined): Promise<Reply> {
    const { shelf } = this.#options
    try {
      const found = entry && (await entry)
      const hit = found === undefined ? undefined : shelf.serve(this.#leader, found)
      if (hit) {
        this.#land((call) => shelf.serve(call, found!) ?? 'lead')
        return hit
      }
      if (call.signal?.aborted) throw left(call.signal)
      call.trace.note({ type: 'cache', status: 'miss' })
      const reply = await next(call)
      return reply.kind === 'whole' ? this.#landWhole(reply) : this.#landStream(reply)
    } catch (cause) {
      const error = toGatewayError(cause)
      const { options } = this.#leader
      if (this.#concernsOthers(error))
        this.#land((call) => {
          if (sameMeans(call.options, options)) throw copyOfError(error)
          return 'lead'
        })
      throw cause
    } finally {
      this.#land(nothing)
    }
  }

  #landWhole(reply: WholeReply): Reply {
    const { response, charge, substitute, unaccepted } = reply
    if (unaccepted || (substitute && !this.#options.storeFallbacks)) {
      this.#land(own)
      return reply
    }
    this.#keep(response, charge)
    if (this.#waiting.size > 0) {
      // The leader may change what it gets before the others have had theirs.
      const own = copyOf(response)
      this.#land((call) => {
        call.trace.note({ type: 'cache', status: 'shared', saved: charge?.cost?.total })
        return replyWith(call, copyOf(own))
      })
    }
    return reply
  }

  #landStream(upstream: StreamReply): Reply {
    const { shelf, maxEntryBytes, storeFallbacks } = this.#options
    const { operation, runtime, signal } = this.#leader
    const joinable = !upstream.substitute || storeFallbacks
    const driven = joinable && runtime.isolated === true
    const stream = new SharedStream({
      operation,
      upstream,
      maxBytes: maxEntryBytes,
      joinable,
      driven,
      closed: (all, charge) => {
        this.#remove()
        // Another group may have gone on with it by now.
        if (!all || (upstream.substitute && !storeFallbacks)) return
        shelf.keepStream(this.#leader, this.#key, all, charge)
      },
    })
    const reply = this.#leaderLeft ? undefined : stream.join(this.#leader, true)
    if (reply) reply.substitute = upstream.substitute
    if (joinable) this.#land((call) => (call.request.stream ? sharedStream(call, stream) : wholeOf(call, stream)), true)
    else this.#land(own)
    if (!stream.isRead) void upstream.cancel(left(signal))
    else if (driven) runtime.waitUntil?.(stream.drive())
    if (!reply) throw left(signal)
    return reply
  }

  #keep(response: OperationResponse, charge: Charge | undefined): void {
    this.#options.shelf.keep(this.#leader, this.#key, response, charge)
  }

  /** Tells all who wait, once: a second landing is ignored. Others may go on joining what is `open`. */
  #land(landing: Landing, open = false): void {
    if (this.#landing) return
    this.#landing = landing
    if (!open) this.#remove()
    for (const land of this.#waiting) land(landing)
    this.#waiting.clear()
  }

  #remove(): void {
    if (this.#flights.get(this.#key) === this) this.#flights.delete(this.#key)
  }

  /** Whether others would have failed in the same way: the deployments did, in good time, and no limit stood between. */
  #concernsOthers({ code, excluded }: GatewayError): boolean {
    const { elsewhere } = errorTraits[code]
    return (
      (elsewhere === 'any' || elsewhere === 'larger') &&
      this.#leader.runtime.now() < this.#deadline &&
      !excluded.some(({ reason }) => reason === 'over_budget')
    )
  }

  #leaveIfEmpty(reason: GatewayError): void {
    if (this.#landing || this.#waiting.size > 0) return
    this.#abort?.(reason)
    this.#land(nothing)
  }
}

/** Tells a call at once, so that it has a seat in a stream before others can leave it. */
async function board(call: Call, landing: Landing): Promise<Reply | Advice> {
  return landing(call)
}

function sharedStream(call: Call, stream: SharedStream): Reply {
  call.trace.note({ type: 'cache', status: 'shared' })
  return stream.join(call)
}

/** Reads a stream to its end for a call that wants the whole. One that breaks off has given it nothing: it asks anew. */
async function wholeOf(call: Call, stream: SharedStream): Promise<Reply | Advice> {
  const reply = stream.join(call)
  const fold = reply.collect()
  try {
    while (await reply.pull()) {}
  } catch (error) {
    if (call.signal?.aborted || call.runtime.now() >= call.deadline) throw error
    return 'lead'
  }
  call.trace.note({ type: 'cache', status: 'shared' })
  const response: OperationResponse = fold.result()
  return { kind: 'whole', response, charge: free(response.usage) }
}

/** A call that was given more time or more attempts might have fared better. */
function sameMeans(one: CallOptions, other: CallOptions): boolean {
  return one.timeout === other.timeout && one.maxAttempts === other.maxAttempts
}
