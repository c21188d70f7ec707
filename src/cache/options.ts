import type { Principal } from '../call.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { GatewayError } from '../errors.ts'
import { nearest } from '../nearest.ts'
import { memoryStore } from '../stores/memory.ts'
import type { CacheStore } from '../stores/store.ts'

export interface CacheOptions {
  /** Where answers are kept. @default memoryStore() */
  readonly store?: CacheStore | undefined
  /** How long an answer may be served: `'10m'` or milliseconds. @default '5m' */
  readonly ttl?: Duration | undefined
  /** The largest entry, at about two bytes a character. What is larger is neither kept nor, as a stream, shared. @default 1 MB */
  readonly maxEntryBytes?: number | undefined
  /** A store that has not answered by then is a miss. @default '50ms' */
  readonly timeout?: Duration | undefined
  /**
   * Who shares answers: `'principal'`, those with the same team, or else user, or else key; `'shared'`, everybody;
   * or those for whom a function gives the same text (undefined goes around the cache). @default 'principal'
   */
  readonly scope?: 'principal' | 'shared' | ((principal: Principal) => string | undefined) | undefined
  /** Keeps and shares answers of a fallback, too, as those of the group that was asked. @default false */
  readonly storeFallbacks?: boolean | undefined
  /** Keeps and shares answers of calls that may go only where nothing is kept (`prefer.zeroRetention`), too. @default false */
  readonly storeZeroRetention?: boolean | undefined
  /** Parts what shares a store: deployments, versions of an application. @default '' */
  readonly namespace?: string | undefined
}

export interface Settings extends Required<{ [Name in keyof CacheOptions]: NonNullable<CacheOptions[Name]> }> {
  readonly ttl: number
  readonly timeout: number
}

export function resolve(options: CacheOptions): Settings {
  const {
    store = memoryStore(),
    ttl = '5m',
    maxEntryBytes = 1_000_000,
    timeout = 50,
    scope = 'principal',
    storeFallbacks = false,
    storeZeroRetention = false,
    namespace = '',
  } = options
  const settings = {
    store,
    ttl: milliseconds(ttl, 'cache.ttl'),
    maxEntryBytes,
    timeout: milliseconds(timeout, 'cache.timeout'),
    scope,
    storeFallbacks,
    storeZeroRetention,
    namespace,
  }
  const names = Object.keys(settings)
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw misfit(name, `is no option of cache.${nearest(name, names)}`)
  }
  for (const method of ['get', 'set', 'delete'] as const) {
    if (typeof (store as CacheStore | null)?.[method] !== 'function')
      throw misfit('store', `has no ${method}(): it takes get, set and delete.`)
  }
  if (typeof maxEntryBytes !== 'number' || !(maxEntryBytes > 0))
    throw misfit('maxEntryBytes', `is ${maxEntryBytes}: write a number of bytes above 0.`)
  if (typeof scope !== 'function' && scope !== 'principal' && scope !== 'shared')
    throw misfit('scope', `is ${JSON.stringify(scope)}: write 'principal', 'shared', or a function of the principal.`)
  for (const name of ['storeFallbacks', 'storeZeroRetention'] as const)
    if (typeof settings[name] !== 'boolean') throw misfit(name, 'is neither true nor false.')
  if (typeof namespace !== 'string') throw misfit('namespace', 'is not a string.')
  return settings
}

function misfit(option: string, problem: string): GatewayError {
  return new GatewayError('invalid_configuration', `cache.${option} ${problem}`)
}
