import type { Call } from '../call.ts'
import { errorTraits, type GatewayError, toGatewayError } from '../errors.ts'
import type { Next } from '../middleware.ts'
import type { OperationResponse } from '../operations/operation.ts'
import type { Reply, StreamReply, WholeReply } from '../reply.ts'
import { left, onLeaving } from './leaving.ts'
import { copyOfError, inThisContext, SharedStream } from './shared-stream.ts'
import { free, replyWith, type Shelf } from './shelf.ts'

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
  lead(call: Call, key: string, next: Next, entry?: Promise<string | undefined>): Promise<Reply>
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
      const flight: Flight = new Flight(call, key, options, () => {
        if (flights.get(key) === flight) flights.delete(key)
      })
      flights.set(key, flight)
      return flight.lead(next, entry)
    },
  }
}

/** What became of a flight, for those who wait. */
type Landing =
  /** An answer, as text: everybody makes a copy of their own. */
  | { readonly kind: 'answer'; readonly json: string; readonly saved: number | undefined }
  /** An entry that the leader found. */
  | { readonly kind: 'entry'; readonly text: string }
  | { readonly kind: 'stream'; readonly stream: SharedStream }
  /** A failure of the deployments, not of the leader's. */
  | { readonly kind: 'failure'; readonly error: GatewayError }
  /** Nothing that concerns anybody but the leader: the next one leads. */
  | { readonly kind: 'nothing' }
  /** An answer that is the leader's alone. To ask in turn for more of the kind would take longer than to ask at once. */
  | { readonly kind: 'own' }

/**
 * Shares an upstream outcome and nothing else: never a refusal, a limit, a deadline or a cancellation of its leader's.
 * A leader who leaves does not end the work that others wait for; the last to leave does.
 */
class Flight {
  readonly #leader: Call
  readonly #key: string
  readonly #options: FlightOptions
  readonly #remove: () => void
  readonly #waiting = new Set<(landing: Landing) => void>()
  /** When the upstream work must have ended: for a stream later than its leader's deadline, which the flight minds itself. */
  readonly #deadline: number
  #stream: SharedStream | undefined
  #landed = false
  #leaderLeft = false
  #abort: (reason: GatewayError) => void = () => {}

  constructor(leader: Call, key: string, options: FlightOptions, remove: () => void) {
    const { request, deadline, runtime } = leader
    this.#leader = leader
    this.#key = key
    this.#options = options
    this.#remove = remove
    this.#deadline = request.stream ? 2 * deadline - runtime.now() : deadline
  }

  /** Whether a call can join and keep all of its own time. Who waits for a whole answer in vain can still lead. */
  takes(call: Call): boolean {
    return !this.#leader.request.stream || call.deadline <= this.#deadline
  }

  join(call: Call): Promise<Reply | Advice> {
    if (call.signal?.aborted) return Promise.reject(left(call.signal))
    if (this.#stream) return this.#board(call, { kind: 'stream', stream: this.#stream })
    return new Promise((resolve, reject) => {
      const land = (landing: Landing): void => {
        release()
        resolve(this.#board(call, landing))
      }
      const release = onLeaving(call, { deadline: true }, (reason) => {
        this.#waiting.delete(land)
        if (this.#leaderLeft) this.#leaveIfEmpty(reason)
        reject(reason)
      })
      this.#waiting.add(land)
    })
  }

  lead(next: Next, entry: Promise<string | undefined> | undefined): Promise<Reply> {
    const { signal, request, runtime } = this.#leader
    // A whole call without a signal has no way to leave: its deadline is minded where it is served.
    const controller = signal || request.stream ? new AbortController() : undefined
    const call = controller ? this.#upstreamCall(controller) : this.#leader
    const flying = this.#fly(call, next, entry)
    if (runtime.isolated) runtime.waitUntil?.(flying.catch(() => {}))
    if (!controller) return flying

    return new Promise((resolve, reject) => {
      const leave = (reason: GatewayError): void => {
        this.#leaderLeft = true
        this.#leaveIfEmpty(reason)
        reject(reason)
      }
      const release = onLeaving(this.#leader, { deadline: request.stream === true }, leave)
      flying.then(resolve, reject).finally(release)
    })
  }

  #upstreamCall(controller: AbortController): Call {
    const abort = (reason: GatewayError): void => controller.abort(reason)
    const { runtime, request, signal, wire } = this.#leader
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

  async #fly(call: Call, next: Next, entry: Promise<string | undefined> | undefined): Promise<Reply> {
    try {
      const text = entry && (await entry)
      const hit = text === undefined ? undefined : this.#options.shelf.serve(this.#leader, text)
      if (hit) {
        this.#land({ kind: 'entry', text: text! })
        return hit
      }
      if (call.signal?.aborted) throw left(call.signal)
      call.trace.note({ type: 'cache', status: 'miss' })
      const reply = await next(call)
      return reply.kind === 'whole' ? this.#landWhole(reply) : this.#landStream(reply)
    } catch (cause) {
      const error = toGatewayError(cause)
      if (this.#concernsOthers(error)) this.#land({ kind: 'failure', error })
      throw cause
    } finally {
      this.#land({ kind: 'nothing' })
    }
  }

  #landWhole(reply: WholeReply): Reply {
    const { response, charge } = reply
    const { shelf, storeFallbacks } = this.#options
    if (reply.substitute && !storeFallbacks) {
      this.#land({ kind: 'own' })
      return reply
    }
    const cost = charge?.cost?.total
    const json = this.#waiting.size > 0 ? JSON.stringify(response) : undefined
    shelf.keep(this.#leader, this.#key, { response, cost, json })
    if (json !== undefined) this.#land({ kind: 'answer', json, saved: cost })
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
        if (!all) return
        const fold = operation.fold()
        for (const batch of all) for (const event of batch) fold.add(event)
        const response: OperationResponse = fold.result()
        shelf.keep(this.#leader, this.#key, { response, cost: charge?.cost?.total })
      },
    })
    const reply = this.#leaderLeft ? undefined : stream.join(this.#leader, true)
    if (reply) reply.substitute = upstream.substitute
    if (joinable) this.#stream = stream
    this.#land(joinable ? { kind: 'stream', stream } : { kind: 'own' })
    if (!stream.isRead) void upstream.cancel(left(signal))
    else if (driven) runtime.waitUntil?.(stream.drive())
    if (!reply) throw left(signal)
    return reply
  }

  /** Tells all who wait, once. What is told after a first time is ignored. */
  #land(landing: Landing): void {
    if (this.#landed) return
    this.#landed = true
    if (landing.kind !== 'stream') this.#remove()
    for (const land of this.#waiting) land(landing)
    this.#waiting.clear()
  }

  /** What a landing is to a call that waited for it. Takes a seat in a stream at once, before its others can leave it. */
  async #board(call: Call, landing: Landing): Promise<Reply | Advice> {
    switch (landing.kind) {
      case 'answer':
        call.trace.note({ type: 'cache', status: 'shared', saved: landing.saved })
        return replyWith(call, JSON.parse(landing.json) as OperationResponse)
      case 'entry':
        return this.#options.shelf.serve(call, landing.text) ?? 'lead'
      case 'stream':
        return call.request.stream ? sharedStream(call, landing.stream) : wholeOf(call, landing.stream)
      case 'failure':
        if (sameMeans(call, this.#leader)) throw copyOfError(landing.error)
        return 'lead'
      case 'nothing':
        return 'lead'
      case 'own':
        return 'alone'
    }
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
    if (this.#landed || this.#waiting.size > 0) return
    this.#abort(reason)
    this.#land({ kind: 'nothing' })
  }
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
function sameMeans({ options: one }: Call, { options: other }: Call): boolean {
  return one.timeout === other.timeout && one.maxAttempts === other.maxAttempts
}
