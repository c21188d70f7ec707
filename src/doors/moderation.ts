import {
  type Moderation,
  type ModerationInput,
  type ModerationRequest,
  type ModerationResponse,
  type ModerationResult,
  moderation,
} from '../operations/moderation.ts'
import { type Ask, OperationReply } from './ask.ts'
import { checkInput, type InputFields, wrong } from './fields.ts'

/** What `gateway.moderate` takes: `input` may be one text. */
export interface ModerateInput<Model extends string = string>
  extends Omit<ModerationRequest, 'input' | 'model' | 'stream'> {
  readonly model: Model
  readonly input: string | readonly ModerationInput[]
}

/** What `gateway.moderate` gives. */
export class ModerationReply extends OperationReply<ModerationResponse> {
  /** Something in some input is flagged. */
  get flagged(): boolean {
    return this.results.some(({ flagged }) => flagged)
  }

  /** The verdicts, in the order of the inputs. */
  get results(): readonly ModerationResult[] {
    return this.response.results
  }
}

/** Asks for verdicts. */
export const moderate: Ask<Moderation, ModerateInput, ModerationReply> = {
  operation: moderation,
  request(input) {
    checkInput(input, fields)
    const list = typeof input.input === 'string' ? [input.input] : input.input
    if (list.length === 0) throw wrong('input is empty: there is nothing to judge.')
    list.forEach((item, index) => {
      if (typeof item === 'string') return
      if (!Array.isArray(item)) throw wrong(`input[${index}] is neither a text nor a list of parts.`)
      item.forEach((part: { readonly [Field in 'type' | 'text' | 'source']?: unknown } | null, place) => {
        if (part?.type === 'text' ? typeof part.text !== 'string' : typeof part?.source !== 'object' || !part.source)
          throw wrong(`input[${index}][${place}] is neither { type: 'text', text } nor { type: 'image', source }.`)
      })
    })
    return { ...input, input: list }
  },
  reply: (response, recorder) => new ModerationReply(response, recorder),
}

const fields: InputFields<ModerateInput> = {
  model: 'string!',
  input: 'string list!',
  headers: 'object',
  extensions: 'object',
}
