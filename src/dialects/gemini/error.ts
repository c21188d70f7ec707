import type { GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { contextWindowWording, type FailureRule, failureError } from '../failure.ts'
import { parseDuration } from '../retry-after.ts'
import { isRecord, type Wire } from './wire.ts'

/** Names a failed exchange. */
export function upstreamError(failure: Failure, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const { error, ...rest } = body(failure.body)
  const { message, status, details, ...others } = isRecord(error) ? error : rest
  const items = Array.isArray(details) ? details.filter(isRecord) : []
  const text = typeof message === 'string' ? message : typeof error === 'string' ? error : undefined
  const retryDelay = items.find(({ retryDelay }) => typeof retryDelay === 'string')?.['retryDelay'] as
    | string
    | undefined
  const delay = retryDelay ?? /retry in ([\d.hms]+s)/.exec(text ?? '')?.[1]
  return failureError(failure, target, rules, {
    message: text,
    codes: [status, others['reason'], ...items.map(({ reason }) => reason), ...items.flatMap(quotaPeriods)].filter(
      (code) => typeof code === 'string',
    ),
    retryAfter: delay === undefined ? undefined : parseDuration(delay),
  })
}

/** Names the error that came as, or within, an answer of status 200. */
export function decodeError(value: unknown, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const { error } = body(value)
  const code = isRecord(error) ? Number(error['code']) : Number.NaN
  const status = code >= 400 && code < 600 ? code : 502
  return upstreamError({ status, header: () => undefined, body: value, now: 0 }, target)
}

/** The error's object; where the stream is a JSON array, it is an element of one. */
function body(value: unknown): Wire {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return isRecord(first) ? first : {}
}

/** How long the quotas last that are used up: `PerMinute`, `PerDay`. Google says it within their names only. */
function quotaPeriods({ violations }: Wire): readonly string[] {
  return (Array.isArray(violations) ? violations : []).flatMap(
    (violation: { quotaId?: unknown }) => /Per(Minute|Day|Month)/.exec(String(violation?.quotaId))?.[0] ?? [],
  )
}

const rules: readonly FailureRule[] = [
  {
    code: [
      'API_KEY_INVALID',
      'API_KEY_EXPIRED',
      'CREDENTIALS_MISSING',
      'ACCESS_TOKEN_EXPIRED',
      'ACCOUNT_STATE_INVALID',
    ],
    is: 'authentication_failed',
  },
  { message: /api key (not (valid|found)|expired|was reported)|unregistered callers/i, is: 'authentication_failed' },
  { code: 'BILLING_DISABLED', is: 'quota_exhausted' },
  { status: 429, code: ['PerDay', 'PerMonth'], is: 'quota_exhausted' },
  // Every rate limit speaks of the plan and its billing too.
  {
    status: 429,
    message: /credits? (are|is|have|has been) |prepay|spend(ing)? (cap|limit)|limit: 0\b/i,
    is: 'quota_exhausted',
  },
  { status: 400, message: contextWindowWording, is: 'context_window_exceeded' },
  { status: 400, message: /payload size exceeds/i, is: 'request_too_large' },
  { status: 400, message: /unexpected model name/i, is: 'model_not_found' },
  {
    status: 400,
    message: /responsible ai|(prompt|content|request)( \w+){0,3} blocked|safety (filter|polic)/i,
    is: 'content_filtered',
  },
  { code: 'FAILED_PRECONDITION', message: /location|country|region/i, is: 'permission_denied' },
  { status: 499, is: 'provider_unavailable' },
  { code: 'UNAVAILABLE', is: 'provider_overloaded' },
]

/** The body of an error response, in Google's words. */
export function downstreamError({ code, status, message, retryAfter }: GatewayError): unknown {
  return {
    error: {
      code: status,
      message,
      status: statusWords[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL'),
      details: [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code.toUpperCase(), domain: 'zerohop' },
        ...(retryAfter === undefined
          ? []
          : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${retryAfter / 1000}s` }]),
      ],
    },
  }
}

/** @see https://cloud.google.com/apis/design/errors#handling_errors */
const statusWords: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  402: 'RESOURCE_EXHAUSTED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
}
