import type { CacheStatus, Call } from '../call.ts'
import { copyOf } from '../copy.ts'
import { milliseconds } from '../duration.ts'
import { inTime, left } from '../leaving.ts'
import type { Next, Slot } from '../middleware.ts'
import type { Reply } from '../reply.ts'
import { type Advice, createFlights } from './flight.ts'
import { keyOf, type Scope } from './key.ts'
import { type CacheOptions, resolve } from './options.ts'
import { createScope } from './scope.ts'
import { createShelf } from './shelf.ts'

/** The cache slot of a gateway. */
export interface CacheSlot extends Slot {
  readonly call: (call: Call, next: Next) => Promise<Reply>
  flush(): Promise<void>
}

/** Answers identical calls from one answer: those to come from a store, those under way from one flight. */
export function cache(options: CacheOptions = {}): CacheSlot {
  const { scope, storeFallbacks, storeZeroRetention, namespace, ...shelving } = resolve(options)
  const shelf = createShelf(shelving)
  const flights = createFlights({ shelf, storeFallbacks, maxEntryBytes: shelving.maxEntryBytes })
  const scopeOf = createScope(scope)

  return { call: cache, flush: shelf.flush }

  // Not async: with a store and a digest that answer at once, a call passes without a promise of ours.
  function cache(call: Call, next: Next): Promise<Reply> {
    try {
      // Asked of every call, so that none with a principal goes by unseen.
      const sharers = scopeOf(call)
      const control = call.options.cache ?? {}
      if (control === false || control.skip || (control.refresh && control.noStore)) return around(call, 'skip', next)
      if (!sharers || !mayKeep(call)) return around(call, 'bypass', next)
      if (control.ttl !== undefined) milliseconds(control.ttl, 'cache.ttl')
      return digested(call, sharers, (key) => {
        if (key === undefined) return around(call, 'bypass', next)
        if (control.refresh) return alone(call, key, 'refresh', next)
        // Where requests must not wait for each other's work, it takes waitUntil to bring that work to its end.
        const apart = call.runtime.isolated && !call.runtime.waitUntil
        const answer = control.noStore
          ? findOr(call, key, () => around(call, 'miss', next))
          : apart
            ? findOr(call, key, () => alone(call, key, 'miss', next))
            : shared(call, key, next)
        return call.options.retryWhen ? answer.then((reply) => judged(call, key, reply, next)) : answer
      })
    } catch (cause) {
      return Promise.reject(cause)
    }
  }

  function mayKeep({ operation, request, options }: Call): boolean {
    return operation.cacheable(request) && (storeZeroRetention || !options.prefer?.zeroRetention)
  }

  /** Goes on with the key of a call, or with none where it cannot be made. */
  function digested(call: Call, sharers: Scope, then: (key: string | undefined) => Promise<Reply>): Promise<Reply> {
    const failed = (): Promise<Reply> => {
      call.trace.note({ type: 'warning', message: 'The cache could not digest the call, and was gone around.' })
      return then(undefined)
    }
    let digest: string | Promise<string>
    try {
      digest = keyOf(call, sharers, namespace)
    } catch {
      return failed()
    }
    return typeof digest === 'string' ? then(digest) : digest.then(then, failed)
  }

  /** Answers with what is kept, or with what comes of the flight of this key, or leads one. */
  function shared(call: Call, key: string, next: Next): Promise<Reply> {
    const flight = flights.join(call, key)
    if (flight) return joined(call, key, next, flight)
    const found = shelf.look(call, key)
    if (found === undefined || found instanceof Promise) return flights.lead(call, key, next, found)
    const hit = shelf.serve(call, found)
    return hit ? Promise.resolve(hit) : flights.lead(call, key, next)
  }

  async function joined(call: Call, key: string, next: Next, first: Promise<Reply | Advice>): Promise<Reply> {
    for (let flight: Promise<Reply | Advice> | undefined = first; flight; flight = flights.join(call, key)) {
      const reply = await flight
      if (reply === 'alone') return alone(call, key, 'miss', next)
      if (reply !== 'lead') return reply
    }
    return flights.lead(call, key, next)
  }

  /** What others were answered may not be good enough for a call with a condition of its own: then it asks anew. */
  async function judged(call: Call, key: string, reply: Reply, next: Next): Promise<Reply> {
    // What comes from a deployment was judged on its way.
    if (reply.kind === 'stream' || reply.deployment) return reply
    const { operation, request, options, trace } = call
    try {
      const said = options.retryWhen!({ operation, request, response: reply.response, deployment: undefined })
      if (!(typeof said === 'object' ? await inTime(said, call) : said)) return reply
    } catch {
      if (call.signal?.aborted) throw left(call.signal)
      trace.note({ type: 'warning', message: 'A condition of retry failed: the answer was handed on as it is.' })
      return reply
    }
    const { cache: control } = options
    return control !== false && control?.noStore ? around(call, 'miss', next) : alone(call, key, 'miss', next)
  }

  async function findOr(call: Call, key: string, otherwise: () => Promise<Reply>): Promise<Reply> {
    const found = await shelf.look(call, key)
    return (found !== undefined && shelf.serve(call, found)) || otherwise()
  }

  /** Asks upstream for one call only, and keeps the answer. */
  async function alone(call: Call, key: string, status: CacheStatus, next: Next): Promise<Reply> {
    // Bytes that pass undecoded could not be kept.
    const reply = await around(call.request.stream ? { ...call, wire: undefined } : call, status, next)
    if (reply.substitute && !storeFallbacks) return reply
    if (reply.kind === 'whole') {
      if (!reply.unaccepted) shelf.keep(call, key, reply.response, reply.charge)
      return reply
    }
    const batches: (readonly unknown[])[] = []
    let ended = false
    reply.stage({
      // Copies, for the caller may change what it gets before the rest has come.
      observe(batch) {
        batches.push(copyOf(batch))
      },
      end() {
        ended = true
      },
    })
    return reply.onSettled(({ status, charge }) => {
      // Another group may have gone on with it by now.
      if (reply.substitute && !storeFallbacks) return
      if (ended && status === 'completed') shelf.keepStream(call, key, batches, charge)
    })
  }
}

function around(call: Call, status: CacheStatus, next: Next): Promise<Reply> {
  call.trace.note({ type: 'cache', status })
  return next(call)
}
