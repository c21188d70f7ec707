import { expect, test } from 'vitest'
import {
  and,
  type Condition,
  cache,
  createGateway,
  empty,
  finishReason,
  fitsSchema,
  memoryStore,
  not,
  or,
  type StandardSchema,
  validJSON,
} from '../../src/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { misfit } from '../../src/resilience/json-schema.ts'
import { answer, emptyAnswer, invalidRequest, json, overloaded, stream, toolCalls } from '../../src/testing/index.ts'
import { createPair, createWorld, drain, failureOf } from '../world.ts'

const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, degrees: { type: 'number' } },
  required: ['city', 'degrees'],
  additionalProperties: false,
} as const
const output = { type: 'json-schema', schema } as const
const cut = answer('Once upon', { finishReason: 'length' })
const ask = { model: 'solo', messages: 'Hello' } as const

test('an answer that is not good enough is asked for again, at once', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(cut).then('Once upon a time.')
  const gateway = createPair(world, { retry: { when: finishReason('length') } })
  const before = world.clock.now()
  const reply = await world.clock.run(gateway.chat(ask))
  expect(reply.text).toBe('Once upon a time.')
  expect(world.clock.now()).toBe(before)
  expect(reply.trace.attempts).toHaveLength(2)
})

test('another deployment of the group is asked first, and then the groups that step in', async () => {
  const world = createWorld()
  world.simulator.on({ provider: 'openai' }).reply(cut)
  world.simulator.on({ provider: 'anthropic' }).reply(cut)
  const gateway = createPair(world, { fallback: { default: ['spare'] } })
  const reply = await world.clock.run(gateway.chat({ ...ask, model: 'pair', retryWhen: finishReason('length') }))
  expect(world.asked()).toEqual(['a', 'b', 'c'])
  expect(reply.text).toBe('You said: Hello')
})

test('fault: a paid answer thrown away. When nobody does better, the last one is handed on', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(cut).then(overloaded())
  const reply = await world.clock.run(createPair(world).chat({ ...ask, retryWhen: finishReason('length') }))
  expect(reply.text).toBe('Once upon')
  expect(reply.finishReason).toBe('length')
  expect(reply.trace.warnings).toEqual(['Nobody gave a better answer than openai/a.'])
  expect(world.asked()).toEqual(['a', 'a'])
})

test('better answers are asked for as often as retry allows, here and elsewhere, for each is paid for', async () => {
  const world = createWorld()
  world.simulator.on().reply(cut)
  const when = finishReason('length')
  await world.clock.run(createPair(world, { retry: { limit: 3, when } }).chat({ ...ask, model: 'pair' }))
  expect(world.asked()).toHaveLength(4)
  const never = createPair(world, { retry: { limit: 3, codes: { invalid_response: 0 }, when } })
  await world.clock.run(never.chat({ ...ask, model: 'pair' }))
  expect(world.asked()).toHaveLength(5)
})

test('an answer that is not good enough is no failure of the deployment', async () => {
  const world = createWorld()
  world.simulator.on().reply(cut)
  const gateway = createPair(world, { retry: { when: finishReason('length') } })
  for (let call = 0; call < 20; call++) await world.clock.run(gateway.chat(ask))
  expect(gateway.breaker.state()).toMatchObject([{ state: 'closed', failures: 0 }])
})

test("the condition of a call stands in place of the gateway's", async () => {
  const world = createWorld()
  world.simulator.on().reply(cut)
  const gateway = createPair(world, { retry: { when: finishReason('length') } })
  await world.clock.run(gateway.chat({ ...ask, retryWhen: empty() }))
  expect(world.asked()).toHaveLength(1)
  expect((await failureOf(gateway.chat({ ...ask, retryWhen: true as never }))).code).toBe('invalid_request')
})

test('an answer that does not fit its schema never reaches the application when one that does follows', async () => {
  const world = createWorld()
  world.simulator
    .on({ model: 'a' })
    .reply(json({ city: 'Oslo', degrees: 'seven' }))
    .then(json({ city: 'Oslo', degrees: 7 }))
  const reply = await world.clock.run(createPair(world).chat({ ...ask, output, retryWhen: not(fitsSchema()) }))
  expect(JSON.parse(reply.text)).toEqual({ city: 'Oslo', degrees: 7 })
})

test('it does so for an SDK as well, by the schema in its body', async () => {
  const world = createWorld()
  world.simulator
    .on({ model: 'a' })
    .reply('no JSON')
    .then(json({ city: 'Oslo', degrees: 7 }))
  const gateway = createPair(world, { retry: { when: not(fitsSchema()) } })
  const response = await world.clock.run(
    gateway.fetch('https://api.openai.com/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'solo',
        messages: [{ role: 'user', content: 'Hello' }],
        response_format: { type: 'json_schema', json_schema: { name: 'weather', schema } },
      }),
    }),
  )
  const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
  expect(JSON.parse(choices[0]!.message.content)).toEqual({ city: 'Oslo', degrees: 7 })
  expect(world.asked()).toHaveLength(2)
})

test('a schema of a library may be asked, which knows more than its JSON Schema says', async () => {
  const even: StandardSchema<number> = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: async (value) =>
        typeof value === 'number' && value % 2 === 0 ? { value } : { issues: [{ message: 'odd' }] },
    },
  }
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(json(7)).then(json(8))
  const reply = await world.clock.run(createPair(world).chat({ ...ask, retryWhen: not(fitsSchema(even)) }))
  expect(reply.text).toBe('8')
})

test('a stream is handed on at its first content, and no condition is asked of it', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(stream(['Once ', 'upon'], { finishReason: 'length' }))
  const gateway = createPair(world, { retry: { when: finishReason('length') } })
  const events = await world.clock.run(gateway.chat({ ...ask, stream: true }).then((reply) => drain(reply.textStream)))
  expect(events.join('')).toBe('Once upon')
  expect(world.asked()).toHaveLength(1)
})

test('a failure is no answer: conditions, and their opposites, say nothing of it', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(invalidRequest('no'))
  const error = await world.clock.run(failureOf(createPair(world).chat({ ...ask, retryWhen: not(validJSON()) })))
  expect(error.code).toBe('invalid_request')
  expect(world.asked()).toHaveLength(1)
})

test('a condition that fails costs no answer', async () => {
  const world = createWorld()
  const retryWhen: Condition = () => {
    throw new Error('a secret of the application')
  }
  const reply = await world.clock.run(createPair(world).chat({ ...ask, retryWhen }))
  expect(reply.text).toBe('You said: Hello')
  expect(reply.trace.warnings).toEqual(['A condition of retry failed: the answer was handed on as it is.'])
})

test('an answer that was not good enough is not kept in the cache', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('no JSON')
  const gateway = createPair(world, {
    retry: { when: not(validJSON()) },
    cache: cache({ store: memoryStore(), ttl: '1h' }),
  })
  await world.clock.run(gateway.chat(ask))
  const { trace } = await world.clock.run(gateway.chat(ask))
  expect(trace.cache).toBe('miss')
})

test('an idempotency key does not bring back the answer that was not good enough', async () => {
  const { provider } = await import('../../src/index.ts')
  const world = createWorld()
  world.simulator.on().reply(cut)
  const gateway = createGateway({
    providers: [provider(openai, { idempotencyHeader: 'idempotency-key' })],
    runtime: world.runtime,
  })
  await world.clock.run(gateway.chat({ model: 'openai/a', messages: 'Hello', retryWhen: finishReason('length') }))
  expect(new Set(world.simulator.calls.map(({ headers }) => headers['idempotency-key'])).size).toBe(2)
})

test.each<[string, Condition, Parameters<typeof answer>[0], Parameters<typeof answer>[1], boolean]>([
  ['finishReason', finishReason('length', 'content-filter'), 'x', { finishReason: 'content-filter' }, true],
  ['finishReason', finishReason('length'), 'x', {}, false],
  ['empty', empty(), '  ', {}, true],
  ['empty', empty(), 'x', {}, false],
  ['empty', empty(), toolCalls([{ name: 'f', arguments: {} }]), {}, false],
  ['validJSON', validJSON(), '{"a":1}', {}, true],
  ['validJSON', validJSON(), '```json\n{}\n```', {}, false],
  ['validJSON', validJSON(), toolCalls([{ name: 'f', arguments: {} }]), {}, true],
  ['fitsSchema', fitsSchema(), 'anything, for there is no schema', {}, true],
  ['and', and(validJSON(), finishReason('stop')), '1', {}, true],
  ['and', and(validJSON(), finishReason('length')), '1', {}, false],
  ['and of none', and(), 'x', {}, true],
  ['or', or(validJSON(), finishReason('length')), '1', {}, true],
  ['or', or(validJSON(), finishReason('length')), 'x', {}, false],
  ['or of none', or(), 'x', {}, false],
  ['not', not(validJSON()), 'x', {}, true],
  ['not not', not(not(validJSON())), 'x', {}, false],
])('%s holds when it should', async (_, condition, input, options, holds) => {
  const world = createWorld()
  world.simulator.on().reply(answer(input, options))
  await world.clock.run(createPair(world, { maxAttempts: 2 }).chat({ ...ask, retryWhen: condition }))
  expect(world.asked()).toHaveLength(holds ? 2 : 1)
})

test('an empty answer is a failure already, without any condition', async () => {
  const world = createWorld()
  world.simulator
    .on({ model: 'a' })
    .reply(emptyAnswer({ usage: { outputTokens: 0 } }))
    .then('words')
  expect((await world.clock.run(createPair(world).chat(ask))).text).toBe('words')
})

test.each<[unknown, Parameters<typeof misfit>[1], string | undefined]>([
  [{ city: 'Oslo', degrees: 7 }, schema, undefined],
  [{ city: 'Oslo' }, schema, 'the whole'],
  [{ city: 7, degrees: 7 }, schema, 'city'],
  [{ city: 'Oslo', degrees: 7, more: 1 }, schema, 'more'],
  [[1, 'a'], { items: { type: 'integer' } }, '1'],
  [[1, 'a', true], { prefixItems: [{ type: 'integer' }, { type: 'string' }], items: false }, '2'],
  [1.5, { type: 'integer' }, 'the whole'],
  [1, { type: ['string', 'null'] }, 'the whole'],
  [null, { type: ['string', 'null'] }, undefined],
  ['b', { enum: ['a', 'b'] }, undefined],
  [{ a: [1] }, { const: { a: [1] } }, undefined],
  [{ a: [2] }, { const: { a: [1] } }, 'the whole'],
  [3, { anyOf: [{ type: 'string' }, { minimum: 3 }] }, undefined],
  [3, { oneOf: [{ type: 'integer' }, { minimum: 3 }] }, 'the whole'],
  [3, { allOf: [{ type: 'integer' }, { exclusiveMinimum: 3 }] }, 'the whole'],
  [3, { not: { type: 'integer' } }, 'the whole'],
  ['😀😀', { maxLength: 2 }, undefined],
  ['abc', { pattern: '^b' }, 'the whole'],
  ['abc', { pattern: '(' }, undefined],
  [[1, 1], { uniqueItems: true }, 'the whole'],
  [0.3, { multipleOf: 0.1 }, undefined],
  [{ x_a: 1 }, { patternProperties: { '^x_': { type: 'string' } } }, 'x_a'],
  [
    { next: { next: { next: 1 } } },
    { $ref: '#/$defs/node', $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } } },
    'next.next.next',
  ],
  [{ toString: 1 }, { properties: { a: {} }, additionalProperties: { type: 'string' } }, 'toString'],
  ['2026', { format: 'date' }, undefined],
])('%j against %j does not fit at %s', (value, wanted, place) => {
  expect(misfit(value, wanted)).toBe(place)
})

test('a condition that takes for ever costs neither the answer nor the deadline, and a caller who leaves waits for none', async () => {
  const world = createWorld()
  const retryWhen: Condition = () => new Promise(() => {})
  const gateway = createPair(world)
  const before = world.clock.now()
  const reply = await world.clock.run(gateway.chat({ ...ask, retryWhen, timeout: '5s' }))
  expect(world.clock.now() - before).toBe(5000)
  expect(reply.text).toBe('You said: Hello')
  expect(reply.trace.warnings).toEqual(['A condition of retry failed: the answer was handed on as it is.'])

  const caller = new AbortController()
  const left = failureOf(gateway.chat({ ...ask, retryWhen, signal: caller.signal }))
  await world.clock.settle()
  caller.abort()
  expect((await world.clock.run(left)).code).toBe('cancelled')
  expect(world.clock.pending).toBe(0)
})

test('a condition is waited for no longer where it is asked of what the cache has', async () => {
  const world = createWorld()
  const gateway = createPair(world, { cache: cache({ store: memoryStore(), ttl: '1h' }) })
  await world.clock.run(gateway.chat({ ...ask, retryWhen: () => false }))
  const retryWhen: Condition = () => new Promise(() => {})
  const before = world.clock.now()
  const reply = await world.clock.run(gateway.chat({ ...ask, retryWhen, timeout: '5s' }))
  expect(world.clock.now() - before).toBe(5000)
  expect([reply.text, reply.trace.cache]).toEqual(['You said: Hello', 'hit'])
  expect(reply.trace.warnings).toEqual(['A condition of retry failed: the answer was handed on as it is.'])

  const caller = new AbortController()
  const left = failureOf(gateway.chat({ ...ask, retryWhen, signal: caller.signal }))
  await world.clock.settle()
  caller.abort()
  expect((await world.clock.run(left)).code).toBe('cancelled')
  expect(world.asked()).toHaveLength(1)
  expect(world.clock.pending).toBe(0)
})
