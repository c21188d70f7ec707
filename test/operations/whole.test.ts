import fc from 'fast-check'
import { expect, test } from 'vitest'
import { countTokens } from '../../src/operations/count-tokens.ts'
import { embeddings } from '../../src/operations/embeddings.ts'
import { moderation } from '../../src/operations/moderation.ts'
import { rerank } from '../../src/operations/rerank.ts'
import { base64Of, dimensionsOf, numbersOf } from '../../src/operations/vector.ts'
import { sumOfUsage } from '../../src/operations/whole.ts'

const responses = {
  embeddings: { model: 'm', embeddings: [{ vector: [1, 0] }, { vector: 'AACAPwAAAAA=' }], usage: { inputTokens: 3 } },
  rerank: { results: [{ index: 1, score: 0.9 }], usage: { searchUnits: 1 } },
  moderation: { model: 'm', results: [{ flagged: false, categories: {}, own: {} }], usage: {} },
  'count-tokens': { inputTokens: 12, usage: {} },
}

test.each([embeddings, rerank, moderation, countTokens] as never[])(
  'folding what was unfolded gives the response',
  (operation: typeof embeddings) => {
    const response = responses[operation.id as 'embeddings']
    const fold = operation.fold()
    const events = operation.unfold(response)
    for (const event of events) fold.add(event)
    expect(fold.result()).toEqual(response)
    expect(events.some(operation.hasContent)).toBe(true)
    expect(events.some(operation.finishes)).toBe(true)
    expect(events.map(operation.usageOf)).toEqual([response.usage])
    expect(operation.storable(response)).toBe(true)
  },
)

test('a vector has the same numbers as base64 and as a list', () => {
  const float = fc.float({ noNaN: true, noDefaultInfinity: true })
  fc.assert(
    fc.property(fc.array(float, { minLength: 1, maxLength: 40 }), (numbers) => {
      const encoded = base64Of(numbers)
      expect(dimensionsOf(encoded)).toBe(numbers.length)
      expect(numbersOf(encoded)).toEqual(numbers)
      expect(base64Of(encoded)).toBe(encoded)
    }),
  )
})

test('the base64 of a vector is what OpenAI sends: 32-bit floats, little end first', () => {
  const bytes = Buffer.alloc(8)
  bytes.writeFloatLE(0.5, 0)
  bytes.writeFloatLE(-2, 4)
  expect(base64Of([0.5, -2])).toBe(bytes.toString('base64'))
})

test("the numbers of a vector are a list of the caller's own", () => {
  const vector = [1, 2]
  numbersOf(vector)[0] = 7
  expect(vector).toEqual([1, 2])
})

test('a number that one of several requests did not report is not known of all', () => {
  expect(sumOfUsage([{ inputTokens: 1, searchUnits: 2 }, { inputTokens: 3 }])).toEqual({ inputTokens: 4 })
  expect(sumOfUsage([{}, { inputTokens: 3 }])).toEqual({})
})

test('embeddings are bounded by the bytes of their texts, and by their tokens where they are tokens', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (input) => {
      const { inputTokens, outputTokens } = embeddings.bound({ model: 'm', input })
      const bytes = input.reduce((sum, text) => sum + Buffer.byteLength(text.normalize('NFKC')), 0)
      expect(inputTokens).toBeGreaterThanOrEqual(bytes)
      expect(outputTokens).toBe(0)
    }),
  )
  expect(embeddings.bound({ model: 'm', input: [[1, 2, 3]] }).inputTokens).toBeGreaterThanOrEqual(3)
})

test('something that is no text is bounded by the whole window of the model', () => {
  const picture = { type: 'extension', dialect: 'cohere-embeddings', value: {} } as const
  expect(embeddings.bound({ model: 'm', input: [picture] }, 512).inputTokens).toBeGreaterThan(512)
  expect(embeddings.bound({ model: 'm', input: [picture] }).inputTokens).toBeGreaterThan(1e6)
  const parts = [{ type: 'image', source: { type: 'url', url: 'https://example.com/' } }] as const
  expect(moderation.bound({ model: 'm', input: [parts] }, 512).inputTokens).toBeGreaterThanOrEqual(512)
})

test('reranking is bounded by a reading of the query beside each document, and by search units of long documents', () => {
  const query = 'x'.repeat(100)
  const short = rerank.bound({ model: 'm', query, documents: Array(101).fill('a') })
  expect(short.units).toEqual({ searchUnits: 2 })
  expect(short.inputTokens).toBeGreaterThanOrEqual(101 * 101)
  const long = rerank.bound({ model: 'm', query, documents: [{ text: 'b'.repeat(40_001) }] })
  expect(long.units).toEqual({ searchUnits: 2 })
})

test('counting takes nothing from any limit', () => {
  expect(countTokens.bound({ model: 'm', messages: [] })).toEqual({ inputTokens: 0, outputTokens: 0 })
  expect(countTokens.free?.({ model: 'm', messages: [] })).toBe(true)
})
