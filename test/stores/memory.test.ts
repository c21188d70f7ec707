import { expect, test } from 'vitest'
import { memoryStore } from '../../src/stores/memory.ts'
import { valuesOf } from '../../src/stores/store.ts'

const kept = { ttl: 1000 }

test('gives back what was set, until it is deleted', () => {
  const store = memoryStore()
  store.set('a', 'one', kept)
  expect(store.get('a')).toBe('one')
  store.set('a', 'two', kept)
  expect(store.get('a')).toBe('two')
  store.delete('a')
  expect(store.get('a')).toBeUndefined()
})

test('lets go of what was not used for longest when the bytes run out', () => {
  const store = memoryStore({ maxBytes: 2 * 3 * 11 })
  for (const key of ['a', 'b', 'c']) store.set(key, '0123456789', kept)
  store.get('a')
  store.set('d', '0123456789', kept)
  expect(['a', 'b', 'c', 'd'].map((key) => store.get(key) !== undefined)).toEqual([true, false, true, true])
})

test('an entry beyond the limit is not stored and evicts nothing', () => {
  const store = memoryStore({ maxBytes: 100 })
  store.set('a', '0123456789', kept)
  store.set('b', 'x'.repeat(50), kept)
  expect(store.get('a')).toBe('0123456789')
  expect(store.get('b')).toBeUndefined()
})

test('with a clock, an entry is gone when its time is over, from the first millisecond of that clock on', () => {
  let now = 0
  const store = memoryStore({ now: () => now })
  store.set('a', 'one', { ttl: 1000 })
  store.set('b', 'two', { ttl: 0 })
  now = 999
  expect(store.get('a')).toBe('one')
  expect(store.get('b')).toBeUndefined()
  now = 1000
  expect(store.get('a')).toBeUndefined()
  now = 0
  expect(store.get('a')).toBeUndefined()
})

test('refuses a limit that is none', () => {
  expect(() => memoryStore({ maxBytes: 0 })).toThrow(/maxBytes is 0/)
  expect(() => memoryStore({ maxBytes: Number.NaN })).toThrow(/maxBytes is NaN/)
})

test('what was given as it is reads as its JSON, takes the room that it says, and is let go as any other', () => {
  let now = 0
  const store = memoryStore({ maxBytes: 102, now: () => now })
  const values = valuesOf(store)!
  values.set('a', { text: 'one' }, { ttl: 1000, size: 100 })
  expect(values.get('a')).toEqual({ text: 'one' })
  expect(store.get('a')).toBe('{"text":"one"}')
  now = 1000
  expect(values.get('a')).toBeUndefined()
  values.set('b', { text: 'two' }, { ttl: 1000, size: 100 })
  store.set('c', 'x', kept)
  expect(['b', 'c'].map((key) => values.get(key))).toEqual([undefined, 'x'])
  values.set('d', {}, { ttl: 1000, size: 60 })
  store.delete('d')
  expect(store.get('d')).toBeUndefined()
})

test('a store that is made of its methods is asked by those, and by text', () => {
  expect(valuesOf({ ...memoryStore() })).toBeUndefined()
})
