import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimateTokens } from '../../../src/operations/chat/estimate.ts'
import { tokenSamples } from './token-samples.ts'

/** What a table of scripts and lengths does not foresee: languages in Latin letters with words of their own, and no language. */
const hard = new Set(['Polish', 'Vietnamese', 'nonsense words'])

test('the estimate is within a tenth on average, where a quarter of the characters is off by a third', () => {
  expect(meanError(estimateTokens)).toBeLessThan(0.1)
  expect(meanError((text) => text.length / 4)).toBeGreaterThan(0.3)
})

test.each(tokenSamples)('the estimate of $name is near the count', ({ name, text, o200k }) => {
  const tolerance = hard.has(name) ? 0.6 : 0.2
  expect(Math.abs(estimateTokens(text) - o200k) / o200k).toBeLessThanOrEqual(tolerance)
})

test('nothing is nothing', () => {
  expect(estimateTokens('')).toBe(0)
})

test('a longer text is never estimated at much less', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
      expect(estimateTokens(a + b)).toBeGreaterThanOrEqual(estimateTokens(a) - 1.5)
    }),
  )
})

test.each(['a', ' ', 'A', '\n', '{', '中', '\u0301', '🎉', 'aA', '0x'])(
  'time grows with the length only: %j',
  (unit) => {
    /** The least of three times, for others may be at work on the machine. */
    const time = (count: number) => {
      const text = unit.repeat(count)
      const times = [1, 2, 3].map(() => {
        const start = performance.now()
        estimateTokens(text)
        return performance.now() - start
      })
      return Math.min(...times)
    }
    time(20_000)
    // Ten times the text in far less than the hundred times of a quadratic pass, on however busy a machine.
    expect(time(1_000_000)).toBeLessThan(Math.max(50 * time(100_000), 1000))
  },
)

function meanError(estimate: (text: string) => number): number {
  const errors = tokenSamples.map(({ text, o200k }) => Math.abs(estimate(text) - o200k) / o200k)
  return errors.reduce((a, b) => a + b, 0) / errors.length
}
