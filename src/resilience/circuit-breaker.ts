import type { Attempt, Deployment } from '../call.ts'
import { type Duration, milliseconds } from '../duration.ts'
import { type Exclusion, errorTraits, GatewayError } from '../errors.ts'
import type { Middleware } from '../middleware.ts'

export interface CircuitBreakerOptions {
  /** Opens when more than this share of the calls of a window failed. @default 0.5 */
  readonly errorRatio?: number | undefined
  /** … of at least this many calls. @default 10 */
  readonly minimumCalls?: number | undefined
  /** @default '30s' */
  readonly window?: Duration | undefined
  /** Opens after this many failures in a row, whatever the ratio. @default 5 */
  readonly consecutiveFailures?: number | undefined
  /** How long an open circuit rests before one call may probe. Doubles each time a probe fails. @default '5s' */
  readonly cooldown?: Duration | undefined
  /** @default '60s' */
  readonly maxCooldown?: Duration | undefined
}

/** Stops sending to a deployment that keeps failing, until a probe succeeds. One circuit for each provider, model and region. */
export interface CircuitBreaker {
  /** Around each attempt: it needs a deployment, so it does not fit around a call. */
  readonly middleware: Middleware<Attempt>
  /** Why a deployment is not to be asked now; undefined when it may be. */
  blocked(deployment: Deployment, now: number): Exclusion | undefined
  /** Whether a deployment is due for a probe. */
  probing(deployment: Deployment, now: number): boolean
}

/** How many slices a window is counted in: what is older than the window leaves slice by slice. */
const slices = 10

interface Circuit {
  state: 'closed' | 'open' | 'half-open'
  /** When an open circuit may be probed. */
  openUntil: number
  cooldown: number
  inARow: number
  probe: Attempt | undefined
  readonly calls: number[]
  readonly failures: number[]
  /** The number of the newest slice. */
  slice: number
}

export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  const { errorRatio = 0.5, minimumCalls = 10, consecutiveFailures = 5 } = options
  const sliceLength = milliseconds(options.window ?? '30s', 'breaker.window') / slices
  const firstCooldown = milliseconds(options.cooldown ?? '5s', 'breaker.cooldown')
  const maxCooldown = milliseconds(options.maxCooldown ?? '60s', 'breaker.maxCooldown')
  const circuits = new Map<string, Circuit>()

  function circuitOf({ id }: Deployment): Circuit {
    let circuit = circuits.get(id)
    if (!circuit) {
      circuit = {
        state: 'closed',
        openUntil: 0,
        cooldown: firstCooldown,
        inARow: 0,
        probe: undefined,
        calls: new Array<number>(slices).fill(0),
        failures: new Array<number>(slices).fill(0),
        slice: 0,
      }
      circuits.set(id, circuit)
    }
    return circuit
  }

  function count(circuit: Circuit, failed: boolean, now: number): void {
    const slice = Math.floor(now / sliceLength)
    for (let old = Math.max(circuit.slice + 1, slice - slices + 1); old <= slice; old++) {
      circuit.calls[old % slices] = 0
      circuit.failures[old % slices] = 0
    }
    circuit.slice = slice
    circuit.calls[slice % slices]! += 1
    if (failed) circuit.failures[slice % slices]! += 1
    circuit.inARow = failed ? circuit.inARow + 1 : 0
  }

  function tooMany({ calls, failures, inARow }: Circuit): boolean {
    const all = sum(calls)
    return inARow >= consecutiveFailures || (all >= minimumCalls && sum(failures) > errorRatio * all)
  }

  function open(circuit: Circuit, now: number, attempt: Attempt): void {
    circuit.state = 'open'
    circuit.openUntil = now + circuit.cooldown
    circuit.cooldown = Math.min(circuit.cooldown * 2, maxCooldown)
    attempt.trace.note({ type: 'breaker', deployment: attempt.deployment.id, state: 'open' })
  }

  function close(circuit: Circuit, attempt: Attempt): void {
    circuit.state = 'closed'
    circuit.cooldown = firstCooldown
    circuit.inARow = 0
    circuit.calls.fill(0)
    circuit.failures.fill(0)
    attempt.trace.note({ type: 'breaker', deployment: attempt.deployment.id, state: 'closed' })
  }

  return {
    middleware: async function circuitBreaker(attempt, next) {
      const { deployment, runtime, forced, settlement, trace } = attempt
      const circuit = circuitOf(deployment)
      if (circuit.state !== 'closed') {
        const due = circuit.openUntil <= runtime.now()
        if (due && !circuit.probe) {
          circuit.state = 'half-open'
          circuit.probe = attempt
          trace.note({ type: 'breaker', deployment: deployment.id, state: 'half-open' })
        } else if (!forced) {
          throw new GatewayError('circuit_open', `The circuit of ${deployment.id} is open.`, {
            deployment: deployment.id,
          })
        }
      }
      settlement.on(({ status, error }) => {
        const now = runtime.now()
        const failed = status === 'failed' && error !== undefined && errorTraits[error.code].faults === 'deployment'
        // What nobody can be blamed for says nothing: a caller that left, a key that is used up.
        const neutral =
          status === 'cancelled' || (status === 'failed' && !failed && errorTraits[error!.code].faults !== undefined)
        const probed = circuit.probe === attempt
        if (probed) circuit.probe = undefined
        if (neutral) return
        count(circuit, failed, now)
        if (circuit.state === 'closed' ? failed && tooMany(circuit) : probed && failed) open(circuit, now, attempt)
        else if (circuit.state !== 'closed' && !failed) close(circuit, attempt)
      })
      return next(attempt)
    },
    blocked(deployment, now) {
      const circuit = circuits.get(deployment.id)
      if (!circuit || circuit.state === 'closed') return undefined
      if (circuit.openUntil <= now && !circuit.probe) return undefined
      const detail = circuit.probe
        ? 'its circuit is half-open, and a probe is under way'
        : `its circuit is open for another ${Math.ceil((circuit.openUntil - now) / 1000)} s`
      return { deployment: deployment.id, reason: 'circuit_open', detail }
    },
    probing(deployment, now) {
      const circuit = circuits.get(deployment.id)
      return circuit !== undefined && circuit.state !== 'closed' && circuit.openUntil <= now && !circuit.probe
    },
  }
}

function sum(numbers: readonly number[]): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
