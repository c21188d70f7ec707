import { expect, test } from 'vitest'
import { createCatalog } from '../../src/catalog/create-catalog.ts'

const acme = {
  acme: {
    models: {
      fast: {
        limit: { context: 100_000, input: 90_000, output: 8_000 },
        modalities: { input: ['text', 'image', 'pdf'], output: ['text'] },
        cost: { input: 1, output: 4, cache_read: 0.1, context_over_200k: { input: 2, output: 8 } },
        ...{ tool_call: true, reasoning: false, structured_output: true, temperature: false },
        ...{ release_date: '2026-01-01', knowledge: '2025-06', status: 'deprecated' },
      },
      plan: { cost: { input: 0, output: 0 } },
      'plan:free': { cost: { input: 0, output: 0 } },
      'text-embed': { limit: { context: 8192, output: 1024 }, cost: { input: 0.1, output: 0 } },
      empty: {},
    },
  },
}

test('a file in the shape of models.dev is a catalogue', () => {
  const catalog = createCatalog(acme)
  expect(catalog.lookup('acme', 'fast')).toEqual({
    ...{ context: 100_000, maxInput: 90_000, maxOutput: 8_000, tools: true, reasoning: false, jsonSchema: true },
    ...{ temperature: false, input: ['image', 'file'], released: '2026-01-01', knowledge: '2025-06', deprecated: true },
    price: { input: 1, output: 4, cacheRead: 0.1, tiers: [{ above: 200_000, input: 2, output: 8, cacheRead: 0.1 }] },
  })
  expect(catalog.lookup('acme', 'fast-2026-01-01')).toEqual(catalog.lookup('acme', 'fast'))
  expect(catalog.lookup('acme', 'empty')).toEqual({})
  expect(catalog.lookup('acme', 'slow')).toBeUndefined()
  expect(catalog.lookup('other', 'fast')).toBeUndefined()
})

test('it may be given as text', () => {
  expect(createCatalog(JSON.stringify(acme)).lookup('acme', 'fast')?.context).toBe(100_000)
})

test('0 is a price only where the name says free, and embeddings have no price of output', () => {
  const catalog = createCatalog(acme)
  expect(catalog.lookup('acme', 'plan')?.price).toBeUndefined()
  expect(catalog.lookup('acme', 'plan:free')?.price).toEqual({ input: 0, output: 0 })
  expect(catalog.lookup('acme', 'text-embed')).toEqual({
    operation: 'embeddings',
    context: 8192,
    price: { input: 0.1 },
  })
})

test('names that every object has are no models', () => {
  const catalog = createCatalog('{"__proto__":{"models":{"__proto__":{"tool_call":true}}},"a":{"models":{}}}')
  expect(catalog.lookup('__proto__', '__proto__')).toEqual({ tools: true })
  expect(catalog.lookup('a', 'toString')).toBeUndefined()
  expect(({} as { tools?: boolean }).tools).toBeUndefined()
})

const withCost = (cost: unknown): unknown => ({ acme: { models: { 'gpt-5.1': { cost } } } })

test.each([
  ['The catalogue is no JSON.', '<html>'],
  ['The catalogue is no object.', null],
  ['The catalogue is no object.', []],
  ['The catalogue has no providers: give the JSON of https://models.dev/api.json.', {}],
  ['"acme"."models" is no object.', { acme: {} }],
  ['"acme"."models" is no object.', { acme: null }],
  ['"acme/a" is no object.', { acme: { models: { a: 1 } } }],
  ['"acme/a" is no object.', { acme: { models: { a: undefined } } }],
  ['"acme/gpt-5.1".cost is no object.', withCost('free')],
  ['"acme/gpt-5.1".cost.input is no number from 0 to a thousand million.', withCost({ input: '1', output: 2 })],
  ['"acme/gpt-5.1".cost.input is no number from 0 to a thousand million.', withCost({ input: -1, output: 2 })],
  ['"acme/gpt-5.1".cost.output is no number from 0 to a thousand million.', withCost({ input: 1, output: 1e300 })],
  ['"acme/gpt-5.1".cost.output is no number from 0 to a thousand million.', withCost({ input: 1, output: Number.NaN })],
  ['"acme/gpt-5.1".cost.tiers is no list.', withCost({ input: 1, output: 1, tiers: {} })],
  ['"acme/gpt-5.1".cost.tiers.0.tier is no object.', withCost({ input: 1, output: 1, tiers: [{ input: 2 }] })],
  ['"acme/a".modalities.input is no list of texts.', { acme: { models: { a: { modalities: { input: [1] } } } } }],
  ['"acme/a".tool_call is no boolean.', { acme: { models: { a: { tool_call: 'yes' } } } }],
  ['"acme/a".release_date is no text.', { acme: { models: { a: { release_date: 2025 } } } }],
])('a file that is no catalogue is refused: %s', (message, json) => {
  expect(() => createCatalog(json)).toThrow(expect.objectContaining({ code: 'invalid_configuration', message }))
})
