import type { ExtensionPart } from '../operations/chat/request.ts'
import {
  type EmbeddingInput,
  type Embeddings,
  type EmbeddingsRequest,
  type EmbeddingsResponse,
  embeddings,
} from '../operations/embeddings.ts'
import { numbersOf } from '../operations/vector.ts'
import { type Ask, OperationReply } from './ask.ts'
import { checkInput, type InputFields, wrong } from './fields.ts'

/** What `gateway.embed` takes: `input` may be one text. */
export interface EmbeddingsInput<Model extends string = string>
  extends Omit<EmbeddingsRequest, 'input' | 'model' | 'stream'> {
  readonly model: Model
  readonly input: string | readonly EmbeddingInput[]
}

/** What `gateway.embed` gives. */
export class EmbeddingsReply extends OperationReply<EmbeddingsResponse> {
  #embeddings: readonly number[][] | undefined

  /** The vectors, in the order of the inputs. */
  get embeddings(): readonly number[][] {
    this.#embeddings ??= this.response.embeddings.map(({ vector }) => numbersOf(vector))
    return this.#embeddings
  }

  /** The vector of the first input, which is mostly the only one. */
  get embedding(): number[] {
    return this.embeddings[0] as number[]
  }
}

/** Asks for embeddings. */
export const embed: Ask<Embeddings, EmbeddingsInput, EmbeddingsReply> = {
  operation: embeddings,
  request(input) {
    checkInput(input, fields)
    const list = typeof input.input === 'string' ? [input.input] : input.input
    if (list.length === 0) throw wrong('input is empty: give a text, or a list of texts.')
    list.forEach((item, index) => {
      const isTokens = Array.isArray(item) && item.every((id) => Number.isInteger(id))
      const { type, value } = (item ?? {}) as Partial<ExtensionPart>
      if (typeof item !== 'string' && !isTokens && (type !== 'extension' || value === undefined))
        throw wrong(`input[${index}] is no text, no list of token ids and no extension.`)
    })
    return { ...input, input: list }
  },
  reply: (response, recorder) => new EmbeddingsReply(response, recorder),
}

const fields: InputFields<EmbeddingsInput> = {
  model: 'string!',
  input: 'string list!',
  dimensions: 'number',
  inputType: 'string',
  truncate: 'string',
  dataType: 'string',
  user: 'string',
  headers: 'object',
  extensions: 'object',
}
