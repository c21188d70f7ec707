import { expect, test } from 'vitest'
import { answer, invalidRequest, modelNotFound, serverError, stream, unauthorized } from '../../src/testing/index.ts'
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
