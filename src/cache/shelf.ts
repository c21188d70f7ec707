import type { Call, Charge } from '../call.ts'
import { milliseconds } from '../duration.ts'
import type { OperationResponse, Usage } from '../operations/operation.ts'
import { type Reply, replay, StreamReply } from '../reply.ts'
import type { Runtime } from '../runtime.ts'
import type { CacheStore } from '../stores/store.ts'

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
  /** The text of an entry, at once where the store answers at once. */
  look(call: Call, key: string): string | undefined | Promise<string | undefined>
  /** The reply that an entry gives; undefined when its time is over, or when it is none. */
  serve(call: Call, entry: string): Reply | undefined
  /** Keeps an answer if it may be kept. */
  keep(call: Call, key: string, answer: Answer): void
  /** Resolves when all that was begun to be written has been. */
  flush(): Promise<void>
}

/** An answer, and what it cost in nano-dollars. */
export interface Answer {
  readonly response: OperationResponse
  readonly cost: number | undefined
  /** The response as text, where somebody has written it already. */
  readonly json?: string | undefined
}

/** What a store holds, as JSON. Another version than ours is none. */
interface Entry extends Answer {
  readonly v: 1
  readonly storedAt: number
  readonly ttl: number
}

/** Nobody waits longer for a write, in milliseconds, so that flushing never hangs. */
const longestWrite = 10_000

/** Makes the cache's side of a store. */
export function createShelf({ store, ttl: usualTtl, maxEntryBytes, timeout }: ShelfOptions): Shelf {
  const writes = new Set<Promise<unknown>>()

  return {
    look({ runtime, trace }, key) {
      const miss = (because: string): undefined =>
        trace.note({ type: 'warning', message: `The cache's store ${because}: taken as a miss.` }) as undefined
      try {
        const found = store.get(key)
        if (!isPromise(found)) return textOf(found)
        const late = (): undefined => miss(`did not answer within ${timeout} ms`)
        return within(found, timeout, runtime, late).then(textOf, () => miss('failed'))
      } catch {
        return miss('failed')
      }
    },

    serve(call, text) {
      try {
        const { v, storedAt, ttl, cost, response } = JSON.parse(text) as Entry
        const age = call.runtime.now() - storedAt
        if (v !== 1 || !(age < ttl) || !call.operation.storable(response)) return undefined
        const reply = replyWith(call, response)
        // The clock of the process that stored it may be ahead of ours.
        call.trace.note({ type: 'cache', status: 'hit', age: Math.max(0, age), saved: cost })
        return reply
      } catch {
        return undefined
      }
    },

    keep({ operation, options, runtime }, key, { response, cost, json }) {
      try {
        const own = options.cache === false ? undefined : options.cache?.ttl
        const ttl = own === undefined ? usualTtl : milliseconds(own, 'cache.ttl')
        if (ttl === 0 || !operation.storable(response)) return
        const head = JSON.stringify({ v: 1, storedAt: runtime.now(), ttl, cost })
        const text = `${head.slice(0, -1)},"response":${json ?? JSON.stringify(response)}}`
        if (bytesOf(text) > maxEntryBytes) return
        const written = store.set(key, text, { ttl })
        if (!isPromise(written)) return
        const write = within(written, longestWrite, runtime, () => {}).catch(() => {})
        writes.add(write)
        void write.then(() => writes.delete(write))
        runtime.waitUntil?.(write)
      } catch {
        // It is not kept: the call has its answer.
      }
    },

    async flush() {
      while (writes.size > 0) await Promise.all(writes)
    },
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

/** How much room a text takes: two bytes a character, as in memory, and about as in UTF-8. */
export function bytesOf(text: string): number {
  return 2 * text.length
}

function textOf(found: unknown): string | undefined {
  return typeof found === 'string' ? found : undefined
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}

/** What a promise gives, or what `late` does when it takes longer than `ms` milliseconds. */
function within<T, U>(promise: PromiseLike<T>, ms: number, runtime: Runtime, late: () => U): Promise<T | U> {
  return new Promise((resolve, reject) => {
    const cancel = runtime.timer(ms, () => resolve(late()))
    promise.then(
      (value) => {
        cancel()
        resolve(value)
      },
      (error: unknown) => {
        cancel()
        reject(error)
      },
    )
  })
}
