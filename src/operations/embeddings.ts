import { byteBound, largestWindow } from './byte-bound.ts'
import { estimateTokens } from './chat/estimate.ts'
import type { ExtensionPart } from './chat/request.ts'
import type { Extensions, Operation, OperationRequest, OperationResponse, Usage } from './operation.ts'
import { dimensionsOf, type Vector } from './vector.ts'
import { type WholeEvent, wholeOperation } from './whole.ts'

/** What is to be embedded: a text, the ids of its tokens, or something that only one wire format can say, such as a picture. */
export type EmbeddingInput = string | readonly number[] | ExtensionPart

/** What vectors are for, in our words or the provider's own. Those of a query and of a document lie in one space, and differ. */
export type EmbeddingPurpose =
  | 'query'
  | 'document'
  | 'similarity'
  | 'classification'
  | 'clustering'
  | 'code-query'
  | (string & {})

export interface EmbeddingsRequest extends OperationRequest {
  /** One vector is made of each. */
  readonly input: readonly EmbeddingInput[]
  /** The length of the vectors, where the model lets one choose. @default the model's own */
  readonly dimensions?: number | undefined
  /** What the vectors are for, where the model makes a difference. */
  readonly inputType?: EmbeddingPurpose | undefined
  /** What to do with an input that is too long: refuse it, or cut off its start or its end. @default the provider's own */
  readonly truncate?: 'none' | 'start' | 'end' | undefined
  /** How the numbers are written, where the provider lets one choose; `binary` packs eight dimensions into a number. @default 'float' */
  readonly dataType?: 'float' | 'int8' | 'uint8' | 'binary' | 'ubinary' | undefined
  /** An opaque id of the end user, passed on to the provider for its abuse detection. */
  readonly user?: string | undefined
}

export interface Embedding {
  readonly vector: Vector
  readonly extensions?: Extensions | undefined
}

export interface EmbeddingsResponse extends OperationResponse {
  /** The model that answered, in the provider's words. */
  readonly model: string
  /** One for each input, in their order. */
  readonly embeddings: readonly Embedding[]
  readonly usage: Usage
  readonly extensions?: Extensions | undefined
}

export type Embeddings = Operation<EmbeddingsRequest, EmbeddingsResponse, WholeEvent<EmbeddingsResponse>>

/** Texts in, vectors out. */
export const embeddings: Embeddings = /* @__PURE__ */ wholeOperation<EmbeddingsRequest, EmbeddingsResponse>(
  { model: '', embeddings: [], usage: {} },
  {
    id: 'embeddings',
    emptiness: (response) => (response.embeddings.length > 0 ? undefined : 'The answer has no embeddings.'),
    flaw({ embeddings }, { input, dimensions, dataType }) {
      if (embeddings.length !== input.length) return `${embeddings.length} embeddings came for ${input.length} inputs.`
      const packed = dataType?.endsWith('binary') ? 8 : 1
      const lengths = embeddings.map(({ vector }) => dimensionsOf(vector) * packed)
      const expected = dimensions ?? lengths[0]
      const odd = lengths.findIndex((length) => length !== expected)
      return odd < 0 ? undefined : `Embedding ${odd} has ${lengths[odd]} dimensions, not ${expected}.`
    },
    bound({ input }, window = largestWindow) {
      let inputTokens = 0
      for (const item of input) {
        inputTokens += framing
        if (typeof item === 'string') inputTokens += byteBound(item)
        else if ('type' in item) inputTokens += byteBound(JSON.stringify(item.value)) + window
        else inputTokens += item.length
      }
      return { inputTokens, outputTokens: 0 }
    },
    estimate({ input }) {
      let tokens = 0
      for (const item of input) {
        tokens += typeof item === 'string' ? estimateTokens(item) : 'type' in item ? 1_000 : item.length
      }
      return tokens
    },
    mismatch: ({ dimensions }, traits) =>
      dimensions !== undefined && traits.dimensions !== undefined && dimensions > traits.dimensions
        ? `its embeddings have at most ${traits.dimensions} dimensions`
        : undefined,
    sameModel: true,
  },
)

/** What a model's template writes around an input: marks of its beginning and end, its purpose, a title. */
const framing = 32
