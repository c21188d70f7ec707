import type { Dialect, Target, WireRequest } from '../dialects/dialect.ts'
import type { EmbeddingsQuirks } from '../dialects/embeddings.ts'
import { GatewayError } from '../errors.ts'
import type { Fetch, Runtime } from '../runtime.ts'

/** A key, several keys that take turns, or a function that gives one (asked again for each attempt). */
export type Credential = string | readonly string[] | (() => string | Promise<string>)

/** A request about to be sent, open to whoever signs it. */
export interface Outgoing {
  readonly method: string
  url: string
  readonly headers: Record<string, string>
  /** What is sent, where its bytes are known: a signature may cover them. */
  readonly body: string | Uint8Array | undefined
}

/** What a scheme may use besides the credential. */
export interface AuthContext extends Pick<Runtime, 'now' | 'fetch' | 'timer' | 'isolated'> {
  /** The row's settings, resolved: region, project, … */
  readonly settings: Readonly<Record<string, string>>
  /** Lives as long as the credential's place in its gateway: for tokens that were exchanged for it. */
  readonly kept: Map<string, unknown>
}

/** Adds a credential to a request: a header, mostly; a signature, or a token that it is exchanged for. */
export type AuthScheme = (request: Outgoing, credential: string, context: AuthContext) => void | Promise<void>

export interface Auth {
  readonly scheme: AuthScheme
  /**
   * The environment variables that may hold the key; the first that is set counts. A list within the list is a key in
   * several parts, joined by colons; a name that ends in `?` may be unset.
   */
  readonly env: readonly (string | readonly string[])[]
  /** The provider answers without a key, as a server of one's own does. @default false */
  readonly optional?: boolean | undefined
}

/** What tokens cost, in dollars for a million. */
export interface TokenPrice {
  readonly input?: number | undefined
  readonly output?: number | undefined
  /** Input read from the provider's prompt cache. @default the price of input */
  readonly cacheRead?: number | undefined
  /** Input written to it. @default the price of input */
  readonly cacheWrite?: number | undefined
  /** Input written to it for an hour. @default the price of {@link cacheWrite} */
  readonly cacheWriteHour?: number | undefined
  /** Reasoning, where it costs other than output. @default the price of output */
  readonly reasoning?: number | undefined
  /** Audio in the input. @default the price of input */
  readonly audioInput?: number | undefined
  /** Audio read from the prompt cache. @default the price of {@link audioInput} */
  readonly audioCacheRead?: number | undefined
  /** Audio in the output. @default the price of output */
  readonly audioOutput?: number | undefined
  /** Pictures in the input. @default the price of input */
  readonly imageInput?: number | undefined
  /** Pictures in the output. @default the price of output */
  readonly imageOutput?: number | undefined
}

/** Other token prices once the input is longer than `above` tokens: the whole call costs them. The highest tier that applies counts. */
export interface LengthTier extends TokenPrice {
  readonly above: number
}

/** How the tokens of a service tier are priced: a factor of the standard, or the prices that differ from it. */
export type ServiceTierPrice = number | (TokenPrice & { readonly tiers?: readonly LengthTier[] | undefined })

/** One price, or one for each kind of the thing: `{ 'high 1024x1024': 0.167 }`. Of a kind that nobody told, the dearest counts. */
export type UnitPrice = number | Readonly<Record<string, number>>

/** What a model costs. A price that is not here is unknown, never 0: what uses it costs an unknown amount. */
export interface Price extends TokenPrice {
  readonly tiers?: readonly LengthTier[] | undefined
  /** What other service tiers cost. Without a price of its own, `batch` and `flex` cost the standard, and `priority` an unknown amount. */
  readonly serviceTiers?:
    | { readonly [Tier in 'batch' | 'flex' | 'priority']?: ServiceTierPrice | undefined }
    | undefined
  /** Dollars for each request, on top; by the size of the search context where the provider searches. */
  readonly request?: UnitPrice | undefined
  /** Dollars for an image that is made, by quality and size. */
  readonly image?: UnitPrice | undefined
  /** Dollars for an hour of audio. */
  readonly hour?: number | undefined
  /** Dollars for a million characters that are spoken. */
  readonly characters?: number | undefined
  /** Dollars for a search unit of reranking. */
  readonly searchUnit?: number | undefined
  /** Dollars for a page that is read. */
  readonly page?: number | undefined
  /** Dollars for a search that the provider's own tool makes. */
  readonly webSearch?: number | undefined
  /** The most dollars that the provider's own tools may cost in one request. Without it, a hard budget refuses requests with hosted tools. */
  readonly surcharge?: number | undefined
}

/** What is known of a model at a provider. Everything may be unknown: an unlisted model works too. */
export interface ModelFacts {
  /** The operation that it is for, by its id. @default 'chat' */
  readonly operation?: 'embeddings' | 'images' | 'speech' | 'transcription' | 'rerank' | 'moderation' | undefined
  /** The most tokens of input and output together. */
  readonly context?: number | undefined
  /** The most tokens of input alone, where that is less. */
  readonly maxInput?: number | undefined
  /** The most tokens of output. */
  readonly maxOutput?: number | undefined
  readonly price?: Price | undefined
  readonly tools?: boolean | undefined
  readonly reasoning?: boolean | undefined
  /** Answers can be held to a JSON schema. */
  readonly jsonSchema?: boolean | undefined
  /** What it takes besides text. */
  readonly input?: readonly ('image' | 'audio' | 'video' | 'file')[] | undefined
  /** What it makes besides text. */
  readonly output?: readonly ('image' | 'audio' | 'video')[] | undefined
  /** `false` when it refuses a temperature of the caller's. */
  readonly temperature?: boolean | undefined
  /** It goes on from a last message of its own as the beginning of its answer. @default what its provider's row says */
  readonly prefill?: boolean | undefined
  /** The length of its embeddings, or the longest where that can be chosen. */
  readonly dimensions?: number | undefined
  /** ISO date of its release. */
  readonly released?: string | undefined
  /** ISO date, or the month, up to which it knows the world. */
  readonly knowledge?: string | undefined
  /** ISO date of the day from which it is gone or going; `true` when that day is not known. */
  readonly deprecated?: string | true | undefined
}

/** What is known of models beyond the main ones that stand on the rows: `createGateway({ catalog })`. */
export interface Catalog {
  /** The facts of a model, by the id of its provider and its name there; undefined when it is unknown. */
  lookup(provider: string, model: string): ModelFacts | undefined
}

/** A dialect that a provider speaks, with its departures from it. */
export interface Speaks<Quirks> {
  // biome-ignore lint/suspicious/noExplicitAny: the request, response and events of a dialect meet only its own operation.
  readonly dialect: Dialect<Quirks, any, any, any>
  readonly quirks?: Quirks | undefined
  /** Where this is spoken, when elsewhere than the rest. */
  readonly baseURL?: string | undefined
  /** Changes what only this provider wants otherwise; what three want is a quirk of the dialect. Pure. */
  patch?(wire: WireRequest, target: Target<Quirks>): WireRequest
  /**
   * Whether its models go on from a last message of their own as the beginning of their answer; or which, by their names.
   * @default false: they refuse it, or begin another message
   */
  readonly prefill?: boolean | ((model: string) => boolean) | undefined
  /** Of a further dialect: the models that answer in no other. */
  readonly models?: RegExp | undefined
  /** Further dialects that the provider speaks for the same operation: each serves the applications that speak it. */
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly also?: readonly Speaks<any>[] | undefined
}

/** What a provider can do, by the ids of the operations, each in its dialect. */
export interface Operations<ChatQuirks = never> {
  readonly chat?: Speaks<ChatQuirks> | undefined
  readonly embeddings?: Speaks<EmbeddingsQuirks> | undefined
  readonly images?: AnySpeaks | undefined
  readonly speech?: AnySpeaks | undefined
  readonly transcription?: AnySpeaks | undefined
  readonly rerank?: AnySpeaks | undefined
  readonly moderation?: AnySpeaks | undefined
  readonly 'count-tokens'?: AnySpeaks | undefined
}

/** A dialect of any kind, with its own quirks. */
// biome-ignore lint/suspicious/noExplicitAny: as above.
export type AnySpeaks = Speaks<any>

/** Something that a row must know of its user's account: a resource, a project, a region. Stands in its `baseURL` as `{name}`. */
export interface Setting {
  /** The environment variables that may hold it; the first that is set counts. */
  readonly env?: readonly string[] | undefined
  readonly default?: string | undefined
}

/** What a provider says it does with the data of API calls. Documentation only: what counts is the user's own contract. */
export interface DataTerms {
  /** Whether it trains models on them unless told otherwise. */
  readonly trains?: boolean | undefined
  /** Days for which it keeps them; 0 for none. */
  readonly retentionDays?: number | undefined
  readonly url: string
  /** ISO date of reading. */
  readonly date: string
}

/** One provider, as a row of values: where it is, how to sign in, what it speaks and how it departs from that. */
export interface Provider<
  Id extends string = string,
  Model extends string = string,
  ChatQuirks = never,
  Name extends string = never,
> {
  /** The name in front of the slash of `provider/model`. */
  readonly id: Id
  /** Up to and without the slash of each dialect's path. Settings stand in it as `{name}`. */
  readonly baseURL: string
  /** What {@link baseURL} and {@link auth} need to know besides a key. */
  readonly settings?: Readonly<Record<Name, Setting>> | undefined
  /** The settings that were given: `provider(row, { resource: 'acme' })`. */
  readonly given?: Readonly<Partial<Record<Name, string>>> | undefined
  readonly auth: Auth
  /** The dialect of each operation, by the operation's id. */
  readonly operations: Operations<ChatQuirks>
  /** Its main models. Names that are not listed work too. */
  readonly models: Readonly<Record<Model, ModelFacts>>
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /**
   * The header in which the provider takes a key of ours, so that a request which is sent again is not done again:
   * `idempotency-key`. None of the rows has one, for none of their providers documents it for models.
   */
  readonly idempotencyHeader?: string | undefined
  /** Its own model names have slashes, as in `meta-llama/llama-4`. */
  readonly slashes?: boolean | undefined
  /** Keys, where they are not to be read from the environment. */
  readonly apiKey?: Credential | undefined
  /** Where it runs, as the user says: part of a deployment's identity. */
  readonly region?: string | undefined
  /** Answers in place of the network: for a provider that is no HTTP server. @default `runtime.fetch` */
  readonly fetch?: Fetch | undefined
  /** By the user's own contract, the provider keeps nothing of a call. */
  readonly zeroRetention?: boolean | undefined
  /** By the user's own contract, the provider trains no model on calls. */
  readonly noTraining?: boolean | undefined
  /** What the provider publishes of its use of data. */
  readonly dataTerms?: DataTerms | undefined
  /** How far the row is known: by recordings of its traffic or its provider's own documentation, or only by a third party's list. */
  readonly known?: 'verified' | 'listed' | undefined
  /** The id of the row that this is a variant of: the catalogue knows it by that. */
  readonly variantOf?: string | undefined
  /** Where the facts of this row are from, and when they were read. */
  readonly source?: { readonly url: string; readonly date: string } | undefined
}

/** A provider of any kind. Its quirks meet only its own dialect. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type AnyProvider = Provider<string, string, any, any>

/** What a variant of a row may change. Models are added to the row's own. */
export interface ProviderOverrides<Id extends string, Model extends string> {
  /** A name of its own, so that the row and its variants can stand side by side. */
  readonly id?: Id | undefined
  readonly baseURL?: string | undefined
  readonly apiKey?: Credential | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly idempotencyHeader?: string | undefined
  readonly models?: Readonly<Record<Model, ModelFacts>> | undefined
  readonly region?: string | undefined
  readonly zeroRetention?: boolean | undefined
  readonly noTraining?: boolean | undefined
}

/**
 * The dialect in which a provider does something: the only one in which a model answers, or the one that the application
 * speaks, or the provider's first.
 */
export function speaksOf(
  { operations }: AnyProvider,
  operation: string,
  dialect?: string,
  model?: string,
): AnySpeaks | undefined {
  const main = operations[operation as keyof Operations]
  if (!main?.also) return main
  const only = model === undefined ? undefined : main.also.find(({ models }) => models?.test(model))
  return only ?? main.also.find((other) => other.dialect.id === dialect) ?? main
}

/** All that a provider speaks. */
export function allSpoken({ operations }: AnyProvider): readonly AnySpeaks[] {
  return Object.values(operations).flatMap((main: AnySpeaks | undefined) => (main ? [main, ...(main.also ?? [])] : []))
}

/** Checks a row of one's own as it is written: a misspelt field or quirk does not compile. */
export function provider<
  const Id extends string,
  const Model extends string,
  ChatQuirks,
  const Name extends string = never,
>(row: Provider<Id, Model, ChatQuirks, Name>): Provider<Id, Model, ChatQuirks, Name>
/** Makes a variant of a row: another key, address, region or name, and the settings that the row asks for. */
export function provider<
  const RowId extends string,
  const RowModel extends string,
  ChatQuirks,
  const Name extends string = never,
  const Id extends string = RowId,
  const Model extends string = never,
>(
  row: Provider<RowId, RowModel, ChatQuirks, Name>,
  overrides: ProviderOverrides<Id, Model> &
    (string extends Name ? unknown : { readonly [Key in Name]?: string | undefined }),
): Provider<Id, RowModel | Model, ChatQuirks, Name>
export function provider(row: AnyProvider, overrides: ProviderOverrides<string, string> = {}): AnyProvider {
  if (typeof row !== 'object' || row === null)
    throw new GatewayError('invalid_configuration', 'provider(…) takes a row, such as openai of zerohop/providers.')
  const given: Record<string, string> = { ...(row.given as Readonly<Record<string, string>> | undefined) }
  const changes: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(overrides)) {
    if (value === undefined) continue
    if (row.settings && Object.hasOwn(row.settings, name)) given[name] = String(value)
    // A region is part of a deployment's identity, whatever else it is.
    if (!(row.settings && Object.hasOwn(row.settings, name)) || name === 'region') changes[name] = value
  }
  return {
    ...row,
    ...changes,
    headers: { ...row.headers, ...overrides.headers },
    models: { ...row.models, ...overrides.models },
    ...(row.settings && { given }),
    ...(overrides.id !== undefined && { variantOf: row.variantOf ?? row.id }),
  }
}
