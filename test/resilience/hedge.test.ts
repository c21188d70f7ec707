import { expect, test } from 'vitest'
import { answer, serverError, stream } from '../../src/testing/index.ts'
import { createPair, createWorld, drain, failureOf } from '../world.ts'

const ask = { model: 'pair', messages: 'Hello' } as const

test('when the first says nothing for long enough, another is asked too, and the first content wins', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('late', { after: '10s' })
  const gateway = createPair(world, { hedge: { after: '1s' } })
  const before = world.clock.now()
  const reply = await world.clock.run(gateway.chat(ask))
  expect(reply.text).toBe('You said: Hello')
  expect(world.clock.now() - before).toBe(1000)
  await world.clock.settle()
  expect(world.simulator.calls.map(({ outcome }) => outcome)).toEqual(['aborted', 'answered'])
  expect(world.clock.pending).toBe(0)
})

test('nobody else is asked when the first is in time', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('in time', { after: '0.5s' } as never)
  const gateway = createPair(world, { hedge: { after: '1s' } })
  expect((await world.clock.run(gateway.chat(ask))).text).toBe('in time')
  expect(world.asked()).toEqual(['a'])
})

test('fault: a hedged stream that aborts its own winner. The winner is read to its end', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(stream(['late'], { firstChunk: '10s' }))
  world.simulator.on({ model: 'b' }).reply(stream(['x', 'y', 'z'], { gap: '2s' }))
  const gateway = createPair(world, { hedge: { after: '1s' } })
  const text = await world.clock.run(gateway.chat({ ...ask, stream: true }).then((reply) => drain(reply.textStream)))
  expect(text.join('')).toBe('xyz')
  expect(world.simulator.calls.map(({ outcome }) => outcome)).toEqual(['aborted', 'answered'])
})

test('when the hedge fails, the first still counts; when both fail, the call goes on', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply('late', { after: '3s' })
  world.simulator.on({ model: 'b' }).reply(serverError())
  expect((await world.clock.run(createPair(world, { hedge: { after: '1s' } }).chat(ask))).text).toBe('late')

  world.simulator.on({ model: 'a' }).reply(serverError(500, { after: '3s' } as never))
  const error = await world.clock.run(
    failureOf(createPair(world, { hedge: { after: '1s' }, retry: { limit: 0 } }).chat(ask)),
  )
  expect(error.attempts.map(({ deployment }) => deployment).sort()).toEqual(['anthropic/b', 'openai/a'])
})

test('hedges count as attempts', async () => {
  const world = createWorld()
  world.simulator.on().reply(answer('late', { after: '10s' }))
  const gateway = createPair(world, { hedge: { after: '1s' }, maxAttempts: 1 })
  await world.clock.run(gateway.chat(ask))
  expect(world.asked()).toHaveLength(1)
})
