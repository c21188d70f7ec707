import { budget, cache, createGateway, limits, rateLimit } from '../../../dist/index.js'
import { openai, provider } from '../../../dist/providers/index.js'
import { fetch } from '../upstream.mjs'
import { contender as openaiSDK } from './openai.mjs'

const runtime = { fetch, env: () => undefined }
const acme = provider(openai, { apiKey: 'sk-bench' })

const bare = createGateway({ providers: [acme], runtime })

const full = createGateway({
  providers: [acme, provider(acme, { id: 'openai-eu' }), provider(acme, { id: 'openai-us' })],
  models: { fast: ['openai/gpt-5-mini', 'openai-eu/gpt-5-mini', 'openai-us/gpt-5-mini'] },
  cache: cache(),
  limits: limits({
    rules: [
      budget({ by: 'team', limit: 1_000_000, per: 'month' }),
      rateLimit({ by: 'user', requests: 1_000_000_000, per: 'minute' }),
    ],
  }),
  runtime,
})
const caller = full.with({ team: 'search', user: 'u1' })

const whole = async (gateway, model, prompt) => (await gateway.chat({ model, messages: prompt })).text

async function streamed(gateway, model, prompt) {
  const reply = await gateway.chat({ model, messages: prompt, stream: true })
  let text = ''
  for await (const event of reply) if (event.type === 'text-delta') text += event.text
  return text
}

export const zerohop = [
  {
    name: 'zerohop bare',
    call: (prompt) => whole(bare, 'openai/gpt-5-mini', prompt),
    stream: (prompt) => streamed(bare, 'openai/gpt-5-mini', prompt),
  },
  {
    name: 'zerohop, every slot on',
    call: (prompt) => whole(caller, 'fast', prompt),
    stream: (prompt) => streamed(caller, 'fast', prompt),
  },
  {
    name: 'zerohop, cache hit',
    call: () => whole(caller, 'fast', 'The same question again.'),
  },
  openaiSDK('openai SDK through gateway.fetch', { apiKey: 'sk-bench', fetch: bare.fetch, maxRetries: 0 }),
  {
    name: 'gateway.fetch, bytes passed through',
    passesBytes: true,
    async stream(prompt) {
      const response = await bare.fetch('https://api.openai.com/v1/chat/completions', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: prompt }], stream: true }),
      })
      return discard(response)
    },
  },
]

async function discard(response) {
  const reader = response.body.getReader()
  let size = 0
  for (let read = await reader.read(); !read.done; read = await reader.read()) size += read.value.length
  return size
}
