import { byteBound } from './byte-bound.ts'
import { estimateTokens } from './chat/estimate.ts'
import type { Extensions, Operation, OperationRequest, OperationResponse, Usage } from './operation.ts'
import { type WholeEvent, wholeOperation } from './whole.ts'

/** A text, or an object whose fields are ranked together. */
export type RerankDocument = string | Readonly<Record<string, unknown>>

export interface RerankRequest extends OperationRequest {
  readonly query: string
  readonly documents: readonly RerankDocument[]
  /** How many of the best to give. @default all */
  readonly topN?: number | undefined
  /** Put each document beside its score. The gateway does it, and asks no provider to send them back. @default false */
  readonly returnDocuments?: boolean | undefined
  /** The most tokens of a document that are read, where the provider lets one choose. */
  readonly maxTokensPerDocument?: number | undefined
  /** What to do with a document that is too long: refuse it, or cut off its end. @default the provider's own */
  readonly truncate?: 'none' | 'end' | undefined
}

export interface RerankResult {
  /** Where it stands among the documents of the request. */
  readonly index: number
  /** How relevant it is: more is better. Scores of two models do not compare. */
  readonly score: number
  readonly extensions?: Extensions | undefined
}

export interface RerankResponse extends OperationResponse {
  readonly id?: string | undefined
  /** The model that answered, where the provider says. */
  readonly model?: string | undefined
  /** The best first. */
  readonly results: readonly RerankResult[]
  readonly usage: Usage
  readonly extensions?: Extensions | undefined
}

export type Rerank = Operation<RerankRequest, RerankResponse, WholeEvent<RerankResponse>>

/** A query and documents in, the documents' order out. */
export const rerank: Rerank = /* @__PURE__ */ wholeOperation<RerankRequest, RerankResponse>(
  { results: [], usage: {} },
  {
    id: 'rerank',
    emptiness: (response) => (response.results.length > 0 ? undefined : 'The answer ranks no document.'),
    flaw({ results }, { documents, topN = documents.length }) {
      if (results.length > topN) return `${results.length} results came where ${topN} were asked for.`
      const seen = new Set<number>()
      for (const { index, score } of results) {
        if (!Number.isInteger(index) || index < 0 || index >= documents.length)
          return 'A result names no document of the request.'
        if (seen.has(index)) return `Document ${index} is ranked twice.`
        if (!Number.isFinite(score)) return `Document ${index} has no score.`
        seen.add(index)
      }
      return undefined
    },
    bound({ query, documents }) {
      const asked = byteBound(query)
      // Cohere bills a search unit for each 100 chunks, and cuts documents so that one has 500 tokens together with the
      // query, of which 256 count: https://cohere.com/pricing, https://docs.cohere.com/docs/reranking-best-practices
      const room = 500 - Math.min(asked, 256)
      let inputTokens = 0
      let chunks = 0
      for (const document of documents) {
        const size = byteBound(documentText(document))
        // A model reads the query beside each document.
        inputTokens += asked + size + framing
        chunks += Math.max(1, Math.ceil(size / room))
      }
      return { inputTokens, outputTokens: 0, units: { searchUnits: Math.ceil(chunks / 100) } }
    },
    estimate({ query, documents }) {
      const asked = estimateTokens(query)
      return documents.reduce((tokens, document) => tokens + asked + estimateTokens(documentText(document)), 0)
    },
  },
)

/** A document as a model reads it: its text, or its fields a line each. */
export function documentText(document: RerankDocument): string {
  if (typeof document === 'string') return document
  // What has no JSON is not said in any other place either.
  const fields = Object.entries(document).filter(([, value]) => value !== undefined && typeof value !== 'function')
  const [name, value] = fields[0] ?? []
  if (fields.length === 1 && name === 'text' && typeof value === 'string') return value
  return fields
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n')
}

/** What a model's template writes between a query and a document. */
const framing = 32
