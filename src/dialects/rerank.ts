import type { RerankDocument, RerankRequest, RerankResult } from '../operations/rerank.ts'
import { documentText } from '../operations/rerank.ts'
import { extensionsOf } from '../operations/whole.ts'
import type { Target } from './dialect.ts'
import { check, type Fields, invalid, isFields, unknownFields } from './fields.ts'
import { malformed } from './whole.ts'

/** How rerankers differ, in whichever format. */
export interface RerankQuirks {
  /** Documents may be objects: they go out as they are. @default false, their fields as one text */
  readonly objects?: boolean | undefined
  /** The name of the field for how much of a document is read; `false` where that cannot be chosen. @default the format's own */
  readonly maxTokens?: string | false | undefined
  /** The name of the field that says whether a document that is too long is cut. @default the format's own */
  readonly truncate?: string | undefined
}

/** Documents as a provider takes them. */
export function encodeDocuments(documents: readonly RerankDocument[], { objects }: RerankQuirks): readonly unknown[] {
  return objects ? documents : documents.map(documentText)
}

/** Documents as an application writes them. */
export function decodeDocuments(documents: unknown): readonly RerankDocument[] {
  if (!Array.isArray(documents) || documents.length === 0) throw invalid('documents', 'a list that is not empty')
  return documents.map((document: unknown, index) => {
    if (typeof document === 'string') return document
    check(document, {}, `documents.${index}`)
    return document
  })
}

/** The places of an answer, the best first. */
export function decodeResults(
  body: unknown,
  field: string,
  dialect: string,
  target: Pick<Target<unknown>, 'provider'>,
): RerankResult[] {
  const list = isFields(body) ? body[field] : undefined
  if (!Array.isArray(list)) throw malformed(target, 'the answer has no results.', body)
  return list
    .filter(isFields)
    .map((item) => ({
      index: Number(item['index'] ?? Number.NaN),
      score: Number(item['relevance_score'] ?? Number.NaN),
      ...extensionsOf(dialect, unknownFields(item, names)),
    }))
    .sort((a, b) => b.score - a.score)
}

// A document that is sent back is one that we have.
const names = { index: true, relevance_score: true, document: true, object: true } as const

/** The places of an answer, with the documents where the application asked for them. */
export function encodeResults(
  results: readonly RerankResult[],
  { documents, returnDocuments }: RerankRequest,
  dialect: string,
  write: (document: RerankDocument) => unknown,
): readonly Fields[] {
  return results.map(({ index, score, extensions }) => ({
    index,
    relevance_score: score,
    ...(returnDocuments && { document: write(documents[index] as RerankDocument) }),
    ...extensions?.[dialect],
  }))
}
