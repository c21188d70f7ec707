import { expect, test } from 'vitest'
import { factsOf } from '../../src/pricing/catalog.ts'
import { anthropicModels } from '../../src/providers/models/anthropic.ts'
import { googleModels } from '../../src/providers/models/google.ts'
import { openaiModels } from '../../src/providers/models/openai.ts'
import { zaiModels } from '../../src/providers/models/zai.ts'
import type { AnyProvider, ModelFacts } from '../../src/providers/provider.ts'

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
  expect(factsOf(withModels(openaiModels), 'gpt-4o-2024-05-13')?.price).toEqual({ input: 5, output: 15 })
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

function withModels(models: Readonly<Record<string, ModelFacts>>): AnyProvider {
  return { models } as AnyProvider
}
