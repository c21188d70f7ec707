import { AsyncLocalStorage } from 'node:async_hooks'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CacheSlot, cache } from '../../src/cache/cache.ts'
import type { CacheOptions } from '../../src/cache/options.ts'
import { type ErrorCode, GatewayError } from '../../src/errors.ts'
import { type ChatEvent, fold, unfold } from '../../src/operations/chat/index.ts'
import type { Reply } from '../../src/reply.ts'
import {
  answer,
  type CallParts,
  callOf,
  charge,
  countedStore,
  createUpstream,
  delta,
  drain,
  failureOf,
  type HandClock,
  handClock,
  type NotedCall,
  type Pushed,
  pushedStream,
  responseOf,
  rest,
  statuses,
  streamed,
  streamOf,
  type Upstream,
  whole,
} from './harness.ts'

interface Asked {
  readonly call: NotedCall
  readonly reply: Promise<Reply>
}

interface Field {
  readonly clock: HandClock
  readonly slot: CacheSlot
  readonly upstream: Upstream
  ask(parts?: CallParts): Asked
}

function setUp(options: CacheOptions = {}, clock: HandClock = handClock()): Field {
  const slot = cache(options)
  const upstream = createUpstream()
  return {
    clock,
    slot,
    upstream,
    ask(parts) {
      const call = callOf(clock, parts)
      const reply = slot.call(call, upstream.next)
      reply.catch(() => {})
      return { call, reply }
    },
  }
}

const stream = { request: { stream: true } }
const sse = unfold(answer('abc'))

test('two identical concurrent calls do not both go upstream, nor do a thousand', async () => {
  for (const store of [undefined, countedStore()]) {
    const { ask, upstream, clock } = setUp({ store })
    const asked = Array.from({ length: 1000 }, () => ask())
    await rest()
    expect(upstream.calls).toHaveLength(1)
    upstream.calls[0]!.answer(whole())
    const replies = await Promise.all(asked.map(({ reply }) => reply))
    expect(new Set(replies.map(responseOf)).size).toBe(1000)
    expect(replies.every((reply) => responseOf(reply).id === 'r1')).toBe(true)
    expect(asked.map(({ call }) => statuses(call).join()).filter((status) => status === 'shared')).toHaveLength(999)
    expect(asked[1]!.call.notes).toEqual([{ type: 'cache', status: 'shared', saved: 4200 }])
    expect(store?.gets ?? 1).toBe(1)
    expect(store?.sets ?? 1).toBe(1)
    expect(clock.pending).toBe(0)
  }
})

test('calls that differ, or that fly alone, do not wait for each other', async () => {
  const { ask, upstream } = setUp()
  ask()
  ask({ request: { seed: 1 } })
  ask({ principal: { team: 'a' } })
  await rest()
  expect(upstream.calls).toHaveLength(3)
  for (const control of [{ refresh: true }, { noStore: true }, { skip: true }]) ask({ cache: control })
  await rest()
  expect(upstream.calls).toHaveLength(6)
})

test('a call that shares has an answer of its own, and costs nothing', async () => {
  const { ask, upstream } = setUp()
  const [one, two, three] = [ask(), ask(), ask(stream)]
  await rest()
  upstream.calls[0]!.answer(whole())
  ;(responseOf(await one.reply).choices as unknown[]).length = 0
  ;(responseOf(await two.reply).usage as { inputTokens: number }).inputTokens = 999
  const folding = fold()
  for (const event of await drain(await three.reply)) folding.add(event)
  expect(folding.result()).toEqual(answer())
  expect(await two.reply).toMatchObject({ charge: { cost: { total: 0 } } })
})

test('calls that share an entry under way look only once, and each get their own of it', async () => {
  const store = countedStore()
  const { ask, upstream, slot } = setUp({ store })
  ask()
  await rest()
  upstream.calls[0]!.answer(whole())
  await rest()
  await slot.flush()
  const asked = [ask(), ask(), ask()]
  const replies = await Promise.all(asked.map(({ reply }) => reply))
  expect([upstream.calls.length, store.gets]).toEqual([1, 2])
  expect(new Set(replies.map(responseOf)).size).toBe(3)
  expect(asked.map(({ call }) => statuses(call))).toEqual([['hit'], ['hit'], ['hit']])
})

const refusals: ErrorCode[] = [
  'budget_exceeded',
  'unknown_price',
  'limit_exceeded',
  'overloaded',
  'store_unavailable',
  'unauthorized',
  'model_not_allowed',
  'data_policy_unmet',
  'guardrail_blocked',
  'cancelled',
  'internal',
]

test.each(refusals)('a leader refused with %s is refused alone: the next leads, one at a time', async (code) => {
  const { ask, upstream } = setUp()
  const asked = [ask({ principal: { team: 'a', user: '1' } }), ask({ principal: { team: 'a', user: '2' } })]
  asked.push(ask({ principal: { team: 'a', user: '3' } }))
  await rest()
  upstream.calls[0]!.fail(new GatewayError(code, 'no'))
  expect(await failureOf(asked[0]!.reply)).toMatchObject({ code })
  await rest()
  expect(upstream.calls).toHaveLength(2)
  expect(upstream.calls[1]!.call.principal).toEqual({ team: 'a', user: '2' })
  upstream.calls[1]!.answer(whole())
  expect(responseOf(await asked[2]!.reply)).toEqual(answer())
  expect(asked.map(({ call }) => statuses(call))).toEqual([['miss'], ['miss'], ['shared']])
})

const outcomes: ErrorCode[] = [
  'authentication_failed',
  'permission_denied',
  'quota_exhausted',
  'model_not_found',
  'context_window_exceeded',
  'content_filtered',
  'rate_limited',
  'provider_overloaded',
  'provider_unavailable',
  'invalid_response',
  'timed_out',
  'empty_response',
  'circuit_open',
]

test.each(outcomes)('a failure of the deployments, %s, is told to all, each an error of its own', async (code) => {
  const store = countedStore()
  const { ask, upstream } = setUp({ store })
  const asked = [ask(), ask(), ask(stream)]
  await rest()
  upstream.calls[0]!.fail(new GatewayError(code, 'down', { excluded: [{ deployment: 'd', reason: 'circuit_open' }] }))
  const errors = await Promise.all(asked.map(({ reply }) => failureOf(reply)))
  expect(errors).toMatchObject([{ code }, { code }, { code }])
  expect(new Set(errors).size).toBe(3)
  expect(new Set(errors.map(({ excluded }) => excluded[0])).size).toBe(3)
  expect([upstream.calls.length, store.sets]).toEqual([1, 0])
})

test("a failure that the leader's own deadline, attempts or budget may have shaped is told to nobody else", async () => {
  const down = new GatewayError('provider_unavailable', 'down')
  const poor = new GatewayError('provider_unavailable', 'down', {
    excluded: [{ deployment: 'd', reason: 'over_budget' }],
  })
  const cases: [CallParts, GatewayError, number][] = [
    [{ options: { maxAttempts: 1 } }, down, 0],
    [{ options: { timeout: '1s' }, time: 1000 }, down, 0],
    [{}, poor, 0],
    [{ time: 1000 }, new GatewayError('timed_out', 'late'), 1000],
  ]
  for (const [parts, error, after] of cases) {
    const { ask, upstream, clock } = setUp()
    const [leader, follower] = [ask(parts), ask()]
    await clock.advance(after)
    upstream.calls[0]!.fail(error)
    expect(await failureOf(leader.reply)).toBe(error)
    await rest()
    upstream.calls[1]!.answer(whole())
    expect(responseOf(await follower.reply)).toEqual(answer())
  }
})

test("an answer of a fallback is its leader's alone: the others ask for themselves, all at once", async () => {
  for (const kind of [{}, stream]) {
    const { ask, upstream } = setUp()
    const asked = [ask(kind), ask(kind), ask(kind)]
    await rest()
    const substitute = kind === stream ? streamOf().reply : whole(answer(), { substitute: true })
    if (substitute.kind === 'stream') substitute.substitute = true
    upstream.calls[0]!.answer(substitute)
    expect(await asked[0]!.reply).toMatchObject({ substitute: true })
    await rest()
    expect(upstream.calls).toHaveLength(3)
  }
})

test('a leader who leaves does not end the work that others wait for', async () => {
  for (const kind of [{}, stream]) {
    const { ask, upstream, clock } = setUp()
    const caller = new AbortController()
    const [leader, follower] = [ask({ ...kind, signal: caller.signal }), ask(kind)]
    await rest()
    caller.abort()
    expect(await failureOf(leader.reply)).toMatchObject({ code: 'cancelled' })
    expect(upstream.calls[0]!.aborted).toBe(false)
    upstream.calls[0]!.answer(kind === stream ? streamOf().reply : whole())
    const reply = await follower.reply
    if (reply.kind === 'stream') expect(await drain(reply)).toHaveLength(6)
    else expect(responseOf(reply)).toEqual(answer())
    expect(upstream.calls).toHaveLength(1)
    expect(clock.pending).toBe(0)
  }
})

test('the last to leave ends the work at once, leader or not', async () => {
  for (const kind of [{}, stream]) {
    for (const order of [[0], [0, 1], [1, 0], [1, 2, 0], [0, 2, 1]]) {
      const { ask, upstream, clock } = setUp()
      const callers = order.map(() => new AbortController())
      const asked = callers.map(({ signal }) => ask({ ...kind, signal }))
      await rest()
      for (const [left, index] of order.entries()) {
        expect(upstream.calls[0]!.aborted).toBe(false)
        callers[index]!.abort(new GatewayError('cancelled', `caller ${left} left`))
        expect(upstream.calls[0]!.aborted).toBe(left === order.length - 1)
      }
      for (const { reply } of asked) expect(await failureOf(reply)).toMatchObject({ code: 'cancelled' })
      expect(clock.pending).toBe(0)
      // The next of its kind begins anew.
      ask(kind)
      await rest()
      expect(upstream.calls).toHaveLength(2)
    }
  }
})

test('a call whose caller has left already neither joins nor leads', async () => {
  const { ask, upstream } = setUp()
  expect(await failureOf(ask({ signal: AbortSignal.abort() }).reply)).toMatchObject({ code: 'cancelled' })
  ask()
  expect(await failureOf(ask({ signal: AbortSignal.abort() }).reply)).toMatchObject({ code: 'cancelled' })
  expect(upstream.calls).toHaveLength(1)
})

test('who waits keeps its own deadline', async () => {
  const { ask, upstream, clock } = setUp()
  const [leader, follower] = [ask(), ask({ time: 1000 })]
  await clock.advance(1000)
  expect(await failureOf(follower.reply)).toMatchObject({ code: 'timed_out' })
  upstream.calls[0]!.answer(whole())
  expect(responseOf(await leader.reply)).toEqual(answer())
  expect(clock.pending).toBe(0)
})

test("a leader's deadline does not end a stream that others read", async () => {
  for (const begun of [false, true]) {
    const { ask, upstream, clock } = setUp()
    const provider = pushedStream()
    provider.push(...sse.slice(0, 2))
    const [leader, follower] = [ask({ ...stream, time: 1000 }), ask({ ...stream, time: 1500 })]
    await rest()
    if (begun) {
      upstream.calls[0]!.answer(provider.reply)
      await streamed(await leader.reply).pull()
      await clock.advance(1000)
      expect(await failureOf(drain(await leader.reply))).toMatchObject({ code: 'timed_out' })
    } else {
      await clock.advance(1000)
      expect(await failureOf(leader.reply)).toMatchObject({ code: 'timed_out' })
      upstream.calls[0]!.answer(provider.reply)
    }
    provider.push(...sse.slice(2))
    provider.end()
    expect(await drain(await follower.reply)).toEqual(sse)
    expect(upstream.calls[0]!.call.deadline).toBeGreaterThanOrEqual(follower.call.deadline)
    expect(clock.pending).toBe(0)
  }
})

test('a stream is not joined by a call that was given more time than it has', async () => {
  const { ask, upstream } = setUp()
  ask({ ...stream, time: 1000 })
  ask({ ...stream, time: 2000 })
  ask({ ...stream, time: 2001 })
  await rest()
  expect(upstream.calls).toHaveLength(2)
})

test('whoever joins a stream, and whenever, reads the same events', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.tuple(fc.nat(14), fc.boolean()), { maxLength: 6 }),
      fc.infiniteStream(fc.nat(3)),
      async (texts, joins, random) => {
        const store = countedStore()
        const { ask, upstream, slot, clock } = setUp({ store })
        const events: ChatEvent[] = [
          sse[0]!,
          ...texts.map(delta),
          { type: 'part-end', choice: 0, part: 0 },
          { type: 'finish', choice: 0, finishReason: 'stop' },
          { type: 'usage', usage: charge.usage },
          { type: 'message-end' },
        ]
        const provider = pushedStream()
        const replies: Promise<unknown>[] = []
        const join = (wantsStream: boolean): void => {
          const { reply } = ask({ request: { stream: wantsStream } })
          replies.push(reply.then((reply): unknown => (reply.kind === 'stream' ? drain(reply) : [reply.response])))
        }
        join(true)
        await rest()
        upstream.calls[0]!.answer(provider.reply)
        for (const [step, event] of events.entries()) {
          for (const [at, wantsStream] of joins) if (at === step) join(wantsStream)
          provider.push(event)
          if (random.next().value === 0) await rest()
        }
        provider.end()
        const folding = fold()
        for (const event of events) folding.add(event)
        for (const read of await Promise.all(replies)) {
          expect([events, [folding.result()]]).toContainEqual(read)
        }
        expect(upstream.calls).toHaveLength(1)
        await slot.flush()
        expect(store.sets).toBe(1)
        expect(JSON.parse([...store.entries.values()][0]!)).toMatchObject({ cost: 4200, response: folding.result() })
        expect(clock.pending).toBe(0)
      },
    ),
    { numRuns: 60 },
  )
})

test("readers of one stream cannot change each other's events", async () => {
  const { ask, upstream } = setUp()
  const asked = [ask(stream), ask(stream)]
  await rest()
  const provider = streamOf(answer('abc', { extensions: { x: { deep: [1] } } }))
  upstream.calls[0]!.answer(provider.reply)
  const [one, two] = await Promise.all(asked.map(({ reply }) => reply))
  for (const event of await drain(one!)) {
    Object.assign(event, { text: 'spoilt', type: 'usage', usage: {} })
    const { extensions } = event as { extensions?: { x: { deep: number[] } } }
    extensions?.x.deep.push(2)
  }
  expect(await drain(two!)).toEqual(unfold(answer('abc', { extensions: { x: { deep: [1] } } })))
})

test('the fastest reader sets the pace; nobody reads ahead of all', async () => {
  const { ask, upstream } = setUp()
  const [leader, follower] = [ask(stream), ask(stream)]
  await rest()
  const provider = pushedStream()
  for (let index = 0; index < 10; index++) provider.push(delta(`${index}`))
  upstream.calls[0]!.answer(provider.reply)
  await Promise.all([leader.reply, follower.reply])
  await rest()
  expect(provider.pulls).toBe(0)
  for (let index = 0; index < 7; index++) await streamed(await follower.reply).pull()
  await rest()
  expect(provider.pulls).toBe(7)
  expect(await streamed(await leader.reply).pull()).toEqual([delta('0')])
  expect(provider.pulls).toBe(7)
})

test('a stream goes on while a reader remains, and is cancelled at once when the last one leaves', async () => {
  const { ask, upstream, clock } = setUp()
  const asked = [ask(stream), ask(stream), ask(stream)]
  await rest()
  const provider = pushedStream()
  provider.push(sse[0]!, delta('a'))
  upstream.calls[0]!.answer(provider.reply)
  const [leader, one, two] = (await Promise.all(asked.map(({ reply }) => reply))).map(streamed)
  await one!.pull()
  await leader!.cancel()
  await one!.cancel()
  expect(provider.cancelled).toBeUndefined()
  await two!.pull()
  const waiting = two!.pull()
  await two!.cancel()
  expect(provider.cancelled).toMatchObject({ code: 'cancelled' })
  expect(await failureOf(waiting)).toMatchObject({ code: 'cancelled' })
  expect(clock.pending).toBe(0)
  ask(stream)
  await rest()
  expect(upstream.calls).toHaveLength(2)
})

test('the signal of each reader ends that reader only', async () => {
  const { ask, upstream, clock } = setUp()
  const callers = [new AbortController(), new AbortController()]
  const asked = callers.map(({ signal }) => ask({ ...stream, signal }))
  await rest()
  const provider = pushedStream()
  provider.push(sse[0]!, delta('a'))
  upstream.calls[0]!.answer(provider.reply)
  const [leader, follower] = (await Promise.all(asked.map(({ reply }) => reply))).map(streamed)
  await leader!.pull()
  const waiting = leader!.pull()
  callers[0]!.abort()
  expect(await failureOf(waiting)).toMatchObject({ code: 'cancelled' })
  expect([provider.cancelled, upstream.calls[0]!.aborted]).toEqual([undefined, false])
  provider.push(...sse.slice(2))
  provider.end()
  expect((await drain(follower!)).at(-1)).toEqual({ type: 'message-end' })
  expect(clock.pending).toBe(0)
})

test('a reader who leaves after the answer is complete has completed; what was not read to its end is not kept', async () => {
  const store = countedStore()
  for (const control of [{}, { refresh: true }]) {
    const { ask, upstream } = setUp({ store })
    const { reply } = ask({ ...stream, cache: control })
    await rest()
    const provider = pushedStream()
    provider.push(...sse.slice(0, 4))
    upstream.calls[0]!.answer(provider.reply)
    const outcomes: string[] = []
    const leader = streamed(await reply).onSettled(({ status }) => void outcomes.push(status))
    await leader.pull()
    await leader.cancel()
    expect(outcomes).toEqual(['completed'])
    expect(store.sets).toBe(0)
  }
})

test('a stream that fails midway fails for all of its readers, each with an error of its own', async () => {
  const { ask, upstream } = setUp()
  const asked = [ask(stream), ask(stream)]
  await rest()
  const provider = pushedStream()
  provider.push(sse[0]!, delta('a'))
  upstream.calls[0]!.answer(provider.reply)
  const replies = (await Promise.all(asked.map(({ reply }) => reply))).map(streamed)
  provider.fail(new GatewayError('provider_unavailable', 'broke off'))
  const errors = await Promise.all(replies.map((reply) => failureOf(drain(reply))))
  expect(errors).toMatchObject([{ code: 'provider_unavailable' }, { code: 'provider_unavailable' }])
  expect(errors[0]).not.toBe(errors[1])
})

test('events that make no answer are not kept, and reach their readers all the same', async () => {
  const store = countedStore()
  const { ask, upstream, clock } = setUp({ store })
  const asked = [ask(stream), ask(stream)]
  await rest()
  const provider = pushedStream()
  const odd: ChatEvent[] = [
    delta('a'),
    { type: 'tool-call-delta', choice: 0, part: 1, arguments: '{}' },
    ...sse.slice(-3),
  ]
  provider.push(...odd)
  provider.end()
  upstream.calls[0]!.answer(provider.reply)
  for (const { reply } of asked) expect(await drain(await reply)).toEqual(odd)
  expect(store.sets).toBe(0)
  expect(clock.pending).toBe(0)
})

test('a whole call that shared a stream which fails midway asks anew', async () => {
  const { ask, upstream } = setUp()
  const asked = [ask(stream), ask(), ask()]
  await rest()
  const provider = pushedStream()
  provider.push(sse[0]!, delta('a'))
  upstream.calls[0]!.answer(provider.reply)
  await rest()
  provider.fail(new GatewayError('provider_unavailable', 'broke off'))
  await rest()
  expect(upstream.calls).toHaveLength(2)
  expect(upstream.calls[1]!.call.request.stream).toBeUndefined()
  upstream.calls[1]!.answer(whole())
  expect(responseOf(await asked[1]!.reply)).toEqual(answer())
  expect(responseOf(await asked[2]!.reply)).toEqual(answer())
  expect(await failureOf(drain(await asked[0]!.reply))).toMatchObject({ code: 'provider_unavailable' })
})

test('a whole call drives a stream that its leader does not read, and has its own deadline', async () => {
  const { ask, upstream, clock } = setUp()
  const [, follower, hasty] = [ask(stream), ask(), ask({ time: 100 })]
  await rest()
  const provider = pushedStream()
  provider.push(...sse.slice(0, 2))
  upstream.calls[0]!.answer(provider.reply)
  await clock.advance(100)
  expect(await failureOf(hasty.reply)).toMatchObject({ code: 'timed_out' })
  provider.push(...sse.slice(2))
  provider.end()
  expect(responseOf(await follower.reply)).toEqual(answer('abc'))
})

test('beyond the limit of an entry nobody joins, and nothing is kept; those who read go on', async () => {
  const store = countedStore()
  const { ask, upstream } = setUp({ store, maxEntryBytes: 400 })
  const leader = ask(stream)
  await rest()
  const provider = pushedStream()
  const long = [sse[0]!, delta('x'.repeat(150)), delta('y'.repeat(150)), ...sse.slice(2)]
  for (const event of long) provider.push(event)
  provider.end()
  upstream.calls[0]!.answer(provider.reply)
  const reply = streamed(await leader.reply)
  await reply.pull()
  await reply.pull()
  const follower = streamed(await ask(stream).reply)
  expect(await reply.pull()).toHaveLength(1)
  ask(stream)
  await rest()
  expect(upstream.calls).toHaveLength(2)
  expect(await drain(follower)).toEqual(long)
  expect(await drain(reply)).toEqual(long.slice(3))
  expect(store.sets).toBe(0)
})

test('beyond the limit the fastest reader waits when the slowest lags by as much, and loses nothing', async () => {
  const { ask, upstream, clock } = setUp({ maxEntryBytes: 1000 })
  const asked = [ask(stream), ask(stream)]
  await rest()
  const provider = pushedStream()
  const deltas = Array.from({ length: 50 }, (_, index) => delta(`${index}`.padStart(40, '.')))
  for (const event of deltas) provider.push(event)
  provider.end()
  upstream.calls[0]!.answer(provider.reply)
  const [slow, fast] = (await Promise.all(asked.map(({ reply }) => reply))).map(streamed)
  const read = drain(fast!)
  await rest()
  // Each delta is 80 bytes of text and 24 beside: the tenth goes over the limit.
  expect(provider.pulls).toBe(10)
  await slow!.pull()
  await slow!.pull()
  await rest()
  expect(provider.pulls).toBe(12)
  expect(await drain(slow!)).toEqual(deltas.slice(2))
  expect(await read).toEqual(deltas)
  expect(clock.pending).toBe(0)
})

test('a stream that nobody reads settles, and lets the others go on', async () => {
  const { ask, upstream, clock } = setUp({ maxEntryBytes: 200 })
  const asked = [ask(stream), ask(stream)]
  await rest()
  const provider = pushedStream()
  for (let index = 0; index < 20; index++) provider.push(delta('x'.repeat(40)))
  provider.end()
  upstream.calls[0]!.answer(provider.reply)
  const [forgotten, read] = (await Promise.all(asked.map(({ reply }) => reply))).map(streamed)
  const outcomes: unknown[] = []
  forgotten!.onSettled(({ status }) => void outcomes.push(status))
  const all = drain(read!)
  await clock.advance(59_999)
  expect(outcomes).toEqual([])
  await clock.advance(1)
  expect(outcomes).toEqual(['cancelled'])
  expect(await all).toHaveLength(20)
  expect(await failureOf(drain(forgotten!))).toMatchObject({ code: 'cancelled' })
  expect(clock.pending).toBe(0)
})

test('each of a flight settles once, whatever its callers do', async () => {
  const moves = fc.array(fc.tuple(fc.nat(4), fc.constantFrom('pull', 'cancel', 'abort', 'push', 'join')), {
    maxLength: 25,
  })
  await fc.assert(
    fc.asyncProperty(moves, fc.constantFrom('end', 'fail'), async (moves, ending) => {
      const { ask, upstream, clock } = setUp({ maxEntryBytes: 300 })
      const callers: AbortController[] = []
      const replies: Promise<Reply>[] = []
      const settled: number[] = []
      const join = (): void => {
        const caller = new AbortController()
        const index = callers.push(caller) - 1
        const reply = ask({ ...stream, signal: caller.signal }).reply
        replies.push(reply)
        settled[index] = 0
        reply.then(
          (reply) => streamed(reply).onSettled(() => void settled[index]!++),
          () => settled[index]!++,
        )
      }
      const providers: Pushed[] = []
      const serve = (): void => {
        while (providers.length < upstream.calls.length) {
          const provider = pushedStream()
          provider.push(sse[0]!, delta('a'))
          upstream.calls[providers.length]!.answer(provider.reply)
          providers.push(provider)
        }
      }
      join()
      join()
      for (const [index, move] of moves) {
        await rest()
        serve()
        const reply = replies[index % replies.length]!
        if (move === 'join') join()
        if (move === 'abort') callers[index % callers.length]!.abort()
        if (move === 'push') for (const provider of providers) provider.push(delta('x'.repeat(30)))
        if (move === 'pull') void reply.then((reply) => streamed(reply).pull()).catch(() => {})
        if (move === 'cancel') void reply.then((reply) => streamed(reply).cancel()).catch(() => {})
      }
      await rest()
      serve()
      await rest()
      for (const provider of providers) {
        if (ending === 'end') {
          for (const event of sse.slice(2)) provider.push(event)
          provider.end()
        } else provider.fail(new GatewayError('provider_unavailable', 'broke off'))
      }
      await Promise.allSettled(replies.map((reply) => reply.then(drain)))
      await rest()
      expect(settled).toEqual(replies.map(() => 1))
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 100 },
  )
})

test('no listener is left behind on a signal, however a call ends', async () => {
  for (const kind of [{}, stream]) {
    for (const ending of ['answer', 'fail', 'cancel'] as const) {
      const { ask, upstream, clock } = setUp()
      let listeners = 0
      const signals = [0, 1, 2].map(() => {
        const { signal } = new AbortController()
        return Object.assign(signal, {
          addEventListener: () => void listeners++,
          removeEventListener: () => void listeners--,
        })
      })
      const asked = signals.map((signal) => ask({ ...kind, signal }))
      await rest()
      expect(listeners).toBe(3)
      if (ending === 'fail') upstream.calls[0]!.fail(new GatewayError('provider_unavailable', 'down'))
      else upstream.calls[0]!.answer(kind === stream ? streamOf().reply : whole())
      for (const { reply } of asked) {
        const [served] = await Promise.allSettled([reply])
        if (served.status === 'rejected' || served.value.kind === 'whole') continue
        await (ending === 'cancel' ? served.value.cancel() : drain(served.value))
      }
      await rest()
      expect([listeners, clock.pending]).toEqual([0, 0])
    }
  }
})

test('a flight in the middle of its look at a slow store serves all who joined it', async () => {
  let give = (_: string | undefined): void => {}
  const store = { ...countedStore(), get: () => new Promise<string | undefined>((resolve) => (give = resolve)) }
  const { ask, upstream } = setUp({ store })
  const caller = new AbortController()
  const [leader, follower] = [ask({ signal: caller.signal }), ask()]
  await rest()
  caller.abort()
  expect(await failureOf(leader.reply)).toMatchObject({ code: 'cancelled' })
  give(undefined)
  await rest()
  upstream.calls[0]!.answer(whole())
  expect(responseOf(await follower.reply)).toEqual(answer())
})

test('the signal and the deadline that a whole call without a signal is served with are its own', async () => {
  const { ask, upstream } = setUp()
  const { call } = ask()
  expect(upstream.calls[0]!.call).toBe(call)
})

test('where requests are isolated and nothing keeps them alive, each flies alone, and is cached all the same', async () => {
  const { ask, upstream } = setUp({}, handClock({ isolated: true }))
  const asked = [ask(), ask()]
  await rest()
  expect(upstream.calls).toHaveLength(2)
  for (const { answer } of upstream.calls) answer(whole())
  await Promise.all(asked.map(({ reply }) => reply))
  expect(responseOf(await ask().reply)).toEqual(answer())
  expect(upstream.calls).toHaveLength(2)
})

test("where requests are isolated, all upstream work is done in the leader's own context, kept alive to its end", async () => {
  const context = new AsyncLocalStorage<string>()
  const kept: { readonly in: string | undefined; done: boolean }[] = []
  const waitUntil = (work: Promise<unknown>): void => {
    const entry = { in: context.getStore(), done: false }
    kept.push(entry)
    void work.then(() => (entry.done = true))
  }
  for (const leaving of ['nobody', 'leader', 'all'] as const) {
    kept.length = 0
    const { ask, upstream, slot } = setUp({ maxEntryBytes: 300 }, handClock({ isolated: true, waitUntil }))
    const where: (string | undefined)[] = []
    const provider = pushedStream()
    const source = provider.reply
    const pull = source.pull.bind(source)
    const cancel = source.cancel.bind(source)
    source.pull = () => {
      where.push(context.getStore())
      return pull()
    }
    source.cancel = (reason) => {
      where.push(context.getStore())
      return cancel(reason)
    }
    const leader = context.run('leader', () => ask(stream))
    const follower = context.run('follower', () => ask(stream))
    await rest()
    upstream.calls[0]!.answer(source)
    const one = streamed(await leader.reply)
    const two = streamed(await follower.reply)
    if (leaving !== 'nobody') await context.run('leader', () => one.cancel())
    provider.push(sse[0]!, delta('a'))
    await context.run('follower', () => two.pull())
    if (leaving === 'all') await context.run('follower', () => two.cancel())
    for (let index = 0; index < 9; index++) provider.push(delta('x'.repeat(40)))
    provider.push(...sse.slice(2))
    provider.end()
    await rest()
    const read = await Promise.all([
      leaving === 'nobody' ? context.run('leader', () => drain(one)) : [],
      leaving === 'all' ? [] : context.run('follower', () => drain(two)),
    ])
    expect(read.map(({ length }) => length)).toEqual([leaving === 'nobody' ? 15 : 0, leaving === 'all' ? 0 : 13])
    await slot.flush()
    await rest()
    expect(new Set(where)).toEqual(new Set(['leader']))
    expect(kept.length).toBeGreaterThan(0)
    expect(kept.every((work) => work.in === 'leader' && work.done)).toBe(true)
    expect(provider.cancelled !== undefined).toBe(leaving === 'all')
  }
})

test("where requests are isolated, the last of the others to leave has the leader's context end the work", async () => {
  const context = new AsyncLocalStorage<string>()
  const { ask, upstream } = setUp({}, handClock({ isolated: true, waitUntil: () => {} }))
  const callers = [new AbortController(), new AbortController()]
  const leader = context.run('leader', () => ask({ signal: callers[0]!.signal }))
  const follower = context.run('follower', () => ask({ signal: callers[1]!.signal }))
  await rest()
  let where: string | undefined
  upstream.calls[0]!.call.signal?.addEventListener('abort', () => {
    where = context.getStore()
  })
  context.run('leader', () => callers[0]!.abort())
  context.run('follower', () => callers[1]!.abort())
  await failureOf(leader.reply)
  await failureOf(follower.reply)
  await rest()
  expect([upstream.calls[0]!.aborted, where]).toEqual([true, 'leader'])
})
