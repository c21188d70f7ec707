/** Several providers behind one name: who would serve a call, at what price, who not, and why. Then who did. */
import { createGateway, type Preferences } from 'zerohop'
import { anthropic, google, groq, openai, provider } from 'zerohop/providers'
import { headline, runtime } from './support/runtime.ts'
import { bold, dim, dollars, table, title } from './support/terminal.ts'

console.log(headline)

const gateway = createGateway({
  providers: [openai, provider(anthropic, { zeroRetention: true }), google, groq],
  models: {
    fast: [
      { model: 'openai/gpt-5-mini', weight: 3, tags: ['contract'] },
      'google/gemini-2.5-flash',
      { model: 'anthropic/claude-haiku-4-5', order: 1 },
      { model: 'groq/llama-3.1-8b-instant', order: 1 },
    ],
    // Another name for the same, and a name for each Claude: an application need not say who serves it.
    default: 'fast',
    'claude-*': ['anthropic/claude-*'],
  },
  runtime,
})

const question = 'In one sentence: what is an LLM gateway?'

interface Wish {
  readonly model: 'default' | 'fast' | `claude-${string}`
  readonly messages: string
  readonly maxOutputTokens?: number
  readonly prefer?: Preferences
}

const wishes: Record<string, Wish> = {
  'By weight, and by order': { model: 'default', messages: question },
  'The cheapest first': { model: 'fast', messages: question, prefer: { sort: 'price' } },
  'Only where nothing is kept': { model: 'fast', messages: question, prefer: { zeroRetention: true } },
  'Room for a long answer, and at most $3 for a million tokens of it': {
    model: 'fast',
    messages: question,
    maxOutputTokens: 100_000,
    prefer: { maxPrice: { output: 3 } },
  },
  'By the name that Anthropic has for it': { model: 'claude-haiku-4-5', messages: question },
}

for (const [name, wish] of Object.entries(wishes)) {
  title(name)
  const { candidates, excluded } = await gateway.explain(wish)
  table([
    ['deployment', 'order', 'share', 'at most'],
    ...candidates.map(({ deployment, order, share, maxCost }) => [
      deployment,
      String(order),
      `${Math.round(share * 100)} %`,
      dollars(maxCost),
    ]),
  ])
  for (const { deployment, detail = '' } of excluded) console.log(dim(`  not ${deployment}: ${detail}`))
  const { trace, cost } = await gateway.chat(wish)
  console.log(`  answered by ${bold(trace.deployment ?? 'nobody')} for ${dollars(cost)}`)
}
