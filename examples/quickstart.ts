/** The main job. With API keys in the environment it asks those providers, without any the simulator: `npm start`. */
import { budget, cache, createGateway, isGatewayError, limits, type Trace } from 'zerohop'
import { anthropic, google, groq, openai, provider } from 'zerohop/providers'
import { headline, runtime } from './support/runtime.ts'
import { bold, dollars, green, milliseconds, red, table, timeline, title } from './support/terminal.ts'

console.log(headline)
const question = 'In one sentence: what is an LLM gateway?'
const calls: Trace[] = []

// An address where nobody answers, so that there is something to recover from.
const down = provider(openai, { id: 'down', baseURL: 'http://127.0.0.1:65535/v1', apiKey: 'of nobody' })

const gateway = createGateway({
  providers: [openai, anthropic, google, groq, down],
  models: {
    fast: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5', 'google/gemini-2.5-flash', 'groq/llama-3.1-8b-instant'],
    shaky: ['down/gpt-5-mini'],
  },
  fallback: { general: { shaky: ['fast'] } },
  cache: cache({ ttl: '10m' }),
  limits: limits({
    rules: [budget({ by: 'team', per: 'day', limit: ({ team }) => (team === 'interns' ? 0.0001 : 1) })],
  }),
  telemetry: [(trace) => void calls.push(trace)],
  runtime,
})
const search = gateway.with({ team: 'search' })

title('A streamed answer')
const stream = await search.chat({ model: 'fast', messages: question, stream: true })
process.stdout.write('  ')
for await (const text of stream.textStream) process.stdout.write(text)
const { usage, trace } = await stream.reply
console.log(
  `\n  by ${bold(trace.deployment!)}, first words after ${trace.firstContent} ms, ${usage.outputTokens} tokens`,
)

title('A provider that is down, and the failover')
const rescued = await search.chat({ model: 'shaky', messages: `${question} Say it simply.` })
timeline(rescued.trace)

title('The same question again, from the cache')
for (let time = 1; time <= 2; time++) {
  const started = performance.now()
  const reply = await search.chat({ model: 'fast', messages: `${question} Say it briefly.` })
  const took = milliseconds(performance.now() - started)
  console.log(`  ${reply.trace.cache.padEnd(4)}  ${took.padStart(8)}  ${dollars(reply.cost)}`)
}

title('A budget that is too small')
try {
  await gateway.with({ team: 'interns' }).chat({ model: 'fast', messages: question })
} catch (error) {
  if (!isGatewayError(error, 'budget_exceeded')) throw error
  console.log(`  ${red(`${error.status} ${error.code}`)} ${error.message}`)
}

title('Who would serve the next call, and who not')
const { candidates, excluded } = await search.explain({ model: 'fast', messages: question })
table([
  ['deployment', 'share', 'input', 'at most'],
  ...candidates.map(({ deployment, share, inputTokens, maxCost }) => [
    deployment,
    `${Math.round(share * 100)} %`,
    `${inputTokens} tokens`,
    dollars(maxCost),
  ]),
])
for (const { deployment, detail } of excluded) console.log(`  not ${deployment}: ${detail}`)

title('What it cost')
await gateway.flush()
table([
  ['asked', 'answered', 'outcome', 'tokens', 'price'],
  ...calls.map(({ model, deployment = '–', cache, error, usage, cost }) => [
    model,
    deployment,
    error?.code ?? cache,
    `${usage.inputTokens ?? 0} + ${usage.outputTokens ?? 0}`,
    dollars(cost),
  ]),
])
for (const { rule, subject, spent, limit } of await gateway.limits.status({ team: 'search' })) {
  console.log(`  ${green(`${rule} of ${subject}`)}: ${dollars(spent)} of ${dollars(limit)}`)
}
