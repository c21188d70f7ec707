import type { Dialect } from '../dialects/dialect.ts'
import type { Fetch } from '../runtime.ts'

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
export interface AuthContext {
  readonly now: () => number
  readonly fetch: Fetch
  /** The row's settings, resolved: region, project, … */
  readonly settings: Readonly<Record<string, string>>
  /** Lives as long as the credential's place in its gateway: for tokens that were exchanged for it. */
  readonly kept: Map<string, unknown>
}

/** Adds a credential to a request: a header, mostly; a signature, or a token that it is exchanged for. */
export type AuthScheme = (request: Outgoing, credential: string, context: AuthContext) => void | Promise<void>

export interface Auth {
  readonly scheme: AuthScheme
  /** The environment variables that may hold the key; the first that is set counts. */
  readonly env: readonly string[]
  /** The provider answers without a key, as a server of one's own does. @default false */
  readonly optional?: boolean | undefined
}

/** A price in dollars for a million tokens. */
export interface Price {
  readonly input: number
  readonly output: number
  /** Input read from the provider's prompt cache. @default the price of input */
  readonly cacheRead?: number | undefined
  /** Input written to it. @default the price of input */
  readonly cacheWrite?: number | undefined
  /** Input written to it for an hour. @default the price of {@link cacheWrite} */
  readonly cacheWriteHour?: number | undefined
  /** Reasoning, where it costs other than output. @default the price of output */
  readonly reasoning?: number | undefined
  readonly audioInput?: number | undefined
  readonly audioOutput?: number | undefined
  /** Dollars for each request, on top. */
  readonly request?: number | undefined
  /** The most dollars that the provider's own tools may cost in one request. Without it, a hard budget refuses requests with hosted tools. */
  readonly surcharge?: number | undefined
  /** Other prices once the input is longer than `above` tokens: the whole call costs them. The highest tier that applies counts. */
  readonly tiers?: readonly ({ readonly above: number } & Omit<Price, 'tiers' | 'request' | 'surcharge'>)[] | undefined
}

/** What is known of a model at a provider. Everything may be unknown: an unlisted model works too. */
export interface ModelFacts {
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
  /** ISO date of the day from which it is gone or going. */
  readonly deprecated?: string | undefined
}

/** A dialect that a provider speaks, with its departures from it. */
export interface Speaks<Quirks> {
  // biome-ignore lint/suspicious/noExplicitAny: the request, response and events of a dialect meet only its own operation.
  readonly dialect: Dialect<Quirks, any, any, any>
  readonly quirks?: Quirks | undefined
}

/** One provider, as a row of values: where it is, how to sign in, what it speaks and how it departs from that. */
export interface Provider<Id extends string = string, Model extends string = string, ChatQuirks = never> {
  /** The name in front of the slash of `provider/model`. */
  readonly id: Id
  /** Up to and without the slash of each dialect's path. */
  readonly baseURL: string
  readonly auth: Auth
  /** The dialect of each operation, by the operation's id. */
  readonly operations: { readonly chat: Speaks<ChatQuirks> }
  /** Its main models. Names that are not listed work too. */
  readonly models: Readonly<Record<Model, ModelFacts>>
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Its own model names have slashes, as in `meta-llama/llama-4`. */
  readonly slashes?: boolean | undefined
  /** Keys, where they are not to be read from the environment. */
  readonly apiKey?: Credential | undefined
  /** Where it runs, as the user says: part of a deployment's identity. */
  readonly region?: string | undefined
  /** Where the facts of this row are from, and when they were read. */
  readonly source?: { readonly url: string; readonly date: string } | undefined
}

/** A provider of any kind. Its quirks meet only its own dialect. */
// biome-ignore lint/suspicious/noExplicitAny: see above.
export type AnyProvider = Provider<string, string, any>

/** What a variant of a row may change. Models are added to the row's own. */
export interface ProviderOverrides<Id extends string, Model extends string> {
  /** A name of its own, so that the row and its variants can stand side by side. */
  readonly id?: Id | undefined
  readonly baseURL?: string | undefined
  readonly apiKey?: Credential | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly models?: Readonly<Record<Model, ModelFacts>> | undefined
  readonly region?: string | undefined
}

/** Checks a row of one's own as it is written: a misspelt field or quirk does not compile. */
export function provider<const Id extends string, const Model extends string, ChatQuirks>(
  row: Provider<Id, Model, ChatQuirks>,
): Provider<Id, Model, ChatQuirks>
/** Makes a variant of a row: another key, address, region or name. */
export function provider<
  const RowId extends string,
  const RowModel extends string,
  ChatQuirks,
  const Id extends string = RowId,
  const Model extends string = never,
>(
  row: Provider<RowId, RowModel, ChatQuirks>,
  overrides: ProviderOverrides<Id, Model>,
): Provider<Id, RowModel | Model, ChatQuirks>
export function provider(row: AnyProvider, overrides: ProviderOverrides<string, string> = {}): AnyProvider {
  const changes = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined))
  return {
    ...row,
    ...changes,
    headers: { ...row.headers, ...overrides.headers },
    models: { ...row.models, ...overrides.models },
  }
}
