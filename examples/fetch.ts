/** Code that calls a provider by hand, with `gateway.fetch` where `fetch` was. */
import { createGateway, type GatewayFetch } from 'zerohop'
import { anthropic, google, groq, openai } from 'zerohop/providers'
import { headline, runtime } from './support/runtime.ts'

console.log(headline)

const { fetch, traceOf } = createGateway({
  providers: [openai, anthropic, google, groq],
  models: {
    fast: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5', 'google/gemini-2.5-flash', 'groq/llama-3.1-8b-instant'],
  },
  runtime,
})

/** As it was written for OpenAI. Only `fetch` is another, and the model a group. */
async function askOpenAI(fetch: GatewayFetch, content: string): Promise<Response> {
  return fetch('https://api.openai.com/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer …' },
    body: JSON.stringify({ model: 'fast', messages: [{ role: 'user', content }] }),
  })
}

/** As it was written for Anthropic, streamed. */
async function askAnthropic(fetch: GatewayFetch, content: string): Promise<Response> {
  return fetch('https://api.anthropic.com/v1/messages', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': '…' },
    body: JSON.stringify({ model: 'fast', max_tokens: 1000, stream: true, messages: [{ role: 'user', content }] }),
  })
}

const whole = await askOpenAI(fetch, 'In one sentence: what is an LLM gateway?')
console.log('\nIn the format of OpenAI:')
console.log(JSON.stringify(await whole.json(), null, 2))
console.log(`answered by ${traceOf(whole)?.deployment}`)

const streamed = await askAnthropic(fetch, 'In one sentence: what is a streamed answer?')
console.log('\nIn the format of Anthropic, the first events of the stream:')
const events = (await streamed.text()).split('\n').filter((line) => line.startsWith('data: '))
for (const event of events.slice(0, 4)) console.log(event)
console.log(`answered by ${traceOf(streamed)?.deployment}`)
