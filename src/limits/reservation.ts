import type { Attempt, Call, LimitStatus, Outcome, Reservation } from '../call.ts'
import { GatewayError } from '../errors.ts'
import { isPromise } from '../stores/access.ts'
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
import type { StoreAccess } from './store-access.ts'
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
  /** The counters that have counted this call, of those that count a call once. */
  readonly counted: string[] = []
  readonly #call: Call
  readonly #counting: Counting
  readonly #statuses = new Map<string, LimitStatus>()
  #parts: readonly Part[] = none
  #count = 0
  #over = false

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
    const { entries, units } = demand
    const ended = this.#endedAt(store)
    const id = `${this.id}.${++this.#count}`
    const now = runtime.now()
    const settle = settlements(ended)
    const reserving: Reserving = { id, state: 'sent', now, lease: this.#leaseEnd(now), entries, units, settle }

    const failed = (cause: unknown): Reserved => this.#reserveLocally(cause, reserving, demand, attempt)
    const answered = (answer: Reserved): Reserved => {
      if (!isReserved(answer, entries.length)) return failed({ code: 'what it gave is no answer to reserve' })
      this.#settled(ended, undefined)
      this.#wake(ended)
      return this.#taken(answer, reserving, demand, attempt, store)
    }
    let answer: Awaitable<Reserved>
    try {
      answer = store.reserve(reserving)
    } catch (cause) {
      return failed(cause)
    }
    if (!isPromise(answer)) return answered(answer)
    const late = answer
    return access.ask(late, runtime).then(answered, (cause: unknown) => {
      // It may yet be granted, to nobody.
      const nothing = [{ id, amounts: entries.map(() => 0) }]
      late.then(() => access.insist(() => store.settle(nothing, runtime.now()), runtime, ignore), ignore)
      return failed(cause)
    })
  }

  /** Settles what has ended. What is still under way settles when it ends. */
  finish(): void {
    this.#over = true
    this.#settle(this.#counting.store)
    this.#settle(this.#counting.local)
  }

  /** Tells where the limits stand, and stood: the last that is told of a call counts. */
  tell(lines: readonly Line[], states: CounterStates): void {
    for (let index = 0; index < lines.length; index++) {
      const line = lines[index]!
      this.#statuses.set(line.key, limitStatus(line, states[index]!))
    }
    this.#call.trace.note({ type: 'limits', limits: [...this.#statuses.values()] })
  }

  /** Moves the end of the lease of all that is still open. */
  renew(): void {
    const { access, store, local } = this.#counting
    const { runtime } = this.#call
    for (const at of [store, local]) {
      const ids = this.#parts.filter((part) => part.store === at).map(({ id }) => id)
      if (ids.length === 0) continue
      access.insist(() => at.renew(ids, this.#leaseEnd(runtime.now()), runtime.now()), runtime, ignore)
    }
  }

  /** Whether a stream may run for longer than its lease. */
  get mustRenew(): boolean {
    const { deadline, request, runtime } = this.#call
    return request.stream === true && deadline - runtime.now() + grace > streamLease
  }

  /** A stream renews its lease while it runs. Nothing else can, so it has one until after its deadline. */
  #leaseEnd(now: number): number {
    const { deadline, request } = this.#call
    return now + Math.min(Math.max(deadline - now, 0) + grace, request.stream ? streamLease : longestLease)
  }

  #taken(
    answer: Reserved,
    { id, entries }: Reserving,
    { lines }: AttemptDemand,
    attempt: Attempt,
    store: CounterStore,
  ): Reserved {
    if (!answer.granted) return answer
    const { units, states } = answer
    const part: Part = {
      id,
      store,
      lines,
      reserved: entries.map((entry) => amountOf(entry, units)),
      states,
      used: undefined,
    }
    this.#parts = [...this.#parts, part]
    for (const { meter, key } of lines) if (meter.once) this.counted.push(key)
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
    this.#warn(`${why}: this process counts by itself.`)
    const { local } = this.#counting
    const answer = local.reserve({ ...reserving, settle: none }) as Reserved
    return this.#taken(answer, reserving, demand, attempt, local)
  }

  #end(part: Part, { charge, deployment }: Outcome): void {
    part.used = part.lines.map(({ meter }, index) => {
      const reserved = part.reserved[index]!
      const used = meter.used(charge, reserved)
      if (meter.kind === 'budget' && used > reserved) {
        this.#warn(
          `${deployment?.id ?? 'An attempt'} cost ${dollars(used)}, ${dollars(used - reserved)} more than the bound of its request: an overrun of "${meter.rule}".`,
        )
      }
      return used
    })
    // A hedge that lost may end after its call has settled.
    if (this.#over) this.#settle(part.store)
  }

  #settle(store: CounterStore): void {
    const ended = this.#endedAt(store)
    if (ended.length === 0) return
    const { access } = this.#counting
    const { runtime } = this.#call
    let states: readonly CounterStates[] | undefined
    const settle = () => store.settle(settlements(ended), runtime.now())
    access.insist(settle, runtime, (answer) => {
      states = answer
      this.#wake(ended)
    })
    this.#settled(ended, states)
  }

  #settled(ended: readonly Part[], states: readonly CounterStates[] | undefined): void {
    if (ended.length === 0) return
    this.#parts = this.#parts.filter((part) => !ended.includes(part))
    for (let index = 0; index < ended.length; index++) {
      const part = ended[index]!
      const known = states?.[index]
      const standing = known?.length ? known : foreseen(part)
      for (let at = 0; at < part.lines.length; at++) {
        const { meter, subject, limit } = part.lines[at]!
        const { spent } = standing[at]!
        if (meter.hard || spent <= limit) continue
        this.#warn(`The budget ${named(meter, subject)} is overspent: ${dollars(spent)} of ${dollars(limit)}.`)
      }
      this.tell(part.lines, standing)
    }
  }

  #warn(message: string): void {
    this.#call.trace.note({ type: 'warning', message })
  }

  /** Lets those try again who wait for what has been settled. */
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

/** Whether a store of one's own answers as its type says: what is missing would be missed when the answer has been paid. */
function isReserved(answer: Reserved | undefined, entries: number): boolean {
  if (answer?.states?.length !== entries) return false
  return answer.granted ? Number.isFinite(answer.units) : answer.refusals?.length > 0
}

function settlements(ended: readonly Part[]): readonly ReservationSettlement[] {
  return ended.map(({ id, used, reserved }) => ({ id, amounts: used ?? reserved }))
}

function ignore(): void {}

const none: readonly never[] = []

/** Longer than any settlement takes that is under way when the deadline strikes. */
const grace = 30_000
const streamLease = 15 * 60_000
const longestLease = 24 * 3_600_000
