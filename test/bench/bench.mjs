/**
 * What a call costs: beside raw `fetch`, the `openai` SDK and the AI SDK, on an upstream in memory.
 * `npm run bench` prints tables, `npm run --silent bench -- --json` the figures. `--rounds 101` makes them steadier.
 */
import { parseArgs } from 'node:util'
import { install } from '../../scripts/install.mjs'

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '21' } },
})
const rounds = Number(values.rounds)

if (!install('test/bench')) process.exit(1)
const { chunkCount, streamText, wholeText } = await import('./upstream.mjs')
const { bundleSize, importCosts, microseconds } = await import('./measure.mjs')
const { raw } = await import('./contenders/raw.mjs')
const { openai } = await import('./contenders/openai.mjs')
const { aiSDK } = await import('./contenders/ai-sdk.mjs')
const { zerohop } = await import('./contenders/zerohop.mjs')

const contenders = [raw, openai, aiSDK, ...zerohop]
for (const contender of contenders) await check(contender)

const figures = {
  call: relative(await timed('call', { runs: 200, items: 1 })),
  chunk: relative(await timed('stream', { runs: 3, items: chunkCount })),
  import: relative(imports()),
  bundle: relative(await bundles()),
}
const ceilings = [
  ceiling('a call, bare', figures.call['zerohop bare'].toOpenAI, 0.36),
  ceiling('a call, every slot on', figures.call['zerohop, every slot on'].toOpenAI, 0.48),
  ceiling('a call, cache hit', figures.call['zerohop, cache hit'].toOpenAI, 0.15),
  ceiling('a chunk', figures.chunk['zerohop bare'].toOpenAI, 0.42),
  ceiling('a chunk passed through', figures.chunk['gateway.fetch, bytes passed through'].toOpenAI, 0.3),
  ceiling('import', figures.import['zerohop, one provider'].toOpenAI, 0.2),
  ceiling('core with one provider, bytes', figures.bundle['zerohop, one provider'].value, 20 * 1024),
  ceiling('everything, bytes', figures.bundle['zerohop, everything'].value, 50 * 1024),
]

if (values.json) console.log(JSON.stringify({ node: process.version, rounds, figures, ceilings }, null, 2))
else print()

/** A contender that gives a wrong answer has not run the race. */
async function check({ name, call, stream, passesBytes }) {
  const answers = [await call?.('Hello'), await stream?.('Hello in a stream')]
  const expected = [call && wholeText, stream && !passesBytes ? streamText : answers[1]]
  if (answers[0] !== expected[0] || answers[1] !== expected[1]) throw new Error(`${name} gives a wrong answer.`)
}

async function timed(method, { runs, items }) {
  const runners = contenders.filter((contender) => contender[method])
  let question = 0
  const functions = runners.map((contender) => () => contender[method](`Question ${question++}: what is a gateway?`))
  const durations = await microseconds(functions, { rounds, runs })
  return Object.fromEntries(runners.map(({ name }, index) => [name, durations[index] / items]))
}

function imports() {
  const lists = {
    'openai SDK': ['openai'],
    ai: ['ai', '@ai-sdk/openai'],
    'zerohop, one provider': ['../../dist/index.js', '../../dist/providers/openai.js'],
    'zerohop, every provider': ['../../dist/index.js', '../../dist/providers/index.js'],
  }
  const costs = importCosts(Object.values(lists), 9)
  return Object.fromEntries(Object.keys(lists).map((name, index) => [name, costs[index]]))
}

async function bundles() {
  const sources = {
    'openai SDK': `export { default } from 'openai'`,
    ai: `export { generateText, streamText } from 'ai'; export { createOpenAI } from '@ai-sdk/openai'`,
    'zerohop, one provider': `export { createGateway } from '../../dist/index.js'; export { openai } from '../../dist/providers/index.js'`,
    'zerohop, everything': `export * from '../../dist/index.js'; export * from '../../dist/providers/index.js'`,
  }
  const sizes = await Promise.all(Object.values(sources).map(bundleSize))
  return Object.fromEntries(Object.keys(sources).map((name, index) => [name, sizes[index]]))
}

/** Each figure with its ratios to the same of raw `fetch` and of the `openai` SDK. */
function relative(numbers) {
  const ratio = (value, name) => (numbers[name] === undefined ? undefined : value / numbers[name])
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [
      name,
      { value, toRaw: ratio(value, raw.name), toOpenAI: ratio(value, openai.name) },
    ]),
  )
}

function ceiling(what, value, atMost) {
  return { what, value, atMost, met: value <= atMost }
}

function print() {
  console.log(`Node ${process.version}, median of ${rounds} rounds\n`)
  table('a call, µs', figures.call)
  table(`a streamed chunk, µs (${chunkCount} chunks, one a read)`, figures.chunk)
  table('import, ms of CPU', figures.import)
  table('bundle, bytes (minified, gzip)', figures.bundle, 0)
  console.log('ceilings'.padEnd(44), 'measured'.padStart(9), 'at most'.padStart(9))
  for (const { what, value, atMost, met } of ceilings) {
    const number = (amount) => (atMost > 1 ? amount.toFixed(0) : amount.toFixed(2)).padStart(9)
    console.log(what.padEnd(44), number(value), number(atMost), met ? '  met' : '  NOT MET')
  }
}

function table(title, rows, digits = 1) {
  console.log(title.padEnd(44), ''.padStart(9), 'to raw'.padStart(9), 'to openai'.padStart(9))
  for (const [name, { value, toRaw, toOpenAI }] of Object.entries(rows)) {
    const ratio = (number) => (number === undefined ? '' : number.toFixed(2)).padStart(9)
    console.log(name.padEnd(44), value.toFixed(digits).padStart(9), ratio(toRaw), ratio(toOpenAI))
  }
  console.log()
}
