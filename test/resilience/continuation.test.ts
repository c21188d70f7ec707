import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Attempt } from '../../src/call.ts'
import { budget, cache, continuation, limits, type Middleware, type Trace } from '../../src/index.ts'
import type { ChatEvent } from '../../src/operations/chat/index.ts'
import { drain, failureOf } from '../world.ts'
import {
  askAs,
  type ChatFormat,
  formats,
  type Manner,
  type Meeting,
  type Options,
  type Telling,
  tell,
  textOf,
} from './models.ts'

const story = [
  'Once ',
  'upon',
  ' a',
  ' time',
  ' there ',
  'was\n\n',
  'a gate',
  'way',
  ' that',
  ' never',
  ' let',
  ' go',
  '.',
]
const whole = story.join('')
const on = { continuation: continuation() }
/** Asks a deployment again and again that breaks off each time. */
const patient = { ...on, breaker: { consecutiveFailures: 1000, errorRatio: 1 } }
const [openai, anthropic, gemini] = formats as readonly [ChatFormat, ChatFormat, ChatFormat]
const ask = { model: 'told', messages: 'Tell.', stream: true } as const

/** Two providers that tell the story: the first stream of `one` is cut. */
function cutOnce(meeting: Partial<Meeting> = {}, options: Options = {}, later: Partial<Meeting> = {}): Telling {
  const first = { text: story, cut: 6, ...meeting }
  return tell([openai, anthropic], (_, number) => (number === 0 ? first : { text: story, ...later }), {
    ...on,
    ...options,
  })
}

describe.each(formats)('an application that speaks $name', (application) => {
  describe.each(formats)('at a provider that speaks $name', (provider) => {
    test.each(['broken', 'ended', 'error', 'stalled'] as const)(
      'a stream that is cut at any event, %s, says what an uncut one says',
      async (how) => {
        const next = formats[(formats.indexOf(provider) + 1) % formats.length]!
        for (const other of how === 'broken' ? formats : [next]) {
          // Each request says after which write its first stream is cut.
          const telling = tell(
            [provider, other],
            (host, _, words) => ({
              text: story,
              ...(host === 'one' && words !== 'Tell.' && { cut: Number(words), how }),
            }),
            patient,
          )
          expect(textOf(await telling.clock.run(askAs(application, telling)))).toBe(whole)
          const cuts = Array.from({ length: telling.writes() - 1 }, (_, index) => String(index + 1))
          const answers = Promise.all(cuts.map((cut) => askAs(application, telling, cut)))
          for (const answer of await telling.clock.run(answers)) {
            expect(textOf(answer)).toBe(whole)
            expect(answer.choices[0]?.finishReason).toBe('stop')
          }
          expect(telling.asked.length).toBeGreaterThan(cuts.length * 1.5)
          expect(telling.clock.pending).toBe(0)
        }
      },
    )
  })
})

test('a stream that breaks off goes on at the next deployment, from the text so far', async () => {
  const telling = cutOnce()
  const stream = await telling.gateway.chat(ask)
  expect((await telling.clock.run(drain(stream.textStream))).join('')).toBe(whole)
  expect(telling.asked.map(({ host, prefill }) => [host, prefill])).toEqual([
    ['one', ''],
    ['two', 'Once upon a time there was'],
  ])
  const { trace } = stream
  expect(trace.attempts.map(({ status, code }) => [status, code])).toEqual([
    ['failed', 'provider_unavailable'],
    ['completed', undefined],
  ])
  expect(trace).toMatchObject({ status: 'completed', deployment: 'two/m' })
  expect(trace.notes).toMatchObject([
    { type: 'continuation', from: 'one/m', to: 'two/m', because: 'provider_unavailable' },
  ])
})

test('fault: a stream cut midway that ends as if it were complete. Without continuation, or where a call does not want it, the reader is told', async () => {
  for (const telling of [
    cutOnce({}, { continuation: undefined }),
    cutOnce({}, { continuation: continuation({ calls: 'asked' }) }),
  ]) {
    const stream = await telling.gateway.chat(ask)
    expect((await failureOf(drain(stream))).code).toBe('provider_unavailable')
    expect(telling.asked).toHaveLength(1)
  }
  const unwanted = cutOnce()
  expect((await failureOf(drain(await unwanted.gateway.chat({ ...ask, continuation: false })))).code).toBe(
    'provider_unavailable',
  )
  const asked = cutOnce({}, { continuation: continuation({ calls: 'asked' }) })
  const stream = await asked.gateway.chat({ ...ask, continuation: true })
  expect((await asked.clock.run(drain(stream.textStream))).join('')).toBe(whole)
})

test('fault: the usage of a stream that went on elsewhere is lost. It is that of all streams together, and each attempt is charged', async () => {
  const usage = { inputTokens: 100, outputTokens: 7 }
  const telling = cutOnce({}, {}, { usage })
  const stream = await telling.gateway.chat(ask)
  await telling.clock.run(drain(stream))
  const { trace } = stream
  const [broken, last] = trace.attempts.map(({ charge }) => charge!)
  expect(last?.usage).toMatchObject(usage)
  expect(broken?.usage.inputTokens).toBeGreaterThan(0)
  const { inputTokens, outputTokens } = (await stream.reply).usage
  expect(inputTokens).toBe(broken!.usage.inputTokens! + 100)
  expect(outputTokens).toBe(broken!.usage.outputTokens! + 7)
  expect(trace.usage).toMatchObject({ inputTokens, outputTokens })
  expect(trace.cost).toBe((broken!.cost!.total + last!.cost!.total) / 1e9)
  expect(trace.estimated).toBe(true)
})

test('what a provider has told of its usage before it broke off is added to the rest', async () => {
  const telling = tell(
    [anthropic, openai],
    (_, number) =>
      number === 0
        ? { text: story, early: { inputTokens: 30, outputTokens: 1 }, cut: 6 }
        : { text: story, usage: { inputTokens: 50, outputTokens: 4 } },
    on,
  )
  const stream = await telling.gateway.chat(ask)
  await telling.clock.run(drain(stream))
  const [broken] = stream.trace.attempts
  const { usage } = broken!.charge!
  expect(usage.inputTokens).toBe(30)
  expect((await stream.reply).usage.inputTokens).toBe(80)
  // What it tells at its beginning of the output is not what it has written by the time it breaks off.
  expect(usage.outputTokens).toBeGreaterThan(20)
  expect((await stream.reply).usage.outputTokens).toBe(usage.outputTokens! + 4)
  expect(broken!.charge!.estimated).toBe(true)
})

test('a provider that refuses the beginning of an answer is left for the next', async () => {
  const telling = tell(
    [openai, anthropic],
    (host, number) => ({
      text: story,
      ...(number === 0 ? { cut: 5 } : host === 'two' && { manner: 'refuses' as const }),
    }),
    { ...on, retry: { limit: 1 } },
  )
  const stream = await telling.gateway.chat(ask)
  expect((await telling.clock.run(drain(stream.textStream))).join('')).toBe(whole)
  expect(telling.asked.map(({ host }) => host)).toEqual(['one', 'two', 'one'])
  expect(stream.trace.attempts[1]).toMatchObject({ code: 'invalid_request', httpStatus: 400 })
})

test('fault: text that is told twice when a stream is tried again. A model that begins again, or repeats words, is told from where it says something new', async () => {
  for (const manner of ['begins again', { overlaps: 17 }] as const) {
    const telling = cutOnce({ cut: 9 }, {}, { manner })
    const stream = await telling.gateway.chat(ask)
    expect((await telling.clock.run(drain(stream.textStream))).join('')).toBe(whole)
    expect(telling.asked).toHaveLength(2)
  }
})

test('what does not fit is never told: the reader learns why the stream broke off', async () => {
  const telling = cutOnce({ cut: 8 }, {}, { manner: { overlaps: 3 } })
  const stream = await telling.gateway.chat(ask)
  const told: string[] = []
  const reading = (async () => {
    for await (const text of stream.textStream) told.push(text)
  })()
  expect((await telling.clock.run(failureOf(reading))).code).toBe('provider_unavailable')
  expect(whole.startsWith(told.join(''))).toBe(true)
  expect(stream.trace.attempts.map(({ code }) => code)).toEqual(['provider_unavailable', 'unsupported', 'unsupported'])
  expect(telling.clock.pending).toBe(0)
})

test('whatever models do with what was said, the text is right, or there is an error', async () => {
  const word = fc.constantFrom(
    'a',
    'gate',
    'way',
    'that',
    'never',
    'lets',
    'go',
    ',',
    '.',
    '\n',
    ' ',
    '  ',
    'é',
    '🚀',
    'ha ha',
  )
  const manner: fc.Arbitrary<Manner> = fc.oneof(
    fc.constantFrom<Manner[]>('begins again', 'refuses', { overlaps: 0 }),
    fc.record({ overlaps: fc.integer({ min: 1, max: 60 }) }),
  )
  const meeting = fc.record({
    manner,
    cut: fc.option(fc.integer({ min: 1, max: 40 }), { nil: undefined }),
    how: fc.constantFrom('broken', 'ended', 'error', 'stalled'),
  })
  const seen = { right: 0, errors: 0 }
  await fc.assert(
    fc.asyncProperty(
      fc.array(word, { minLength: 1, maxLength: 40 }),
      fc.array(meeting, { minLength: 6, maxLength: 6 }),
      fc.constantFrom(...formats),
      fc.constantFrom(...formats),
      async (words, meetings, one, two) => {
        const text = ['Streams ', ...words.map((each) => `${each} `), 'end.']
        const telling = tell([one, two], (_, number) => ({ text, ...(meetings[number] as Partial<Meeting>) }), {
          ...on,
          retry: { limit: 1 },
        })
        const told: string[] = []
        const read = async (): Promise<void> => {
          const stream = await telling.gateway.chat(ask)
          for await (const piece of stream.textStream) told.push(piece)
          seen.right++
          expect(told.join('')).toBe(text.join(''))
        }
        await telling.clock.run(
          read().catch((error: { code?: string }) => {
            if (error.code === undefined) throw error
            seen.errors++
          }),
        )
        expect(text.join('').startsWith(told.join(''))).toBe(true)
        expect(telling.asked.length).toBeLessThanOrEqual(6)
        expect(telling.clock.pending).toBe(0)
      },
    ),
    { numRuns: 400, seed: 4 },
  )
  expect(seen.right).toBeGreaterThan(100)
})

describe('never', () => {
  async function told(telling: Telling, more: object = {}): Promise<string> {
    const stream = await telling.clock.run(telling.gateway.chat({ ...ask, ...more }))
    return (await telling.clock.run(failureOf(drain(stream)))).code
  }

  test.each<[string, object]>([
    ['structured output', { output: { type: 'json' } }],
    ['a schema', { output: { type: 'json-schema', schema: { type: 'object' } } }],
    ['several answers', { n: 2 }],
    ['log probabilities', { logprobs: true }],
    ['state that the provider keeps', { store: true }],
    ["the provider's own tools", { tools: [{ type: 'hosted', dialect: 'openai-chat', value: { type: 'web' } }] }],
    ['a tool that must be called', { tools: [{ type: 'function', name: 'f' }], toolChoice: 'required' }],
  ])('with %s', async (_, more) => {
    const telling = cutOnce()
    expect(await told(telling, more)).toBe('provider_unavailable')
    expect(telling.asked).toHaveLength(1)
  })

  const call = { type: 'tool-call-start', choice: 0, part: 0, id: 'call_1', name: 'f' } as const
  const events: Record<string, ChatEvent[]> = {
    'within a tool call': [call, { type: 'tool-call-delta', choice: 0, part: 0, arguments: '{"a":' }],
    'behind a tool call': [
      call,
      { type: 'tool-call-delta', choice: 0, part: 0, arguments: '{}' },
      { type: 'part-end', choice: 0, part: 0 },
    ],
    'behind a refusal': [{ type: 'refusal-delta', choice: 0, part: 0, text: 'I cannot' }],
  }
  test.each(Object.keys(events))('%s', async (name) => {
    const before = events[name]!
    const telling = cutOnce({ before, cut: before.length + 1 })
    expect(await told(telling, { tools: [{ type: 'function', name: 'f' }] })).toBe('provider_unavailable')
    expect(telling.asked).toHaveLength(1)
  })

  test('where a stop sequence has begun', async () => {
    const telling = cutOnce({ cut: 4 })
    expect(await told(telling, { stop: ['a time to go'] })).toBe('provider_unavailable')
    expect(telling.asked).toHaveLength(1)
  })

  test('at a model that is not known to go on', async () => {
    const telling = cutOnce({}, { prefill: false, retry: { limit: 1 } })
    expect(await told(telling)).toBe('provider_unavailable')
    expect(telling.asked).toHaveLength(1)
  })

  test('once the answer is complete, though its maximum has cut it off', async () => {
    const telling = cutOnce({ cut: undefined, finishReason: 'length' })
    const stream = await telling.gateway.chat(ask)
    await telling.clock.run(drain(stream))
    expect((await stream.reply).finishReason).toBe('length')
    expect(telling.asked).toHaveLength(1)
  })
})

describe('thoughts', () => {
  const thoughts: ChatEvent[] = [
    { type: 'reasoning-delta', choice: 0, part: 0, text: 'Hmm, ' },
    { type: 'reasoning-delta', choice: 0, part: 0, text: 'a story.' },
    { type: 'part-end', choice: 0, part: 0, signature: { origin: 'anthropic-messages', value: 'c2ln' } },
  ]

  test('a stream that breaks off before it says a word is asked anew, of any model', async () => {
    const telling = tell(
      [anthropic, openai],
      (_, number) => ({ text: story, ...(number === 0 && { before: thoughts, cut: 3 }) }),
      { ...on, prefill: false },
    )
    const stream = await telling.clock.run(telling.gateway.chat({ ...ask, reasoning: { effort: 'low' } }))
    await telling.clock.run(drain(stream))
    const { text, response } = await stream.reply
    expect(text).toBe(whole)
    expect(response.choices[0]?.content.map(({ type }) => type)).toEqual(['reasoning', 'text'])
    expect(telling.asked[1]).toMatchObject({ host: 'two', prefill: '', request: { reasoning: { effort: 'low' } } })
  })

  test('a thought that broke off behind words is closed, and the words go on', async () => {
    const before: ChatEvent[] = [
      { type: 'text-delta', choice: 0, part: 0, text: 'Once ' },
      { type: 'part-end', choice: 0, part: 0 },
      { type: 'reasoning-delta', choice: 0, part: 1, text: 'Hmm, ' },
      { type: 'reasoning-delta', choice: 0, part: 1, text: 'a story.' },
    ]
    const cut = before.length + 1
    const telling = tell(
      [anthropic, openai],
      (_, number) => ({ text: story, ...(number === 0 && { before, cut }) }),
      on,
    )
    const stream = await telling.clock.run(telling.gateway.chat(ask))
    const events = await telling.clock.run(drain(stream))
    expect((await stream.reply).text).toBe(whole)
    const open = new Set<number>()
    for (const event of events) {
      if (event.type === 'text-delta' || event.type === 'reasoning-delta') open.add(event.part)
      if (event.type === 'part-end') expect(open.delete(event.part)).toBe(true)
    }
    expect(open.size).toBe(0)
  })

  test('once words were said nobody thinks again, and what was thought stays with its origin', async () => {
    const telling = tell(
      [anthropic, gemini],
      (_, number) => ({ text: story, ...(number === 0 && { before: thoughts, cut: 9 }) }),
      on,
    )
    const stream = await telling.clock.run(telling.gateway.chat({ ...ask, reasoning: { effort: 'low' } }))
    await telling.clock.run(drain(stream))
    const { text, reasoning } = await stream.reply
    expect([text, reasoning]).toEqual([whole, 'Hmm, a story.'])
    expect(JSON.stringify(telling.asked[1])).not.toContain('c2ln')
    expect(telling.asked[1]?.request.reasoning?.effort).not.toBe('low')
  })
})

test('words that the application put into the mouth of the model are there again', async () => {
  const text = ['So: ', ...story]
  const telling = tell([openai, anthropic], (_, number) => ({ text, ...(number === 0 && { cut: 6 }) }), on)
  const messages = [
    { role: 'user', content: 'Tell.' },
    { role: 'assistant', content: 'So: ' },
  ] as const
  const stream = await telling.gateway.chat({ ...ask, messages })
  expect((await telling.clock.run(drain(stream.textStream))).join('')).toBe(whole)
  expect(telling.asked[1]?.prefill).toBe('So: Once upon a time there was')
})

test('the maximum of output is what is left of it', async () => {
  const telling = cutOnce()
  await telling.clock.run(drain(await telling.gateway.chat({ ...ask, maxOutputTokens: 100 })))
  const { maxOutputTokens } = telling.asked[1]!.request
  expect(maxOutputTokens).toBeLessThan(100)
  expect(maxOutputTokens).toBeGreaterThan(80)
  const spent = cutOnce()
  expect((await failureOf(drain(await spent.gateway.chat({ ...ask, maxOutputTokens: 18 })))).code).toBe(
    'provider_unavailable',
  )
})

test('all streams of a call share one number of attempts', async () => {
  const telling = tell([openai, anthropic], (_, number) => ({ text: story, cut: number + 2 }), {
    ...on,
    maxAttempts: 3,
    retry: { limit: 1 },
  })
  const stream = await telling.gateway.chat(ask)
  expect((await telling.clock.run(failureOf(drain(stream)))).code).toBe('provider_unavailable')
  expect(telling.asked).toHaveLength(3)
})

test('all streams of a call share one deadline', async () => {
  const telling = tell([openai, anthropic], () => ({ text: story, cut: 4, how: 'stalled' }), {
    ...on,
    timeouts: { idle: '20s', total: '30s' },
  })
  const before = telling.clock.now()
  const stream = await telling.gateway.chat(ask)
  const error = await telling.clock.run(failureOf(drain(stream)))
  expect(error.code).toBe('timed_out')
  expect(telling.clock.now() - before).toBe(30_000)
  expect(telling.clock.pending).toBe(0)
})

test('the only deployment there is goes on from its own words, after a wait', async () => {
  const telling = tell([openai, anthropic], (_, number) => ({ text: story, ...(number === 0 && { cut: 4 }) }), on)
  const before = telling.clock.now()
  const stream = await telling.gateway.chat({ ...ask, model: 'one/m' })
  expect((await telling.clock.run(drain(stream.textStream))).join('')).toBe(whole)
  expect(telling.asked.map(({ host }) => host)).toEqual(['one', 'one'])
  expect(telling.clock.now() - before).toBeGreaterThan(0)
  expect(stream.trace.notes.map(({ type }) => type)).toEqual(['wait', 'continuation'])
})

test('without fallbacks nobody goes on but who began', async () => {
  const { clock, gateway, asked } = cutOnce()
  const reply = await clock.run(gateway.chat({ ...ask, prefer: { allowFallbacks: false } }))
  expect((await clock.run(drain(reply.textStream))).join('')).toBe(whole)
  expect(asked.map(({ host }) => host)).toEqual(['one', 'one'])
  expect(clock.pending).toBe(0)
})

test('a budget holds for all streams of a call, and is charged for each', async () => {
  const rules = [budget({ limit: 1, per: 'day' })]
  const telling = cutOnce({}, { limits: limits({ rules }) })
  const stream = await telling.gateway.chat({ ...ask, maxOutputTokens: 100 })
  await telling.clock.run(drain(stream))
  const [status] = await telling.gateway.limits.status()
  expect(status).toMatchObject({ reserved: 0, spent: stream.trace.cost })

  // Room for one attempt at a time, and no more once the first is charged.
  const poor = cutOnce({}, { limits: limits({ rules: [budget({ limit: 0.0005, per: 'day' })] }) })
  const broken = await poor.gateway.chat({ ...ask, maxOutputTokens: 100 })
  expect((await poor.clock.run(failureOf(drain(broken)))).code).toBe('provider_unavailable')
  expect(poor.asked).toHaveLength(1)
})

test('a stream may break off more than once', async () => {
  const telling = tell([openai, anthropic], (_, number) => ({ text: story, ...(number < 2 && { cut: 4 }) }), on)
  const stream = await telling.gateway.chat(ask)
  expect((await telling.clock.run(drain(stream.textStream))).join('')).toBe(whole)
  expect(telling.asked.map(({ host }) => host)).toEqual(['one', 'two', 'one'])
})

test('a fallback group goes on where the first is used up', async () => {
  const telling = tell([openai, anthropic], (host) => ({ text: story, ...(host === 'one' && { cut: 4 }) }), {
    ...on,
    fallback: { general: { 'one/m': ['two/m'] } },
  })
  const stream = await telling.gateway.chat({ ...ask, model: 'one/m' })
  expect((await telling.clock.run(drain(stream.textStream))).join('')).toBe(whole)
})

test('an answer that a fallback group went on with is kept no more than one of a fallback', async () => {
  const telling = tell([openai, anthropic], (host) => ({ text: story, ...(host === 'one' && { cut: 4 }) }), {
    ...on,
    cache: cache({}),
    fallback: { general: { 'one/m': ['two/m'] } },
  })
  for (const [asked, refresh] of [
    [2, false],
    [4, true],
    [6, false],
  ] as const) {
    const stream = await telling.clock.run(telling.gateway.chat({ ...ask, model: 'one/m', cache: { refresh } }))
    await telling.clock.run(drain(stream))
    expect(telling.asked).toHaveLength(asked)
  }
})

test('a reader who leaves while somebody else is asked ends that too', async () => {
  const telling = tell(
    [openai, anthropic],
    (_, number) => ({ text: story, ...(number === 0 ? { cut: 4 } : { cut: 0, how: 'stalled' as const }) }),
    on,
  )
  const stream = await telling.gateway.chat(ask)
  const reading = drain(stream).catch(() => {})
  await telling.clock.settle()
  expect(telling.asked).toHaveLength(2)
  await stream.cancel()
  await telling.clock.run(reading)
  expect(stream.trace.status).toBe('cancelled')
  expect(stream.trace.attempts.map(({ status }) => status)).toEqual(['failed', 'cancelled'])
  expect(telling.clock.pending).toBe(0)
})

test('a caller that aborts ends the stream that went on, as it would have ended the first', async () => {
  const telling = tell(
    [openai, anthropic],
    (_, number) => ({ text: story, cut: 6, how: number === 0 ? 'broken' : 'stalled' }),
    on,
  )
  const caller = new AbortController()
  const stream = await telling.gateway.chat({ ...ask, signal: caller.signal })
  const failure = failureOf(drain(stream))
  await telling.clock.settle()
  expect(telling.asked).toHaveLength(2)
  caller.abort()
  await telling.clock.settle()
  expect(stream.trace.status).toBe('cancelled')
  expect((await failure).code).toBe('cancelled')
  expect(stream.trace.attempts.map(({ status }) => status)).toEqual(['failed', 'cancelled'])
  expect(telling.clock.pending).toBe(0)
})

test('a stream that nobody reads settles, with continuation as without', async () => {
  const closed: Trace[] = []
  const telling = tell([openai, anthropic], () => ({ text: story }), {
    ...on,
    telemetry: [(trace) => void closed.push(trace)],
  })
  const stream = await telling.gateway.chat(ask)
  await telling.clock.advance('61s')
  await telling.gateway.flush()
  expect(stream.trace.status).toBe('cancelled')
  expect(closed).toHaveLength(1)
  expect(telling.clock.pending).toBe(0)
})

test('a call and its attempts settle once, whatever streams and readers do', async () => {
  const meeting = fc.record({
    cut: fc.option(fc.integer({ min: 0, max: 16 }), { nil: undefined }),
    how: fc.constantFrom('broken', 'ended', 'error', 'stalled'),
    manner: fc.constantFrom<Manner[]>('refuses', 'begins again', { overlaps: 0 }, { overlaps: 2 }),
  })
  const scenario = fc.record({
    meetings: fc.array(meeting, { minLength: 7, maxLength: 7 }),
    leaveAfter: fc.option(fc.integer({ min: 0, max: 14 }), { nil: undefined }),
    abortAfter: fc.option(fc.integer({ min: 0, max: 90_000 }), { nil: undefined }),
    unread: fc.boolean(),
    timeout: fc.constantFrom(500, 70_000, 600_000),
    hedged: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(scenario, async ({ meetings, leaveAfter, abortAfter, unread, timeout, hedged }) => {
      const settled = new Map<number, number>()
      const spy: Middleware<Attempt> = (attempt, next) => {
        settled.set(attempt.number, settled.get(attempt.number) ?? 0)
        attempt.settlement.on(() => void settled.set(attempt.number, settled.get(attempt.number)! + 1))
        return next(attempt)
      }
      const closed: Trace[] = []
      const telling = tell(
        [openai, anthropic],
        (_, number) => ({ text: story, ...(meetings[number] as Partial<Meeting>) }),
        {
          ...on,
          attempt: [spy],
          retry: { limit: 1 },
          telemetry: [(trace) => void closed.push(trace)],
          ...(hedged && { hedge: { after: 400 } }),
        },
      )
      const { gateway, clock, asked } = telling
      const controller = new AbortController()
      if (abortAfter !== undefined) clock.timer(abortAfter, () => controller.abort())
      const use = async (): Promise<void> => {
        const stream = await gateway.chat({ ...ask, signal: controller.signal, timeout })
        if (unread) return
        let taken = 0
        if (leaveAfter === 0) return stream.cancel()
        for await (const _ of stream) if (++taken === leaveAfter) break
      }
      await clock.run(use().catch(() => {}))
      await clock.advance('11m')
      await gateway.flush()
      expect([...settled.values()].every((times) => times === 1)).toBe(true)
      expect(closed).toHaveLength(1)
      expect(closed[0]!.attempts.every(({ status }) => status !== 'running')).toBe(true)
      expect(asked.length).toBeLessThanOrEqual(6)
      expect(clock.pending).toBe(0)
    }),
    { numRuns: 300 },
  )
})

test.each([
  [{ continuation: {} }, 'continuation is an object: it must be what continuation(…) gives.'],
  [{ timeouts: { minThroughput: { token: 5 } } }, 'Unknown option timeouts.minThroughput.token. Did you mean tokens?'],
])('%j is refused with the remedy', (options, message) => {
  expect(() => cutOnce({}, options as never)).toThrow(message)
})
