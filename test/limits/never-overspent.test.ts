import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Attempt, Call } from '../../src/call.ts'
import { GatewayError } from '../../src/errors.ts'
import { budget } from '../../src/limits/budget.ts'
import { type LimitsSlot, limits } from '../../src/limits/limits.ts'
import type { Reply } from '../../src/reply.ts'
import type { CounterStore } from '../../src/stores/counters.ts'
import { memoryCounters } from '../../src/stores/memory-counters.ts'
import {
  begin,
  charge,
  end,
  FakeRuntime,
  fakeCall,
  fakeDeployment,
  neverSent,
  type Send,
  streaming,
  uncertain,
} from './harness.ts'

const nano = 1e9
const team = 'budget:team:month/budget/month/search'

/** What a provider does with one attempt. */
interface Script {
  readonly kind: 'answer' | 'stream' | 'leave' | 'refuse' | 'lose' | 'cancel'
  readonly delay: number
  /** How much of the bound is billed. */
  readonly share: number
  readonly price: number
  /** Starts beside the attempt before it, if that is still silent. */
  readonly hedge: boolean
}

interface Scripted {
  readonly start: number
  readonly maxOutputTokens: number | undefined
  readonly attempts: readonly Script[]
}

const script: fc.Arbitrary<Script> = fc.record({
  kind: fc.constantFrom('answer', 'stream', 'leave', 'refuse', 'lose', 'cancel'),
  delay: fc.integer({ min: 0, max: 400 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  price: fc.constantFrom(150, 1000, 37.5),
  hedge: fc.boolean(),
})

const scripted: fc.Arbitrary<Scripted> = fc.record({
  start: fc.integer({ min: 0, max: 1000 }),
  maxOutputTokens: fc.option(fc.integer({ min: 1, max: 5000 }), { nil: undefined }),
  attempts: fc.array(script, { minLength: 1, maxLength: 4 }),
})

test('what is billed and what is reserved is within the limit at every moment, for any calls, failures, cancels, hedges and streams', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(scripted, { minLength: 1, maxLength: 100, size: 'max' }),
      fc.integer({ min: 0, max: 60_000_000 }),
      fc.constantFrom<'reject' | 'cap'>('reject', 'cap'),
      fc.boolean(),
      fc.boolean(),
      async (calls, limit, overspend, waits, remote) => {
        await simulate(calls, limit, overspend, waits, remote)
      },
    ),
    { numRuns: 40 },
  )
})

test('two thousand concurrent calls on one budget spend what was billed, and never more than the limit', async () => {
  const calls = fc.sample(scripted, { numRuns: 2000, seed: 7 })
  const { admitted, refused } = await simulate(calls, 500_000_000, 'cap', false, false)
  expect(admitted).toBeGreaterThan(100)
  expect(refused).toBeGreaterThan(100)
})

async function simulate(
  calls: readonly Scripted[],
  limit: number,
  overspend: 'reject' | 'cap',
  waits: boolean,
  remote: boolean,
): Promise<{ admitted: number; refused: number }> {
  const runtime = new FakeRuntime()
  const bill = { provider: 0, accounted: 0 }
  const store = memoryCounters()
  let checks = 0
  const check = (): void => {
    checks++
    const [state] = store.status([{ key: team, window: { type: 'calendar', per: 'month' } }], runtime.now())
    expect(state!.spent + state!.reserved).toBeLessThanOrEqual(limit)
    // Nothing that a provider bills is ever outside of what is counted.
    expect(bill.provider).toBeLessThanOrEqual(state!.spent + state!.reserved)
  }
  const slot = limits({
    store: watched(remote ? delayed(store, runtime) : store, check),
    rules: [
      budget({
        by: 'team',
        limit: limit / nano,
        per: 'month',
        overspend,
        whenReserved: waits ? 'wait' : 'reject',
        minimumOutput: 100,
      }),
    ],
  })
  let admitted = 0
  let refused = 0
  const running = calls.map(async ({ start, maxOutputTokens, attempts }) => {
    await runtime.sleep(start)
    const stream = attempts.some(({ kind }) => kind === 'stream' || kind === 'leave')
    const call = fakeCall(runtime, { request: { maxOutputTokens, stream }, timeout: 5000 })
    try {
      const reply = await slot.call!(call, (inner) => walk(slot, inner, attempts, runtime, bill))
      admitted++
      if (reply.kind === 'stream')
        await read(
          reply,
          attempts.some(({ kind }) => kind === 'leave'),
        )
    } catch (error) {
      if ((error as GatewayError).code === 'budget_exceeded') refused++
    }
  })
  await runtime.advance(60_000)
  await Promise.all(running)
  await slot.flush!()
  check()
  const [state] = store.status([{ key: team, window: { type: 'calendar', per: 'month' } }], runtime.now())
  expect(state).toMatchObject({ spent: bill.accounted, reserved: 0 })
  expect(store.size.reservations).toBe(0)
  expect(checks).toBeGreaterThan(0)
  return { admitted, refused }
}

/** A resilience layer in miniature: one after the other, or beside one another; the first answer wins. */
async function walk(
  slot: LimitsSlot,
  call: Call,
  scripts: readonly Script[],
  runtime: FakeRuntime,
  bill: { provider: number; accounted: number },
): Promise<Reply> {
  let failure: unknown
  for (let index = 0; index < scripts.length; index++) {
    const first = launch(slot, call, scripts[index]!, runtime, bill, false)
    const second = scripts[index + 1]
    const tries = [first]
    if (second?.hedge) {
      index++
      await Promise.race([
        first.reply.then(
          () => {},
          () => {},
        ),
        runtime.sleep(50),
      ])
      tries.push(launch(slot, call, second, runtime, bill, true))
    }
    try {
      const winner = await Promise.any(tries.map((one) => one.reply.then(() => one)))
      for (const one of tries) {
        if (one === winner) continue
        one.abandon()
        one.reply.then(
          (late) => (late.kind === 'stream' ? late.cancel() : undefined),
          () => {},
        )
      }
      return await winner.reply
    } catch (error) {
      failure = (error as AggregateError).errors[0]
    }
  }
  throw failure
}

function launch(
  slot: LimitsSlot,
  call: Call,
  { kind, delay, share, price }: Script,
  runtime: FakeRuntime,
  bill: { provider: number; accounted: number },
  hedge: boolean,
): ReturnType<typeof begin> {
  const send: Send = async (attempt) => {
    const bound = Math.ceil(attempt.deployment.worstCase(attempt).cost!)
    const billed = Math.floor(bound * share)
    const account = (amount: number, counted = amount): void => {
      bill.provider += amount
      bill.accounted += counted
    }
    if (kind === 'stream' || kind === 'leave') {
      const stream = streaming(runtime, 3, delay / 4, charge(billed))
      attempt.settlement.on(() => account(billed))
      return stream(attempt)
    }
    await runtime.sleep(delay)
    if (kind === 'answer') {
      account(billed)
      end(attempt, 'completed', charge(billed))
      return { kind: 'whole', response: { usage: {} }, deployment: attempt.deployment, charge: charge(billed) }
    }
    if (kind === 'lose') account(billed, bound)
    if (kind === 'cancel') account(billed)
    const charges = { refuse: neverSent, lose: uncertain, cancel: charge(billed, { estimated: true }) }
    const error = new GatewayError(kind === 'cancel' ? 'cancelled' : 'provider_unavailable', 'It failed.')
    end(attempt, 'failed', charges[kind], error)
    throw error
  }
  return begin(slot, call, { deployment: fakeDeployment({ price }), send: checkedAbort(send) }, hedge)
}

/** As a transport would: an attempt that is aborted before it is sent is not sent. */
function checkedAbort(send: Send): Send {
  return async (attempt: Attempt) => {
    if (attempt.signal.aborted) throw attempt.signal.reason
    return send(attempt)
  }
}

async function read(reply: Extract<Reply, { kind: 'stream' }>, leaves: boolean): Promise<void> {
  await reply.pull()
  if (leaves) return reply.cancel()
  while (await reply.pull()) {
    // To the end.
  }
}

/** A store that is looked at after each operation. */
function watched(store: CounterStore, check: () => void): CounterStore {
  const checking = <T>(answer: T): T => {
    check()
    return answer
  }
  return {
    reserve: (reserving) => {
      const answer = store.reserve(reserving)
      return answer instanceof Promise ? answer.then(checking) : checking(answer)
    },
    settle: (settlements, now) => {
      const answer = store.settle(settlements, now)
      return answer instanceof Promise ? answer.then(checking) : checking(answer)
    },
    renew: (...args) => store.renew(...args),
    status: (...args) => store.status(...args),
  }
}

/** A store that is some milliseconds away. */
function delayed(store: CounterStore, runtime: FakeRuntime): CounterStore {
  const away = async <T>(work: () => T): Promise<Awaited<T>> => {
    await runtime.sleep(3)
    const answer = await work()
    await runtime.sleep(2)
    return answer
  }
  return {
    reserve: (reserving) => away(() => store.reserve(reserving)),
    settle: (settlements, now) => away(() => store.settle(settlements, now)),
    renew: (ids, lease, now) => away(() => store.renew(ids, lease, now)),
    status: (names, now) => away(() => store.status(names, now)),
  }
}
