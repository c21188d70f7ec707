import fc from 'fast-check'
import { expect, test } from 'vitest'
import { costOf, createLedger } from '../../src/testing/bill.ts'
import { createClock, createSimulator, reasoning, type SimulatedUsage, stream } from '../../src/testing/index.ts'
import { ask, formats, reads } from './ask.ts'

const usage = (given: Partial<SimulatedUsage>): SimulatedUsage => ({
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
  reasoningTokens: 0,
  ...given,
})

test('a million tokens cost their price', () => {
  const price = { input: 1.25, output: 10, cacheRead: 0.125, cacheWrite: 1.5, reasoning: 12 }
  expect(costOf(usage({ inputTokens: 1e6 }), price)).toBe(1.25e9)
  expect(costOf(usage({ outputTokens: 1e6 }), price)).toBe(10e9)
  expect(costOf(usage({ inputTokens: 1e6, cachedInputTokens: 4e5, cacheWriteTokens: 1e5 }), price)).toBe(
    0.5 * 1.25e9 + 0.4 * 0.125e9 + 0.1 * 1.5e9,
  )
  expect(costOf(usage({ outputTokens: 1e6, reasoningTokens: 4e5 }), price)).toBe(0.6 * 10e9 + 0.4 * 12e9)
})

test('what has no price of its own costs as input or as output', () => {
  const tokens = usage({
    inputTokens: 10,
    cachedInputTokens: 4,
    cacheWriteTokens: 3,
    outputTokens: 8,
    reasoningTokens: 5,
  })
  expect(costOf(tokens, { input: 1, output: 2 })).toBe(10 * 1000 + 8 * 2000)
})

test('the sum is exact where floating point is not, and a part of a nano-dollar counts as one', () => {
  expect(costOf(usage({ inputTokens: 3 }), { input: 0.07, output: 0 })).toBe(210)
  expect(costOf(usage({ inputTokens: 1 }), { input: 0.0375, output: 0 })).toBe(38)
  expect(costOf(usage({ inputTokens: 2 }), { input: 0.0375, output: 0 })).toBe(75)
})

test('totals by model, provider and key add up to the total', async () => {
  const simulator = createSimulator({
    prices: { 'gpt-5-mini': { input: 0.25, output: 2 }, '*': { input: 1, output: 5 } },
  })
  for (const format of formats) await ask(simulator, format)
  await ask(simulator, 'openai-chat', { init: { headers: { 'x-api-key': 'key-2' } } })
  const { bill, calls } = simulator
  const sum = (parts: Readonly<Record<string, number>>) => Object.values(parts).reduce((total, part) => total + part, 0)
  expect(bill.total).toBeGreaterThan(0)
  expect([sum(bill.byModel), sum(bill.byProvider), sum(bill.byKey)]).toEqual([bill.total, bill.total, bill.total])
  expect(calls.reduce((total, call) => total + call.billed, 0)).toBe(bill.total)
  expect(Object.keys(bill.byKey)).toEqual(['key-1', 'key-2'])
  expect(Object.keys(bill.byProvider)).toEqual(['openai', 'anthropic', 'google', 'bedrock', 'cohere', 'ollama'])
  expect(bill.dollars).toBe(bill.total / 1e9)
})

test('a price of a provider’s model goes before the model’s', async () => {
  const prices = { 'gpt-5-mini': { input: 1, output: 0 }, 'groq/gpt-5-mini': { input: 2, output: 0 } }
  const simulator = createSimulator({ prices })
  await ask(simulator)
  await ask(simulator, 'openai-chat', { host: 'api.groq.com' })
  expect(simulator.calls.map(({ billed }) => billed)).toEqual([6000, 12_000])
})

test('a model without a price is named, not forgotten', async () => {
  const simulator = createSimulator()
  await ask(simulator)
  expect([simulator.bill.total, simulator.bill.unpriced]).toEqual([0, ['gpt-5-mini']])
})

test.each(formats)(
  '%s: the bill grows with what is sent, never shrinks, and is the whole in the end',
  async (format) => {
    const told = { inputTokens: 100, outputTokens: 777, reasoningTokens: 333, cachedInputTokens: 50 }
    const simulator = createSimulator({ prices: { '*': { input: 1, output: 10, reasoning: 3, cacheRead: 0.1 } } })
    simulator
      .on()
      .reply([reasoning(['I ', 'think ', 'so.']), { type: 'text', text: ['a', 'b', 'c', 'd'] }], { usage: told })
    const response = await ask(simulator, format, { stream: true })
    const bills = [simulator.bill.total]
    expect(bills).toEqual([50 * 1000 + 50 * 100])
    for await (const _ of response.body!) bills.push(simulator.bill.total)
    expect(bills).toEqual([...bills].sort((a, b) => a - b))
    expect(new Set(bills).size).toBeGreaterThan(4)
    expect(bills.at(-1)).toBe(55_000 + 444 * 10_000 + 333 * 3000)
    await ask(simulator, format)
    expect(simulator.calls[1]?.billed).toBe(simulator.calls[0]?.billed)
  },
)

test('billed in full, an answer costs everything from the start, whether or not it is read', async () => {
  const clock = createClock()
  const simulator = createSimulator({ clock, billing: 'in-full', prices: { '*': { input: 1, output: 1 } } })
  simulator.on().reply(stream(['a', 'b', 'c', 'd'], { after: '1h' }))
  const controller = new AbortController()
  const call = ask(simulator, 'openai-chat', { stream: true, init: { signal: controller.signal } })
  expect(simulator.bill.total).toBe(10_000)
  controller.abort()
  await expect(call).rejects.toThrow()
  expect(simulator.bill.total).toBe(10_000)
})

test('a whole answer costs its input while the model works, and the rest when it is there', async () => {
  const clock = createClock()
  const simulator = createSimulator({ clock, prices: { '*': { input: 1, output: 1 } } })
  simulator.on().reply('a b c', { after: '10s' })
  const call = ask(simulator)
  await clock.advance('9s')
  expect(simulator.bill.total).toBe(6000)
  await clock.run(call)
  expect(simulator.bill.total).toBe(9000)
})

test('thoughts that are not shown take room and cost money', async () => {
  const simulator = createSimulator({ prices: { '*': { input: 0, output: 1 } } })
  simulator.on().reply('one two three', { usage: { reasoningTokens: 5 } })
  const answerWith = async (max_tokens: number) => {
    const response = await ask(simulator, 'openai-chat', { body: { max_tokens } })
    const { choices, usage: told } = await response.json()
    const { completion_tokens, completion_tokens_details } = told
    return [
      choices[0].message.content,
      choices[0].finish_reason,
      completion_tokens,
      completion_tokens_details.reasoning_tokens,
    ]
  }
  expect(await answerWith(100)).toEqual(['one two three', 'stop', 8, 5])
  expect(await answerWith(6)).toEqual(['one', 'length', 6, 5])
  expect(await answerWith(4)).toEqual(['', 'length', 4, 4])
  expect(simulator.calls.map(({ billed }) => billed)).toEqual([8000, 6000, 4000])
})

test('at any moment, thousands of calls add up to the bill, to the nano-dollar', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ output: fc.nat(50), gap: fc.nat(20), leaveAt: fc.option(fc.nat(300)) }), {
        minLength: 100,
        maxLength: 300,
      }),
      async (all) => {
        const clock = createClock()
        const simulator = createSimulator({ clock, prices: { '*': { input: 0.15, output: 0.6 } } })
        simulator.on().reply(({ index }) => ({
          ...stream(Array.from({ length: all[index]!.output }, () => 'word')),
          gap: all[index]!.gap,
        }))
        const check = (): void => {
          const sum = simulator.calls.reduce((total, call) => total + call.billed, 0)
          expect(simulator.bill.total).toBe(sum)
        }
        const calls = all.map(({ leaveAt }) => {
          const controller = new AbortController()
          if (leaveAt !== null) clock.timer(leaveAt, () => controller.abort())
          return reads(ask(simulator, 'openai-chat', { stream: true, init: { signal: controller.signal } })).catch(
            () => {},
          )
        })
        for (let time = 0; time < 5; time++) {
          await clock.advance(50)
          check()
        }
        await clock.run(Promise.all(calls))
        await clock.advance(1000)
        check()
        for (const { billed, outcome, usage: counted } of simulator.calls) {
          expect(billed).toBe(counted.inputTokens * 150 + counted.outputTokens * 600)
          expect(outcome).toMatch(/answered|aborted/)
        }
        expect([simulator.running, clock.pending]).toEqual([0, 0])
      },
    ),
    { numRuns: 3 },
  )
})

test('a ledger charges the difference to what was charged before', () => {
  const { bill, charge } = createLedger({ m: { input: 1, output: 1 } })
  const exchange = { model: 'm', provider: 'p', key: undefined, billed: 0 }
  const charged = charge(exchange as never, usage({ inputTokens: 5 }))
  expect([charged, bill.total]).toEqual([5000, 5000])
  charge({ ...exchange, billed: charged } as never, usage({ inputTokens: 5, outputTokens: 2 }))
  expect([bill.total, bill.byKey]).toEqual([7000, { '': 7000 }])
})

test('a model called as what every object has is billed as any other', async () => {
  const simulator = createSimulator({ prices: { '*': { input: 1, output: 1 } } })
  await reads(ask(simulator, 'openai-chat', { body: { model: 'constructor' } }))
  expect(simulator.bill).toMatchObject({
    total: simulator.calls[0]!.billed,
    byModel: { constructor: expect.any(Number) },
  })
  expect(simulator.bill.total).toBeGreaterThan(0)
})
