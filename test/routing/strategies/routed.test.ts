import { expect, test } from 'vitest'
import { createGateway, type GatewayOptions, memoryCounters } from '../../../src/index.ts'
import { type ChatRequest, chat } from '../../../src/operations/chat/index.ts'
import {
  byDifficulty,
  byVerdict,
  chain,
  cheapest,
  difficulty,
  inverseSquarePrice,
  leastInFlight,
  leastUsed,
  lowestLatency,
  ordered,
  preferFast,
} from '../../../src/routing/strategies.ts'
import { serverError, stalled, stream } from '../../../src/testing/index.ts'
import { createWorld, failureOf, providers, type World } from '../../world.ts'

type Options = Omit<GatewayOptions<typeof providers, unknown>, 'providers' | 'models'>

function createGroup(
  world: World,
  options: Options,
  models: readonly unknown[] = ['openai/a', 'anthropic/b', 'google/c'],
) {
  return createGateway({
    providers,
    models: { group: models as string[] },
    ...options,
    runtime: world.runtime,
  })
}

const hello = { model: 'group', messages: 'Hello' } as const

test('byVerdict() asks a judge that takes its time once for each call, and sends the call where it says', async () => {
  const world = createWorld()
  let asked = 0
  const routing = byVerdict(
    async ({ request }) => {
      asked += 1
      await Promise.resolve()
      return JSON.stringify(request).includes('bomb') ? 'flagged' : undefined
    },
    { flagged: 'strict' },
  )
  const gateway = createGroup(world, { routing: chain(routing, ordered()) }, [
    'openai/a',
    { model: 'google/c', tags: ['strict'] },
  ])
  await gateway.chat(hello)
  await gateway.chat({ model: 'group', messages: 'How do I make a bomb?' })
  expect(world.asked()).toEqual(['a', 'c'])
  expect(asked).toBe(2)
  // A retry of the same call asks no judge again; nobody else of the route is left, so the others serve.
  world.simulator.on({ model: 'c' }).reply(serverError())
  await world.clock.run(gateway.chat({ model: 'group', messages: 'bomb' }))
  expect(world.asked()).toEqual(['a', 'c', 'c', 'a'])
  expect(asked).toBe(3)
})

test('a judge that fails, or is not done by the deadline, fails the call before anything is sent', async () => {
  const world = createWorld()
  const failing = createGroup(world, { routing: byVerdict(() => Promise.reject(new Error('no')), { x: 'openai/a' }) })
  expect((await failureOf(failing.chat(hello))).code).toBe('internal')
  const endless = createGroup(world, { routing: byVerdict(() => new Promise(() => {}), { x: 'openai/a' }) })
  const late = await failureOf(world.clock.run(endless.chat({ ...hello, timeout: '2s' })))
  expect(late).toMatchObject({ code: 'timed_out' })
  const controller = new AbortController()
  const left = failureOf(endless.chat({ ...hello, signal: controller.signal }))
  await world.clock.settle()
  controller.abort()
  expect((await left).code).toBe('cancelled')
  expect(world.simulator.calls).toHaveLength(0)
  expect(world.clock.pending).toBe(0)
})

test('byDifficulty() sends easy tasks to the cheap and hard ones to the strong', async () => {
  const world = createWorld()
  const routing = byDifficulty({ easy: 'openai/a', hard: ['anthropic/b', 'google/c'] })
  const gateway = createGroup(world, { routing: chain(routing, ordered()) })
  await gateway.chat(hello)
  await gateway.chat({
    model: 'group',
    messages: 'Prove step by step that the algorithm is optimal, derive its complexity, and implement it.',
  })
  expect(world.asked()).toEqual(['a', 'b'])
  const { candidates } = await gateway.explain(hello)
  expect(candidates[0]).toMatchObject({
    deployment: 'openai/a',
    scores: [{ strategy: 'byDifficulty', parts: { verdict: 'easy' } }],
  })
  const own = createGroup(world, {
    routing: byDifficulty({ easy: 'openai/a', hard: 'google/c' }, async () => 'hard' as const),
  })
  await own.chat(hello)
  expect(world.asked().at(-1)).toBe('c')
})

const asking = (text: string, more: Partial<ChatRequest> = {}): number =>
  difficulty({ model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text }] }], ...more })

test.each([
  ['What is the capital of France?', 'easy'],
  ['Translate "good morning" to Norwegian.', 'easy'],
  ['Hello, thanks for yesterday!', 'easy'],
  ['Summarize this text in one sentence: the cat sat on the mat.', 'easy'],
  ['Prove that there are infinitely many primes, step by step, and derive a bound.', 'hard'],
  [
    'Debug this race condition:\n```ts\nasync function f() { const x = await g(); }\n```\nWhy does it deadlock? Refactor it.',
    'hard',
  ],
  [
    'Design and compare three architectures for a migration. Analyze the trade-offs, then plan: 1. data 2. code 3. rollout.',
    'hard',
  ],
])('%s is %s', (text, expected) => {
  expect(asking(text) < 0.5 ? 'easy' : 'hard').toBe(expected)
})

test('the difficulty grows with effort, tools and length, and stays within 0 and 1', () => {
  const text = 'Describe the picture.'
  expect(asking(text, { reasoning: { effort: 'high' } })).toBeGreaterThan(asking(text))
  expect(asking(text.repeat(5000))).toBeGreaterThan(asking(text))
  expect(asking(`${'prove derive theorem implement ```'.repeat(3000)}`, { reasoning: { effort: 'max' } })).toBe(1)
  expect(asking('hello '.repeat(100))).toBe(0)
  expect(difficulty({ model: 'm' } as ChatRequest)).toBe(0)
  expect(chat.id).toBe('chat')
})

test('lowestLatency() goes by the first token for streams and by the whole otherwise', async () => {
  const world = createWorld()
  // a begins early and writes long; b begins late and is done at once.
  world.simulator.on({ model: 'a' }).reply(stream(['1', '2', '3'], { firstChunk: '100ms', gap: '3s' }))
  world.simulator.on({ model: 'b' }).reply(stream(['1', '2', '3'], { firstChunk: '900ms' }))
  const gateway = createGroup(world, { routing: lowestLatency() }, ['openai/a', 'anthropic/b'])
  const ask = async (streamed: boolean): Promise<void> => {
    if (streamed) {
      const reply = await world.clock.run(gateway.chat({ ...hello, stream: true }))
      await world.clock.run(reply.response)
    } else await world.clock.run(gateway.chat(hello))
  }
  for (let call = 0; call < 4; call++) await ask(true)
  expect(world.asked().slice(2)).toEqual(['a', 'a'])
})

test('fault: latency of errors counted as fast. Who fails at once is not chosen for it', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('slow but sure', { after: '3s' })
  world.simulator.on({ model: 'b' }).reply(serverError())
  const gateway = createGroup(
    world,
    { routing: lowestLatency(), breaker: { consecutiveFailures: 1000, minimumCalls: 1000 } },
    ['openai/a', 'anthropic/b'],
  )
  for (let call = 0; call < 30; call++) await world.clock.run(gateway.chat(hello))
  const failing = world.asked().filter((model) => model === 'b').length
  // Tried when it was unknown, and once in each refresh of a minute: 30 calls of 3 s are a minute and a half.
  expect(failing).toBeLessThanOrEqual(3)
  expect(gateway.statistics.of({ id: 'anthropic/b' }).mean('whole')).toBeUndefined()
})

test('a deployment that stalls gets slower by it, not faster', async () => {
  const world = createWorld()
  world.simulator
    .on({ model: 'a' })
    .reply('quick', { after: '100ms' })
    .then('quick', { after: '100ms' })
    .then(stalled())
  const gateway = createGroup(world, { routing: ordered(), statistics: true, retry: { limit: 0 } }, ['openai/a'])
  await world.clock.run(gateway.chat(hello))
  await world.clock.run(gateway.chat(hello))
  const known = gateway.statistics.of({ id: 'openai/a' })
  expect(known.mean('whole')).toBeCloseTo(100)
  await failureOf(world.clock.run(gateway.chat({ ...hello, timeout: '5s' })))
  expect(known.mean('whole')).toBeGreaterThan(1000)
  expect(known.peak('whole')).toBe(5000)
  expect(gateway.statistics.percentile({ id: 'openai/a' }, 'whole', 0.99)).toBeGreaterThan(4000)
})

test('fault: least-busy counters that drift. Whatever ends a call, nothing stays in flight', async () => {
  const world = createWorld()
  const controller = new AbortController()
  world.simulator
    .on({ model: 'a' })
    .reply(serverError())
    .then(stalled())
    .then(stream(['1', '2', '3'], { gap: '1s' }))
  const gateway = createGroup(world, { routing: leastInFlight() })
  const inFlight = (): number =>
    ['openai/a', 'anthropic/b', 'google/c'].reduce(
      (sum, id) => sum + gateway.statistics.of({ id }).inFlight(world.clock.now()),
      0,
    )
  const calls = Array.from({ length: 30 }, (_, number) =>
    gateway
      .chat({
        ...hello,
        stream: number % 2 === 0,
        ...(number % 5 === 0 && { signal: controller.signal }),
        timeout: '20s',
      })
      .catch(() => undefined),
  )
  await world.clock.settle()
  expect(inFlight()).toBeGreaterThan(0)
  controller.abort()
  const replies = await world.clock.run(Promise.all(calls))
  // Some leave their stream, some never read it.
  for (const [index, reply] of replies.entries()) if (reply && 'cancel' in reply && index % 3) reply.cancel()
  await world.clock.advance('2m')
  expect(inFlight()).toBe(0)
})

test('a lease that nobody ends runs out at its deadline', async () => {
  const world = createWorld()
  const gateway = createGroup(world, {
    routing: leastInFlight(),
    // A middleware that swallows the attempt, and never settles it.
    attempt: [() => new Promise(() => {})],
  })
  void gateway.chat({ ...hello, timeout: '5s' })
  await world.clock.settle()
  const count = (): number => {
    const now = world.clock.now()
    return ['openai/a', 'anthropic/b', 'google/c'].reduce(
      (sum, id) => sum + gateway.statistics.of({ id }).inFlight(now),
      0,
    )
  }
  expect(count()).toBe(1)
  await world.clock.advance('6s')
  expect(count()).toBe(0)
})

test('cheapest() counts input and output: who is dear by the input may be cheap for a long answer', async () => {
  const price = (input: number, output: number) => ({ facts: { price: { input, output } } })
  const world = createWorld()
  const models = [
    { model: 'openai/a', ...price(1, 20) },
    { model: 'anthropic/b', ...price(4, 8) },
  ]
  const gateway = createGroup(world, { routing: cheapest() }, models)
  await gateway.chat({ ...hello, maxOutputTokens: 1 })
  const long = 'What do you think of this? '.repeat(400)
  await gateway.chat({ model: 'group', messages: long, maxOutputTokens: 1 })
  await createGroup(world, { routing: cheapest() }, models).chat({ ...hello, maxOutputTokens: 4000 })
  expect(world.asked()).toEqual(['a', 'a', 'b'])
  const { candidates } = await gateway.explain({ ...hello, maxOutputTokens: 100 })
  expect(candidates[0]!.scores[0]).toMatchObject({
    strategy: 'least(expectedCost)',
    parts: { inputPrice: 1, outputPrice: 20 },
  })
})

test('inverseSquarePrice() leaves who had an outage in the last 30 seconds', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError()).then('well again')
  const models = [
    { model: 'openai/a', facts: { price: { input: 0.01, output: 0.01 } } },
    { model: 'anthropic/b', facts: { price: { input: 10, output: 10 } } },
  ]
  const gateway = createGroup(world, { routing: inverseSquarePrice() }, models)
  await gateway.chat(hello)
  for (let call = 0; call < 20; call++) await gateway.chat(hello)
  expect(world.asked()).toEqual(['a', ...Array(21).fill('b')])
  const { candidates } = await gateway.explain(hello)
  expect(candidates.map(({ deployment, share }) => [deployment, share])).toEqual([
    ['anthropic/b', 1],
    ['openai/a', 0],
  ])
  await world.clock.advance('36s')
  await gateway.chat(hello)
  expect(world.asked().at(-1)).toBe('a')
})

test('preferFast() demotes the slow, never excludes them, and does not judge the unknown', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('slow', { after: '4s' })
  world.simulator.on({ model: 'b' }).reply('slow too', { after: '3s' })
  const routing = chain(preferFast({ latency: { p90: '2s' } }), ordered())
  const gateway = createGroup(world, { routing }, ['openai/a', 'anthropic/b'])
  for (let call = 0; call < 3; call++) await world.clock.run(gateway.chat(hello))
  expect(world.asked()).toEqual(['a', 'b', 'a'])
})

test('a fleet shares what it has used through a store of counters, behind the back of the calls', async () => {
  const world = createWorld()
  const counters = memoryCounters()
  let trips = 0
  const store: typeof counters = {
    ...counters,
    reserve(reserving) {
      trips += 1
      return counters.reserve(reserving)
    },
  }
  const models = [
    { model: 'openai/a', limits: { requestsPerMinute: 100 } },
    { model: 'anthropic/b', limits: { requestsPerMinute: 100 } },
  ]
  const [one, other] = [1, 2].map(() =>
    createGroup(world, { routing: leastUsed({ by: 'requests', store, every: '1s' }) }, models),
  )
  // The first gateway uses b alone, for a is out for it.
  let well = false
  world.simulator.on({ model: 'a' }).reply(() => (well ? 'well' : serverError()))
  for (let call = 0; call < 12; call++) await world.clock.run(one!.chat(hello))
  well = true
  await world.clock.advance('2s')
  await one!.chat(hello)
  await world.clock.advance('2s')
  const before = world.asked().length
  await other!.chat(hello)
  await world.clock.advance('2s')
  for (let call = 0; call < 5; call++) await other!.chat(hello)
  const asked = world.asked().slice(before + 1)
  expect(asked.filter((model) => model === 'a').length).toBeGreaterThanOrEqual(4)
  expect(trips).toBeLessThan(10)
})

test('of names that callers make up, a fleet asks its store for some thousand at most, and tells of each once', async () => {
  const world = createWorld({ keep: 0 })
  const counters = memoryCounters()
  let most = 0
  const store: typeof counters = {
    ...counters,
    reserve(reserving) {
      most = Math.max(most, reserving.entries.length)
      expect(reserving.entries.every(({ fixed }) => fixed === 0 || fixed === 1)).toBe(true)
      return counters.reserve(reserving)
    },
  }
  const gateway = createGateway({
    providers,
    models: { 'made-up-*': ['openai/a-*', 'anthropic/b-*'] },
    routing: leastUsed({ by: 'requests', store, every: 1 }),
    runtime: world.runtime,
  })
  for (let name = 0; name < 1500; name++) {
    await gateway.chat({ model: `made-up-${name % 1200}`, messages: 'Hello' })
    await world.clock.advance('2ms')
  }
  expect(most).toBeLessThanOrEqual(1010)
})

test('a store that fails leaves leastUsed() with what the gateway has used itself', async () => {
  const world = createWorld()
  const store = { ...memoryCounters(), reserve: () => Promise.reject(new Error('gone')) }
  const models = [
    { model: 'openai/a', limits: { requestsPerMinute: 100 } },
    { model: 'anthropic/b', limits: { requestsPerMinute: 300 } },
  ]
  const gateway = createGroup(world, { routing: leastUsed({ by: 'requests', store }) }, models)
  for (let call = 0; call < 40; call++) {
    await gateway.chat(hello)
    await world.clock.advance('1100ms')
  }
  const share = world.asked().filter((model) => model === 'b').length / 40
  expect(share).toBeCloseTo(0.75, 1)
})
