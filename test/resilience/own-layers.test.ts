import { expect, test } from 'vitest'
import type { Attempt, Call } from '../../src/call.ts'
import { concurrency, type Middleware, type Next, replay, StreamReply, type Trace } from '../../src/index.ts'
import { respond, serverError, stalled, stream } from '../../src/testing/index.ts'
import { createPair, createWorld, drain, failureOf, type World } from '../world.ts'

const solo = { model: 'solo', messages: 'Hello' } as const

/** A gateway with room for one call at a time, and a layer around its first attempt. */
function withFirst(world: World, layer: Middleware<Attempt>): ReturnType<typeof createPair> {
  let attempts = 0
  return createPair(world, {
    attempt: [(attempt, next) => (attempts++ === 0 ? layer(attempt, next) : next(attempt))],
    concurrency: concurrency({ limit: 1, queue: 0 }),
  })
}

test('a layer around attempts that throws, and does not reject, fails its attempt and keeps no place', async () => {
  const world = createWorld()
  const gateway = withFirst(world, () => {
    throw new Error('No.')
  })
  expect(await failureOf(gateway.chat(solo))).toMatchObject({ code: 'internal', message: 'No.' })
  expect((await world.clock.run(gateway.chat(solo))).text).toBe('You said: Hello')
})

test('a layer that throws at a later attempt is named by what it threw', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(serverError())
  const gateway = createPair(world, {
    attempt: [
      (attempt, next) => {
        if (attempt.number === 2) throw new Error('No.')
        return next(attempt)
      },
    ],
  })
  const error = await world.clock.run(failureOf(gateway.chat({ ...solo, model: 'pair' })))
  expect(error).toMatchObject({ code: 'internal', message: 'No.' })
})

test('a layer that answers in place of the provider settles its attempt, whole or streamed', async () => {
  for (const streamed of [false, true]) {
    const world = createWorld()
    const { response } = await createPair(world).chat(solo)
    const caller = new AbortController()
    const outcomes: string[] = []
    const gateway = withFirst(world, async ({ operation, settlement }) => {
      settlement.on(({ status }) => void outcomes.push(status))
      return streamed
        ? new StreamReply(operation, replay(operation.unfold(response)))
        : { kind: 'whole' as const, response }
    })
    const reply = await gateway.chat({ ...solo, stream: streamed, signal: caller.signal })
    if ('textStream' in reply) await drain(reply.textStream)
    expect(outcomes).toEqual(['completed'])
    expect((await world.clock.run(gateway.chat(solo))).text).toBe('You said: Hello')
    expect(world.simulator.calls).toHaveLength(2)
  }
})

test('a layer that gives nothing is named, and the call settles', async () => {
  const nothing = (async (call: Call, next: Next) => void (await next(call))) as unknown as Middleware
  for (const option of ['use', 'attempt'] as const) {
    const world = createWorld()
    const closed: Trace[] = []
    const gateway = createPair(world, { [option]: [nothing], telemetry: [(trace) => void closed.push(trace)] })
    const error = await world.clock.run(failureOf(gateway.chat(solo)))
    expect(error.code).toBe('invalid_configuration')
    expect(error.message).toContain(`A middleware of the option ${option} gave no reply`)
    await gateway.flush()
    expect(closed.map(({ status }) => status)).toEqual(['failed'])
  }
})

test('a stream that a layer has thrown away is not read on, and is charged', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(stream(['a', 'b', 'c'], { gap: '1s' }))
  const gateway = withFirst(world, async (attempt, next) => {
    await next(attempt)
    throw new Error('No.')
  })
  const error = await world.clock.run(failureOf(gateway.chat({ ...solo, stream: true })))
  await world.clock.settle()
  expect(error.attempts).toHaveLength(1)
  expect(world.simulator.calls[0]).toMatchObject({ outcome: 'aborted' })
  expect(world.clock.pending).toBe(0)
})

test('a listener that fails when an attempt is aborted keeps nobody else from leaving', async () => {
  const world = createWorld()
  world.simulator.on({ model: 'a' }).reply(stalled())
  const caller = new AbortController()
  const gateway = withFirst(world, (attempt, next) => {
    attempt.onAbort(() => {
      throw new Error('No.')
    })
    return next(attempt)
  })
  const failure = failureOf(gateway.chat({ ...solo, signal: caller.signal }))
  await world.clock.settle()
  caller.abort()
  expect((await world.clock.run(failure)).code).toBe('cancelled')
  expect(world.simulator.running).toBe(0)
})

test('a request that a layer has broken, so that nobody can bound it, ends all the same, at a cost that is not known', async () => {
  const world = createWorld()
  world.simulator.on().reply(respond({ body: { results: [{ categories: {} }] } }))
  const gateway = createPair(world, {
    use: [(call, next) => next({ ...call, request: { ...call.request, input: [[{ type: 'text' }]] } as never })],
  })
  const reply = await world.clock.run(gateway.moderate({ model: 'openai/omni-moderation-latest', input: 'a' } as never))
  expect(reply.trace.attempts).toMatchObject([{ status: 'completed', charge: { uncertain: true } }])
  expect(reply.cost).toBeUndefined()
})
