import { describe, expect, test } from 'vitest'
import { continuation, createGateway, type Gateway, type GatewayOptions, ordered } from '../../src/index.ts'
import {
  type Action,
  answer,
  contentFiltered,
  dropped,
  emptyAnswer,
  emptyStream,
  errorInStream,
  htmlPage,
  malformedJson,
  overloaded,
  prefillRefused,
  rateLimited,
  reasoning,
  respond,
  serverError,
  stalled,
  stream,
  toolCalls,
  unauthorized,
} from '../../src/testing/index.ts'
import { createPair, createWorld, drain, failureOf, providers, type World } from '../world.ts'

// What goes wrong before the first content is seen by nobody: the stream that arrives is the next one's.

const ask = { model: 'pair', messages: 'Hello', stream: true } as const
const once = { retry: { limit: 0 } } as const
const formats = [
  ['openai-chat', ['openai/a', 'anthropic/b']],
  ['anthropic-messages', ['anthropic/a', 'openai/b']],
  ['gemini', ['google/a', 'openai/b']],
] as const

const unseen: Readonly<Record<string, readonly [Action, string]>> = {
  'a 429 inside of a 200 stream': [errorInStream(rateLimited()), 'rate_limited'],
  'an overload inside of a 200 stream': [errorInStream(overloaded()), 'provider_overloaded'],
  'a server error inside of a 200 stream': [errorInStream(serverError()), 'provider_unavailable'],
  'a refused key inside of a 200 stream': [errorInStream(unauthorized()), 'authentication_failed'],
  'a stream of no bytes': [emptyStream(), 'empty_response'],
  'a stream that ends without a word': [emptyAnswer(), 'empty_response'],
  'broken JSON': [malformedJson(), 'invalid_response'],
  'a page of HTML under 200': [htmlPage(200), 'invalid_response'],
  'a stream of pings and nothing else': [
    respond({ headers: { 'content-type': 'text/event-stream' }, body: ': ping\n\n: ping\n\n' }),
    'empty_response',
  ],
  'a connection that breaks before the headers': [dropped(), 'provider_unavailable'],
  'a connection that breaks behind the headers': [stream(['a'], { dieAfter: 0 }), 'provider_unavailable'],
  'a stall before the headers': [stalled(), 'timed_out'],
  'a stall behind the headers': [stream(['a'], { stallAfter: 0 }), 'timed_out'],
}

describe.each(formats)('in %s', (_, pair) => {
  test.each(Object.entries(unseen))('%s is a failure that the next answers for', async (_, [step, code]) => {
    const world = createWorld()
    world.simulator.on({ model: 'a' }).reply(step)
    world.simulator.on({ model: 'b' }).reply(stream(['All ', 'is ', 'well.']))
    const gateway = createPair(world, { models: { pair }, ...once })
    const reply = await world.clock.run(gateway.chat(ask))
    expect((await drain(reply.textStream)).join('')).toBe('All is well.')
    expect(reply.trace.attempts.map(({ status, code }) => [status, code])).toEqual([
      ['failed', code],
      ['completed', undefined],
    ])
    expect(world.clock.pending).toBe(0)
    expect(world.simulator.running).toBe(0)
  })
})

test('fault: 429 delivered inside a 200 stream and passed on as an empty answer. Alone, it is asked again and then told', async () => {
  const world = createWorld()
  world.simulator.on().reply(errorInStream(rateLimited())).then('There.')
  const gateway = createPair(world)
  const reply = await world.clock.run(gateway.chat({ ...ask, model: 'solo' }))
  expect((await drain(reply.textStream)).join('')).toBe('There.')
  expect(world.asked()).toHaveLength(2)

  world.simulator.on().reply(errorInStream(rateLimited()))
  expect((await world.clock.run(failureOf(gateway.chat({ ...ask, model: 'solo' })))).code).toBe('rate_limited')
})

test('fault: empty streams taken for success. Every one of them is another failure, and the call says so', async () => {
  const world = createWorld()
  world.simulator.on().reply(emptyStream())
  const error = await world.clock.run(failureOf(createPair(world).chat(ask)))
  expect(error.code).toBe('empty_response')
  expect(error.attempts.every(({ code }) => code === 'empty_response')).toBe(true)
})

test('a refused prompt inside of a stream falls back by its own list', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(errorInStream(contentFiltered()))
  const gateway = createPair(world, { fallback: { contentPolicy: { solo: ['spare'] } } })
  const reply = await world.clock.run(gateway.chat({ ...ask, model: 'solo' }))
  await drain(reply)
  expect(world.asked()).toEqual(['a', 'c'])
})

test('fault: a time to the first token that runs only from the headers on. It runs from sending', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(stream(['late'], { after: '7s', firstChunk: '7s' }))
  const before = world.clock.now()
  const reply = await world.clock.run(createPair(world, { timeouts: { firstToken: '10s' }, ...once }).chat(ask))
  expect(world.clock.now() - before).toBe(10_000)
  expect(reply.trace.attempts[0]?.code).toBe('timed_out')
  await drain(reply)
})

test('the preamble is held back: what is handed on begins with the answer of the one that speaks', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(stream(['never'], { dieAfter: 0 }))
  const reply = await world.clock.run(createPair(world).chat(ask))
  const starts = (await drain(reply)).filter(({ type }) => type === 'message-start')
  expect(starts).toMatchObject([{ model: 'b' }])
})

test.each([
  ['a thought', answer([reasoning('Hmm.'), 'Well.'], { firstChunk: '1s', gap: '1s' })],
  ['the name of a tool', answer(toolCalls([{ name: 'f', arguments: {} }]), { firstChunk: '1s', gap: '1s' })],
])('%s is content: a reply is there with it', async (_, step) => {
  const world = createWorld()
  world.simulator.on().reply(step)
  const before = world.clock.now()
  const reply = await world.clock.run(createPair(world).chat({ ...ask, model: 'anthropic/b' }))
  expect(world.clock.now() - before).toBe(1000)
  await world.clock.run(drain(reply))
})

test('a stream that lives and says nothing is handed on after ten seconds', async () => {
  const world = createWorld()
  world.simulator.on().reply(stream(['late'], { firstChunk: '30s', ping: '4s' }))
  const before = world.clock.now()
  const reply = await world.clock.run(createPair(world).chat({ ...ask, model: 'solo' }))
  expect(world.clock.now() - before).toBe(12_000)
  expect((await world.clock.run(drain(reply.textStream))).join('')).toBe('late')
})

describe('a throughput below the floor', () => {
  const words = Array.from({ length: 40 }, (_, index) => `word ${index} `)
  const floor = { minThroughput: { bytes: 10, over: '5s' } } as const
  const fast = stream(words, { gap: '20ms' })
  const drip = stream(words, { gap: '2s' })

  /** A group of two that go on from what was said. */
  function createFleet(world: World, options: Partial<GatewayOptions<typeof providers, unknown>>): Gateway {
    return createGateway({
      providers,
      models: {
        pair: [
          { model: 'openai/a', facts: { prefill: true } },
          { model: 'anthropic/b', facts: { prefill: true } },
        ],
      },
      routing: ordered(),
      retry: { limit: 0 },
      runtime: world.runtime,
      ...options,
    } as GatewayOptions<typeof providers, unknown>) as Gateway
  }

  test('at the beginning is a failure that nobody sees: the next answers', async () => {
    const world = createWorld()
    world.simulator.on({ model: 'a' }).reply(drip)
    world.simulator.on({ model: 'b' }).reply(fast)
    const before = world.clock.now()
    const reply = await world.clock.run(createPair(world, { timeouts: floor, ...once }).chat(ask))
    expect((await world.clock.run(drain(reply.textStream))).join('')).toBe(words.join(''))
    expect(reply.trace.attempts.map(({ code }) => code)).toEqual(['timed_out', undefined])
    expect(reply.trace.attempts[0]?.message).toMatch(
      /^openai: \d bytes of content a second, where at least 10 are wanted\.$/,
    )
    expect(world.clock.now() - before).toBeLessThan(7000)
    expect(world.simulator.running).toBe(0)
  })

  test('at the beginning is one where it stalls or breaks off, too', async () => {
    for (const step of [
      stream(words, { stallAfter: 2 }),
      stream(words, { dieAfter: 2 }),
      errorInStream(overloaded(), { after: 2, input: fast }),
    ]) {
      const world = createWorld()
      world.simulator.on({ model: 'a' }).reply(step)
      world.simulator.on({ model: 'b' }).reply(fast)
      const reply = await world.clock.run(createPair(world, { timeouts: floor, ...once }).chat(ask))
      expect((await world.clock.run(drain(reply.textStream))).join('')).toBe(words.join(''))
      expect(world.clock.pending).toBe(0)
    }
  })

  test('holds a fast stream back for a moment only, and a short answer not at all', async () => {
    const world = createWorld()
    world.simulator.on({ model: 'a' }).reply(fast)
    const gateway = createPair(world, { timeouts: floor, ...once })
    const before = world.clock.now()
    const reply = await world.clock.run(gateway.chat(ask))
    // 50 bytes, at 7 each 20 ms.
    expect(world.clock.now() - before).toBe(140)
    expect((await world.clock.run(drain(reply.textStream))).join('')).toBe(words.join(''))
    world.simulator.on({ model: 'a' }).reply(stream(['Yes.']))
    expect((await drain((await gateway.chat(ask)).textStream)).join('')).toBe('Yes.')
  })

  test('hands the held bytes on to an application that speaks the same format', async () => {
    const world = createWorld()
    world.simulator.on({ model: 'a' }).reply(fast)
    const gateway = createPair(world, { timeouts: floor, ...once })
    const response = await world.clock.run(
      gateway.fetch('https://api.openai.com/v1/chat/completions', {
        method: 'POST',
        body: JSON.stringify({
          model: 'a',
          stream: true,
          stream_options: { include_usage: true },
          messages: [{ role: 'user', content: 'Hello' }],
        }),
      }),
    )
    expect(await world.clock.run(response.text())).toBe(world.simulator.calls[0]?.sent)
  })

  test('later on is told to the reader', async () => {
    const world = createWorld()
    world.simulator.on({ model: 'a' }).reply(drip)
    const timeouts = { minThroughput: { ...floor.minThroughput, hold: false } }
    const reply = await world.clock.run(createPair(world, { timeouts, ...once }).chat(ask))
    expect((await world.clock.run(failureOf(drain(reply)))).code).toBe('timed_out')
    expect(world.asked()).toEqual(['a'])
    expect(world.clock.pending).toBe(0)
  })

  test('later on is gone on with, where there is continuation', async () => {
    const world = createWorld()
    world.simulator.on({ model: 'a' }).reply(drip)
    world.simulator.on({ model: 'b' }).reply(fast)
    const timeouts = { minThroughput: { ...floor.minThroughput, hold: false } }
    const gateway = createFleet(world, { timeouts, continuation: continuation() })
    const reply = await world.clock.run(gateway.chat(ask))
    // The second begins again, word by word, and is told from where it says something new.
    expect((await world.clock.run(drain(reply.textStream))).join('')).toBe(words.join(''))
    expect(world.asked()).toEqual(['a', 'b'])
  })

  test('fault: a slow reader that is blamed on the provider. Time in which nobody reads does not count', async () => {
    const world = createWorld()
    world.simulator.on({ model: 'a' }).reply(fast)
    const reply = await world.clock.run(createPair(world, { timeouts: floor, ...once }).chat(ask))
    const read = async (): Promise<string> => {
      let all = ''
      for await (const text of reply.textStream) {
        all += text
        await new Promise<void>((resolve) => world.runtime.timer!(5000, resolve))
      }
      return all
    }
    expect(await world.clock.run(read())).toBe(words.join(''))
  })

  test('is measured again and again, so that one that was fast and is slow now is found out', async () => {
    const world = createWorld()
    const slowing = answer([{ type: 'text', text: ['x'.repeat(400), ...words] }], { gap: '3s' })
    world.simulator.on({ model: 'a' }).reply(slowing)
    const reply = await world.clock.run(createPair(world, { timeouts: floor, ...once }).chat(ask))
    const before = world.clock.now()
    expect((await world.clock.run(failureOf(drain(reply)))).code).toBe('timed_out')
    expect(world.clock.now() - before).toBeLessThanOrEqual(11_000)
  })

  test('counts four bytes for a token', async () => {
    const world = createWorld()
    world.simulator.on({ model: 'a' }).reply(drip)
    const timeouts = { minThroughput: { tokens: 2.5 } }
    const reply = await world.clock.run(createPair(world, { timeouts, ...once }).chat(ask))
    expect(reply.trace.attempts[0]?.message).toContain('at least 10 are wanted')
    await reply.cancel()
  })
})

test('a prefill that is refused by a model is an ordinary bad request of the application', async () => {
  const world = createWorld()
  world.simulator.on().reply(prefillRefused())
  const messages = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Well' },
  ] as const
  const error = await failureOf(createPair(world).chat({ ...ask, messages }))
  expect(error.code).toBe('invalid_request')
  expect(world.asked()).toHaveLength(1)
})
