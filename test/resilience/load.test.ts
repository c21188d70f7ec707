import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { type ConcurrencyOptions, concurrency, createGateway, type Gateway, ordered } from '../../src/index.ts'
import { answer, overloaded, rateLimited, serverError, stalled, stream } from '../../src/testing/index.ts'
import { createPair, createWorld, drain, failureOf, providers, type World } from '../world.ts'

const solo = { model: 'solo', messages: 'Hello' } as const

function limited(world: World, options: ConcurrencyOptions = { limit: 1 }): Gateway {
  return createPair(world, { concurrency: concurrency(options) })
}

test('no more calls are in flight at a deployment than it may have, and the others wait for their turn', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const gateway = limited(world, { limit: 2 })
  const before = world.clock.now()
  await world.clock.run(Promise.all(Array.from({ length: 6 }, () => gateway.chat(solo))))
  expect(world.simulator.maxRunning).toBe(2)
  expect(world.clock.now() - before).toBe(3000)
})

test('a full deployment lets the plan choose another first; only where all are full somebody waits', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const gateway = limited(world)
  const before = world.clock.now()
  await world.clock.run(Promise.all([1, 2].map(() => gateway.chat({ model: 'pair', messages: 'Hello' }))))
  expect(world.asked()).toEqual(['a', 'b'])
  expect(world.clock.now() - before).toBe(1000)
})

test('a call waits for whichever deployment has room first, not for one of them', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(answer('slow', { after: '60s' }))
  world.simulator.on({ model: 'b' }).reply(answer('fast', { after: '1s' }))
  const gateway = limited(world)
  const pair = { model: 'pair', messages: 'Hello' }
  const first = gateway.chat(pair)
  const before = world.clock.now()
  const replies = await world.clock.run(Promise.all([1, 2, 3].map(() => gateway.chat(pair))))
  expect(replies.map(({ text }) => text)).toEqual(['fast', 'fast', 'fast'])
  expect(world.clock.now() - before).toBe(3000)
  await world.clock.run(first)
})

test('a stream holds its place until it ends, and gives it back when its reader leaves', async () => {
  const world = createWorld({ unmatched: stream(['a', 'b', 'c'], { gap: '1s' }) })
  const gateway = limited(world)
  const reading = await world.clock.run(gateway.chat({ ...solo, stream: true }))
  let served = false
  const waiting = gateway.chat(solo).then(() => {
    served = true
  })
  await world.clock.advance('900ms')
  expect(served).toBe(false)
  await reading.cancel()
  await world.clock.run(waiting)
})

test('fault: concurrency slots that leak when the caller cancels. Neither in the line nor in flight does one leak', async () => {
  const world = createWorld({ unmatched: stalled() })
  const gateway = limited(world)
  for (let round = 0; round < 20; round++) {
    const controller = new AbortController()
    const { signal } = controller
    const calls = [1, 2, 3].map(() => failureOf(gateway.chat({ ...solo, signal })))
    await world.clock.advance('1s')
    expect(world.simulator.running).toBe(1)
    controller.abort()
    const failures = await world.clock.run(Promise.all(calls))
    expect(failures.map(({ code }) => code)).toEqual(['cancelled', 'cancelled', 'cancelled'])
  }
  expect(world.clock.pending).toBe(0)
  world.simulator.on().reply('served')
  expect((await world.clock.run(gateway.chat(solo))).text).toBe('served')
})

test('a line that is as long as may be sheds with overloaded, 503, and no attempt', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const gateway = limited(world, { limit: 1, queue: 2 })
  const calls = [1, 2, 3].map(() => gateway.chat(solo))
  const error = await world.clock.run(failureOf(gateway.chat(solo)))
  expect(error).toMatchObject({ code: 'overloaded', status: 503, attempts: [] })
  expect(error.message).toContain('openai/a')
  await world.clock.run(Promise.all(calls))
  expect(world.asked()).toHaveLength(3)
})

test('a shed call goes on to the groups that step in', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const gateway = createPair(world, {
    concurrency: concurrency({ limit: 1, queue: 0 }),
    fallback: { general: { solo: ['spare'] } },
  })
  const [, second] = await world.clock.run(Promise.all([gateway.chat(solo), gateway.chat(solo)]))
  expect(second?.trace.fallbacks).toEqual([{ from: 'solo', to: 'spare', because: 'overloaded' }])
})

test('a call that cannot be served before its deadline is refused at once, once it is known how long calls take', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '10s' }) })
  const gateway = limited(world)
  await world.clock.run(gateway.chat(solo))
  const calls = [gateway.chat(solo), gateway.chat(solo)]
  const before = world.clock.now()
  const error = await world.clock.run(failureOf(gateway.chat({ ...solo, timeout: '15s' })))
  expect(error).toMatchObject({ code: 'overloaded', retryAfter: 20_000 })
  expect(world.clock.now()).toBe(before)
  await world.clock.run(Promise.all(calls))
})

test('a call that middleware asks twice at the same time takes two places, and gives both back', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const gateway = createPair(world, {
    concurrency: concurrency({ limit: 4, queue: 0 }),
    use: [(call, next) => Promise.all([next(call), next(call)]).then(([one]) => one!)],
  })
  for (let round = 0; round < 5; round++) await world.clock.run(gateway.chat(solo))
  expect(world.simulator.maxRunning).toBe(2)
  await world.clock.run(Promise.all([gateway.chat(solo), gateway.chat(solo)]))
  expect(world.simulator.maxRunning).toBe(4)
})

test('a call that is aborted in the turn in which its wait ends does not stand in the line', async () => {
  const world = createWorld()
  const controller = new AbortController()
  world.simulator
    .on()
    .then(overloaded())
    .then(answer('slow', { after: '60s' }))
    .reply('done')
  const gateway = createPair(world, {
    concurrency: concurrency({ limit: 1 }),
    retry: { backoff: () => 1000 },
    runtime: {
      timer: (ms, callback) =>
        world.clock.timer(ms, () => {
          callback()
          if (ms === 1000) controller.abort()
        }),
    },
  })
  const failure = failureOf(gateway.chat({ ...solo, signal: controller.signal }))
  await world.clock.settle()
  const other = gateway.chat(solo)
  const before = world.clock.now()
  expect((await world.clock.run(failure)).code).toBe('cancelled')
  expect(world.clock.now() - before).toBe(1000)
  await world.clock.run(other)
})

test('deployments of made-up names that are looked at, and not asked, are not remembered', async () => {
  const known = vi.spyOn(Map.prototype, 'set')
  const load = concurrency({ limit: 1 })()
  expect(load.full({ id: 'openai/made-up' } as never)).toBe(false)
  expect(known).not.toHaveBeenCalled()
  known.mockRestore()
})

test('a call whose turn does not come in time is told so, and leaves the line', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '60s' }) })
  const gateway = limited(world, { limit: 1, maxWait: '5s' })
  const first = gateway.chat(solo)
  const before = world.clock.now()
  expect((await world.clock.run(failureOf(gateway.chat(solo)))).code).toBe('overloaded')
  expect(world.clock.now() - before).toBe(5000)
  await world.clock.run(first)
  await world.clock.run(gateway.chat(solo))
})

test('the more urgent go first, the older first among equals', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const gateway = limited(world)
  const order: string[] = []
  const call = (name: string, priority?: number): Promise<void> =>
    gateway.chat({ ...solo, priority }).then(() => void order.push(name))
  await world.clock.run(
    Promise.all([call('running'), call('one'), call('two', 0), call('urgent', 10), call('later', -1), call('three')]),
  )
  expect(order).toEqual(['running', 'urgent', 'one', 'two', 'three', 'later'])
})

test('nobody starves: an old call goes before urgent ones that come later than its lead', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const gateway = limited(world, { limit: 1, aging: '1s', maxWait: '10m' })
  const urgent = Array.from({ length: 10 }, () => gateway.chat({ ...solo, priority: 5 }))
  let waited = Number.POSITIVE_INFINITY
  const begun = world.clock.now()
  const patient = gateway.chat(solo).then(() => {
    waited = world.clock.now() - begun
  })
  // One urgent call a second, as many as can be served: without its age the patient one would be last.
  for (let second = 0; second < 40; second++) {
    await world.clock.advance('1s')
    urgent.push(gateway.chat({ ...solo, priority: 5 }))
  }
  expect(waited).toBeLessThanOrEqual(20_000)
  await world.clock.run(Promise.all([patient, ...urgent]))
})

test('an urgent call takes the place of the last in a full line', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const gateway = limited(world, { limit: 1, queue: 1 })
  const running = gateway.chat(solo)
  const last = failureOf(gateway.chat(solo))
  const urgent = gateway.chat({ ...solo, priority: 1 })
  expect((await world.clock.run(last)).code).toBe('overloaded')
  await world.clock.run(Promise.all([running, urgent]))
})

test('a deployment may have a limit of its own', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const gateway = createGateway({
    providers,
    models: { group: [{ model: 'openai/a', limits: { concurrent: 3 } }] },
    concurrency: concurrency({ limit: 1 }),
    runtime: world.runtime,
  })
  await world.clock.run(Promise.all(Array.from({ length: 9 }, () => gateway.chat({ model: 'group', messages: 'Hi' }))))
  expect(world.simulator.maxRunning).toBe(3)
})

test('a deployment of several groups has one line', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const gateway = createGateway({
    providers,
    models: {
      one: [{ model: 'openai/a', limits: { concurrent: 1 } }],
      two: [{ model: 'openai/a', limits: { concurrent: 1 } }],
    },
    concurrency: concurrency(),
    runtime: world.runtime,
  })
  const before = world.clock.now()
  await world.clock.run(
    Promise.all((['one', 'two', 'one', 'two'] as const).map((model) => gateway.chat({ model, messages: 'Hi' }))),
  )
  expect(world.simulator.maxRunning).toBe(1)
  expect(world.clock.now() - before).toBe(4000)
})

test('explain tells who is full', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const gateway = limited(world)
  const running = gateway.chat(solo)
  await world.clock.settle()
  expect((await gateway.explain(solo)).excluded).toEqual([
    { deployment: 'openai/a', reason: 'full', detail: 'as many calls are in flight as may be' },
  ])
  await world.clock.run(running)
})

test('two gateways of one concurrency(…) share no places', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const shared = concurrency({ limit: 1 })
  const [one, two] = [createPair(world, { concurrency: shared }), createPair(world, { concurrency: shared })]
  const before = world.clock.now()
  await world.clock.run(Promise.all([one.chat(solo), two.chat(solo)]))
  expect(world.clock.now() - before).toBe(1000)
})

test.each([{ limit: 0 }, { limit: 1.5 }, { queue: -1 }])('%j is refused when the gateway is made', (options) => {
  expect(() => concurrency(options)).toThrow(/concurrency\(\): (limit|queue) is/)
})

const step = fc.constantFrom(
  answer('whole', { after: '700ms' }),
  stream(['one ', 'two ', 'three'], { firstChunk: '200ms', gap: '300ms' }),
  stream(['a', 'b', 'c'], { dieAfter: 2, gap: '100ms' }),
  stream(['a', 'b'], { stallAfter: 1 }),
  overloaded(),
  serverError(500),
  rateLimited({ retryAfter: 1 }),
  stalled(),
)

const visit = fc.record({
  at: fc.integer({ min: 0, max: 4000 }),
  model: fc.constantFrom('pair', 'solo'),
  streamed: fc.boolean(),
  priority: fc.integer({ min: -3, max: 3 }),
  timeout: fc.constantFrom('500ms', '3s', '20s'),
  abortAfter: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: undefined }),
  /** How many events the reader takes before it leaves; undefined: all; -1: it never comes. */
  reads: fc.option(fc.integer({ min: -1, max: 4 }), { nil: undefined }),
})

test('whatever happens, no deployment has more in flight than it may, and no place is lost', async () => {
  let fullest = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(visit, { minLength: 1, maxLength: 25 }),
      fc.array(step, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 0, max: 6 }),
      fc.boolean(),
      fc.integer(),
      async (visits, steps, limit, queue, hedged, seed) => {
        const world = createWorld({ seed })
        for (const model of ['a', 'b', 'c']) {
          const script = world.simulator.on({ model })
          for (const next of steps) script.then(next)
        }
        const gateway = createPair(world, {
          routing: ordered(),
          concurrency: concurrency({ limit, queue, maxWait: '5s' }),
          fallback: { general: { pair: ['spare'] } },
          ...(hedged && { hedge: { after: '300ms' } }),
        })
        let most = 0
        let settled = 0
        const look = (): void => {
          const running = new Map<string, number>()
          for (const { model, outcome } of world.simulator.calls) {
            if (outcome === 'running') running.set(model, (running.get(model) ?? 0) + 1)
          }
          most = Math.max(most, ...running.values())
        }
        world.simulator
          .on(() => {
            look()
            return false
          })
          .reply('nobody')
        for (const { at, model, streamed, priority, timeout, abortAfter, reads } of visits) {
          world.clock.timer(at, () => {
            const controller = new AbortController()
            if (abortAfter !== undefined) world.clock.timer(abortAfter, () => controller.abort())
            const use = async (): Promise<void> => {
              const reply = await gateway.chat({
                model,
                messages: 'Hello',
                stream: streamed,
                priority,
                timeout: timeout as '3s',
                signal: controller.signal,
              })
              if (!(Symbol.asyncIterator in reply) || reads === -1) return
              let taken = 0
              if (reads === 0) return reply.cancel()
              for await (const _ of reply) if (++taken === reads) break
            }
            use()
              .catch(() => {})
              .finally(() => {
                settled += 1
              })
          })
        }
        await world.clock.advance('11m')
        expect(settled).toBe(visits.length)
        expect(most).toBeLessThanOrEqual(limit)
        fullest = Math.max(fullest, most)
        expect(world.simulator.running).toBe(0)
        expect(world.clock.pending).toBe(0)
        // Every place is there again.
        world.simulator.reset()
        world.simulator.on().reply(answer('fine', { after: '1s' }))
        for (const { deployment } of gateway.breaker.state()) gateway.breaker.close(deployment)
        const calls = Array.from({ length: limit }, () => gateway.chat({ model: 'solo', messages: 'Hello' }))
        await world.clock.settle()
        expect(world.simulator.running).toBe(limit)
        await world.clock.run(Promise.all(calls))
      },
    ),
    { numRuns: 150 },
  )
  expect(fullest).toBe(3)
}, 120_000)

test('a gateway without it carries no line: calls are in flight as they come', async () => {
  const world = createWorld({ unmatched: answer('done', { after: '1s' }) })
  const gateway = createPair(world)
  await world.clock.run(Promise.all(Array.from({ length: 50 }, () => gateway.chat(solo))))
  expect(world.simulator.maxRunning).toBe(50)
})

test('a hedge takes a place too, and waits for none', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(answer('slow', { after: '5s' }))
  world.simulator.on({ model: 'b' }).reply(answer('other', { after: '5s' }))
  const gateway = createPair(world, { concurrency: concurrency({ limit: 1 }), hedge: { after: '1s' } })
  const pair = { model: 'pair', messages: 'Hello' }
  const calls = [gateway.chat(pair), gateway.chat(pair)]
  await world.clock.run(Promise.all(calls))
  // Both deployments were full: nobody could be asked beside.
  expect(world.asked()).toEqual(['a', 'b'])
  const stream = await world.clock.run(gateway.chat({ ...pair, stream: true }))
  await world.clock.run(drain(stream))
  expect(world.simulator.running).toBe(0)
})
