import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Usage } from '../../src/operations/operation.ts'
import { costOf } from '../../src/pricing/cost.ts'
import type { Price } from '../../src/providers/provider.ts'

const gpt5mini = { input: 0.25, output: 2, cacheRead: 0.025 }
const gpt54 = {
  input: 2.5,
  output: 15,
  cacheRead: 0.25,
  tiers: [{ above: 271_999, input: 5, output: 22.5, cacheRead: 0.5 }],
}
const sonnet = {
  ...{ input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75, cacheWriteHour: 6 },
  tiers: [{ above: 200_000, input: 6, output: 22.5, cacheRead: 0.6, cacheWrite: 7.5, cacheWriteHour: 12 }],
}
const geminiPro = {
  input: 1.25,
  output: 10,
  cacheRead: 0.125,
  tiers: [{ above: 200_000, input: 2.5, output: 15, cacheRead: 0.25 }],
}
const deepseek = { input: 0.435, output: 0.87, cacheRead: 0.003625 }

// biome-ignore format: a table
const examples: readonly (readonly [name: string, price: Price, usage: Usage, nanoDollars: number])[] = [
  ['gpt-5-mini', gpt5mini, { inputTokens: 1000, outputTokens: 500 }, 1_250_000],
  ['gpt-5-mini, cached, reasoning', gpt5mini, { inputTokens: 1000, cachedInputTokens: 600, outputTokens: 500, reasoningTokens: 300 }, 1_115_000],
  ['gpt-4o, half of it cached', { input: 2.5, output: 10, cacheRead: 1.25 }, { inputTokens: 2048, cachedInputTokens: 1024, outputTokens: 100 }, 4_840_000],
  ['gpt-4o-2024-05-13, cached but without a price for it', { input: 5, output: 15 }, { inputTokens: 1000, cachedInputTokens: 800, outputTokens: 10 }, 5_150_000],
  ['gpt-5-nano, a word', { input: 0.05, output: 0.4, cacheRead: 0.005 }, { inputTokens: 3, outputTokens: 1 }, 550],
  ['gpt-5-nano, a word, cached', { input: 0.05, output: 0.4, cacheRead: 0.005 }, { inputTokens: 3, cachedInputTokens: 3, outputTokens: 1 }, 415],
  ['gpt-5.4, just below the tier', gpt54, { inputTokens: 271_999, outputTokens: 1000 }, 694_997_500],
  ['gpt-5.4, in the tier', gpt54, { inputTokens: 272_000, outputTokens: 1000 }, 1_382_500_000],
  ['gpt-5.4, in the tier, cached', gpt54, { inputTokens: 300_000, cachedInputTokens: 200_000, outputTokens: 0 }, 600_000_000],
  ['gpt-audio', { input: 2.5, output: 10, audioInput: 32, audioOutput: 64 }, { inputTokens: 100, audioInputTokens: 80, outputTokens: 60, audioOutputTokens: 50 }, 5_910_000],
  ['claude-sonnet-4-5, cache read and written', sonnet, { inputTokens: 10_000, cachedInputTokens: 8000, cacheWriteTokens: 1500, outputTokens: 200 }, 12_525_000],
  ['claude-sonnet-4-5, some written for an hour', sonnet, { inputTokens: 10_000, cachedInputTokens: 8000, cacheWriteTokens: 1500, cacheWriteHourTokens: 1000, outputTokens: 200 }, 14_775_000],
  ['claude-sonnet-4-5, at the threshold', sonnet, { inputTokens: 200_000, outputTokens: 0 }, 600_000_000],
  ['claude-sonnet-4-5, one above it', sonnet, { inputTokens: 200_001, outputTokens: 0 }, 1_200_006_000],
  ['claude-opus-4-5', { input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 }, { inputTokens: 1, outputTokens: 1 }, 30_000],
  ['claude-haiku-4-5, cached', { input: 1, output: 5, cacheRead: 0.1 }, { inputTokens: 1000, cachedInputTokens: 333, outputTokens: 7 }, 735_300],
  ['gemini-2.5-pro, in the tier', geminiPro, { inputTokens: 250_000, cachedInputTokens: 100_000, outputTokens: 2000 }, 430_000_000],
  ['gemini-2.5-flash, mostly audio', { input: 0.3, output: 2.5, cacheRead: 0.03, audioInput: 1 }, { inputTokens: 1000, audioInputTokens: 640, outputTokens: 50 }, 873_000],
  ['gemini-2.5-flash-lite', { input: 0.1, output: 0.4, cacheRead: 0.01 }, { inputTokens: 1, outputTokens: 1 }, 500],
  ['deepseek-v4-pro, a cached token, rounded up', deepseek, { inputTokens: 1, cachedInputTokens: 1, outputTokens: 0 }, 4],
  ['deepseek-v4-pro, three, rounded up once', deepseek, { inputTokens: 3, cachedInputTokens: 3, outputTokens: 0 }, 11],
  ['deepseek-v4-pro, eight, nothing to round', deepseek, { inputTokens: 8, cachedInputTokens: 8, outputTokens: 0 }, 29],
  ['groq llama-3.1-8b-instant', { input: 0.05, output: 0.08 }, { inputTokens: 7, outputTokens: 3 }, 590],
  ['groq gpt-oss-20b', { input: 0.075, output: 0.3, cacheRead: 0.0375 }, { inputTokens: 2, cachedInputTokens: 1, outputTokens: 1 }, 413],
  ['kimi-k2.6', { input: 0.95, output: 4, cacheRead: 0.16 }, { inputTokens: 12_345, cachedInputTokens: 2345, outputTokens: 678 }, 12_587_200],
  ['grok-4.3, reasoning at the price of output', { input: 1.25, output: 2.5, cacheRead: 0.2 }, { inputTokens: 100, outputTokens: 20, reasoningTokens: 12 }, 175_000],
  ['a price of its own for reasoning', { input: 2, output: 8, reasoning: 3 }, { inputTokens: 100, outputTokens: 500, reasoningTokens: 400 }, 2_200_000],
  ['sonar, a price for each request', { input: 1, output: 1, request: 0.012 }, { inputTokens: 10, outputTokens: 20 }, 12_030_000],
  ['glm-4.7-flash, free', { input: 0, output: 0 }, { inputTokens: 1000, outputTokens: 1000 }, 0],
  ['a price that floating point does not multiply exactly', { input: 0.07, output: 0.29 }, { inputTokens: 1, outputTokens: 1 }, 360],
]

test.each(examples)('costs to the nano-dollar: %s', (_, price, usage, nanoDollars) => {
  expect(costOf(price, usage)?.total).toBe(nanoDollars)
})

test('every part of a cost is itemised', () => {
  const price = { ...sonnet, reasoning: 20, audioInput: 40, audioOutput: 80, request: 0.001 }
  const usage = {
    ...{
      inputTokens: 1000,
      cachedInputTokens: 300,
      cacheWriteTokens: 200,
      cacheWriteHourTokens: 50,
      audioInputTokens: 100,
    },
    ...{ outputTokens: 100, reasoningTokens: 60, audioOutputTokens: 10 },
  }
  expect(costOf(price, usage)).toEqual({
    total: 9_602_500,
    input: 400 * 3000,
    cachedInput: 300 * 300,
    cacheWrite: 150 * 3750,
    cacheWriteHour: 50 * 6000,
    audioInput: 100 * 40_000,
    output: 30 * 15_000,
    reasoning: 60 * 20_000,
    audioOutput: 10 * 80_000,
    request: 1_000_000,
  })
})

test('unknown usage costs an unknown amount, not nothing', () => {
  expect(costOf(gpt5mini, {})).toBeUndefined()
  expect(costOf(gpt5mini, { inputTokens: 10 })).toBeUndefined()
  expect(costOf(gpt5mini, { outputTokens: 10 })).toBeUndefined()
  expect(costOf(gpt5mini, { inputTokens: Number.NaN, outputTokens: 10 })).toBeUndefined()
  expect(costOf(gpt5mini, { inputTokens: Number.POSITIVE_INFINITY, outputTokens: 10 })).toBeUndefined()
})

test('thresholds of tiers are compared as numbers, in whatever order they are written', () => {
  const tiers = [32_000, 1_000_000, 128_000].map((above) => ({ above, input: above / 1000, output: 1 }))
  const inputPrice = (inputTokens: number) =>
    (costOf({ input: 1, output: 1, tiers }, { inputTokens, outputTokens: 0 })?.total ?? 0) / inputTokens / 1000
  expect([32_000, 32_001, 128_000, 128_001, 1_000_000, 1_000_001].map(inputPrice)).toEqual([1, 32, 32, 128, 128, 1000])
})

test('a tier without a cache price charges cached input at the price of its input', () => {
  const price = { input: 1, output: 1, cacheRead: 0.1, tiers: [{ above: 10, input: 2, output: 2 }] }
  expect(costOf(price, { inputTokens: 20, cachedInputTokens: 20, outputTokens: 0 })?.total).toBe(40_000)
})

test('parts that are larger than their whole are cut down, the dear ones last', () => {
  expect(
    costOf(sonnet, { inputTokens: 10, cachedInputTokens: 99, cacheWriteTokens: 4, outputTokens: 0 }),
  ).toMatchObject({
    input: 0,
    cachedInput: 6 * 300,
    cacheWrite: 4 * 3750,
  })
  expect(
    costOf(sonnet, { inputTokens: 10, cacheWriteHourTokens: 99, outputTokens: 5, reasoningTokens: 7 }),
  ).toMatchObject({
    cacheWriteHour: 10 * 6000,
    output: 0,
    reasoning: 5 * 15_000,
    total: 135_000,
  })
  expect(costOf(sonnet, { inputTokens: 10, cachedInputTokens: -5, outputTokens: 0 })?.total).toBe(30_000)
})

const dollars = fc.integer({ min: 0, max: 600_000_000 }).map((millionths) => millionths / 1e6)
const tokens = fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 0, max: 1_000_000_000 }))
const prices: fc.Arbitrary<Price & { readonly input: number; readonly output: number }> = fc.record({
  input: dollars,
  output: dollars,
  cacheRead: dollars,
  cacheWrite: dollars,
})
const usages = fc
  .record({
    inputTokens: tokens,
    outputTokens: tokens,
    cached: fc.double({ min: 0, max: 1, noNaN: true }),
    written: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ inputTokens, outputTokens, cached, written }) => {
    const cachedInputTokens = Math.floor(inputTokens * cached)
    return {
      inputTokens,
      outputTokens,
      cachedInputTokens,
      cacheWriteTokens: Math.floor((inputTokens - cachedInputTokens) * written),
    }
  })

test('no precision is lost up to a thousand million tokens, against whole numbers of any size', () => {
  fc.assert(
    fc.property(prices, usages, (price, usage) => {
      const pico = (count: number, price: number) => BigInt(count) * BigInt(Math.round(price * 1e6))
      const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens } = usage
      const exact =
        pico(inputTokens - cachedInputTokens - cacheWriteTokens, price.input) +
        pico(cachedInputTokens, price.cacheRead ?? 0) +
        pico(cacheWriteTokens, price.cacheWrite ?? 0) +
        pico(outputTokens, price.output)
      const cost = costOf(price, usage)
      expect(Number.isSafeInteger(cost?.total)).toBe(true)
      expect(BigInt(cost?.total ?? -1)).toBe((exact + 999n) / 1000n)
    }),
  )
})

test('the parts add up to the total but for rounding', () => {
  fc.assert(
    fc.property(prices, usages, (price, usage) => {
      const { total, ...parts } = costOf(price, usage) as { total: number }
      const sum = Object.values<number>(parts).reduce((a, b) => a + b, 0)
      expect(Math.abs(sum - total)).toBeLessThanOrEqual(Object.keys(parts).length)
    }),
  )
})

test('whatever a provider reports of its parts, the cost is between the cheapest and the dearest price', () => {
  const part = fc.option(fc.integer({ min: -10, max: 2000 }), { nil: undefined })
  const reports = fc.record({
    ...{ inputTokens: fc.nat(1000), outputTokens: fc.nat(1000), cachedInputTokens: part, cacheWriteTokens: part },
    ...{ cacheWriteHourTokens: part, reasoningTokens: part, audioInputTokens: part, audioOutputTokens: part },
  })
  fc.assert(
    fc.property(reports, (usage) => {
      const total = costOf({ ...sonnet, audioInput: 5 }, usage)?.total ?? -1
      expect(total).toBeGreaterThanOrEqual(usage.inputTokens * 300 + usage.outputTokens * 15_000)
      expect(total).toBeLessThanOrEqual(usage.inputTokens * 6000 + usage.outputTokens * 15_000)
    }),
  )
})

test('what has a price of its own is counted apart, and what has none as the whole that it is part of', () => {
  const usage = { inputTokens: 100, imageInputTokens: 60, outputTokens: 50, imageOutputTokens: 40 }
  expect(costOf({ input: 1, output: 2, imageInput: 10, imageOutput: 30 }, usage)).toEqual({
    ...{ total: 1_860_000, input: 40_000, imageInput: 600_000, output: 20_000, imageOutput: 1_200_000 },
  })
  expect(costOf({ input: 1, output: 2 }, usage)?.total).toBe(200_000)
})

test('cached audio without a price costs what audio costs', () => {
  const usage = {
    inputTokens: 10,
    audioInputTokens: 10,
    cachedInputTokens: 10,
    cachedAudioInputTokens: 10,
    outputTokens: 0,
  }
  expect(costOf({ input: 1, output: 1, cacheRead: 0.1, audioInput: 5 }, usage)?.total).toBe(50_000)
  expect(costOf({ input: 1, output: 1, cacheRead: 0.1, audioInput: 5, audioCacheRead: 0.5 }, usage)?.total).toBe(5_000)
})

test('of several prices for a unit the kind says which; the dearest counts when nobody tells it', () => {
  const price = { image: { 'low 1024x1024': 0.011, 'high 1024x1024': 0.167 } }
  expect(costOf(price, { images: 2, imageKind: 'low 1024x1024' })?.total).toBe(22_000_000)
  expect(costOf(price, { images: 2 })?.total).toBe(334_000_000)
  expect(costOf(price, { images: 2, imageKind: 'high 4096x4096' })).toBeUndefined()
})

test('a use without a price makes the cost unknown, not nothing', () => {
  expect(costOf({ input: 1, output: 1 }, { inputTokens: 1, outputTokens: 1, webSearches: 1 })).toBeUndefined()
  expect(costOf({ input: 1 }, { inputTokens: 1, outputTokens: 1 })).toBeUndefined()
  expect(costOf({ hour: 0.36 }, { inputTokens: 1 })).toBeUndefined()
  expect(costOf({ hour: 0.36 }, { seconds: 10, inputTokens: 400 })?.total).toBe(1_000_000)
})

test('seconds are billed to the millisecond, rounded up to a nano-dollar', () => {
  expect(costOf({ hour: 0.36 }, { seconds: 8.47 })?.total).toBe(847_000)
  expect(costOf({ hour: 0.04 }, { seconds: 0.001 })?.total).toBe(12)
})

test('a service tier may be a factor or prices of its own, and lengths keep theirs', () => {
  const tiers = [{ above: 100, input: 2, output: 4, cacheRead: 0.2 }]
  const price = {
    input: 1,
    output: 2,
    cacheRead: 0.1,
    tiers,
    serviceTiers: { flex: 0.5, priority: { input: 3, output: 9 } },
  }
  const total = (serviceTier: string, inputTokens = 100): number | undefined =>
    costOf(price, { inputTokens, cachedInputTokens: 50, outputTokens: 10, serviceTier })?.total
  expect(total('default')).toBe(50_000 + 5_000 + 20_000)
  expect(total('flex')).toBe(25_000 + 2_500 + 10_000)
  expect(total('flex', 101)).toBe(51_000 + 5_000 + 20_000)
  expect(total('priority')).toBe(150_000 + 5_000 + 90_000)
  expect(total('batch')).toBe(total('default'))
  expect(total('scale')).toBeUndefined()
})
