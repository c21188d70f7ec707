import type { CacheStatus, Call } from '../call.ts'
import { milliseconds } from '../duration.ts'
import type { Next, Slot } from '../middleware.ts'
import type { Reply } from '../reply.ts'
import { createFlights } from './flight.ts'
import { keyOf } from './key.ts'
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
  const { scope, storeFallbacks, namespace, ...shelving } = resolve(options)
  const shelf = createShelf(shelving)
  const flights = createFlights({ shelf, storeFallbacks, maxEntryBytes: shelving.maxEntryBytes })
  const scopeOf = createScope(scope)

  return { call: cache, flush: shelf.flush }

  async function cache(call: Call, next: Next): Promise<Reply> {
    // Asked of every call, so that none with a principal goes by unseen.
    const sharers = scopeOf(call)
    const control = call.options.cache ?? {}
    if (control === false || control.skip || (control.refresh && control.noStore)) return around(call, 'skip', next)
    if (!sharers || !call.operation.cacheable(call.request)) return around(call, 'bypass', next)
    if (control.ttl !== undefined) milliseconds(control.ttl, 'cache.ttl')

    let key: string
    try {
      const digest = keyOf(call, sharers, namespace)
      key = typeof digest === 'string' ? digest : await digest
    } catch {
      call.trace.note({ type: 'warning', message: 'The cache could not digest the call, and was gone around.' })
      return around(call, 'bypass', next)
    }
    if (control.refresh) return alone(call, key, 'refresh', next)
    if (control.noStore) return (await find(call, key)) ?? around(call, 'miss', next)
    // Where requests must not wait for each other's work, it takes waitUntil to bring that work to its end.
    if (call.runtime.isolated && !call.runtime.waitUntil)
      return (await find(call, key)) ?? alone(call, key, 'miss', next)

    for (let looked = false; ; looked = true) {
      const flight = flights.join(call, key)
      if (flight) {
        const reply = await flight
        if (reply === 'alone') return alone(call, key, 'miss', next)
        if (reply !== 'lead') return reply
        continue
      }
      const found = looked ? undefined : shelf.look(call, key)
      if (typeof found !== 'string') return flights.lead(call, key, next, found)
      return shelf.serve(call, found) ?? flights.lead(call, key, next)
    }
  }

  async function find(call: Call, key: string): Promise<Reply | undefined> {
    const entry = await shelf.look(call, key)
    return entry === undefined ? undefined : shelf.serve(call, entry)
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
    let ended = false
    reply.collect()
    reply.stage({
      end() {
        ended = true
      },
    })
    return reply.onSettled(({ status, response, charge }) => {
      if (ended && status === 'completed' && response) shelf.keep(call, key, response, charge)
    })
  }
}

function around(call: Call, status: CacheStatus, next: Next): Promise<Reply> {
  call.trace.note({ type: 'cache', status })
  return next(call)
}
