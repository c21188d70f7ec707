import { copyOf } from '../copy.ts'
import {
  rerank as operation,
  type Rerank,
  type RerankDocument,
  type RerankRequest,
  type RerankResponse,
  type RerankResult,
} from '../operations/rerank.ts'
import { type Ask, OperationReply } from './ask.ts'
import { checkInput, type InputFields, wrong } from './fields.ts'

/** What `gateway.rerank` takes. */
export interface RerankInput<Model extends string = string> extends Omit<RerankRequest, 'model' | 'stream'> {
  readonly model: Model
}

/** A document's place, and the document, where `returnDocuments` asked for it. */
export interface RankedDocument extends RerankResult {
  readonly document?: RerankDocument | undefined
}

/** What `gateway.rerank` gives. */
export class RerankReply extends OperationReply<RerankResponse> {
  /** The documents' places, the best first. */
  readonly results: readonly RankedDocument[]

  constructor(
    response: RerankResponse,
    recorder: ConstructorParameters<typeof OperationReply>[1],
    { documents, returnDocuments }: Pick<RerankRequest, 'documents' | 'returnDocuments'>,
  ) {
    super(response, recorder)
    this.results = response.results.map((result) =>
      returnDocuments ? { ...result, document: copyOf(documents[result.index] as RerankDocument) } : result,
    )
  }
}

/** Asks for the order of documents. */
export const rerank: Ask<Rerank, RerankInput, RerankReply> = {
  operation,
  request(input) {
    checkInput(input, fields)
    if (input.documents.length === 0) throw wrong('documents is empty: there is nothing to rank.')
    input.documents.forEach((document, index) => {
      if (typeof document !== 'string' && (typeof document !== 'object' || document === null))
        throw wrong(`documents[${index}] is neither a text nor an object.`)
    })
    return input
  },
  reply: (response, recorder, request) => new RerankReply(response, recorder, request),
}

const fields: InputFields<RerankInput> = {
  model: 'string!',
  query: 'string!',
  documents: 'list!',
  topN: 'number',
  returnDocuments: 'boolean',
  maxTokensPerDocument: 'number',
  truncate: 'string',
  headers: 'object',
  extensions: 'object',
}
