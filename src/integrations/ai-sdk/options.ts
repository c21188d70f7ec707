import type { CallOptions, Preferences, Principal } from '../../call.ts'
import { isFields } from '../../dialects/fields.ts'
import type { Duration } from '../../duration.ts'
import { GatewayError } from '../../errors.ts'
import { nearest } from '../../nearest.ts'
import type { Reasoning } from '../../operations/chat/index.ts'
import type { EmbeddingsRequest } from '../../operations/embeddings.ts'
import type { ImagesRequest } from '../../operations/images.ts'
import type { RerankRequest } from '../../operations/rerank.ts'
import type { TranscriptionRequest } from '../../operations/transcription.ts'
import { own } from './provider-options.ts'
import type { ProviderOptions } from './specification.ts'

/**
 * What a call of the AI SDK may say to the gateway: on whose behalf it is made, and how it is to be served.
 *
 * @example
 * await generateText({
 *   model: zerohop('fast'),
 *   prompt: 'Hello',
 *   providerOptions: { zerohop: { team: 'search', timeout: '20s', cache: false } satisfies ZerohopOptions },
 * })
 */
// A type and no interface: only types are taken for the plain JSON that the AI SDK asks for.
export type ZerohopOptions = {
  key?: string
  team?: string
  user?: string
  session?: string
  promptId?: string
  tags?: string[]
  /** Fields of your own, for budgets and limits to go by. */
  principal?: Record<string, string | number | boolean>
  /** How much to think, whoever answers. Version 4 has a field of its own for it. */
  reasoningEffort?: NonNullable<Reasoning['effort']>
  /** The most time for the whole call, attempts and waits included: `'30s'` or milliseconds. */
  timeout?: Duration
  /** The most attempts for this call. Never more than the gateway's own. */
  maxAttempts?: number
  /** `false` goes around the cache. */
  cache?: false | { ttl?: Duration; skip?: boolean; refresh?: boolean; noStore?: boolean; key?: string }
  /** Who is to serve, and who is not. */
  prefer?: Plain<Preferences>
  /** The groups that step in, in place of the gateway's; `false`: none. */
  fallback?: string[] | false
  /** Who goes first where deployments are full: the higher. */
  priority?: number
  /** Whether a stream that breaks off may go on elsewhere. */
  continuation?: boolean
}

const principalFields = ['key', 'team', 'user', 'session', 'promptId', 'tags'] as const
/** The same as plain JSON, which has no undefined and nothing that is read-only. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Item[]
  : T extends object
    ? { -readonly [Field in keyof T]?: Plain<NonNullable<T[Field]>> }
    : T

/** What is handed on as it is said: the gateway checks it. */
const handedOn = ['timeout', 'maxAttempts', 'cache', 'prefer', 'fallback', 'priority', 'continuation'] as const
const common = [...principalFields, 'principal', ...handedOn]

/**
 * What a call may say to the gateway of what it asks for, where the AI SDK has no field for it.
 *
 * @example
 * providerOptions: { zerohop: { inputType: 'query', dimensions: 256 } satisfies ZerohopEmbeddingOptions }
 */
export type ZerohopEmbeddingOptions = OperationOptions &
  Fields<EmbeddingsRequest, 'dimensions' | 'inputType' | 'truncate'>
export type ZerohopImageOptions = OperationOptions &
  Fields<ImagesRequest, 'quality' | 'style' | 'background' | 'format' | 'compression' | 'negativePrompt'>
export type ZerohopSpeechOptions = OperationOptions
export type ZerohopTranscriptionOptions = OperationOptions &
  Fields<TranscriptionRequest, 'language' | 'prompt' | 'temperature' | 'translate' | 'speakers'> & {
    timestamps?: ('segment' | 'word')[]
  }
export type ZerohopRerankingOptions = OperationOptions & Fields<RerankRequest, 'maxTokensPerDocument' | 'truncate'>

type OperationOptions = Omit<ZerohopOptions, 'reasoningEffort'>
// Options are JSON, which has no undefined.
type Fields<Request, Field extends keyof Request> = { -readonly [Name in Field]?: NonNullable<Request[Name]> }

/**
 * Reads what a call says to the gateway. Throws `invalid_request` for what it does not know.
 *
 * @param fields those that this kind of call may say besides those of every call
 */
export function readOptions<Field extends string>(
  all: ProviderOptions | undefined,
  fields: readonly Field[],
): {
  readonly principal: Principal | undefined
  readonly options: CallOptions
  readonly fields: { readonly [Name in Field]?: unknown }
} {
  const said = all?.[own]
  if (!said) return { principal: undefined, options: {}, fields: {} }
  const known: readonly string[] = [...common, ...fields]
  for (const name in said) {
    if (!known.includes(name)) {
      throw new GatewayError(
        'invalid_request',
        `Unknown field providerOptions.${own}.${name}.${nearest(name, known)} Fields of your own go to providerOptions.${own}.principal.`,
      )
    }
  }
  const theirs = said['principal'] ?? {}
  if (!isFields(theirs)) {
    throw new GatewayError(
      'invalid_request',
      `providerOptions.${own}.principal is no object of fields such as { plan: 'pro' }.`,
    )
  }
  const principal: Record<string, unknown> = { ...theirs }
  for (const name of principalFields) if (said[name] !== undefined) principal[name] = said[name]
  return {
    principal: Object.keys(principal).length > 0 ? principal : undefined,
    options: pick(said, handedOn) as CallOptions,
    fields: pick(said, fields) as { readonly [Name in Field]?: unknown },
  }
}

function pick(said: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.flatMap((name) => (said[name] === undefined ? [] : [[name, said[name]]])))
}
