import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anthropicCountTokens } from '../../src/dialects/anthropic-messages/count-tokens.ts'
import { cohereEmbeddings } from '../../src/dialects/cohere-embeddings.ts'
import { cohereRerank } from '../../src/dialects/cohere-rerank.ts'
import type { AnyDialect } from '../../src/dialects/dialect.ts'
import { geminiCountTokens } from '../../src/dialects/gemini/count-tokens.ts'
import { geminiEmbeddings } from '../../src/dialects/gemini/embeddings.ts'
import { imagen } from '../../src/dialects/imagen.ts'
import { openaiEmbeddings } from '../../src/dialects/openai-embeddings.ts'
import { openaiImages } from '../../src/dialects/openai-images.ts'
import { openaiModeration } from '../../src/dialects/openai-moderation.ts'
import { openaiInputTokens } from '../../src/dialects/openai-responses/input-tokens.ts'
import { openaiTranscription } from '../../src/dialects/openai-transcription.ts'
import { voyageRerank } from '../../src/dialects/voyage-rerank.ts'
import { GatewayError } from '../../src/errors.ts'
import { type EmbeddingsRequest, type EmbeddingsResponse, embeddings } from '../../src/operations/embeddings.ts'
import type { ModerationRequest } from '../../src/operations/moderation.ts'
import type { RerankRequest } from '../../src/operations/rerank.ts'
import { jina } from '../../src/providers/jina.ts'
import { nvidia } from '../../src/providers/openai-compatible.ts'
import { voyage } from '../../src/providers/voyage.ts'

const target = { provider: 'p', model: 'm', quirks: {} }
const all: readonly AnyDialect[] = [
  openaiEmbeddings,
  geminiEmbeddings,
  cohereEmbeddings,
  cohereRerank,
  voyageRerank,
  openaiModeration,
  openaiInputTokens,
  anthropicCountTokens,
  geminiCountTokens,
]

/** What an application would have written for a provider to be asked this. */
function again<Request>(dialect: AnyDialect, request: Request, quirks: unknown = {}): Request {
  const { path, body } = dialect.upstream.encode(request, { ...target, quirks })
  const door = dialect.downstream!.match(`/v2${path}`)
  expect(door).toBeDefined()
  return dialect.downstream!.decode(JSON.parse(JSON.stringify(body)), door!)
}

const text = fc.string({ minLength: 1, unit: 'grapheme' })
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const said = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T
const purposes = ['query', 'document', 'similarity', 'classification', 'clustering', 'code-query'] as const

describe('what is encoded for a provider an application could have written', () => {
  const common = {
    dimensions: optional(fc.integer({ min: 1, max: 4096 })),
    inputType: optional(fc.constantFrom(...purposes, 'a word of its own')),
  }
  const own = fc.constantFrom({}, { more: { of: ['its', 'own'] } })

  test.each([
    ['OpenAI', openaiEmbeddings, {}, { user: optional(text) }],
    [
      'Jina',
      openaiEmbeddings,
      jina.operations.embeddings!.quirks,
      { truncate: optional(fc.constantFrom('none', 'end')) },
    ],
    [
      'NVIDIA',
      openaiEmbeddings,
      nvidia.operations.embeddings!.quirks,
      { inputType: fc.constantFrom('query', 'document'), truncate: optional(fc.constantFrom('none', 'start', 'end')) },
    ],
    [
      'Voyage',
      openaiEmbeddings,
      voyage.operations.embeddings!.quirks,
      {
        inputType: fc.constantFrom('query', 'document'),
        truncate: optional(fc.constantFrom('none', 'end')),
        dataType: optional(fc.constantFrom('int8', 'ubinary')),
      },
    ],
    ['Google', geminiEmbeddings, {}, {}],
    [
      'Cohere',
      cohereEmbeddings,
      {},
      {
        inputType: fc.constantFrom('query', 'document', 'classification', 'clustering'),
        truncate: optional(fc.constantFrom('none', 'start', 'end')),
        dataType: optional(fc.constantFrom('int8', 'binary')),
      },
    ],
  ] as const)('of embeddings, in the words of %s', (_, dialect, quirks, more) => {
    const item: fc.Arbitrary<unknown> =
      dialect.id === 'openai-embeddings' ? fc.oneof(text, fc.array(fc.nat(), { minLength: 1 })) : text
    const requests = fc.record({ input: fc.array(item, { minLength: 1 }), ...common, ...(more as typeof common), own })
    fc.assert(
      fc.property(requests, ({ own, ...fields }) => {
        const extensions = Object.keys(own).length > 0 ? { [dialect.id]: own } : undefined
        const request = said({ model: 'm', ...fields, extensions }) as EmbeddingsRequest
        const decoded = again<EmbeddingsRequest>(dialect, request, quirks)
        // What we asked for beyond the request is how an answer is written.
        const { extensions: found, ...rest } = decoded
        const { encoding_format, ...kept } = (found?.[dialect.id] ?? {}) as Record<string, unknown>
        expect({ ...rest, extensions: Object.keys(kept).length > 0 ? { [dialect.id]: kept } : undefined }).toEqual({
          ...request,
          extensions,
        })
      }),
    )
  })

  test.each([cohereRerank, voyageRerank] as const)('of reranking, in the words of $id', (dialect) => {
    const requests = fc.record({
      query: text,
      documents: fc.array(dialect === cohereRerank ? fc.oneof(text, fc.record({ text, year: fc.nat() })) : text, {
        minLength: 1,
      }),
      topN: optional(fc.integer({ min: 1 })),
      own,
    })
    fc.assert(
      fc.property(requests, ({ own, ...fields }) => {
        const extensions = Object.keys(own).length > 0 ? { [dialect.id]: own } : undefined
        const request = said({ model: 'm', ...fields, extensions }) as RerankRequest
        expect(again<RerankRequest>(dialect, request, { objects: true })).toEqual(request)
      }),
    )
  })

  test('of moderation', () => {
    const picture = fc.constantFrom(
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } } as const,
      { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } } as const,
    )
    const part = fc.oneof(
      picture,
      text.map((text) => ({ type: 'text', text }) as const),
    )
    const inputs = fc.oneof(
      fc.array(text, { minLength: 1 }),
      fc.array(part, { minLength: 1 }).map((parts) => [parts]),
    )
    fc.assert(
      fc.property(inputs, (input) => {
        const request: ModerationRequest = { model: 'm', input }
        expect(again(openaiModeration, request)).toEqual(request)
      }),
    )
  })

  test.each([openaiInputTokens, anthropicCountTokens, geminiCountTokens])(
    'of counting, in the words of $id',
    (dialect) => {
      const request = {
        model: 'm',
        messages: [
          { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
          { role: 'user', content: [{ type: 'text', text: 'Hello' }] },
        ],
        tools: [{ type: 'function', name: 'weather', parameters: { type: 'object' } }],
        toolChoice: 'auto',
      } as const
      expect(again(dialect as AnyDialect, { ...request, maxOutputTokens: 10, temperature: 1 })).toMatchObject(request)
    },
  )
})

describe('what an application gets is what its provider said', () => {
  const vector = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 2, maxLength: 2 })

  test.each([openaiEmbeddings, geminiEmbeddings, cohereEmbeddings])('of embeddings, in the words of $id', (dialect) => {
    fc.assert(
      fc.property(fc.array(vector, { minLength: 1 }), optional(fc.nat()), (vectors, inputTokens) => {
        const known = dialect === openaiEmbeddings ? (inputTokens ?? 0) : inputTokens
        const response: EmbeddingsResponse = {
          model: 'm',
          embeddings: vectors.map((vector) => ({ vector: vector.map((value) => value + 0) })),
          usage: said({ inputTokens: known }),
          extensions: { [dialect.id]: { more: 1 } },
        }
        const request = { model: 'm', input: vectors.map(() => 'text') }
        const body = JSON.parse(JSON.stringify(dialect.downstream!.encode(response, request)))
        expect(dialect.upstream.decode(body, target)).toEqual(response)
      }),
    )
  })

  test('of embeddings in base64', () => {
    const response: EmbeddingsResponse = {
      model: 'm',
      embeddings: [{ vector: 'AACAPwAAAAA=' }],
      usage: { inputTokens: 1 },
    }
    const request = { model: 'm', input: ['a'], extensions: { 'openai-embeddings': { encoding_format: 'base64' } } }
    const body = openaiEmbeddings.downstream!.encode(response, request) as { data: readonly unknown[] }
    expect(body.data).toEqual([{ object: 'embedding', index: 0, embedding: 'AACAPwAAAAA=' }])
    expect(openaiEmbeddings.upstream.decode(body, target)).toEqual(response)
    const numbers = openaiEmbeddings.downstream!.encode(response, { ...request, extensions: {} }) as typeof body
    expect(numbers.data).toEqual([{ object: 'embedding', index: 0, embedding: [1, 0] }])
  })

  test.each([
    ['int8', [1, -2, 127]],
    ['ubinary', [1, 255, 0]],
  ] as const)('of embeddings of %s in base64: a byte for each number', (dataType, vector) => {
    const body = { model: 'm', input: 'a', output_dtype: dataType, encoding_format: 'base64' }
    const request = openaiEmbeddings.downstream!.decode(body, {})
    const response = { model: 'm', embeddings: [{ vector }], usage: {} }
    const { data } = openaiEmbeddings.downstream!.encode(response, request) as { data: { embedding: string }[] }
    const bytes = Buffer.from(data[0]!.embedding, 'base64')
    expect([...(dataType === 'int8' ? new Int8Array(bytes) : new Uint8Array(bytes))]).toEqual(vector)
  })

  test.each([
    [cohereRerank, { searchUnits: 2 }],
    [cohereRerank, { inputTokens: 7 }],
    [voyageRerank, { inputTokens: 7 }],
  ] as const)('of reranking, in the words of %o', (dialect, usage) => {
    const results = [
      { index: 1, score: 0.9 },
      { index: 0, score: 0.1 },
    ]
    const request = { model: 'm', query: 'q', documents: ['a', { text: 'b' }], returnDocuments: true }
    const body = dialect.downstream!.encode({ model: 'm', results, usage }, request) as Record<string, unknown>
    expect(dialect.upstream.decode(body, target)).toMatchObject({ model: 'm', results, usage })
    const [best] = (body['results'] ?? body['data']) as { document: unknown }[]
    expect(best?.document).toEqual(dialect === voyageRerank ? 'b' : { text: 'b' })
  })

  test('of moderation', () => {
    const answer = {
      id: 'modr-1',
      model: 'omni-moderation-latest',
      results: [
        {
          flagged: true,
          categories: {
            'harassment/threatening': true,
            harassment: false,
            'violence/graphic': false,
            'a new one': true,
          },
          category_scores: {
            'harassment/threatening': 0.9,
            harassment: 0.4,
            'violence/graphic': 0.1,
            'a new one': 0.8,
          },
          category_applied_input_types: { harassment: ['text'] },
        },
      ],
    }
    const response = openaiModeration.upstream.decode(answer, target)
    expect(response.results[0]).toMatchObject({
      flagged: true,
      categories: { harassment: { flagged: true, score: 0.9 }, violence: { flagged: false, score: 0.1 } },
      own: { 'a new one': { flagged: true, score: 0.8 } },
    })
    expect(openaiModeration.downstream!.encode(response, { model: 'm', input: ['a'] })).toEqual(answer)
  })
})

test('a verdict that says nothing of the whole is flagged where some category is', () => {
  const results = [
    { categories: { pii: true, selfharm: false }, category_scores: { pii: 0.9, selfharm: 0 } },
    { categories: { pii: false }, category_scores: { pii: 0 } },
  ]
  const response = openaiModeration.upstream.decode({ id: '1', model: 'm', results }, target)
  expect(response.results.map(({ flagged }) => flagged)).toEqual([true, false])
  expect(response.results[0]?.categories).toMatchObject({
    'personal-data': { flagged: true },
    'self-harm': { flagged: false },
  })
})

test.each([...all, openaiImages, openaiTranscription, imagen])(
  'an error inside a success of $id is named',
  (dialect) => {
    const body = { error: { message: 'Overloaded, please wait.', code: 503 } }
    expect(() => dialect.upstream.decode(body, target)).toThrow(
      expect.objectContaining({ code: 'provider_overloaded' }),
    )
  },
)

test('equal inputs in several parts are told apart', () => {
  const request = { model: 'm', input: Array(5).fill('a') }
  const { split } = openaiEmbeddings.upstream
  const parts = split!.parts(request, { ...target, quirks: { batch: 2 } })
  expect(parts.map((part, index) => split!.name(part, index, request))).toEqual([
    'inputs 0 to 1',
    'inputs 2 to 3',
    'input 4',
  ])
})

test('pictures are judged in a request of their own', () => {
  const picture = [{ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }] as const
  const request: ModerationRequest = { model: 'm', input: ['a', 'b', picture, 'c'] }
  const { split } = openaiModeration.upstream
  const parts = split!.parts(request, target)
  expect(parts.map(({ input }) => input)).toEqual([['a', 'b'], [picture], ['c']])
  expect(parts.map((part, index) => split!.name(part, index, request))).toEqual(['inputs 0 to 1', 'input 2', 'input 3'])
})

test('a provider that numbers no embedding, or all with 0, sends them in order', () => {
  for (const numbers of [{}, { index: 0 }]) {
    const data = [1, 2].map((value) => ({ ...numbers, embedding: [value] }))
    const { embeddings } = openaiEmbeddings.upstream.decode({ data }, target)
    expect(embeddings).toEqual([{ vector: [1] }, { vector: [2] }])
  }
})

test('of several types of one embedding, the first is the vector and all are kept', () => {
  const answer = {
    embeddings: { float: [[0.5]], int8: [[64]] },
    meta: { billed_units: { input_tokens: 3, image_tokens: 4 } },
  }
  const response = cohereEmbeddings.upstream.decode(answer, target)
  expect(response.usage).toEqual({ inputTokens: 7, imageInputTokens: 4 })
  expect(response.embeddings).toEqual([
    { vector: [0.5], extensions: { 'cohere-embeddings': { float: [0.5], int8: [64] } } },
  ])
  const back = cohereEmbeddings.downstream!.encode(response, { model: 'm', input: ['a'] })
  expect(back).toMatchObject({ embeddings: answer.embeddings, meta: answer.meta })
})

test.each([
  ['numbers in full, whichever comes first', ['binary', 'float'], undefined, 'float'],
  ['the first, where none are', ['binary', 'ubinary'], 'binary', 'binary'],
  ['base64, which is numbers in full', ['int8', 'base64'], undefined, 'base64'],
])('of several types that Cohere is asked for, the vector is %s', (_, types, dataType, type) => {
  const answers: Record<string, unknown> = {
    ubinary: [[1]],
    binary: [[2]],
    int8: [[1, 2, 3, 4, 5, 6, 7, 8]],
    float: [[1, 2, 3, 4, 5, 6, 7, 8]],
    base64: ['AACAPwAAAEA='],
  }
  const body = { model: 'm', texts: ['a'], input_type: 'search_query', embedding_types: types }
  const request = cohereEmbeddings.downstream!.decode(body, {})
  expect(request.dataType).toBe(dataType)
  expect(cohereEmbeddings.upstream.encode(request, target).body['embedding_types']).toEqual(types)
  const lists = Object.fromEntries(Object.entries(answers).filter(([name]) => types.includes(name)))
  const response = cohereEmbeddings.upstream.decode({ embeddings: lists }, target, request)
  expect(response.embeddings[0]?.vector).toEqual((answers[type] as readonly unknown[])[0])
  if (dataType) expect(embeddings.flaw?.(response, { ...request, dimensions: 8 })).toBeUndefined()
  expect(cohereEmbeddings.downstream!.encode(response, request)).toMatchObject({ embeddings: lists })
})

test('an application of Cohere that asks for base64 gets it, whoever answers', () => {
  const body = { model: 'm', texts: ['a'], input_type: 'search_query', embedding_types: ['base64'] }
  const request = cohereEmbeddings.downstream!.decode(body, {})
  expect(cohereEmbeddings.upstream.encode(request, target).body['embedding_types']).toEqual(['base64'])
  expect(openaiEmbeddings.upstream.encode(request, target).body).toMatchObject({ input: ['a'] })
  for (const vector of ['AACAPwAAAEA=', [1, 2]]) {
    const answer = { model: 'm', embeddings: [{ vector }], usage: {} }
    expect(cohereEmbeddings.downstream!.encode(answer, request)).toMatchObject({
      embeddings: { base64: ['AACAPwAAAEA='] },
    })
  }
})

test('a request without a purpose is a document to Cohere, with a warning', () => {
  const { body, warnings } = cohereEmbeddings.upstream.encode({ model: 'm', input: ['a'] }, target)
  expect(body['input_type']).toBe('search_document')
  expect(warnings).toHaveLength(1)
})

test('what only one format can say reaches a provider that speaks it, and no other', () => {
  const picture = { content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }
  const decoded = cohereEmbeddings.downstream!.decode(
    { model: 'm', inputs: [picture], input_type: 'search_document' },
    {},
  )
  expect(cohereEmbeddings.upstream.encode(decoded, target).body['inputs']).toEqual([picture])
  for (const dialect of [openaiEmbeddings, geminiEmbeddings]) {
    expect(() => dialect.upstream.encode(decoded, target)).toThrow(/cohere-embeddings/)
  }
})

test('one text with a title is no mere text, and comes to Google as it was', () => {
  const body = { content: { parts: [{ text: 'a' }] }, title: 'Letters', taskType: 'RETRIEVAL_DOCUMENT' }
  const door = geminiEmbeddings.downstream!.match('/v1beta/models/m:embedContent')!
  const { path, body: sent } = geminiEmbeddings.upstream.encode(geminiEmbeddings.downstream!.decode(body, door), target)
  expect(path).toBe('/models/m:embedContent')
  expect(sent).toEqual({ model: 'models/m', ...body })
})

test('numbers that a provider does not give are refused, not replaced by others', () => {
  const request: EmbeddingsRequest = { model: 'm', input: ['a'], dataType: 'int8' }
  expect(() => openaiEmbeddings.upstream.encode(request, target)).toThrow(/gives no int8 embeddings/)
  expect(() => geminiEmbeddings.upstream.encode(request, target)).toThrow(/gives no int8 embeddings/)
})

test('fields of objects are ranked together by a provider that takes texts only', () => {
  const documents = [{ text: 'a' }, { title: 'Dogs', year: 1999 }]
  const request = { model: 'm', query: 'q', documents }
  expect(cohereRerank.upstream.encode(request, target).body['documents']).toEqual(['a', 'title: Dogs\nyear: 1999'])
  const sparse = {
    ...request,
    documents: [
      { title: 'Dogs', year: undefined, print() {} },
      { text: 'a', no: undefined },
    ],
  }
  expect(cohereRerank.upstream.encode(sparse, target).body['documents']).toEqual(['title: Dogs', 'a'])
})

test.each(all)('$id names errors, takes no nonsense, and has no streams', (dialect) => {
  const { upstream, downstream } = dialect
  const failure = { status: 429, header: () => undefined, body: { message: 'Too many.' }, now: 0 }
  expect(upstream.error(failure, target)).toMatchObject({ code: 'rate_limited', provider: 'p' })
  for (const body of [null, 'text', [], {}, { data: 1, embeddings: 1, results: 1 }]) {
    expect(() => upstream.decode(body, target)).toThrow(expect.objectContaining({ code: 'invalid_response' }))
  }
  for (const body of [null, 'text', [], {}, { model: 'm', input: {} }, { model: 'm', documents: [], query: 'q' }]) {
    expect(() => downstream!.decode(body, {})).toThrow(expect.objectContaining({ code: 'invalid_request' }))
  }
  expect(() => upstream.stream(target)).toThrow(/never as a stream/)
  expect(() => downstream!.stream({ model: 'm' })).toThrow(/never as a stream/)
  expect(JSON.stringify(downstream!.error(new GatewayError('rate_limited', 'Too many.')))).toContain('Too many.')
  expect(downstream!.match('/v1/chat/completions')).toBeUndefined()
})
