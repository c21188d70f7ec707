/** Retrieval in fifty lines: embeddings find what may answer a question, a reranker orders it, a model answers from it. */
import { cache, createGateway, isGatewayError } from 'zerohop'
import { anthropic, cohere, google, groq, jina, openai, voyage } from 'zerohop/providers'
import { headline, runtime } from './support/runtime.ts'
import { dim, dollars, title } from './support/terminal.ts'

console.log(headline)

const gateway = createGateway({
  providers: [openai, anthropic, google, groq, cohere, voyage, jina],
  models: {
    // One model only: vectors of two models do not compare, and a group that mixes them is refused.
    space: ['openai/text-embedding-3-small'],
    ranker: ['cohere/rerank-v3.5', 'voyage/rerank-2.5-lite', 'jina/jina-reranker-v2-base-multilingual'],
    fast: ['openai/gpt-5-mini', 'anthropic/claude-haiku-4-5', 'google/gemini-2.5-flash', 'groq/llama-3.1-8b-instant'],
  },
  // What was embedded once is not paid for again.
  cache: cache({ ttl: '1h' }),
  runtime,
})

const documents = [
  'A circuit breaker leaves a deployment alone for a while after it has failed too often.',
  'An LLM gateway decides what every model call needs: retries, failover, caching, budgets and cost.',
  'A cache gives the same answer to the same question, and asks nobody.',
  'What is called a token is a piece of a word, and what models are paid by.',
  'Every model call of an application passes an LLM gateway: that is the one place for what all of them share.',
  'Hedging asks a second deployment when the first is silent for too long.',
]
const question = 'What is an LLM gateway, and what does it decide for a model call?'

title('Nearest by embeddings')
const index = await gateway.embed({ model: 'space', input: documents, inputType: 'document', dimensions: 256 })
const asked = await gateway.embed({ model: 'space', input: question, inputType: 'query', dimensions: 256 })
const nearest = index.embeddings
  .map((vector, place) => ({ text: documents[place]!, score: product(vector, asked.embedding) }))
  .sort((one, other) => other.score - one.score)
  .slice(0, 4)
for (const { text, score } of nearest) console.log(`  ${score.toFixed(3)}  ${text}`)

title('In the order of a reranker')
const found = nearest.map(({ text }) => text)
const ranked = await rank(found)
for (const text of ranked) console.log(`  ${text}`)

title('Answered from the best two')
const context = ranked.slice(0, 2).join('\n')
const reply = await gateway.chat({
  model: 'fast',
  messages: [
    { role: 'system', content: `Answer in one sentence, only from this:\n${context}` },
    { role: 'user', content: question },
  ],
})
console.log(`  ${reply.text}`)

const again = await gateway.embed({ model: 'space', input: documents, inputType: 'document', dimensions: 256 })
console.log(dim(`\n  embeddings ${dollars(index.cost)}, the same again ${dollars(again.cost)} (${again.trace.cache})`))

/** The best first; where there is no key for any reranker, as they are. */
async function rank(texts: readonly string[]): Promise<readonly string[]> {
  try {
    const { results } = await gateway.rerank({ model: 'ranker', query: question, documents: texts })
    return results.map(({ index }) => texts[index]!)
  } catch (error) {
    if (!isGatewayError(error, 'no_eligible_deployment')) throw error
    console.log(dim(`  ${error.message}`))
    return texts
  }
}

/** How near two vectors are: these are all of length 1. */
function product(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, place) => sum + value * other[place]!, 0)
}
