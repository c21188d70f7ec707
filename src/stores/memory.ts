import { LRUCache } from 'lru-cache'
import { GatewayError } from '../errors.ts'
import { type CacheStore, withValues } from './store.ts'

export interface MemoryStoreOptions {
  /** The most that is kept, keys included, at about two bytes a character. What was not used for longest goes first. @default 64 MB */
  readonly maxBytes?: number | undefined
  /**
   * Milliseconds since 1970, to let go of what is over as soon as it is asked for.
   * The cache looks at the time by itself, with its gateway's clock. @default none: what is over goes when its room is needed
   */
  readonly now?: (() => number) | undefined
}

interface Kept {
  readonly value: string | object
  readonly size: number
  readonly until: number
}

/** Keeps answers in the memory of this process, up to a number of bytes. It answers at once and starts no timer. */
export function memoryStore({ maxBytes = 64_000_000, now }: MemoryStoreOptions = {}): CacheStore {
  if (!Number.isSafeInteger(maxBytes) || maxBytes <= 0) {
    throw new GatewayError(
      'invalid_configuration',
      `memoryStore's maxBytes is ${maxBytes}: write a whole number of bytes.`,
    )
  }
  // The library's own ttl is not used: it reads another clock, sets timers, and takes 0 for ever.
  const entries = new LRUCache<string, Kept>({
    maxSize: maxBytes,
    sizeCalculation: ({ size }, key) => 2 * key.length + size,
  })
  const get = (key: string): string | object | undefined => {
    const kept = entries.get(key)
    if (!kept || !now || now() < kept.until) return kept?.value
    entries.delete(key)
    return undefined
  }
  const keep = (key: string, value: string | object, size: number, ttl: number): void => {
    entries.set(key, { value, size, until: now ? now() + ttl : 0 })
  }
  const store: CacheStore = {
    get(key) {
      const value = get(key)
      return typeof value === 'object' ? JSON.stringify(value) : value
    },
    set: (key, value, { ttl }) => keep(key, value, 2 * value.length, ttl),
    delete(key) {
      entries.delete(key)
    },
  }
  return withValues(store, { get, set: (key, value, { ttl, size }) => keep(key, value, size, ttl) })
}
