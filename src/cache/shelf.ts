import type { Call, Charge } from '../call.ts'
import { copyOf, sizeOf } from '../copy.ts'
import { milliseconds } from '../duration.ts'
import { isGatewayError } from '../errors.ts'
import type { OperationResponse, Usage } from '../operations/operation.ts'
import { type Reply, replay, StreamReply } from '../reply.ts'
import { Background, isPromise, within } from '../stores/access.ts'
import { type CacheStore, valuesOf } from '../stores/store.ts'

export interface ShelfOptions {
  readonly store: CacheStore
  /** Milliseconds that an answer may be served, unless its call says otherwise. */
  readonly ttl: number
  readonly maxEntryBytes: number
  /** Milliseconds after which a store that has not answered is a miss. */
  readonly timeout: number
}

/** Where answers are kept and found again. A store that fails or is slow never fails a call. */
export interface Shelf {
  /** What is kept under a key, at once where the store answers at once. */
  look(call: Call, key: string): Found | undefined | Promise<Found | undefined>
  /** The reply that an entry gives; undefined when its time is over, or when it is none. */
  serve(call: Call, found: Found): Reply | undefined
  /** Keeps an answer, and what it cost, if it may be kept. */
  keep(call: Call, key: string, response: OperationResponse, charge: Charge | undefined): void
  /** Keeps the answer that the events of a stream make, batch by batch. Those that make none are not kept. */
  keepStream(call: Call, key: string, batches: readonly (readonly unknown[])[], charge: Charge | undefined): void
  /** Resolves when all that was begun to be written has been. */
  flush(): Promise<void>
}

/** What a store gives: an entry as text, or as it is. */
export type Found = string | object

/** What a store holds, as JSON or as it is. Another version than ours is none. */
interface Entry {
  readonly v: 1
  readonly storedAt: number
  /** Null in JSON, where it is for ever. */
  readonly ttl: number | null
  /** Nano-dollars. */
  readonly cost: number | undefined
  readonly response: OperationResponse
}

/** Nobody waits longer for a write, in milliseconds, so that flushing never hangs. */
const longestWrite = 10_000

/** Makes the cache's side of a store. */
export function createShelf({ store, ttl: usualTtl, maxEntryBytes, timeout }: ShelfOptions): Shelf {
  const writes = new Background()
  const values = valuesOf(store)

  return {
    look({ runtime, trace }, key) {
      const miss = (cause: unknown): undefined => {
        const why = isGatewayError(cause, 'store_unavailable') ? `did not answer within ${timeout} ms` : 'failed'
        trace.note({ type: 'warning', message: `The cache's store ${why}: taken as a miss.` })
      }
      try {
        if (values) return values.get(key) as Found | undefined
        const found = store.get(key)
        return isPromise(found) ? within(timeout, found, runtime).then(textOf, miss) : textOf(found)
      } catch (cause) {
        return miss(cause)
      }
    },

    serve(call, found) {
      try {
        const { v, storedAt, ttl, cost, response } = (typeof found === 'string' ? JSON.parse(found) : found) as Entry
        const age = call.runtime.now() - storedAt
        if (v !== 1 || !(ttl === null || age < ttl) || !call.operation.storable(response)) return undefined
        const reply = replyWith(call, typeof found === 'string' ? response : copyOf(response))
        // The clock of the process that stored it may be ahead of ours.
        call.trace.note({ type: 'cache', status: 'hit', age: Math.max(0, age), saved: cost })
        return reply
      } catch {
        return undefined
      }
    },

    keep({ operation, options, runtime }, key, response, charge) {
      try {
        const own = options.cache === false ? undefined : options.cache?.ttl
        const ttl = own === undefined ? usualTtl : milliseconds(own, 'cache.ttl')
        if (ttl === 0 || !operation.storable(response)) return
        const entry: Entry = { v: 1, storedAt: runtime.now(), ttl, cost: charge?.cost?.total, response }
        if (values) {
          const size = sizeOf(response)
          // A copy, for the caller may change what he gets.
          if (size <= maxEntryBytes) values.set(key, { ...entry, response: copyOf(response) }, { ttl, size })
          return
        }
        const text = JSON.stringify(entry)
        // Two bytes a character, as in memory, and about as in UTF-8.
        if (2 * text.length > maxEntryBytes) return
        const written: unknown = store.set(key, text, { ttl })
        if (isPromise(written)) writes.keep(within(longestWrite, written, runtime), runtime)
      } catch {
        // It is not kept: the call has its answer.
      }
    },

    keepStream(call, key, batches, charge) {
      const fold = call.operation.fold()
      try {
        for (const batch of batches) for (const event of batch) fold.add(event)
      } catch {
        // Their readers have them as they came.
        return
      }
      this.keep(call, key, fold.result(), charge)
    },

    flush: () => writes.flush(),
  }
}

/** Answers a call with a response that is nobody else's, as a stream if it asked for one. */
export function replyWith({ operation, request }: Call, response: OperationResponse): Reply {
  const charge = free(response.usage)
  if (!request.stream) return { kind: 'whole', response, charge }
  return new StreamReply(operation, replay(operation.unfold(response), { charge }))
}

/** What an answer costs that another call has paid for: it reports the usage of that one. */
export function free(usage: Usage): Charge {
  return { usage, cost: { total: 0 }, estimated: false, uncertain: false }
}

function textOf(found: unknown): string | undefined {
  return typeof found === 'string' ? found : undefined
}
