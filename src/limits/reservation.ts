import type { Attempt, Call, LimitStatus, Outcome, Reservation } from '../call.ts'
import { GatewayError } from '../errors.ts'
import {
  type Awaitable,
  amountOf,
  type CounterStates,
  type CounterStore,
  type Reserved,
  type Reserving,
} from '../stores/counters.ts'
import type { AttemptDemand } from './demand.ts'
import { type Line, limitStatus } from './meter.ts'
import { dollars } from './refusal.ts'
import { isPromise, type StoreAccess } from './store-access.ts'
import type { Waiting } from './waiting.ts'

/** What the reservations of all calls share. */
export interface Counting {
  readonly store: CounterStore
  /** Counts in this process while the store is away. */
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
  #parts: Part[] = []
  #count = 0
  #over = false
  readonly #counted = new Set<string>()
  #statuses: ReadonlyMap<string, LimitStatus> | undefined

  constructor(call: Call, counting: Counting) {
    this.id = call.id
    this.#call = call
    this.#counting = counting
  }

  /** Whether this call has been counted there, where it counts once. */
  readonly isCounted = (key: string): boolean => this.#counted.has(key)

  /** Reserves what an attempt may take at most, as sent: nothing stands between this and the provider. */
  reserve(demand: AttemptDemand, attempt: Attempt): Awaitable<Reserved> {
    const { store, access } = this.#counting
    const { runtime } = this.#call
    this.#count += 1
    const ended = this.#parts.filter(({ used, store: at }) => used && at === store)
    const reserving: Reserving = {
      id: `${this.id}:${this.#count}`,
      state: 'sent',
      now: runtime.now(),
      lease: this.leaseEnd(),
      entries: demand.entries,
      units: demand.units,
      settle: settlements(ended),
    }
    const take = (answer: Reserved): Reserved => {
      this.#remove(ended)
      this.#note(ended, undefined)
      this.#wake(ended)
      return this.#take(answer, reserving, demand, attempt, store)
    }
    const takeLocally = (cause: unknown): Reserved => {
      this.#mayCountLocally(demand, cause)
      const { local } = this.#counting
      // It answers at once, for it is in memory.
      const answer = local.reserve({ ...reserving, settle: [] }) as Reserved
      return this.#take(answer, reserving, demand, attempt, local)
    }

    let asked: Awaitable<Reserved>
    try {
      asked = store.reserve(reserving)
    } catch (cause) {
      return takeLocally(cause)
    }
    if (!isPromise(asked)) return take(asked)
    const answer = asked
    return access.ask(answer, runtime).then(take, (cause: unknown) => {
      // It may yet be granted, to nobody.
      const nothing = [{ id: reserving.id, amounts: demand.entries.map(() => 0) }]
      answer.then(
        () =>
          access.insist(
            () => store.settle(nothing, runtime.now()),
            runtime,
            () => {},
          ),
        () => {},
      )
      return takeLocally(cause)
    })
  }

  /** Settles what has ended. What is still under way settles when it ends. */
  finish(): void {
    this.#over = true
    this.#settle(this.#parts.filter(({ used }) => used))
  }

  /** Where the limits stood when they were last heard of. */
  refused(lines: readonly Line[], states: CounterStates): void {
    this.#tell(lines, states)
  }

  /** Moves the end of the lease of all that is still open. */
  renew(): void {
    const { access, store, local } = this.#counting
    const { runtime } = this.#call
    for (const at of [store, local]) {
      const ids = this.#parts.filter((part) => part.store === at).map(({ id }) => id)
      if (ids.length > 0)
        access.insist(
          () => at.renew(ids, this.leaseEnd(), runtime.now()),
          runtime,
          () => {},
        )
    }
  }

  /** A stream renews its lease while it runs. Nothing else can, so it has one until after its deadline. */
  leaseEnd(): number {
    const { deadline, request, runtime } = this.#call
    const now = runtime.now()
    return now + Math.min(Math.max(deadline - now, 0) + grace, request.stream ? streamLease : longestLease)
  }

  /** Whether a stream may run for longer than its lease. */
  get mustRenew(): boolean {
    const { deadline, request, runtime } = this.#call
    return request.stream === true && deadline - runtime.now() + grace > streamLease
  }

  #take(
    answer: Reserved,
    { id, entries }: Reserving,
    { lines }: AttemptDemand,
    attempt: Attempt,
    store: CounterStore,
  ): Reserved {
    if (!answer.granted) return answer
    const reserved = entries.map((entry) => amountOf(entry, answer.units))
    const part: Part = { id, store, lines, reserved, states: answer.states, used: undefined }
    this.#parts.push(part)
    for (const { meter, key } of lines) if (meter.once) this.#counted.add(key)
    attempt.settlement.on((outcome) => this.#ended(part, outcome))
    return answer
  }

  #ended(part: Part, { charge, deployment }: Outcome): void {
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
    if (this.#over) this.#settle([part])
  }

  #settle(ended: readonly Part[]): void {
    const { store, local, access } = this.#counting
    const { runtime } = this.#call
    this.#remove(ended)
    for (const at of store === local ? [store] : [store, local]) {
      const parts = ended.filter((part) => part.store === at)
      if (parts.length === 0) continue
      let states: readonly CounterStates[] | undefined
      access.insist(
        () => at.settle(settlements(parts), runtime.now()),
        runtime,
        (answer) => {
          states = answer
          this.#wake(parts)
        },
      )
      this.#note(parts, states)
    }
  }

  #remove(ended: readonly Part[]): void {
    if (ended.length > 0) this.#parts = this.#parts.filter((part) => !ended.includes(part))
  }

  #wake(parts: readonly Part[]): void {
    for (const { lines } of parts) for (const { key } of lines) this.#counting.waiting.next(key)
  }

  /** Tells where the limits stand. A store that has not answered yet said, when it was asked, what leads there. */
  #note(parts: readonly Part[], states: readonly CounterStates[] | undefined): void {
    parts.forEach(({ lines, reserved, used, states: before }, index) => {
      const known = states?.[index]
      this.#tell(
        lines,
        known?.length
          ? known
          : before.map((state, line) => ({
              ...state,
              spent: state.spent + used![line]!,
              reserved: Math.max(0, state.reserved - reserved[line]!),
            })),
      )
    })
  }

  #tell(lines: readonly Line[], states: CounterStates): void {
    const statuses = new Map(this.#statuses)
    lines.forEach((line, index) => {
      statuses.set(line.key, limitStatus(line, states[index]!))
    })
    this.#statuses = statuses
    this.#call.trace.note({ type: 'limits', limits: [...statuses.values()] })
  }

  #mayCountLocally({ lines }: AttemptDemand, cause: unknown): void {
    const closed = lines.find(({ meter }) => meter.closed)
    const { code, name } = Object(cause) as { code?: unknown; name?: unknown }
    const why = `The store of limits did not answer (${String(code ?? name ?? 'unknown error')})`
    if (closed)
      throw new GatewayError(
        'store_unavailable',
        `${why}, and "${closed.meter.rule}" admits nothing that it cannot count.`,
      )
    this.#call.trace.note({ type: 'warning', message: `${why}: this process counts by itself.` })
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

function settlements(parts: readonly Part[]): Reserving['settle'] {
  return parts.map(({ id, used, reserved }) => ({ id, amounts: used ?? reserved }))
}

/** Longer than any settlement takes that is under way when the deadline strikes. */
const grace = 30_000
const streamLease = 15 * 60_000
const longestLease = 24 * 3_600_000
