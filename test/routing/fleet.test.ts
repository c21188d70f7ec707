import { describe, expect, test } from 'vitest'
import { createGateway } from '../../src/index.ts'
import { inFlight } from '../../src/routing/strategies/least-in-flight.ts'
import {
  byVerdict,
  chain,
  cheapest,
  consistentHash,
  inverseSquarePrice,
  leastInFlight,
  leastUsed,
  lowestLatency,
  ordered,
  percentageSplit,
  preferFast,
  roundRobin,
  type Strategy,
  twoChoices,
  weightedShuffle,
} from '../../src/routing/strategies.ts'
import { answer, serverError } from '../../src/testing/index.ts'
import { createWorld, providers } from '../world.ts'
import { chiSquare, exponential, type FleetOptions, runFleet, twenty } from './harness.ts'

const calls = 100_000

function run(strategy: Strategy, options: Partial<FleetOptions> = {}) {
  return runFleet({ strategy, deployments: twenty, calls, rate: 100, ...options })
}

describe('random choices match their formula', () => {
  test('weightedShuffle() goes by the weights', () => {
    const weights = twenty.map(({ weight = 1 }) => weight)
    const { counts } = run(weightedShuffle())
    expect(chiSquare(counts, weights)).toBeGreaterThan(0.001)
    // The test is able to fail.
    expect(chiSquare(counts, weights.with(0, 1.2))).toBeLessThan(0.001)
  })

  test('weightedShuffle() goes by the limits', () => {
    const limits = twenty.map(({ limits }) => limits!.requestsPerMinute!)
    expect(chiSquare(run(weightedShuffle({ by: 'requestsPerMinute' })).counts, limits)).toBeGreaterThan(0.001)
  })

  test('inverseSquarePrice() goes by 1 / price²', () => {
    const { counts } = run(inverseSquarePrice())
    const shares = (power: number): number[] => twenty.map(({ price }) => price ** -power)
    expect(chiSquare(counts, shares(2))).toBeGreaterThan(0.001)
    expect(chiSquare(counts, shares(1.9))).toBeLessThan(0.001)
  })

  test('percentageSplit() gives a canary its percentage', () => {
    const deployments = twenty.map((each, index) => (index === 0 ? { ...each, tags: ['canary'] } : each))
    const { counts } = run(percentageSplit({ percent: 5, to: 'canary' }), { deployments })
    const rest = twenty.slice(1).map(({ weight = 1 }) => weight)
    const sum = rest.reduce((total, weight) => total + weight, 0)
    expect(chiSquare(counts, [0.05, ...rest.map((weight) => (0.95 * weight) / sum)])).toBeGreaterThan(0.001)
  })

  test('consistentHash() shares users by weight', () => {
    // As many users as calls, for a user is all on one deployment.
    const { counts } = run(consistentHash(), { principal: (call) => ({ user: `user-${call}` }) })
    expect(
      chiSquare(
        counts,
        twenty.map(({ weight = 1 }) => weight),
      ),
    ).toBeGreaterThan(0.001)
  })
})

test('roundRobin() gives everybody exactly the share of its weight', () => {
  const { counts } = run(roundRobin())
  const sum = twenty.reduce((total, { weight = 1 }) => total + weight, 0)
  for (const [index, { weight = 1 }] of twenty.entries()) {
    expect(Math.abs(counts[index]! - (calls * weight) / sum)).toBeLessThanOrEqual(1)
  }
})

test('leastInFlight() keeps what is under way within 5 % of fair shares', () => {
  const deployments = twenty.map(({ name, latency, weight = 1 }) => ({ name, latency: latency!, weight }))
  // 400 a second, of which each takes the better part of a second: some 300 at a time, and a fair share of weight 1 is 6.
  const { inFlight, shares } = run(leastInFlight(), { deployments, rate: 400 })
  const total = inFlight.reduce((sum, many) => sum + many, 0)
  const weights = twenty.reduce((sum, { weight = 1 }) => sum + weight, 0)
  for (const [index, { weight = 1 }] of twenty.entries()) {
    expect(Math.abs(inFlight[index]! / ((total * weight) / weights) - 1)).toBeLessThan(0.05)
  }
  // By Little's law, calls are shared by weight over latency.
  const fair = twenty.map(({ weight = 1, mean }) => weight / mean)
  const sum = fair.reduce((all, share) => all + share, 0)
  for (const [index, share] of shares.entries()) expect(Math.abs(share / (fair[index]! / sum) - 1)).toBeLessThan(0.05)
})

test('lowestLatency() answers within 10 % of the mean of the best deployment', () => {
  const best = Math.min(...twenty.map(({ mean }) => mean))
  const { mean, counts } = run(lowestLatency())
  expect(mean).toBeLessThan(best * 1.1)
  // It has an eye on all of the others.
  expect(Math.min(...counts)).toBeGreaterThan(5)
})

test('lowestLatency() does so where latencies vary as much as exponential ones do', () => {
  const deployments = twenty.map((each) => ({ ...each, latency: exponential(each.mean) }))
  const { mean } = run(lowestLatency(), { deployments })
  expect(mean).toBeLessThan(200 * 1.1)
})

test('two choices do as their theory says: queues are as short as in the supermarket model', () => {
  // Mitzenmacher (1996): n servers, each with exponential service of mean 1, arrivals at a rate of n λ, each to the shorter of two
  // queues at random. A share λ^(2^i − 1) of the queues has at least i, from which by Little's law a call takes
  // Σ λ^(2^i − 2), i ≥ 1, on average; at random it takes 1 / (1 − λ), as in M/M/1. At λ = 0.9 that is 2.615 against 10.
  // The first is a limit for many servers: 200 of them come within a few percent. The second is true of each by itself.
  const load = 0.9
  const theory = Array.from({ length: 10 }, (_, i) => load ** (2 ** (i + 1) - 2)).reduce((sum, term) => sum + term, 0)
  const servers = (many: number): Partial<FleetOptions> => ({
    rate: many * load,
    deployments: Array.from({ length: many }, (_, index) => ({
      name: `s${index}`,
      queues: true,
      latency: exponential(1000),
    })),
  })
  const two = run(twoChoices(inFlight), servers(200)).mean / 1000
  const random = run(weightedShuffle(), servers(20)).mean / 1000
  expect(Math.abs(two / theory - 1)).toBeLessThan(0.1)
  expect(Math.abs(random * (1 - load) - 1)).toBeLessThan(0.2)
})

test('cheapest() sends all to the cheapest, ordered() to the first', () => {
  const lowest = Math.min(...twenty.map(({ price }) => price))
  expect(run(cheapest(), { calls: 1000 }).shares[twenty.findIndex(({ price }) => price === lowest)]).toBe(1)
  expect(run(ordered(), { calls: 1000 }).shares[0]).toBe(1)
})

test('leastUsed() uses the same part of all limits', () => {
  const deployments = twenty.map(({ name, limits }) => ({
    name,
    limits: { requestsPerMinute: limits!.requestsPerMinute! },
  }))
  const { counts } = run(leastUsed(), { deployments })
  const sum = deployments.reduce((total, { limits }) => total + limits.requestsPerMinute, 0)
  for (const [index, { limits }] of deployments.entries()) {
    expect(Math.abs(counts[index]! / ((calls * limits.requestsPerMinute) / sum) - 1)).toBeLessThan(0.05)
  }
})

test('preferFast() leaves those that are too slow, once that is known', () => {
  const { served } = run(preferFast({ latency: { p90: '700ms' } }))
  const fast = served.filter(({ at, deployment }) => at > 60 && twenty[deployment]!.mean * 1.4 <= 700)
  expect(fast.length / served.filter(({ at }) => at > 60).length).toBeGreaterThan(0.97)
})

const outage: readonly [number, number] = [5, 14]

test.each<[name: string, strategy: Strategy, memory: number]>([
  ['weightedShuffle', weightedShuffle(), 0],
  ['roundRobin', roundRobin(), 0],
  ['leastInFlight', leastInFlight(), 0],
  ['lowestLatency', lowestLatency(), 0],
  ['lowestLatency by two choices', lowestLatency({ choice: 'twoChoices' }), 0],
  ['leastUsed', leastUsed(), 0],
  // It remembers an outage for 30 seconds on purpose.
  ['inverseSquarePrice', inverseSquarePrice(), 30],
])(
  '%s: traffic leaves a failing deployment within 1 s, and is back within a cooldown of its recovery',
  (_, strategy, memory) => {
    // Two of them fail, the fast and cheap one among them, at the same time.
    const deployments = twenty.map((each, index) => ({
      ...each,
      price: index === 0 ? 0.2 : 0.5,
      weight: 1,
      ...((index === 0 || index === 5) && { outage }),
    }))
    const { served } = run(strategy, { deployments, calls: (36 + memory) * 200, rate: 200, planned: true })
    const share = (from: number, until: number): number => {
      const during = served.filter(({ at }) => at >= from && at < until)
      return during.filter(({ deployment }) => deployment === 0).length / during.length
    }
    const usual = share(2, outage[0])
    expect(usual).toBeGreaterThan(0.02)
    expect(share(outage[0] + 1, outage[1])).toBeLessThan(0.05 * usual + 0.002)
    // Opened a little after 5 for 5 s, probed in vain, and again after another 10 s, the cooldown in which it recovered.
    const back = outage[1] + 10 + memory
    expect(share(back, back + 10)).toBeGreaterThan(0.5 * usual)
  },
)

test('a verdict costs a strategy of a fleet nothing but the asking', () => {
  const strategy = chain(
    byVerdict(() => undefined, { strict: 'd1' }),
    roundRobin(),
  )
  expect(run(strategy, { calls: 2000 }).counts).toEqual(run(roundRobin(), { calls: 2000 }).counts)
})

test('5,000 calls through a whole gateway: the fastest serves nearly all, an outage is left and come back to', async () => {
  const world = createWorld({ seed: 3 })
  const names = Array.from({ length: 20 }, (_, index) => `d${index}`)
  let down = false
  for (const [index, name] of names.entries()) {
    world.simulator
      .on({ model: name })
      .reply(() => (down && index === 0 ? serverError() : answer('x', { after: 100 + index * 25 })))
  }
  const gateway = createGateway({
    providers,
    models: { fleet: names.map((name) => `openai/${name}`) } as Record<string, string[]>,
    routing: lowestLatency(),
    runtime: world.runtime,
  })
  const share = async (calls: number): Promise<number> => {
    const before = world.simulator.calls.length
    const replies: Promise<unknown>[] = []
    for (let call = 0; call < calls; call += 25) {
      for (let each = 0; each < 25; each++) replies.push(gateway.chat({ model: 'fleet', messages: 'Hello' }))
      await world.clock.advance('250ms')
    }
    await world.clock.run(Promise.all(replies))
    const asked = world.asked().slice(before)
    return asked.filter((model) => model === 'd0').length / asked.length
  }
  await share(1000)
  expect(await share(1500)).toBeGreaterThan(0.9)
  down = true
  await share(100)
  expect(await share(900)).toBeLessThan(0.02)
  down = false
  // The breaker's cooldown has grown to 10 seconds at most in this time.
  await world.clock.advance('20s')
  await share(500)
  expect(await share(1000)).toBeGreaterThan(0.9)
  const known = names.map((name) => gateway.statistics.of({ id: `openai/${name}` }))
  expect(known.every((each) => each.inFlight(world.clock.now()) === 0)).toBe(true)
  expect(known.reduce((sum, each) => sum + each.total('requests'), 0)).toBe(world.simulator.calls.length)
})
