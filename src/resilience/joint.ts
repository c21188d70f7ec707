import { GatewayError } from '../errors.ts'

/** The shortest repetition that is none by chance: natural texts do not say so much twice in a row. */
const distinctive = 16
/** … unless it is a rule, an indentation or a row of digits: of so few characters that it may well be. */
const fewestCharacters = 8

/**
 * Joins a text that broke off and what another model adds to it.
 *
 * White space at the end is not sent along, for some providers refuse it; so what comes must begin with it. A model may
 * also begin again, or repeat the last words: then what comes begins with an end of what was said, and that much of it
 * is left out. As long as what has come stands somewhere in what was said, either may be the case, and it is held back.
 * Where it cannot be told whether the text repeats itself or the model does, there is no joint.
 */
export class Joint {
  /** What is sent as the beginning of the answer. */
  readonly prefill: string
  readonly #space: string
  #come = ''
  /** Where {@link #come} stands in the prefill first; -1 when nowhere. */
  #found = 0

  /** @param said all that stands before the joint, in the answer or in front of it */
  constructor(said: string) {
    this.prefill = said.trimEnd()
    this.#space = said.slice(this.prefill.length)
  }

  /** Takes more of what comes. Gives what follows the joint, once that is known. Throws where it does not fit. */
  push(text: string): string | undefined {
    const next = this.#found + this.#come.length
    this.#come += text
    // Only what is new is compared, for all of a long text may be said again.
    if (this.#found >= 0 && !this.prefill.startsWith(text, next)) {
      this.#found = this.prefill.indexOf(this.#come, this.#found + 1)
    }
    if (this.#found >= 0 && this.prefill !== '') return undefined
    const repeated = this.#repeated()
    const rest = this.#come.slice(repeated)
    if (rest.length < this.#space.length && this.#space.startsWith(rest)) return undefined
    return this.#behindSpace(rest)
  }

  /** Nothing more comes. `stopped`: the model had no more to say, and was not cut off. */
  end(stopped: boolean): string {
    if (this.#come === '') return ''
    // A model that begins again and is cut off before it says anything new.
    if (this.#found >= 0 && !stopped) throw misfit('broke off before it could be told where it goes on')
    const rest = this.#come.slice(this.#repeated())
    return rest === '' ? '' : this.#behindSpace(rest)
  }

  /** How much of what has come was said before. */
  #repeated(): number {
    const { prefill } = this
    const come = this.#come
    let longest = 0
    for (let length = Math.min(come.length, prefill.length); length > 0; length--) {
      if (prefill[prefill.length - length] !== come[0] || !prefill.endsWith(come.slice(0, length))) continue
      if (longest > 0) {
        // Of one end within another only the longer counts, unless both are long: then the text is periodic.
        if (length >= distinctive) throw misfit('repeats what may be said twice')
        break
      }
      longest = length
    }
    if (longest === 0) {
      if (isDistinctive(come.slice(0, shared(prefill, come)))) throw misfit('began again, with other words')
      return 0
    }
    const repeated = come.slice(0, longest)
    const words = repeated.trim()
    const isSaidOnce = prefill.indexOf(words) === prefill.lastIndexOf(words)
    // A line that stands twice, as in a table or a song, is nothing unusual.
    const isLine = longest < prefill.length && (repeated[0] === '\n' || prefill.at(-longest - 1) === '\n')
    if (!isDistinctive(repeated) || !isSaidOnce || isLine) throw misfit('repeats what may be said twice')
    return longest
  }

  #behindSpace(rest: string): string {
    if (!rest.startsWith(this.#space)) throw misfit('goes on without the white space that was said')
    return rest.slice(this.#space.length)
  }
}

function isDistinctive(text: string): boolean {
  return text.length >= distinctive && new Set(text).size >= fewestCharacters
}

/** The length of the beginning that two texts share. */
function shared(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return length
}

function misfit(how: string): GatewayError {
  // The deployment is not to blame for being asked what it does not do: no circuit counts it.
  return new GatewayError('unsupported', `The model ${how}: its text does not fit behind the one that broke off.`)
}
