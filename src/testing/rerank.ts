import { openaiChat } from './openai-chat.ts'
import { countTokens } from './tokens.ts'
import { wholeFormat, wordsOf } from './whole-format.ts'
import { type Arrival, field, list, positive, type WireFormat } from './wire-format.ts'

/** Speaks Rerank as Cohere does, which bills search units, and as those who bill tokens: Jina, and Voyage in its own words. */
export const rerank: WireFormat = wholeFormat(
  {
    id: 'rerank',
    matches: (path) => path.endsWith('/rerank'),
    input(arrival) {
      const query = String(arrival.body['query'])
      return billsUnits(arrival) ? [] : documentsIn(arrival.body).map((document) => [query, document])
    },
    searchUnits: (arrival) => (billsUnits(arrival) ? unitsOf(arrival.body) : undefined),
    complaint(body) {
      if (typeof body['query'] !== 'string') return 'invalid request: query must be provided'
      if (list(body['documents']).length === 0) return 'invalid request: list of documents must not be empty'
      return undefined
    },
    answer({ serial, model, usage, reportUsage }, arrival) {
      const { body, provider } = arrival
      const results = ranking(body)
      const tokens = { total_tokens: usage.inputTokens }
      if (billsUnits(arrival)) {
        const billed = reportUsage && { billed_units: { search_units: usage.searchUnits } }
        return { id: serial, results, meta: { api_version: { version: '2' }, ...billed } }
      }
      if (provider === 'voyage') return { object: 'list', data: results, model, ...(reportUsage && { usage: tokens }) }
      return { model, results, ...(reportUsage && { usage: tokens }) }
    },
    failureBody: (message) => ({ message, detail: message }),
  },
  openaiChat,
)

function billsUnits({ url }: Arrival): boolean {
  return url.pathname.includes('/v2/')
}

/** One for each hundred documents, of which long ones count as several. */
function unitsOf(body: Arrival['body']): number {
  const room = Math.max(1, 500 - countTokens(String(body['query'])))
  const chunks = documentsIn(body).reduce(
    (total, document) => total + Math.max(1, Math.ceil(countTokens(document) / room)),
    0,
  )
  return Math.ceil(chunks / 100)
}

/** The share of the query's words that a document has. */
function ranking(body: Arrival['body']): readonly unknown[] {
  const asked = new Set(wordsOf(String(body['query'])))
  const documents = documentsIn(body)
  return documents
    .map((document, index) => {
      const found = new Set(wordsOf(document).filter((word) => asked.has(word)))
      return { index, relevance_score: asked.size > 0 ? found.size / asked.size : 0 }
    })
    .sort((a, b) => b.relevance_score - a.relevance_score)
    .slice(0, positive(body['top_n'] ?? body['top_k'], documents.length))
}

function documentsIn(body: Arrival['body']): readonly string[] {
  return list(body['documents']).map((document) =>
    typeof document === 'string' ? document : String(field(document, 'text') ?? JSON.stringify(document)),
  )
}
