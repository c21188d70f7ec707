import { expect, test } from 'vitest'
import { isGatewayError } from '../../src/errors.ts'
import { type BudgetOptions, budget } from '../../src/limits/budget.ts'
import { type LimitsSlot, limits } from '../../src/limits/limits.ts'
import {
  answering,
  begin,
  charge,
  FakeRuntime,
  failing,
  fakeCall,
  fakeDeployment,
  limitsOf,
  make,
  neverSent,
  type Send,
  turn,
  uncertain,
  warningsOf,
} from './harness.ts'

const million = 1_000_000
/** Worst case: 100 tokens of input and 900 of output, at 1,000 nano-dollars: 0.001 dollars. */
const request = { maxOutputTokens: 900 }

function slotOf(options: Partial<BudgetOptions> = {}): LimitsSlot {
  return limits({ rules: [budget({ by: 'team', limit: 0.01, per: 'month', ...options })] })
}

/** A provider that remembers what it was asked, and answers when it is told to. */
function patient(bill: number): { send: Send; answer(): void; readonly sent: { maxOutputTokens?: number }[] } {
  const waiting: (() => void)[] = []
  const sent: object[] = []
  return {
    sent,
    answer: () => waiting.shift()?.(),
    async send(attempt) {
      sent.push(attempt.request)
      await new Promise<void>((resolve) => waiting.push(resolve))
      return answering(bill)(attempt)
    },
  }
}

test('what was billed is spent, and the reply says where the budget stands', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf()
  const call = fakeCall(runtime, { request })
  await make(slot, call, { send: answering(0.4 * million) })
  const standing = {
    rule: 'budget:team:month',
    kind: 'budget',
    subject: 'search',
    limit: 0.01,
    spent: 0.0004,
    reserved: 0,
    remaining: 0.0096,
    resetsAt: Date.parse('2026-04-01T00:00:00Z'),
  }
  expect(limitsOf(call.notes)).toEqual([standing])
  expect(await slot.status({ team: 'search' })).toEqual([standing])
  expect(await slot.status({ team: 'ads' })).toMatchObject([{ subject: 'ads', spent: 0, remaining: 0.01 }])
  expect(await slot.status({})).toEqual([])
})

test('a refusal comes before the provider is asked, and names the budget, where it stands, what was needed and when it resets', async () => {
  const runtime = new FakeRuntime('2026-03-31T23:00:00Z')
  const slot = slotOf({ limit: 0.0015 })
  await make(slot, fakeCall(runtime, { request }), { send: answering(0.9 * million) })
  const provider = patient(0)
  const call = fakeCall(runtime, { request })
  const error = await make(slot, call, provider).catch((cause) => cause)
  if (!isGatewayError(error, 'budget_exceeded')) throw error
  expect(error.message).toBe(
    'The budget "budget:team:month" of search has $0.0006 of $0.0015 left ($0.0009 spent, $0 reserved by calls in flight); an attempt at openai/gpt-5-mini may cost $0.001. It resets at 2026-04-01T00:00:00.000Z.',
  )
  expect(error).toMatchObject({ status: 402, retryAfter: 3_600_000, deployment: undefined })
  expect(provider.sent).toEqual([])
  expect(limitsOf(call.notes)).toMatchObject([{ spent: 0.0009, remaining: 0.0006 }])
})

test('a budget that is a month away gives no advice when to come back', async () => {
  const call = fakeCall(new FakeRuntime('2026-03-02T00:00:00Z'), { request })
  await expect(make(slotOf({ limit: 0.0005 }), call, { send: answering(0) })).rejects.toMatchObject({
    code: 'budget_exceeded',
    retryAfter: undefined,
  })
})

test('a refused candidate leaves the call to a cheaper one', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf({ limit: 0.0005, overspend: 'downgrade' })
  const cheap = fakeDeployment({ id: 'groq/llama', price: 100 })
  const call = fakeCall(runtime, { request })
  const reply = await make(slot, call, { send: answering(1) }, { deployment: cheap, send: answering(0.05 * million) })
  expect(reply).toMatchObject({ deployment: { id: 'groq/llama' } })
  expect(limitsOf(call.notes)).toMatchObject([{ spent: 0.00005 }])
})

test('a call without a maximum output is sent one that the balance covers, with a warning', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf({ limit: 0.002 })
  const provider = patient(0.5 * million)
  const call = fakeCall(runtime)
  const reply = make(slot, call, provider)
  await turn()
  expect(provider.sent).toEqual([{ model: 'fast', maxOutputTokens: 1900 }])
  expect(warningsOf(call.notes)).toEqual([
    'openai/gpt-5-mini is asked for at most 1900 tokens of output: that is what the limits leave.',
  ])
  expect(await slot.status(call.principal)).toMatchObject([{ reserved: 0.002, remaining: 0 }])
  provider.answer()
  await reply
})

test('a call without a maximum output is left as it is where the balance covers the model’s own', async () => {
  const provider = patient(0)
  const call = fakeCall(new FakeRuntime())
  void make(slotOf({ limit: 1 }), call, provider)
  await turn()
  expect(provider.sent).toEqual([{ model: 'fast' }])
  expect(provider.sent[0]).toBe(call.request)
})

test('below 1,024 tokens, or the minimum of the rule, nothing is sent', async () => {
  const runtime = new FakeRuntime()
  const refused = { code: 'budget_exceeded' }
  const send = answering(0)
  await expect(make(slotOf({ limit: 0.001123 }), fakeCall(runtime), { send })).rejects.toMatchObject(refused)
  await make(slotOf({ limit: 0.001124 }), fakeCall(runtime), { send })
  await make(slotOf({ limit: 0.0002, minimumOutput: 100 }), fakeCall(runtime), { send })
  const thinking = fakeCall(runtime, { request: { reasoning: { budgetTokens: 2000 } } })
  await expect(make(slotOf({ limit: 0.003 }), thinking, { send })).rejects.toMatchObject(refused)
})

test('the caller’s own maximum is lowered by cap, and by nothing else', async () => {
  const runtime = new FakeRuntime()
  const provider = patient(0)
  const own = { maxOutputTokens: 5000 }
  await expect(make(slotOf({ limit: 0.002 }), fakeCall(runtime, { request: own }), provider)).rejects.toMatchObject({
    code: 'budget_exceeded',
  })
  const call = fakeCall(runtime, { request: own })
  void make(slotOf({ limit: 0.002, overspend: 'cap' }), call, provider)
  await turn()
  expect(provider.sent).toEqual([{ model: 'fast', maxOutputTokens: 1900 }])
  expect(warningsOf(call.notes)[0]).toContain('1900 tokens of output instead of 5000')
})

test('several answers share what the balance covers', async () => {
  const provider = patient(0)
  void make(slotOf({ limit: 0.0041 }), fakeCall(new FakeRuntime(), { request: { n: 2 } }), provider)
  await turn()
  expect(provider.sent).toMatchObject([{ n: 2, maxOutputTokens: 2000 }])
})

test('a model whose maximum output is unknown is always given one', async () => {
  const provider = patient(0)
  const deployment = fakeDeployment({ maxOutput: undefined })
  const call = fakeCall(new FakeRuntime())
  void make(slotOf({ limit: 1 }), call, { deployment, send: provider.send })
  await turn()
  expect(provider.sent).toMatchObject([{ maxOutputTokens: 4096 }])
  expect(warningsOf(call.notes)[0]).toContain('its own maximum is not known')
})

test('warn counts, lets everything pass, and says what it could not price', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf({ limit: 0.0001, overspend: 'warn' })
  const first = fakeCall(runtime, { request })
  await make(slot, first, { send: answering(0.9 * million) })
  expect(limitsOf(first.notes)).toMatchObject([{ limit: 0.0001, spent: 0.0009, remaining: 0 }])
  expect(warningsOf(first.notes)).toEqual([
    'The budget "budget:team:month" of search is overspent: $0.0009 of $0.0001.',
  ])
  const second = fakeCall(runtime)
  const unpriced = fakeDeployment({ price: undefined })
  await make(slot, second, { deployment: unpriced, send: answering(charge(undefined)) })
  expect(warningsOf(second.notes)[0]).toBe(
    'The price of "openai/gpt-5-mini" is unknown, so "budget:team:month" cannot bound what it costs. It counts as nothing.',
  )
})

test('a hard budget over a deployment without a price is refused when the gateway is made, naming those that it can reach', () => {
  const unpriced = fakeDeployment({ id: 'acme/model', price: undefined })
  const priced = fakeDeployment()
  expect(() => slotOf().check!([priced, unpriced], new FakeRuntime())).toThrow(/"budget:team:month" .*"acme\/model"\./)
  expect(() => slotOf({ overspend: 'warn' }).check!([priced, unpriced], new FakeRuntime())).not.toThrow()
  expect(() => slotOf({ providers: ['openai'] }).check!([priced, unpriced], new FakeRuntime())).not.toThrow()
  expect(() => slotOf({ models: ['openai/gpt-5-mini'] }).check!([priced, unpriced], new FakeRuntime())).not.toThrow()
})

test('what was never sent costs nothing, what was lost on the way costs its worst case, an estimate at most that', async () => {
  const runtime = new FakeRuntime()
  const spent = async (send: Send): Promise<number> => {
    const call = fakeCall(runtime, { request })
    const slot = slotOf()
    await make(slot, call, { send }).catch(() => {})
    const [status] = await slot.status(call.principal)
    expect(status).toMatchObject({ reserved: 0 })
    return status!.spent
  }
  expect(await spent(failing(neverSent))).toBe(0)
  expect(await spent(failing(uncertain, 'timed_out'))).toBe(0.001)
  expect(await spent(failing(charge(0.3 * million, { estimated: true }), 'cancelled'))).toBe(0.0003)
  expect(await spent(failing(charge(9 * million, { estimated: true }), 'cancelled'))).toBe(0.001)
  expect(await spent(() => Promise.reject(new Error('A breaker is open.')))).toBe(0)
})

test('what a provider bills beyond the bound is recorded as an overrun, and counts', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf({ limit: 0.002 })
  const call = fakeCall(runtime, { request })
  await make(slot, call, { send: answering(3 * million) })
  expect(warningsOf(call.notes)).toEqual([
    'openai/gpt-5-mini cost $0.003, $0.002 more than the bound of its request: an overrun of "budget:team:month".',
  ])
  expect(limitsOf(call.notes)).toMatchObject([{ spent: 0.003, remaining: 0 }])
  const free = { deployment: fakeDeployment({ price: 0 }), send: answering(0) }
  await make(slot, fakeCall(runtime, { request }), free)
})

test('a missing field refuses the call, unless those without it share', async () => {
  const runtime = new FakeRuntime()
  const anonymous = { principal: {}, request }
  await expect(make(slotOf(), fakeCall(runtime, anonymous), { send: answering(0) })).rejects.toMatchObject({
    code: 'invalid_request',
    message:
      'No "team" was given, which "budget:team:month" counts by. Say it with gateway.with({ team: … }), or let all calls without one share with missing: \'share\'.',
  })
  const slot = slotOf({ missing: 'share' })
  await make(slot, fakeCall(runtime, anonymous), { send: answering(5) })
  await make(slot, fakeCall(runtime, { principal: { team: '' }, request }), { send: answering(6) })
  expect(await slot.status({})).toMatchObject([{ subject: '', spent: 11e-9 }])
})

test('each tag of a call counts by itself, once', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf({ by: 'tags' })
  await make(slot, fakeCall(runtime, { principal: { tags: ['a', 'b', 'a'] }, request }), { send: answering(5) })
  expect(await slot.status({ tags: ['a', 'b', 'c'] })).toMatchObject([
    { subject: 'a', spent: 5e-9 },
    { subject: 'b', spent: 5e-9 },
    { subject: 'c', spent: 0 },
  ])
})

test('several fields count together, and no two principals read the same', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf({ by: ['team', 'user'], limit: 0.001 })
  await make(slot, fakeCall(runtime, { principal: { team: 'a/b', user: 'c' }, request }), { send: answering(million) })
  await make(slot, fakeCall(runtime, { principal: { team: 'a', user: 'b/c' }, request }), { send: answering(5) })
  expect(await slot.status({ team: 'a/b', user: 'c' })).toMatchObject([{ subject: 'a%2Fb/c', spent: 0.001 }])
})

test('a limit may be a function of the principal, and undefined is no limit', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf({ limit: ({ plan }) => (plan === 'free' ? 0 : undefined) })
  const free = fakeCall(runtime, { principal: { team: 'a', plan: 'free' }, request })
  await expect(make(slot, free, { send: answering(0) })).rejects.toMatchObject({ code: 'budget_exceeded' })
  const paying = fakeCall(runtime, { principal: { team: 'a', plan: 'paid' }, request })
  await make(slot, paying, { send: answering(5) })
  expect(limitsOf(paying.notes)).toEqual([])
  const broken = slotOf({ limit: () => Number.NaN })
  await expect(make(broken, fakeCall(runtime, { request }), { send: answering(0) })).rejects.toMatchObject({
    code: 'invalid_configuration',
  })
})

test('a rule with models or providers counts only what those do', async () => {
  const runtime = new FakeRuntime()
  const slot = limits({
    rules: [
      budget({ name: 'openai', limit: 1, per: 'day', providers: ['openai'] }),
      budget({ name: 'llama', limit: 1, per: 'day', models: ['llama'] }),
      budget({ by: 'model', limit: 1, per: 'day' }),
    ],
  })
  const llama = fakeDeployment({ id: 'groq/llama' })
  slot.check!([fakeDeployment(), llama], runtime)
  await make(slot, fakeCall(runtime, { request }), { send: answering(5) })
  await make(slot, fakeCall(runtime, { request }), { deployment: llama, send: answering(7) })
  expect(await slot.status({})).toMatchObject([
    { rule: 'openai', subject: '', spent: 5e-9 },
    { rule: 'llama', subject: '', spent: 7e-9 },
    { rule: 'budget:model:day', subject: 'gpt-5-mini', spent: 5e-9 },
    { rule: 'budget:model:day', subject: 'llama', spent: 7e-9 },
  ])
})

test('a call that waits for reservations in flight is admitted when they are settled, the first in line first', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf({ limit: 0.001, whenReserved: 'wait' })
  const provider = patient(0)
  const replies = [1, 2, 3].map(() => make(slot, fakeCall(runtime, { request }), provider))
  await turn()
  expect(provider.sent).toHaveLength(1)
  for (let served = 1; served <= 3; served++) {
    provider.answer()
    await replies[served - 1]
    await turn()
    expect(provider.sent).toHaveLength(Math.min(3, served + 1))
  }
  expect(runtime.pending).toBe(0)
})

test('one settlement admits all who wait and fit, without a look at the clock', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf({ limit: 0.002, whenReserved: 'wait' })
  const large = patient(0)
  const small = patient(0)
  void make(slot, fakeCall(runtime, { request: { maxOutputTokens: 1900 } }), large)
  for (let call = 0; call < 2; call++) void make(slot, fakeCall(runtime, { request }), small)
  await turn()
  expect(small.sent).toHaveLength(0)
  large.answer()
  await turn()
  expect(small.sent).toHaveLength(2)
})

test('a large call that waits keeps its place before smaller ones', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf({ limit: 0.002, whenReserved: 'wait' })
  const [first, large, small] = [patient(0), patient(0), patient(0)]
  for (let call = 0; call < 2; call++) void make(slot, fakeCall(runtime, { request }), first)
  void make(slot, fakeCall(runtime, { request: { maxOutputTokens: 1900 } }), large)
  void make(slot, fakeCall(runtime, { request }), small)
  await turn()
  for (let served = 0; served < 2; served++) {
    expect([large.sent.length, small.sent.length]).toEqual([0, 0])
    first.answer()
    await turn()
  }
  expect([large.sent.length, small.sent.length]).toEqual([1, 0])
})

test('a call that waits is refused at its deadline, or when what is spent leaves no hope', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf({ limit: 0.0019, whenReserved: 'wait' })
  const provider = patient(million)
  const first = make(slot, fakeCall(runtime, { request }), provider)
  const late = make(slot, fakeCall(runtime, { request, timeout: 5000 }), { send: answering(0) }).catch((error) => error)
  await runtime.advance(5001)
  expect(await late).toMatchObject({ code: 'budget_exceeded' })
  expect(runtime.pending).toBe(0)

  const hopeless = make(slot, fakeCall(runtime, { request }), { send: answering(0) }).catch((error) => error)
  await turn()
  provider.answer()
  await first
  expect(await hopeless).toMatchObject({ code: 'budget_exceeded' })
  expect(runtime.pending).toBe(0)
})

test('a call whose caller leaves while it waits is let go at once, and the next in line is served', async () => {
  const runtime = new FakeRuntime()
  const slot = slotOf({ limit: 0.001, whenReserved: 'wait' })
  const provider = patient(0)
  const first = make(slot, fakeCall(runtime, { request }), provider)
  let leave = (): void => {}
  const leaving = slot.call!(fakeCall(runtime, { request }), (call) => {
    const { reply, abandon } = begin(slot, call, provider)
    leave = abandon
    return reply
  }).catch((error) => error)
  const third = make(slot, fakeCall(runtime, { request }), provider)
  await turn()
  leave()
  expect(await leaving).toMatchObject({ code: 'cancelled' })
  provider.answer()
  await first
  await turn()
  provider.answer()
  await third
  expect(runtime.pending).toBe(0)
})

test('where one request must not wait on another’s, it asks again by the clock', async () => {
  const runtime = new FakeRuntime(undefined, true)
  const slot = slotOf({ limit: 0.001, whenReserved: 'wait' })
  const provider = patient(0)
  const first = make(slot, fakeCall(runtime, { request }), provider)
  const second = make(slot, fakeCall(runtime, { request }), { send: answering(0) })
  await turn()
  provider.answer()
  await first
  await turn()
  expect(runtime.pending).toBe(1)
  await runtime.advance(100)
  await second
})

test.each([
  [{ limit: -1 }, 'budget(): limit is -1: write dollars, from 0 to 9,000,000, or a function of the principal.'],
  [{ limit: undefined }, "budget() needs a limit, in dollars, and per, such as per: 'month'."],
  [{ per: 'fortnight' }, "budget(): per is \"fortnight\": write 'hour' or 'day' or 'week' or 'month' or 'total'."],
  [{ overspend: 'allow' }, 'budget(): overspend is "allow": write'],
  [{ by: [] }, 'budget(): by is []: write a field of the principal'],
  [{ lmit: 1 }, 'budget(): there is no option "lmit". Did you mean limit?'],
])('a wrong option %j is refused with the remedy', (wrong, message) => {
  expect(() => slotOf(wrong as Partial<BudgetOptions>)).toThrow(
    expect.objectContaining({ code: 'invalid_configuration', message: expect.stringContaining(message) }),
  )
})

test('two rules of one name are refused', () => {
  const rule = { by: 'team', limit: 1, per: 'month' } as const
  expect(() => limits({ rules: [budget(rule), budget({ ...rule, models: ['a'] })] })).toThrow(
    'limits(): two rules are called "budget:team:month". Give one of them another name.',
  )
})
