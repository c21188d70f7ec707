import { expect, test } from 'vitest'
import { budget, createGateway, type Gateway, isGatewayError, limits, rateLimit } from '../../src/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { provider } from '../../src/providers/provider.ts'
import type { Reply } from '../../src/reply.ts'
import { memoryCounters } from '../../src/stores/memory-counters.ts'
import { answer, serverError, stream } from '../../src/testing/index.ts'
import { createWorld, drain, failureOf, providers } from '../world.ts'

// Limits inside a whole gateway, against the providers' own bill.

const prices = {
  'gpt-5-mini': { input: 0.25, output: 2 },
  'claude-sonnet-4-5': { input: 3, output: 15 },
  'gpt-5-nano': { input: 0.05, output: 0.4 },
}
const models = {
  cheap: ['openai/gpt-5-mini'],
  dear: ['anthropic/claude-sonnet-4-5'],
  mixed: ['anthropic/claude-sonnet-4-5', 'openai/gpt-5-nano'],
} as const
const ask = { messages: 'Hello there', maxOutputTokens: 1000 } as const

function make(rules: Parameters<typeof limits>[0]['rules'], options: object = {}) {
  const world = createWorld({ prices })
  const gateway = createGateway({
    providers,
    models,
    routing: (candidates) => candidates[0]!,
    limits: limits({ rules }),
    runtime: world.runtime,
    ...options,
  })
  return { world, gateway }
}

test('402 before the provider is called', async () => {
  const { world, gateway } = make([budget({ limit: 0.0001, per: 'day' })])
  const error = await failureOf(gateway.chat({ model: 'cheap', ...ask }))
  expect(error).toMatchObject({ code: 'budget_exceeded', status: 402 })
  expect(world.simulator.calls).toHaveLength(0)
})

test('the reply tells what is left', async () => {
  const { gateway } = make([
    budget({ by: 'team', limit: 1, per: 'month' }),
    rateLimit({ by: 'team', requests: 10, per: 'minute' }),
  ])
  const reply = await gateway.with({ team: 'search' }).chat({ model: 'cheap', ...ask })
  const [money, requests] = reply.trace.limits
  expect(money).toMatchObject({ kind: 'budget', subject: 'search', limit: 1, reserved: 0 })
  expect(money!.spent).toBe(reply.cost)
  expect(requests).toMatchObject({ kind: 'requests', limit: 10, spent: 1, remaining: 9 })
  expect(await gateway.limits.status({ team: 'search' })).toEqual(reply.trace.limits)
})

test('where the limits stand goes by the clock of the gateway, before its first call too', async () => {
  const store = memoryCounters()
  const world = createWorld({ prices })
  const again = (): Gateway =>
    createGateway({
      providers,
      limits: limits({ store, rules: [budget({ limit: 1, per: 'day' })] }),
      runtime: world.runtime,
    }) as Gateway
  const before = again()
  const reply = await before.chat({ model: 'openai/gpt-5-mini', ...ask })
  expect(reply.cost).toBeGreaterThan(0)
  const [status] = await again().limits.status({})
  expect(status).toMatchObject({ spent: reply.cost, resetsAt: Date.parse('2026-01-02T00:00:00Z') })
  expect(await before.limits.status({})).toEqual([status])
})

test('a candidate over budget is left out, and a cheaper one of the group serves', async () => {
  const { world, gateway } = make([budget({ limit: 0.005, per: 'day' })])
  const reply = await gateway.chat({ model: 'mixed', ...ask })
  expect(world.asked()).toEqual(['gpt-5-nano'])
  expect(reply.text).toBe('You said: Hello there')
})

test("a provider's own budget leaves another provider at any price", async () => {
  const { world, gateway } = make([budget({ by: 'provider', limit: 0.02, per: 'day', providers: ['openai'] })], {
    models: { group: ['openai/gpt-5-mini', 'anthropic/claude-sonnet-4-5'] },
  })
  await gateway.chat({ model: 'group' as never, messages: 'x', maxOutputTokens: 9000 })
  expect(world.asked()).toEqual(['gpt-5-mini'])
  await gateway.chat({ model: 'group' as never, messages: 'x', maxOutputTokens: 11_000 })
  expect(world.asked().at(-1)).toBe('claude-sonnet-4-5')
})

test('over budget, the overBudget list steps in', async () => {
  const { world, gateway } = make([budget({ limit: 0.005, per: 'day' })], {
    fallback: { overBudget: { dear: ['cheap'] } },
  })
  const reply = await gateway.chat({ model: 'dear', ...ask })
  expect(world.asked()).toEqual(['gpt-5-mini'])
  expect(reply.trace.fallbacks).toEqual([{ from: 'dear', to: 'cheap', because: 'budget_exceeded' }])
})

test("'cap' lowers the output that is asked for, and says so", async () => {
  const { world, gateway } = make([budget({ limit: 0.004, per: 'day', overspend: 'cap' })])
  const reply = await gateway.chat({ model: 'cheap', messages: 'Hello', maxOutputTokens: 100_000 })
  const sent = (world.simulator.calls[0]?.body as { max_completion_tokens: number } | undefined)?.max_completion_tokens
  expect(sent).toBeGreaterThanOrEqual(1024)
  expect(sent).toBeLessThan(2000)
  expect(reply.trace.warnings.join()).toMatch(/at most \d+ tokens of output instead of 100000/)
})

test.each([
  { maxOutputTokens: -1 },
  { maxOutputTokens: -1_000_000 },
  { maxOutputTokens: 10, n: -1_000_000 },
  { reasoning: { budgetTokens: -1_000_000 } },
])('no number in a request makes room in a budget: %o', async (numbers) => {
  const { world, gateway } = make([
    budget({ limit: 1, per: 'day', overspend: 'cap' }),
    rateLimit({ tokens: 1_000_000, per: 'day' }),
  ])
  world.simulator.on().reply(async () => {
    const [money, tokens] = await gateway.limits.status({})
    expect(money!.reserved).toBeGreaterThan(0)
    expect(tokens!.reserved).toBeGreaterThan(0)
    return 'Hello'
  })
  await gateway.chat({ model: 'cheap', messages: 'Hello', ...numbers })
  const { gateway: spent } = make([budget({ limit: 0.00001, per: 'day' })])
  const refused = await failureOf(spent.chat({ model: 'cheap', messages: 'Hello', ...numbers }))
  expect(refused.code).toBe('budget_exceeded')
})

test('who asks for as much as there may be, by -1, of a model whose maximum nobody knows is given one', async () => {
  const own = provider(openai, { id: 'own', models: { m: { price: { input: 1, output: 1 } } } })
  const { world, gateway } = make([budget({ limit: 1, per: 'day' })], { providers: [own], models: {} })
  await gateway.chat({ model: 'own/m' as never, messages: 'Hello', maxOutputTokens: -1 })
  expect(world.simulator.calls[0]!.body).toMatchObject({ max_completion_tokens: 4096 })
})

test('fault: a hedge or a retry that is not on the budget. Both attempts are on it', async () => {
  const { world, gateway } = make([budget({ limit: 1, per: 'day' })], {
    models: { pair: ['openai/gpt-5-mini', 'openai/gpt-5-nano'] },
    hedge: { after: '1s' },
  })
  world.simulator.on({ model: 'gpt-5-mini' }).reply(stream(['a', 'b'], { firstChunk: '5s' }))
  const reply = await world.clock.run(gateway.chat({ model: 'pair' as never, ...ask, stream: true }))
  await world.clock.run(drain(reply))
  await gateway.flush()
  const [status] = await gateway.limits.status({})
  expect(world.simulator.calls).toHaveLength(2)
  expect(status!.spent * 1e9).toBeGreaterThanOrEqual(world.simulator.bill.total)
  expect(status!.reserved).toBe(0)
})

test('an attempt is sent once, so that nothing is sent that is on no budget; a call may go on more than once', async () => {
  const twice = async <C>(call: C, next: (call: C) => Promise<Reply>): Promise<Reply> => {
    await next(call).catch(() => {})
    return next(call)
  }
  const rules = (): Parameters<typeof limits>[0]['rules'] => [budget({ limit: 1, per: 'day' })]
  const again = make(rules(), { attempt: [twice] })
  expect(await failureOf(again.gateway.chat({ model: 'cheap', ...ask }))).toMatchObject({
    code: 'invalid_configuration',
  })
  const failing = make(rules(), { attempt: [twice], retry: { limit: 0 } })
  failing.world.simulator.on().reply(serverError())
  expect(await failureOf(failing.gateway.chat({ model: 'cheap', ...ask }))).toMatchObject({
    code: 'provider_unavailable',
  })
  const called = make(rules(), { use: [twice] })
  await called.gateway.chat({ model: 'cheap', ...ask })
  for (const [{ world, gateway }, calls] of [
    [again, 1],
    [failing, 1],
    [called, 2],
  ] as const) {
    const [status] = await gateway.limits.status({})
    expect(world.simulator.calls).toHaveLength(calls)
    expect(status!.spent * 1e9).toBe(world.simulator.bill.total)
  }
})

test('law: never overspent. Thousands of calls, hedges, failures and cancels, against what providers bill', async () => {
  const world = createWorld({ prices, keep: 0 })
  let turn = 0
  const random = world.runtime.random!
  world.simulator.on().reply(() => {
    turn++
    const dice = random()
    if (dice < 0.1) return serverError()
    if (dice < 0.2) return answer('word '.repeat(200), { after: '3s' })
    if (dice < 0.3)
      return stream(
        Array.from({ length: 40 }, () => 'word '),
        { gap: '100ms', dieAfter: 20 },
      )
    return stream(
      Array.from({ length: Math.floor(random() * 60) + 1 }, () => 'word '),
      { gap: '50ms' },
    )
  })
  const limit = 0.35
  const gateway = createGateway({
    providers,
    models: { group: ['openai/gpt-5-mini', 'anthropic/claude-sonnet-4-5', 'openai/gpt-5-nano'] },
    hedge: { after: '1s' },
    limits: limits({ rules: [budget({ by: 'team', limit, per: 'day' })] }),
    runtime: world.runtime,
  })
  const client = gateway.with({ team: 'search' })
  let refused = 0
  let served = 0
  let worst = 0
  async function one(): Promise<void> {
    const streamed = random() < 0.7
    try {
      const reply = await client.chat({
        model: 'group',
        messages: 'Tell me',
        maxOutputTokens: 300,
        stream: streamed,
        timeout: '60s',
      })
      served++
      if (Symbol.asyncIterator in reply) {
        const leave = random() < 0.3 ? Math.floor(random() * 20) : Number.POSITIVE_INFINITY
        let seen = 0
        for await (const _ of reply) if (++seen >= leave) break
      }
    } catch (error) {
      if (isGatewayError(error, 'budget_exceeded')) refused++
    }
    const [status] = await gateway.limits.status({ team: 'search' })
    worst = Math.max(worst, status!.spent + status!.reserved)
    expect(world.simulator.bill.total).toBeLessThanOrEqual(limit * 1e9)
  }
  for (let wave = 0; wave < 20; wave++) {
    await world.clock.run(Promise.all(Array.from({ length: 100 }, one)))
    await world.clock.advance('5s')
  }
  await gateway.flush()
  const [status] = await gateway.limits.status({ team: 'search' })
  expect(turn).toBeGreaterThan(100)
  expect(served).toBeGreaterThan(50)
  expect(refused).toBeGreaterThan(100)
  expect(worst).toBeLessThanOrEqual(limit)
  expect(status!.reserved).toBe(0)
  // What was counted is at least what was billed: estimates are never under.
  expect(status!.spent * 1e9).toBeGreaterThanOrEqual(world.simulator.bill.total)
})
