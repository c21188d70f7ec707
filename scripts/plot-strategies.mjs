/**
 * Draws what the strategies do with a simulated fleet, docs/routing/*.svg, from the harness of the tests: `node
 * scripts/plot-strategies.mjs`. Seeded: the same code draws the same pictures.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../', import.meta.url))
const { strategies: s, runFleet, twenty, exponential, inFlight } = await load()

const names = twenty.map(({ name }) => name)
const weights = twenty.map(({ weight }) => weight)
const run = (strategy, options = {}) =>
  runFleet({ strategy, deployments: twenty, calls: 100_000, rate: 100, ...options })
const normal = (values) => {
  const sum = values.reduce((total, value) => total + value, 0)
  return values.map((value) => value / sum)
}
const percent = (value) => `${+(value * 100).toFixed(1)} %`

const plots = {
  'weighted-shuffle': () =>
    bars(
      'weightedShuffle(): share of 100,000 calls, and of the weights',
      names,
      run(s.weightedShuffle()).shares,
      normal(weights),
    ),
  'round-robin': () =>
    bars(
      'roundRobin(): share of 100,000 calls, and of the weights',
      names,
      run(s.roundRobin()).shares,
      normal(weights),
    ),
  'consistent-hash': () =>
    bars(
      'consistentHash(): share of 100,000 users, and of the weights',
      names,
      run(s.consistentHash(), { principal: (call) => ({ user: `user-${call}` }) }).shares,
      normal(weights),
    ),
  'percentage-split': () => {
    const deployments = twenty.map((each, index) => (index === 0 ? { ...each, tags: ['canary'] } : each))
    const { shares } = run(s.percentageSplit({ percent: 5, to: 'canary' }), { deployments })
    const rest = normal(weights.slice(1)).map((share) => share * 0.95)
    return bars('percentageSplit({ percent: 5, to: d1 }): share of 100,000 calls', names, shares, [0.05, ...rest])
  },
  'inverse-square-price': () => {
    const sorted = [...twenty].sort((a, b) => a.price - b.price)
    const { shares } = run(s.inverseSquarePrice(), { deployments: sorted })
    const labels = sorted.map(({ price }) => `$${price.toFixed(1)}`)
    return bars(
      'inverseSquarePrice(): share of 100,000 calls by price, and 1 / price²',
      labels,
      shares,
      normal(sorted.map(({ price }) => price ** -2)),
    )
  },
  cheapest: () => {
    const sorted = [...twenty].sort((a, b) => a.price - b.price)
    const { shares } = run(s.cheapest(), { deployments: sorted, calls: 10_000 })
    return bars(
      'cheapest(): share of 10,000 calls by price',
      sorted.map(({ price }) => `$${price.toFixed(1)}`),
      shares,
    )
  },
  ordered: () => {
    const deployments = twenty.map((each, index) => (index === 0 ? { ...each, outage: [20, 40] } : each))
    const { served } = run(s.ordered(), { deployments, calls: 8000, planned: true })
    const of = (which) => (each) => each.deployment === which && !each.failed
    return lines(
      'ordered(): share of the calls served by d1, which fails from 20 to 40 s, and by d2',
      'seconds',
      [
        { name: 'd1', points: over(served, 1, 80, of(0)) },
        { name: 'd2', points: over(served, 1, 80, of(1)) },
      ],
      percent,
    )
  },
  'least-in-flight': () => {
    const deployments = twenty.map(({ name, latency, weight }) => ({ name, latency, weight }))
    const { inFlight } = run(s.leastInFlight(), { deployments, rate: 400 })
    return bars(
      'leastInFlight(): share of what is under way, and of the weights',
      names,
      normal(inFlight),
      normal(weights),
    )
  },
  'least-used': () => {
    const deployments = twenty.map(({ name, limits }) => ({
      name,
      limits: { requestsPerMinute: limits.requestsPerMinute },
    }))
    const { counts } = run(s.leastUsed(), { deployments })
    const minutes = 100_000 / 100 / 60
    const used = counts.map((count, index) => count / minutes / deployments[index].limits.requestsPerMinute)
    const fair = 6000 / deployments.reduce((sum, { limits }) => sum + limits.requestsPerMinute, 0)
    return bars(
      'leastUsed(): how much of its requests a minute each uses',
      names,
      used,
      names.map(() => fair),
    )
  },
  'lowest-latency': () => {
    const deployments = twenty.map((each) => ({ ...each, latency: exponential(each.mean) }))
    const best = run(s.lowestLatency(), { deployments, calls: 30_000 }).served
    const shared = run(s.lowestLatency({ choice: 'twoChoices' }), { deployments, calls: 30_000 }).served
    const random = run(s.weightedShuffle(), { deployments, calls: 30_000 }).served
    return lines(
      'lowestLatency(): mean latency over time; the best of the 20 has 200 ms, all together 770 ms',
      'seconds',
      [
        { name: 'best', points: meanOver(best, 10, 290) },
        { name: 'two choices', points: meanOver(shared, 10, 290) },
        { name: 'weightedShuffle()', points: meanOver(random, 10, 290) },
      ],
      (value) => `${Math.round(value)} ms`,
    )
  },
  'two-choices': () => {
    const loads = [0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93]
    const at = (strategy, load, many) => {
      const deployments = Array.from({ length: many }, (_, index) => ({
        name: `s${index}`,
        queues: true,
        latency: exponential(1000),
      }))
      return run(strategy, { deployments, rate: many * load }).mean / 1000
    }
    const theory = (load) => Array.from({ length: 10 }, (_, i) => load ** (2 ** (i + 1) - 2)).reduce((a, b) => a + b, 0)
    const curve = (mean) => loads.map((load) => [load, mean(load)])
    return lines(
      'Queues: mean time of a call, in service times, by load; theory dashed',
      'load',
      [
        { name: 'two choices', points: curve((load) => at(s.twoChoices(inFlight), load, 100)) },
        { name: 'random', points: curve((load) => at(s.weightedShuffle(), load, 20)) },
        { name: 'Σ λ^(2^i − 2)', points: curve(theory), dashed: 0 },
        { name: '1 / (1 − λ)', points: curve((load) => 1 / (1 - load)), dashed: 1 },
      ],
      (value) => value.toFixed(0),
    )
  },
  'prefer-fast': () => {
    const { served } = run(s.preferFast({ latency: { p90: '700ms' } }), { calls: 20_000 })
    const slow = ({ deployment }) => twenty[deployment].mean * 1.4 > 700
    return lines(
      'preferFast({ latency: { p90: 700 ms } }): share of the calls that the slower ones get',
      'seconds',
      [{ name: 'slower', points: over(served, 2, 120, slow) }],
      percent,
    )
  },
  'by-difficulty': () => {
    const questions = {
      'Hello, thanks for yesterday!': 'greeting',
      'What is the capital of France?': 'question of fact',
      'Translate "good morning" to Norwegian.': 'translation',
      'Write a haiku about rain.': 'haiku',
      'Write a function that adds two numbers.': 'small function',
      'Explain how a hash map works, and when to use one.': 'explanation',
      'Plan a migration of our billing: 1. data 2. code 3. rollout. Then compare the risks.': 'plan',
      'Debug this race condition:\n```ts\nasync function f() { const x = await g() }\n```\nRefactor it.': 'debugging',
      'Prove step by step that there are infinitely many primes, and derive a bound.': 'proof',
    }
    const scores = Object.keys(questions).map((text) =>
      s.difficulty({ model: 'm', messages: [{ role: 'user', content: [{ type: 'text', text }] }] }),
    )
    return bars(
      'byDifficulty(): difficulty of some questions; from 0.5 on they are hard',
      Object.values(questions),
      scores,
      scores.map(() => 0.5),
      (value) => value.toFixed(1),
    )
  },
  'by-verdict': () => {
    const strategy = s.chain(
      s.byVerdict(({ id }) => (Number(id.split('_').at(-1)) % 4 === 0 ? 'flagged' : undefined), {
        flagged: ['d1', 'd2'].map((name) => `sim/${name}`),
      }),
      s.roundRobin(),
    )
    const deployments = twenty.map(({ name, latency }) => ({ name, latency }))
    const { shares } = run(strategy, { deployments, calls: 20_000 })
    return bars(
      'chain(byVerdict(), roundRobin()): share of the calls when a judge sends a quarter to d1 and d2',
      names,
      shares,
      names.map((_, index) => (index < 2 ? 0.125 : 0.75 / 18)),
    )
  },
  outage: () => {
    const deployments = twenty.map((each, index) => ({
      ...each,
      weight: 1,
      price: index === 0 ? 0.2 : 0.5,
      ...(index === 0 && { outage: [20, 40] }),
    }))
    const shown = {
      weightedShuffle: s.weightedShuffle(),
      leastInFlight: s.leastInFlight(),
      lowestLatency: s.lowestLatency(),
      inverseSquarePrice: s.inverseSquarePrice(),
    }
    return lines(
      'With the circuit breaker: share of the attempts at d1, which fails from 20 to 40 s',
      'seconds',
      Object.entries(shown).map(([name, strategy]) => ({
        name,
        points: over(
          run(strategy, { deployments, calls: 24_000, rate: 200, planned: true }).served,
          1,
          110,
          ({ deployment }) => deployment === 0,
        ),
      })),
      percent,
    )
  },
}

mkdirSync(`${root}docs/routing`, { recursive: true })
for (const [name, draw] of Object.entries(plots)) writeFileSync(`${root}docs/routing/${name}.svg`, draw())

async function load() {
  const contents = `
    export * as strategies from './src/routing/strategies.ts'
    export { inFlight } from './src/routing/strategies/least-in-flight.ts'
    export { exponential, runFleet, twenty } from './test/routing/harness.ts'`
  const options = { bundle: true, write: false, format: 'esm', platform: 'node', target: 'node20', tsconfigRaw: {} }
  const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: root }, logLevel: 'error' })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`)
}

/** The share of what was served in each stretch of time for which something holds. */
function over(served, step, until, holds) {
  return bins(served, step, until).map(([at, inside]) => [at, inside.filter(holds).length / Math.max(inside.length, 1)])
}

function meanOver(served, step, until) {
  return bins(served, step, until).map(([at, inside]) => [
    at,
    inside.reduce((sum, { took }) => sum + took, 0) / Math.max(inside.length, 1),
  ])
}

function bins(served, step, until) {
  const all = Array.from({ length: Math.ceil(until / step) }, (_, index) => [index * step, []])
  for (const each of served) all[Math.floor(each.at / step)]?.[1].push(each)
  return all
}

/** Bars, each with a mark where it should end. */
function bars(title, labels, values, expected = [], unit = percent) {
  const top = Math.max(...values, ...expected) * 1.1
  const y = scale(top)
  const step = 620 / values.length
  const parts = values.map((value, index) => {
    const x = 70 + index * step
    const mark =
      expected[index] === undefined
        ? ''
        : `<path d="M${r(x)} ${r(y(expected[index]))}h${r(step * 0.8)}" stroke="#d1495b" stroke-width="2"/>`
    const long = labels[index].length > 6
    const label = long
      ? `<text x="${r(x + step * 0.4)}" y="228" text-anchor="middle" font-size="9">${escaped(labels[index])}</text>`
      : `<text x="${r(x + step * 0.4)}" y="228" text-anchor="middle">${escaped(labels[index])}</text>`
    return `<rect x="${r(x)}" y="${r(y(value))}" width="${r(step * 0.8)}" height="${r(212 - y(value))}" fill="#3a7ca5"/>${mark}${label}`
  })
  return page(title, axis(top, y, unit) + parts.join('\n'))
}

/** Lines over time, or over anything else. A dashed one has the colour of the line that it explains. */
function lines(title, unitOfX, series, unit) {
  const all = series.flatMap(({ points }) => points)
  const [left, right] = [Math.min(...all.map(([x]) => x)), Math.max(...all.map(([x]) => x))]
  const top = Math.max(...all.map(([, value]) => value)) * 1.1
  const y = scale(top)
  const x = (value) => 70 + ((value - left) / (right - left)) * 610
  const colours = ['#3a7ca5', '#d1495b', '#3c8d5a', '#8a6d3b']
  const parts = series.map(({ name, points, dashed }, index) => {
    const colour = colours[dashed ?? index]
    const path = points.map(([at, value], i) => `${i ? 'L' : 'M'}${r(x(at))} ${r(y(value))}`).join('')
    const key = `<path d="M${90 + index * 150} 44h18" stroke="${colour}" stroke-width="2"${dashed === undefined ? '' : ' stroke-dasharray="4 3"'}/><text x="${112 + index * 150}" y="48">${escaped(name)}</text>`
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="1.5"${dashed === undefined ? '' : ' stroke-dasharray="4 3"'}/>${key}`
  })
  const ticks = ticksOf(left, right, 6).map((at) => `<text x="${r(x(at))}" y="228" text-anchor="middle">${at}</text>`)
  return page(
    title,
    `${axis(top, y, unit)}${parts.join('\n')}${ticks.join('')}<text x="690" y="243" text-anchor="end">${unitOfX}</text>`,
  )
}

function scale(top) {
  return (value) => 212 - (value / top) * 155
}

function axis(top, y, unit) {
  return ticksOf(0, top, 5)
    .map(
      (value) =>
        `<path d="M66 ${r(y(value))}H690" stroke="#ddd"/><text x="62" y="${r(y(value) + 4)}" text-anchor="end">${unit(value)}</text>`,
    )
    .join('\n')
}

/** Round numbers from one to another, some of them. */
function ticksOf(from, to, some) {
  const rough = (to - from) / some
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= rough)
  const first = Math.ceil(from / step - 1e-9)
  return Array.from(
    { length: Math.floor(to / step + 1e-9) - first + 1 },
    (_, index) => +((first + index) * step).toFixed(6),
  )
}

function page(title, content) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 250" font-family="sans-serif" font-size="11" fill="#333">
<title>${escaped(title)}</title>
<rect width="700" height="250" fill="#fff"/>
<text x="20" y="24" font-size="14">${escaped(title)}</text>
${content}
</svg>
`
}

function r(value) {
  return +value.toFixed(1)
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
