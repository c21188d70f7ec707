/** Why a call failed. These names are public API: branch on them, not on messages. */
export type ErrorCode =
  | 'invalid_request'
  | 'request_too_large'
  | 'unsupported'
  | 'invalid_configuration'
  | 'authentication_failed'
  | 'permission_denied'
  | 'quota_exhausted'
  | 'model_not_found'
  | 'context_window_exceeded'
  | 'content_filtered'
  | 'rate_limited'
  | 'provider_overloaded'
  | 'provider_unavailable'
  | 'invalid_response'
  | 'timed_out'
  | 'empty_response'
  | 'circuit_open'
  | 'no_eligible_deployment'
  | 'data_policy_unmet'
  | 'model_not_allowed'
  | 'budget_exceeded'
  | 'unknown_price'
  | 'limit_exceeded'
  | 'overloaded'
  | 'store_unavailable'
  | 'guardrail_blocked'
  | 'unauthorized'
  | 'cancelled'
  | 'internal'

/** The lists of substitutes that a failure may call for, the specific ones first. */
export type FallbackList = 'contextWindow' | 'contentPolicy' | 'overBudget' | 'general'

/** What a code means to the rest of the gateway. Retry, fallback, breaker and the HTTP door read this, and compare no codes. */
export interface ErrorTraits {
  /** The HTTP status that an application sees. */
  readonly status: number
  /** The same deployment may succeed if asked again. */
  readonly again?: true
  /** Another deployment of the group may succeed: any other, one with a larger context window, or one for which less is to be reserved. */
  readonly elsewhere?: 'any' | 'larger' | 'cheaper'
  /** The list of substitutes to try when the group is used up. A typed list without an entry falls through to general. */
  readonly fallback?: FallbackList
  /** What is to blame: a deployment's breaker counts it; a key rests, everywhere or at that deployment only. */
  readonly faults?: 'deployment' | 'key' | 'key-at-deployment'
}

// biome-ignore format: a table
export const errorTraits: Readonly<Record<ErrorCode, ErrorTraits>> = {
  invalid_request:         { status: 400 },
  request_too_large:       { status: 413 },
  unsupported:             { status: 400 },
  invalid_configuration:   { status: 500 },
  authentication_failed:   { status: 401,              elsewhere: 'any',     fallback: 'general',       faults: 'key' },
  permission_denied:       { status: 403,              elsewhere: 'any',     fallback: 'general',       faults: 'key' },
  quota_exhausted:         { status: 402,              elsewhere: 'any',     fallback: 'general',       faults: 'key' },
  model_not_found:         { status: 404,              elsewhere: 'any',     fallback: 'general' },
  context_window_exceeded: { status: 400,              elsewhere: 'larger',  fallback: 'contextWindow' },
  content_filtered:        { status: 400,              elsewhere: 'any',     fallback: 'contentPolicy' },
  rate_limited:            { status: 429, again: true, elsewhere: 'any',     fallback: 'general',       faults: 'key-at-deployment' },
  provider_overloaded:     { status: 503, again: true, elsewhere: 'any',     fallback: 'general',       faults: 'deployment' },
  provider_unavailable:    { status: 502, again: true, elsewhere: 'any',     fallback: 'general',       faults: 'deployment' },
  invalid_response:        { status: 502, again: true, elsewhere: 'any',     fallback: 'general',       faults: 'deployment' },
  timed_out:               { status: 504, again: true, elsewhere: 'any',     fallback: 'general',       faults: 'deployment' },
  empty_response:          { status: 502, again: true, elsewhere: 'any',     fallback: 'general',       faults: 'deployment' },
  circuit_open:            { status: 503,              elsewhere: 'any',     fallback: 'general' },
  no_eligible_deployment:  { status: 503,                                    fallback: 'general' },
  data_policy_unmet:       { status: 403 },
  model_not_allowed:       { status: 403 },
  budget_exceeded:         { status: 402,              elsewhere: 'cheaper', fallback: 'overBudget' },
  unknown_price:           { status: 402,              elsewhere: 'cheaper', fallback: 'overBudget' },
  limit_exceeded:          { status: 429,              elsewhere: 'cheaper' },
  overloaded:              { status: 503,                                    fallback: 'general' },
  store_unavailable:       { status: 503 },
  guardrail_blocked:       { status: 403 },
  unauthorized:            { status: 401 },
  cancelled:               { status: 499 },
  internal:                { status: 500 },
}

/** One try that failed, as an error reports it. */
export interface FailedAttempt {
  /** `provider/model[@region][#label]` */
  readonly deployment: string
  readonly code: ErrorCode
  readonly message: string
  /** The provider's HTTP status, when there was one. */
  readonly status?: number | undefined
  /** Milliseconds from sending to failing. */
  readonly duration: number
}

/** Why a deployment was not asked. */
export interface Exclusion {
  readonly deployment: string
  /** A stable word, such as `circuit_open`, `over_budget` or `context_window`. */
  readonly reason: string
  /** A sentence with the values that led to it. */
  readonly detail?: string | undefined
}

export interface GatewayErrorOptions {
  /** Overrides the status of the code's row, for the few codes that have two. */
  readonly status?: number | undefined
  readonly provider?: string | undefined
  readonly deployment?: string | undefined
  /** Milliseconds that the provider, or a limit of ours, asks to wait. */
  readonly retryAfter?: number | undefined
  /** The provider's own id of the failed request, to quote to its support. */
  readonly requestId?: string | undefined
  readonly attempts?: readonly FailedAttempt[] | undefined
  readonly excluded?: readonly Exclusion[] | undefined
  readonly callId?: string | undefined
  /** What lay behind it. Must hold no secret and no prompt. */
  readonly cause?: unknown
}

/** The only error that the gateway throws. Recognise it by {@link isGatewayError}, not by `instanceof`. */
export class GatewayError<Code extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'GatewayError'
  /** Marks the error as ours even when two copies of the package are loaded. */
  readonly '~zerohop' = 'error' as const
  readonly code: Code
  /** The HTTP status that {@link code} stands for. */
  readonly status: number
  readonly provider: string | undefined
  /** The deployment that failed last: `provider/model[@region][#label]`. */
  readonly deployment: string | undefined
  /** Milliseconds to wait before asking again, when somebody said so. */
  readonly retryAfter: number | undefined
  readonly requestId: string | undefined
  /** Every try of the call, in order. */
  readonly attempts: readonly FailedAttempt[]
  /** The deployments that were not asked, and why. */
  readonly excluded: readonly Exclusion[]
  /** The id of the call, as in its trace. */
  readonly callId: string | undefined

  constructor(code: Code, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = options.status ?? errorTraits[code].status
    this.provider = options.provider
    this.deployment = options.deployment
    this.retryAfter = options.retryAfter
    this.requestId = options.requestId
    this.attempts = options.attempts ?? []
    this.excluded = options.excluded ?? []
    this.callId = options.callId
  }

  /** Any copy's errors are ours: CommonJS and each entry of the package may have one of its own. */
  static override [Symbol.hasInstance](this: { readonly prototype: unknown }, value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: the class that was asked for may be one that extends this.
    return isInstance(this, value)
  }

  toJSON(): Record<string, unknown> {
    const { name, message, code, status, provider, deployment, retryAfter, requestId, attempts, excluded, callId } =
      this
    return { name, message, code, status, provider, deployment, retryAfter, requestId, attempts, excluded, callId }
  }
}

// Behind the class: one that names itself in its own body is renamed when it is built, and shown to people as _GatewayError.
function isInstance(kind: { readonly prototype: unknown }, value: unknown): boolean {
  if (kind === GatewayError) return isGatewayError(value)
  return Object.prototype.isPrototypeOf.call(kind.prototype, value as object)
}

/** Narrows to {@link GatewayError}, and to one code if given. */
export function isGatewayError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is GatewayError<Code> {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { '~zerohop'?: unknown })['~zerohop'] === 'error' &&
    (code === undefined || (error as GatewayError).code === code)
  )
}

/** The same error, with more said of where and how it happened, or with other words. */
export function amendError(
  error: GatewayError,
  { message = error.message, ...options }: GatewayErrorOptions & { readonly message?: string },
): GatewayError {
  const amended = new GatewayError(error.code, message, { ...error, cause: error.cause, ...options })
  // Where it began, under the words that it has now.
  const frames = error.stack?.slice(error.stack.indexOf('\n    at '))
  if (frames?.startsWith('\n')) amended.stack = `${amended.name}: ${message}${frames}`
  return amended
}

/** Names an error of unknown origin: ours as it is, anything else as `internal`. */
export function toGatewayError(error: unknown, code: ErrorCode = 'internal', message?: string): GatewayError {
  if (isGatewayError(error)) return error
  return new GatewayError(code, message ?? (error instanceof Error ? error.message : String(error)), { cause: error })
}

/** How a call or an attempt ended that rejected with an error: a caller that left has not seen it fail. */
export function endOf({ code }: GatewayError): 'cancelled' | 'failed' {
  return code === 'cancelled' ? 'cancelled' : 'failed'
}
