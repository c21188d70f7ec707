import { expect, test } from 'vitest'
import { budget } from '../../src/limits/budget.ts'
import { limits } from '../../src/limits/limits.ts'
import { rateLimit } from '../../src/limits/rate-limit.ts'
import { memoryCounters } from '../../src/stores/memory-counters.ts'
import {
  answering,
  begin,
  charge,
  end,
  FakeRuntime,
  failing,
  fakeCall,
  fakeDeployment,
  limitsOf,
  make,
  neverSent,
  streaming,
  turn,
} from './harness.ts'

// Faults that were seen in public gateways, each under its name.

const million = 1_000_000
const request = { maxOutputTokens: 900 }

test('$0.45 left, five concurrent calls of $0.15, four admitted', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [budget({ by: 'key', limit: 0.45, per: 'month' })] })
  const dear = fakeDeployment({ price: 150_000 })
  let sent = 0
  const calls = Array.from({ length: 5 }, () =>
    make(slot, fakeCall(runtime, { principal: { key: 'k1' }, request }), {
      deployment: dear,
      async send(attempt) {
        sent++
        await runtime.sleep(10)
        return answering(150 * million)(attempt)
      },
    }),
  )
  const ended = Promise.allSettled(calls)
  await runtime.advance(100)
  expect((await ended).filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
  expect(sent).toBe(3)
  expect(await slot.status({ key: 'k1' })).toMatchObject([{ spent: 0.45, reserved: 0, remaining: 0 }])
})

test('budgets checked per replica', async () => {
  const runtime = new FakeRuntime()
  const store = memoryCounters()
  const rules = [budget({ limit: 0.002, per: 'month' })]
  const replicas = [limits({ store, rules }), limits({ store, rules }), limits({ store, rules })]
  const ended = await Promise.allSettled(
    replicas.map((slot) => make(slot, fakeCall(runtime, { request }), { send: answering(million) })),
  )
  expect(ended.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
})

test('a reservation that shrinks and admits', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [budget({ limit: 0.0015, per: 'month' })] })
  await make(slot, fakeCall(runtime, { request }), { send: answering(million) })
  // Half a call is left: the caller's own maximum is not quietly reserved at less than it may cost.
  await expect(make(slot, fakeCall(runtime, { request }), { send: answering(million) })).rejects.toMatchObject({
    code: 'budget_exceeded',
  })
})

test('a reservation is not freed by a first attempt that failed while its money may still be billed', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [budget({ limit: 0.0025, per: 'month' })] })
  const call = fakeCall(runtime, { request })
  await slot.call!(call, async (inner) => {
    const lost = charge(undefined, { estimated: true, uncertain: true })
    await begin(slot, inner, { send: failing(lost, 'timed_out') }).reply.catch(() => {})
    return begin(slot, inner, { send: answering(0.4 * million) }).reply
  })
  expect(limitsOf(call.notes)).toMatchObject([{ spent: 0.0014, reserved: 0 }])
  await expect(
    make(slot, fakeCall(runtime, { request: { maxOutputTokens: 1100 } }), { send: answering(0) }),
  ).rejects.toMatchObject({ code: 'budget_exceeded' })
})

test('a paid answer thrown away because the check came after', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [budget({ limit: 0.001, per: 'month' })] })
  const reply = await make(slot, fakeCall(runtime, { request }), { send: answering(5 * million) })
  expect(reply.kind).toBe('whole')
})

test('unknown price counted as $0', async () => {
  const slot = limits({ rules: [budget({ limit: 100, per: 'month' })] })
  const deployment = fakeDeployment({ price: undefined })
  let sent = false
  const reply = make(slot, fakeCall(new FakeRuntime(), { request }), {
    deployment,
    send(attempt) {
      sent = true
      return answering(0)(attempt)
    },
  })
  await expect(reply).rejects.toMatchObject({ code: 'unknown_price', status: 402 })
  expect(sent).toBe(false)
})

test('a rejected request that consumed other scopes’ quota', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({
    rules: [
      rateLimit({ by: 'team', requests: 100, tokens: 1_000_000, per: 'minute' }),
      budget({ by: 'team', limit: 1, per: 'month' }),
      rateLimit({ by: 'user', requests: 0, per: 'minute' }),
    ],
  })
  const call = fakeCall(runtime, { request })
  await expect(make(slot, call, { send: answering(0) })).rejects.toMatchObject({ code: 'limit_exceeded' })
  for (const { spent, reserved } of await slot.status(call.principal)) expect([spent, reserved]).toEqual([0, 0])
})

test('slots that leak when the caller cancels', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({
    rules: [budget({ by: 'team', limit: 0.001, per: 'month' }), rateLimit({ by: 'team', tokens: 1000, per: 'minute' })],
  })
  for (let turn = 0; turn < 20; turn++) {
    const call = fakeCall(runtime, { request: { ...request, stream: true } })
    const partial = charge(1000, { usage: { inputTokens: 1, outputTokens: 0 }, estimated: true })
    const reply = await make(slot, call, { send: streaming(runtime, 100, 10, charge(million), partial) })
    if (reply.kind !== 'stream') throw new Error('not a stream')
    await reply.cancel()
    if (turn === 0) {
      expect(limitsOf(call.notes)).toMatchObject([
        { kind: 'budget', spent: 0.000001, reserved: 0 },
        { kind: 'tokens', spent: 1, reserved: 0 },
      ])
    }
    runtime.time += 60_000 * 60 * 24 * 31
  }
})

test('streamed usage counted twice', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [budget({ by: 'team', limit: 1, per: 'month' })] })
  const call = fakeCall(runtime, { request: { ...request, stream: true } })
  const reply = await make(slot, call, { send: streaming(runtime, 3, 0, charge(0.5 * million)) })
  if (reply.kind !== 'stream') throw new Error('not a stream')
  const reading = (async () => {
    while (await reply.pull()) {
      // To the end.
    }
    await reply.cancel()
  })()
  await runtime.advance(10)
  await reading
  expect(await slot.status(call.principal)).toMatchObject([{ spent: 0.0005, reserved: 0 }])
})

test('a retry that asks for the money of the attempt before it a second time', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [budget({ limit: 0.001, per: 'month' })] })
  const fail = { send: failing(neverSent) }
  await make(slot, fakeCall(runtime, { request }), fail, fail, fail, { send: answering(million) })
  expect(await slot.status({})).toMatchObject([{ spent: 0.001 }])
})

test('a hedge that loses after its call has ended, whose cost is lost', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [budget({ limit: 1, per: 'month' })] })
  const call = fakeCall(runtime, { request })
  let loser: ReturnType<typeof begin> | undefined
  await slot.call!(call, (inner) => {
    loser = begin(slot, inner, { send: () => new Promise(() => {}) })
    return begin(slot, inner, { send: answering(0.25 * million) }, true).reply
  })
  expect(await slot.status({})).toMatchObject([{ spent: 0.00025, reserved: 0.001 }])
  end(loser!.attempt, 'cancelled', charge(0.5 * million, { estimated: true }))
  expect(await slot.status({})).toMatchObject([{ spent: 0.00075, reserved: 0 }])
  expect(limitsOf(call.notes)).toMatchObject([{ spent: 0.00075, reserved: 0 }])
})

test('a hedge whose second leg no budget checks', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [budget({ limit: 0.0015, per: 'month' })] })
  await slot.call!(fakeCall(runtime, { request }), async (inner) => {
    const first = begin(slot, inner, {
      async send(attempt) {
        await runtime.sleep(10)
        return answering(million)(attempt)
      },
    })
    const second = begin(slot, inner, { send: answering(million) }, true)
    await expect(second.reply).rejects.toMatchObject({ code: 'budget_exceeded' })
    await runtime.advance(10)
    return first.reply
  })
})

test('a reset that loses what is in flight, or charges it to the new month', async () => {
  const runtime = new FakeRuntime('2026-03-31T23:59:59Z')
  const slot = limits({ rules: [budget({ limit: 0.001, per: 'month' })] })
  let answer = (): void => {}
  const before = make(slot, fakeCall(runtime, { request }), {
    async send(attempt) {
      await new Promise<void>((resolve) => {
        answer = resolve
      })
      return answering(million)(attempt)
    },
  })
  await turn()
  runtime.time = Date.parse('2026-04-01T00:00:00Z')
  await make(slot, fakeCall(runtime, { request }), { send: answering(million) })
  answer()
  await before
  expect(await slot.status({})).toMatchObject([{ spent: 0.001, reserved: 0 }])
})

test('settings shared by several instances', async () => {
  const runtime = new FakeRuntime()
  const rules = [budget({ limit: 0.001, per: 'month' })]
  const [one, other] = [limits({ rules }), limits({ rules })]
  await make(one, fakeCall(runtime, { request }), { send: answering(million) })
  await make(other, fakeCall(runtime, { request }), { send: answering(million) })
  expect(await one.status({})).toMatchObject([{ spent: 0.001 }])
})
