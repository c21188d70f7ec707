import type { Attempt, Call, LimitStatus, Outcome, Reservation } from '../call.ts'
import { GatewayError } from '../errors.ts'
import {
  type Awaitable,
  amountOf,
  type CounterStates,
  type CounterStore,
  type ReservationSettlement,
  type Reserved,
  type Reserving,
} from '../stores/counters.ts'
import type { AttemptDemand } from './demand.ts'
import { type Line, limitStatus } from './meter.ts'
import { dollars, named } from './refusal.ts'
import { isPromise, type StoreAccess } from './store-access.ts'
import type { Waiting } from './waiting.ts'

/** What the reservations of all calls share. */
export interface Counting {
  readonly store: CounterStore
  /** Counts in this process while the store is away. Answers at once. */
  readonly local: CounterStore
  readonly access: StoreAccess
  readonly waiting: Waiting
}

/**
 * What one call holds: a part for each attempt that was sent. The next attempt settles in the store what has ended when it
 * reserves; the end of the call settles the rest, in one operation; an attempt that outlives its call settles by itself.
 */
export class CallReservation implements Reservation {
  readonly id: string
  readonly #call: Call
  readonly #counting: Counting
  #parts: readonly Part[] = none
  #count = 0
  #over = false
  /** The counters that have counted this call, of those that count a call once. */
  counted: readonly string[] = none
  #statuses: ReadonlyMap<string, LimitStatus> | undefined

  /** `turn` tells apart what one call holds when it comes this way twice. */
  constructor(call: Call, counting: Counting, turn: number) {
    this.id = `${call.id}.${turn}`
    this.#call = call
    this.#counting = counting
  }

  /** Reserves what an attempt may take at most, as sent: nothing stands between this and the provider. */
  reserve(demand: AttemptDemand, attempt: Attempt): Awaitable<Reserved> {
    const { store, access } = this.#counting
    const { runtime } = this.#call
    const ended = this.#endedAt(store)
    this.#count += 1
    const reserving: Reserving = {
      id: `${this.id}.${this.#count}`,
      state: 'sent',
      now: runtime.now(),
      lease: this.#leaseEnd(),
      entries: demand.entries,
      units: demand.units,
      settle: settlements(ended),
    }
    let asked: Awaitable<Reserved>
    try {
      asked = store.reserve(reserving)
    } catch (cause) {
      return this.#reserveLocally(cause, reserving, demand, attempt)
    }
    if (!isPromise(asked)) return this.#taken(asked, reserving, demand, attempt, ended)
    const answer = asked
    return access.ask(answer, runtime).then(
      (reserved) => this.#taken(reserved, reserving, demand, attempt, ended),
      (cause: unknown) => {
        // It may yet be granted, to nobody.
        const nothing = [{ id: reserving.id, amounts: demand.entries.map(() => 0) }]
        const release = (): void => access.insist(() => store.settle(nothing, runtime.now()), runtime, ignore)
        answer.then(release, ignore)
        return this.#reserveLocally(cause, reserving, demand, attempt)
      },
    )
  }

  /** Settles what has ended. What is still under way settles when it ends. */
  finish(): void {
    this.#over = true
    const { store, local } = this.#counting
    this.#settle(this.#endedAt(store), store)
    this.#settle(this.#endedAt(local), local)
  }

  /** Tells where the limits stand. */
  tell(lines: readonly Line[], states: CounterStates): void {
    const { trace } = this.#call
    let limits: readonly LimitStatus[] = lines.map((line, index) => limitStatus(line, states[index]!))
    if (this.#statuses || !this.#over || this.#parts.length > 0) {
      // The last note counts, so that it must hold what the others held.
      const statuses = new Map(this.#statuses)
      for (let index = 0; index < lines.length; index++) statuses.set(lines[index]!.key, limits[index]!)
      this.#statuses = statuses
      limits = [...statuses.values()]
    }
    trace.note({ type: 'limits', limits })
  }

  /** Moves the end of the lease of all that is still open. */
  renew(): void {
    const { access, store, local } = this.#counting
    const { runtime } = this.#call
    for (const at of [store, local]) {
      const ids = this.#parts.filter((part) => part.store === at).map(({ id }) => id)
      if (ids.length === 0) continue
      access.insist(() => at.renew(ids, this.#leaseEnd(), runtime.now()), runtime, ignore)
    }
  }

  /** Whether a stream may run for longer than its lease. */
  get mustRenew(): boolean {
    const { deadline, request, runtime } = this.#call
    return request.stream === true && deadline - runtime.now() + grace > streamLease
  }

  /** A stream renews its lease while it runs. Nothing else can, so it has one until after its deadline. */
  #leaseEnd(): number {
    const { deadline, request, runtime } = this.#call
    const now = runtime.now()
    return now + Math.min(Math.max(deadline - now, 0) + grace, request.stream ? streamLease : longestLease)
  }

  #taken(
    answer: Reserved,
    { id, entries }: Reserving,
    { lines }: AttemptDemand,
    attempt: Attempt,
    ended: readonly Part[],
    store: CounterStore = this.#counting.store,
  ): Reserved {
    if (ended.length > 0) this.#settled(ended, undefined)
    if (!answer.granted) return answer
    const { units, states } = answer
    const reserved = entries.map((entry) => amountOf(entry, units))
    const part: Part = { id, store, lines, reserved, states, used: undefined }
    this.#parts = [...this.#parts, part]
    for (const { meter, key } of lines) if (meter.once) this.counted = [...this.counted, key]
    attempt.settlement.on((outcome) => this.#end(part, outcome))
    return answer
  }

  #reserveLocally(cause: unknown, reserving: Reserving, demand: AttemptDemand, attempt: Attempt): Reserved {
    const closed = demand.lines.find(({ meter }) => meter.closed)
    const { code, name } = Object(cause) as { code?: unknown; name?: unknown }
    const why = `The store of limits did not answer (${String(code ?? name ?? 'unknown error')})`
    if (closed) {
      throw new GatewayError('store_unavailable', `${why}: "${closed.meter.rule}" admits nothing that it cannot count.`)
    }
    this.#call.trace.note({ type: 'warning', message: `${why}: this process counts by itself.` })
    const { local } = this.#counting
    const answer = local.reserve({ ...reserving, settle: none }) as Reserved
    return this.#taken(answer, reserving, demand, attempt, none, local)
  }

  #end(part: Part, { charge, deployment }: Outcome): void {
    part.used = part.lines.map(({ meter }, index) => {
      const reserved = part.reserved[index]!
      const used = meter.used(charge, reserved)
      if (meter.kind === 'budget' && used > reserved) {
        const message = `${deployment?.id ?? 'An attempt'} cost ${dollars(used)}, ${dollars(used - reserved)} more than the bound of its request: an overrun of "${meter.rule}".`
        this.#call.trace.note({ type: 'warning', message })
      }
      return used
    })
    // A hedge that lost may end after its call has settled.
    if (this.#over) this.#settle([part], part.store)
  }

  #settle(ended: readonly Part[], store: CounterStore): void {
    if (ended.length === 0) return
    const { access } = this.#counting
    const { runtime } = this.#call
    let told = false
    const tell = (states: readonly CounterStates[] | undefined): void => {
      if (!told) this.#settled(ended, states)
      else this.#wake(ended)
      told = true
    }
    access.insist(() => store.settle(settlements(ended), runtime.now()), runtime, tell)
    if (!told) tell(undefined)
  }

  #settled(ended: readonly Part[], states: readonly CounterStates[] | undefined): void {
    this.#parts = this.#parts.filter((part) => !ended.includes(part))
    for (let index = 0; index < ended.length; index++) {
      const part = ended[index]!
      const known = states?.[index]
      const standing = known?.length ? known : foreseen(part)
      this.#warn(part.lines, standing)
      this.tell(part.lines, standing)
    }
    this.#wake(ended)
  }

  #warn(lines: readonly Line[], states: CounterStates): void {
    for (let index = 0; index < lines.length; index++) {
      const { meter, subject, limit } = lines[index]!
      const { spent } = states[index]!
      if (meter.hard || spent <= limit) continue
      const message = `The budget ${named(meter, subject)} is overspent: ${dollars(spent)} of ${dollars(limit)}.`
      this.#call.trace.note({ type: 'warning', message })
    }
  }

  #wake(ended: readonly Part[]): void {
    const { waiting } = this.#counting
    if (waiting.idle) return
    for (const { lines } of ended) for (const { key } of lines) waiting.next(key)
  }

  #endedAt(store: CounterStore): readonly Part[] {
    return this.#parts.length === 0 ? none : this.#parts.filter((part) => part.used && part.store === store)
  }
}

/** What is reserved for one attempt. */
interface Part {
  readonly id: string
  readonly store: CounterStore
  readonly lines: readonly Line[]
  readonly reserved: readonly number[]
  /** Where the counters stood when it was reserved. */
  readonly states: CounterStates
  /** What it took, once it has ended. */
  used: readonly number[] | undefined
}

/** Where the counters of a part that has ended will stand, while their store has not said so yet. */
function foreseen({ states, used, reserved }: Part): CounterStates {
  return states.map((state, index) => ({
    ...state,
    spent: state.spent + used![index]!,
    reserved: Math.max(0, state.reserved - reserved[index]!),
  }))
}

function settlements(ended: readonly Part[]): readonly ReservationSettlement[] {
  return ended.length === 0 ? none : ended.map(({ id, used, reserved }) => ({ id, amounts: used ?? reserved }))
}

function ignore(): void {}

const none: readonly never[] = []

/** Longer than any settlement takes that is under way when the deadline strikes. */
const grace = 30_000
const streamLease = 15 * 60_000
const longestLease = 24 * 3_600_000
