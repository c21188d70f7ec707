import type { Attempt, Deployment } from '../call.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { type ErrorCode, type Exclusion, errorTraits, GatewayError } from '../errors.ts'
import type { Middleware } from '../middleware.ts'
import type { Fleet, FleetLink } from './fleet.ts'

export interface CircuitBreakerOptions {
  /** Opens when more than this share of the calls of a window failed. @default 0.5 */
  readonly errorRatio?: number | undefined
  /** … of at least this many calls. @default 10 */
  readonly minimumCalls?: number | undefined
  /** @default '30s' */
  readonly window?: Duration | undefined
  /** Counts the current window of the clock, such as the current minute, in place of the time just past. @default false */
  readonly calendar?: boolean | undefined
  /** Opens after this many failures in a row, whatever the ratio. @default 5 */
  readonly consecutiveFailures?: number | undefined
  /** Failures that open at once, such as `rate_limited`. @default none */
  readonly opensOn?: readonly ErrorCode[] | undefined
  /** How long an open circuit rests before one call may probe. Doubles each time a probe fails. @default '5s' */
  readonly cooldown?: Duration | undefined
  /** @default '60s' */
  readonly maxCooldown?: Duration | undefined
  /** Called with each change. What it throws, or rejects with, is ignored. */
  readonly onChange?: ((change: CircuitChange) => void | Promise<void>) | undefined
  /** Tells the gateways of other processes, and hears from them: `fleet(store)`. @default none */
  readonly fleet?: Fleet | undefined
}

/** The options of a breaker that opens by hand only. */
export const neverOpens: CircuitBreakerOptions = {
  minimumCalls: Number.POSITIVE_INFINITY,
  consecutiveFailures: Number.POSITIVE_INFINITY,
}

/** A circuit that opened, was probed, or closed. */
export interface CircuitChange {
  /** `provider/model[@region][#label]` */
  readonly deployment: string
  readonly state: 'closed' | 'open' | 'half-open'
  /** When an open circuit may be probed, in milliseconds since 1970; `Infinity` when only by hand. */
  readonly until?: number | undefined
  /** The failure that opened it. */
  readonly because?: ErrorCode | undefined
  /** What changed it: calls, another gateway of the fleet, or `gateway.breaker`. */
  readonly by: 'calls' | 'fleet' | 'hand'
}

/** How one circuit stands. */
export interface CircuitState {
  readonly deployment: string
  readonly state: 'closed' | 'open' | 'half-open'
  /** When an open circuit may be probed, in milliseconds since 1970. */
  readonly until: number | undefined
  /** What opened it. */
  readonly by: CircuitChange['by'] | undefined
  /** The calls of the window that say something of the deployment, and how many of them failed. */
  readonly calls: number
  readonly failures: number
  readonly failuresInARow: number
}

/** What of the circuits is worth keeping from one process to the next. Plain JSON. */
export type CircuitSnapshot = readonly {
  readonly deployment: string
  /** Null when it is opened by hand until it is closed by hand; 0 when it is closed. */
  readonly until: number | null
  readonly by: CircuitChange['by'] | undefined
  /** Milliseconds that it rests the next time. */
  readonly cooldown: number
  readonly failuresInARow: number
}[]

/** Stops sending to a deployment that keeps failing, until a probe succeeds. One circuit for each provider, model and region. */
export interface CircuitBreaker {
  /** Around each attempt: it needs a deployment, so it does not fit around a call. */
  readonly middleware: Middleware<Attempt>
  /** Why a deployment is not to be asked at a time; undefined when it may be. */
  blocked(deployment: Deployment, now: number): Exclusion | undefined
  /** The deployments whose circuits are not closed. */
  suspects(): ReadonlySet<string>
  /** Whether a deployment is due for a probe. */
  probing(deployment: Deployment, now: number): boolean
  /** How the circuits stand of which something is known. */
  state(now: number): readonly CircuitState[]
  /** Opens a circuit by hand, for so many milliseconds. Nothing is sent there meanwhile, not even as the last resort. */
  open(deployment: string, now: number, duration: number): void
  /** Closes a circuit by hand, and forgets its failures. */
  close(deployment: string): void
  snapshot(now: number): CircuitSnapshot
  restore(snapshot: CircuitSnapshot, now: number): void
  /** Resolves when the fleet has been told. */
  flush(): Promise<void>
}

/** How many slices a window is counted in: what is older than the window leaves slice by slice. */
const slicesOfWindow = 10
/** The most circuits that are remembered, so that made-up names of models cannot fill the memory. */
const mostCircuits = 4096

interface Circuit {
  readonly deployment: string
  state: 'closed' | 'open' | 'half-open'
  /** When an open circuit may be probed. */
  until: number
  by: CircuitChange['by'] | undefined
  /** How long it rests the next time. */
  cooldown: number
  inARow: number
  probe: Attempt | undefined
  /** Counts the times that it opened and closed. An attempt that began before says nothing of the time since. */
  epoch: number
  readonly calls: number[]
  readonly failures: number[]
  /** The number of the newest slice. */
  slice: number
}

export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  const { errorRatio = 0.5, minimumCalls = 10, consecutiveFailures = 5, opensOn = [], onChange } = options
  const slices = options.calendar ? 1 : slicesOfWindow
  const window = milliseconds(options.window ?? '30s', 'breaker.window')
  if (window < 1) {
    const said = JSON.stringify(options.window)
    throw new GatewayError('invalid_configuration', `breaker.window is ${said}: it must be a millisecond at least.`)
  }
  const sliceLength = window / slices
  const firstCooldown = milliseconds(options.cooldown ?? '5s', 'breaker.cooldown')
  const maxCooldown = milliseconds(options.maxCooldown ?? '60s', 'breaker.maxCooldown')
  const circuits = new Map<string, Circuit>()
  /** Those that are not closed. Mostly none: then nobody need be looked up. */
  const troubled = new Set<string>()
  const fleet: FleetLink | undefined = options.fleet?.({
    isOpen: (deployment) => (circuits.get(deployment)?.state ?? 'closed') !== 'closed',
    open(deployment, ms, now) {
      open(circuitOf(deployment), now + Math.min(ms, maxCooldown), 'fleet')
    },
    close(deployment) {
      const circuit = circuits.get(deployment)
      // What was found here is for a probe of ours to undo.
      if (circuit?.by === 'fleet') close(circuit, 'fleet')
    },
  })

  function circuitOf(deployment: string): Circuit {
    let circuit = circuits.get(deployment)
    if (!circuit) {
      circuit = {
        deployment,
        state: 'closed',
        until: 0,
        by: undefined,
        cooldown: firstCooldown,
        inARow: 0,
        probe: undefined,
        epoch: 0,
        calls: new Array<number>(slices).fill(0),
        failures: new Array<number>(slices).fill(0),
        slice: 0,
      }
      if (circuits.size >= mostCircuits) forgetOne()
      circuits.set(deployment, circuit)
    }
    return circuit
  }

  /** One that is closed, or else the one that is known for longest: a circuit that was opened by hand never. */
  function forgetOne(): void {
    let oldest: string | undefined
    for (const [deployment, { state, by }] of circuits) {
      if (state === 'closed') return void circuits.delete(deployment)
      if (by !== 'hand') oldest ??= deployment
    }
    if (oldest === undefined) return
    circuits.delete(oldest)
    troubled.delete(oldest)
  }

  /** Empties the slices that the window has left behind. */
  function roll(circuit: Circuit, now: number): void {
    const slice = Math.floor(now / sliceLength)
    for (let old = Math.max(circuit.slice + 1, slice - slices + 1); old <= slice; old++) {
      circuit.calls[old % slices] = 0
      circuit.failures[old % slices] = 0
    }
    circuit.slice = slice
  }

  function count(circuit: Circuit, failed: boolean, now: number): void {
    roll(circuit, now)
    circuit.calls[circuit.slice % slices]! += 1
    if (failed) circuit.failures[circuit.slice % slices]! += 1
    circuit.inARow = failed ? circuit.inARow + 1 : 0
  }

  function tooMany({ calls, failures, inARow }: Circuit): boolean {
    const all = sum(calls)
    return inARow >= consecutiveFailures || (all >= minimumCalls && sum(failures) > errorRatio * all)
  }

  function open(circuit: Circuit, until: number, by: CircuitChange['by'], because?: ErrorCode): void {
    // It may have been forgotten while an attempt was under way.
    if (circuits.get(circuit.deployment) !== circuit) return
    troubled.add(circuit.deployment)
    circuit.state = 'open'
    circuit.until = until
    circuit.by = by
    circuit.epoch += 1
    told({ deployment: circuit.deployment, state: 'open', until, because, by })
  }

  function close(circuit: Circuit, by: CircuitChange['by']): void {
    troubled.delete(circuit.deployment)
    circuit.state = 'closed'
    circuit.until = 0
    circuit.by = undefined
    circuit.cooldown = firstCooldown
    circuit.inARow = 0
    circuit.calls.fill(0)
    circuit.failures.fill(0)
    circuit.epoch += 1
    told({ deployment: circuit.deployment, state: 'closed', by })
  }

  function told(change: CircuitChange): void {
    // A listener that fails, now or later, never fails a call.
    if (onChange) void (async () => onChange(change))().catch(() => {})
  }

  return {
    // Not async, as most of those around an attempt: a promise for each would be half of what a call costs.
    middleware: function circuitBreaker(attempt, next) {
      const { runtime, forced, settlement, trace } = attempt
      const { id } = attempt.deployment
      fleet?.look(attempt)
      const circuit = circuitOf(id)
      if (circuit.state !== 'closed') {
        if (isDue(circuit, runtime.now())) {
          circuit.state = 'half-open'
          circuit.probe = attempt
          trace.note({ type: 'breaker', deployment: id, state: 'half-open' })
          told({ deployment: id, state: 'half-open', by: 'calls' })
        } else if (!forced || circuit.by === 'hand') {
          return Promise.reject(new GatewayError('circuit_open', `The circuit of ${id} is open.`, { deployment: id }))
        }
      }
      const { epoch } = circuit
      settlement.on(({ status, error }) => {
        const probed = circuit.probe === attempt
        if (probed) circuit.probe = undefined
        if (circuit.epoch !== epoch) return
        const opens = error !== undefined && opensOn.includes(error.code)
        const failed =
          error !== undefined && (opens || (status === 'failed' && errorTraits[error.code].faults === 'deployment'))
        // What nobody can be blamed for says nothing: a caller that left, a wrong request, a key that is used up.
        if (!failed && status !== 'completed') return
        const now = runtime.now()
        count(circuit, failed, now)
        if (circuit.state === 'closed' ? failed && (opens || tooMany(circuit)) : probed && failed) {
          // As long as the provider asks for, but no longer than a circuit ever rests.
          const rest = Math.max(circuit.cooldown, Math.min(error?.retryAfter ?? 0, maxCooldown))
          circuit.cooldown = Math.min(circuit.cooldown * 2, maxCooldown)
          trace.note({ type: 'breaker', deployment: id, state: 'open' })
          open(circuit, now + rest, 'calls', error?.code)
          fleet?.tell(id, rest, runtime)
        } else if (circuit.state !== 'closed' && !failed) {
          trace.note({ type: 'breaker', deployment: id, state: 'closed' })
          close(circuit, 'calls')
          fleet?.tell(id, 0, runtime)
        }
      })
      return next(attempt)
    },
    suspects: () => troubled,
    blocked({ id }, now) {
      if (troubled.size === 0) return undefined
      const circuit = circuits.get(id)
      if (!circuit || circuit.state === 'closed') return undefined
      if (isDue(circuit, now)) return undefined
      return { deployment: id, reason: 'circuit_open', detail: detailOf(circuit, now) }
    },
    probing({ id }, now) {
      if (troubled.size === 0) return false
      const circuit = circuits.get(id)
      return circuit !== undefined && circuit.state !== 'closed' && isDue(circuit, now)
    },
    state: (now) =>
      [...circuits.values()].map((circuit) => {
        roll(circuit, now)
        const { deployment, state, until, by, calls, failures, inARow } = circuit
        return {
          deployment,
          state,
          until: state === 'closed' ? undefined : until,
          by,
          calls: sum(calls),
          failures: sum(failures),
          failuresInARow: inARow,
        }
      }),
    open: (deployment, now, duration) => open(circuitOf(deployment), now + duration, 'hand'),
    close(deployment) {
      const circuit = circuits.get(deployment)
      if (circuit) close(circuit, 'hand')
    },
    snapshot: (now) =>
      [...circuits.values()]
        .filter(({ state, inARow }) => state !== 'closed' || inARow > 0)
        .map(({ deployment, state, until, by, cooldown, inARow }) => ({
          deployment,
          // A probe under way dies with its process: the next may begin at once.
          until: state === 'closed' ? 0 : Number.isFinite(until) ? Math.max(until, now) : null,
          by,
          cooldown,
          failuresInARow: inARow,
        })),
    restore(snapshot, now) {
      if (!Array.isArray(snapshot) || !snapshot.every(isKept)) {
        throw new GatewayError('invalid_request', 'breaker.restore takes what breaker.snapshot gave.')
      }
      for (const { deployment, until, by, cooldown, failuresInARow } of snapshot) {
        const circuit = circuitOf(deployment)
        circuit.inARow = failuresInARow
        circuit.cooldown = Math.min(Math.max(cooldown, firstCooldown), maxCooldown)
        // However long the process was away, and whatever its clock said.
        if (until === null) open(circuit, Number.POSITIVE_INFINITY, 'hand')
        else if (until > 0) open(circuit, by === 'hand' ? until : Math.min(until, now + maxCooldown), by ?? 'calls')
      }
    },
    flush: async () => fleet?.flush(),
  }
}

function isKept(kept: CircuitSnapshot[number] | null): boolean {
  const { deployment, until, cooldown, failuresInARow }: Partial<CircuitSnapshot[number]> = kept ?? {}
  const counts = [until ?? 0, cooldown, failuresInARow]
  return typeof deployment === 'string' && counts.every((count) => typeof count === 'number')
}

/** Whether a circuit may be probed. A probe whose request was ended by its platform is never told: it counts until its deadline. */
function isDue({ until, probe }: Circuit, now: number): boolean {
  return until <= now && !(probe && now <= probe.deadline)
}

function detailOf({ probe, until, by }: Circuit, now: number): string {
  if (by === 'hand') return 'it was taken out by hand'
  if (probe) return 'its circuit is half-open, and a probe is under way'
  return `its circuit is open for another ${Math.ceil((until - now) / 1000)} s`
}

function sum(numbers: readonly number[]): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
