import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { cache, createGateway, type Deployment, type Gateway, type Runtime, roundRobin } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { openai } from '../../src/providers/openai.ts'
import { answer, createSimulator, rateLimited, serverError, stream, testRuntime } from '../../src/testing/index.ts'
import { drain } from '../world.ts'
import { bytesInUse } from './memory.ts'

// Nothing stays behind: no timer, no listener, no memory, over 10,000 calls of every kind, on real timers.

const calls = 10_000

/** The runtime's own timers, counted. */
function countedTimers(): Pick<Runtime, 'timer'> & { readonly active: () => number; readonly set: () => number } {
  const active = new Set<object>()
  let set = 0
  return {
    active: () => active.size,
    set: () => set,
    timer(ms, callback) {
      const own = {}
      active.add(own)
      set++
      const id = setTimeout(() => {
        active.delete(own)
        callback()
      }, ms)
      return () => {
        active.delete(own)
        clearTimeout(id)
      }
    },
  }
}

const controller = new AbortController()
const timers = countedTimers()
const simulator = createSimulator({ keep: 0, unmatched: stream(['one ', 'two ', 'three ', 'four']) })
simulator.on({ model: 'fails' }).reply(serverError(500))
simulator.on({ model: 'limits' }).reply(rateLimited())
simulator.on({ model: 'dies' }).reply(stream(['one ', 'two '], { dieAfter: 1 }))
simulator.on({ model: 'slow' }).reply(answer('late', { after: 5 }))
const common = {
  providers: [openai, anthropic],
  models: { pair: ['openai/slow', 'openai/b'], failing: ['openai/fails', 'openai/b'] },
  retry: { backoff: () => 1 },
  dialects: [anthropic.operations.chat!.dialect],
  runtime: { ...testRuntime({ simulator }), timer: timers.timer },
} as const
const plain = createGateway({ ...common, hedge: { after: 2 } }) as Gateway<string>
const cached = createGateway({ ...common, cache: cache() }) as Gateway<string>

type Use = (gateway: Gateway<string>, signal: AbortSignal | undefined, leave: AbortController) => Promise<unknown>

const chat =
  (model: string, stream: boolean): Use =>
  async (gateway, signal) => {
    const reply = await gateway.chat({ model, messages: `${Math.random()}`.slice(0, 4), stream, signal })
    if (Symbol.asyncIterator in reply) await drain(reply)
  }
const post = (path: string, read: (response: Response) => Promise<unknown>): Use => {
  const body = { model: 'openai/m', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], stream: true }
  return async (gateway, signal) =>
    read(
      await gateway.fetch(`https://api.openai.com${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        signal: signal ?? null,
      }),
    )
}
const uses: readonly Use[] = [
  chat('openai/m', false),
  chat('openai/m', true),
  chat('openai/fails', false),
  chat('openai/limits', true),
  chat('openai/dies', true),
  chat('pair', false),
  chat('failing', true),
  post('/v1/chat/completions', (response) => response.text()),
  post('/v1/messages', (response) => response.text()),
  post('/v1/chat/completions', async (response) => response.body!.cancel()),
  async (gateway, signal) => {
    for await (const _ of await gateway.chat({ model: 'openai/m', messages: 'Hi', stream: true, signal })) break
  },
  async (gateway, _, leave) => {
    const pending = gateway.chat({ model: 'openai/slow', messages: 'Hi', signal: leave.signal })
    leave.abort()
    await pending
  },
  async (gateway, _, leave) => {
    const reply = await gateway.chat({ model: 'openai/m', messages: 'Hi', stream: true, signal: leave.signal })
    const reading = drain(reply)
    leave.abort()
    await reading
  },
]

async function make(count: number, chosen = uses): Promise<{ failed: number }> {
  let failed = 0
  for (let made = 0; made < count; made += 100) {
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const use = chosen[(made + index) % chosen.length]!
        const leave = new AbortController()
        const signal = index % 2 ? controller.signal : undefined
        await use(index % 3 ? plain : cached, signal, leave).catch(() => failed++)
        expect(getEventListeners(leave.signal, 'abort')).toHaveLength(0)
      }),
    )
  }
  await Promise.all([plain.flush(), cached.flush()])
  return { failed }
}

test('no listener or timer is left behind by 10,000 calls, and no memory', async () => {
  // Until each gateway keeps as many traces as it ever will.
  await make(3500, uses.slice(7, 10))
  await make(5000)
  const before = await bytesInUse()
  const { failed } = await make(calls)
  const after = await bytesInUse()

  expect(failed).toBeGreaterThan(0.2 * calls)
  expect(failed).toBeLessThan(0.5 * calls)
  expect(timers.set()).toBeGreaterThan(calls)
  expect(timers.active()).toBe(0)
  expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0)
  expect(simulator.running).toBe(0)
  console.log(`${((after - before) / calls).toFixed(1)} bytes a call`)
  expect(after - before).toBeLessThan(100 * calls)
}, 120_000)

test('the runtime itself knows of no timer', async () => {
  const active = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = active()
  await make(1000)
  expect(active()).toBeLessThanOrEqual(before)
})

test('what an update has replaced is let go of, though the strategy remembers turns', async () => {
  const seen: WeakRef<Deployment>[] = []
  const models = { pair: ['openai/a', 'openai/b'] }
  const gateway = createGateway({
    providers: [openai],
    models,
    routing: roundRobin(),
    attempt: [
      (attempt, next) => {
        seen.push(new WeakRef(attempt.deployment))
        return next(attempt)
      },
    ],
    runtime: testRuntime({ simulator: createSimulator() }),
  })
  for (let update = 0; update < 100; update++) {
    await gateway.chat({ model: 'pair', messages: 'Hello' })
    gateway.update({ models })
  }
  await bytesInUse()
  expect(seen.filter((deployment) => deployment.deref() !== undefined).length).toBeLessThan(10)
})
