import type { Duration } from './duration.ts'
import type { ErrorCode, Exclusion, GatewayError } from './errors.ts'
import type { Operation, OperationRequest, OperationResponse, Usage } from './operations/operation.ts'
import type { AnyProvider, ModelFacts } from './providers/provider.ts'
import type { Settings } from './providers/settings.ts'
import type { Runtime } from './runtime.ts'

/** On whose behalf a call is made. Say as much as you know: budgets, limits, cache scope and attribution go by it. */
export interface Principal {
  /** The id of a virtual key, never a secret. */
  readonly key?: string | undefined
  readonly team?: string | undefined
  readonly user?: string | undefined
  readonly session?: string | undefined
  /** Which prompt of the application this is. */
  readonly promptId?: string | undefined
  readonly tags?: readonly string[] | undefined
  /** Any field of your own. */
  readonly [field: string]: unknown
}

/** What a caller may say of one call, a field for each slot of the pipeline. */
export interface CallOptions {
  /** Ends the call, and the provider's work, when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** The most time for the whole call, attempts and waits included: `'30s'` or milliseconds. */
  readonly timeout?: Duration | undefined
  /** The most attempts for this call. Never more than the gateway's own. */
  readonly maxAttempts?: number | undefined
  /** `false` goes around the cache. */
  readonly cache?: CacheControl | false | undefined
  /**
   * Keys for this call alone, by the provider's id, in place of the gateway's: `{ openai: 'sk-…' }`. Answers are shared
   * only among calls with the same keys. Other providers serve with the gateway's own.
   */
  readonly credentials?: Readonly<Record<string, string | readonly string[]>> | undefined
  /** Whether a stream that breaks off may go on at another deployment, where the gateway has a `continuation`. @default as it says */
  readonly continuation?: boolean | undefined
  /** Who is to serve this call, and who is not. What it forbids adds up with what the gateway forbids. */
  readonly prefer?: Preferences | undefined
  /** The groups, or `provider/model`, that step in for this call, whatever the failure; `false` for none. @default the gateway's */
  readonly fallback?: readonly string[] | false | undefined
  /** Which whole answers are not good enough, in place of the gateway's `retry.when`: `not(fitsSchema())`. */
  readonly retryWhen?: Condition | undefined
  /** Higher goes first where calls wait for room, each by as much as `concurrency` says. @default 0 */
  readonly priority?: number | undefined
}

/**
 * Who is to serve. Deployments are named by their provider, `openai`; by provider and model; or by their whole id.
 * What is unknown of a deployment does not meet a demand on it.
 */
export interface Preferences {
  /** Ask these first, in this order, and then the others. Nobody is balanced then. */
  readonly order?: readonly string[] | undefined
  /** Ask nobody else. */
  readonly only?: readonly string[] | undefined
  readonly ignore?: readonly string[] | undefined
  /** Ask the best first: the cheapest, the soonest to begin, or the fastest to write. Nobody is balanced then. */
  readonly sort?: 'price' | 'latency' | 'throughput' | undefined
  /** `false`: the first choice alone, without another deployment or group. @default true */
  readonly allowFallbacks?: boolean | undefined
  /** Dollars for a million tokens, and for a request on top. */
  readonly maxPrice?:
    | {
        readonly input?: number | undefined
        readonly output?: number | undefined
        readonly request?: number | undefined
      }
    | undefined
  /** Only deployments that have all of these tags. */
  readonly tags?: readonly string[] | undefined
  /** Only deployments in one of these regions. */
  readonly regions?: readonly string[] | undefined
  /** Only weights of one of these precisions, such as `fp8`. */
  readonly quantizations?: readonly string[] | undefined
  /** Only where the user has declared that nothing is kept. */
  readonly zeroRetention?: boolean | undefined
  /** Only where the user has declared that nothing is trained on. */
  readonly noTraining?: boolean | undefined
  /** `false`: no model that its provider has given notice of. @default true */
  readonly deprecated?: boolean | undefined
}

/** A whole answer, and what was asked. */
export interface Answered {
  readonly operation: Operation
  readonly request: OperationRequest
  readonly response: OperationResponse
  readonly deployment: Deployment | undefined
}

/** Says something of a whole answer. For `retry.when` of a gateway, and `retryWhen` of a call. */
export type Condition = (answer: Answered) => boolean | Promise<boolean>

/** What a caller may say of the cache for one call. */
export interface CacheControl {
  /** How long this answer may be served: `'10m'` or milliseconds. @default the cache's own */
  readonly ttl?: Duration | undefined
  /** Neither looks nor stores. @default false */
  readonly skip?: boolean | undefined
  /** Does not look, but stores. @default false */
  readonly refresh?: boolean | undefined
  /** Looks, but does not store. @default false */
  readonly noStore?: boolean | undefined
  /** A key of your own in place of the request's. The scope stays. */
  readonly key?: string | undefined
}

/** One thing that the application asked for. Passed by value and never changed: a layer that wants another call makes one. */
export interface Call<O extends Operation = Operation> {
  readonly id: string
  readonly operation: O
  readonly request: RequestOf<O>
  readonly principal: Principal
  readonly options: CallOptions
  /** Aborts when the caller leaves. */
  readonly signal: AbortSignal | undefined
  /** When the call must have ended, in milliseconds since 1970. */
  readonly deadline: number
  /** For how many milliseconds nobody may read a stream before it is cancelled. @default 60 s */
  readonly unread?: number | undefined
  readonly trace: Recorder
  readonly runtime: Runtime
  /** The id of the dialect that the application speaks, when bytes in that dialect would serve it as well as events. */
  readonly wire?: string | undefined
  /** What the limits slot holds for this call. */
  readonly reservation?: Reservation | undefined
}

/** One try at one deployment, with one credential. */
export interface Attempt<O extends Operation = Operation> extends Call<O>, Candidate {
  /** The attempt's own: aborts when the caller leaves, time is up, or another attempt has won. Of no use once it has settled. */
  readonly signal: AbortSignal
  /** Ends this attempt. The reason is what its reply rejects with. Does nothing once it has completed. */
  readonly abort: (reason: GatewayError) => void
  /** Calls back when the attempt is aborted, unless the returned function is called before. */
  readonly onAbort: (callback: (reason: GatewayError) => void) => () => void
  /** Counts the attempts of a call from 1. */
  readonly number: number
  /** A try that was started beside another that is still silent. */
  readonly hedge: boolean
  /** How many answers of this call were not good enough before. */
  readonly answered: number
  readonly settlement: Settlement<O>
}

export type RequestOf<O> = O extends Operation<infer Request, OperationResponse, unknown> ? Request : OperationRequest
export type ResponseOf<O> =
  O extends Operation<OperationRequest, infer Response, unknown> ? Response : OperationResponse
export type EventOf<O> = O extends Operation<OperationRequest, OperationResponse, infer Event> ? Event : unknown

/** One model at one provider, with what the user says of it. */
export interface Deployment {
  /** `provider/model[@region][#label]`: never a key. */
  readonly id: string
  readonly provider: AnyProvider
  /** The provider's own name of the model. */
  readonly model: string
  /** The model that it really is, whoever serves it: what `is` names, or else the provider's name of it, compared as it is written. */
  readonly identity: string
  /** Limits, capabilities and price: the row's, overridden by the user's. */
  readonly facts: ModelFacts
  /** Its share of a weighted choice. */
  readonly weight: number
  /** Lower numbers are asked first. */
  readonly order: number
  readonly tags?: readonly string[] | undefined
  /** The precision of its weights, where somebody said so. */
  readonly quantization?: string | undefined
  readonly limits?: DeploymentLimits | undefined
  /** What is known of it, where its gateway keeps that: a look-up by its id for each of a thousand would take too long. */
  known?: object | undefined
  /** The settings of the provider's row, and what is missing of them. Looked up when it is needed. */
  settings(): Settings
  /** The credentials that take turns; empty where the provider needs none. */
  readonly keys: readonly Key[]
  /** What an attempt cost, from the usage that was reported, or else from what is known to have been sent and decoded. */
  charge(asked: Asked, billed: Billed): Charge
  /** The most that an attempt can cost, in nano-dollars, or undefined without a price. */
  worstCase(asked: Asked): Bound
}

/** What a deployment takes at most, as its user says. */
export interface DeploymentLimits {
  readonly requestsPerMinute?: number | undefined
  /** Tokens of input and output. */
  readonly tokensPerMinute?: number | undefined
  /** Attempts at the same time. */
  readonly concurrent?: number | undefined
}

/** What was asked for: enough of a call to bound and to price it. */
export type Asked = Pick<Call, 'operation' | 'request'>

/** The upper bounds of one attempt: never under what a provider bills for it. */
export interface Bound {
  readonly inputTokens: number
  /** The request's own maximum, or the model's; undefined when neither is known. */
  readonly outputTokens: number | undefined
  /** Nano-dollars of the whole; undefined without a price or without {@link outputTokens}. */
  readonly cost: number | undefined
  /** Nano-dollars of the input alone, and of each output token; undefined without a price. */
  readonly inputCost: number | undefined
  readonly outputTokenCost: number | undefined
}

/** A credential and the name under which logs may speak of it. */
export interface Key {
  /** `provider#1`: never the secret, nor a part of it. */
  readonly id: string
  /** The environment variables of which one should hold it, when none does. */
  readonly missing?: readonly string[] | undefined
  /** The secret; undefined where the provider needs none and none was given. */
  secret(): string | undefined | Promise<string>
  /** It came with the call: what is learnt of it is of no use to others. */
  readonly borrowed?: boolean | undefined
  /** What its scheme of authentication keeps: tokens that the secret was exchanged for. */
  readonly kept: Map<string, unknown>
}

/** What is known of the provider's work when an attempt has ended. */
export interface Billed {
  /** What the provider reported. */
  readonly usage: Usage | undefined
  /** How many bytes of output were decoded. */
  readonly size: number
  /** `no`: refused, or never sent. `yes`: answered, wholly or in part. `perhaps`: sent, and nothing came back. */
  readonly worked: 'no' | 'yes' | 'perhaps'
  /** The service tier that served, in the provider's word. */
  readonly tier?: string | undefined
}

/** What an attempt cost. */
export interface Charge {
  readonly usage: Usage
  /** Undefined when the price is unknown, or when nobody knows whether the provider worked. */
  readonly cost: Cost | undefined
  /** The usage was not reported: it is a bound of what was sent and decoded. */
  readonly estimated: boolean
  /** The provider may bill up to the worst case: nothing came back, or what did has no price that is known. */
  readonly uncertain: boolean
}

/** Integer nano-dollars (1 dollar = 1e9), itemised. The parts add up to the total but for rounding. */
export interface Cost {
  readonly total: number
  readonly input?: number | undefined
  readonly cachedInput?: number | undefined
  readonly cacheWrite?: number | undefined
  readonly cacheWriteHour?: number | undefined
  readonly output?: number | undefined
  readonly reasoning?: number | undefined
  readonly audioInput?: number | undefined
  readonly cachedAudioInput?: number | undefined
  readonly audioOutput?: number | undefined
  readonly imageInput?: number | undefined
  readonly imageOutput?: number | undefined
  readonly request?: number | undefined
  readonly images?: number | undefined
  readonly seconds?: number | undefined
  readonly characters?: number | undefined
  readonly searchUnits?: number | undefined
  readonly pages?: number | undefined
  readonly webSearches?: number | undefined
}

/** What the limits slot holds for a call, from its first attempt until the call has settled. */
export interface Reservation {
  /** A token that identifies the reservation in its store. */
  readonly id: string
}

/** How an attempt or a call ended. Each has exactly one. */
export interface Outcome<O extends Operation = Operation> {
  readonly status: 'completed' | 'cancelled' | 'failed'
  readonly deployment: Deployment | undefined
  readonly charge: Charge | undefined
  /** The response, perhaps partial. Of a stream only where somebody asked for its content. */
  readonly response: ResponseOf<O> | undefined
  /** The id under which the provider may have kept the answer. */
  readonly held?: string | undefined
  readonly error: GatewayError | undefined
}

/** Learns how an attempt or a call ended. A promise is awaited before the reader sees the end. */
export type SettleListener<O extends Operation = Operation> = (outcome: Outcome<O>) => void | Promise<void>

/** The end of one attempt, told once, however it ends. */
export interface Settlement<O extends Operation = Operation> {
  readonly outcome: Outcome<O> | undefined
  /** Adds a listener. Those added last are told first. They must not reject: what they do later is their own. */
  on(listener: SettleListener<O>): void
  /** Tells the end. A second end is ignored. */
  settle(outcome: Outcome<O>): void
}

/** How one try went. */
export interface AttemptTrace {
  readonly number: number
  readonly deployment: string
  readonly provider: string
  /** The credential's name, such as `openai#1`. */
  readonly key: string | undefined
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly status: 'running' | 'completed' | 'cancelled' | 'failed'
  /** Milliseconds from sending to the first content, for streams. */
  readonly firstContent?: number | undefined
  /** Milliseconds from sending to the end. */
  readonly duration?: number | undefined
  readonly code?: ErrorCode | undefined
  readonly message?: string | undefined
  /** The provider's HTTP status and request id. */
  readonly httpStatus?: number | undefined
  readonly requestId?: string | undefined
  readonly charge?: Charge | undefined
  /** It was started beside another that was still silent. */
  readonly hedge: boolean
}

/** Whether the cache answered: `hit`, `miss`; `shared`: joined another call's flight; `refresh`, `skip`: as asked; `bypass`: not cacheable; `off`: none. */
export type CacheStatus = 'hit' | 'miss' | 'shared' | 'refresh' | 'skip' | 'bypass' | 'off'

/** Where one budget or rate limit stands, in its own unit. */
export interface LimitStatus {
  /** The rule's name, such as `budget:team:month`. */
  readonly rule: string
  readonly kind: 'budget' | 'requests' | 'tokens'
  /** Whom it counts for: the values of its `by` fields. */
  readonly subject: string
  /** Dollars for a budget, a count otherwise. */
  readonly limit: number
  readonly spent: number
  readonly reserved: number
  readonly remaining: number
  /** When the window ends, in milliseconds since 1970. */
  readonly resetsAt: number
}

/** What a layer has to tell of a call. */
export type TraceNote =
  | {
      readonly type: 'cache'
      readonly status: CacheStatus
      readonly age?: number | undefined
      readonly saved?: number | undefined
    }
  | { readonly type: 'route'; readonly group: string; readonly excluded: readonly Exclusion[] }
  | { readonly type: 'wait'; readonly milliseconds: number; readonly because: ErrorCode }
  | { readonly type: 'fallback'; readonly from: string; readonly to: string; readonly because: ErrorCode }
  /** A stream broke off, and another deployment went on with it. */
  | { readonly type: 'continuation'; readonly from: string; readonly to: string; readonly because: ErrorCode }
  | { readonly type: 'limits'; readonly limits: readonly LimitStatus[] }
  | { readonly type: 'breaker'; readonly deployment: string; readonly state: 'closed' | 'open' | 'half-open' }
  | { readonly type: 'warning'; readonly message: string }

/** A note, and when it was made: milliseconds since 1970. */
export type TimedNote = TraceNote & { readonly at: number }

/** The pen of a trace. Layers write to it and never read from it. */
export interface Recorder {
  note(note: TraceNote): void
  /** Begins an attempt, and returns the pen for its changes. */
  attempt(start: AttemptTrace): (change: Partial<AttemptTrace>) => void
}

/** The candidates of a model group for one call, chosen one at a time. */
export interface Plan {
  /** The name that was asked for. */
  readonly group: string
  /**
   * The next candidate that may serve the call now, or undefined when there is none: {@link excluded} says why.
   * With `only`, that one if it may, though it is full: a place there has been taken.
   */
  next(only?: Deployment): Candidate | undefined
  /** Those that may serve the call as soon as they have room. */
  full(): readonly Deployment[]
  /** Takes a candidate out for the rest of the call; or only its key there, while others are left. Without a reason it has been asked. */
  exclude(candidate: Candidate, reason: string | undefined, scope: 'deployment' | 'key'): void
  /** Takes out the candidates for which `detail` gives a sentence. */
  narrow(reason: string, detail: (deployment: Deployment) => string | undefined): void
  /** Those that may serve the call now. */
  eligible(): readonly Deployment[]
  excluded(): readonly Exclusion[]
  /** Why there is no candidate at all. */
  refusal(): GatewayError
}

export interface Candidate {
  readonly deployment: Deployment
  readonly key: Key | undefined
  /** The last one there is: asked though its circuit is open or its key rests. */
  readonly forced?: boolean | undefined
}

/** Why a key is better not used for a while. */
export interface Rest {
  /** Milliseconds since 1970. */
  readonly until: number
  /** The provider said until when. */
  readonly firm: boolean
  /** It was refused, or is without funds; not merely limited. */
  readonly refused: boolean
}

/** What is known of a deployment's and its keys' health. */
export interface Health {
  /** The ids of all deployments against which something may speak, so that nobody else need be looked at; undefined where that is not known. */
  suspects(now: number): ReadonlySet<string> | undefined
  /** Why a deployment is not to be asked now; undefined when it may be. */
  blocked(deployment: Deployment, now: number): Exclusion | undefined
  /** Whether a deployment is due for one probe. */
  probing(deployment: Deployment, now: number): boolean
  /** Until when a key is better not used at a deployment, and why. */
  rest(deployment: Deployment, key: Key, now: number): Rest | undefined
  /** When a key was last limited, so that keys take turns; 0 when never. */
  lastLimited(deployment: Deployment, key: Key): number
  /** Whether a deployment has as many calls in flight as it may. Absent where nobody counts. */
  readonly full?: ((deployment: Deployment) => boolean) | undefined
}
