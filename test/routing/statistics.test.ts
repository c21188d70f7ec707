import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  createGateway,
  type Deployment,
  leastInFlight,
  ordered,
  type StatisticsNews,
  type StatisticsSnapshot,
  type StatisticsStore,
  sharedStatistics,
  weightedShuffle,
} from '../../src/index.ts'
import { Histogram } from '../../src/routing/statistics/histogram.ts'
import { DeploymentRecord } from '../../src/routing/statistics/known.ts'
import { seededRandom, serverError, stalled, stream } from '../../src/testing/index.ts'
import { createWorld, providers, type World } from '../world.ts'
import { createBench, epoch } from './harness.ts'

const hello = { model: 'openai/a', messages: 'Hello' } as const
const a = { id: 'openai/a' }

function createOne(
  world: World,
  statistics: boolean | StatisticsSnapshot | ReturnType<typeof sharedStatistics> = true,
) {
  return createGateway({ providers, statistics, runtime: world.runtime })
}

test('percentiles are within a bucket of the true ones', () => {
  const random = seededRandom(5)
  const values = Array.from({ length: 5000 }, () => Math.exp(4 + random() * 5))
  const histogram = new Histogram()
  for (const value of values) histogram.add(value, epoch)
  const sorted = [...values].sort((one, other) => one - other)
  for (const p of [0.5, 0.75, 0.9, 0.95, 0.99]) {
    const truth = sorted[Math.ceil(p * values.length) - 1]!
    expect(Math.abs(histogram.percentile(p, epoch)! / truth - 1)).toBeLessThan(0.05)
  }
})

test('what is dated in the future, by a clock that was ahead, does not outweigh what is seen now', () => {
  const record = new DeploymentRecord()
  const mean: readonly [number, number, number] = [10, 1_000_000, epoch + 3_600_000]
  record.merge(
    {
      measures: { whole: { mean, peak: [null, 0], histogram: { answered: [] } } },
      minute: [],
      output: mean,
      tokens: mean,
      failedAt: 0,
    },
    epoch,
  )
  const timing = { stream: false, first: undefined, whole: 100, waitedForReader: 0 }
  for (let second = 0; second < 300; second++) {
    record.settled({ status: 'completed' } as never, timing, epoch + 1000 * second)
  }
  expect(record.mean('whole')).toBeLessThan(200)
})

test('what is older than 5 minutes has left the percentiles', () => {
  const histogram = new Histogram()
  for (let minute = 0; minute < 10; minute++) {
    for (let call = 0; call < 100; call++) histogram.add(minute < 5 ? 10_000 : 100, epoch + minute * 60_000)
  }
  expect(histogram.percentile(0.99, epoch + 9 * 60_000)).toBeLessThan(120)
  expect(histogram.answers(epoch + 9 * 60_000)).toBe(500)
  expect(histogram.percentile(0.5, epoch + 30 * 60_000)).toBeUndefined()
})

test('nothing that broke off ever lowers a percentile, nor a mean, nor a peak', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 1, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 60 }),
      fc.array(fc.double({ min: 0, max: 600_000, noNaN: true }), { minLength: 1, maxLength: 20 }),
      fc.constantFrom(0.5, 0.75, 0.9, 0.95, 0.99),
      (answers, broken, p) => {
        const record = new DeploymentRecord()
        const timing = (whole: number) => ({ stream: false, first: undefined, whole, waitedForReader: 0 })
        const outcome = { deployment: undefined, charge: undefined, response: undefined, error: undefined }
        for (const whole of answers) record.settled({ ...outcome, status: 'completed' }, timing(whole), epoch)
        for (const whole of broken) {
          const before = [record.percentile('whole', p, epoch), record.mean('whole'), record.peak('whole')] as number[]
          record.settled({ ...outcome, status: 'cancelled' }, timing(whole), epoch)
          const after = [record.percentile('whole', p, epoch), record.mean('whole'), record.peak('whole')] as number[]
          for (const [index, value] of after.entries())
            expect(value).toBeGreaterThanOrEqual(before[index]! * (1 - 1e-9))
        }
      },
    ),
    { numRuns: 200, seed: 11 },
  )
})

test('fault: the losers of hedging are not counted, so that the slow end is never seen and hedging feeds itself', () => {
  // One answer in ten takes 10 s. A hedge ends it after 1 s, so nobody ever sees one.
  const histogram = new Histogram()
  for (let call = 0; call < 1000; call++) {
    if (call % 10 === 0) histogram.atLeast(1000, epoch)
    else histogram.add(100, epoch)
  }
  expect(histogram.percentile(0.95, epoch)).toBeGreaterThan(900)
})

test('fault: the oldest samples stay for ever. A deployment that got faster is fast soon', async () => {
  const world = createWorld()
  let after: '4s' | '50ms' = '4s'
  world.simulator.on().reply(() => ({ kind: 'answer', content: [{ type: 'text', text: 'x' }], after }))
  const gateway = createOne(world)
  for (let call = 0; call < 20; call++) await world.clock.run(gateway.chat(hello))
  after = '50ms'
  for (let call = 0; call < 20; call++) {
    await world.clock.run(gateway.chat(hello))
    await world.clock.advance('5s')
  }
  expect(gateway.statistics.of(a).mean('whole')).toBeLessThan(300)
})

test('fault: time to the first token divided by tokens. Each measure is its own', async () => {
  const world = createWorld()
  const words = Array.from({ length: 41 }, (_, index) => `word${index} `)
  world.simulator
    .on()
    .reply(stream(words, { after: '200ms', firstChunk: '300ms', gap: '50ms', usage: { outputTokens: 41 } }))
  const gateway = createOne(world)
  const streaming = await world.clock.run(gateway.chat({ ...hello, stream: true }))
  await world.clock.run(streaming.response)
  const known = gateway.statistics.of(a)
  expect(known.mean('firstToken')).toBeCloseTo(500)
  expect(known.mean('perToken')).toBeCloseTo(50)
  expect(known.mean('whole')).toBeCloseTo(2500)
  expect(known.outputTokens).toBe(41)
})

test('a reader that takes its time does not make its provider slow', async () => {
  const world = createWorld()
  const words = Array.from({ length: 21 }, (_, index) => `word${index} `)
  world.simulator.on().reply(stream(words, { firstChunk: '100ms', gap: '10ms', usage: { outputTokens: 21 } }))
  const gateway = createOne(world)
  const streaming = await world.clock.run(gateway.chat({ ...hello, stream: true }))
  for await (const _ of streaming) await world.clock.advance('500ms')
  const known = gateway.statistics.of(a)
  expect(known.mean('whole')).toBeLessThan(1000)
  expect(known.mean('perToken')).toBeUndefined()
})

test('what a gateway knows of a deployment is nothing that another gateway could read', async () => {
  const worlds = [createWorld(), createWorld()] as const
  const seen: Deployment[] = []
  const [one, other] = worlds.map((world) =>
    createGateway({
      providers,
      statistics: true,
      attempt: [
        (attempt, next) => {
          seen.push(attempt.deployment)
          return next(attempt)
        },
      ],
      runtime: world.runtime,
    }),
  )
  await one!.chat(hello)
  const [deployment] = seen
  expect(one!.statistics.of(deployment!).total('requests')).toBe(1)
  expect(other!.statistics.of(deployment!).total('requests')).toBe(0)
  const mine = { id: 'openai/a' }
  one!.statistics.of(mine)
  expect(mine).toEqual({ id: 'openai/a' })
})

test('only settled attempts count: what is under way is in flight and nothing else', async () => {
  const world = createWorld()
  world.simulator.on().reply(stalled())
  const gateway = createOne(world)
  const call = gateway.chat({ ...hello, timeout: '10s', maxAttempts: 1 }).catch(() => {})
  await world.clock.advance('1s')
  const known = gateway.statistics.of(a)
  expect([known.inFlight(world.clock.now()), known.mean('whole'), known.failedAt]).toEqual([1, undefined, 0])
  await world.clock.run(call)
  expect(known.inFlight(world.clock.now())).toBe(0)
  expect(known.failureRatio(world.clock.now())).toBe(1)
})

test('nothing is recorded unless somebody asks for it', async () => {
  const record = async (options: object): Promise<number> => {
    const world = createWorld()
    const gateway = createGateway({
      providers,
      models: { pair: ['openai/a', 'google/c'] },
      ...options,
      runtime: world.runtime,
    })
    await gateway.chat({ ...hello, model: 'pair' } as never)
    return Object.keys(gateway.statistics.snapshot().deployments).length
  }
  expect(await record({ routing: weightedShuffle() })).toBe(0)
  expect(await record({ routing: leastInFlight() })).toBe(1)
  expect(await record({ routing: ordered(), statistics: true })).toBe(1)
  expect(await record({ hedge: { after: 'p95' } })).toBe(1)
  expect(await record({ hedge: { after: '5s' } })).toBe(0)
})

test('a snapshot is plain JSON, and another gateway goes on from it', async () => {
  const world = createWorld()
  world.simulator.on().reply('x', { after: '700ms' }).then('x', { after: '900ms' }).then(serverError())
  const gateway = createOne(world)
  for (let call = 0; call < 2; call++) await world.clock.run(gateway.chat(hello))
  await world.clock.run(gateway.chat({ ...hello, maxAttempts: 1 }).catch(() => {}))
  const snapshot = JSON.parse(JSON.stringify(gateway.statistics.snapshot())) as StatisticsSnapshot
  expect(JSON.stringify(snapshot)).not.toMatch(/Hello|key-of/)
  const next = createOne(world, snapshot)
  const now = world.clock.now()
  for (const [one, other] of [[gateway.statistics.of(a), next.statistics.of(a)]] as const) {
    expect(other.mean('whole')).toBe(one.mean('whole'))
    expect(other.peak('whole')).toBe(one.peak('whole'))
    expect(other.percentile('whole', 0.9, now)).toBe(one.percentile('whole', 0.9, now))
    expect(other.used('requests', now)).toBe(one.used('requests', now))
    expect(other.failureRatio(now)).toBe(one.failureRatio(now))
    expect(other.outputTokens).toBe(one.outputTokens)
    expect(other.inFlight(now)).toBe(0)
  }
  // An hour later, nothing of it is recent.
  await world.clock.advance('1h')
  const later = createOne(world, snapshot).statistics.of(a)
  expect(later.percentile('whole', 0.9, world.clock.now())).toBeUndefined()
  expect(later.used('requests', world.clock.now())).toBe(0)
})

test('a snapshot of another version, or of any shape, is left out and does no harm', () => {
  const world = createWorld()
  const strange = [
    { version: 2, deployments: { 'openai/a': {} } },
    { version: 1, deployments: { 'openai/a': null, 'openai/b': { measures: 7, minute: 'x' }, 'openai/c': [] } },
    {
      version: 1,
      deployments: { 'openai/a': { measures: {}, minute: [], output: [1, null, 1], tokens: [], failedAt: 0 } },
    },
  ]
  for (const snapshot of strange) {
    const { statistics } = createOne(world, snapshot as never)
    expect(statistics.of(a).outputTokens).toBeUndefined()
  }
})

test.each([null, undefined, 'none', { version: 1 }, { version: 1, deployments: null }])(
  '%j, which is no snapshot, is refused by name',
  (snapshot) => {
    const { statistics } = createOne(createWorld())
    expect(() => statistics.restore(snapshot as never)).toThrow(
      expect.objectContaining({
        code: 'invalid_request',
        message: 'statistics.restore takes what statistics.snapshot gave.',
      }),
    )
  },
)

test('what one gateway of a fleet has seen, the others know, a trip for each few seconds', async () => {
  const log: StatisticsNews[] = []
  let trips = 0
  const store: StatisticsStore = {
    exchange(news, after) {
      trips += 1
      log.push(JSON.parse(JSON.stringify(news)))
      return { news: log.slice(Number(after ?? 0)), after: String(log.length) }
    },
  }
  const world = createWorld()
  world.simulator.on().reply('x', { after: '800ms' })
  const [one, other] = [1, 2].map(() => createOne(world, sharedStatistics({ store, every: '5s' })))
  for (let call = 0; call < 25; call++) await world.clock.run(one!.chat(hello))
  expect(trips).toBeLessThanOrEqual(5)
  // The other has served somebody else, and hears of it.
  await world.clock.run(other!.chat({ ...hello, model: 'openai/b' }))
  await other!.flush()
  expect(other!.statistics.of(a).mean('whole')).toBeCloseTo(800, 0)
  expect(other!.statistics.of(a).answers('whole', world.clock.now())).toBeGreaterThan(15)
  // What it heard it does not tell again.
  await world.clock.run(one!.chat(hello))
  await world.clock.advance('5s')
  await world.clock.run(one!.chat(hello))
  await one!.flush()
  expect(one!.statistics.of(a).answers('whole', world.clock.now())).toBe(27)
})

test('news that a store did not take are told the next time', async () => {
  const world = createWorld()
  const told: StatisticsNews[] = []
  let broken = true
  const store: StatisticsStore = {
    async exchange(news) {
      if (broken) throw new Error('gone')
      told.push(news)
      return { news: [], after: '0' }
    },
  }
  const gateway = createOne(world, sharedStatistics({ store, every: '1s' }))
  for (let call = 0; call < 3; call++) {
    await gateway.chat(hello)
    await world.clock.advance('2s')
  }
  broken = false
  await gateway.chat(hello)
  await gateway.flush()
  const record = new DeploymentRecord()
  record.merge(told[0]!.learnt.deployments['openai/a']!, world.clock.now())
  expect(record.used('requests', world.clock.now())).toBe(4)
})

test('news that a store took late, or gave back beside what nobody can read, are told once', async () => {
  const world = createWorld()
  const told: StatisticsNews[] = []
  const store: StatisticsStore = {
    exchange(news, after = '0') {
      told.push(news)
      const answer = { news: [{ from: 'newer' }, null] as never, after: `${Number(after) + 1}` }
      return told.length > 1 ? answer : new Promise((resolve) => world.clock.timer(3000, () => resolve(answer)))
    },
  }
  const gateway = createOne(world, sharedStatistics({ store, every: '1s' }))
  for (let call = 0; call < 5; call++) {
    await gateway.chat(hello)
    await world.clock.advance('5s')
  }
  await gateway.flush()
  const all = new DeploymentRecord()
  for (const { learnt } of told) all.merge(learnt.deployments['openai/a']!, world.clock.now())
  expect(all.used('requests', world.clock.now())).toBe(5)
})

test('a gateway goes on telling though its platform has ended the request that told last', async () => {
  const world = createWorld()
  let trips = 0
  let ended = false
  const store: StatisticsStore = {
    exchange() {
      trips += 1
      ended = trips === 1
      return ended ? new Promise<never>(() => {}) : { news: [], after: '0' }
    },
  }
  const gateway = createGateway({
    providers,
    statistics: sharedStatistics({ store, every: '1s' }),
    runtime: {
      ...world.runtime,
      timer: (ms, callback) => (ended ? () => {} : world.clock.timer(ms, callback)),
    },
  })
  await gateway.chat(hello)
  ended = false
  await world.clock.advance('5s')
  await gateway.chat(hello)
  expect(trips).toBe(2)
})

test('what a gateway had under way when it was gone is forgotten, though it told of others since', async () => {
  const world = createWorld()
  const log: StatisticsNews[] = []
  const store: StatisticsStore = {
    exchange: (_, after) => ({ news: log.slice(Number(after ?? 0)), after: String(log.length) }),
  }
  const gateway = createOne(world, sharedStatistics({ store, every: '5s' }))
  const tell = (inFlight: Record<string, number>): void => {
    log.push({ from: 'another', at: world.clock.now(), learnt: { version: 1, deployments: {} }, inFlight })
  }
  const underWayAt = async (deployment: string): Promise<number> => {
    await world.clock.advance('6s')
    await world.clock.run(gateway.chat({ ...hello, model: 'openai/mine' }))
    await gateway.flush()
    return gateway.statistics.of({ id: deployment }).inFlight(world.clock.now())
  }
  tell({ 'openai/a': 5 })
  expect(await underWayAt('openai/a')).toBe(5)
  tell({ 'openai/b': 1 })
  expect(await underWayAt('openai/a')).toBe(5)
  await world.clock.advance('1m')
  expect(await underWayAt('openai/a')).toBe(0)
  expect(await underWayAt('openai/b')).toBe(0)
})

test('names that callers make up push no deployment out that serves', async () => {
  const { deployments, statistics } = createBench([{ name: 'real' }])
  const [real] = deployments
  const ask = (deployment: object): unknown =>
    statistics.count({ deployment, settlement: { on() {} }, deadline: 0 } as never, async () => undefined as never)
  statistics.record(real!.id).sent(epoch)
  for (let name = 0; name < 10_000; name++) {
    ask({ id: `sim/made-up-${name}` })
    if (name % 1000 === 0) ask(real!)
  }
  expect(statistics.of(real!).used('requests', epoch)).toBe(1)
  expect(Object.keys(statistics.snapshot().deployments).length).toBeLessThanOrEqual(4097)
})

test('a deployment takes some kilobytes, however many calls it serves', () => {
  const record = new DeploymentRecord()
  const random = seededRandom(2)
  const outcome = {
    status: 'completed',
    deployment: undefined,
    charge: undefined,
    response: undefined,
    error: undefined,
  } as const
  for (let call = 0; call < 50_000; call++) {
    const whole = random() * 5000
    record.settled(outcome, { stream: true, first: whole / 3, whole, waitedForReader: 0 }, epoch + call * 20)
  }
  expect(JSON.stringify(record).length).toBeLessThan(8000)
})
