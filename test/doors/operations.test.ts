import { describe, expect, test } from 'vitest'
import { cache, createGateway, type Gateway, type GatewayOptions, ordered } from '../../src/index.ts'
import { budget } from '../../src/limits/budget.ts'
import { limits } from '../../src/limits/limits.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { cohere } from '../../src/providers/cohere.ts'
import { google } from '../../src/providers/google.ts'
import { jina } from '../../src/providers/jina.ts'
import { mistral } from '../../src/providers/makers.ts'
import { openai } from '../../src/providers/openai.ts'
import { voyage } from '../../src/providers/voyage.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { memoryCounters } from '../../src/stores/memory-counters.ts'
import { overloaded, respond } from '../../src/testing/index.ts'
import { createWorld, failureOf, type World } from '../world.ts'

const keys = ['OPENAI', 'ANTHROPIC', 'COHERE', 'GEMINI', 'MISTRAL', 'VOYAGE', 'JINA']

function worldWith(): World {
  return createWorld({
    env: Object.fromEntries(keys.map((name) => [`${name}_API_KEY`, 'key'])),
    prices: { 'rerank-v3.5': { input: 0, output: 0, searchUnit: 0.002 }, '*': { input: 1, output: 0 } },
  })
}

function gatewayIn(world: World, options: Partial<GatewayOptions<never, never>> = {}): Gateway {
  return createGateway({
    providers: [openai, anthropic, google, cohere, voyage, jina, mistral],
    routing: ordered(),
    runtime: world.runtime,
    ...options,
  } as never) as unknown as Gateway
}

describe('rerank', () => {
  const query = 'purring cats'
  const documents = ['Dogs bark.', 'Cats are purring.', { text: 'Cats sleep.' }]

  test.each(['cohere/rerank-v3.5', 'voyage/rerank-2.5', 'jina/jina-reranker-v3'])(
    '%s orders documents',
    async (model) => {
      const reply = await gatewayIn(worldWith()).rerank({ model, query, documents, topN: 2 })
      expect(reply.results).toEqual([
        { index: 1, score: 1 },
        { index: 2, score: 0.5 },
      ])
    },
  )

  test('the documents stand beside their scores on demand, and no provider sends them back', async () => {
    const world = worldWith()
    const gateway = gatewayIn(world)
    const { results } = await gateway.rerank({ model: 'cohere/rerank-v3.5', query, documents, returnDocuments: true })
    expect(results.map(({ document }) => document)).toEqual([documents[1], documents[2], documents[0]])
    expect(world.simulator.calls[0]?.body).not.toHaveProperty('return_documents')
  })

  test('search units are what is counted, priced and kept within a budget', async () => {
    const world = worldWith()
    const rule = budget({ by: 'team', limit: 0.004, per: 'month' })
    const client = gatewayIn(world, { limits: limits({ store: memoryCounters(), rules: [rule] }) }).with({ team: 'a' })
    const reply = await client.rerank({ model: 'cohere/rerank-v3.5', query, documents })
    expect(reply.usage).toEqual({ searchUnits: 1 })
    expect(reply.cost).toBe(0.002)
    expect(world.simulator.bill.dollars).toBe(0.002)
    const error = await failureOf(
      client.rerank({ model: 'cohere/rerank-v3.5', query, documents: Array(101).fill('a') }),
    )
    expect(error.code).toBe('budget_exceeded')
    expect(world.simulator.calls).toHaveLength(1)
    expect((await client.limits.status())[0]).toMatchObject({ spent: 0.002, reserved: 0 })
  })

  test('an equal request is answered from the cache', async () => {
    const world = worldWith()
    const gateway = gatewayIn(world, { cache: cache({ store: memoryStore() }) })
    const call = { model: 'cohere/rerank-v3.5', query, documents }
    const first = await gateway.rerank(call)
    const second = await gateway.rerank(call)
    expect(second.results).toEqual(first.results)
    expect(second.cost).toBe(0)
    expect(second.trace.cache).toBe('hit')
    expect((await gateway.rerank({ ...call, query: 'dogs' })).trace.cache).toBe('miss')
  })

  test.each([
    ['names no document', [{ index: 3, relevance_score: 1 }]],
    [
      'names one twice',
      [
        { index: 0, relevance_score: 1 },
        { index: 0, relevance_score: 1 },
      ],
    ],
    ['has no score', [{ index: 0 }]],
  ])('an answer that %s is invalid', async (_, results) => {
    const world = worldWith()
    world.simulator.on().reply(respond({ body: { results } }))
    const gateway = gatewayIn(world, { retry: { limit: 0 } })
    const error = await failureOf(gateway.rerank({ model: 'cohere/rerank-v3.5', query, documents }))
    expect(error.code).toBe('invalid_response')
  })

  test.each([
    ['https://api.cohere.com/v2/rerank', 'cohere-rerank', { top_n: 1 }],
    ['https://api.voyageai.com/v1/rerank', 'voyage-rerank', { top_k: 1 }],
    ['https://api.jina.ai/v1/rerank', 'jina', { top_n: 1 }],
  ])('what is asked at %s is answered in the words of that host', async (url, _, top) => {
    const body = JSON.stringify({ model: 'cohere/rerank-v3.5', query, documents, return_documents: true, ...top })
    const response = await gatewayIn(worldWith()).fetch(url, { method: 'POST', body })
    const answer = (await response.json()) as { data?: unknown; results?: unknown }
    const document = url.includes('voyage') ? 'Cats are purring.' : { text: 'Cats are purring.' }
    expect(answer.data ?? answer.results).toEqual([{ index: 1, relevance_score: 1, document }])
    expect(answer.data === undefined).toBe(!url.includes('voyage'))
  })
})

describe('moderate', () => {
  test.each(['openai/omni-moderation-latest', 'mistral/mistral-moderation-latest'])(
    '%s judges texts',
    async (model) => {
      const reply = await gatewayIn(worldWith()).moderate({ model, input: ['Good morning.', 'I will attack you.'] })
      expect(reply.flagged).toBe(true)
      expect(reply.results.map(({ flagged }) => flagged)).toEqual([false, true])
      expect(reply.results[1]?.categories.violence).toEqual({ flagged: true, score: 0.98 })
      expect(Object.keys(reply.results[1]!.own)).toContain(
        model.startsWith('mistral') ? 'violence_and_threats' : 'violence',
      )
    },
  )

  test('what costs nothing costs nothing, though nobody reports what was used', async () => {
    const reply = await gatewayIn(worldWith()).moderate({
      model: 'openai/omni-moderation-latest',
      input: 'Good morning.',
    })
    expect(reply.cost).toBe(0)
    expect(reply.usage).toEqual({})
  })

  test.each([
    ['no text', { type: 'text' }],
    ['a text that is none', { type: 'text', text: 5 }],
    ['no source', { type: 'image' }],
    ['the words of a provider', { type: 'image_url', image_url: { url: 'https://example.com/a.png' } }],
    ['nothing', null],
  ])('a part with %s is refused by its place, and asked of nobody', async (_, part) => {
    const world = worldWith()
    const input = ['a', [{ type: 'text', text: 'b' }, part]] as never
    const error = await failureOf(gatewayIn(world).moderate({ model: 'openai/omni-moderation-latest', input }))
    expect(error).toMatchObject({ code: 'invalid_request', message: expect.stringContaining('input[1][1]') })
    expect(world.simulator.calls).toEqual([])
  })

  test('verdicts that are missing are invalid', async () => {
    const world = worldWith()
    world.simulator.on().reply(respond({ body: { results: [{ categories: {} }] } }))
    const gateway = gatewayIn(world, { retry: { limit: 0 } })
    const error = await failureOf(gateway.moderate({ model: 'openai/omni-moderation-latest', input: ['a', 'b'] }))
    expect(error).toMatchObject({ code: 'invalid_response' })
  })
})

describe('countTokens', () => {
  const messages = 'How long is this text?'

  test.each(['openai/gpt-5-mini', 'anthropic/claude-sonnet-4-5', 'google/gemini-2.5-flash'])(
    '%s counts',
    async (model) => {
      const world = worldWith()
      const reply = await gatewayIn(world).countTokens({ model, messages })
      expect(reply.inputTokens).toBeGreaterThan(3)
      expect(reply.estimated).toBe(false)
      expect(reply.cost).toBe(0)
      expect(world.simulator.bill.total).toBe(0)
      expect(world.simulator.calls).toHaveLength(1)
    },
  )

  test('for a provider that does not count, the gateway estimates, and asks nobody', async () => {
    const world = worldWith()
    const gateway = gatewayIn(world, { cache: cache({ store: memoryStore() }) })
    const reply = await gateway.countTokens({ model: 'cohere/command-a-03-2025', messages })
    expect(reply.estimated).toBe(true)
    expect(reply.inputTokens).toBeGreaterThan(5)
    expect(reply.inputTokens).toBeLessThan(30)
    expect(reply.trace.attempts).toEqual([])
    expect(reply.trace.status).toBe('completed')
    expect(reply.cost).toBe(0)
    expect(world.simulator.calls).toEqual([])
    expect((await gateway.countTokens({ model: 'cohere/command-a-03-2025', messages })).trace.cache).toBe('miss')
  })

  test('of a group, whoever counts is asked', async () => {
    const models = { mixed: ['cohere/command-a-03-2025', 'anthropic/claude-sonnet-4-5'] }
    const reply = await gatewayIn(worldWith(), { models } as never).countTokens({ model: 'mixed', messages })
    expect(reply.estimated).toBe(false)
    expect(reply.trace.attempts).toHaveLength(1)
  })

  test('a provider that counts and fails is an error, not an estimate', async () => {
    const world = worldWith()
    world.simulator.on().reply(overloaded())
    const gateway = gatewayIn(world, { retry: { limit: 0 } })
    const error = await failureOf(gateway.countTokens({ model: 'openai/gpt-5-mini', messages }))
    expect(error.code).toBe('provider_overloaded')
  })

  test('a budget that is used up counts on', async () => {
    const rule = budget({ by: 'team', limit: 1e-9, per: 'month' })
    const client = gatewayIn(worldWith(), { limits: limits({ store: memoryCounters(), rules: [rule] }) }).with({
      team: 'a',
    })
    expect((await client.countTokens({ model: 'openai/gpt-5-mini', messages })).inputTokens).toBeGreaterThan(3)
  })

  test('a model that means nothing is unknown here too', async () => {
    const error = await failureOf(gatewayIn(worldWith()).countTokens({ model: 'nothing', messages }))
    expect(error).toMatchObject({ code: 'no_eligible_deployment', status: 404 })
  })

  test('a schema is for answers: there is none, and it is refused by name', async () => {
    const input = { model: 'openai/gpt-5-mini', messages, schema: {} } as never
    expect((await failureOf(gatewayIn(worldWith()).countTokens(input))).message).toMatch(/^Unknown field schema/)
  })
})
