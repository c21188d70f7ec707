import { expect, test } from 'vitest'
import {
  answer,
  createSimulator,
  malformedJson,
  overloaded,
  rateLimited,
  type Simulator,
} from '../../src/testing/index.ts'
import type { Json } from './ask.ts'

const prices = { '*': { input: 1, output: 1, searchUnit: 0.002 } }

async function post(simulator: Simulator, url: string, body: object): Promise<Json> {
  const response = await simulator.fetch(url, { method: 'POST', body: JSON.stringify(body) })
  return response.json()
}

const embeddings = 'https://api.openai.com/v1/embeddings'

test('equal texts have equal vectors of length 1, and texts that share words are near', async () => {
  const input = ['dogs bark at cats', 'cats purr', 'the price of steel', 'dogs bark at cats']
  const { data } = await post(createSimulator(), embeddings, { model: 'text-embedding-3-small', input })
  const [a, b, c, again] = data.map(({ embedding }: Json) => embedding as number[])
  const near = (x: number[], y: number[]): number => x.reduce((sum, value, index) => sum + value * y[index]!, 0)
  expect(a).toHaveLength(1536)
  expect(near(a, a)).toBeCloseTo(1, 5)
  expect(again).toEqual(a)
  expect(near(a, b)).toBeGreaterThan(near(a, c) + 0.1)
})

test('base64 says the same numbers', async () => {
  const ask = { model: 'm', input: 'dogs', dimensions: 8 }
  const { data: numbers } = await post(createSimulator(), embeddings, ask)
  const { data: encoded } = await post(createSimulator(), embeddings, { ...ask, encoding_format: 'base64' })
  const bytes = Buffer.from(encoded[0].embedding, 'base64')
  expect([...Array(8).keys()].map((index) => bytes.readFloatLE(index * 4))).toEqual(numbers[0].embedding)
})

test('input is billed, and nothing else', async () => {
  const simulator = createSimulator({ prices })
  await post(simulator, embeddings, { model: 'm', input: ['one two', 'three'] })
  expect(simulator.bill.total).toBe(3000)
  expect(simulator.calls[0]?.usage).toMatchObject({ inputTokens: 3, outputTokens: 0 })
})

test('Cohere bills search units, others the tokens of the query beside each document', async () => {
  const simulator = createSimulator({ prices })
  const ask = { model: 'm', query: 'two words', documents: Array(101).fill('a') }
  const cohere = await post(simulator, 'https://api.cohere.com/v2/rerank', ask)
  expect(cohere.meta.billed_units).toEqual({ search_units: 2 })
  expect(simulator.bill.dollars).toBe(0.004)
  const voyage = await post(simulator, 'https://api.voyageai.com/v1/rerank', ask)
  expect(voyage.usage).toEqual({ total_tokens: 303 })
  expect(voyage.data).toHaveLength(101)
})

test('counting is free', async () => {
  const simulator = createSimulator({ prices })
  const messages = [{ role: 'user', content: 'one two' }]
  const url = 'https://api.anthropic.com/v1/messages/count_tokens'
  const { input_tokens } = await post(simulator, url, { model: 'm', messages })
  expect(input_tokens).toBeGreaterThanOrEqual(2)
  expect(simulator.bill.total).toBe(0)
})

test.each([
  [embeddings, { model: 'm', input: Array(2049).fill('a') }, /at most 2048/],
  [
    'https://generativelanguage.googleapis.com/v1beta/models/m:batchEmbedContents',
    { requests: Array(101).fill({}) },
    /at most 100/,
  ],
  ['https://api.cohere.com/v2/embed', { model: 'm', input_type: 'x', texts: Array(97).fill('a') }, /at most 96/],
  ['https://api.cohere.com/v2/embed', { model: 'm', texts: ['a'] }, /input_type must be provided/],
  [
    'https://api.anthropic.com/v1/messages/count_tokens',
    { model: 'm', messages: [{}], max_tokens: 1 },
    /not permitted/,
  ],
])('%s refuses what its provider refuses', async (url, body, message) => {
  const simulator = createSimulator()
  expect(JSON.stringify(await post(simulator, url, body))).toMatch(message)
  expect(simulator.calls[0]?.status).toBe(400)
})

test('faults come in the words of the provider', async () => {
  const simulator = createSimulator()
  simulator
    .on({ format: 'rerank' })
    .reply(rateLimited({ retryAfter: '1.5' }))
    .then(overloaded())
    .then(malformedJson())
  const ask = (): Promise<Response> =>
    simulator.fetch('https://api.cohere.com/v2/rerank', {
      method: 'POST',
      body: JSON.stringify({ model: 'm', query: 'q', documents: ['a'] }),
    })
  const limited = await ask()
  expect(limited.status).toBe(429)
  expect(limited.headers.get('retry-after')).toBe('1.5')
  expect(await limited.json()).toHaveProperty('message')
  expect((await ask()).status).toBe(503)
  await expect((await ask()).json()).rejects.toThrow(SyntaxError)
})

test('an answer may stall midway', async () => {
  const simulator = createSimulator()
  simulator.on().reply(answer('', { stallAfter: 1 }))
  const response = await simulator.fetch(embeddings, {
    method: 'POST',
    body: JSON.stringify({ model: 'm', input: 'a' }),
  })
  const reader = response.body!.getReader()
  expect((await reader.read()).value!.length).toBeGreaterThan(10)
  expect(simulator.running).toBe(1)
  await reader.cancel()
  expect(simulator.running).toBe(0)
})
