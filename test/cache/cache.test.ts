import { expect, test } from 'vitest'
import { cache } from '../../src/cache/cache.ts'
import type { CacheOptions } from '../../src/cache/options.ts'
import type { CallOptions, Condition } from '../../src/call.ts'
import { GatewayError } from '../../src/errors.ts'
import type { Next } from '../../src/middleware.ts'
import { type ChatEvent, chat, fold } from '../../src/operations/chat/index.ts'
import type { Reply } from '../../src/reply.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import {
  answer,
  ask,
  type CallParts,
  callOf,
  countedStore,
  delta,
  drain,
  failureOf,
  handClock,
  type NotedCall,
  pushedStream,
  responseOf,
  rest,
  statuses,
  streamed,
  streamOf,
  whole,
} from './harness.ts'

/** A cache before an upstream that answers at once, by the text of the request, and counts. */
function setUp(
  options: CacheOptions = {},
  respond: (call: NotedCall) => Reply = (call) => (call.request.stream ? streamOf().reply : whole()),
) {
  const clock = handClock()
  const slot = cache(options)
  const state = { asked: 0 }
  const next: Next = async (call) => {
    state.asked++
    return respond(call as NotedCall)
  }
  return {
    clock,
    slot,
    state,
    ask: async (parts: CallParts = {}) => {
      const call = callOf(clock, parts)
      return { call, reply: await slot.call(call, next) }
    },
  }
}

test('an answer that is not good enough for the condition of a call is not served to it, from an entry or a flight', async () => {
  const wanting = (text: string): Condition => {
    return ({ response }) => JSON.stringify(response).includes(text)
  }
  for (const store of [memoryStore(), countedStore()]) {
    let version = 0
    const { ask, state } = setUp({ store }, () => whole(answer(`answer ${++version}`), { deployment: {} as never }))
    const askFor = async (retryWhen: Condition, control: CallOptions['cache'] = {}) => {
      const { call, reply } = await ask({ options: { retryWhen }, cache: control })
      return [(responseOf(reply).choices[0]!.content[0] as { text: string }).text, statuses(call).at(-1)]
    }
    expect(await askFor(wanting('error'))).toEqual(['answer 1', 'miss'])
    expect(await askFor(wanting('nothing'))).toEqual(['answer 1', 'hit'])
    expect(await askFor(() => Promise.reject(new Error('a condition that fails')))).toEqual(['answer 1', 'hit'])
    expect(await askFor(wanting('answer 1'), { noStore: true })).toEqual(['answer 2', 'miss'])
    expect(await askFor(wanting('answer 1'))).toEqual(['answer 3', 'miss'])
    expect(await Promise.all([askFor(wanting('nothing')), askFor(wanting('answer 3'))])).toEqual([
      ['answer 3', 'hit'],
      ['answer 4', 'miss'],
    ])
    // What a condition of a call's own lets pass may be no good for those that have none.
    expect(statuses((await ask()).call)).toEqual(['miss'])
    expect(state.asked).toBe(5)
  }
  let version = 0
  const { ask, state } = setUp({ ttl: 0 }, () => whole(answer(`answer ${++version}`), { deployment: {} as never }))
  const [one, other] = await Promise.all([
    ask({ options: { retryWhen: wanting('nothing') } }),
    ask({ options: { retryWhen: wanting('answer 1') } }),
  ])
  expect([responseOf(one.reply), responseOf(other.reply)]).toEqual([answer('answer 1'), answer('answer 2')])
  expect([statuses(one.call), statuses(other.call)]).toEqual([['miss'], ['shared', 'miss']])
  expect(state.asked).toBe(2)
})

test('the second of two equal calls is answered from the cache, with its age, its usage and what it saved', async () => {
  const { clock, state, ask } = setUp()
  const first = await ask()
  await clock.advance(1500)
  const second = await ask()
  expect(state.asked).toBe(1)
  expect(statuses(first.call)).toEqual(['miss'])
  expect(second.call.notes).toEqual([{ type: 'cache', status: 'hit', age: 1500, saved: 4200 }])
  expect(second.reply).toEqual({
    kind: 'whole',
    response: answer(),
    charge: { usage: answer().usage, cost: { total: 0 }, estimated: false, uncertain: false },
  })
})

test.each([
  ['a stream from a whole reply', {}, { stream: true }],
  ['a whole reply from a stream', { stream: true }, {}],
  ['a stream from a stream', { stream: true }, { stream: true }],
])('answers %s', async (_, first, second) => {
  const { state, ask } = setUp()
  const one = await ask({ request: first })
  if (one.reply.kind === 'stream') await drain(one.reply)
  const { reply, call } = await ask({ request: second })
  expect(state.asked).toBe(1)
  expect(call.notes).toMatchObject([{ status: 'hit', saved: 4200 }])
  if (reply.kind === 'whole') return expect(reply.response).toEqual(answer())
  const events = await drain(reply)
  const folding = fold()
  for (const event of events) folding.add(event)
  expect(folding.result()).toEqual(answer())
  expect(events.at(-1)).toEqual({ type: 'message-end' })
})

test('an entry is served until its time is over, and then no more', async () => {
  const { clock, state, ask } = setUp({ ttl: '10s' })
  await ask()
  await clock.advance(9999)
  await ask()
  expect(state.asked).toBe(1)
  await clock.advance(1)
  await ask()
  expect(state.asked).toBe(2)
})

test('a call says how long its answer may be served', async () => {
  const { clock, state, ask } = setUp()
  await ask({ cache: { ttl: '1s' } })
  await clock.advance(1000)
  await ask()
  expect(state.asked).toBe(2)
  await ask({ request: { seed: 1 }, cache: { ttl: 0 } })
  await ask({ request: { seed: 1 } })
  expect(state.asked).toBe(4)
  expect(await failureOf(ask({ cache: { ttl: 'soon' as '1s' } }))).toMatchObject({
    message: expect.stringContaining('cache.ttl'),
  })
})

test('an answer that may be served for ever is, from any store', async () => {
  for (const store of [memoryStore(), countedStore()]) {
    const { ask, clock } = setUp({ store, ttl: Number.POSITIVE_INFINITY })
    await ask()
    await clock.advance(10 * 365 * 86_400_000)
    expect(statuses((await ask()).call)).toEqual(['hit'])
  }
})

test('skip neither looks nor stores, and says so', async () => {
  for (const control of [false, { skip: true }, { refresh: true, noStore: true }] as const) {
    const store = countedStore()
    const { state, ask } = setUp({ store })
    const { call } = await ask({ cache: control })
    await ask({ cache: control })
    expect([state.asked, store.gets, store.sets]).toEqual([2, 0, 0])
    expect(statuses(call)).toEqual(['skip'])
  }
})

test('events that make no answer reach the reader of a refreshed stream all the same, and are not kept', async () => {
  const odd: ChatEvent[] = [
    delta('a'),
    { type: 'tool-call-delta', choice: 0, part: 1, arguments: '{}' },
    { type: 'finish', choice: 0, finishReason: 'stop' },
  ]
  const store = countedStore()
  const { ask } = setUp({ store }, () => {
    const provider = pushedStream()
    provider.push(...odd)
    provider.end()
    return provider.reply
  })
  const { reply } = await ask({ request: { stream: true }, cache: { refresh: true } })
  expect(await drain(reply)).toEqual(odd)
  expect(store.sets).toBe(0)
})

test('refresh does not look, but stores: whole or streamed', async () => {
  for (const stream of [false, true]) {
    let version = 0
    const { ask } = setUp({}, (call) => {
      const response = answer(`answer ${++version}`)
      return call.request.stream ? streamOf(response).reply : whole(response)
    })
    await ask()
    const { call, reply } = await ask({ request: { stream }, cache: { refresh: true } })
    expect(statuses(call)).toEqual(['refresh'])
    if (reply.kind === 'stream') await drain(reply)
    expect(responseOf((await ask()).reply)).toEqual(answer('answer 2'))
  }
})

test('no-store looks, but does not store, and leaves the bytes of a stream to pass', async () => {
  let seen: string | undefined
  const { state, ask } = setUp({}, ({ wire }) => {
    seen = wire
    return whole()
  })
  await ask({ cache: { noStore: true }, request: { stream: true }, wire: 'openai-chat' })
  expect(seen).toBe('openai-chat')
  await ask()
  expect(state.asked).toBe(2)
  expect(statuses((await ask({ cache: { noStore: true } })).call)).toEqual(['hit'])
})

test('a stream that will be kept is asked for as events; a whole reply may keep its text', async () => {
  const seen: unknown[] = []
  const { ask } = setUp({}, ({ wire, request }) => {
    seen.push([request.stream, wire])
    return request.stream ? streamOf().reply : whole(answer(), { wire: { dialect: 'openai-chat', text: '{}' } })
  })
  const { reply } = await ask({ wire: 'openai-chat' })
  expect(reply).toHaveProperty('wire.text', '{}')
  await ask({ wire: 'openai-chat', request: { stream: true, seed: 1 } })
  await ask({ wire: 'openai-chat', request: { stream: true, seed: 2 }, cache: { refresh: true } })
  expect(seen).toEqual([
    [undefined, 'openai-chat'],
    [true, undefined],
    [true, undefined],
  ])
})

test('what cannot be cached goes around: state at the provider, hosted tools', async () => {
  const { state, ask } = setUp()
  for (const request of [{ store: true }, { tools: [{ type: 'hosted', dialect: 'gemini', value: {} }] as const }]) {
    await ask({ request })
    expect(statuses((await ask({ request })).call)).toEqual(['bypass'])
  }
  expect(state.asked).toBe(4)
})

test.each(['length', 'content-filter', 'error', 'other'] as const)(
  'an answer that ended with %s is never stored',
  async (finishReason) => {
    for (const stream of [false, true]) {
      const response = answer('half', { choices: [{ ...answer().choices[0]!, finishReason }] })
      const store = countedStore()
      const { ask } = setUp({ store }, (call) => (call.request.stream ? streamOf(response).reply : whole(response)))
      const { reply } = await ask({ request: { stream } })
      if (reply.kind === 'stream') await drain(reply)
      expect(store.sets).toBe(0)
    }
  },
)

test('neither a failure nor a stream that its reader left is stored', async () => {
  const store = countedStore()
  const { state, slot, ask } = setUp({ store }, (call) => {
    if (!call.request.stream) throw new GatewayError('provider_unavailable', 'down')
    return streamOf().reply
  })
  await failureOf(ask())
  const { reply } = await ask({ request: { stream: true } })
  await streamed(reply).pull()
  await streamed(reply).cancel()
  await slot.flush()
  expect([state.asked, store.sets]).toEqual([2, 0])
})

test('an answer of a fallback is not stored, unless that was asked for', async () => {
  for (const stream of [false, true]) {
    for (const storeFallbacks of [false, true]) {
      for (const control of [{}, { refresh: true }]) {
        const store = countedStore()
        const { ask } = setUp({ store, storeFallbacks }, (call) => {
          if (!call.request.stream) return whole(answer(), { substitute: true })
          const { reply } = streamOf()
          reply.substitute = true
          return reply
        })
        const { reply } = await ask({ request: { stream }, cache: control })
        if (reply.kind === 'stream') await drain(reply)
        expect(reply.substitute).toBe(true)
        expect(store.sets).toBe(storeFallbacks ? 1 : 0)
      }
    }
  }
})

test('an answer that nobody is to keep is not kept here either, unless that was asked for', async () => {
  for (const stream of [false, true]) {
    for (const storeZeroRetention of [false, true]) {
      const store = countedStore()
      const { ask, state } = setUp({ store, storeZeroRetention })
      for (const _ of [1, 2]) {
        const { call, reply } = await ask({ request: { stream }, options: { prefer: { zeroRetention: true } } })
        if (reply.kind === 'stream') await drain(reply)
        if (!storeZeroRetention) expect(statuses(call)).toEqual(['bypass'])
      }
      expect([state.asked, store.gets, store.sets]).toEqual(storeZeroRetention ? [1, 2, 1] : [2, 0, 0])
    }
  }
})

test('an answer beyond the limit is not stored', async () => {
  for (const stream of [false, true]) {
    const store = countedStore()
    const long = answer('x'.repeat(1000))
    const { ask } = setUp({ store, maxEntryBytes: 2000 }, (call) =>
      call.request.stream ? streamOf(long).reply : whole(long),
    )
    const { reply } = await ask({ request: { stream } })
    if (reply.kind === 'stream') expect(await drain(reply)).toHaveLength(6)
    expect(store.sets).toBe(0)
  }
})

test('one look before the call and one write after it, not awaited by the caller', async () => {
  const clock = handClock()
  const store = { ...countedStore(), set: () => new Promise<void>(() => {}) }
  const slot = cache({ store })
  const call = callOf(clock)
  expect(responseOf(await slot.call(call, async () => whole()))).toEqual(answer())
  const flushed = slot.flush()
  await clock.advance(60_000)
  await flushed
})

test('flush waits for writes, and so does the runtime where it can', async () => {
  const kept: Promise<unknown>[] = []
  const clock = handClock({ waitUntil: (work) => kept.push(work) })
  let finish = (): void => {}
  const slot = cache({ store: { ...countedStore(), set: () => new Promise<void>((resolve) => (finish = resolve)) } })
  await slot.call(callOf(clock), async () => whole())
  expect(kept).toHaveLength(1)
  let flushed = false
  const flushing = slot.flush().then(() => (flushed = true))
  await rest()
  expect(flushed).toBe(false)
  finish()
  await flushing
  expect(clock.pending).toBe(0)
})

test('a slow store is a miss after its time, with a warning, and the call goes on', async () => {
  const clock = handClock()
  const slot = cache({ store: { ...countedStore(), get: () => new Promise<string>(() => {}) } })
  const call = callOf(clock)
  const pending = slot.call(call, async () => whole())
  await clock.advance(49)
  expect(statuses(call)).toEqual([])
  await clock.advance(1)
  expect(responseOf(await pending)).toEqual(answer())
  expect(call.notes).toEqual([
    { type: 'warning', message: expect.stringContaining('50 ms') },
    { type: 'cache', status: 'miss' },
  ])
})

test('a store that fails is a miss, however it fails', async () => {
  const boom = (): never => {
    throw new Error('boom')
  }
  const later = async (): Promise<never> => boom()
  for (const fault of [boom, later]) {
    const clock = handClock()
    const slot = cache({ store: { get: fault, set: fault, delete: fault } })
    for (const control of [{}, { noStore: true }]) {
      const call = callOf(clock, { cache: control })
      expect(responseOf(await slot.call(call, async () => whole()))).toEqual(answer())
      expect(call.notes[0]).toMatchObject({ type: 'warning', message: expect.stringContaining('failed') })
    }
    await slot.flush()
    expect(clock.pending).toBe(0)
  }
})

test('a corrupt entry is a miss, and replaced', async () => {
  const good = JSON.stringify({ v: 1, storedAt: 1_000_000, ttl: 60_000, response: answer() })
  const corrupt = [
    '',
    '{',
    'null',
    '7',
    '[]',
    '{"v":1}',
    good.slice(0, -5),
    good.replace('"v":1', '"v":2'),
    good.replace('"ttl":60000', '"ttl":"x"'),
    good.replace('"storedAt":1000000', '"storedAt":null').replace('"ttl":60000', '"ttl":1'),
    good.replace('"choices":[', '"choices":[null,'),
    JSON.stringify({ v: 1, storedAt: 1_000_000, ttl: 60_000, response: {} }),
    JSON.stringify({ v: 1, storedAt: 1_000_000, ttl: 60_000, response: null }),
    new Uint8Array(3) as unknown as string,
  ]
  for (const text of [...corrupt, good]) {
    for (const stream of [false, true]) {
      const store = countedStore()
      const { state, ask } = setUp({ store: { ...store, get: () => text } })
      const { reply } = await ask({ request: { stream } })
      if (reply.kind === 'stream') await drain(reply)
      expect([text, state.asked]).toEqual([text, text === good ? 0 : 1])
      expect(store.entries.size).toBe(state.asked)
    }
  }
})

test("one mutable object handed to every caller: what a caller gets is nobody else's", async () => {
  const { ask } = setUp()
  const spoil = ({ reply }: { reply: Reply }): void => {
    const [choice] = responseOf(reply).choices
    ;(choice as { content: unknown }).content = 'spoilt'
    ;(responseOf(reply).usage as { inputTokens: number }).inputTokens = 999
  }
  spoil(await ask())
  spoil(await ask())
  expect(responseOf((await ask()).reply)).toEqual(answer())
})

test('what a reader changes of the events of a stream is not in what is kept of them', async () => {
  for (const control of [{}, { refresh: true }]) {
    const { ask } = setUp()
    const { reply } = await ask({ request: { stream: true }, cache: control })
    for (let batch = await streamed(reply).pull(); batch; batch = await streamed(reply).pull()) {
      for (const event of batch as ChatEvent[]) {
        if (event.type === 'usage') Object.assign(event.usage, { inputTokens: 666 })
      }
    }
    expect(responseOf((await ask()).reply)).toEqual(answer())
  }
})

test("one tenant does not read another's answer: by team, or else user, or else key", async () => {
  const { state, ask } = setUp()
  const principals = [
    { team: 'a' },
    { team: 'b' },
    { user: 'a' },
    { key: 'a' },
    { team: 'a', user: 'x' },
    { user: 'a', key: 'k' },
    { team: undefined, user: 'b' },
    { team: null as unknown as undefined, user: 'c' },
  ]
  for (const principal of principals) await ask({ principal })
  // The fifth and the sixth share with the first and the third.
  expect(state.asked).toBe(6)
})

test('calls without a principal share among themselves where nobody has one', async () => {
  const { state, ask } = setUp()
  await ask()
  await ask({ principal: { session: 's', tags: ['t'], promptId: 'p' } })
  expect(state.asked).toBe(1)
  await ask({ principal: { tenant: 'x' } })
  await ask({ principal: { tenant: 'y' } })
  expect(state.asked).toBe(3)
})

test('calls without a principal go around the cache where somebody has one, with one warning', async () => {
  const { state, ask } = setUp()
  await ask()
  await ask({ principal: { team: 'a' }, cache: false })
  const calls = [await ask(), await ask()].map(({ call }) => call)
  expect(state.asked).toBe(4)
  expect(calls.map(statuses)).toEqual([['bypass'], ['bypass']])
  expect(calls.map(({ notes }) => notes.filter(({ type }) => type === 'warning').length)).toEqual([1, 0])
})

test('sharing among all is asked for by name; a function may say who shares', async () => {
  const shared = setUp({ scope: 'shared' })
  await shared.ask({ principal: { team: 'a' } })
  await shared.ask({ principal: { team: 'b' } })
  await shared.ask()
  expect(shared.state.asked).toBe(1)

  const byTenant = setUp({ scope: ({ tenant }) => tenant as string | undefined })
  await byTenant.ask({ principal: { team: 'a', tenant: 'x' } })
  await byTenant.ask({ principal: { team: 'b', tenant: 'x' } })
  expect(byTenant.state.asked).toBe(1)
  expect(statuses((await byTenant.ask({ principal: { team: 'b' } })).call)).toEqual(['bypass'])
})

test('those for whom a function names nobody, or gives no text, do not share for that', async () => {
  const byTenant = setUp({ scope: ({ tenant }) => tenant as string })
  for (const user of ['a', 'b']) {
    expect(statuses((await byTenant.ask({ principal: { user, tenant: null } })).call)).toEqual(['bypass'])
    const asked = byTenant.ask({ principal: { user, tenant: Promise.resolve(user) } })
    expect(await failureOf(asked)).toMatchObject({ code: 'invalid_configuration' })
  }
})

test('two caches of two namespaces keep apart in one store', async () => {
  const store = countedStore()
  for (const namespace of ['blue', 'green']) {
    const { state, ask } = setUp({ store, namespace })
    await ask()
    expect(state.asked).toBe(1)
  }
  expect(store.entries.size).toBe(2)
})

test("cache keys that leave out the system prompt, tools or max tokens give one caller another's answer: here each asks", async () => {
  const { state, ask: call } = setUp()
  const requests = [
    {},
    {
      messages: [{ role: 'system' as const, content: [{ type: 'text' as const, text: 'A secret.' }] }, ...ask('Hello')],
    },
    { tools: [{ type: 'function' as const, name: 'f' }] },
    { maxOutputTokens: 9999 },
    { output: { type: 'json' as const } },
    { topP: 0.1 },
  ]
  for (const request of requests) await call({ request })
  expect(state.asked).toBe(requests.length)
})

test('property order does not change the key', async () => {
  const { state, ask } = setUp()
  const tool = { type: 'function', name: 'f' } as const
  await ask({ request: { tools: [{ ...tool, parameters: { type: 'object', properties: { a: {}, b: {} } } }] } })
  await ask({ request: { tools: [{ parameters: { properties: { b: {}, a: {} }, type: 'object' }, ...tool }] } })
  expect(state.asked).toBe(1)
})

test('errors are not cached and replayed as hits', async () => {
  let down = true
  const { ask } = setUp({}, () => {
    if (down) throw new GatewayError('provider_unavailable', 'down')
    return whole()
  })
  await failureOf(ask())
  down = false
  const { call } = await ask()
  expect(statuses(call)).toEqual(['miss'])
})

test('a digest that fails is no failure of the call', async () => {
  const clock = handClock({
    digest: async () => {
      throw new Error('crypto.subtle is undefined')
    },
  })
  const call = callOf(clock)
  expect(responseOf(await cache().call(call, async () => whole()))).toEqual(answer())
  expect(statuses(call)).toEqual(['bypass'])
})

test('a digest that answers with a promise serves as well', async () => {
  const { digest } = handClock().runtime
  const clock = handClock({ digest: async (text) => digest(text) })
  const slot = cache()
  let asked = 0
  for (let round = 0; round < 2; round++) {
    await slot.call(callOf(clock), async () => {
      asked++
      return whole()
    })
  }
  expect(asked).toBe(1)
})

test.each([
  [{ tll: '5m' }, /cache\.tll is no option of cache\. Did you mean ttl\?/],
  [{ maxEntrySize: 5 }, /Did you mean maxEntryBytes\?/],
  [{ ttl: 'soon' }, /cache\.ttl is "soon"/],
  [{ timeout: -1 }, /cache\.timeout/],
  [{ maxEntryBytes: 0 }, /cache\.maxEntryBytes is 0/],
  [{ maxEntryBytes: '1MB' }, /cache\.maxEntryBytes is 1MB/],
  [{ maxEntryBytes: '1000' }, /cache\.maxEntryBytes/],
  [{ store: {} }, /cache\.store has no get/],
  [{ store: null }, /cache\.store/],
  [{ scope: 'team' }, /cache\.scope is "team"/],
  [{ storeFallbacks: 'yes' }, /cache\.storeFallbacks/],
  [{ storeZeroRetention: 1 }, /cache\.storeZeroRetention/],
  [{ namespace: 2 }, /cache\.namespace/],
])('refuses %j, and says what to write', (options, message) => {
  let thrown: unknown
  try {
    cache(options as unknown as CacheOptions)
  } catch (error) {
    thrown = error
  }
  expect(thrown).toMatchObject({ code: 'invalid_configuration', message: expect.stringMatching(message) })
})

test('replay of an entry says an answer with everything in it', async () => {
  const rich = answer('', {
    created: 5,
    serviceTier: 'flex',
    choices: [
      {
        index: 0,
        content: [
          { type: 'reasoning', text: 'So.', signature: { origin: 'x', value: 's' } },
          { type: 'text', text: 'See', citations: [{ url: 'https://x.test' }] },
          { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' },
        ],
        finishReason: 'tool-calls',
        logprobs: [{ token: 'a', logprob: -1 }],
      },
      { index: 1, content: [{ type: 'text', text: 'Two' }], finishReason: 'stop' },
    ],
  })
  const { state, ask } = setUp({}, () => whole(rich))
  await ask()
  const { reply } = await ask({ request: { stream: true } })
  const folding = chat.fold()
  for (const event of (await drain(reply)) as ChatEvent[]) folding.add(event)
  expect(folding.result()).toEqual(rich)
  expect(state.asked).toBe(1)
})
