import fc from 'fast-check'
import { expect, test } from 'vitest'
import { copyOf, sizeOf } from '../src/copy.ts'

test('a copy is equal, and shares nothing that can be changed', () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      fc.pre(!json.includes('__proto__'))
      const value: unknown = JSON.parse(json)
      const copy = copyOf(value)
      expect(copy).toEqual(value)
      const objects = new Set<unknown>()
      const gather = (node: unknown): void => {
        if (typeof node !== 'object' || node === null) return
        objects.add(node)
        for (const inner of Object.values(node)) gather(inner)
      }
      gather(value)
      const check = (node: unknown): void => {
        if (typeof node !== 'object' || node === null) return
        expect(objects.has(node)).toBe(false)
        for (const inner of Object.values(node)) check(inner)
      }
      check(copy)
    }),
  )
})

test('a field that would become the prototype is left out of a copy', () => {
  const copy = copyOf(JSON.parse('{"a":1,"__proto__":{"polluted":true}}')) as { polluted?: boolean }
  expect(copy).toEqual({ a: 1 })
  expect(copy.polluted).toBeUndefined()
})

test('the size of a value is about two bytes for each character of its JSON', () => {
  const value = { id: 'chatcmpl-1', choices: [{ index: 0, text: 'x'.repeat(500), own: null }], usage: { tokens: 12 } }
  const written = 2 * JSON.stringify(value).length
  expect(Math.abs(sizeOf(value) - written)).toBeLessThan(written * 0.1)
  // Numbers are kept as such: a vector of a thousand takes eight bytes for each.
  expect(sizeOf(Array.from({ length: 1000 }, (_, index) => index / 7))).toBeLessThan(11_000)
})
