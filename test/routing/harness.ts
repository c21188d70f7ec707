import type { Attempt, Call, Candidate, Deployment, DeploymentLimits, Principal } from '../../src/call.ts'
import { type ErrorCode, GatewayError } from '../../src/errors.ts'
import { compose } from '../../src/middleware.ts'
import { type ChatRequest, chat } from '../../src/operations/chat/index.ts'
import { openai } from '../../src/providers/openai.ts'
import { provider } from '../../src/providers/provider.ts'
import { createSettlement } from '../../src/reply.ts'
import { circuitBreaker } from '../../src/resilience/circuit-breaker.ts'
import type { DeploymentInput } from '../../src/routing/deployment.ts'
import { createHolders } from '../../src/routing/held.ts'
import { createRouter } from '../../src/routing/route.ts'
import { createStatistics, type StatisticsRecorder } from '../../src/routing/statistics.ts'
import { createMemory, createSelector, type Selector } from '../../src/routing/strategies/selector.ts'
import type { Strategy } from '../../src/routing/strategies.ts'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { createTimerQueue } from '../../src/testing/timer-queue.ts'

/** A deployment whose behaviour is known. */
export interface Simulated {
  readonly name: string
  readonly weight?: number
  readonly tags?: readonly string[]
  readonly limits?: DeploymentLimits
  /** Dollars for a million tokens of input; output costs four times as much. */
  readonly price?: number
  /** Milliseconds that an answer takes. */
  readonly latency?: number | ((random: () => number) => number)
  /** It does one thing at a time, and lets the others queue. */
  readonly queues?: boolean
  /** From when until when it fails, in seconds, after 50 ms each time. */
  readonly outage?: readonly [from: number, until: number]
}

export interface FleetOptions {
  readonly strategy: Strategy
  readonly deployments: readonly Simulated[]
  readonly calls: number
  /** Calls in a second, at random times. */
  readonly rate: number
  readonly seed?: number
  readonly principal?: (call: number) => Principal
  /** Through filters, circuit breaker and retries, as in a gateway; otherwise the strategy alone is asked. @default false */
  readonly planned?: boolean
  readonly outputTokens?: number
  readonly statistics?: StatisticsRecorder
}

/** What became of one attempt. */
export interface Served {
  /** Seconds since the start. */
  readonly at: number
  readonly deployment: number
  /** Milliseconds. */
  readonly took: number
  readonly failed: boolean
}

export interface Fleet {
  readonly served: readonly Served[]
  /** The share of the attempts that each deployment got. */
  readonly shares: readonly number[]
  readonly counts: readonly number[]
  readonly mean: number
  /** The mean number under way at each deployment over time. */
  readonly inFlight: readonly number[]
  readonly statistics: StatisticsRecorder
}

export const epoch: number = Date.UTC(2026, 0, 1)

/** Lets a fleet of deployments serve calls on a virtual clock. The strategy, its statistics and the breaker are the real ones. */
export function runFleet({
  strategy,
  deployments: simulated,
  calls,
  rate,
  seed = 1,
  principal = () => ({}),
  planned = false,
  outputTokens = 200,
  statistics: given,
}: FleetOptions): Fleet {
  const random = seededRandom(seed)
  const queue = createTimerQueue()
  let now = epoch
  const runtime = { random: seededRandom(seed + 1), now: () => now } as Call['runtime']
  const statistics = given ?? createStatistics(runtime.now, true)
  const memory = createMemory()
  const selector = createSelector(strategy, statistics, memory)
  const { deployments, plan, breaker } = createSimulatedRouter(simulated, selector)
  const indexOf = new Map(deployments.map((deployment, index) => [deployment, index]))
  const busyUntil = simulated.map(() => 0)
  const served: Served[] = []
  const counts = simulated.map(() => 0)
  const underWay = simulated.map(() => 0)
  const area = simulated.map(() => 0)
  const lastChange = simulated.map(() => now)

  /** Counts who has how many under way, for so long as that lasts. */
  function change(index: number, by: number): void {
    area[index] = area[index]! + underWay[index]! * (now - lastChange[index]!)
    lastChange[index] = now
    underWay[index] = underWay[index]! + by
  }

  function serve(attempt: Attempt): void {
    const index = indexOf.get(attempt.deployment)!
    const { latency = 500, outage, queues } = simulated[index]!
    const seconds = (now - epoch) / 1000
    const failed = outage !== undefined && seconds >= outage[0] && seconds < outage[1]
    const work = failed ? 50 : typeof latency === 'number' ? latency : latency(random)
    const start = queues ? Math.max(now, busyUntil[index]!) : now
    const end = start + work
    if (queues) busyUntil[index] = end
    const took = end - now
    counts[index] = counts[index]! + 1
    change(index, 1)
    queue.add(end, () => {
      change(index, -1)
      served.push({ at: seconds, deployment: index, took, failed })
      attempt.settlement.settle({
        status: failed ? 'failed' : 'completed',
        deployment: attempt.deployment,
        charge: {
          usage: failed ? {} : { inputTokens: 100, outputTokens },
          cost: undefined,
          estimated: false,
          uncertain: false,
        },
        response: undefined,
        error: failed ? new GatewayError('provider_unavailable' satisfies ErrorCode, 'It is down.') : undefined,
      })
    })
  }

  let reached = false
  const pipeline = compose<Attempt>(
    [statistics.count, ...(planned ? [breaker.middleware] : []), statistics.measure],
    (attempt) => {
      reached = true
      serve(attempt)
      // One for each, so that nothing gathers on it.
      return new Promise<never>(() => {})
    },
  )

  function begin(call: Call, number: number): void {
    const route = planned ? plan(call) : undefined
    const retry = (left: number): void => {
      const candidate = route ? route.next() : { deployment: selector.pick(deployments, call, 'fleet'), key: undefined }
      if (!candidate) return
      const settlement = createSettlement()
      const { deployment, key, forced } = candidate as Candidate
      // Written out: a spread takes far longer.
      const attempt = {
        id: call.id,
        operation: call.operation,
        request: call.request,
        principal: call.principal,
        options: call.options,
        deadline: call.deadline,
        trace: call.trace,
        runtime: call.runtime,
        deployment,
        key,
        forced,
        settlement,
        number,
      } as unknown as Attempt
      settlement.on(({ status }) => {
        if (status === 'completed' || left === 0 || !route) return
        route.exclude(candidate, undefined, 'deployment')
        retry(left - 1)
      })
      reached = false
      pipeline(attempt).catch(() => {})
      if (!reached) settlement.settle({ ...refused, deployment: candidate.deployment })
    }
    retry(2)
  }

  const request: ChatRequest = {
    model: 'fleet',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'How long is a piece of string? '.repeat(12) }] }],
  }
  for (let number = 0, at = now; number < calls; number++) {
    at += (-Math.log(1 - random()) / rate) * 1000
    while (queue.nextDue !== undefined && queue.nextDue <= at) {
      now = queue.nextDue
      queue.take()!.callback()
    }
    now = at
    const call = {
      id: `zh_${seed}_${number}`,
      operation: chat,
      request,
      principal: principal(number),
      options: {},
      signal: undefined,
      deadline: now + 600_000,
      trace: { note() {} },
      runtime,
    } as unknown as Call
    void strategy.prepare?.(call, memory)
    begin(call, number)
  }
  while (queue.nextDue !== undefined) {
    now = queue.nextDue
    queue.take()!.callback()
  }

  const all = counts.reduce((sum, count) => sum + count, 0)
  return {
    served,
    counts,
    shares: counts.map((count) => count / all),
    mean: served.reduce((sum, { took }) => sum + took, 0) / served.length,
    inFlight: area.map((sum) => sum / (now - epoch)),
    statistics,
  }
}

const refused = {
  status: 'failed',
  charge: undefined,
  response: undefined,
  error: new GatewayError('circuit_open', 'It is open.'),
} as const

function createSimulatedRouter(simulated: readonly Simulated[], selector: Selector) {
  const breaker = circuitBreaker()
  const models: DeploymentInput[] = simulated.map(({ name, price, weight, tags, limits }) => ({
    model: `sim/${name}`,
    weight,
    tags,
    limits,
    ...(price !== undefined && { facts: { price: { input: price, output: price * 4 } } }),
  }))
  const router = createRouter({
    providers: [provider(openai, { id: 'sim', apiKey: 'key-of-nobody' })],
    models: { fleet: models },
    selector,
    health: { ...breaker, rest: () => undefined, lastLimited: () => 0 },
    holders: createHolders(),
    env: () => undefined,
  })
  return { deployments: router.deployments, breaker, plan: (call: Call) => router.plan(call, 'fleet') }
}

/** Deployments, and a context to choose among them, for strategies that are asked by hand. */
export function createBench(
  simulated: readonly Simulated[],
  { random = seededRandom(1), now = () => epoch }: { random?: () => number; now?: () => number } = {},
): {
  readonly deployments: readonly Deployment[]
  readonly statistics: StatisticsRecorder
  readonly call: (principal?: Principal, request?: Partial<ChatRequest>) => Call
  readonly selector: (strategy: Strategy) => Selector
  /** Chooses as a gateway does: filters, health and strategy. `down` is a deployment whose circuit is open. */
  readonly choose: (strategy: Strategy, down?: string) => (call: Call) => Deployment
} {
  const statistics = createStatistics(now, true)
  const none = createSelector(() => [], statistics, createMemory())
  const { deployments } = createSimulatedRouter(simulated, none)
  let calls = 0
  return {
    deployments,
    statistics,
    selector: (strategy) => createSelector(strategy, statistics, createMemory()),
    choose(strategy, down) {
      const { plan, breaker } = createSimulatedRouter(simulated, createSelector(strategy, statistics, createMemory()))
      if (down !== undefined) breaker.open(down, now(), Number.POSITIVE_INFINITY)
      return (call) => plan(call).next()!.deployment
    },
    call: (principal = {}, request = {}) =>
      ({
        id: `zh_bench_${++calls}`,
        operation: chat,
        request: {
          model: 'fleet',
          messages: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
          ...request,
        },
        principal,
        options: {},
        deadline: now() + 600_000,
        trace: { note() {} },
        runtime: { random, now, timer: () => () => {} },
      }) as unknown as Call,
  }
}

/** How unlikely it is that counts this far from what is expected come about by chance: χ², by Wilson and Hilferty's approximation. */
export function chiSquare(counts: readonly number[], expectedShares: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const parts = expectedShares.reduce((sum, share) => sum + share, 0)
  const sum = counts.reduce((sum, count, index) => {
    const expected = (total * expectedShares[index]!) / parts
    return sum + (count - expected) ** 2 / expected
  }, 0)
  const freedom = counts.length - 1
  const z = ((sum / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / Math.sqrt(2 / (9 * freedom))
  return normalTail(z)
}

/** The chance of a normal variable above z: Abramowitz and Stegun 26.2.17. */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  const tail =
    density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return z >= 0 ? tail : 1 - tail
}

/** An exponential variable. */
export function exponential(mean: number): (random: () => number) => number {
  return (random) => -Math.log(1 - random()) * mean
}

/** Twenty deployments, each with its own latency, price and limits. */
export const twenty: readonly (Simulated & { readonly price: number; readonly mean: number })[] = Array.from(
  { length: 20 },
  (_, index) => {
    const mean = 200 + index * 60
    return {
      name: `d${index + 1}`,
      mean,
      // Half as far again to either side.
      latency: (random: () => number) => mean * (0.5 + random()),
      price: 0.2 + ((index * 7) % 20) * 0.1,
      weight: 1 + (index % 4),
      limits: { requestsPerMinute: 300 + (index % 5) * 150, tokensPerMinute: 100_000 * (1 + (index % 3)) },
    }
  },
)
