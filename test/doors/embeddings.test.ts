import { expect, test } from 'vitest'
import {
  cache,
  createGateway,
  type Gateway,
  type GatewayOptions,
  ordered,
  provider,
  type Runtime,
  type Trace,
} from '../../src/index.ts'
import { budget } from '../../src/limits/budget.ts'
import { limits } from '../../src/limits/limits.ts'
import { cohere } from '../../src/providers/cohere.ts'
import { google } from '../../src/providers/google.ts'
import { mistral } from '../../src/providers/makers.ts'
import { openai } from '../../src/providers/openai.ts'
import { voyage } from '../../src/providers/voyage.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { memoryCounters } from '../../src/stores/memory-counters.ts'
import {
  type Exchange,
  lost,
  malformedJson,
  overloaded,
  respond,
  serverError,
  stalled,
} from '../../src/testing/index.ts'
import { createWorld, failureOf, type World } from '../world.ts'

const twin = provider(openai, { id: 'twin', baseURL: 'https://twin.test/v1', apiKey: 't' })
const keys = ['OPENAI', 'COHERE', 'GEMINI', 'MISTRAL', 'VOYAGE']
const model = 'openai/text-embedding-3-small'

function worldWith(): World {
  return createWorld({
    env: Object.fromEntries(keys.map((name) => [`${name}_API_KEY`, 'key'])),
    prices: { '*': { input: 1, output: 0 } },
  })
}

function gatewayIn(world: World, options: Partial<GatewayOptions<never, never>> = {}): Gateway {
  return createGateway({
    providers: [openai, twin, cohere, google, mistral, voyage],
    routing: ordered(),
    runtime: world.runtime,
    ...options,
  } as never) as unknown as Gateway
}

/** The first inputs of each request. */
function bodies(world: World): readonly Record<string, unknown>[] {
  return world.simulator.calls.map(({ body }: Exchange) => body as Record<string, unknown>)
}

test('a text becomes a vector, and a list of texts as many, in their order', async () => {
  const gateway = gatewayIn(worldWith())
  const one = await gateway.embed({ model, input: 'Dogs are animals.' })
  expect(one.embedding).toHaveLength(1536)
  const two = await gateway.embed({ model, input: ['Cats purr.', 'Dogs are animals.'], dimensions: 8 })
  expect(two.embeddings.map(({ length }) => length)).toEqual([8, 8])
  expect(one.usage.inputTokens).toBe(4)
  expect(one.cost).toBeCloseTo(4 * 0.02e-6, 12)
  expect(one.trace).toMatchObject({ operation: 'embeddings', status: 'completed' })
})

test.each([
  ['cohere/embed-v4.0', { input_type: 'search_query', output_dimension: 256 }],
  ['google/gemini-embedding-001', undefined],
  ['mistral/codestral-embed', { output_dimension: 256 }],
  ['voyage/voyage-4', { input_type: 'query', output_dimension: 256, encoding_format: 'base64' }],
])('%s is asked in its own words', async (model, expected) => {
  const world = worldWith()
  const reply = await gatewayIn(world).embed({ model, input: ['a', 'b'], inputType: 'query', dimensions: 256 })
  expect(reply.embeddings.map(({ length }) => length)).toEqual([256, 256])
  const [body] = bodies(world)
  if (expected) expect(body).toMatchObject(expected)
  else
    expect(body?.['requests']).toEqual(
      ['a', 'b'].map((text) => ({
        model: 'models/gemini-embedding-001',
        content: { parts: [{ text }] },
        taskType: 'RETRIEVAL_QUERY',
        outputDimensionality: 256,
      })),
    )
})

test('more inputs than a provider takes go out in several requests, and come back as one answer', async () => {
  const world = worldWith()
  const input = Array.from({ length: 200 }, (_, index) => `text ${index}`)
  const reply = await gatewayIn(world).embed({ model: 'cohere/embed-v4.0', input, inputType: 'document' })
  expect(bodies(world).map(({ texts }) => (texts as string[]).length)).toEqual([96, 96, 8])
  expect(reply.embeddings).toHaveLength(200)
  expect(reply.usage.inputTokens).toBe(400)
  const alone = await gatewayIn(world).embed({ model: 'cohere/embed-v4.0', input: input[150]!, inputType: 'document' })
  expect(reply.embeddings[150]).toEqual(alone.embedding)
})

test('the tokens of a batch are kept under what a provider takes', async () => {
  const world = worldWith()
  const input = Array.from({ length: 5 }, () => 'word '.repeat(5000))
  await gatewayIn(world).embed({ model: 'mistral/mistral-embed', input })
  expect(bodies(world).map(({ input }) => (input as string[]).length)).toEqual([2, 2, 1])
})

test('the error of a request in several parts names the inputs that failed', async () => {
  const world = worldWith()
  world.simulator.on({ where: ({ index }) => index > 0 }).reply(serverError())
  const input = Array.from({ length: 200 }, (_, index) => `text ${index}`)
  const gateway = gatewayIn(world, { retry: { limit: 0 } })
  const error = await failureOf(gateway.embed({ model: 'cohere/embed-v4.0', input, inputType: 'document' }))
  expect(error.message).toContain('(inputs 96 to 191)')
  expect(error.code).toBe('provider_unavailable')
  // What was answered before has been billed.
  expect(gateway.traceOf(error)?.attempts[0]?.charge?.usage.inputTokens).toBe(192)
})

test('of a request in several parts, one that never arrived costs nothing, and one that may have been billed its bound', async () => {
  const input = Array.from({ length: 200 }, (_, index) => `text ${index}`)
  const ask = { model: 'cohere/embed-v4.0', input, inputType: 'document' }
  const chargeWhen = async (world: World, fetch: Runtime['fetch'] = world.runtime.fetch!) => {
    const gateway = gatewayIn(world, { retry: { limit: 0 }, runtime: { ...world.runtime, fetch } })
    const error = await failureOf(gateway.embed(ask))
    expect(error.code).toBe(error.message.includes('JSON') ? 'invalid_response' : 'provider_unavailable')
    return gateway.traceOf(error)!.attempts[0]!.charge!
  }
  const there = worldWith()
  const unreachable = Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } })
  const charge = await chargeWhen(there, (...call) =>
    there.simulator.calls.length === 2 ? Promise.reject(unreachable) : there.runtime.fetch!(...call),
  )
  expect(charge).toMatchObject({ usage: { inputTokens: 384 }, estimated: false })
  expect(charge.cost!.total).toBe(384 * 120)

  for (const fault of [lost('Hello'), malformedJson()]) {
    const world = worldWith()
    world.simulator.on({ where: ({ index }) => index === 1 }).reply(fault)
    const charge = await chargeWhen(world)
    expect(charge).toMatchObject({ estimated: true, uncertain: false })
    expect(charge.usage.inputTokens).toBeGreaterThan(384)
  }
})

test.each([
  ['is missing', { data: [{ index: 0, embedding: [1, 0] }] }, /1 embeddings came for 2 inputs/],
  [
    'comes twice',
    {
      data: [
        { index: 1, embedding: [1, 0] },
        { index: 1, embedding: [0, 1] },
      ],
    },
    /missing, or comes twice/,
  ],
  [
    'has another length',
    {
      data: [
        { index: 0, embedding: [1, 0] },
        { index: 1, embedding: [1] },
      ],
    },
    /has 1 dimensions, not 2/,
  ],
  [
    'is none',
    {
      data: [
        { index: 0, embedding: [1, 0] },
        { index: 1, embedding: null },
      ],
    },
    /is no vector/,
  ],
])('an answer in which a vector %s is invalid, and has been paid', async (_, body, message) => {
  const world = worldWith()
  world.simulator.on().reply(respond({ body }))
  const gateway = gatewayIn(world, { retry: { limit: 0 } })
  const error = await failureOf(gateway.embed({ model, input: ['a', 'b'] }))
  expect(error.code).toBe('invalid_response')
  expect(error.message).toMatch(message)
  expect(gateway.traceOf(error)?.attempts[0]?.charge?.cost?.total).toBeGreaterThan(0)
})

test('vectors of another length than was asked for are invalid', async () => {
  const world = worldWith()
  world.simulator.on().reply(respond({ body: { data: [{ index: 0, embedding: [1, 0] }] } }))
  const error = await failureOf(gatewayIn(world, { retry: { limit: 0 } }).embed({ model, input: 'a', dimensions: 3 }))
  expect(error).toMatchObject({ code: 'invalid_response' })
})

test('more dimensions than a model has are refused before it is asked', async () => {
  const world = worldWith()
  const error = await failureOf(gatewayIn(world).embed({ model, input: 'a', dimensions: 2000 }))
  expect(error).toMatchObject({ code: 'no_eligible_deployment', status: 400, excluded: [{ reason: 'capability' }] })
  expect(world.simulator.calls).toEqual([])
})

test('answers are put into the order of their inputs', async () => {
  const world = worldWith()
  const data = [
    { index: 1, embedding: [0, 1] },
    { index: 0, embedding: [1, 0] },
  ]
  world.simulator.on().reply(respond({ body: { data } }))
  const reply = await gatewayIn(world).embed({ model, input: ['a', 'b'] })
  expect(reply.embeddings).toEqual([
    [1, 0],
    [0, 1],
  ])
})

test('an answer without usage costs the bound of what was sent, as an estimate', async () => {
  const reply = await gatewayIn(worldWith()).embed({ model: 'google/gemini-embedding-001', input: 'Dogs are animals.' })
  expect(reply.usage.inputTokens).toBeUndefined()
  const [attempt] = reply.trace.attempts
  expect(attempt?.charge).toMatchObject({ estimated: true, uncertain: false })
  expect(reply.cost).toBeGreaterThan(3 * 0.15e-6)
})

test('an equal request is answered from the cache, whether numbers or base64 are asked for', async () => {
  const world = worldWith()
  const gateway = gatewayIn(world, { cache: cache({ store: memoryStore() }) })
  const first = await gateway.embed({ model, input: ['a', 'b'] })
  const second = await gateway.embed({ model, input: ['a', 'b'] })
  expect(second.embeddings).toEqual(first.embeddings)
  expect(second.trace.cache).toBe('hit')
  const ask = async (
    encoding_format?: string,
  ): Promise<{ headers: Headers; body: { data: { embedding: unknown }[] } }> => {
    const body = JSON.stringify({ model, input: ['a', 'b'], encoding_format })
    const response = await gateway.fetch('https://api.openai.com/v1/embeddings', { method: 'POST', body })
    return { headers: response.headers, body: (await response.json()) as never }
  }
  const numbers = await ask('float')
  expect(numbers.headers.get('x-zerohop-cache')).toBe('hit')
  expect(numbers.body.data[1]?.embedding).toEqual(first.embeddings[1])
  expect((await ask('base64')).body.data[1]?.embedding).toBe(first.response.embeddings[1]?.vector)
  expect(world.simulator.calls).toHaveLength(1)
  expect((await gateway.embed({ model, input: ['b', 'a'] })).trace.cache).toBe('miss')
  expect((await gateway.embed({ model, input: ['a', 'b'], inputType: 'query' })).trace.cache).toBe('miss')
  expect((await gateway.embed({ model, input: ['a', 'b'], dimensions: 8 })).trace.cache).toBe('miss')
})

test('what a caller does to its vectors nobody else sees', async () => {
  const gateway = gatewayIn(worldWith(), { cache: cache({ store: memoryStore() }) })
  const first = await gateway.embed({ model, input: 'a' })
  first.embedding[0] = 7
  expect((await gateway.embed({ model, input: 'a' })).embedding[0]).not.toBe(7)
})

test('a budget refuses what it does not cover, before anything is sent', async () => {
  const world = worldWith()
  const slot = limits({ store: memoryCounters(), rules: [budget({ by: 'team', limit: 0.000_01, per: 'month' })] })
  const client = gatewayIn(world, { limits: slot }).with({ team: 'search' })
  await client.embed({ model, input: 'a' })
  const error = await failureOf(client.embed({ model, input: 'long '.repeat(1000) }))
  expect(error.code).toBe('budget_exceeded')
  expect(world.simulator.calls).toHaveLength(1)
  const [status] = await client.limits.status()
  expect(status!.spent * 1e9).toBeCloseTo(20, 6)
  expect(status!.reserved).toBe(0)
})

test('a group substitutes the same model elsewhere', async () => {
  const world = worldWith()
  world.simulator.on({ provider: 'openai' }).reply(overloaded())
  const models = { space: [model, { model: 'twin/prod-7', is: model }] }
  const reply = await gatewayIn(world, { models } as never).embed({ model: 'space', input: 'a' })
  expect(reply.trace.attempts.at(-1)?.deployment).toBe('twin/prod-7')
})

test('a group that mixes embeddings of two models is refused when the gateway is made', () => {
  const make = (models: object): unknown => gatewayIn(worldWith(), { models } as never)
  expect(() => make({ mixed: [model, 'openai/text-embedding-3-large'] })).toThrow(/mixes the embeddings of/)
  expect(() => make({ mixed: [model, 'voyage/voyage-4'] })).toThrow(/mixes the embeddings of/)
  expect(() => make({ one: [model, { model: 'twin/prod-7', is: model }, 'twin/text-embedding-3-small'] })).not.toThrow()
})

test('of a group whose models nobody knows, only the model of the first one answers', async () => {
  const world = worldWith()
  world.simulator.on({ model: 'a' }).reply(overloaded())
  const models = { space: ['openai/a', 'twin/b', 'twin/a'] }
  const gateway = gatewayIn(world, { models, retry: { limit: 0 } } as never)
  const error = await failureOf(gateway.embed({ model: 'space', input: 'text' }))
  expect(world.asked()).toEqual(['a', 'a'])
  expect(error.excluded).toMatchObject([{ deployment: 'twin/b', reason: 'other_model' }])
  expect(error.excluded[0]?.detail).toMatch(/it is b, whose answers do not mix with those of a/)
})

test('no fallback gives vectors of another model, and one of the same model serves', async () => {
  const world = worldWith()
  world.simulator.on({ provider: 'openai' }).reply(overloaded())
  const options = {
    models: { space: [model], other: ['voyage/voyage-4'], same: ['twin/text-embedding-3-small'] },
    fallback: { general: { space: ['other', 'same'] } },
    retry: { limit: 0 },
  }
  const reply = await gatewayIn(world, options as never).embed({ model: 'space', input: 'text' })
  expect(reply.trace.attempts.map(({ deployment }) => deployment)).toEqual([model, 'twin/text-embedding-3-small'])
})

test('a substitute whose vectors are of another length is left out, unless the length is said', async () => {
  const world = worldWith()
  world.simulator.on({ provider: 'openai' }).reply(overloaded())
  const models = { space: [model, { model: 'twin/prod-7', is: model, facts: { dimensions: 1024 } }] }
  const gateway = gatewayIn(world, { models, retry: { limit: 0 } } as never)
  const error = await failureOf(gateway.embed({ model: 'space', input: 'text', dimensions: undefined }))
  expect(error.excluded).toMatchObject([{ deployment: 'twin/prod-7', reason: 'other_model' }])
  expect((await gateway.embed({ model: 'space', input: 'text', dimensions: 512 })).embedding).toHaveLength(512)
})

test('a model at a provider without embeddings is excluded', async () => {
  const error = await failureOf(
    createGateway({
      providers: [provider(openai, { id: 'chatty' })].map((row) => ({
        ...row,
        operations: { chat: row.operations.chat },
      })),
    }).embed({
      model: 'chatty/a',
      input: 'a',
    }),
  )
  expect(error).toMatchObject({ code: 'no_eligible_deployment', excluded: [{ reason: 'unsupported' }] })
})

test.each([
  [{ model, input: [] }, /input is empty/],
  [{ model, input: [7] }, /input\[0\] is no text/],
  [{ model, input: [{ type: 'extension', dialect: 'openai-embeddings' }] }, /input\[0\] is no text/],
  [{ model, input: 'a', dimension: 8 }, /Unknown field dimension\. Did you mean dimensions\?/],
  [{ model, input: 'a', dimensions: '8' }, /dimensions is string: it must be a number/],
  [{ model }, /input is missing: it must be a string or a list/],
  [{ input: 'a' }, /model is missing/],
])('%j is refused with a sentence', async (call, message) => {
  const error = await failureOf(gatewayIn(worldWith()).embed(call as never))
  expect(error.code).toBe('invalid_request')
  expect(error.message).toMatch(message)
})

test('the ids of tokens are passed on, and refused by formats that have no place for them', async () => {
  const world = worldWith()
  const gateway = gatewayIn(world)
  await gateway.embed({ model, input: [[1, 2, 3]] })
  expect(bodies(world)[0]?.['input']).toEqual([[1, 2, 3]])
  const error = await failureOf(gateway.embed({ model: 'cohere/embed-v4.0', input: [[1, 2, 3]] }))
  expect(error.code).toBe('unsupported')
})

test('a call settles once, with its attempt, however it ends', async () => {
  const world = worldWith()
  const traces: Trace[] = []
  const gateway = gatewayIn(world, {
    telemetry: [(trace: Trace) => void traces.push(trace)],
    retry: { limit: 0 },
  } as never)
  await gateway.embed({ model, input: 'a' })
  world.simulator.on().reply(overloaded()).then(stalled())
  await failureOf(gateway.embed({ model, input: 'b' }))
  const controller = new AbortController()
  const leaving = failureOf(gateway.embed({ model, input: 'c', signal: controller.signal }))
  while (world.simulator.running === 0) await Promise.resolve()
  controller.abort()
  expect((await leaving).code).toBe('cancelled')
  await gateway.flush()
  expect(traces.map(({ status }) => status)).toEqual(['completed', 'failed', 'cancelled'])
  expect(traces.map(({ attempts }) => attempts.map(({ status }) => status))).toEqual([
    ['completed'],
    ['failed'],
    ['cancelled'],
  ])
  expect(world.simulator.running).toBe(0)
})

test('identical calls at once are one call to the provider', async () => {
  const world = worldWith()
  const gateway = gatewayIn(world, { cache: cache({ store: memoryStore() }) })
  const [one, two] = await Promise.all([gateway.embed({ model, input: 'a' }), gateway.embed({ model, input: 'a' })])
  expect(world.simulator.calls).toHaveLength(1)
  expect(two.embedding).toEqual(one.embedding)
  expect([one.trace.cache, two.trace.cache].sort()).toEqual(['miss', 'shared'])
})
