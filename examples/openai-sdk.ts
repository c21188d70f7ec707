/** The official OpenAI SDK through a gateway: any provider answers, and the SDK does not notice. */
import OpenAI from 'openai'
import { cache, createGateway, limits, rateLimit } from 'zerohop'
import { anthropic, google, groq, openai } from 'zerohop/providers'
import { headline, runtime } from './support/runtime.ts'

console.log(headline)

const gateway = createGateway({
  providers: [openai, anthropic, google, groq],
  // Claude first: an OpenAI SDK does not have to talk to OpenAI.
  models: {
    fast: [
      'anthropic/claude-haiku-4-5',
      { model: 'openai/gpt-5-mini', order: 1 },
      { model: 'google/gemini-2.5-flash', order: 1 },
      { model: 'groq/llama-3.1-8b-instant', order: 1 },
    ],
  },
  cache: cache(),
  limits: limits({ rules: [rateLimit({ requests: 1, per: 'minute' })] }),
  runtime,
})

// { apiKey, fetch, maxRetries: 0 }: the gateway has the keys, and does the retries.
const client = new OpenAI(gateway.sdk())
const messages = [{ role: 'user', content: 'In one sentence: what is an LLM gateway?' }] as const

const { data, response } = await client.chat.completions
  .create({ model: 'fast', messages: [...messages] })
  .withResponse()
console.log(data.choices[0]?.message.content)

const trace = gateway.traceOf(response)
console.log(`answered by ${trace?.deployment} in ${trace?.duration} ms for $${trace?.cost?.toFixed(6)}\n`)

// The same question as a stream: the cache knows it, though it was answered whole.
const stream = await client.chat.completions.create({ model: 'fast', messages: [...messages], stream: true })
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '')
console.log()

// Errors are the SDK's own classes. Another question is one more than the rate limit allows; what the cache answers does not count.
const another = { role: 'user', content: 'And what is it not?' } as const
const failure: unknown = await client.chat.completions.create({ model: 'fast', messages: [another] }).catch((e) => e)
if (!(failure instanceof OpenAI.RateLimitError)) throw failure
console.log(`\n${failure.constructor.name}: ${failure.message}`)
