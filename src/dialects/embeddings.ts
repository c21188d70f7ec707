import { GatewayError } from '../errors.ts'
import type {
  Embedding,
  EmbeddingInput,
  EmbeddingPurpose,
  EmbeddingsRequest,
  EmbeddingsResponse,
} from '../operations/embeddings.ts'
import { embeddings } from '../operations/embeddings.ts'
import type { Vector } from '../operations/vector.ts'
import { sumOfUsage } from '../operations/whole.ts'
import type { Split, Target } from './dialect.ts'
import { nameOfPart, partsOf } from './parts.ts'
import { malformed } from './whole.ts'

/** How providers of embeddings differ, in whichever format. */
export interface EmbeddingsQuirks {
  /** The most inputs in one request. @default what the owner of the format takes */
  readonly batch?: number | undefined
  /** The most tokens of all inputs of one request together. @default what the owner of the format takes */
  readonly batchTokens?: number | undefined
  /** The name of the field for the number of dimensions; `false` where it cannot be chosen. @default 'dimensions' */
  readonly dimensions?: string | false | undefined
  /** The name of the field for what vectors are for; `false` where there is none. @default 'input_type' */
  readonly inputType?: string | false | undefined
  /** The provider's words for what vectors are for; null where it has none. @default our own */
  readonly inputTypes?: InputTypes | undefined
  /** The field that says what to do with an input that is too long, and what it says. @default none */
  readonly truncate?:
    | { readonly field: string; readonly none: unknown; readonly start?: unknown; readonly end: unknown }
    | undefined
  /** The name of the field for how numbers are written. @default none */
  readonly dataType?: string | undefined
  /** The name of the field in which vectors can be asked for as the base64 of 32-bit floats. @default none */
  readonly base64?: string | undefined
}

export type InputTypes = Readonly<Record<string, string | null>>

/** Sends more inputs than a provider takes at once in several requests. */
export function splitInputs(
  batch: number,
  batchTokens: number = Number.POSITIVE_INFINITY,
): Split<EmbeddingsQuirks, EmbeddingsRequest, EmbeddingsResponse> {
  return {
    parts(request, { quirks }) {
      if (request.input.length === 1) return [request]
      const most = quirks.batch ?? batch
      // An estimate may be a fifth under the truth.
      const mostTokens = (quirks.batchTokens ?? batchTokens) * 0.8
      const parts: EmbeddingInput[][] = []
      let room = 0
      for (const item of request.input) {
        const tokens = mostTokens === Number.POSITIVE_INFINITY ? 0 : embeddings.estimate({ ...request, input: [item] })
        const last = parts.at(-1)
        if (last && last.length < most && tokens <= room) {
          last.push(item)
          room -= tokens
        } else {
          parts.push([item])
          room = mostTokens - tokens
        }
      }
      return partsOf(request, parts)
    },
    join: (responses) => ({
      ...(responses[0] as EmbeddingsResponse),
      embeddings: responses.flatMap(({ embeddings }) => embeddings),
      usage: sumOfUsage(responses.map(({ usage }) => usage)),
    }),
    name: nameOfPart,
  }
}

/** A provider's word for what vectors are for. Words of its own are taken as they are. */
export function encodeInputType(
  said: EmbeddingPurpose | undefined,
  words: InputTypes,
  warnings: string[],
): string | undefined {
  if (said === undefined) return undefined
  const word = Object.hasOwn(words, said) ? words[said] : said
  if (word === null) warnings.push('`inputType` was left out: the provider makes no such difference.')
  return word ?? undefined
}

/** Our word for a provider's. */
export function decodeInputType(word: string, words: InputTypes): EmbeddingPurpose {
  return Object.keys(words).find((ours) => words[ours] === word) ?? word
}

/** What a table has under a word that an application wrote. */
export function wordIn<T>(table: Readonly<Record<string, T>>, word: unknown): T | undefined {
  return Object.hasOwn(table, String(word)) ? table[String(word)] : undefined
}

/** Puts the vectors of an answer into the order of their inputs. Throws `invalid_response` when one is missing or no vector. */
export function ordered(
  items: readonly {
    readonly index?: unknown
    readonly vector: unknown
    readonly extensions?: Embedding['extensions']
  }[],
  target: Pick<Target<unknown>, 'provider'>,
): readonly Embedding[] {
  // Some number none of them, or all with 0.
  const numbered = items.some(({ index }) => index !== undefined && index !== 0)
  const embeddings: Embedding[] = []
  for (const [place, { index, vector, extensions }] of items.entries()) {
    if (!isVector(vector)) throw malformed(target, `embedding ${place} is no vector.`)
    const at = numbered ? (index as number) : place
    if (!(at >= 0 && at < items.length) || embeddings[at])
      throw malformed(target, 'an embedding is missing, or comes twice.')
    embeddings[at] = extensions ? { vector, extensions } : { vector }
  }
  return embeddings
}

/** Makes the error of an input that a format, or a provider, cannot take. */
export function notTaken({ provider }: Pick<Target<unknown>, 'provider'>, index: number, what: string): GatewayError {
  return new GatewayError('unsupported', `${provider} takes no ${what}: input ${index} is one.`, { provider })
}

function isVector(value: unknown): value is Vector {
  if (typeof value === 'string') return value !== '' && value.length % 4 === 0
  return Array.isArray(value) && value.length > 0 && value.every(Number.isFinite)
}
