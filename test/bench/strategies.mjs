/**
 * What it costs to choose among 1,000 deployments: `node test/bench/strategies.mjs`. Microseconds of processor time for one choice, from plan
 * to key, and the answer that follows, the median of many rounds, with statistics of all deployments at hand; and how much memory those take.
 * `DOWN=1` takes one of them out.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../../', import.meta.url))
const contents = `
  export * as strategies from './src/routing/strategies.ts'
  export { createBench, epoch } from './test/routing/harness.ts'
  export { seededRandom } from './src/testing/seeded-random.ts'`
const { outputFiles } = await build({
  stdin: { contents, resolveDir: root },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  logLevel: 'error',
  tsconfigRaw: {},
})
const { strategies, createBench, epoch, seededRandom } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`
)

const many = 1000
const random = seededRandom(1)
const simulated = Array.from({ length: many }, (_, index) => ({
  name: `model-${index}`,
  price: 0.1 + random(),
  weight: 1 + (index % 5),
  tags: index % 10 === 0 ? ['canary'] : [],
  limits: { requestsPerMinute: 100 + index, tokensPerMinute: 100_000 },
}))
let now = epoch
const { deployments, statistics, call, choose } = createBench(simulated, { random, now: () => now })

const indexOf = new Map(deployments.map(({ id }, index) => [id, index]))

const used = () => {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
const before = used()
const wholeOf = (index) => 200 + ((index * 7919) % many) * 2
/** An answer of each deployment, streamed, so that all is measured that can be. */
function answerAll() {
  for (const [index, { id }] of deployments.entries()) {
    const whole = wholeOf(index)
    const record = statistics.record(id)
    record.sent(now)
    record.settled(
      { status: 'completed', charge: { usage: { inputTokens: 100, outputTokens: 100 }, estimated: false } },
      { stream: true, first: whole / 3, whole, waitedForReader: 0 },
      now,
    )
  }
}
for (let round = 0; round < 20; round++, now += 1000) answerAll()
const kilobytes = (used() - before) / 1024 / many

const {
  weightedShuffle,
  roundRobin,
  consistentHash,
  leastInFlight,
  lowestLatency,
  cheapest,
  inverseSquarePrice,
  leastUsed,
  preferFast,
  percentageSplit,
  byDifficulty,
  byVerdict,
  ordered,
  chain,
} = strategies
const table = {
  'weightedShuffle()': weightedShuffle(),
  'weightedShuffle({ by: requestsPerMinute })': weightedShuffle({ by: 'requestsPerMinute' }),
  'ordered()': ordered(),
  'roundRobin()': roundRobin(),
  'consistentHash()': consistentHash(),
  'leastInFlight()': leastInFlight(),
  'leastInFlight({ choice: twoChoices })': leastInFlight({ choice: 'twoChoices' }),
  'lowestLatency()': lowestLatency(),
  'lowestLatency({ choice: twoChoices })': lowestLatency({ choice: 'twoChoices' }),
  'cheapest()': cheapest(),
  'inverseSquarePrice()': inverseSquarePrice(),
  'leastUsed()': leastUsed(),
  'preferFast({ latency: { p90 } })': preferFast({ latency: { p90: '1s' } }),
  'preferFast({ firstToken, throughput })': preferFast({ firstToken: { p90: '1s' }, throughput: { p50: 5 } }),
  'percentageSplit(canary)': percentageSplit({ percent: 5, to: 'canary' }),
  'byDifficulty()': byDifficulty({ easy: 'canary', hard: 'sim/model-1' }),
  'byVerdict()': chain(
    byVerdict(() => 'strict', { strict: 'canary' }),
    roundRobin(),
  ),
}
// Each in a process of its own, as in a gateway, which has one strategy.
const [, , only] = process.argv
if (only === undefined) {
  console.log(`statistics of ${many} deployments: ${kilobytes.toFixed(1)} KB each`)
  for (const name of Object.keys(table))
    spawnSync(process.execPath, [fileURLToPath(import.meta.url), name], { stdio: 'inherit' })
}
for (const [name, strategy] of Object.entries(table)) {
  if (name !== only) continue
  const chooseFor = choose(strategy, process.env.DOWN && deployments[500].id)
  const rounds = []
  for (let round = 0; round < 200; round++) {
    const asked = Array.from({ length: 50 }, (_, user) => call({ user: `user-${round}-${user}` }))
    // One answer between two choices, as calls have it.
    const started = process.cpuUsage()
    for (const each of asked) {
      const { id } = chooseFor(each)
      const whole = wholeOf(indexOf.get(id))
      const record = statistics.record(id)
      record.settled(
        { status: 'completed', charge: { usage: { inputTokens: 100, outputTokens: 100 }, estimated: false } },
        { stream: true, first: whole / 3, whole, waitedForReader: 0 },
        now,
      )
      now += 10
    }
    const { user, system } = process.cpuUsage(started)
    rounds.push((user + system) / asked.length)
  }
  rounds.sort((a, b) => a - b)
  const median = rounds[rounds.length >> 1]
  const best = rounds[Math.floor(rounds.length / 10)]
  console.log(`${name.padEnd(44)} ${median.toFixed(1).padStart(6)} µs (a tenth of the rounds under ${best.toFixed(1)})`)
}
