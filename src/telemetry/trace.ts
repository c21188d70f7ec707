import type {
  AttemptTrace,
  CacheStatus,
  LimitStatus,
  Outcome,
  Principal,
  Recorder,
  TimedNote,
  TraceNote,
} from '../call.ts'
import { copyOf } from '../copy.ts'
import type { ErrorCode, Exclusion, FailedAttempt } from '../errors.ts'
import type { Usage } from '../operations/operation.ts'

/** The record of one call. A snapshot: that of a running stream says what is known so far. */
export interface Trace {
  /** Also in the header `x-zerohop-call` of what `gateway.fetch` gives. */
  readonly id: string
  readonly operation: string
  /** The name that was asked for. */
  readonly model: string
  readonly principal: Principal
  readonly status: 'running' | 'completed' | 'cancelled' | 'failed'
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** Milliseconds of the whole call. */
  readonly duration: number | undefined
  /** Milliseconds to a stream's first content. */
  readonly firstContent: number | undefined
  readonly cache: CacheStatus
  /** How old a cached answer was, in milliseconds. */
  readonly cacheAge: number | undefined
  /** Who answered: `provider/model[@region][#label]`. */
  readonly deployment: string | undefined
  readonly provider: string | undefined
  readonly usage: Usage
  /** Dollars of all attempts together, those that lost or failed included. Undefined, never 0, when a price or a usage is unknown. */
  readonly cost: number | undefined
  /** The cost rests on a bound, for a provider did not report its usage. */
  readonly estimated: boolean
  /** Dollars that the cache saved. */
  readonly saved: number | undefined
  readonly attempts: readonly AttemptTrace[]
  /** The groups that were asked one after the other. */
  readonly fallbacks: readonly { readonly from: string; readonly to: string; readonly because: ErrorCode }[]
  readonly excluded: readonly Exclusion[]
  /** Where the budgets and rate limits of the principal stand. */
  readonly limits: readonly LimitStatus[]
  /** What was left out or translated on the way to the provider, and the like. */
  readonly warnings: readonly string[]
  readonly error: { readonly code: ErrorCode; readonly message: string } | undefined
  /** All that was noted, in order. */
  readonly notes: readonly TimedNote[]
}

/** Writes the trace of one call. */
export class TraceRecorder implements Recorder {
  readonly #head: Pick<Trace, 'id' | 'operation' | 'model' | 'principal' | 'startedAt'>
  readonly #now: () => number
  readonly #attempts: AttemptTrace[] = []
  readonly #notes: TraceNote[] = []
  readonly #times: number[] = []
  #outcome: Outcome | undefined
  #endedAt: number | undefined

  constructor(head: Pick<Trace, 'id' | 'operation' | 'model' | 'principal' | 'startedAt'>, now: () => number) {
    this.#head = head
    this.#now = now
  }

  note(note: TraceNote): void {
    this.#notes.push(note)
    this.#times.push(this.#now())
  }

  attempt(start: AttemptTrace): (change: Partial<AttemptTrace>) => void {
    // All fields from the start: an object that grows is slow.
    const attempt: Mutable<AttemptTrace> = {
      number: start.number,
      deployment: start.deployment,
      provider: start.provider,
      key: start.key,
      startedAt: start.startedAt,
      status: start.status,
      firstContent: undefined,
      duration: undefined,
      code: undefined,
      message: undefined,
      httpStatus: undefined,
      requestId: undefined,
      charge: undefined,
      hedge: start.hedge,
    }
    this.#attempts.push(attempt)
    return (change) => void Object.assign(attempt, change)
  }

  get id(): string {
    return this.#head.id
  }

  get cache(): CacheStatus {
    for (let index = this.#notes.length - 1; index >= 0; index--) {
      const note = this.#notes[index]!
      if (note.type === 'cache') return note.status
    }
    return 'off'
  }

  /** Dollars of all attempts together; undefined when one of them is not known. */
  get cost(): number | undefined {
    let total = 0
    for (const { charge } of this.#attempts) {
      if (!charge?.cost) return undefined
      total += charge.cost.total
    }
    return dollars(total)
  }

  /** Those that were not asked, group by group. */
  get excluded(): readonly Exclusion[] {
    return this.#notes.flatMap((note) => (note.type === 'route' ? note.excluded : []))
  }

  /** The tries that failed, as an error reports them. */
  get failedAttempts(): readonly FailedAttempt[] {
    return this.#attempts.flatMap(({ deployment, code, message = '', httpStatus, duration = 0 }) =>
      code ? [{ deployment, code, message, status: httpStatus, duration }] : [],
    )
  }

  settle(outcome: Outcome): void {
    this.#outcome = outcome
    this.#endedAt = this.#now()
  }

  snapshot(): Trace {
    const { startedAt, principal } = this.#head
    // Copies, for whoever gets a trace may change it.
    const attempts = copyOf(this.#attempts)
    const outcome = this.#outcome
    const notes: readonly TimedNote[] = this.#notes.map((note, index) => ({ ...copyOf(note), at: this.#times[index]! }))
    const hit = notes.findLast((note) => note.type === 'cache')
    const served = attempts.findLast(
      ({ status, firstContent }) => status === 'completed' || (status === 'running' && firstContent !== undefined),
    )
    const charges = attempts.map(({ charge }) => charge)
    return {
      ...this.#head,
      principal: copyOfPrincipal(principal),
      status: outcome?.status ?? 'running',
      duration: this.#endedAt === undefined ? undefined : this.#endedAt - startedAt,
      firstContent: served?.firstContent === undefined ? undefined : served.startedAt - startedAt + served.firstContent,
      cache: hit?.status ?? 'off',
      cacheAge: hit?.age,
      deployment: outcome?.deployment?.id ?? served?.deployment,
      provider: outcome?.deployment?.provider.id ?? served?.provider,
      usage: copyOf(outcome?.charge?.usage ?? served?.charge?.usage ?? outcome?.response?.usage ?? {}),
      cost: this.cost,
      estimated: charges.some((charge) => charge?.estimated),
      saved: hit?.saved === undefined ? undefined : dollars(hit.saved),
      attempts,
      fallbacks: notes
        .filter((note) => note.type === 'fallback')
        .map(({ from, to, because }) => ({ from, to, because })),
      excluded: copyOf(this.excluded),
      limits: notes.findLast((note) => note.type === 'limits')?.limits ?? [],
      warnings: notes.filter((note) => note.type === 'warning').map(({ message }) => message),
      error: outcome?.error && { code: outcome.error.code, message: outcome.error.message },
      notes,
    }
  }
}

/** Fields of a user's own may hold anything: only what is ours goes deeper. */
function copyOfPrincipal(principal: Principal): Principal {
  const copy: Record<string, unknown> = { ...principal }
  for (const name in copy) if (Array.isArray(copy[name])) copy[name] = [...copy[name]]
  return copy
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** Dollars of integer nano-dollars. */
export function dollars(nano: number): number {
  return nano / 1e9
}
