import { expect, test } from 'vitest'
import type { CounterEntry, Reserving } from '../../src/stores/counters.ts'
import { memoryCounters } from '../../src/stores/memory-counters.ts'
import { spanAt, type Window } from '../../src/stores/window.ts'

const at = Date.parse
const month: Window = { type: 'calendar', per: 'month' }
const minute: Window = { type: 'rolling', length: 60_000 }
const start = at('2026-03-10T12:00:00Z')

function entry(fixed: number, more: Partial<CounterEntry> = {}): CounterEntry {
  return { key: 'a', window: month, limit: 100, fixed, perUnit: 0, caps: false, ...more }
}

function reserving(id: string, entries: readonly CounterEntry[], more: Partial<Reserving> = {}): Reserving {
  const units = { least: 0, most: 0 }
  return { id, state: 'sent', now: start, lease: start + 60_000, entries, units, settle: [], ...more }
}

test('what is reserved and what is spent share the limit, to the last unit', () => {
  const store = memoryCounters()
  expect(store.reserve(reserving('1', [entry(60)])).granted).toBe(true)
  store.settle([{ id: '1', amounts: [50] }], start)
  expect(store.reserve(reserving('2', [entry(51)])).granted).toBe(false)
  expect(store.reserve(reserving('3', [entry(50)])).granted).toBe(true)
  expect(store.reserve(reserving('4', [entry(1)])).granted).toBe(false)
  expect(store.status([{ key: 'a', window: month }], start)).toEqual([
    { spent: 50, reserved: 50, resetsAt: at('2026-04-01T00:00:00Z') },
  ])
})

test('a refusal names the entries that did not fit, and consumes nothing of those that did', () => {
  const store = memoryCounters()
  const answer = store.reserve(reserving('1', [entry(10), entry(101, { key: 'b' }), entry(10, { key: 'c' })]))
  expect(answer).toMatchObject({ granted: false, refusals: [{ entry: 1, amount: 101, fitsAt: undefined }] })
  const names = ['a', 'b', 'c'].map((key) => ({ key, window: month }))
  expect(store.status(names, start).map(({ reserved }) => reserved)).toEqual([0, 0, 0])
  expect(store.size.reservations).toBe(0)
})

test('a settlement that comes along makes room first, and stays when the entries are refused', () => {
  const store = memoryCounters()
  store.reserve(reserving('1', [entry(90)]))
  const settle = [{ id: '1', amounts: [40] }]
  expect(store.reserve(reserving('2', [entry(61)], { settle })).granted).toBe(false)
  expect(store.status([{ key: 'a', window: month }], start)[0]).toMatchObject({ spent: 40, reserved: 0 })
  expect(store.reserve(reserving('3', [entry(60)], { settle })).granted).toBe(true)
})

test('a reservation settles once', () => {
  const store = memoryCounters()
  store.reserve(reserving('1', [entry(10)]))
  expect(store.settle([{ id: '1', amounts: [7] }], start)[0]).toMatchObject([{ spent: 7, reserved: 0 }])
  expect(store.settle([{ id: '1', amounts: [7] }], start)).toEqual([[]])
  expect(store.status([{ key: 'a', window: month }], start)[0]).toMatchObject({ spent: 7, reserved: 0 })
})

test('more than was reserved may be settled, and is counted beyond the limit', () => {
  const store = memoryCounters()
  store.reserve(reserving('1', [entry(100)]))
  store.settle([{ id: '1', amounts: [120] }], start)
  expect(store.status([{ key: 'a', window: month }], start)[0]).toMatchObject({ spent: 120, reserved: 0 })
  expect(store.reserve(reserving('2', [entry(1)])).granted).toBe(false)
  expect(store.reserve(reserving('3', [entry(0)])).granted).toBe(true)
})

test('as many units are granted as fit into every entry that caps, and none below the least', () => {
  const store = memoryCounters()
  const entries = [entry(10, { perUnit: 0.5, caps: true }), entry(5, { key: 'b', limit: 65, perUnit: 1, caps: true })]
  expect(store.reserve(reserving('1', entries, { units: { least: 20, most: 500 } }))).toMatchObject({
    granted: true,
    units: 60,
    states: [{ reserved: 40 }, { reserved: 65 }],
  })
  expect(store.reserve(reserving('2', entries, { units: { least: 20, most: 500 } }))).toMatchObject({
    granted: false,
    refusals: [{ entry: 1, amount: 25 }],
  })
})

test('an entry that does not cap must cover what the others grant', () => {
  const store = memoryCounters()
  const entries = [entry(0, { perUnit: 1, caps: true }), entry(0, { key: 'b', limit: 99, perUnit: 1 })]
  expect(store.reserve(reserving('1', entries, { units: { least: 10, most: 500 } })).granted).toBe(false)
  const smaller = [entries[0]!, { ...entries[1]!, limit: 100 }]
  expect(store.reserve(reserving('2', smaller, { units: { least: 10, most: 500 } }))).toMatchObject({ units: 100 })
})

test('what was held lapses to nothing, and what was sent to all of it, spent', () => {
  const store = memoryCounters()
  store.reserve(reserving('held', [entry(30)], { state: 'held' }))
  store.reserve(reserving('sent', [entry(20)]))
  expect(store.status([{ key: 'a', window: month }], start + 59_000)[0]).toMatchObject({ spent: 0, reserved: 50 })
  expect(store.status([{ key: 'a', window: month }], start + 61_000)[0]).toMatchObject({ spent: 20, reserved: 0 })
  expect(store.size.reservations).toBe(0)
  store.settle([{ id: 'sent', amounts: [1] }], start + 61_000)
  expect(store.status([{ key: 'a', window: month }], start + 61_000)[0]).toMatchObject({ spent: 20, reserved: 0 })
})

test('a renewed lease keeps a reservation open', () => {
  const store = memoryCounters()
  store.reserve(reserving('1', [entry(20)]))
  store.renew(['1', 'unknown'], start + 120_000, start + 30_000)
  expect(store.status([{ key: 'a', window: month }], start + 61_000)[0]).toMatchObject({ reserved: 20 })
  expect(store.status([{ key: 'a', window: month }], start + 121_000)[0]).toMatchObject({ spent: 20 })
})

test('a calendar window starts anew at its edge, and what was reserved before it is spent before it', () => {
  const store = memoryCounters()
  const eve = at('2026-03-31T23:59:59.999Z')
  const midnight = eve + 1
  store.reserve(reserving('1', [entry(100)], { now: eve, lease: eve + 600_000 }))
  expect(store.reserve(reserving('2', [entry(1)], { now: eve }))).toMatchObject({ refusals: [{ fitsAt: midnight }] })
  expect(store.reserve(reserving('3', [entry(100)], { now: midnight, lease: eve + 600_000 })).granted).toBe(true)
  store.settle([{ id: '1', amounts: [100] }], midnight)
  expect(store.status([{ key: 'a', window: month }], midnight)[0]).toMatchObject({ spent: 0, reserved: 100 })
})

test('hours, days, weeks from Monday, and months end where UTC says so', () => {
  const edges = (per: 'hour' | 'day' | 'week' | 'month', now: string): string[] => {
    const { start, until, leaves } = spanAt({ type: 'calendar', per }, at(now))
    expect(leaves).toBe(until)
    return [start, until].map((edge) => new Date(edge).toISOString().slice(0, 16))
  }
  expect(edges('hour', '2026-03-29T01:30:00Z')).toEqual(['2026-03-29T01:00', '2026-03-29T02:00'])
  // The days on which Europe and America change their clocks have 24 hours here.
  expect(edges('day', '2026-03-29T12:00:00Z')).toEqual(['2026-03-29T00:00', '2026-03-30T00:00'])
  expect(edges('day', '2026-11-01T12:00:00Z')).toEqual(['2026-11-01T00:00', '2026-11-02T00:00'])
  expect(edges('week', '2026-03-08T23:59:59Z')).toEqual(['2026-03-02T00:00', '2026-03-09T00:00'])
  expect(edges('week', '2026-03-09T00:00:00Z')).toEqual(['2026-03-09T00:00', '2026-03-16T00:00'])
  expect(new Date('2026-03-09T00:00:00Z').getUTCDay()).toBe(1)
  expect(edges('month', '2028-02-29T23:00:00Z')).toEqual(['2028-02-01T00:00', '2028-03-01T00:00'])
  expect(edges('month', '2026-12-31T23:59:59Z')).toEqual(['2026-12-01T00:00', '2027-01-01T00:00'])
})

test('a rolling window lets go of an amount once all that was counted with it has left', () => {
  const store = memoryCounters()
  const rolling = (id: string, now: number): boolean =>
    store.reserve(reserving(id, [entry(100, { window: minute })], { now, lease: now + 1e9 })).granted
  expect(rolling('1', start + 500)).toBe(true)
  expect(rolling('2', start + 60_499)).toBe(false)
  // A fiftieth of a minute is 1.2 seconds.
  expect(rolling('3', start + 61_199)).toBe(false)
  expect(rolling('4', start + 61_200)).toBe(true)
})

test('a total is never reset', () => {
  const store = memoryCounters()
  store.reserve(reserving('1', [entry(100, { window: { type: 'total' } })]))
  const later = start + 1e12
  const refused = store.reserve(reserving('2', [entry(1, { window: { type: 'total' } })], { now: later }))
  expect(refused).toMatchObject({ refusals: [{ fitsAt: undefined }], states: [{ spent: 100 }] })
  expect(refused.states[0]!.resetsAt).toBe(Number.POSITIVE_INFINITY)
})

test('a clock that is set back neither forgets nor frees anything', () => {
  const store = memoryCounters()
  const lease = at('2026-04-02T00:00:00Z')
  store.reserve(reserving('1', [entry(60)], { now: at('2026-04-01T00:00:01Z'), lease }))
  expect(store.reserve(reserving('2', [entry(60)], { now: at('2026-03-31T23:59:59Z') })).granted).toBe(false)
  store.reserve(reserving('3', [entry(40)], { now: at('2026-03-31T23:59:59Z'), lease }))
  expect(store.status([{ key: 'a', window: month }], at('2026-04-01T00:00:02Z'))).toEqual([
    { spent: 0, reserved: 100, resetsAt: at('2026-05-01T00:00:00Z') },
  ])
})

test('a counter is never evicted before its window ends, and is forgotten after it', () => {
  const store = memoryCounters()
  for (let user = 0; user < 1000; user++) {
    store.reserve(reserving(`${user}`, [entry(1, { key: `user-${user}`, window: minute })]))
    store.settle([{ id: `${user}`, amounts: [1] }], start)
  }
  for (let call = 0; call < 2000; call++) store.status([{ key: 'user-1', window: minute }], start + 59_000)
  expect(store.size.counters).toBe(1000)
  expect(store.status([{ key: 'user-999', window: minute }], start + 59_000)[0]).toMatchObject({ spent: 1 })

  for (let call = 0; call < 1000; call++) store.status([{ key: 'user-1', window: minute }], start + 120_000)
  expect(store.size.counters).toBe(0)
})

test('calls that each count for somebody new are forgotten as fast as they come, however many rules count them', () => {
  const store = memoryCounters()
  const largest = (calls: number): number => {
    let most = 0
    for (let call = 0; call < calls; call++) {
      const now = start + call * 1000
      const entries = [0, 1, 2, 3, 4, 5].map((rule) => entry(1, { key: `${rule}/${call}`, window: minute }))
      store.reserve(reserving(`${call}`, entries, { now, lease: now + 1000 }))
      store.settle([{ id: `${call}`, amounts: entries.map(() => 1) }], now)
      most = Math.max(most, store.size.counters)
    }
    return most
  }
  // A minute and a fiftieth of such calls, and as much again that is on its way out.
  expect(largest(5000)).toBeLessThan(6 * 62 * 2.5)
})

test('a reservation that nobody settles is released, though nobody asks for it again', () => {
  const store = memoryCounters()
  for (let call = 0; call < 100; call++) store.reserve(reserving(`${call}`, [entry(1, { window: minute })]))
  expect(store.size.reservations).toBe(100)
  store.status([], start + 61_000)
  expect(store.size.reservations).toBe(0)
})
