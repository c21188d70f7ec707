import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Attempt, Middleware, Trace } from '../../src/index.ts'
import {
  answer,
  dropped,
  emptyAnswer,
  emptyStream,
  errorInStream,
  invalidRequest,
  malformedJson,
  overloaded,
  rateLimited,
  serverError,
  stalled,
  stream,
  unauthorized,
} from '../../src/testing/index.ts'
import { createPair, createWorld, failureOf } from '../world.ts'

// Laws 4, 8 and 10: every call and every attempt settles exactly once; the attempts of a call have one budget; what is
// left behind is nothing.

const words = stream(['one ', 'two ', 'three ', 'four'], { firstChunk: '300ms', gap: '200ms' })

const step = fc.constantFrom(
  words,
  answer('whole', { after: '1s' }),
  rateLimited({ retryAfter: 2 }),
  rateLimited(),
  overloaded(),
  serverError(500),
  unauthorized(),
  invalidRequest('no'),
  dropped({ after: '100ms' }),
  stalled(),
  stream(['a', 'b', 'c'], { stallAfter: 1 }),
  stream(['a', 'b', 'c'], { dieAfter: 2, gap: '100ms' }),
  errorInStream(overloaded()),
  errorInStream(rateLimited(), { after: 2, input: words }),
  malformedJson({ after: 1, input: words }),
  emptyStream(),
  emptyAnswer(),
)

const scenario = fc.record({
  steps: fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.array(step, { minLength: 1, maxLength: 4 })),
  streamed: fc.boolean(),
  /** Milliseconds after which the caller's signal aborts. */
  abortAfter: fc.option(fc.integer({ min: 0, max: 5000 }), { nil: undefined }),
  /** How many events the reader takes before it leaves. */
  leaveAfter: fc.option(fc.integer({ min: 0, max: 8 }), { nil: undefined }),
  /** The reader never comes. */
  unread: fc.boolean(),
  hedged: fc.boolean(),
  maxAttempts: fc.integer({ min: 1, max: 7 }),
  timeout: fc.constantFrom('3s', '90s', '10m'),
  seed: fc.integer(),
})

test('whatever providers and readers do, each attempt and each call settles once, and nothing stays behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      scenario,
      async ({ steps, streamed, abortAfter, leaveAfter, unread, hedged, maxAttempts, timeout, seed }) => {
        const world = createWorld({ seed })
        for (const [model, list] of Object.entries(steps)) {
          const script = world.simulator.on({ model })
          for (const next of list) script.then(next)
        }
        const attempts = new Map<number, number>()
        const spy: Middleware<Attempt> = (attempt, next) => {
          attempts.set(attempt.number, attempts.get(attempt.number) ?? 0)
          attempt.settlement.on(() => void attempts.set(attempt.number, (attempts.get(attempt.number) ?? 0) + 1))
          return next(attempt)
        }
        const closed: Trace[] = []
        const gateway = createPair(world, {
          attempt: [spy],
          maxAttempts,
          fallback: { general: { pair: ['spare'] } },
          telemetry: [(trace) => void closed.push(trace)],
          ...(hedged && { hedge: { after: '400ms' } }),
        })
        const controller = new AbortController()
        if (abortAfter !== undefined) world.runtime.timer!(abortAfter, () => controller.abort())

        const use = async (): Promise<void> => {
          const reply = await gateway.chat({
            model: 'pair',
            messages: 'Hello',
            stream: streamed,
            signal: controller.signal,
            timeout: timeout as '3s',
          })
          if (!(Symbol.asyncIterator in reply) || unread) return
          let taken = 0
          if (leaveAfter === 0) return reply.cancel()
          for await (const _ of reply) if (++taken === leaveAfter) break
        }
        await world.clock.run(use().catch(() => {}))
        await world.clock.advance('11m')
        await gateway.flush()

        expect([...attempts.values()].every((times) => times === 1)).toBe(true)
        expect(closed).toHaveLength(1)
        expect(closed[0]!.status).not.toBe('running')
        expect(closed[0]!.attempts.every(({ status }) => status !== 'running')).toBe(true)
        expect(world.simulator.calls.length).toBeLessThanOrEqual(maxAttempts)
        expect(world.simulator.running).toBe(0)
        expect(world.clock.pending).toBe(0)
      },
    ),
    { numRuns: 150 },
  )
}, 120_000)

test("law: leaving. The caller's signal carries no listener after 10,000 calls", async () => {
  const world = createWorld({ keep: 0, unmatched: answer('ok') })
  const gateway = createPair(world)
  const { signal } = new AbortController()
  let listeners = 0
  const { addEventListener, removeEventListener } = signal
  signal.addEventListener = (...parameters: Parameters<typeof addEventListener>) => {
    listeners++
    return addEventListener.apply(signal, parameters)
  }
  signal.removeEventListener = (...parameters: Parameters<typeof removeEventListener>) => {
    listeners--
    return removeEventListener.apply(signal, parameters)
  }
  for (let round = 0; round < 100; round++) {
    await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const reply = await gateway.chat({ model: 'solo', messages: 'Hi', signal, stream: index % 2 === 0 })
        if (Symbol.asyncIterator in reply) for await (const _event of reply);
      }),
    )
  }
  expect(listeners).toBe(0)
  expect(world.clock.pending).toBe(0)
})

test('what a caller gets it may change without anybody else seeing it', async () => {
  const gateway = createPair(createWorld())
  const [one, two] = await Promise.all([
    gateway.chat({ model: 'solo', messages: 'Hi' }),
    gateway.chat({ model: 'solo', messages: 'Hi' }),
  ])
  ;(one.response.choices as unknown[]).length = 0
  ;(one.trace.attempts as unknown[]).length = 0
  expect(two.text).toBe('You said: Hi')
  expect(one.trace.attempts).toHaveLength(1)
  expect(await failureOf(gateway.chat({ model: 'nobody', messages: 'Hi' }))).toMatchObject({
    code: 'no_eligible_deployment',
  })
})
