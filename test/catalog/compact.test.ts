import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeFacts, encodeFacts } from '../../src/catalog/compact.ts'
import type { ModelFacts, TokenPrice } from '../../src/providers/provider.ts'

const count = fc.integer({ min: 1, max: 3_000_000 })
const dollars = fc.integer({ min: 0, max: 600_000_000_000 }).map((parts) => parts / 1e9)
const tokenPrice: fc.Arbitrary<TokenPrice> = fc.record(
  {
    ...{ input: dollars, output: dollars, cacheRead: dollars, cacheWrite: dollars, cacheWriteHour: dollars },
    ...{ reasoning: dollars, audioInput: dollars, audioCacheRead: dollars, audioOutput: dollars },
    ...{ imageInput: dollars, imageOutput: dollars },
  },
  { requiredKeys: [] },
)
const price = fc.record(
  {
    input: dollars,
    output: dollars,
    tiers: fc.array(
      fc.tuple(count, tokenPrice).map(([above, price]) => ({ above, ...price })),
      { minLength: 1 },
    ),
    request: fc.dictionary(fc.constantFrom('low', 'high'), dollars, { minKeys: 1 }),
    serviceTiers: fc.record({ batch: fc.constant(0.5) }),
  },
  { requiredKeys: ['input', 'output'] },
)
const kinds = <Kind>(...all: readonly Kind[]): fc.Arbitrary<readonly Kind[]> => fc.subarray([...all], { minLength: 1 })
const facts: fc.Arbitrary<ModelFacts> = fc.record(
  {
    ...{ context: count, maxInput: count, maxOutput: count, dimensions: count },
    ...{ tools: fc.boolean(), reasoning: fc.boolean(), jsonSchema: fc.boolean(), temperature: fc.boolean() },
    input: kinds('image', 'audio', 'video', 'file'),
    output: kinds('image', 'audio', 'video'),
    operation: fc.constantFrom('embeddings', 'images', 'speech', 'transcription', 'rerank', 'moderation'),
    released: fc.constant('2025-08-07'),
    knowledge: fc.constant('2024-09'),
    deprecated: fc.constantFrom(true as const, '2026-10-01'),
    price,
  },
  { requiredKeys: [] },
)

test('what is packed comes out as it went in', () => {
  fc.assert(
    fc.property(facts, (facts) => {
      expect(decodeFacts(encodeFacts(facts))).toEqual(facts)
    }),
  )
})

test('a model takes few characters', () => {
  const gpt = { context: 400_000, maxOutput: 128_000, tools: true, reasoning: true, input: ['image'] as const }
  expect(encodeFacts({ ...gpt, price: { input: 0.25, output: 2, cacheRead: 0.025 } })).toBe(
    'c400000 o128000 +tr <i $i0.25o2r0.025',
  )
})
