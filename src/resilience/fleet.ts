import type { Attempt } from '../call.ts'
import type { Runtime } from '../runtime.ts'
import { Background, within } from '../stores/access.ts'
import type { CircuitStore } from '../stores/circuits.ts'

/** Joins a gateway's circuits to those of others. Made anew for each gateway. */
export type Fleet = (member: FleetMember) => FleetLink

/** The circuits of one gateway, as far as others may touch them. */
export interface FleetMember {
  isOpen(deployment: string): boolean
  open(deployment: string, ms: number, now: number): void
  close(deployment: string): void
}

/** What a gateway's circuits have of the others. */
export interface FleetLink {
  /** Hears from the others in the background, at most once a second. */
  look(attempt: Attempt): void
  /** Tells the others that a circuit is open for so many milliseconds, or with 0 that it is closed. */
  tell(deployment: string, ms: number, runtime: Runtime): void
  flush(): Promise<void>
}

/** How long what was heard counts as new, and how long a store may take, in milliseconds. */
const interval = 1000

/**
 * Lets the gateways of several processes share what they learn of deployments: when one opens a circuit, the others
 * stop sending there within a second. No call ever waits for the store. One that fails is ignored, with a warning.
 *
 * @example breaker: { fleet: fleet(redisCircuits(client)) }
 */
export function fleet(store: CircuitStore): Fleet {
  return function fleet({ isOpen, open, close }) {
    const background = new Background()
    /** When each circuit changed here: what was read before is older than that. */
    const told = new Map<string, number>()
    let heardAt = Number.NEGATIVE_INFINITY
    let failed = false

    async function hear(runtime: Runtime): Promise<void> {
      const askedAt = runtime.now()
      try {
        const circuits = await within(interval, (async () => store.read(askedAt))(), runtime)
        for (const [deployment, ms] of Object.entries(circuits)) {
          if ((told.get(deployment) ?? Number.NEGATIVE_INFINITY) >= askedAt) continue
          if (ms > 0 && !isOpen(deployment)) open(deployment, ms, runtime.now())
          else if (ms <= 0) close(deployment)
        }
        for (const [deployment, at] of told) if (at < askedAt) told.delete(deployment)
      } catch {
        failed = true
      }
    }

    return {
      look({ runtime, trace }) {
        const now = runtime.now()
        if (now - heardAt < interval) return
        heardAt = now
        if (failed) trace.note({ type: 'warning', message: 'The store of the circuits did not answer: it is ignored.' })
        failed = false
        background.keep(hear(runtime), runtime)
      },
      tell(deployment, ms, runtime) {
        const now = runtime.now()
        told.set(deployment, now)
        const write = async (): Promise<unknown> => store.write(deployment, ms, now)
        background.keep(
          within(interval, write(), runtime).catch(() => {
            failed = true
          }),
          runtime,
        )
      },
      flush: () => background.flush(),
    }
  }
}
