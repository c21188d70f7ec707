import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Asked, Billed } from '../../src/call.ts'
import type { RequestBound, Usage } from '../../src/operations/operation.ts'
import { chargeOf, worstCase } from '../../src/pricing/charge.ts'
import { costOf } from '../../src/pricing/cost.ts'
import type { LengthTier, Price, ServiceTierPrice, TokenPrice } from '../../src/providers/provider.ts'

const dollars = fc.integer({ min: 0, max: 200_000_000 }).map((millionths) => millionths / 1e6)
const tokenPrices: fc.Arbitrary<TokenPrice> = fc.record(
  {
    ...{ input: dollars, output: dollars, cacheRead: dollars, cacheWrite: dollars, cacheWriteHour: dollars },
    ...{ reasoning: dollars, audioInput: dollars, audioCacheRead: dollars, audioOutput: dollars },
    ...{ imageInput: dollars, imageOutput: dollars },
  },
  { requiredKeys: ['input', 'output'] },
)
const lengthTiers: fc.Arbitrary<readonly LengthTier[]> = fc.array(
  fc.tuple(fc.nat(3000), tokenPrices).map(([above, price]) => ({ above, ...price })),
  { maxLength: 3 },
)
const serviceTier: fc.Arbitrary<ServiceTierPrice> = fc.oneof(
  fc.constantFrom(0.5, 1.8, 2),
  fc.tuple(tokenPrices, lengthTiers).map(([price, tiers]) => ({ ...price, tiers })),
  fc.record({ input: dollars }),
)
const unitPrices = fc.oneof(dollars, fc.dictionary(fc.constantFrom('low', 'high', 'a b'), dollars, { minKeys: 1 }))
const unitPrice = fc.record(
  { request: unitPrices, image: unitPrices, hour: dollars, characters: dollars, searchUnit: dollars, page: dollars },
  { requiredKeys: [] },
)
// Beside the price of an image that of a token is nothing, so most have only tokens.
const prices: fc.Arbitrary<Price> = fc
  .tuple(
    tokenPrices,
    lengthTiers,
    fc.record({ batch: serviceTier, flex: serviceTier, priority: serviceTier }, { requiredKeys: [] }),
    fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: unitPrice }),
  )
  .map(([price, tiers, serviceTiers, units]) => ({ ...price, tiers, serviceTiers, ...units }))

// All of it or nothing, mostly: that is where a bound is reached.
const share = fc.oneof(fc.constantFrom(0, 1), fc.double({ min: 0, max: 1, noNaN: true }))
const shares = fc.record({
  ...{ input: share, output: share, cached: share, written: share, hour: share, audio: share, cachedAudio: share },
  ...{ images: share, thought: share, spoken: share, drawn: share, units: share },
})
const kinds = fc.constantFrom(undefined, 'low', 'high', 'a b')
const bounds = fc.record({
  inputTokens: fc.nat(4000),
  outputTokens: fc.nat(4000),
  answers: fc.constantFrom(1, 3),
  units: fc.record({
    images: fc.nat(4),
    seconds: fc.nat(4000),
    characters: fc.nat(4000),
    searchUnits: fc.nat(5),
    pages: fc.nat(9),
  }),
})

/** A usage within a bound, of which each part is some share of its whole. */
function within(
  bound: RequestBound & { units: Readonly<Record<string, number>> },
  of: typeof shares extends fc.Arbitrary<infer S> ? S : never,
): Usage {
  const inputTokens = Math.floor(bound.inputTokens * of.input)
  const outputTokens = Math.floor((bound.outputTokens ?? 0) * (bound.answers ?? 1) * of.output)
  const part = (share: number, whole: number): number => Math.floor(share * whole)
  const cachedInputTokens = part(of.cached, inputTokens)
  const cacheWriteTokens = part(of.written, inputTokens)
  const audioInputTokens = part(of.audio, inputTokens)
  return {
    ...{ inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, audioInputTokens },
    cacheWriteHourTokens: part(of.hour, cacheWriteTokens),
    cachedAudioInputTokens: part(of.cachedAudio, Math.min(audioInputTokens, cachedInputTokens)),
    imageInputTokens: part(of.images, inputTokens),
    reasoningTokens: part(of.thought, outputTokens),
    audioOutputTokens: part(of.spoken, outputTokens),
    imageOutputTokens: part(of.drawn, outputTokens),
    ...Object.fromEntries(
      Object.entries(bound.units).map(([name, most]) => [
        name,
        name === 'seconds' ? most * of.units : part(of.units, most),
      ]),
    ),
  }
}

test('no usage within its bound costs more than the worst case, whatever the price, the length and the tier', () => {
  const tiers = fc.constantFrom(undefined, 'default', 'auto', 'flex', 'batch', 'priority', 'fast')
  let priced = 0
  fc.assert(
    fc.property(prices, bounds, shares, tiers, kinds, kinds, (price, bound, of, tier, imageKind, searchContext) => {
      const most = worstCase({ price }, asked(bound, tier))
      const cost = costOf(price, { ...within(bound, of), imageKind, searchContext }, tier)
      if (most.cost === undefined || cost === undefined) return
      priced++
      expect(cost.total).toBeLessThanOrEqual(most.cost)
      expect(Number.isSafeInteger(most.cost)).toBe(true)
    }),
    { numRuns: 3000 },
  )
  expect(priced).toBeGreaterThan(1500)
})

test('what auto may be billed at is the dearer of the two', () => {
  const price = { input: 1, output: 1, serviceTiers: { priority: 2 } }
  const bound = { inputTokens: 1000, outputTokens: 0 }
  expect(worstCase({ price }, asked(bound)).cost).toBe(1_000_000)
  expect(worstCase({ price }, asked(bound, 'auto')).cost).toBe(2_000_000)
  expect(worstCase({ price }, asked(bound, 'priority')).cost).toBe(2_000_000)
})

test('a tier is part of the worst case from the first token beyond it', () => {
  const price = { input: 1, output: 1, tiers: [{ above: 1000, input: 2, output: 2 }] }
  expect(worstCase({ price }, asked({ inputTokens: 1000, outputTokens: 0 })).cost).toBe(1_000_000)
  expect(worstCase({ price }, asked({ inputTokens: 1001, outputTokens: 0 })).cost).toBe(2_002_000)
})

test('a priority of unknown price has no worst case, and costs an unknown amount that counts as the worst', () => {
  const facts = { price: { input: 1, output: 1 } }
  expect(worstCase(facts, asked({ inputTokens: 1000, outputTokens: 10 }, 'priority')).inputCost).toBeUndefined()
  const usage = { inputTokens: 10, outputTokens: 10, serviceTier: 'priority' }
  const charge = chargeOf(facts, asked({ inputTokens: 10, outputTokens: 10 }), billed(usage))
  expect(charge).toEqual({ usage, cost: undefined, estimated: false, uncertain: true })
})

test('the tier that served counts, and the one that was asked for where nobody says', () => {
  const facts = { price: { input: 1, output: 1, serviceTiers: { flex: 0.5, priority: 2 } } }
  const total = (usage: Usage, tier?: string): number | undefined =>
    chargeOf(facts, asked({ inputTokens: 1000, outputTokens: 0 }, tier), billed(usage)).cost?.total
  const tokens = { inputTokens: 1000, outputTokens: 0 }
  expect(total(tokens)).toBe(1_000_000)
  expect(total(tokens, 'flex')).toBe(500_000)
  expect(total({ ...tokens, serviceTier: 'default' }, 'priority')).toBe(1_000_000)
  expect(total({ ...tokens, serviceTier: 'PRIORITY' })).toBe(2_000_000)
})

test('an operation without output is charged by its input alone', () => {
  const facts = { price: { input: 0.02 } }
  const request = asked({ inputTokens: 5000, outputTokens: 0 })
  expect(worstCase(facts, request)).toMatchObject({ cost: 100_000, outputTokens: 0 })
  expect(chargeOf(facts, request, billed({ inputTokens: 8 }, 12_288))).toMatchObject({
    cost: { total: 160 },
    estimated: false,
  })
  expect(chargeOf(facts, request, billed(undefined, 12_288))).toMatchObject({
    cost: { total: 100_000 },
    estimated: true,
  })
})

test('what is billed by another unit needs no tokens', () => {
  const spoken = asked({ inputTokens: 4096, outputTokens: undefined, units: { characters: 4096 } })
  expect(worstCase({ price: { characters: 15 } }, spoken).inputCost).toBe(61_440_000)
  expect(chargeOf({ price: { characters: 15 } }, spoken, billed(undefined, 90_000))).toMatchObject({
    cost: { total: 61_440_000, characters: 61_440_000 },
    estimated: true,
  })
  const ranked = asked({ inputTokens: 9000, outputTokens: 0, units: { searchUnits: 2 } })
  expect(chargeOf({ price: { searchUnit: 0.002 } }, ranked, billed({ searchUnits: 1 }))).toMatchObject({
    cost: { total: 2_000_000 },
    estimated: false,
    uncertain: false,
  })
})

test('a unit that no request bounds has no worst case', () => {
  const heard = asked({ inputTokens: 0, outputTokens: 0 })
  expect(worstCase({ price: { hour: 0.36 } }, heard).inputCost).toBeUndefined()
  expect(worstCase({ price: { input: 1 } }, asked({ inputTokens: 1, outputTokens: 5 })).inputCost).toBeUndefined()
})

test('hosted tools need a surcharge, and images count as the dearest of their kinds', () => {
  const tools = { inputTokens: 0, outputTokens: 0, hostedTools: true }
  expect(worstCase({ price: { input: 1, output: 1, webSearch: 0.01 } }, asked(tools)).inputCost).toBeUndefined()
  expect(worstCase({ price: { input: 1, output: 1, surcharge: 0.25 } }, asked(tools)).cost).toBe(250_000_000)
  const images = asked({ inputTokens: 0, outputTokens: 0, units: { images: 2 } })
  expect(worstCase({ price: { image: { low: 0.01, high: 0.17 } } }, images).cost).toBe(340_000_000)
})

test('a model without a price costs an unknown amount, and is not uncertain for it', () => {
  const usage = { inputTokens: 1, outputTokens: 1 }
  expect(chargeOf({}, asked(usage), billed(usage))).toEqual({
    usage,
    cost: undefined,
    estimated: false,
    uncertain: false,
  })
})

function asked(bound: RequestBound, serviceTier?: string): Asked {
  return {
    operation: { bound: () => bound } as unknown as Asked['operation'],
    request: { model: 'a', ...(serviceTier !== undefined && { serviceTier }) } as Asked['request'],
  }
}

function billed(usage: Usage | undefined, size = 0): Billed {
  return { usage, size, worked: 'yes' }
}
