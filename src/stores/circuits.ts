import type { Awaitable } from './counters.ts'

/**
 * Where a fleet keeps which deployments are not to be asked. Small, so that Redis or a table fits in a few lines. It is
 * written when a circuit changes and read at most once a second, never while a call waits.
 */
export interface CircuitStore {
  /**
   * For how many more milliseconds the circuit of each deployment is open; 0 where it was closed since. One that was
   * never written, or whose time is over, is left out.
   *
   * @param now milliseconds since 1970, for a store without a clock of its own
   */
  read(now: number): Awaitable<Readonly<Record<string, number>>>
  /** Keeps that a circuit is open for so many milliseconds, or with 0 that it is closed: for as long as a gateway may not have read it. */
  write(deployment: string, ms: number, now: number): unknown
}

/** How long it is worth knowing that a circuit was closed, in milliseconds. */
const closedFor = 60_000

/** Keeps the circuits of the gateways of one process. */
export function memoryCircuits(): CircuitStore {
  const circuits = new Map<string, { readonly open: boolean; readonly until: number }>()
  return {
    read(now) {
      const known: Record<string, number> = {}
      for (const [deployment, { open, until }] of circuits) {
        if (until <= now) circuits.delete(deployment)
        else known[deployment] = open ? until - now : 0
      }
      return known
    },
    write(deployment, ms, now) {
      circuits.set(deployment, { open: ms > 0, until: now + (ms > 0 ? ms : closedFor) })
    },
  }
}
