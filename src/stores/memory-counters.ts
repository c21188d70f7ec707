import {
  amountOf,
  type CounterEntry,
  type CounterName,
  type CounterState,
  type CounterStates,
  type CounterStore,
  type Refusal,
  type ReservationSettlement,
  type Reserved,
  type Reserving,
  unitsWithin,
} from './counters.ts'
import { type Span, spanAt, type Window } from './window.ts'

/** Counters in this process. They answer at once, start no timer, and let go of what has ended while they work. */
export interface MemoryCounters extends CounterStore {
  /** How much is remembered. */
  readonly size: { readonly counters: number; readonly reservations: number }
  reserve(reserving: Reserving): Reserved
  settle(settlements: readonly ReservationSettlement[], now: number): readonly CounterStates[]
  renew(ids: readonly string[], lease: number, now: number): void
  status(counters: readonly CounterName[], now: number): CounterStates
}

/** Counts in the memory of this process: exact for one process, forgotten when it ends. */
export function memoryCounters(): MemoryCounters {
  const counters = new Map<string, Counter>()
  const reservations = new Map<string, Reservation>()
  let sweep = counters.values()
  /** Counters that were made since the last sweep. */
  let made = 0
  // A bound from below, so that finding what has lapsed costs nothing while nothing can have.
  let nextLapse = Number.POSITIVE_INFINITY

  return {
    get size() {
      return { counters: counters.size, reservations: reservations.size }
    },

    reserve({ id, state, lease, now, entries, units, settle }) {
      tidy(now)
      for (const settlement of settle) close(settlement.id, settlement.amounts)
      const asked: Counter[] = []
      let granted = units.most
      for (const entry of entries) {
        const counter = counterOf(entry, now)
        asked.push(counter)
        if (entry.caps) granted = Math.min(granted, unitsWithin(entry, free(counter, entry)))
      }
      granted = Math.max(granted, units.least)
      const refusals = refuse(entries, asked, granted)
      if (refusals) return { granted: false, refusals, states: statesOf(asked, now) }

      const lines: Line[] = []
      for (let index = 0; index < entries.length; index++) {
        const counter = asked[index]!
        const amount = amountOf(entries[index]!, granted)
        const bin = binAt(counter, now)
        bin.reserved += amount
        counter.reserved += amount
        counter.lines++
        lines.push({ counter, bin, amount })
      }
      reservations.set(id, { state, lease, lines })
      noteLease(lease)
      return { granted: true, units: granted, states: statesOf(asked, now) }
    },

    settle(settlements, now) {
      tidy(now)
      return settlements.map(({ id, amounts }) => {
        const lines = close(id, amounts)
        return lines ? lines.map(({ counter }) => stateOf(roll(counter, now), now)) : []
      })
    },

    renew(ids, lease) {
      for (const id of ids) {
        const reservation = reservations.get(id)
        if (reservation) reservation.lease = lease
      }
      // The others may have been noted by an earlier end: that costs one look, and no more.
      noteLease(lease)
    },

    status(names, now) {
      tidy(now)
      return names.map(({ key, window }) => {
        const counter = counters.get(key)
        return stateOf(counter ? roll(counter, now) : emptyCounter(key, window), now)
      })
    },
  }

  function counterOf({ key, window }: CounterEntry, now: number): Counter {
    const known = counters.get(key)
    if (known) return roll(known, now)
    const counter = emptyCounter(key, window)
    counters.set(key, counter)
    made++
    return counter
  }

  function close(id: string, amounts: readonly number[] | undefined): readonly Line[] | undefined {
    const reservation = reservations.get(id)
    if (!reservation) return undefined
    reservations.delete(id)
    for (let index = 0; index < reservation.lines.length; index++) {
      const { counter, bin, amount } = reservation.lines[index]!
      const used = amounts ? (amounts[index] ?? amount) : reservation.state === 'sent' ? amount : 0
      counter.lines--
      bin.reserved -= amount
      bin.spent += used
      if (bin.gone) continue
      counter.reserved -= amount
      counter.spent += used
    }
    return reservation.lines
  }

  /** Lets what is over go: all that has lapsed, and of the counters two, and two for each new one, in turn, if they stand empty. */
  function tidy(now: number): void {
    if (now >= nextLapse) {
      nextLapse = Number.POSITIVE_INFINITY
      for (const [id, { lease }] of reservations) {
        if (lease <= now) close(id, undefined)
        else noteLease(lease)
      }
    }
    const steps = 2 + 2 * made
    made = 0
    for (let step = 0; step < steps; step++) {
      const { value, done } = sweep.next()
      if (done) {
        sweep = counters.values()
        return
      }
      if (value.lines === 0 && roll(value, now).bins.length === 0) counters.delete(value.key)
    }
  }

  // Full seconds, so that many leases that end one after the other are found in one look.
  function noteLease(lease: number): void {
    const end = Math.ceil(lease / 1000) * 1000
    if (end < nextLapse) nextLapse = end
  }
}

interface Counter {
  readonly key: string
  readonly window: Window
  /** Oldest first: one for a calendar window, one for each span in which something was used for a rolling one. */
  readonly bins: Bin[]
  spent: number
  reserved: number
  /** How many entries of open reservations count here. */
  lines: number
}

interface Bin extends Span {
  spent: number
  reserved: number
  /** Has left the window. What is settled now no longer counts. */
  gone: boolean
}

interface Reservation {
  readonly state: 'held' | 'sent'
  lease: number
  readonly lines: readonly Line[]
}

interface Line {
  readonly counter: Counter
  /** An amount counts in the span in which it was reserved, whenever it is settled. */
  readonly bin: Bin
  readonly amount: number
}

function emptyCounter(key: string, window: Window): Counter {
  return { key, window, bins: [], spent: 0, reserved: 0, lines: 0 }
}

/** Drops what has left the window. */
function roll(counter: Counter, now: number): Counter {
  const { bins } = counter
  while (bins[0] && bins[0].leaves <= now) {
    const bin = bins.shift()!
    bin.gone = true
    counter.spent -= bin.spent
    counter.reserved -= bin.reserved
  }
  return counter
}

function binAt({ bins, window }: Counter, now: number): Bin {
  const last = bins.at(-1)
  // A clock that was set back goes on in the last span.
  if (last && now < last.until) return last
  const { start, until, leaves } = spanAt(window, now)
  const bin: Bin = { start, until, leaves, spent: 0, reserved: 0, gone: false }
  bins.push(bin)
  return bin
}

function free(counter: Counter, { limit = Number.POSITIVE_INFINITY }: CounterEntry): number {
  return limit - counter.spent - counter.reserved
}

function refuse(
  entries: readonly CounterEntry[],
  asked: readonly Counter[],
  units: number,
): readonly Refusal[] | undefined {
  let refusals: Refusal[] | undefined
  for (let index = 0; index < entries.length; index++) {
    const entry = entries[index]!
    const amount = amountOf(entry, units)
    const excess = amount - free(asked[index]!, entry)
    // What costs nothing fits even where more was billed than the limit.
    if (excess <= 0 || amount === 0) continue
    refusals ??= []
    refusals.push({ entry: index, amount, fitsAt: fitsAt(asked[index]!, excess) })
  }
  return refusals
}

function fitsAt({ bins }: Counter, excess: number): number | undefined {
  let leaving = 0
  for (const bin of bins) {
    leaving += bin.spent + bin.reserved
    if (leaving >= excess) return Number.isFinite(bin.leaves) ? bin.leaves : undefined
  }
  return undefined
}

function statesOf(counters: readonly Counter[], now: number): CounterStates {
  return counters.map((counter) => stateOf(counter, now))
}

function stateOf({ bins, window, spent, reserved }: Counter, now: number): CounterState {
  const last = bins.at(-1)
  const resetsAt = last ? last.leaves : window.type === 'rolling' ? now : spanAt(window, now).leaves
  return { spent, reserved, resetsAt }
}
