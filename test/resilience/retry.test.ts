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

// Retry-After in every form, through the whole gateway. A 429 within the window of a limit says so in headers of its own.
test.each<[string, string, Parameters<typeof rateLimited>[0], number]>([
  [
    'openai',
    'x-ratelimit-reset-requests as a duration',
    { reset: '7s', headers: { 'x-ratelimit-remaining-requests': '0' } },
    7000,
  ],
  [
    'openai',
    'x-ratelimit-reset-tokens as milliseconds',
    { headers: { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '880ms' } },
    880,
  ],
  [
    'openai',
    'x-ratelimit-reset as a moment in seconds',
    { headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': `${Date.UTC(2026, 0, 1) / 1000 + 9}` } },
    9000,
  ],
  [
    'openai',
    'the longest of those that are used up',
    {
      headers: {
        'x-ratelimit-remaining-requests': '0',
        'x-ratelimit-reset-requests': '2s',
        'x-ratelimit-remaining-tokens': '0',
        'x-ratelimit-reset-tokens': '5s',
      },
    },
    5000,
  ],
  [
    'openai',
    'not the reset of a limit that has some left',
    { retryAfter: 3, headers: { 'x-ratelimit-remaining-tokens': '100', 'x-ratelimit-reset-tokens': '15s' } },
    3000,
  ],
  ['openai', 'words of the message', { message: 'Rate limit reached. Please try again in 1.2s.' }, 1200],
  ['anthropic', 'retry-after in seconds', { retryAfter: '4' }, 4000],
  ['google', 'RetryInfo in the body', { retryInfo: '12.5s' }, 12_500],
])('at %s, %s is waited for', async (provider, _, form, wait) => {
  const world = createWorld()
  world.simulator.on().reply(rateLimited(form)).then('better')
  const gateway = createPair(world)
  const before = world.clock.now()
  const reply = await world.clock.run(gateway.chat({ model: `${provider}/some-model`, messages: 'Hello' }))
  expect(reply.text).toBe('better')
  expect(world.clock.now() - before).toBe(wait)
})

test('failures have limits of their own: three times after a 429, never after a time-out', async () => {
  const world = createWorld()
  const codes = { rate_limited: 3, timed_out: 0 }
  const gateway = createPair(world, { retry: { limit: 1, codes }, timeouts: { firstToken: '5s' }, breaker: false })
  world.simulator.on({ model: 'a' }).reply(rateLimited({ retryAfter: 1 }))
  await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello' })))
  expect(world.asked()).toHaveLength(4)
  await world.clock.advance('1m')

  world.simulator.reset()
  world.simulator.on({ model: 'a' }).reply(stalled())
  await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello', stream: true })))
  expect(world.asked()).toHaveLength(1)

  world.simulator.reset()
  world.simulator.on({ model: 'a' }).reply(overloaded())
  await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello' })))
  expect(world.asked()).toHaveLength(2)
})

test('a limit of its own is counted for itself', async () => {
  const world = createWorld()
  world.simulator
    .on({ model: 'a' })
    .reply(rateLimited({ retryAfter: 1 }))
    .then(overloaded())
    .then(rateLimited({ retryAfter: 1 }))
    .then('at last')
  const gateway = createPair(world, { retry: { limit: 1, codes: { rate_limited: 2 } } })
  expect((await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }))).text).toBe('at last')
})

test('a limit of a failure that nobody can mend by asking again is refused when the gateway is made', () => {
  expect(() => createPair(createWorld(), { retry: { codes: { invalid_request: 3 } as never } })).toThrow(
    'Unknown option retry.codes.invalid_request.',
  )
})

test('the time that has passed since counts as waited', async () => {
  const world = createWorld()
  world.simulator
    .on({ model: 'a' })
    .reply(rateLimited({ retryAfter: 5 }))
    .then('better')
  world.simulator.on({ model: 'b' }).reply(overloaded({ after: '3s' }))
  const before = world.clock.now()
  const reply = await world.clock.run(
    createPair(world, { retry: { backoff: () => 8000 } }).chat({ model: 'pair', messages: 'Hello' }),
  )
  expect(reply.text).toBe('better')
  expect(world.clock.now() - before).toBe(5000)
})

test('one that can be asked again is, though the last of its group failed for good', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(overloaded()).then('better')
  world.simulator.on({ model: 'b' }).reply(unauthorized())
  const reply = await world.clock.run(createPair(world).chat({ model: 'pair', messages: 'Hello' }))
  expect(reply.text).toBe('better')
  expect(world.asked()).toEqual(['a', 'b', 'a'])
})

test('nobody waits for a deployment whose circuit will be open then, and the failure is told, not the circuit', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const gateway = createPair(world, { breaker: { consecutiveFailures: 1, cooldown: '30s' } })
  const before = world.clock.now()
  const error = await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello' })))
  expect(error.code).toBe('provider_unavailable')
  expect(world.clock.now()).toBe(before)
})

test('a call that finds every key told to wait, waits as the one that was told', async () => {
  const world = createWorld()
  world.simulator
    .on({ model: 'a' })
    .reply(rateLimited({ retryAfter: 10 }))
    .then('better')
  const gateway = createPair(world)
  const before = world.clock.now()
  const first = gateway.chat({ model: 'solo', messages: 'Hello' })
  await world.clock.advance('4s')
  const second = gateway.chat({ model: 'solo', messages: 'Hello' })
  const replies = await world.clock.run(Promise.all([first, second]))
  expect(replies.map(({ text }) => text)).toEqual(['better', 'better'])
  expect(replies[1].trace.notes).toContainEqual(expect.objectContaining({ type: 'wait', milliseconds: 6000 }))
  expect(world.clock.now() - before).toBe(10_000)
})

test('a call that finds every key told to wait goes on to another group at once', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(rateLimited({ retryAfter: 10 }))
  const gateway = createPair(world, { fallback: { default: ['spare'] }, retry: { limit: 0 } })
  await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }))
  const before = world.clock.now()
  await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }))
  expect(world.clock.now()).toBe(before)
  expect(world.asked()).toEqual(['a', 'c', 'c'])
})

test('an idempotency key goes where a row knows the header: the same for one deployment, another for the next', async () => {
  const { createGateway, provider } = await import('../../src/index.ts')
  const { openai } = await import('../../src/providers/openai.ts')
  const world = createWorld()
  world.simulator.on().reply(overloaded())
  const gateway = createGateway({
    providers: [provider(openai, { idempotencyHeader: 'idempotency-key' })],
    models: { group: ['openai/a', 'openai/b'] },
    retry: { limit: 2 },
    runtime: world.runtime,
  })
  for (let call = 0; call < 2; call++)
    await world.clock.run(failureOf(gateway.chat({ model: 'group', messages: 'Hello' })))
  const keys = new Map<string, Set<string>>()
  for (const [index, { model, headers }] of world.simulator.calls.entries()) {
    const key = headers['idempotency-key']!
    expect(key).toMatch(/^[\x21-\x7e]{10,255}$/)
    const who = `${model} ${index < world.simulator.calls.length / 2 ? 'first' : 'second'}`
    keys.set(who, (keys.get(who) ?? new Set()).add(key))
  }
  expect(world.simulator.calls).toHaveLength(8)
  expect([...keys.values()].map(({ size }) => size)).toEqual([1, 1, 1, 1])
  expect(new Set([...keys.values()].flatMap((set) => [...set])).size).toBe(4)
})

test('no idempotency key is sent where no row asks for it', async () => {
  const world = createWorld()
  await world.clock.run(createPair(world).chat({ model: 'solo', messages: 'Hello' }))
  expect(world.simulator.calls[0]!.headers).not.toHaveProperty('idempotency-key')
})

test('fault: a Retry-After without a cap. A key that is told to wait for years is tried again after an hour', async () => {
  const world = createWorld()
  world.simulator
    .on({ model: 'a' })
    .reply(rateLimited({ retryAfter: 1e8 }))
    .then('after all')
  const gateway = createPair(world)
  await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello' })))
  await world.clock.advance('59m')
  expect((await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello' })))).code).toBe(
    'no_eligible_deployment',
  )
  await world.clock.advance('1m')
  expect((await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }))).text).toBe('after all')
})

test('a key that was limited without a word of how long is asked when all others have failed; a refused one is not', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(rateLimited()).then('there is room again')
  world.simulator.on({ model: 'b' }).reply('fine').then(serverError())
  const gateway = createPair(world, { retry: { limit: 0 } })
  await world.clock.run(gateway.chat({ model: 'pair', messages: 'Hello' }))
  expect((await world.clock.run(gateway.chat({ model: 'pair', messages: 'Hello' }))).text).toBe('there is room again')
  expect(world.asked()).toEqual(['a', 'b', 'b', 'a'])

  world.simulator.reset()
  world.simulator.on({ model: 'a' }).reply(unauthorized())
  world.simulator.on({ model: 'b' }).reply('fine').then(serverError())
  const other = createPair(world, { retry: { limit: 0 } })
  await world.clock.run(other.chat({ model: 'pair', messages: 'Hello' }))
  const error = await world.clock.run(failureOf(other.chat({ model: 'pair', messages: 'Hello' })))
  expect(error.code).toBe('provider_unavailable')
  expect(world.asked()).toEqual(['a', 'b', 'b'])
})
