import { type Answer, type AnswerOptions, stream } from './answer.ts'
import type { Exchange } from './exchange.ts'
import type { StepFunction } from './script.ts'
import { tokenize } from './tokens.ts'
import { field, list } from './wire-format.ts'

/** How a model goes on from words that are put into its mouth. */
export interface ContinuesOptions extends AnswerOptions {
  /** How many of their last characters it says again. `Infinity`: it begins again. @default 0 */
  readonly overlap?: number | undefined
}

/**
 * Says a text, and goes on with it from where the last message of a request leaves off, if that is the model's.
 *
 * @example
 * simulator.on({ model: 'a' }).reply(stream(['Once ', 'upon'], { dieAfter: 1 }))
 * simulator.on({ model: 'b' }).reply(continues('Once upon a time'))
 */
export function continues(
  text: string | readonly string[],
  { overlap = 0, ...options }: ContinuesOptions = {},
): StepFunction {
  const chunks = typeof text === 'string' ? tokenize(text) : text
  return (exchange): Answer => {
    const said = prefillOf(exchange)
    // What is no beginning of the text does not keep the model from saying all of it.
    const begins = chunks.join('').startsWith(said)
    return stream(behind(chunks, begins ? said.length - overlap : 0), options)
  }
}

/** The chunks from a position on. */
function behind(chunks: readonly string[], position: number): readonly string[] {
  let at = 0
  return chunks.flatMap((chunk) => {
    const rest = chunk.slice(Math.max(0, position - at))
    at += chunk.length
    return rest === '' ? [] : rest
  })
}

/** The words that a request puts into the model's mouth, in any chat format. */
function prefillOf({ body }: Exchange): string {
  const messages = list(field(body, 'messages') ?? field(body, 'contents') ?? field(body, 'input'))
  const last = messages.at(-1)
  const role = field(last, 'role')
  if (role !== 'assistant' && role !== 'model') return ''
  const content = field(last, 'content') ?? field(last, 'parts')
  if (typeof content === 'string') return content
  return list(content)
    .map((part) => field(part, 'text'))
    .filter((text) => typeof text === 'string')
    .join('')
}
