/**
 * Where cached answers live. Three methods, so that a `Map`, Redis, a KV namespace or a table fits in a few lines.
 * Each may answer at once or with a promise. One that fails or is slow is a miss, never an error of the call.
 */
export interface CacheStore {
  /** The value, or undefined (or null) when there is none or its time is over. */
  get(key: string): string | null | undefined | Promise<string | null | undefined>
  /** Keeps a value for `ttl` milliseconds. */
  set(key: string, value: string, options: { readonly ttl: number }): unknown
  delete(key: string): unknown
}

/** Keeps plain data, which nobody changes as long as it is kept. Answers at once. */
export interface ValueStore {
  get(key: string): unknown
  /** `size` is about how many bytes of memory the value takes. */
  set(key: string, value: object, options: { readonly ttl: number; readonly size: number }): void
}

/** No field of the store: a store of one's own that is made of another's methods must be asked by those. */
const valueStores = /* @__PURE__ */ new WeakMap<CacheStore, ValueStore>()

/** Gives a store inside this process a second way in, by which nobody need write and read its entries as text. */
export function withValues(store: CacheStore, values: ValueStore): CacheStore {
  valueStores.set(store, values)
  return store
}

export function valuesOf(store: CacheStore): ValueStore | undefined {
  return valueStores.get(store)
}
