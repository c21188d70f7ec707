import { expect, test } from 'vitest'
import { limits, rateLimit } from '../../src/index.ts'
import { answer, serverError, stream } from '../../src/testing/index.ts'
import { createPair, createWorld, drain, failureOf } from '../world.ts'

const ask = { model: 'pair', messages: 'Hello' } as const

test('when the first says nothing for long enough, another is asked too, and the first content wins', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('late', { after: '10s' })
  const gateway = createPair(world, { hedge: { after: '1s' } })
  const before = world.clock.now()
  const reply = await world.clock.run(gateway.chat(ask))
  expect(reply.text).toBe('You said: Hello')
  expect(world.clock.now() - before).toBe(1000)
  await world.clock.settle()
  expect(world.simulator.calls.map(({ outcome }) => outcome)).toEqual(['aborted', 'answered'])
  expect(world.clock.pending).toBe(0)
})

test('nobody else is asked when the first is in time', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('in time', { after: '0.5s' } as never)
  const gateway = createPair(world, { hedge: { after: '1s' } })
  expect((await world.clock.run(gateway.chat(ask))).text).toBe('in time')
  expect(world.asked()).toEqual(['a'])
})

test('fault: a hedged stream that aborts its own winner. The winner is read to its end', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(stream(['late'], { firstChunk: '10s' }))
  world.simulator.on({ model: 'b' }).reply(stream(['x', 'y', 'z'], { gap: '2s' }))
  const gateway = createPair(world, { hedge: { after: '1s' } })
  const text = await world.clock.run(gateway.chat({ ...ask, stream: true }).then((reply) => drain(reply.textStream)))
  expect(text.join('')).toBe('xyz')
  expect(world.simulator.calls.map(({ outcome }) => outcome)).toEqual(['aborted', 'answered'])
})

test('when the hedge fails, the first still counts; when both fail, the call goes on', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('late', { after: '3s' })
  world.simulator.on({ model: 'b' }).reply(serverError())
  expect((await world.clock.run(createPair(world, { hedge: { after: '1s' } }).chat(ask))).text).toBe('late')

  world.simulator.on({ model: 'a' }).reply(serverError(500, { after: '3s' } as never))
  const error = await world.clock.run(
    failureOf(createPair(world, { hedge: { after: '1s' }, retry: { limit: 0 } }).chat(ask)),
  )
  expect(error.attempts.map(({ deployment }) => deployment).sort()).toEqual(['anthropic/b', 'openai/a'])
})

test('hedges count as attempts', async () => {
  const world = createWorld()
  world.simulator.on().reply(answer('late', { after: '10s' }))
  const gateway = createPair(world, { hedge: { after: '1s' }, maxAttempts: 1 })
  await world.clock.run(gateway.chat(ask))
  expect(world.asked()).toHaveLength(1)
})

test('a percentile is that of the deployment itself, of answers that it gave, once 20 are known', async () => {
  const world = createWorld()
  const gateway = createPair(world, { hedge: { after: 'p95' } })
  world.simulator.on({ model: 'a' }).reply('in time', { after: '200ms' })
  for (let call = 0; call < 19; call++) await world.clock.run(gateway.chat(ask))
  world.simulator.on({ model: 'a' }).reply('late', { after: '30s' }).then('in time', { after: '200ms' })
  await world.clock.run(gateway.chat(ask))
  expect(world.asked()).not.toContain('b')

  for (let call = 0; call < 100; call++) await world.clock.run(gateway.chat(ask))
  expect(world.asked()).not.toContain('b')
  world.simulator.on({ model: 'a' }).reply('late', { after: '30s' })
  const before = world.clock.now()
  expect((await world.clock.run(gateway.chat(ask))).text).toBe('You said: Hello')
  const waited = world.clock.now() - before
  expect(waited).toBeGreaterThanOrEqual(200)
  expect(waited).toBeLessThan(300)
})

test('a fixed delay may count until a percentile is known', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('late', { after: '30s' })
  const before = world.clock.now()
  await world.clock.run(createPair(world, { hedge: { after: 'p95', untilKnown: '2s' } }).chat(ask))
  expect(world.clock.now() - before).toBe(2000)
})

test('fault: a hedge without a limit doubles the traffic in an outage. At most the given share of calls is hedged', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('late', { after: '3s' })
  const gateway = createPair(world, { hedge: { after: '1s', maxShare: 0.1 } })
  for (let call = 0; call < 300; call++) await world.clock.run(gateway.chat(ask))
  const hedges = world.asked().filter((model) => model === 'b').length
  // A tenth, and the ten that were saved up.
  expect(hedges).toBeGreaterThanOrEqual(39)
  expect(hedges).toBeLessThanOrEqual(40)
  expect(world.asked()).toHaveLength(300 + hedges)
})

test('two gateways share no hedges', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('late', { after: '3s' })
  const options = { hedge: { after: '1s', maxShare: 0 } } as const
  const one = createPair(world, options)
  for (let call = 0; call < 10; call++) await world.clock.run(one.chat(ask))
  await world.clock.run(one.chat(ask))
  expect(world.asked().filter((model) => model === 'b')).toHaveLength(10)
  await world.clock.run(createPair(world, options).chat(ask))
  expect(world.asked().filter((model) => model === 'b')).toHaveLength(11)
})

test('fault: two tool-executing side effects. What a provider does or keeps by itself is asked of one', async () => {
  const held: readonly object[] = [
    { store: true },
    { heldBy: { dialect: 'openai-chat', id: 'resp_1' } },
    { tools: [{ type: 'hosted', dialect: 'openai-chat', value: { type: 'web_search' } }] },
  ]
  for (const more of held) {
    const world = createWorld()
    world.simulator.on({ model: 'a' }).reply('late', { after: '10s' })
    const gateway = createPair(world, { hedge: { after: '1s' } })
    expect((await world.clock.run(gateway.chat({ ...ask, ...more }))).text).toBe('late')
    expect(world.asked()).toEqual(['a'])
  }
})

test('tools that the application executes are hedged: only one answer is heard', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('late', { after: '10s' })
  const gateway = createPair(world, { hedge: { after: '1s' } })
  await world.clock.run(gateway.chat({ ...ask, tools: [{ type: 'function', name: 'f' }] }))
  expect(world.asked()).toEqual(['a', 'b'])
})

test('a group has one hedge, however often its deployments are asked', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError(500, { after: '3s' }))
  world.simulator.on({ model: 'b' }).reply(serverError(500, { after: '3s' }))
  const gateway = createPair(world, {
    models: { pair: ['openai/a', 'anthropic/b', 'google/c', 'google/d'] },
    hedge: { after: '1s' },
  })
  world.simulator.on({ model: 'c' }).reply('late', { after: '5s' })
  expect((await world.clock.run(gateway.chat(ask))).text).toBe('late')
  expect(world.asked()).toEqual(['a', 'b', 'c'])
})

test('the loser is aborted at once, and what it cost is in the cost of the call', async () => {
  const world = createWorld({ billing: 'in-full', prices: { 'gpt-5-mini': { input: 0.25, output: 2 } } })
  world.simulator.on({ model: 'gpt-5-mini' }).reply(stream(['late ', 'words'], { firstChunk: '10s' }))
  const gateway = createPair(world, {
    models: { pair: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5'] },
    hedge: { after: '1s' },
  })
  const reply = await world.clock.run(gateway.chat({ ...ask, stream: true }))
  expect(world.simulator.calls.map(({ outcome }) => outcome)[0]).toBe('aborted')
  await world.clock.run(drain(reply))
  const [loser, winner] = reply.trace.attempts
  expect(loser).toMatchObject({ status: 'cancelled', hedge: false, code: 'cancelled' })
  expect(winner).toMatchObject({ status: 'completed', hedge: true })
  // Nobody has said what it cost: the cost of the call is not known, and never said to be the winner's alone.
  expect(loser?.charge).toMatchObject({ cost: undefined, estimated: true, uncertain: true })
  expect(reply.trace.cost).toBeUndefined()
})

test('when both begin at the same moment one is heard, and the other ends as a reader leaves', async () => {
  const world = createWorld()
  world.simulator.on().reply(stream(['a', 'b', 'c'], { firstChunk: '1500ms', gap: '1s' }))
  world.simulator.on({ model: 'claude-haiku-4-5' }).reply(stream(['x'], { firstChunk: '500ms' }))
  const gateway = createPair(world, {
    models: { pair: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5'] },
    hedge: { after: '1s' },
  })
  // Both begin at the same moment.
  const reply = await world.clock.run(gateway.chat({ ...ask, stream: true }))
  await world.clock.run(drain(reply))
  const statuses = reply.trace.attempts.map(({ status }) => status)
  expect(statuses.sort()).toEqual(['cancelled', 'completed'])
  expect(world.simulator.running).toBe(0)
})

test('a limit that has no room for two lets the first go on alone, and the second serve if it fails', async () => {
  const serving = async (late: Parameters<ReturnType<typeof createWorld>['simulator']['on']>[0], fails: boolean) => {
    const world = createWorld()
    const script = world.simulator.on(late)
    if (fails) script.reply(serverError(500, { after: '3s' }))
    else script.reply('late', { after: '3s' })
    const gateway = createPair(world, {
      models: { pair: ['openai/gpt-5-mini', 'openai/gpt-5-nano'] },
      hedge: { after: '1s' },
      // Room for one worst case of either, and not for two: the input is some 300 bytes.
      limits: limits({ rules: [rateLimit({ tokens: 600, per: 'minute' })] }),
    })
    const reply = await world.clock.run(gateway.chat({ ...ask, maxOutputTokens: 20 }))
    return { reply, asked: world.asked() }
  }
  const alone = await serving({ model: 'gpt-5-mini' }, false)
  expect(alone.reply.text).toBe('late')
  expect(alone.asked).toEqual(['gpt-5-mini'])
  expect(alone.reply.trace.attempts).toHaveLength(1)

  const after = await serving({ model: 'gpt-5-mini' }, true)
  expect(after.reply.text).toBe('You said: Hello')
  expect(after.asked).toEqual(['gpt-5-mini', 'gpt-5-nano'])
})

test('a caller who leaves ends both', async () => {
  const world = createWorld()
  world.simulator.on().reply(answer('late', { after: '10s' }))
  const controller = new AbortController()
  const gateway = createPair(world, { hedge: { after: '1s' } })
  world.runtime.timer!(2000, () => controller.abort())
  const error = await world.clock.run(failureOf(gateway.chat({ ...ask, signal: controller.signal })))
  expect(error.code).toBe('cancelled')
  expect(world.simulator.calls.map(({ outcome }) => outcome)).toEqual(['aborted', 'aborted'])
  expect(world.clock.pending).toBe(0)
})

test.each([
  [{ after: 'p0' }, 'hedge.after is'],
  [{ after: 'soon' }, 'hedge.after is'],
  [{ after: '1s', maxShare: 2 }, 'hedge.maxShare is 2: it must be a share from 0 to 1'],
])('%j is refused with the remedy', (hedge, message) => {
  expect(() => createPair(createWorld(), { hedge: hedge as never })).toThrow(message)
})

test('a strategy that fails when it is to choose another leaves the first alone, and the process too', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('late', { after: '10s' })
  let choices = 0
  const gateway = createPair(world, {
    models: { trio: ['openai/a', 'anthropic/b', 'google/c'] },
    hedge: { after: '1s' },
    routing: ([first]) => {
      if (choices++ > 0) throw new Error('No.')
      return first!
    },
  })
  const reply = await world.clock.run(gateway.chat({ model: 'trio', messages: 'Hello' }))
  expect(reply.text).toBe('late')
  expect(reply.trace.warnings).toEqual(['Nobody else could be chosen: the first was waited for.'])
})

test.each([
  ['the hedge', 'trio', '10s', '1s', ['openai/a', 'anthropic/b', 'google/c']],
  ['the first', 'pair', '3s', '10s', ['openai/a', 'anthropic/b', 'anthropic/b']],
])(
  'an answer of %s that is not good enough is asked for again of others first',
  async (_, model, first, second, asked) => {
    const world = createWorld()
    world.simulator.on({ model: 'a' }).reply('bad', { after: first as '1s' })
    world.simulator
      .on({ model: 'b' })
      .reply('bad', { after: second as '1s' })
      .then('good')
    world.simulator.on({ model: 'c' }).reply('good')
    const gateway = createPair(world, {
      models: { pair: ['openai/a', 'anthropic/b'], trio: ['openai/a', 'anthropic/b', 'google/c'] },
      hedge: { after: '1s' },
      retry: { when: ({ response }) => JSON.stringify(response).includes('bad') },
    })
    const reply = await world.clock.run(gateway.chat({ model, messages: 'Hello' }))
    expect(reply.text).toBe('good')
    expect(reply.trace.attempts.map(({ deployment }) => deployment)).toEqual(asked)
  },
)
