import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isGatewayError } from '../../src/errors.ts'
import { budget } from '../../src/limits/budget.ts'
import { limits } from '../../src/limits/limits.ts'
import { rateLimit } from '../../src/limits/rate-limit.ts'
import {
  answering,
  begin,
  charge,
  FakeRuntime,
  failing,
  fakeCall,
  fakeDeployment,
  limitsOf,
  make,
  neverSent,
  turn,
  uncertain,
} from './harness.ts'

const used = (inputTokens: number, outputTokens: number) => charge(0, { usage: { inputTokens, outputTokens } })
const lengths = { second: 1000, minute: 60_000, hour: 3_600_000, day: 86_400_000 }

test('no stretch of the window’s length ever holds more calls than the limit, wherever it lies', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom<'second' | 'minute' | 'hour' | 'day'>('second', 'minute', 'hour', 'day'),
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.double({ min: 0, max: 0.4, noNaN: true }), { minLength: 1, maxLength: 120, size: 'max' }),
      async (per, requests, pauses) => {
        const length = lengths[per]
        const runtime = new FakeRuntime()
        const slot = limits({ rules: [rateLimit({ by: 'user', requests, per })] })
        const admitted: number[] = []
        for (const pause of pauses) {
          runtime.time += Math.floor(pause * length)
          const now = runtime.time
          await make(slot, fakeCall(runtime), { send: answering(0) }).then(
            () => admitted.push(now),
            (error) => expect(error.code).toBe('limit_exceeded'),
          )
        }
        for (let index = requests; index < admitted.length; index++) {
          expect(admitted[index]! - admitted[index - requests]!).toBeGreaterThanOrEqual(length)
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('no stretch of the window’s length ever holds more tokens than the limit', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 20_000 }), fc.integer({ min: 1, max: 300 }), fc.nat(300)), {
        minLength: 1,
        maxLength: 80,
        size: 'max',
      }),
      async (calls) => {
        const runtime = new FakeRuntime()
        const slot = limits({ rules: [rateLimit({ tokens: 1000, per: 'minute' })] })
        const admitted: { at: number; tokens: number }[] = []
        for (const [pause, maxOutputTokens, output] of calls) {
          runtime.time += pause
          const tokens = 100 + Math.min(output, maxOutputTokens)
          const at = runtime.time
          const call = fakeCall(runtime, { request: { maxOutputTokens } })
          await make(slot, call, { send: answering(used(100, tokens - 100)) }).then(
            () => admitted.push({ at, tokens }),
            () => {},
          )
        }
        for (const { at } of admitted) {
          const within = admitted.filter((other) => other.at >= at && other.at < at + 60_000)
          expect(within.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(1000)
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('the edge of a minute is not worth two bursts', async () => {
  const runtime = new FakeRuntime('2026-03-10T12:00:59.900Z')
  const slot = limits({ rules: [rateLimit({ requests: 10, per: 'minute' })] })
  const burst = () =>
    Promise.allSettled(Array.from({ length: 10 }, () => make(slot, fakeCall(runtime), { send: answering(0) })))
  expect((await burst()).every(({ status }) => status === 'fulfilled')).toBe(true)
  runtime.time = Date.parse('2026-03-10T12:01:00.100Z')
  expect((await burst()).every(({ status }) => status === 'rejected')).toBe(true)
})

test('a refusal says when to come back, and coming back then succeeds', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [rateLimit({ by: 'user', requests: 2, per: 'minute' })] })
  await make(slot, fakeCall(runtime), { send: answering(0) })
  runtime.time += 10_000
  await make(slot, fakeCall(runtime), { send: answering(0) })
  const call = fakeCall(runtime)
  const error = await make(slot, call, { send: answering(0) }).catch((cause) => cause)
  if (!isGatewayError(error, 'limit_exceeded')) throw error
  expect(error).toMatchObject({ status: 429 })
  expect(error.message).toContain('"rate:user:minute" of u1 has 0 of 2 left')
  expect(limitsOf(call.notes)).toMatchObject([
    { rule: 'rate:user:minute', kind: 'requests', subject: 'u1', limit: 2, spent: 2, remaining: 0 },
  ])

  runtime.time += error.retryAfter! - 1
  await expect(make(slot, fakeCall(runtime), { send: answering(0) })).rejects.toMatchObject({ code: 'limit_exceeded' })
  runtime.time += 1
  await make(slot, fakeCall(runtime), { send: answering(0) })
})

test('a request counts once for its call, however many attempts it takes', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [rateLimit({ by: 'user', requests: 2, per: 'minute' })] })
  const fail = { send: failing(neverSent) }
  const call = fakeCall(runtime)
  await make(slot, call, fail, fail, fail, { send: answering(0) })
  expect(limitsOf(call.notes)).toMatchObject([{ kind: 'requests', spent: 1, remaining: 1 }])
})

test('by provider, a request counts once at each provider that it reaches', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [rateLimit({ by: 'provider', requests: 5, per: 'minute' })] })
  const [openai, groq] = [fakeDeployment(), fakeDeployment({ id: 'groq/llama' })]
  slot.check!([openai, groq], runtime)
  const fail = { deployment: openai, send: failing(neverSent) }
  await make(slot, fakeCall(runtime), fail, fail, { deployment: groq, send: answering(0) })
  expect(await slot.status({})).toMatchObject([
    { subject: 'openai', spent: 1 },
    { subject: 'groq', spent: 1 },
  ])
})

test('tokens are reserved at their worst and settled at what was used', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [rateLimit({ by: 'user', tokens: 1000, per: 'minute' })] })
  let answer = (): void => {}
  const call = fakeCall(runtime, { request: { maxOutputTokens: 500 } })
  const reply = make(slot, call, {
    send: async (attempt) => {
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      return answering(used(80, 20))(attempt)
    },
  })
  await turn()
  expect(await slot.status(call.principal)).toMatchObject([{ kind: 'tokens', spent: 0, reserved: 600, remaining: 400 }])
  const second = fakeCall(runtime, { request: { maxOutputTokens: 500 } })
  await expect(make(slot, second, { send: answering(0) })).rejects.toMatchObject({ code: 'limit_exceeded' })
  answer()
  await reply
  expect(limitsOf(call.notes)).toMatchObject([{ kind: 'tokens', spent: 100, reserved: 0, remaining: 900 }])
})

test('tokens of an attempt that was lost on the way count in full, and of one that was never sent not at all', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [rateLimit({ tokens: 10_000, per: 'minute' })] })
  const request = { maxOutputTokens: 500 }
  await make(slot, fakeCall(runtime, { request }), { send: failing(uncertain, 'timed_out') }).catch(() => {})
  await make(slot, fakeCall(runtime, { request }), { send: failing(neverSent) }).catch(() => {})
  expect(await slot.status({})).toMatchObject([{ spent: 600, reserved: 0 }])
})

test('a call without a maximum output gets one that the tokens cover', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [rateLimit({ tokens: 5000, per: 'minute' })] })
  let sent: unknown
  await make(slot, fakeCall(runtime), {
    send: (attempt) => {
      sent = attempt.request
      return answering(used(100, 4900))(attempt)
    },
  })
  expect(sent).toMatchObject({ maxOutputTokens: 4900 })
  await expect(make(slot, fakeCall(runtime), { send: answering(0) })).rejects.toMatchObject({ code: 'limit_exceeded' })
})

test('requests and tokens of one rule are two counters, and a refusal by one leaves the other alone', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [rateLimit({ by: 'user', requests: 10, tokens: 1000, per: 'minute' })] })
  const call = fakeCall(runtime, { request: { maxOutputTokens: 5000 } })
  await expect(make(slot, call, { send: answering(0) })).rejects.toMatchObject({
    code: 'limit_exceeded',
    message: expect.stringContaining('in tokens; this call needs 5100. It is more than the whole limit.'),
    retryAfter: undefined,
  })
  expect(await slot.status(call.principal)).toMatchObject([
    { kind: 'requests', spent: 0, reserved: 0 },
    { kind: 'tokens', spent: 0, reserved: 0 },
  ])
})

test('a rate limit that refuses is told before a budget that does, for nothing cheaper would help', async () => {
  const slot = limits({ rules: [budget({ limit: 0, per: 'day' }), rateLimit({ requests: 0, per: 'minute' })] })
  await expect(make(slot, fakeCall(new FakeRuntime()), { send: answering(0) })).rejects.toMatchObject({
    code: 'limit_exceeded',
  })
})

test('an attempt whose call did not pass the slot is refused', async () => {
  const slot = limits({ rules: [rateLimit({ requests: 1, per: 'minute' })] })
  const { reply } = begin(slot, fakeCall(new FakeRuntime()), { send: answering(0) })
  await expect(reply).rejects.toMatchObject({ code: 'internal' })
})
