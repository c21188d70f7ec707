import {
  createGateway,
  type Gateway,
  type GatewayError,
  type GatewayOptions,
  isGatewayError,
  ordered,
  type Runtime,
} from '../src/index.ts'
import { anthropic } from '../src/providers/anthropic.ts'
import { google } from '../src/providers/google.ts'
import { openai } from '../src/providers/openai.ts'
import {
  type Clock,
  createClock,
  createSimulator,
  type Simulator,
  type SimulatorOptions,
  testRuntime,
} from '../src/testing/index.ts'

/** Simulated providers on virtual time, and what a gateway needs to live among them. */
export interface World {
  readonly clock: Clock
  readonly simulator: Simulator
  readonly runtime: Partial<Runtime>
  /** The models that were called, in order. */
  readonly asked: () => string[]
}

export function createWorld({
  seed,
  env,
  ...options
}: SimulatorOptions & { seed?: number; env?: Record<string, string | undefined> } = {}): World {
  const clock = createClock()
  const simulator = createSimulator({ clock, ...options })
  const runtime = testRuntime({ simulator, clock, seed, env })
  return { clock, simulator, runtime, asked: () => simulator.calls.map(({ model }) => model) }
}

export const providers: readonly [typeof openai, typeof anthropic, typeof google] = [openai, anthropic, google]

type PairOptions = Omit<GatewayOptions<typeof providers, unknown>, 'providers' | 'models'> & {
  readonly models?: Readonly<Record<string, readonly string[]>>
}

/** A gateway of the three providers, with a group `pair` of two models and one `solo` of one, asked in order. */
export function createPair(world: World, options: PairOptions = {}): Gateway {
  return createGateway({
    providers,
    models: { pair: ['openai/a', 'anthropic/b'], solo: ['openai/a'], spare: ['google/c'] } as Record<string, string[]>,
    routing: ordered(),
    ...options,
    runtime: { ...world.runtime, ...options.runtime },
  })
}

/** The GatewayError that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<GatewayError> {
  try {
    await promise
  } catch (error) {
    if (isGatewayError(error)) return error
    throw new Error(`rejected with something that is no GatewayError: ${String(error)}`)
  }
  throw new Error('did not reject')
}

/** All events of a stream. */
export async function drain<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of stream) all.push(item)
  return all
}
