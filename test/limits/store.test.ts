import { expect, test } from 'vitest'
import { budget } from '../../src/limits/budget.ts'
import { limits } from '../../src/limits/limits.ts'
import { rateLimit } from '../../src/limits/rate-limit.ts'
import type { CounterStore } from '../../src/stores/counters.ts'
import { memoryCounters } from '../../src/stores/memory-counters.ts'
import {
  answering,
  charge,
  FakeRuntime,
  failing,
  fakeCall,
  limitsOf,
  make,
  neverSent,
  streaming,
  turn,
  warningsOf,
} from './harness.ts'

const million = 1_000_000
const request = { maxOutputTokens: 900 }
const monthly = budget({ by: 'team', limit: 0.01, per: 'month' })
const perMinute = rateLimit({ by: 'user', requests: 2, per: 'minute' })

/** A store elsewhere: it answers with promises, counts its trips, and can be told what to do first. */
function remote(before: (trip: string) => void | Promise<void> = () => {}) {
  const store = memoryCounters()
  const trips: string[] = []
  const via = async <T>(trip: string, work: () => T): Promise<T> => {
    trips.push(trip)
    await before(trip)
    return work()
  }
  const counters: CounterStore = {
    reserve: (reserving) => via('reserve', () => store.reserve(reserving)),
    settle: (settlements, now) => via('settle', () => store.settle(settlements, now)),
    renew: (ids, lease, now) => via('renew', () => store.renew(ids, lease, now)),
    status: (names, now) => via('status', () => store.status(names, now)),
  }
  return { counters, store, trips }
}

test('a call goes to its store once before the provider and once after, whatever the number of rules', async () => {
  const runtime = new FakeRuntime()
  const { counters, trips } = remote()
  const slot = limits({ store: counters, rules: [monthly, perMinute] })
  const call = fakeCall(runtime, { request })
  await make(slot, call, { send: answering(0.5 * million) })
  await slot.flush!()
  expect(trips).toEqual(['reserve', 'settle'])
  expect(await slot.status(call.principal)).toMatchObject([{ spent: 0.0005, reserved: 0 }, { spent: 1 }])
})

test('a retry settles the attempt before it in the trip that reserves for it', async () => {
  const runtime = new FakeRuntime()
  const { counters, trips } = remote()
  const slot = limits({ store: counters, rules: [budget({ by: 'team', limit: 0.001, per: 'month' })] })
  await make(slot, fakeCall(runtime, { request }), { send: failing(neverSent) }, { send: answering(million) })
  await slot.flush!()
  expect(trips).toEqual(['reserve', 'reserve', 'settle'])
})

test('the reader does not wait for the settlement, which flush and waitUntil do', async () => {
  const runtime = new FakeRuntime()
  let release = (): void => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const { counters, store } = remote((trip) => (trip === 'settle' ? held : undefined))
  const slot = limits({ store: counters, rules: [monthly] })
  const call = fakeCall(runtime, { request })
  await make(slot, call, { send: answering(0.5 * million) })
  // What the store will say is told already.
  expect(limitsOf(call.notes)).toMatchObject([{ spent: 0.0005, reserved: 0 }])
  expect(store.size.reservations).toBe(1)
  expect(runtime.kept).toHaveLength(1)
  let flushed = false
  const flushing = slot.flush!().then(() => {
    flushed = true
  })
  await turn()
  expect(flushed).toBe(false)
  release()
  await Promise.all([flushing, ...runtime.kept])
  expect(store.size.reservations).toBe(0)
})

test('a store that fails closes budgets', async () => {
  const runtime = new FakeRuntime()
  const broken = Object.assign(new Error('redis://:secret@host refused'), { code: 'ECONNREFUSED' })
  for (const fail of [
    () => Promise.reject(broken),
    () => {
      throw broken
    },
  ]) {
    const { counters } = remote()
    const slot = limits({ store: { ...counters, reserve: fail }, rules: [monthly, perMinute] })
    let sent = false
    const error = await make(slot, fakeCall(runtime, { request }), {
      send(attempt) {
        sent = true
        return answering(0)(attempt)
      },
    }).catch((cause) => cause)
    expect(error).toMatchObject({
      code: 'store_unavailable',
      status: 503,
      message:
        'The store of limits did not answer (ECONNREFUSED): "budget:team:month" admits nothing that it cannot count.',
    })
    expect(JSON.stringify(error)).not.toContain('secret')
    expect(sent).toBe(false)
  }
})

test('a store that fails leaves rate limits to this process, with a warning', async () => {
  const runtime = new FakeRuntime()
  const { counters } = remote((trip) => {
    if (trip === 'reserve') throw new Error('gone')
  })
  const slot = limits({ store: counters, rules: [perMinute] })
  const call = fakeCall(runtime, { request })
  await make(slot, call, { send: answering(0) })
  expect(warningsOf(call.notes)).toEqual(['The store of limits did not answer (Error): this process counts by itself.'])
  await make(slot, fakeCall(runtime, { request }), { send: answering(0) })
  await expect(make(slot, fakeCall(runtime, { request }), { send: answering(0) })).rejects.toMatchObject({
    code: 'limit_exceeded',
  })
})

test.each([
  undefined,
  'OK',
  { granted: true },
  { granted: true, units: 900, states: [] },
  { granted: true, states: [{ spent: 0, reserved: 1, resetsAt: 0 }] },
  { granted: false, refusals: [], states: [{ spent: 0, reserved: 0, resetsAt: 0 }] },
])('a store of one’s own that answers %o has failed, before anything is sent', async (answer) => {
  const runtime = new FakeRuntime()
  for (const reserve of [() => answer, async () => answer]) {
    const store = { ...memoryCounters(), reserve } as unknown as CounterStore
    const budgets = limits({ store, rules: [monthly] })
    const send = (): never => expect.unreachable()
    await expect(make(budgets, fakeCall(runtime, { request }), { send })).rejects.toMatchObject({
      code: 'store_unavailable',
      message: expect.stringContaining('(what it gave is no answer to reserve)'),
    })
    const call = fakeCall(runtime, { request })
    await make(limits({ store, rules: [perMinute] }), call, { send: answering(0) })
    expect(warningsOf(call.notes)).toEqual([expect.stringContaining('this process counts by itself')])
    expect(limitsOf(call.notes)).toMatchObject([{ spent: 1, reserved: 0 }])
  }
})

test('a store that takes longer than 250 ms counts as failed, and what it grants late is given back', async () => {
  const runtime = new FakeRuntime()
  const { counters, store } = remote((trip) => (trip === 'reserve' ? runtime.sleep(400) : undefined))
  const slot = limits({ store: counters, rules: [monthly] })
  const error = make(slot, fakeCall(runtime, { request }), { send: answering(0) }).catch((cause) => cause)
  await runtime.advance(250)
  expect(await error).toMatchObject({ code: 'store_unavailable' })
  await runtime.advance(1000)
  await slot.flush!()
  expect(store.size).toMatchObject({ reservations: 0, counters: 1 })
  expect(
    store.status(
      [{ key: 'budget:team:month/budget/month/search', window: { type: 'calendar', per: 'month' } }],
      runtime.now(),
    ),
  ).toMatchObject([{ spent: 0, reserved: 0 }])
})

test('counters are not lost when an un-awaited write fails: it is written again', async () => {
  const runtime = new FakeRuntime()
  let failures = 3
  const { counters, trips } = remote((trip) => {
    if (trip === 'settle' && failures-- > 0) throw new Error('gone')
  })
  const slot = limits({ store: counters, rules: [monthly] })
  const call = fakeCall(runtime, { request })
  await make(slot, call, { send: answering(0.5 * million) })
  const flushing = slot.flush!()
  await runtime.advance(30_000)
  await flushing
  expect(trips).toEqual(['reserve', 'settle', 'settle', 'settle', 'settle'])
  expect(await slot.status(call.principal)).toMatchObject([{ spent: 0.0005, reserved: 0 }])
})

test('when a settlement never arrives, the reservation lapses to its worst case', async () => {
  const runtime = new FakeRuntime()
  const { counters, store } = remote((trip) => {
    if (trip === 'settle') throw new Error('gone')
  })
  const slot = limits({ store: counters, rules: [monthly] })
  const call = fakeCall(runtime, { request })
  await make(slot, call, { send: answering(0.5 * million) })
  await runtime.advance(60_000)
  await slot.flush!()
  expect(await slot.status(call.principal)).toMatchObject([{ spent: 0, reserved: 0.001 }])
  await runtime.advance(600_000)
  expect(await slot.status(call.principal)).toMatchObject([{ spent: 0.001, reserved: 0 }])
  expect(store.size.reservations).toBe(0)
})

test('a stream that outlasts its lease renews it while it runs', async () => {
  const runtime = new FakeRuntime()
  const { counters, trips } = remote()
  const slot = limits({ store: counters, rules: [monthly] })
  const call = fakeCall(runtime, { request: { ...request, stream: true }, timeout: 3 * 3_600_000 })
  const reply = await make(slot, call, { send: streaming(runtime, 120, 60_000, charge(0.5 * million)) })
  if (reply.kind !== 'stream') throw new Error('not a stream')
  const reading = (async () => {
    while (await reply.pull()) {
      // To the end.
    }
  })()
  await runtime.advance(100 * 60_000)
  expect(await slot.status(call.principal)).toMatchObject([{ spent: 0, reserved: 0.001 }])
  await runtime.advance(30 * 60_000)
  await reading
  await slot.flush!()
  expect(trips.filter((trip) => trip === 'renew').length).toBeGreaterThan(10)
  expect(await slot.status(call.principal)).toMatchObject([{ spent: 0.0005, reserved: 0 }])
})

test('a whole reply has a lease until after its deadline', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({ rules: [monthly] })
  const call = fakeCall(runtime, { request, timeout: 3_600_000 })
  const reply = make(slot, call, {
    async send(attempt) {
      await runtime.sleep(3_600_000)
      return answering(0.5 * million)(attempt)
    },
  })
  await runtime.advance(3_599_999)
  expect(await slot.status(call.principal)).toMatchObject([{ spent: 0, reserved: 0.001 }])
  await runtime.advance(1)
  await reply
  expect(await slot.status(call.principal)).toMatchObject([{ spent: 0.0005, reserved: 0 }])
})

test('asking where the limits stand fails clearly when the store does', async () => {
  const slot = limits({
    store: { ...remote().counters, status: () => Promise.reject(new Error('gone')) },
    rules: [monthly],
  })
  await expect(slot.status({ team: 'a' })).rejects.toMatchObject({ code: 'store_unavailable' })
})
