import { expect, test } from 'vitest'
import {
  answer,
  contextWindowExceeded,
  dropped,
  emptyStream,
  errorInStream,
  invalidRequest,
  overloaded,
  rateLimited,
  serverError,
  stalled,
  stream,
  unauthorized,
} from '../../src/testing/index.ts'
import { createPair, createWorld, drain, failureOf } from '../world.ts'

test('a failure goes on to the next deployment of the group, without waiting', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(overloaded())
  const gateway = createPair(world)
  const before = world.clock.now()
  const reply = await world.clock.run(gateway.chat({ model: 'pair', messages: 'Hello' }))
  expect(reply.text).toBe('You said: Hello')
  expect(world.asked()).toEqual(['a', 'b'])
  expect(world.clock.now()).toBe(before)
})

test('with nobody else to ask, the same deployment is asked once more after a wait', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError(500)).then('better')
  const reply = await world.clock.run(createPair(world).chat({ model: 'solo', messages: 'Hello' }))
  expect(reply.text).toBe('better')
  expect(reply.trace.notes).toContainEqual({
    type: 'wait',
    milliseconds: expect.any(Number),
    because: 'provider_unavailable',
    at: expect.any(Number),
  })
})

test.each([
  [{ retryAfter: '1.5' }, 1500],
  [{ retryAfter: 2 }, 2000],
  [{ retryAfterMs: 750 }, 750],
  [{ retryAfterMs: 0, retryAfter: 1 }, 1000],
])('Retry-After in the form %j is waited for', async (form, wait) => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(rateLimited(form)).then('better')
  const before = world.clock.now()
  await world.clock.run(createPair(world).chat({ model: 'solo', messages: 'Hello' }))
  expect(world.clock.now() - before).toBe(wait)
})

test('Retry-After as an HTTP date is waited for', async () => {
  const world = createWorld()
  const before = world.clock.now()
  world.simulator
    .on({ model: 'a' })
    .reply(rateLimited({ retryAfter: new Date(before + 3000) }))
    .then('better')
  await world.clock.run(createPair(world).chat({ model: 'solo', messages: 'Hello' }))
  expect(world.clock.now() - before).toBe(3000)
})

test('a Retry-After that is too long is not waited for: the call fails at once, and says how long', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(rateLimited({ retryAfter: 60 }))
  const before = world.clock.now()
  const error = await world.clock.run(failureOf(createPair(world).chat({ model: 'solo', messages: 'Hello' })))
  expect(error).toMatchObject({ code: 'rate_limited', status: 429, retryAfter: 60_000 })
  expect(world.clock.now()).toBe(before)
  expect(world.asked()).toEqual(['a'])
})

test('fault: 400 retried. A bad request is tried once, and nowhere else', async () => {
  const world = createWorld()
  world.simulator.on().reply(invalidRequest('temperature is too hot'))
  const error = await world.clock.run(failureOf(createPair(world).chat({ model: 'pair', messages: 'Hello' })))
  expect(error).toMatchObject({ code: 'invalid_request', status: 400 })
  expect(world.asked()).toEqual(['a'])
})

test('fault: a sleep after the last attempt. Nothing is waited for when no attempt follows', async () => {
  const world = createWorld()
  world.simulator.on().reply(overloaded())
  const waits: number[] = []
  const gateway = createPair(world, {
    telemetry: [
      (trace) => void waits.push(...trace.notes.flatMap((note) => (note.type === 'wait' ? note.milliseconds : []))),
    ],
  })
  await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello' })))
  await gateway.flush()
  expect(world.asked()).toEqual(['a', 'a'])
  expect(waits).toHaveLength(1)
})

test('fault: retry layers that multiply. maxAttempts bounds retries, groups and fallbacks together', async () => {
  const world = createWorld()
  world.simulator.on().reply(serverError(503))
  const gateway = createPair(world, {
    maxAttempts: 4,
    retry: { limit: 5 },
    fallback: { general: { pair: ['solo', 'spare'] } },
  })
  const error = await world.clock.run(failureOf(gateway.chat({ model: 'pair', messages: 'Hello' })))
  expect(error.attempts).toHaveLength(4)
  expect(world.asked()).toHaveLength(4)
  // Each fallback step that remained kept one attempt.
  expect(world.asked()).toContain('c')
})

test('a call may lower its own budget of attempts, and never raise it', async () => {
  const world = createWorld()
  world.simulator.on().reply(serverError(503))
  const gateway = createPair(world, { maxAttempts: 2 })
  await world.clock.run(failureOf(gateway.chat({ model: 'pair', messages: 'Hello', maxAttempts: 1 })))
  expect(world.asked()).toHaveLength(1)
  await world.clock.run(failureOf(gateway.chat({ model: 'pair', messages: 'Hello', maxAttempts: 9 })))
  expect(world.asked()).toHaveLength(3)
})

test('a wait that would pass the deadline fails at once', async () => {
  const world = createWorld()
  world.simulator.on().reply(rateLimited({ retryAfter: 10 }))
  const before = world.clock.now()
  const error = await world.clock.run(
    failureOf(createPair(world).chat({ model: 'solo', messages: 'Hello', timeout: '5s' })),
  )
  expect(error.code).toBe('rate_limited')
  expect(world.clock.now()).toBe(before)
})

test('a caller that leaves during a wait is told at once, and nothing is left behind', async () => {
  const world = createWorld()
  world.simulator.on().reply(rateLimited({ retryAfter: 10 }))
  const controller = new AbortController()
  const failure = failureOf(createPair(world).chat({ model: 'solo', messages: 'Hello', signal: controller.signal }))
  await world.clock.advance('2s')
  controller.abort(new Error('gone'))
  const error = await failure
  expect(error.code).toBe('cancelled')
  expect(error.cause).toMatchObject({ message: 'gone' })
  expect(world.clock.pending).toBe(0)
})

test.each([
  ['a 429 inside a 200 stream', errorInStream(rateLimited())],
  ['an overload inside a 200 stream', errorInStream(overloaded())],
  ['an empty stream', emptyStream()],
  ['a reset before the headers', dropped()],
  ['a stall before the headers', stalled()],
  ['a stall after the headers', stream([], { stallAfter: 0 })],
  ['a reset before the first content', answer('x', { dieAfter: 0 })],
])('fault: %s is passed on to nobody: the next deployment answers the stream', async (_, step) => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(step)
  const events = await world.clock.run(
    createPair(world)
      .chat({ model: 'pair', messages: 'Hello', stream: true })
      .then(async (reply) => drain(reply.textStream)),
  )
  expect(events.join('')).toBe('You said: Hello')
  expect(world.simulator.running).toBe(0)
  expect(world.clock.pending).toBe(0)
})

test('a key that is refused is out for this call and rests, and another key of the same deployment goes on', async () => {
  const world = createWorld({ keys: ['good'] })
  const { openai } = await import('../../src/providers/openai.ts')
  const { createGateway, provider } = await import('../../src/index.ts')
  const gateway = createGateway({ providers: [provider(openai, { apiKey: ['bad', 'good'] })], runtime: world.runtime })
  const first = await world.clock.run(gateway.chat({ model: 'openai/gpt-5-mini', messages: 'Hello' }))
  expect(world.simulator.calls.map(({ key }) => key)).toEqual(['bad', 'good'])
  expect(first.trace.attempts.map(({ key }) => key)).toEqual(['openai#1', 'openai#2'])
  await world.clock.run(gateway.chat({ model: 'openai/gpt-5-mini', messages: 'Hello' }))
  expect(world.simulator.calls.map(({ key }) => key)).toEqual(['bad', 'good', 'good'])
})

test('the only key is tried again by the next call, though it was refused', async () => {
  const world = createWorld()
  world.simulator.on().reply(unauthorized()).then('fine now')
  const gateway = createPair(world)
  expect((await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello' })))).code).toBe(
    'authentication_failed',
  )
  expect((await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }))).text).toBe('fine now')
})

test('fault: fallback to a model with a smaller window. After a window that was too small only larger ones are asked', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'small' }).reply(contextWindowExceeded())
  const { createGateway } = await import('../../src/index.ts')
  const { openai } = await import('../../src/providers/openai.ts')
  const gateway = createGateway({
    providers: [openai],
    models: {
      group: [
        { model: 'openai/small', facts: { context: 8000 }, order: 0 },
        { model: 'openai/smaller', facts: { context: 4000 }, order: 1 },
        { model: 'openai/large', facts: { context: 100_000 }, order: 2 },
      ],
    },
    runtime: world.runtime,
  })
  await world.clock.run(gateway.chat({ model: 'group', messages: 'Hello' }))
  expect(world.asked()).toEqual(['small', 'large'])
})
