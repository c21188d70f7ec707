import type { Window } from './window.ts'

/**
 * Where spent and reserved amounts are counted. Four operations, each atomic, so that a script in Redis or one
 * transaction in SQL is enough, and each one trip. An operation may answer at once or with a promise.
 *
 * A store with a clock of its own goes by that and takes `now` for a hint. It never evicts a counter before its window
 * has ended. Amounts are whole numbers: nano-dollars, requests or tokens.
 */
export interface CounterStore {
  /**
   * Opens a reservation: checks all entries, then consumes all, or consumes nothing. The settlements that come along are
   * applied first, and stay even when the entries are refused. A call that tries again thereby extends what it holds:
   * what ended is replaced by what it cost, and the next worst case is added, in one operation.
   */
  reserve(reserving: Reserving): Awaitable<Reserved>
  /** Replaces what was reserved by what was used. A reservation that is unknown, for it was settled before or has lapsed, is left alone. */
  settle(settlements: readonly ReservationSettlement[], now: number): Awaitable<readonly CounterStates[]>
  /** Moves the end of the lease of reservations that are still open. */
  renew(ids: readonly string[], lease: number, now: number): Awaitable<unknown>
  /** Where counters stand now. Consumes nothing. */
  status(counters: readonly CounterName[], now: number): Awaitable<CounterStates>
}

export type Awaitable<T> = T | Promise<T>

export interface CounterName {
  readonly key: string
  readonly window: Window
}

/** An amount to be taken from one counter: {@link fixed}, and {@link perUnit} for each unit that is granted, rounded up. */
export interface CounterEntry extends CounterName {
  /** The most that may be spent and reserved together; undefined counts without a limit. */
  readonly limit: number | undefined
  readonly fixed: number
  readonly perUnit: number
  /** Whether fewer units may be granted, so that the amount fits. */
  readonly caps: boolean
}

export interface Reserving {
  /** Used once. */
  readonly id: string
  /** What becomes of the reservation when its lease ends: `held` lapses to nothing, `sent` to all of it, spent. */
  readonly state: 'held' | 'sent'
  /** When the lease ends, in milliseconds since 1970. */
  readonly lease: number
  readonly now: number
  readonly entries: readonly CounterEntry[]
  /** The output tokens of an attempt: as many as fit into the entries that cap, up to `most`, or a refusal below `least`. */
  readonly units: { readonly least: number; readonly most: number }
  readonly settle: readonly ReservationSettlement[]
}

export interface ReservationSettlement {
  readonly id: string
  /** What was used, an amount for each entry of the reservation. May be more than what was reserved. */
  readonly amounts: readonly number[]
}

export type Reserved =
  | { readonly granted: true; readonly units: number; readonly states: CounterStates }
  | { readonly granted: false; readonly refusals: readonly Refusal[]; readonly states: CounterStates }

/** An entry that did not fit. */
export interface Refusal {
  /** The index of the entry. */
  readonly entry: number
  readonly amount: number
  /** When it would fit if nothing else happened, in milliseconds since 1970; undefined when it never will. */
  readonly fitsAt: number | undefined
}

export interface CounterState {
  readonly spent: number
  readonly reserved: number
  /** When the window, as it stands, has ended: for a rolling one, when all that is in it has left. `Infinity` for never. */
  readonly resetsAt: number
}

/** The states of counters, in the order of what was asked. */
export type CounterStates = readonly CounterState[]

/** What an entry takes when so many units are granted. */
export function amountOf(entry: Pick<CounterEntry, 'fixed' | 'perUnit'>, units: number): number {
  return Math.ceil(entry.fixed + units * entry.perUnit)
}

/** How many units fit into what is free; negative when not even the fixed part does. */
export function unitsWithin(entry: Pick<CounterEntry, 'fixed' | 'perUnit'>, free: number): number {
  if (entry.perUnit === 0) return entry.fixed <= free ? Number.POSITIVE_INFINITY : -1
  const units = Math.floor((free - entry.fixed) / entry.perUnit)
  // A quotient of fractions may come out a hair too large.
  return amountOf(entry, units) > free ? units - 1 : units
}
