import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { catalog } from '../../src/catalog/catalog.ts'
import { decodeFacts } from '../../src/catalog/compact.ts'
import { data } from '../../src/catalog/data.ts'
import { modelsDevIds } from '../../src/catalog/ids.ts'
import { anthropicModels } from '../../src/providers/models/anthropic.ts'
import { bedrockModels } from '../../src/providers/models/bedrock.ts'
import { cohereModels } from '../../src/providers/models/cohere.ts'
import { openaiModels } from '../../src/providers/models/openai.ts'
import { openrouterModels } from '../../src/providers/models/openrouter.ts'
import { togetherModels } from '../../src/providers/models/together.ts'
import type { ModelFacts, Price, TokenPrice } from '../../src/providers/provider.ts'

const all = Object.entries(data).flatMap(([provider, text]) =>
  text.split('\n').map((line): [string, ModelFacts] => {
    const [name = '', facts = ''] = line.split('|')
    return [`${provider}/${name}`, decodeFacts(facts)]
  }),
)

test('it knows the models of all providers, in little room', () => {
  expect(Object.keys(data).length).toBeGreaterThanOrEqual(147)
  expect(all.length).toBeGreaterThanOrEqual(5276)
  expect(new Set(all.map(([name]) => name)).size).toBe(all.length)
  expect(gzipSync(Object.values(data).join('\n'), { level: 9 }).length).toBeLessThan(90_000)
})

test('every number in it is one that can be: none negative, none without end, no limit of nothing', () => {
  for (const [name, { context, maxInput, maxOutput, dimensions, price }] of all) {
    for (const count of [context, maxInput, maxOutput, dimensions]) {
      if (count !== undefined && !(Number.isInteger(count) && count > 0)) expect.unreachable(name)
    }
    for (const value of price ? numbersOf(price) : []) {
      if (!(Number.isFinite(value) && value >= 0)) expect.unreachable(name)
    }
  }
})

test('nothing is free unless its name or its provider says so', () => {
  const free = all
    .filter(([, { price }]) => price && numbersOf(price).every((value) => value === 0))
    .map(([name]) => name)
  const others = free.filter((name) => !/[:/-]free$/.test(name))
  expect(others).toEqual([
    'openai/omni-moderation-latest',
    'zai/glm-4.5-flash',
    'zai/glm-4.7-flash',
    'zhipuai/glm-4.5-flash',
    'zhipuai/glm-4.7-flash',
  ])
})

test('every tier begins above some length', () => {
  const wrong = all.filter(([, { price }]) => price?.tiers?.some(({ above }) => !(above > 0)))
  expect(wrong).toEqual([])
})

test('what stands on a row is what the catalogue says, and the catalogue says more', () => {
  const rows = { openai: openaiModels, anthropic: anthropicModels, cohere: cohereModels, together: togetherModels }
  for (const [id, models] of Object.entries({ ...rows, openrouter: openrouterModels, bedrock: bedrockModels })) {
    for (const [name, facts] of Object.entries<ModelFacts>(models)) {
      const found = catalog.lookup(id, name)
      expect({ name, ...found, price: {} }).toMatchObject({ name, ...facts, price: {} })
      expect([id, name, found?.price?.input]).toEqual([id, name, facts.price?.input])
      expect([id, name, found?.price?.output]).toEqual([id, name, facts.price?.output])
    }
  }
  expect(catalog.lookup('openai', 'gpt-5-mini')).toEqual({
    ...openaiModels['gpt-5-mini'],
    ...{ released: '2025-08-07', knowledge: '2024-05-30' },
  })
})

test('every other id of a provider leads to one that is there', () => {
  for (const [ours, theirs] of Object.entries(modelsDevIds)) {
    expect(Object.hasOwn(data, ours)).toBe(false)
    expect([theirs, Object.hasOwn(data, theirs)]).toEqual([theirs, true])
  }
})

test('it knows providers by the ids of our rows and by those of models.dev', () => {
  for (const [ours, theirs, model] of [
    ['bedrock', 'amazon-bedrock', 'deepseek.r1-v1:0'],
    ['together', 'togetherai', 'openai/gpt-oss-120b'],
    ['vertex', 'google-vertex', 'gemini-2.5-pro'],
  ] as const) {
    expect(catalog.lookup(theirs, model)).toBeDefined()
    expect(catalog.lookup(ours, model)).toEqual(catalog.lookup(theirs, model))
  }
})

test('what it does not know it does not guess', () => {
  for (const [provider, model] of [
    ['openai', 'gpt-5-minimal'],
    ['openai', 'anthropic/claude-sonnet-4-5'],
    ['openrouter', 'openai/gpt-5:free'],
    ['nobody', 'gpt-5'],
    ['constructor', 'name'],
    ['__proto__', 'toString'],
    ['openai', '__proto__'],
    ['openai', ''],
  ] as const) {
    expect(catalog.lookup(provider, model)).toBeUndefined()
  }
})

test('plans and trials, for which models.dev writes 0, have no price', () => {
  for (const [provider, model] of [
    ['zai-coding-plan', 'glm-4.7'],
    ['github-models', 'openai/gpt-4o'],
    ['nvidia', 'baai/bge-m3'],
  ] as const) {
    const facts = catalog.lookup(provider, model)
    expect(facts).toBeDefined()
    expect(facts?.price).toBeUndefined()
  }
})

test('a snapshot is found in the catalogue too, and each caller has facts of its own', () => {
  const facts = catalog.lookup('openai', 'gpt-5-mini-2025-08-07')
  expect(facts?.price?.input).toBe(0.25)
  expect(catalog.lookup('openai', 'gpt-5-mini')).not.toBe(catalog.lookup('openai', 'gpt-5-mini'))
})

function numbersOf(price: Price | TokenPrice): readonly number[] {
  return Object.values(price).flatMap((value) =>
    typeof value === 'number' ? [value] : typeof value === 'object' ? numbersOf(value as TokenPrice) : [],
  )
}
