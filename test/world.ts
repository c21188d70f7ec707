import { createGateway, type GatewayError, isGatewayError, type Runtime } from '../src/index.ts'
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

export const providers = [openai, anthropic, google] as const

/** A gateway of the three providers, with a group `pair` of two models and one `solo` of one. */
export function createPair(world: World, options: Omit<Parameters<typeof createGateway>[0], 'providers'> = {}) {
  return createGateway({
    providers,
    models: { pair: ['openai/a', 'anthropic/b'], solo: ['openai/a'], spare: ['google/c'] },
    routing: (candidates) => candidates[0]!,
    ...options,
    runtime: { ...world.runtime, ...options.runtime },
  } as never)
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
