/**
 * Writes docs/reference/errors.md and providers.md from what the code says of itself: `node scripts/generate-reference.mjs`.
 * With `--check` it writes nothing, and fails when a page is not what it would write.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Quirks in words, by the name of the flag. */
const quirkWords = {
  rename: (names) =>
    Object.entries(names)
      .map(([ours, theirs]) => `calls \`${ours}\` \`${theirs}\``)
      .join(', '),
  unsupported: (fields) => `takes no ${list(fields.map((field) => `\`${field}\``))}`,
  developerRole: () => 'has no role for developers: theirs go out as system messages',
  streamOptions: () => 'takes no `stream_options`',
  reasoningHistory: (field) => `takes former thoughts back, as \`${field}\``,
  reasoningHistoryWithToolCalls: () => 'must get the thoughts of messages that called tools, and ignores others',
  reasoningRequest: (way) =>
    ({
      reasoning_effort: 'is asked for reasoning by `reasoning_effort`',
      reasoning: 'is asked for reasoning by an object `reasoning`',
      thinking: 'is asked for reasoning by a switch `thinking` beside `reasoning_effort`',
    })[way],
  encryptedReasoning: () => 'gives no encrypted thoughts',
  cacheControl: () => 'takes `cache_control`',
  topK: () => 'takes `top_k`',
  thinkTags: () => 'may think in `<think>` tags, which are told from text',
  repairStream: () => 'has streams that break the format: they are written anew',
  defaultMaxTokens: (count) => `gets ${count} as \`max_tokens\` when there is none`,
  behavesLike: (model) => `has models that behave like ${model}`,
  defaults: (fields) => `gets \`${JSON.stringify(fields)}\` unless a request says otherwise`,
  patch: () => 'has more fields of its own, which are written for it',
  batch: (count) => `takes at most ${count.toLocaleString('en-US')} inputs at once`,
  batchTokens: (count) => `takes at most ${count.toLocaleString('en-US')} tokens at once`,
  dimensions: (name) => (name ? `calls \`dimensions\` \`${name}\`` : 'lets nobody choose the dimensions'),
  inputType: (name) => (name ? `calls \`input_type\` \`${name}\`` : 'takes no word of what vectors are for'),
  inputTypes: (words) => `says in words of its own what vectors are for: ${list(textsOf(words))}`,
  truncate: (how) => `is told by \`${how.field ?? how}\` what to do with an input that is too long`,
  dataType: (name) => `calls how numbers are written \`${name}\``,
  base64: (name) => `gives vectors as base64, by \`${name}\``,
  objects: () => 'takes documents as objects',
  maxTokens: (name) => (name ? `calls the most tokens of a document \`${name}\`` : 'cannot cut documents'),
  edits: () => 'edits no pictures',
  edges: () => 'takes `width` and `height`',
  dataWord: (word) => `says \`${word}\` for the data of a picture`,
  delivery: (name) => (name ? `is asked for bytes by \`${name}\`` : 'gives addresses of pictures only'),
  aspectRatio: (name) => `is asked for a shape by \`${name}\``,
  instructions: () => 'takes no instructions for a voice',
  timestamps: () => 'tells times with every model',
  formats: () => 'takes no `response_format`, and answers with all that it knows',
  speakers: (name) => `is asked who said what by \`${name}\``,
  plainLists: () => 'takes lists under their name, without brackets',
  minimumSeconds: (count) => `bills ${count} seconds at least`,
}

const root = fileURLToPath(new URL('../', import.meta.url))
const { errorTraits, rows } = await load()
const pages = { 'docs/reference/errors.md': errorsPage(), 'docs/reference/providers.md': providersPage() }
const check = process.argv.includes('--check')

for (const [file, text] of Object.entries(pages)) {
  const path = join(root, file)
  if (!check) writeFileSync(path, text)
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${file} is not up to date: run node scripts/generate-reference.mjs`)
    process.exitCode = 1
  }
}

async function load() {
  const contents = `
    export { errorTraits } from './src/errors.ts'
    export * as rows from './src/providers/index.ts'`
  const options = { bundle: true, write: false, format: 'esm', platform: 'node', target: 'node20', tsconfigRaw: {} }
  const { outputFiles } = await build({ ...options, stdin: { contents, resolveDir: root }, logLevel: 'error' })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`)
}

function errorsPage() {
  const meanings = {
    invalid_request:
      'The request is wrong: a field is missing, misspelt or refused. The message names it. Change the request.',
    request_too_large: 'The body is larger than `maxBodySize`, or than the provider takes.',
    unsupported: 'The provider, the runtime or the gateway cannot do this at all.',
    invalid_configuration:
      'An option is wrong. `createGateway` throws it; the message names the option and what it takes.',
    authentication_failed:
      'The provider does not accept the key. The key rests for 5 minutes, other keys and deployments are asked.',
    permission_denied: 'The provider accepts the key, but not for this. As above.',
    quota_exhausted: 'The account at the provider has no money left. As above.',
    model_not_found: 'The provider does not know the model.',
    context_window_exceeded: 'The prompt is longer than the model can read. Only larger windows are tried.',
    content_filtered: 'The provider refuses the prompt for its content.',
    rate_limited: 'The provider asks to wait. The key rests at that deployment for as long as it says.',
    provider_overloaded: 'The provider has no capacity.',
    provider_unavailable: 'The provider failed, redirected, or the connection broke.',
    invalid_response:
      'The provider sent something that is no answer: HTML, broken JSON; or the answer does not fit the `schema`.',
    timed_out: 'No content, nothing more, or no end in time. See `timeouts`.',
    empty_response: 'The provider answered without an answer.',
    circuit_open: 'The deployment failed too often and is left alone for a while. Counts as no attempt.',
    no_eligible_deployment:
      'Nobody can serve this name: 404 when the name means nothing, 400 when nobody ever could serve this request, 503 when all rest. `excluded` says why.',
    data_policy_unmet:
      'No deployment may serve the call by what `prefer` says of data: `zeroRetention`, `noTraining`. Nothing was sent.',
    model_not_allowed: 'Reserved: not thrown yet.',
    budget_exceeded: 'The call may cost more than a budget has left. Nothing was sent.',
    unknown_price:
      'A hard budget cannot bound the call, for the model has no price, or the call has a hosted tool without a surcharge.',
    limit_exceeded: 'A rate limit of yours is used up. `retryAfter` says when there is room.',
    overloaded:
      'All deployments have as many calls in flight as they may, and there will be no room in time. See `concurrency`.',
    store_unavailable:
      'The store of the limits did not answer in 250 ms, and a hard budget admits nothing that it cannot count.',
    guardrail_blocked: 'Reserved: not thrown yet.',
    unauthorized: 'Reserved: not thrown yet.',
    cancelled: 'The caller left: its signal aborted, or nobody read the stream.',
    internal: 'A fault of the gateway, or of a function that you gave it.',
  }
  const codes = Object.keys(errorTraits)
  const unknown = [
    ...codes.filter((code) => !(code in meanings)),
    ...Object.keys(meanings).filter((code) => !(code in errorTraits)),
  ]
  if (unknown.length > 0) throw new Error(`scripts/generate-reference.mjs: what does ${unknown.join(', ')} mean?`)

  const faults = { deployment: 'the deployment', key: 'the key', 'key-at-deployment': 'the key, at that deployment' }
  const elsewhere = { any: 'yes', larger: 'a larger window', cheaper: 'a cheaper one' }
  const table = codes.map((code) => {
    const traits = errorTraits[code]
    return [
      `\`${code}\``,
      traits.status,
      traits.again ? 'yes' : '',
      elsewhere[traits.elsewhere] ?? '',
      traits.fallback ? `\`${traits.fallback}\`` : '',
      faults[traits.faults] ?? '',
      meanings[code],
    ]
  })
  return page(
    'Errors',
    `Everything that a gateway throws is a \`GatewayError\` with one of these codes. The table is \`errorTraits\`, which is exported: retry,
fallback, circuit breaker and the HTTP doors read it, and compare no codes.

- **Status** is the HTTP status that \`gateway.fetch\` answers with, and \`error.status\`.
- **Again**: the same deployment may be asked once more, after a wait.
- **Elsewhere**: another deployment of the group is asked.
- **List**: the list of \`fallback\` that says which groups step in. A list without an entry for the group falls through to \`general\`.
- **Blames**: what a circuit counts, or which key rests.

How to handle them: [guide](../guide/errors.md).

${markdownTable(['Code', 'Status', 'Again', 'Elsewhere', 'List', 'Blames', 'What happened'], table)}`,
  )
}

function providersPage() {
  const described = descriptions()
  const providers = Object.entries(rows)
    .filter(([, row]) => typeof row === 'object' && 'baseURL' in row)
    .map(([name, row]) => ({ name, is: described.get(name), ...row }))
    .sort((a, b) => a.id.localeCompare(b.id))
  const verified = providers.filter(({ known }) => known === 'verified')
  const overview = providers.map(({ id, name, is, auth, settings = {}, operations, known, models }) => [
    `[\`${id}\`](#${id.replaceAll('.', '')})`,
    name === id ? '' : `\`${name}\``,
    is,
    auth.env.map(variable).join(' or ') + (auth.optional ? ' (optional)' : ''),
    Object.entries(settings).map(setting).join(', '),
    spoken(operations)
      .map(({ dialect }) => dialect.id)
      .join(', '),
    known === 'verified' ? 'yes' : '',
    Object.keys(models).length || '',
  ])
  return page(
    'Providers',
    `${providers.length} rows of \`zerohop/providers\`. A row is a value: where the provider is, how to sign in, which wire formats it speaks, and how it
departs from them. \`provider(row, { … })\` makes a variant: a key, an address, a name of its own, and what a row must know of your account.
How to use them, and to write your own: [guide](../guide/providers.md).

\`\`\`ts
import { createGateway } from 'zerohop'
import { azure, openai, provider, vllm } from 'zerohop/providers'

const gateway = createGateway({
  providers: [
    openai,
    provider(azure, { id: 'azure-eu', resource: 'acme', region: 'eu' }),
    provider(vllm, { baseURL: 'http://gpu-1:8000/v1' }),
  ],
})
\`\`\`

Ids are those of models.dev, but for a few with a shorter name in use: \`together\`, \`fireworks\`, \`moonshot\`, \`novita\`, \`bedrock\`, \`vertex\`,
\`snowflake\`, \`wafer\`. A row is exported under its id, in camel case where that has a hyphen.

- **Key**: the environment variables that may hold it; the first that is set counts. \`a:b\` is a key in several parts.
- **Settings**: what stands in the address, or in a request, and the variables that may hold it.
- **Verified**: known by recordings of real traffic, or by the provider's own documentation, as its source says. ${verified.length} rows are; the others are from
  a third party's list, and work as far as that is right.
- Each has a **source** where its facts were read, and when. Comments in \`src/providers\` say for each departure where it was seen.

Prices are in dollars for a million tokens. They are generated into the rows from published lists, whose names and dates stand in
\`src/providers/models\`, and are not fetched at run time. Models that are not listed work too; without a price, unless you give one,
\`provider(openai, { models: { 'my-model': { price: { input: 1, output: 4 } } } })\`, or the [catalogue](../guide/providers.md#models-and-prices) has it.

${markdownTable(['Provider', 'Export', 'What it is', 'Key', 'Settings', 'Formats', 'Verified', 'Models'], overview)}

## Data

What providers publish of their use of what is sent to them over their APIs, as it was read on the date. It is documentation only: what counts is your own
contract, which you declare by \`provider(row, { zeroRetention: true, noTraining: true })\`.

${markdownTable(['Provider', 'Trains on it', 'Keeps it', 'Source'], dataTable(providers))}

${providers.map(providerSection).join('\n\n')}`,
  )
}

/** What each row is, by the name of its export: the first sentence of its comment. */
function descriptions() {
  const folder = join(root, 'src/providers')
  const found = new Map()
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(join(folder, file), 'utf8')
    for (const [, is, name] of text.matchAll(/\/\*\* (.+?)\.? \*\/\nexport const (\w+)/g)) found.set(name, is)
  }
  return found
}

function variable(names) {
  return `\`${[names].flat().join(':').replaceAll('?', '')}\``
}

function setting([name, { env = [], default: standard }]) {
  const said = [...env.map(variable), ...(standard === undefined ? [] : [`else ${standard}`])]
  return said.length > 0 ? `${name} (${said.join(' or ')})` : name
}

/** All dialects of all operations. */
function spoken(operations) {
  return Object.values(operations).flatMap((speaks) => (speaks ? [speaks, ...(speaks.also ?? [])] : []))
}

function dataTable(providers) {
  return providers.flatMap(({ id, dataTerms }) => {
    if (!dataTerms) return []
    const { trains, retentionDays: days, url, date } = dataTerms
    const keeps = days === undefined ? '' : days === 0 ? 'not at all' : `${days} days`
    return [[`[\`${id}\`](#${id})`, trains === undefined ? '' : trains ? 'yes' : 'no', keeps, `[${date}](${url})`]]
  })
}

/** The texts in it, however deep, each once. */
function textsOf(value) {
  if (typeof value === 'string') return [`\`${value}\``]
  return [...new Set(Object.values(value ?? {}).flatMap(textsOf))]
}

function list(words) {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

function departures({ dialect, quirks = {}, patch }) {
  const words = Object.entries(quirks).map(([flag, value]) => {
    if (!(flag in quirkWords)) throw new Error(`scripts/generate-reference.mjs: what does the quirk ${flag} say?`)
    return quirkWords[flag](value)
  })
  if (patch) words.push('has paths or fields of its own, which are written for it')
  return words.length > 0 ? `- \`${dialect.id}\`: ${words.join('; ')}.` : ''
}

function providerSection({ id, is, baseURL, operations, models, slashes, headers, source }) {
  const sent = Object.entries(headers ?? {}).map(([name, value]) => `\`${name}: ${value}\``)
  const lines = [
    `## ${id}`,
    [
      `${is}. \`${baseURL}\``,
      slashes && 'Its own model names have slashes.',
      sent.length > 0 && `Sends ${sent.join(', ')}.`,
      source && `[Source](${source.url}), ${source.date}.`,
    ]
      .filter(Boolean)
      .join(' '),
    spoken(operations).map(departures).filter(Boolean).join('\n'),
    Object.keys(models).length > 0 &&
      markdownTable(
        ['Model', 'Window', 'Output', '$ input', '$ cached', '$ output', 'Takes'],
        Object.entries(models).map(
          ([model, { context, maxOutput, price, tools, jsonSchema, reasoning, operation, input = [] }]) => [
            `\`${model}\``,
            tokens(context),
            tokens(maxOutput),
            price?.input === undefined ? '' : price.input + (price.tiers ? ' ⁺' : ''),
            price?.cacheRead ?? '',
            price?.output ?? '',
            [operation, tools && 'tools', jsonSchema && 'schema', reasoning && 'reasoning', ...input]
              .filter(Boolean)
              .join(', '),
          ],
        ),
      ),
    Object.values(models).some(({ price }) => price?.tiers) && '⁺ A long prompt costs more: the row has its tiers.',
  ]
  return lines.filter(Boolean).join('\n\n')
}

function tokens(count) {
  return count === undefined ? '' : count.toLocaleString('en-US')
}

function page(title, text) {
  return `# ${title}\n\n<!-- Generated by scripts/generate-reference.mjs. Do not edit. -->\n\n${text}\n`
}

/** Its columns are as wide as their widest cell, as the formatter has them. */
function markdownTable(head, body) {
  const rows = [head, ...body].map((cells) => cells.map((cell) => String(cell).replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(3, ...rows.map((row) => row[column].length)))
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  const [title, ...lines] = rows.map(line)
  return [title, line(widths.map((width) => '-'.repeat(width))), ...lines].join('\n')
}
