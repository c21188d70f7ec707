import type { Runtime } from '../runtime.ts'
import type { Clock } from './clock.ts'
import { seededRandom } from './seeded-random.ts'
import type { Simulator } from './simulator.ts'

export interface TestRuntimeOptions {
  /** Answers every request. */
  readonly simulator: Pick<Simulator, 'fetch'>
  /** Give the simulator the same one. @default real time */
  readonly clock?: Pick<Clock, 'now' | 'timer'> | undefined
  /** Environment variables. Every other `…_API_KEY` has a key that is none; set it to undefined to have it missing. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined
  /** Where chance starts from. @default 1 */
  readonly seed?: number | undefined
}

/**
 * Makes a runtime in which nothing is real: providers, time, chance, and keys. It prints nothing.
 *
 * @example
 * const clock = createClock()
 * const simulator = createSimulator({ clock })
 * const gateway = createGateway({ providers: [openai], runtime: testRuntime({ simulator, clock }) })
 */
export function testRuntime({ simulator, clock, env = {}, seed = 1 }: TestRuntimeOptions): Partial<Runtime> {
  return {
    fetch: simulator.fetch,
    ...(clock && { now: clock.now, timer: clock.timer }),
    random: seededRandom(seed),
    env: (name) => (name in env || !name.endsWith('_API_KEY') ? env[name] : `key-of-${name.toLowerCase()}`),
    print: () => {},
  }
}
