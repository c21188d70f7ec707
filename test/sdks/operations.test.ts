import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { createGateway, type Gateway } from '../../src/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { cohere } from '../../src/providers/cohere.ts'
import { google } from '../../src/providers/google.ts'
import { openai } from '../../src/providers/openai.ts'
import { rateLimited } from '../../src/testing/index.ts'
import { createWorld, type World } from '../world.ts'

const texts = ['Dogs are animals.', 'Cats are animals too.']

function gatewayIn(world: World): Gateway {
  return createGateway({
    providers: [openai, anthropic, google, cohere],
    models: { space: ['openai/text-embedding-3-small'], 'other-space': ['google/gemini-embedding-001'] } as Record<
      string,
      string[]
    >,
    runtime: world.runtime,
  })
}

function keyed(): World {
  return createWorld({
    env: { OPENAI_API_KEY: 'o', ANTHROPIC_API_KEY: 'a', GEMINI_API_KEY: 'g', COHERE_API_KEY: 'c' },
  })
}

test('the OpenAI SDK gets the vectors that its provider gave, though it asks for base64 and reads numbers', async () => {
  const world = keyed()
  const client = new OpenAI(gatewayIn(world).sdk())
  const { data, usage, model } = await client.embeddings.create({ model: 'text-embedding-3-small', input: texts })
  const direct = new OpenAI({ apiKey: 'o', fetch: world.simulator.fetch })
  const expected = await direct.embeddings.create({ model: 'text-embedding-3-small', input: texts })
  expect(Array.from(data[1]!.embedding)).toEqual(Array.from(expected.data[1]!.embedding))
  expect(data.map(({ index }) => index)).toEqual([0, 1])
  expect(usage).toEqual(expected.usage)
  expect(model).toBe('text-embedding-3-small')
})

test('the OpenAI SDK gets numbers where it asks for them, and from a provider that knows no base64', async () => {
  const world = keyed()
  const client = new OpenAI(gatewayIn(world).sdk())
  const numbers = await client.embeddings.create({ model: 'space', input: texts[0]!, encoding_format: 'float' })
  const decoded = await client.embeddings.create({ model: 'space', input: texts[0]! })
  expect(numbers.data[0]!.embedding).toEqual(Array.from(decoded.data[0]!.embedding))
  const other = await client.embeddings.create({ model: 'other-space', input: texts, dimensions: 256 })
  expect(other.data.map(({ embedding }) => embedding.length)).toEqual([256, 256])
  expect(world.simulator.calls.at(-1)).toMatchObject({ provider: 'google', format: 'gemini-embeddings' })
})

test('the OpenAI SDK sees the error of an embedding that cannot be made', async () => {
  const world = keyed()
  world.simulator.on().reply(rateLimited({ retryAfter: '30' }))
  const client = new OpenAI(gatewayIn(world).sdk())
  await expect(client.embeddings.create({ model: 'space', input: 'text' })).rejects.toBeInstanceOf(
    OpenAI.RateLimitError,
  )
})

test('the OpenAI SDK gets verdicts, of texts and of pictures', async () => {
  const client = new OpenAI(gatewayIn(keyed()).sdk())
  const { results } = await client.moderations.create({ input: ['I love you.', 'I will kill you.'] })
  expect(results.map(({ flagged }) => flagged)).toEqual([false, true])
  expect(results[1]!.categories.violence).toBe(true)
  expect(results[1]!.category_scores.violence).toBeGreaterThan(0.9)
  const picture = { type: 'image_url', image_url: { url: 'https://example.com/cat.png' } } as const
  const together = await client.moderations.create({ input: [{ type: 'text', text: 'What a cat!' }, picture] })
  expect(together.results).toHaveLength(1)
})

test('the OpenAI SDK counts the tokens of a request', async () => {
  const client = new OpenAI(gatewayIn(keyed()).sdk())
  const counted = await client.responses.inputTokens.count({ model: 'gpt-5-mini', input: 'How long is this text?' })
  expect(counted.object).toBe('response.input_tokens')
  expect(counted.input_tokens).toBeGreaterThan(3)
})

test('the Google SDK gets vectors, of one text and of several, of its own provider and of another', async () => {
  const world = keyed()
  const client = new GoogleGenAI({ apiKey: 'g' })
  const embed = (model: string, contents: string | string[]) =>
    withFetch(gatewayIn(world), () =>
      client.models.embedContent({ model, contents, config: { outputDimensionality: 64 } }),
    )
  const { embeddings } = await embed('gemini-embedding-001', texts)
  expect(embeddings?.map(({ values }) => values?.length)).toEqual([64, 64])
  expect((await embed('gemini-embedding-001', texts[0]!)).embeddings).toHaveLength(1)
  const other = await embed('space', texts)
  expect(other.embeddings?.map(({ values }) => values?.length)).toEqual([64, 64])
  expect(world.simulator.calls.at(-1)?.provider).toBe('openai')
})

test('the Google SDK counts the tokens of its own provider, and of another', async () => {
  const world = keyed()
  const client = new GoogleGenAI({ apiKey: 'g' })
  for (const model of ['gemini-2.5-flash', 'anthropic/claude-sonnet-4-5']) {
    const counted = await withFetch(gatewayIn(world), () =>
      client.models.countTokens({ model, contents: 'How long is this text?' }),
    )
    expect(counted.totalTokens).toBeGreaterThan(3)
  }
  expect(world.simulator.calls.map(({ format }) => format)).toEqual(['gemini-count-tokens', 'anthropic-count-tokens'])
})

test('the Anthropic SDK counts the tokens of a request with tools', async () => {
  const world = keyed()
  const client = new Anthropic(gatewayIn(world).sdk())
  const counted = await client.messages.countTokens({
    model: 'claude-sonnet-4-5',
    system: 'Be brief.',
    messages: [{ role: 'user', content: 'How long is this text?' }],
    tools: [{ name: 'weather', input_schema: { type: 'object' } }],
  })
  expect(counted.input_tokens).toBeGreaterThan(5)
  expect(world.simulator.calls[0]?.body).toEqual({
    model: 'claude-sonnet-4-5',
    system: 'Be brief.',
    messages: [{ role: 'user', content: 'How long is this text?' }],
    tools: [{ name: 'weather', input_schema: { type: 'object' } }],
  })
})

test('the Anthropic SDK gets an estimate for a provider that does not count', async () => {
  const world = keyed()
  const client = new Anthropic(gatewayIn(world).sdk())
  const messages = [{ role: 'user' as const, content: 'How long is this text?' }]
  const counted = await client.messages.countTokens({ model: 'cohere/command-a', messages })
  expect(counted.input_tokens).toBeGreaterThan(3)
  expect(world.simulator.calls).toEqual([])
})

/** Google's SDK takes no `fetch`. */
async function withFetch<T>(gateway: Gateway, work: () => Promise<T>): Promise<T> {
  const own = globalThis.fetch
  globalThis.fetch = gateway.fetch as typeof globalThis.fetch
  try {
    return await work()
  } finally {
    globalThis.fetch = own
  }
}
