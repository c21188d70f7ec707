import type { Duration } from './duration.ts'

/** What may be wrong, in no provider's words. */
export type FailureReason =
  | 'rate-limited'
  | 'overloaded'
  | 'server-error'
  | 'unauthorized'
  | 'permission-denied'
  | 'quota-exhausted'
  | 'context-window-exceeded'
  | 'content-filtered'
  | 'model-not-found'
  | 'invalid-request'

export interface FailureOptions {
  /** @default the provider's own */
  readonly status?: number | undefined
  /** @default the provider's own */
  readonly message?: string | undefined
  /** Response headers, on top of the provider's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** How long the error takes to come. @default 0 */
  readonly after?: Duration | undefined
}

/** The forms in which a provider says how long to wait. Each given one is sent, exactly as it is written. */
export interface WaitHint {
  /** `retry-after`: seconds, fractions of them, or a date. */
  readonly retryAfter?: string | number | Date | undefined
  /** `retry-after-ms` */
  readonly retryAfterMs?: string | number | undefined
  /** `retryDelay` of a `google.rpc.RetryInfo` in the body, such as `'1.5s'`. Only Google's errors have one. */
  readonly retryInfo?: string | undefined
  /** `x-ratelimit-reset-requests` (`'6ms'`, `'7m12s'`), or at Anthropic `anthropic-ratelimit-requests-reset` (an ISO date). */
  readonly reset?: string | undefined
}

/** An error that each provider says in its own way. It costs nothing. */
export interface Failure extends FailureOptions {
  readonly kind: 'failure'
  readonly reason: FailureReason
  readonly wait?: WaitHint | undefined
}

/** A failure in a wire format. */
export interface WireFailure {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Goes out as JSON. */
  readonly body: unknown
}

/** The headers of a failure that all providers have in common. */
export function failureHeaders({ wait, headers }: Failure): Record<string, string> {
  return {
    ...(wait?.retryAfter !== undefined && {
      'retry-after': wait.retryAfter instanceof Date ? wait.retryAfter.toUTCString() : String(wait.retryAfter),
    }),
    ...(wait?.retryAfterMs !== undefined && { 'retry-after-ms': String(wait.retryAfterMs) }),
    ...headers,
  }
}
