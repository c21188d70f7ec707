import type { CacheStatus, Call, Principal } from '../call.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { GatewayError } from '../errors.ts'
import type { Next, Slot } from '../middleware.ts'
import type { Reply } from '../reply.ts'
import { memoryStore } from '../stores/memory.ts'
import type { CacheStore } from '../stores/store.ts'
import { createFlights } from './flight.ts'
import { keyOf, type Scope } from './key.ts'
import { createShelf } from './shelf.ts'

export interface CacheOptions {
  /** Where answers are kept. @default memoryStore() */
  readonly store?: CacheStore | undefined
  /** How long an answer may be served: `'10m'` or milliseconds. @default '5m' */
  readonly ttl?: Duration | undefined
  /** The largest entry, at two bytes a character. What is larger is neither kept nor, as a stream, shared. @default 1 MB */
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
  /** Parts what shares a store: deployments, versions of an application. @default '' */
  readonly namespace?: string | undefined
}

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

    const digest = keyOf(call, sharers, namespace)
    const key = typeof digest === 'string' ? digest : await digest
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
      shelf.keep(call, key, { response: reply.response, cost: reply.charge?.cost?.total })
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
      if (ended && status === 'completed' && response) shelf.keep(call, key, { response, cost: charge?.cost?.total })
    })
  }
}

function around(call: Call, status: CacheStatus, next: Next): Promise<Reply> {
  call.trace.note({ type: 'cache', status })
  return next(call)
}

/** Says who shares a call's answer; undefined where nobody can tell. */
function createScope(option: Settings['scope']): (call: Call) => Scope | undefined {
  let someoneNamed = false
  let warned = false
  if (option === 'shared') return () => ({})
  if (option !== 'principal') {
    return ({ principal }) => {
      const name = option(principal)
      return name === undefined ? undefined : { name }
    }
  }
  return ({ principal, trace }) => {
    const { team, user, key } = principal
    if (team !== undefined || user !== undefined || key !== undefined) {
      someoneNamed = true
      return team !== undefined ? { team } : user !== undefined ? { user } : { key }
    }
    if (!someoneNamed) return { nobody: ownFields(principal) }
    if (!warned) {
      warned = true
      trace.note({
        type: 'warning',
        message:
          "A call without team, user or key goes around the cache, for others have one: it could be anybody's. Name a principal, or set cache({ scope }).",
      })
    }
    return undefined
  }
}

/** Fields of an application's own may be what tells its tenants apart. */
function ownFields({ session, promptId, tags, ...own }: Principal): object {
  return own
}

interface Settings extends Required<{ [Name in keyof CacheOptions]: NonNullable<CacheOptions[Name]> }> {
  readonly ttl: number
  readonly timeout: number
}

function resolve(options: CacheOptions): Settings {
  const {
    store = memoryStore(),
    ttl = '5m',
    maxEntryBytes = 1_000_000,
    timeout = 50,
    scope = 'principal',
    storeFallbacks = false,
    namespace = '',
  } = options
  const settings = {
    store,
    ttl: milliseconds(ttl, 'cache.ttl'),
    maxEntryBytes,
    timeout: milliseconds(timeout, 'cache.timeout'),
    scope,
    storeFallbacks,
    namespace,
  }
  const names = Object.keys(settings)
  for (const name of Object.keys(options)) {
    if (!names.includes(name)) throw misfit(name, `is no option of cache. Did you mean ${nearest(name, names)}?`)
  }
  for (const method of ['get', 'set', 'delete'] as const) {
    if (typeof store[method] !== 'function') throw misfit('store', `has no ${method}(): it takes get, set and delete.`)
  }
  if (!(maxEntryBytes > 0)) throw misfit('maxEntryBytes', `is ${maxEntryBytes}: write a number of bytes above 0.`)
  if (typeof scope !== 'function' && scope !== 'principal' && scope !== 'shared')
    throw misfit('scope', `is ${JSON.stringify(scope)}: write 'principal', 'shared', or a function of the principal.`)
  if (typeof storeFallbacks !== 'boolean') throw misfit('storeFallbacks', 'is neither true nor false.')
  if (typeof namespace !== 'string') throw misfit('namespace', 'is not a string.')
  return settings
}

function misfit(option: string, problem: string): GatewayError {
  return new GatewayError('invalid_configuration', `cache.${option} ${problem}`)
}

/** The name that takes the fewest edits. */
function nearest(name: string, names: readonly string[]): string {
  return names.reduce((best, other) => (edits(name, other) < edits(name, best) ? other : best))
}

function edits(from: string, to: string): number {
  if (from === '' || to === '') return from.length + to.length
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const changed = previous[column - 1]! + (from[row - 1]?.toLowerCase() === to[column - 1]?.toLowerCase() ? 0 : 1)
      current.push(Math.min(changed, previous[column]! + 1, current[column - 1]! + 1))
    }
    previous = current
  }
  return previous[to.length]!
}
