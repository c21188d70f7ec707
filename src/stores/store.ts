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
