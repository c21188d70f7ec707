import { expect, test } from 'vitest'
import { factsOf } from '../../src/pricing/catalog.ts'
import { anthropicModels } from '../../src/providers/models/anthropic.ts'
import { bedrockModels } from '../../src/providers/models/bedrock.ts'
import { googleModels } from '../../src/providers/models/google.ts'
import { openaiModels } from '../../src/providers/models/openai.ts'
import { zaiModels } from '../../src/providers/models/zai.ts'
import type { AnyProvider, Catalog, ModelFacts } from '../../src/providers/provider.ts'

test('a model is found by its name', () => {
  expect(factsOf(withModels(openaiModels), 'gpt-5-mini')).toBe(openaiModels['gpt-5-mini'])
  expect(factsOf(withModels(anthropicModels), 'claude-sonnet-4-5')).toBe(anthropicModels['claude-sonnet-4-5'])
})

test('dated snapshots and -latest are the model that they are of', () => {
  const openai = withModels(openaiModels)
  const anthropic = withModels(anthropicModels)
  expect(factsOf(openai, 'gpt-5-mini-2025-08-07')).toBe(openaiModels['gpt-5-mini'])
  expect(factsOf(openai, 'gpt-4.1-2025-04-14')).toBe(openaiModels['gpt-4.1'])
  expect(factsOf(anthropic, 'claude-sonnet-4-5-20250929')).toBe(anthropicModels['claude-sonnet-4-5'])
  expect(factsOf(anthropic, 'claude-opus-4-5-latest')).toBe(anthropicModels['claude-opus-4-5'])
})

test('a snapshot with facts of its own keeps them', () => {
  expect(factsOf(withModels(openaiModels), 'gpt-4o-2024-05-13')?.price).toMatchObject({ input: 5, output: 15 })
  expect(factsOf(withModels(openaiModels), 'gpt-4o-2024-08-06')?.price?.input).toBe(2.5)
})

test.each([
  'gpt-5-pro',
  'gpt-5-codex',
  'gpt-5-minimal',
  'gpt-5-mini-2025',
  'gpt-5-mini-08-07',
  'gpt-5-mini-1234567',
  'gpt-5-mini-2025-08-07-preview',
  'gpt-5:free',
  'gpt-5-mini:nitro',
  'us.gpt-5',
  'GPT-5',
  'openai/gpt-5',
  'gpt',
  '',
  '-latest',
  'constructor',
  '__proto__',
  'toString-latest',
])('gpt-5 and its like say nothing of %j', (model) => {
  expect(factsOf(withModels(openaiModels), model)).toBeUndefined()
})

test('the generated facts have the prices of their sources', () => {
  expect(openaiModels['gpt-5-mini']).toMatchObject({
    context: 400_000,
    maxInput: 272_000,
    maxOutput: 128_000,
    tools: true,
    reasoning: true,
    jsonSchema: true,
    input: ['image'],
    price: { input: 0.25, output: 2, cacheRead: 0.025 },
  })
  expect(anthropicModels['claude-sonnet-4-5'].price).toMatchObject({ cacheWrite: 3.75, cacheWriteHour: 6 })
  expect(googleModels['gemini-2.5-pro'].price?.tiers).toEqual([
    { above: 200_000, input: 2.5, output: 15, cacheRead: 0.25 },
  ])
  expect(googleModels['gemini-2.5-flash'].price?.audioInput).toBe(1)
})

test('a zero beside a price is no price for the cache', () => {
  expect(zaiModels['glm-5.2'].price).toEqual({ input: 1.4, output: 4.4, cacheRead: 0.26 })
})

test.each([
  ['gemini-2.5-pro-001', 'gemini-2.5-pro'],
  ['models/gemini-2.5-pro', 'gemini-2.5-pro'],
  ['publishers/google/models/gemini-2.5-pro-001', 'gemini-2.5-pro'],
  ['claude-haiku-4-5@20251001', 'claude-haiku-4-5'],
  ['claude-haiku-4-5@default', 'claude-haiku-4-5'],
  ['publishers/anthropic/models/claude-haiku-4-5@20251001', 'claude-haiku-4-5'],
])('%s is certainly %s', (model, name) => {
  const models: Readonly<Record<string, ModelFacts>> = { ...googleModels, ...anthropicModels }
  expect(factsOf(withModels(models), model)).toBe(models[name])
})

test('profiles and resources of Bedrock are what they are of, at the price that is listed for them', () => {
  const bedrock = withModels(bedrockModels)
  const haiku = 'anthropic.claude-haiku-4-5-20251001-v1:0' as const
  expect(factsOf(bedrock, `global.${haiku}`)?.price?.input).toBe(1)
  expect(factsOf(bedrock, haiku)?.price?.input).toBe(1.1)
  expect(factsOf(bedrock, `arn:aws:bedrock:us-east-1::foundation-model/${haiku}`)).toBe(bedrockModels[haiku])
  expect(factsOf(bedrock, `arn:aws:bedrock:eu-west-1:123456789012:inference-profile/global.${haiku}`)).toBe(
    bedrockModels[`global.${haiku}`],
  )
  expect(factsOf(bedrock, 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc')).toBeUndefined()
})

test('a regional profile that is not listed has the facts of its model, and no price', () => {
  const facts = factsOf(withModels(bedrockModels), 'us-gov.anthropic.claude-haiku-4-5-20251001-v1:0')
  expect(facts?.context).toBe(200_000)
  expect(facts?.price).toBeUndefined()
})

test('a fine-tune has the facts of what it was made of, and not its price', () => {
  const facts = factsOf(withModels(openaiModels), 'ft:gpt-4o-mini-2024-07-18:acme::abc')
  expect(facts).toMatchObject({ context: 128_000, maxOutput: 16_384 })
  expect(facts?.price).toBeUndefined()
  expect(factsOf(withModels(openaiModels), 'ft:gpt-9:acme::abc')).toBeUndefined()
})

test('what is free is not taken for what is paid, nor the reverse', () => {
  const models = { 'a/b': { price: { input: 1, output: 1 } }, 'c/d:free': { price: { input: 0, output: 0 } } }
  const row = withModels(models)
  for (const model of ['a/b:free', 'a/b:nitro', 'a/b:online', 'c/d', 'b', 'x/a/b']) {
    expect(factsOf(row, model)).toBeUndefined()
  }
  expect(factsOf(row, 'c/d:free')?.price).toEqual({ input: 0, output: 0 })
})

test('the price of a catalogue counts where it is another than the row says, and the row where it is the same', () => {
  const onRow = { input: 1, output: 2, serviceTiers: { batch: 0.5 } }
  const row = {
    id: 'acme',
    models: { a: { context: 10, price: onRow }, b: { price: onRow }, c: {} },
  } as unknown as AnyProvider
  const known: Readonly<Record<string, ModelFacts>> = {
    a: { context: 5, released: '2026-01-01', price: { input: 1, output: 2 } },
    b: { price: { input: 3, output: 4 } },
    d: { tools: true },
  }
  const catalog: Catalog = { lookup: (provider, model) => (provider === 'acme' ? known[model] : undefined) }
  expect(factsOf(row, 'a', catalog)).toEqual({ context: 10, released: '2026-01-01', price: onRow })
  expect(factsOf(row, 'b', catalog)?.price).toEqual({ input: 3, output: 4 })
  expect(factsOf(row, 'c', catalog)).toEqual({})
  expect(factsOf(row, 'd', catalog)).toEqual({ tools: true })
  expect(factsOf(row, 'e', catalog)).toBeUndefined()
})

function withModels(models: Readonly<Record<string, ModelFacts>>): AnyProvider {
  return { models } as AnyProvider
}
