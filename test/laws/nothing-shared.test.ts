import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Attempt, cache, createGateway, type Gateway, type Trace } from '../../src/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { createSimulator, serverError, stream, testRuntime, unauthorized } from '../../src/testing/index.ts'
import { drain, failureOf } from '../world.ts'

// Law 11: two gateways in one process share no state, and what a caller gets it may change without anybody else seeing it.

interface House {
  readonly gateway: Gateway<string>
  readonly simulator: ReturnType<typeof createSimulator>
  readonly traces: Trace[]
  readonly attempts: Attempt[]
}

/** Each house throws its own dice: two that are made in one millisecond of the same seed would name their calls alike. */
let seed = 0

function createHouse(name: string, options: object = {}): House {
  const simulator = createSimulator({ defaults: { gap: 1 } })
  const traces: Trace[] = []
  const attempts: Attempt[] = []
  const gateway = createGateway({
    providers: [{ ...openai, apiKey: `key-of-${name}` }],
    models: { group: ['openai/m'] },
    maxAttempts: 1,
    runtime: testRuntime({ simulator, seed: ++seed }),
    telemetry: [(trace: Trace) => void traces.push(trace)],
    attempt: [
      (attempt: Attempt, next: (attempt: Attempt) => never) => {
        attempts.push(attempt)
        return next(attempt)
      },
    ],
    ...options,
  } as never) as Gateway<string>
  return { gateway, simulator, traces, attempts }
}

const calls = fc.array(
  fc.record({
    house: fc.integer({ min: 0, max: 1 }),
    tenant: fc.integer({ min: 0, max: 7 }),
    said: fc.constantFrom('with', 'run', 'with in run'),
    way: fc.constantFrom('whole', 'streamed', 'fetch'),
    begins: fc.integer({ min: 0, max: 5 }),
  }),
  { minLength: 5, maxLength: 40 },
)

test("fault: request data of one tenant in another's metadata. Each call says its own tenant, everywhere", async () => {
  await fc.assert(
    fc.asyncProperty(calls, fc.boolean(), async (calls, cached) => {
      const houses = [0, 1].map((name) => createHouse(`house ${name}`, cached ? { cache: cache() } : {}))
      await Promise.all(
        calls.map(async ({ house, tenant, said, way, begins }) => {
          await new Promise((resolve) => setTimeout(resolve, begins))
          const { gateway } = houses[house]!
          const team = `team ${house}-${tenant}`
          const text = `question of ${team}`
          const own = said === 'run' ? gateway : gateway.with({ team })
          const work = async (): Promise<void> => {
            if (way === 'fetch') {
              const body = { model: 'group', messages: [{ role: 'user', content: text }], metadata: { team } }
              const response = await own.fetch(`${openai.baseURL}/chat/completions`, {
                method: 'POST',
                body: JSON.stringify(body),
              })
              expect(await response.text()).toContain(`You said: ${text}`)
              expect(gateway.traceOf(response)?.principal['team']).toBe(team)
              expect(houses[1 - house]!.gateway.traceOf(response)).toBeUndefined()
              return
            }
            const reply = await own.chat({
              model: 'group',
              messages: text,
              metadata: { team },
              stream: way === 'streamed',
            })
            const whole = Symbol.asyncIterator in reply ? await reply.reply : reply
            expect(whole.text).toBe(`You said: ${text}`)
            expect(whole.trace.principal).toEqual({ team })
          }
          await (said === 'with' ? work() : gateway.run({ team: said === 'run' ? team : 'another' }, work))
        }),
      )
      for (const [index, { gateway, simulator, traces, attempts }] of houses.entries()) {
        await gateway.flush()
        const mine = calls.filter(({ house }) => house === index)
        expect(traces.map(({ principal }) => principal['team']).sort()).toEqual(
          mine.map(({ tenant }) => `team ${index}-${tenant}`).sort(),
        )
        for (const { key, body } of simulator.calls) {
          expect(key).toBe(`key-of-house ${index}`)
          const { metadata, messages } = body as never as {
            metadata: { team: string }
            messages: [{ content: string }]
          }
          expect(messages[0].content).toBe(`question of ${metadata.team}`)
        }
        for (const { principal, request } of attempts) {
          expect(JSON.stringify(request)).toContain(`question of ${principal['team']}`)
        }
      }
    }),
    { numRuns: 40 },
  )
})

test('fault: process-global callbacks and settings shared by several instances', async () => {
  const globals = Object.getOwnPropertyNames(globalThis).sort()
  const { fetch } = globalThis
  const [one, two] = [createHouse('one'), createHouse('two')]
  one.simulator.on({ model: 'm' }).reply(serverError(500))
  one.simulator.on({ model: 'refused' }).reply(unauthorized())
  for (let count = 0; count < 10; count++) await failureOf(one.gateway.chat({ model: 'group', messages: 'Hi' }))
  await failureOf(one.gateway.chat({ model: 'openai/refused', messages: 'Hi' }))

  // Neither the circuit that is open there, nor the key that rests, nor a listener.
  const reply = await two.gateway.chat({ model: 'group', messages: 'Hi' })
  expect(reply.text).toBe('You said: Hi')
  const { candidates } = (await two.gateway.explain({ model: 'group', messages: 'Hi' })) as never as {
    candidates: unknown[]
  }
  expect(candidates).toHaveLength(1)
  expect(two.traces).toHaveLength(1)
  expect(one.traces).toHaveLength(11)
  expect(new Set([...one.traces, ...two.traces].map(({ id }) => id)).size).toBe(12)
  // One that says who calls does so for itself.
  await one.gateway.run({ team: 'theirs' }, () => two.gateway.chat({ model: 'group', messages: 'Hi' }))
  expect(two.traces.at(-1)?.principal).toEqual({})
  expect(globalThis.fetch).toBe(fetch)
  expect(Object.getOwnPropertyNames(globalThis).sort()).toEqual(globals)
})

test('one signal may serve two gateways: each ends its own calls, and lets go of it', async () => {
  const houses = [createHouse('one'), createHouse('two')]
  for (const { simulator } of houses) simulator.on().reply(stream(['a', 'b', 'c'], { gap: 20 }))
  const controller = new AbortController()
  const pending = houses.map(async ({ gateway }) =>
    drain(await gateway.chat({ model: 'group', messages: 'Hi', stream: true, signal: controller.signal })),
  )
  setTimeout(() => controller.abort(), 30)
  for (const one of pending) expect((await failureOf(one)).code).toBe('cancelled')
  for (const { traces, simulator } of houses) {
    expect(traces.map(({ status }) => status)).toEqual(['cancelled'])
    expect(simulator.running).toBe(0)
  }
})

test('what a caller gets it may change: nobody else sees it, not the next call, nor the sinks, nor the caller itself', async () => {
  const principal = { team: 'a', tags: ['x'] }
  const seen: string[] = []
  const { gateway } = createHouse('one', {
    cache: cache(),
    telemetry: [(trace: Trace) => void ruin(trace), (trace: Trace) => void seen.push(JSON.stringify(trace))],
  })
  const own = gateway.with(principal)
  const said: string[] = []
  for (const _ of [1, 2, 3]) {
    const reply = await own.chat({ model: 'group', messages: 'Hi' })
    await gateway.flush()
    said.push(reply.text)
    expect(reply.trace).toMatchObject({ model: 'group', principal: { team: 'a', tags: ['x'] }, status: 'completed' })
    const before = JSON.stringify(reply.trace)
    ruin(reply.trace)
    expect(JSON.stringify(reply.trace)).toBe(before)
    ruin(reply.response)
  }
  expect(said).toEqual(['You said: Hi', 'You said: Hi', 'You said: Hi'])
  expect(principal).toEqual({ team: 'a', tags: ['x'] })
  expect(seen).toHaveLength(3)
  for (const trace of seen) expect(trace).not.toContain('ruined')
})

/** Changes everything that can be reached. */
function ruin(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [name, field] of Object.entries(value)) {
    ruin(field)
    ;(value as Record<string, unknown>)[name] = 'ruined'
  }
}
