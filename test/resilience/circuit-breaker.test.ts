import { expect, test } from 'vitest'
import {
  type CircuitChange,
  type CircuitStore,
  createGateway,
  envoyBreaker,
  fleet,
  hystrixBreaker,
  litellmBreaker,
  memoryCircuits,
  ordered,
  provider,
  roundRobin,
} from '../../src/index.ts'
import { openai } from '../../src/providers/openai.ts'
import {
  answer,
  invalidRequest,
  modelNotFound,
  rateLimited,
  serverError,
  stalled,
  stream,
  unauthorized,
} from '../../src/testing/index.ts'
import { runFleet } from '../routing/harness.ts'
import { createPair, createWorld, drain, failureOf } from '../world.ts'

const ask = { model: 'pair', messages: 'Hello' } as const

test('fault: breakers that one failure opens. One failure leaves the circuit closed', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError()).then('fine')
  const gateway = createPair(world)
  await world.clock.run(gateway.chat(ask))
  await world.clock.run(gateway.chat(ask))
  expect(world.asked()).toEqual(['a', 'b', 'a'])
})

test('five failures in a row open the circuit: the deployment is not asked', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const gateway = createPair(world)
  for (let call = 0; call < 7; call++) await world.clock.run(gateway.chat(ask))
  expect(world.asked().filter((model) => model === 'a')).toHaveLength(5)
  expect((await gateway.explain(ask)).excluded).toEqual([
    { deployment: 'openai/a', reason: 'circuit_open', detail: 'its circuit is open for another 5 s' },
  ])
})

test('more than half of at least ten failing opens the circuit', async () => {
  const world = createWorld()
  let call = 0
  world.simulator.on({ model: 'a' }).reply(() => (call++ % 5 < 3 ? serverError() : answer('fine')))
  const gateway = createPair(world)
  for (let n = 0; n < 30; n++) await world.clock.run(gateway.chat(ask))
  expect(world.asked().filter((model) => model === 'a')).toHaveLength(11)
})

test('fault: breakers that never half-open. After the cooldown one probe goes through, and closes the circuit', async () => {
  const world = createWorld()
  let down = true
  world.simulator.on({ model: 'a' }).reply(() => (down ? serverError() : answer('back', { after: '1s' })))
  const gateway = createPair(world)
  for (let call = 0; call < 5; call++) await world.clock.run(gateway.chat(ask))
  down = false
  await world.clock.advance('5s')
  const replies = await world.clock.run(Promise.all([gateway.chat(ask), gateway.chat(ask), gateway.chat(ask)]))
  // One probe at a time: the others went elsewhere meanwhile.
  expect(replies.map(({ text }) => text).sort()).toEqual(['You said: Hello', 'You said: Hello', 'back'])
  expect((await world.clock.run(gateway.chat(ask))).text).toBe('back')
})

test('a probe that fails doubles the cooldown, up to a minute', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const gateway = createPair(world)
  const probes: number[] = []
  for (let second = 0; second < 300; second++) {
    const before = world.simulator.calls.length
    await world.clock.run(gateway.chat(ask))
    if (second > 5 && world.simulator.calls.slice(before).some(({ model }) => model === 'a')) probes.push(second)
    await world.clock.advance('1s')
  }
  const gaps = probes.slice(1).map((probe, index) => probe - probes[index]!)
  expect(gaps.slice(0, 4)).toEqual([10, 20, 40, 60])
})

test('fault: breakers that do not see stream failures. A stream that dies after its first content counts', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(stream(['a', 'b', 'c'], { dieAfter: 1 }))
  const gateway = createPair(world)
  for (let call = 0; call < 5; call++) {
    const reply = await world.clock.run(gateway.chat({ ...ask, stream: true }))
    await world.clock.run(failureOf(drain(reply)))
  }
  expect((await gateway.explain(ask)).excluded).toMatchObject([{ deployment: 'openai/a', reason: 'circuit_open' }])
})

test.each([
  ['400', invalidRequest('no')],
  ['401', unauthorized()],
  ['404', modelNotFound()],
])("fault: a caller's own %s opens the circuit for everyone. It does not", async (_, step) => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(step)
  const gateway = createPair(world)
  for (let call = 0; call < 20; call++)
    await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }).catch(() => {}))
  expect(world.asked()).toHaveLength(20)
})

test('the last candidate is never left out by its circuit alone', async () => {
  const world = createWorld()
  world.simulator
    .on({ model: 'a' })
    .reply(serverError())
    .then(serverError())
    .then(serverError())
    .then(serverError())
    .then(serverError())
    .then(serverError())
    .then('back')
  const gateway = createPair(world, { retry: { limit: 0 } })
  for (let call = 0; call < 6; call++)
    await world.clock.run(failureOf(gateway.chat({ model: 'solo', messages: 'Hello' })))
  expect((await world.clock.run(gateway.chat({ model: 'solo', messages: 'Hello' }))).text).toBe('back')
})

test('a reader that leaves is no failure of the deployment', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(stream(['a', 'b', 'c'], { gap: '1s' }))
  const gateway = createPair(world)
  for (let call = 0; call < 10; call++) {
    const reply = await world.clock.run(gateway.chat({ ...ask, stream: true }))
    await reply.cancel()
  }
  expect((await gateway.explain(ask)).excluded).toEqual([])
})

test('two gateways share no circuit', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const [one, two] = [createPair(world), createPair(world)]
  for (let call = 0; call < 6; call++) await world.clock.run(one.chat(ask))
  expect((await one.explain(ask)).excluded).toHaveLength(1)
  expect((await two.explain(ask)).excluded).toHaveLength(0)
})

const solo = { model: 'solo', messages: 'Hello' } as const

test('a circuit never fails a call that somebody might serve: when the others have failed, one that rests is asked', async () => {
  const world = createWorld()
  let down = 'a'
  world.simulator.on({ model: 'a' }).reply(() => (down === 'a' ? serverError() : answer('a again')))
  world.simulator.on({ model: 'b' }).reply(() => (down === 'b' ? serverError() : answer('b')))
  const gateway = createPair(world)
  for (let call = 0; call < 5; call++) await world.clock.run(gateway.chat(ask))
  down = 'b'
  expect((await world.clock.run(gateway.chat(ask))).text).toBe('a again')
  // That it answered is as good as a probe.
  expect(gateway.breaker.state()[0]).toMatchObject({ deployment: 'openai/a', state: 'closed' })
})

test('what began before a circuit opened does not close it', async () => {
  const world = createWorld()
  let slow = true
  world.simulator.on({ model: 'a' }).reply(() => (slow ? answer('late', { after: '3s' }) : serverError()))
  const gateway = createPair(world)
  const early = gateway.chat(ask)
  await world.clock.advance('1s')
  slow = false
  for (let call = 0; call < 5; call++) await world.clock.run(gateway.chat(ask))
  expect((await world.clock.run(early)).text).toBe('late')
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'open' })
})

test('a probe that nobody can be blamed for leaves the next call to probe', async () => {
  const world = createWorld()
  let step = serverError()
  world.simulator.on({ model: 'a' }).reply(() => step)
  const gateway = createPair(world)
  for (let call = 0; call < 5; call++) await world.clock.run(gateway.chat(ask))
  await world.clock.advance('5s')
  step = invalidRequest('no')
  await world.clock.run(failureOf(gateway.chat(ask)))
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'half-open', failuresInARow: 5 })
  world.simulator.on({ model: 'a' }).reply('back')
  expect((await world.clock.run(gateway.chat(ask))).text).toBe('back')
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'closed' })
})

test('a probe that stalls keeps one call waiting, and no other', async () => {
  const world = createWorld()
  world.simulator
    .on({ model: 'a' })
    .reply(serverError())
    .then(serverError())
    .then(serverError())
    .then(serverError())
    .then(serverError())
    .then(stalled())
  const gateway = createPair(world, { timeouts: { firstToken: '20s' } })
  for (let call = 0; call < 5; call++) await world.clock.run(gateway.chat(ask))
  await world.clock.advance('5s')
  const probing = gateway.chat({ ...ask, stream: true })
  await world.clock.settle()
  const before = world.clock.now()
  for (let call = 0; call < 10; call++) await world.clock.run(gateway.chat(ask))
  expect(world.clock.now()).toBe(before)
  await world.clock.run(probing.then(drain))
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'open' })
})

test('a probe whose request its platform has ended, so that it never ends, keeps nobody away beyond its deadline', async () => {
  const world = createWorld()
  const script = world.simulator.on({ model: 'a' }).reply(serverError())
  for (let call = 1; call < 5; call++) script.then(serverError())
  script.then(stalled()).then('back')
  let ended = false
  const gateway = createPair(world, {
    runtime: { timer: (ms, callback) => (ended ? () => {} : world.clock.timer(ms, callback)) },
  })
  for (let call = 0; call < 5; call++) await world.clock.run(gateway.chat(ask))
  await world.clock.advance('5s')
  // As on workerd when a client leaves: nothing of the request is ever heard of again, not even a timer.
  ended = true
  void gateway.chat(ask)
  await world.clock.settle()
  ended = false
  await world.clock.advance('11m')
  expect((await world.clock.run(gateway.chat(ask))).text).toBe('back')
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'closed' })
})

test('a 503 that asks to wait longer than the cooldown is heeded, up to the longest cooldown', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError(503, { headers: { 'retry-after': '30' } }))
  const gateway = createPair(world)
  for (let call = 0; call < 5; call++) await world.clock.run(gateway.chat(ask))
  expect(gateway.breaker.state()[0]!.until).toBe(world.clock.now() + 30_000)
})

test('circuits can be looked at, opened and closed by hand', async () => {
  const world = createWorld()
  const gateway = createPair(world)
  gateway.breaker.open('openai/a', '10m')
  expect(gateway.breaker.state()).toEqual([
    {
      deployment: 'openai/a',
      state: 'open',
      until: world.clock.now() + 600_000,
      by: 'hand',
      calls: 0,
      failures: 0,
      failuresInARow: 0,
    },
  ])
  expect((await gateway.explain(ask)).excluded).toEqual([
    { deployment: 'openai/a', reason: 'circuit_open', detail: 'it was taken out by hand' },
  ])
  // Not even as the last resort.
  expect((await world.clock.run(failureOf(gateway.chat(solo)))).code).toBe('circuit_open')
  expect(world.asked()).toEqual([])
  gateway.breaker.close('openai/a')
  await world.clock.run(gateway.chat(solo))
  expect(world.asked()).toEqual(['a'])
  expect(() => gateway.breaker.open('openai')).toThrow('"openai" is no deployment of this gateway.')
})

test('a deployment that no group names can be taken out too, by its whole id', async () => {
  const world = createWorld()
  const gateway = createGateway({
    providers: [provider(openai, { id: 'eu', region: 'eu' })],
    breaker: { consecutiveFailures: 1 },
    runtime: world.runtime,
  })
  gateway.breaker.open('eu/m@eu')
  expect((await failureOf(gateway.chat({ model: 'eu/m', messages: 'Hello' }))).code).toBe('circuit_open')
  expect(world.asked()).toEqual([])
})

test('a circuit that is opened by hand without an end is never probed', async () => {
  const world = createWorld()
  const gateway = createPair(world)
  gateway.breaker.open('openai/a')
  await world.clock.advance('720h')
  await world.clock.run(gateway.chat(ask))
  expect(world.asked()).toEqual(['b'])
})

test('whoever listens hears of each change, and does no harm by failing', async () => {
  const world = createWorld()
  let down = true
  world.simulator.on({ model: 'a' }).reply(() => (down ? serverError() : answer('back')))
  const changes: CircuitChange[] = []
  const gateway = createPair(world, {
    breaker: {
      onChange(change) {
        changes.push(change)
        throw new Error('the listener failed')
      },
    },
  })
  for (let call = 0; call < 5; call++) await world.clock.run(gateway.chat(ask))
  const until = world.clock.now() + 5000
  down = false
  await world.clock.advance('5s')
  await world.clock.run(gateway.chat(ask))
  expect(changes).toEqual([
    { deployment: 'openai/a', state: 'open', until, because: 'provider_unavailable', by: 'calls' },
    { deployment: 'openai/a', state: 'half-open', by: 'calls' },
    { deployment: 'openai/a', state: 'closed', by: 'calls' },
  ])
})

test('whoever listens may take time, and does no harm by failing then', async () => {
  const rejections: unknown[] = []
  const onRejection = (cause: unknown): void => void rejections.push(cause)
  process.on('unhandledRejection', onRejection)
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const heard: string[] = []
  const gateway = createPair(world, {
    breaker: {
      async onChange({ state }) {
        heard.push(state)
        throw new Error('the listener failed')
      },
    },
  })
  for (let call = 0; call < 5; call++) await world.clock.run(gateway.chat(ask))
  await new Promise((resolve) => setTimeout(resolve, 10))
  process.off('unhandledRejection', onRejection)
  expect(heard).toEqual(['open'])
  expect(rejections).toEqual([])
})

test('a serverless process goes on with the circuits of the one before', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const before = createPair(world)
  for (let call = 0; call < 5; call++) await world.clock.run(before.chat(ask))
  await world.clock.run(failureOf(before.chat(solo)))
  before.breaker.open('google/c')
  const kept = JSON.parse(JSON.stringify(before.breaker.snapshot()))

  const after = createPair(world)
  after.breaker.restore(kept)
  expect(after.breaker.snapshot()).toEqual(before.breaker.snapshot())
  expect((await after.explain(ask)).excluded).toMatchObject([{ deployment: 'openai/a', reason: 'circuit_open' }])
  await world.clock.advance('5s')
  await world.clock.run(after.chat(ask))
  // The cooldown has gone on growing.
  expect(after.breaker.state().find(({ deployment }) => deployment === 'openai/a')!.until).toBe(
    world.clock.now() + 10_000,
  )
})

test('what is no snapshot is refused', () => {
  const gateway = createPair(createWorld())
  expect(() => gateway.breaker.restore({ circuits: [] } as never)).toThrow(
    'breaker.restore takes what breaker.snapshot gave.',
  )
  expect(() => gateway.breaker.restore([{ deployment: 1 }] as never)).toThrow('breaker.restore takes what')
  expect(() => gateway.breaker.restore([null] as never)).toThrow('breaker.restore takes what')
})

test('breaker: false never opens a circuit', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const gateway = createPair(world, { breaker: false })
  for (let call = 0; call < 50; call++) await world.clock.run(gateway.chat(ask))
  expect(world.asked().filter((model) => model === 'a')).toHaveLength(50)
})

test('made-up names of models do not fill the memory', async () => {
  const world = createWorld({ keep: 0 })
  const gateway = createPair(world)
  for (let call = 0; call < 4200; call++)
    await world.clock.run(gateway.chat({ model: `openai/made-up-${call}`, messages: 'Hello' }))
  expect(gateway.breaker.state().length).toBeLessThanOrEqual(4096)
})

test('made-up names that are limited do not fill the memory, nor put a circuit away that was opened by hand', async () => {
  const world = createWorld({ keep: 0, unmatched: rateLimited() })
  const gateway = createPair(world, { breaker: litellmBreaker(), maxAttempts: 1 })
  gateway.breaker.open('openai/a')
  for (let call = 0; call < 4200; call++)
    await world.clock.run(failureOf(gateway.chat({ model: `openai/made-up-${call}`, messages: 'Hello' })))
  expect(gateway.breaker.state().length).toBeLessThanOrEqual(4096)
  expect(gateway.breaker.state()[0]).toMatchObject({ deployment: 'openai/a', by: 'hand' })
})

test('among 1,200 deployments that take turns, one that fails is still found out', () => {
  const deployments = Array.from({ length: 1200 }, (_, index) => ({
    name: `d${index}`,
    latency: 100,
    ...(index === 7 && { outage: [0, 1000] as const }),
  }))
  const { counts } = runFleet({ strategy: roundRobin(), planned: true, calls: 24_000, rate: 2000, deployments })
  expect(counts[8]).toBeGreaterThanOrEqual(20)
  expect(counts[7]).toBeLessThan(10)
})

test('litellmBreaker opens on one 429, for five seconds', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(rateLimited())
  const gateway = createGateway({
    // With a second key, the 429 alone would leave the deployment in.
    providers: [provider(openai, { apiKey: ['one', 'two'] })],
    models: { pair: ['openai/a', 'openai/b'] },
    routing: ordered(),
    breaker: litellmBreaker(),
    runtime: world.runtime,
  })
  await world.clock.run(gateway.chat(ask))
  expect(world.asked()).toEqual(['a', 'b'])
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'open', until: world.clock.now() + 5000 })
})

test('litellmBreaker opens when more than half of the calls of the current minute failed, of at least five', async () => {
  const world = createWorld()
  let call = 0
  world.simulator.on({ model: 'a' }).reply(() => (call++ % 2 === 0 ? serverError() : answer('fine')))
  const gateway = createPair(world, { breaker: litellmBreaker() })
  // The clock stands at a full minute: four calls before the next, and four after.
  await world.clock.advance('50s')
  for (let n = 0; n < 4; n++) await world.clock.run(gateway.chat(ask))
  await world.clock.advance('10s')
  for (let n = 0; n < 4; n++) await world.clock.run(gateway.chat(ask))
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'closed', calls: 4, failures: 2 })
  await world.clock.run(gateway.chat(ask))
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'open', until: world.clock.now() + 5000 })
  // The cooldown does not grow.
  world.simulator.on({ model: 'a' }).reply(serverError())
  await world.clock.advance('5s')
  await world.clock.run(gateway.chat(ask))
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'open', until: world.clock.now() + 5000 })
})

test.each([
  ['hystrixBreaker', hystrixBreaker(), 20, 5000],
  ['envoyBreaker', envoyBreaker(), 5, 30_000],
])('%s opens by its own rule', async (_, breaker, calls, cooldown) => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const gateway = createPair(world, { breaker })
  for (let call = 0; call < calls - 1; call++) await world.clock.run(gateway.chat(ask))
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'closed' })
  await world.clock.run(gateway.chat(ask))
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'open', until: world.clock.now() + cooldown })
})

test('a fleet: when one gateway opens a circuit, the others stop within a second, and start when it closes', async () => {
  const world = createWorld()
  let down = true
  world.simulator.on({ model: 'a' }).reply(() => (down ? serverError() : answer('back')))
  const store = memoryCircuits()
  const changes: CircuitChange[] = []
  const one = createPair(world, { breaker: { fleet: fleet(store) } })
  const two = createPair(world, { breaker: { fleet: fleet(store), onChange: (change) => void changes.push(change) } })
  const toA = async (gateway: typeof one): Promise<boolean> => {
    const before = world.simulator.calls.length
    await world.clock.run(gateway.chat(ask))
    return world.simulator.calls.slice(before).some(({ model }) => model === 'a')
  }
  expect(await toA(two)).toBe(true)
  for (let call = 0; call < 5; call++) await world.clock.run(one.chat(ask))
  await world.clock.advance('1s')
  // The call that looks does not wait for what it learns.
  expect(await toA(two)).toBe(true)
  expect(await toA(two)).toBe(false)
  expect(changes).toMatchObject([{ deployment: 'openai/a', state: 'open', by: 'fleet' }])
  down = false
  await world.clock.advance('4s')
  expect(await toA(one)).toBe(true)
  expect(one.breaker.state()[0]).toMatchObject({ state: 'closed' })
  expect(await toA(two)).toBe(true)
  expect(two.breaker.state()[0]).toMatchObject({ state: 'closed' })
})

test('the closing of one circuit is heard by the others', async () => {
  const world = createWorld()
  const store = memoryCircuits()
  const gateway = createPair(world, { breaker: { fleet: fleet(store) } })
  store.write('openai/a', 60_000, world.clock.now())
  await world.clock.run(gateway.chat(ask))
  expect(gateway.breaker.state().find(({ deployment }) => deployment === 'openai/a')).toMatchObject({ state: 'open' })
  store.write('openai/a', 0, world.clock.now())
  await world.clock.advance('1s')
  await world.clock.run(gateway.chat(ask))
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'closed' })
})

test('law: few trips. The store of a fleet is read at most once a second, and no call waits for it', async () => {
  const world = createWorld()
  let reads = 0
  const store: CircuitStore = {
    read() {
      reads++
      return new Promise(() => {})
    },
    write: () => new Promise(() => {}),
  }
  const gateway = createPair(world, { breaker: { fleet: fleet(store) } })
  const before = world.clock.now()
  for (let call = 0; call < 20; call++) {
    await gateway.chat(ask)
    await world.clock.advance('250ms')
  }
  expect(reads).toBe(5)
  expect(world.clock.now() - before).toBe(5000)
})

test.each([
  [
    'throws',
    () => {
      throw new Error('down')
    },
  ],
  ['rejects', () => Promise.reject(new Error('down'))],
  ['never answers', () => new Promise<never>(() => {})],
  ['answers with rubbish', () => 42 as never],
])('a store of a fleet that %s is ignored, with a warning', async (_, fail) => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const gateway = createPair(world, { breaker: { fleet: fleet({ read: fail, write: fail }) } })
  for (let call = 0; call < 6; call++) await world.clock.run(gateway.chat(ask))
  expect(gateway.breaker.state()[0]).toMatchObject({ state: 'open' })
  await world.clock.advance('2s')
  const { trace } = await world.clock.run(gateway.chat(ask))
  if (_ !== 'answers with rubbish')
    expect(trace.warnings).toContain('The store of the circuits did not answer: it is ignored.')
  await world.clock.run(gateway.flush())
})

test.each([
  [{ errorRatio: 2 }, 'breaker.errorRatio is 2: it must be a share from 0 to 1.'],
  [{ colldown: '5s' }, 'Unknown option breaker.colldown. Did you mean cooldown?'],
  [{ opensOn: ['nope'] }, 'breaker.opensOn is a list: it must be a list of error codes.'],
  [{ window: 0 }, 'breaker.window is 0: it must be a millisecond at least.'],
  [{ window: '0.0s' }, 'breaker.window is "0.0s": it must be a millisecond at least.'],
  [{ fleet: {} }, 'breaker.fleet is an object: it must be what fleet(…) gives.'],
  [true, 'breaker is true: it must be an object of options.'],
])('the option %j is refused with its name and the remedy', (breaker, message) => {
  expect(() => createPair(createWorld(), { breaker: breaker as never })).toThrow(message)
})
