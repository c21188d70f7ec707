import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Recent } from '../src/recent.ts'

test('the last are kept, each by when it was put in last, and no others', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 100 }),
      fc.integer({ min: 1, max: 5 }),
      (keys, most) => {
        const recent = new Recent<number>(most)
        const order: number[] = []
        for (const [index, key] of keys.entries()) {
          recent.set(`${key}`, index)
          if (order.includes(key)) order.splice(order.indexOf(key), 1)
          order.push(key)
          const kept = order.slice(-most)
          for (let other = 0; other < 10; other++) {
            expect(recent.get(`${other}`)).toBe(kept.includes(other) ? keys.lastIndexOf(other, index) : undefined)
          }
        }
      },
    ),
  )
})
