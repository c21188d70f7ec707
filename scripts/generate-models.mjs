/**
 * Writes what we know of models:
 *
 * - src/providers/models/<provider>.ts: the main models of each provider, with limits, capabilities and prices.
 * - src/catalog/data.ts: all models of all providers, packed.
 *
 *     node scripts/generate-models.mjs <models.dev file> [--date 2026-11-22] [--models-dev-date 2026-07-02]
 *
 * Prices come from @pydantic/genai-prices, everything else (and the prices that it lacks) from models.dev: a file with a
 * JSON object per line and model (`provider`, `model`, `limit`, `cost`, …), or the JSON of https://models.dev/api.json.
 * Where the two disagree on a price, the console says so and genai-prices wins. What neither knows is in models/known.mjs.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { findProvider } from '@pydantic/genai-prices'
import { build } from 'esbuild'
import { allModels } from './models/all.mjs'
import { completed, known } from './models/known.mjs'
import { matches, priceOf, tidy } from './models/prices.mjs'

/**
 * @typedef {object} Row How the models of one provider are found and chosen.
 * @property {string} [modelsDev] Its id at models.dev, where it is another.
 * @property {string} [genaiPrices] Its id at genai-prices, where it is another.
 * @property {RegExp} [without] Models that are of no use over the provider's chat endpoint.
 * @property {number} [limit] The most models to list: the newest, or for hosts of other people's models the newest of each maker in turn.
 * @property {number} [perVendor] The most models of one maker, for such hosts.
 * @property {number} [perLine] The most versions of one model.
 * @property {RegExp} [vendors] The makers to list, for hosts that have everything.
 * @property {false} [prices] Neither source knows what the provider bills.
 * @property {false} [tools] Its models are listed although they call no tools.
 */

/** @type {Record<string, Row>} */
const rows = {
  // Pro, Codex and deep research models answer at the Responses endpoint only.
  openai: { without: /-pro$|codex|-chat-latest$/, limit: 30 },
  anthropic: { limit: 30 },
  google: { without: /customtools|^gemma/, limit: 30 },
  groq: { limit: 15 },
  deepseek: { limit: 15 },
  xai: { limit: 15, without: /multi-agent/ },
  mistral: { limit: 15 },
  cerebras: { limit: 15 },
  perplexity: { limit: 15, tools: false },
  moonshot: { modelsDev: 'moonshotai', genaiPrices: 'moonshotai', limit: 15 },
  zai: { limit: 15 },
  openrouter: {
    vendors: /^(anthropic|deepseek|google|minimax|moonshotai|openai|qwen|x-ai|z-ai)$/,
    without: /:free$|^openai.*-pro$|codex|-fast$|multi-agent|gpt-chat|gemma|customtools/,
    perVendor: 5,
    perLine: 1,
    limit: 30,
  },
  together: { modelsDev: 'togetherai', perVendor: 3, limit: 15 },
  fireworks: { modelsDev: 'fireworks-ai', perVendor: 3, limit: 15 },
  // Its hosted endpoints are a trial without a price; models.dev fills in zeros, or what the makers charge.
  nvidia: { perVendor: 3, limit: 15, prices: false },
  huggingface: { perVendor: 2, limit: 15 },
  deepinfra: { perVendor: 2, limit: 15 },
  sambanova: {},
  cohere: { limit: 15, without: /^c4ai|translate/ },
  voyage: { genaiPrices: 'voyageai' },
  jina: {},
  bedrock: { modelsDev: 'amazon-bedrock', genaiPrices: 'aws', without: /^(au|eu|jp|us)\./, limit: 40 },
  azure: { without: /-pro$|codex|-chat|^cohere-embed/, limit: 30 },
  vertex: { modelsDev: 'google-vertex', genaiPrices: 'google', without: /customtools/, limit: 20 },
  minimax: { limit: 15 },
  alibaba: { limit: 15, without: /realtime|omni|mt-|-ocr|asr|deep-research/ },
}

/** Years after which a model is no longer a main one. */
const maximumAge = 3

/** Other things than chat, as their names say it. */
const notChat =
  /embed|guard|safety|moderation|rerank|ocr|tts|image|audio|voice|live|transcribe|whisper|realtime|deep-research|-search|computer-use|translate|oss-safeguard|omni-flash/i

const options = readArguments(process.argv.slice(2))
const catalogue = readCatalogue(options.file)
const require = createRequire(import.meta.url)
const pricesVersion = JSON.parse(
  readFileSync(new URL('../package.json', `file://${require.resolve('@pydantic/genai-prices')}`), 'utf8'),
).version
const { factsFrom, encodeFacts } = await load()
const folder = fileURLToPath(new URL('../src/providers/models/', import.meta.url))

mkdirSync(folder, { recursive: true })
for (const [id, row] of Object.entries(rows)) writeFileSync(`${folder}${id}.ts`, source(id, models(id, row)))
writeFileSync(fileURLToPath(new URL('../src/catalog/data.ts', import.meta.url)), dataSource())

/** The chosen models of a provider, in the order of the file. */
function models(id, row) {
  const listed = catalogue.get(row.modelsDev ?? id) ?? []
  const priced = findProvider({ providerId: row.genaiPrices ?? id })?.models ?? []
  const gone = new Set(priced.filter(({ deprecated }) => deprecated).map((model) => model.id))
  const candidates = [
    ...listed.filter((model) => isChat(model, row) && !gone.has(model.model)),
    ...unlisted(priced, listed, row),
  ]
  const chosen = candidates
    .filter((model) => !isRepeated(model, candidates))
    .map((model) => latest(model, candidates))
    .filter((model) => model && row.vendors?.test(vendorOf(model.model)) !== false)
    .sort(byAge)
    .filter(atMost(row.perLine, lineOf))
  const main = (row.perVendor ? inTurn(chosen, row.perVendor) : chosen).slice(0, row.limit).sort(byAge)
  const others = Object.entries(known[id] ?? {})

    .filter(([name, { operation, context }]) => (operation ?? context) && !main.some(({ model }) => model === name))
    .map(([name]) => listed.find(({ model }) => model === name) ?? { model: name })
  return [...main, ...others].map((model) => [model.model, facts(id, row, model, priced)])
}

/** A preview of what is released by now, or a dated snapshot that costs what the name without the date costs. */
function isRepeated({ model, cost }, candidates) {
  const other = candidates.find(
    (candidate) =>
      candidate.model !== model && [withoutDate(model), model.replace(/-preview$/, '')].includes(candidate.model),
  )
  return other !== undefined && (model.endsWith('-preview') || cost?.input === other.cost?.input)
}

/** The newest of each maker, then the second newest of each, and so on. */
function inTurn(models, rounds) {
  return Array.from({ length: rounds }, (_, round) => {
    const seen = new Map()
    return models.filter(({ model }) => {
      const rank = seen.get(vendorOf(model)) ?? 0
      seen.set(vendorOf(model), rank + 1)
      return rank === round
    })
  }).flat()
}

function atMost(limit = Infinity, keyOf) {
  const seen = new Map()
  return ({ model }) => {
    seen.set(keyOf(model), (seen.get(keyOf(model)) ?? 0) + 1)
    return seen.get(keyOf(model)) <= limit
  }
}

/** The newest first; of the same day the higher version. */
function byAge(a, b) {
  return (
    b.release_date.localeCompare(a.release_date) ||
    versionOf(b.model) - versionOf(a.model) ||
    a.model.localeCompare(b.model)
  )
}

/** Text in, text out, tools, not deprecated, released within the last years. */
function isChat(model, row) {
  return (
    model.modalities.input.includes('text') &&
    model.modalities.output.join() === 'text' &&
    model.limit.context >= 8192 &&
    model.limit.output > 0 &&
    (model.tool_call || row.tools === false) &&
    model.status !== 'deprecated' &&
    yearsBefore(model.release_date) < maximumAge &&
    !model.model.startsWith('~') &&
    !notChat.test(model.model) &&
    !row.without?.test(model.model)
  )
}

/**
 * The models that only genai-prices knows and that are newer than its age would tell, for it has no release dates: of a
 * later version than all of their line at models.dev (gpt-5.6-mini after gpt-5.5-mini), or, in a line that models.dev
 * does not know, than all of their family (gpt-6-astra after gpt-5.5).
 */
function unlisted(priced, listed, row) {
  const lowerCase = listed.every(({ model }) => model === model.toLowerCase())
  const known = listed.map(({ model }) => model.toLowerCase())
  return priced
    .filter((model) => {
      const id = model.id.toLowerCase()
      if (
        model.deprecated ||
        !model.context_window ||
        known.includes(id) ||
        known.some((other) => other.endsWith(`/${id}`))
      )
        return false
      if (/[@:]/.test(id) || notChat.test(id) || row.without?.test(id) || row.vendors?.test(vendorOf(id)) === false)
        return false
      if (known.some((other) => other.includes('/')) !== id.includes('/')) return false
      const price = priceOf(model, options.date)
      if (price?.input === undefined || price.output === undefined || price.imageOutput || price.audioOutput)
        return false
      const sameLine = known.filter((other) => lineOf(other) === lineOf(id))
      const rivals = sameLine.length > 0 ? sameLine : known.filter((other) => familyOf(other) === familyOf(id))
      return rivals.length > 0 && rivals.every((other) => versionOf(other) < versionOf(id))
    })
    .map((model) => ({
      model: lowerCase ? model.id.toLowerCase() : model.id,
      limit: { context: model.context_window },
      // Newer than anything that has a date.
      release_date: '9999',
    }))
}

/** An alias `-latest` has the facts of the newest of its line: the sources forget to move it. Undefined without such a line. */
function latest(alias, candidates) {
  if (!alias.model.endsWith('-latest')) return alias
  const line = alias.model.slice(0, -'latest'.length)
  const [newest] = candidates
    .filter(({ model }) => model.startsWith(line) && /^\d+$/.test(model.slice(line.length)))
    .sort((a, b) => b.model.localeCompare(a.model))
  return newest && { ...newest, model: alias.model, pricedAs: newest.model }
}

/** What is known of a model, as the literal that is written. */
function facts(id, row, model, priced) {
  const name = model.pricedAs ?? model.model
  // Dates are for the catalogue, and what is read rarely too: a row is in every bundle.
  const { released, knowledge, output, price: theirs, ...rest } = factsFrom(name, model)
  const price = row.prices === false ? undefined : priceFrom(id, name, priced, theirs)
  return completed(id, model.model, { ...rest, ...(output && { output }) }, price)
}

/** A price, or undefined when it is unknown or has parts that our usage does not count. */
function priceFrom(id, name, priced, theirs) {
  const entry = entryOf(priced, name)
  const ours = entry && priceOf(entry, options.date, (unit) => say(id, name, `has no price: we do not count ${unit}`))
  if (ours && theirs) compare(id, name, ours, theirs)
  if (ours === null) return undefined
  const tidied = theirs && tidy(theirs)
  // What genai-prices does not know at all is no disagreement.
  if (tidied?.tiers && ours && !ours.tiers && ours.input === tidied.input) ours.tiers = tidied.tiers
  const found = ours ?? tidied
  if (!found && !known[id]?.[name]?.price) say(id, name, 'has no price')
  return found
}

function entryOf(priced, name) {
  return (
    priced.find((other) => other.id.toLowerCase() === name.toLowerCase()) ??
    priced.find((other) => matches(other.match, name)) ??
    priced.find((other) => other.id === name.split('/').at(-1))
  )
}

function compare(id, name, ours, theirs) {
  const different = ['input', 'output', 'cacheRead', 'cacheWrite'].filter(
    (field) =>
      ours[field] !== undefined &&
      theirs[field] !== undefined &&
      Math.abs(ours[field] - theirs[field]) > 0.05 * ours[field],
  )
  if (Boolean(ours.tiers) !== Boolean(theirs.tiers))
    say(id, name, `has tiers only at ${ours.tiers ? 'genai-prices' : 'models.dev'}`)
  if (different.length > 0)
    say(id, name, different.map((field) => `${field}: $${ours[field]}, models.dev $${theirs[field]}`).join('; '))
}

function say(id, name, what) {
  console.log(`${id}/${name} ${what}`)
}

/** `gpt-4o-2024-08-06` and `claude-haiku-4-5-20251001` without their dates. */
function withoutDate(id) {
  return id.replace(/-(\d{8}|\d{4}-\d{2}-\d{2})$/, '')
}

/** The maker: what stands before the slash, or the letters that a name begins with. */
function vendorOf(id) {
  const parts = id.split('/')
  return parts.length === 2
    ? parts[0]
    : parts
        .at(-1)
        .match(/^[a-z]+/i)[0]
        .toLowerCase()
}

/** A name without its version: `gpt-mini`, `claude-opus`. */
function lineOf(id) {
  return withoutDate(id).replace(/-?\d+([.-]\d+)*/g, '')
}

/** The first word of a name. */
function familyOf(id) {
  return id.match(/^(.*\/)?[a-z]+/)?.[0]
}

/** The first number in a name that is no size: 5.1 for `gpt-5.1-mini`, 4.5 for `claude-sonnet-4-5`, 0 for `gpt-oss-120b`. */
function versionOf(id) {
  const [, major, minor] = withoutDate(id).match(/(?<![\d.])(\d+)(?![\d.]*b)(?:[.-](\d{1,2})(?!\d|b))?/) ?? []
  return major === undefined ? 0 : Number(minor === undefined ? major : `${major}.${minor}`)
}

function yearsBefore(date) {
  return (Date.parse(options.date) - Date.parse(date)) / (365.25 * 24 * 3600 * 1000)
}

/** The parts of our own code that read models.dev and pack facts. */
async function load() {
  const contents = `
    export { factsFrom } from './src/catalog/models-dev.ts'
    export { encodeFacts } from './src/catalog/compact.ts'`
  const resolveDir = fileURLToPath(new URL('..', import.meta.url))
  const { outputFiles } = await build({
    ...{
      stdin: { contents, resolveDir },
      bundle: true,
      write: false,
      format: 'esm',
      tsconfigRaw: {},
      logLevel: 'error',
    },
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`)
}

/** The text of the whole catalogue: a provider a line. */
function dataSource() {
  const providers = allModels({ catalogue, rows, date: options.date, factsFrom })
  const lines = providers.map(
    ([id, models]) =>
      `  ${JSON.stringify(id)}: ${JSON.stringify(models.map(([name, facts]) => `${name}|${encodeFacts(facts)}`).join('\n'))},\n`,
  )
  return `// Generated by scripts/generate-models.mjs on ${options.date}. Do not edit.
// Prices: @pydantic/genai-prices ${pricesVersion}, models.dev. Everything else: models.dev, ${options.modelsDevDate}.
// biome-ignore-all format: one provider a line
// biome-ignore-all lint: data

/** The models of each provider of models.dev, one a line: its name, a bar, its packed facts. */
export const data: Readonly<Record<string, string>> = {
${lines.join('')}}
`
}

/** The text of a file: one model a line. */
function source(id, entries) {
  const name = id.charAt(0).toUpperCase() + id.slice(1)
  const type = entries.length === 0 ? 'never' : entries.map(([model]) => `\n  | ${quote(model)}`).join('')
  const none = entries.length === 0 ? '\n// Neither source knows its models: name them where you use them.' : ''
  return `// Generated by scripts/generate-models.mjs on ${options.date}. Do not edit.
// Prices: @pydantic/genai-prices ${pricesVersion}. Limits and capabilities: models.dev, ${options.modelsDevDate}.${none}
// biome-ignore-all format: one model a line
import type { ModelFacts } from '../provider.ts'

export type ${name}Model =${type.startsWith('\n') ? '' : ' '}${type}

export const ${id}Models: Readonly<Record<${name}Model, ModelFacts>> = {
${entries.map(([model, values]) => `  ${quote(model)}: ${literal(values)},\n`).join('')}}
`
}

function quote(text) {
  return `'${text}'`
}

function literal(value) {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (typeof value === 'string') return quote(value)
  if (typeof value !== 'object') return String(value)
  return `{ ${Object.entries(value)
    .map(([key, item]) => `${key}: ${literal(item)}`)
    .join(', ')} }`
}

/** The models of each provider at models.dev. */
function readCatalogue(file) {
  const text = readFileSync(file, 'utf8')
  const list = text.startsWith('{"provider"')
    ? text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : Object.values(JSON.parse(text)).flatMap(({ id, models }) =>
        Object.values(models).map((model) => ({ ...model, provider: id, model: model.id })),
      )
  const byProvider = new Map()
  for (const model of list) byProvider.set(model.provider, [...(byProvider.get(model.provider) ?? []), model])
  return byProvider
}

function readArguments(words) {
  const named = (name) => (words.includes(name) ? words.splice(words.indexOf(name), 2)[1] : undefined)
  const date = named('--date') ?? new Date().toISOString().slice(0, 10)
  const modelsDevDate = named('--models-dev-date')
  const [file] = words
  if (!file)
    throw new Error('Usage: node scripts/generate-models.mjs <models.dev file> [--date …] [--models-dev-date …]')
  return { file, date, modelsDevDate: modelsDevDate ?? statSync(file).mtime.toISOString().slice(0, 10) }
}
