import { type ErrorCode, GatewayError } from '../errors.ts'
import type { Failure, Target } from './dialect.ts'
import { retryAfter } from './retry-after.ts'

/** What an HTTP status means when nothing else is known of the failure. */
export function codeOfStatus(status: number): ErrorCode {
  const known = statuses[status]
  if (known) return known
  if (status >= 500) return 'provider_unavailable'
  // A provider that redirects an API call is misconfigured, or not the provider.
  if (status >= 300 && status < 400) return 'provider_unavailable'
  return status < 300 ? 'invalid_response' : 'invalid_request'
}

const statuses: Readonly<Record<number, ErrorCode>> = {
  401: 'authentication_failed',
  402: 'quota_exhausted',
  403: 'permission_denied',
  404: 'model_not_found',
  408: 'timed_out',
  // A conflict with another request of ours: the provider could not take the lock in time.
  409: 'provider_unavailable',
  413: 'request_too_large',
  // Too early: asks for the same request again.
  425: 'provider_unavailable',
  429: 'rate_limited',
  // Groq: the capacity of the flex tier is used up.
  498: 'provider_overloaded',
  503: 'provider_overloaded',
  504: 'timed_out',
  // Cloudflare, in front of a provider: no answer, or a late one.
  522: 'timed_out',
  524: 'timed_out',
  529: 'provider_overloaded',
}

/** One line of a dialect's table of failures: all that it names must fit. The first line that fits decides. */
export interface FailureRule {
  readonly status?: number | readonly number[]
  /** The provider's own code or type, exactly. */
  readonly code?: string | readonly string[]
  /** Words of the message. */
  readonly message?: RegExp
  readonly is: ErrorCode
}

/** What a dialect read from the body of a failure. */
export interface FailureDetails {
  readonly message?: string | undefined
  /** Every code, type and status word that the body has, for {@link FailureRule.code}. */
  readonly codes?: readonly (string | undefined)[] | undefined
  /** Milliseconds to wait, where the body says it. */
  readonly retryAfter?: number | undefined
  readonly requestId?: string | undefined
}

/** Context windows that are exceeded, in the wordings seen of all providers; most come as a plain 400. */
export const contextWindowWording: RegExp =
  /context[ _-]?(length|window|size)|maximum context|prompt is too long|input is too long|too many (input )?tokens(?!, please wait)|input token count.{0,40}exceeds|exceeds? the (maximum|max|available)[^.]{0,40}(tokens|context)|maximum (number of )?(input |prompt )?tokens|reduce the length of (the|your) (messages|prompt|input)|range of input length|input length and `?max_tokens/i

/** Makes the error of a failed exchange by a dialect's table, and by the HTTP status where no line of it fits. */
export function failureError(
  failure: Failure,
  { provider }: Pick<Target<unknown>, 'provider'>,
  rules: readonly FailureRule[],
  details: FailureDetails,
): GatewayError {
  const { status } = failure
  const message = details.message?.trim() || bodyText(failure.body) || `HTTP ${status} without a message.`
  const rule = rules.find(
    (rule) =>
      (rule.status === undefined || [rule.status].flat().includes(status)) &&
      (rule.code === undefined ||
        details.codes?.some((code) => code !== undefined && [rule.code].flat().includes(code))) &&
      (rule.message === undefined || rule.message.test(message)),
  )
  return new GatewayError(rule?.is ?? codeOfStatus(status), `${provider}: ${clip(message)}`, {
    provider,
    retryAfter: details.retryAfter ?? retryAfter(failure),
    requestId:
      details.requestId ??
      failure.header('x-request-id') ??
      failure.header('request-id') ??
      failure.header('x-goog-request-id'),
    cause: { status, message: clip(message) },
  })
}

/** A page of HTML says nothing to an application: its title does. */
function bodyText(body: unknown): string | undefined {
  if (typeof body !== 'string' || body.trim() === '') return undefined
  if (!/^\s*</.test(body)) return body
  const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1]?.trim()
  return title ? `An HTML page, "${title}", in place of an answer.` : 'An HTML page in place of an answer.'
}

/** No more of a provider's words than a developer needs, and no part of a key, which some providers echo. */
function clip(message: string): string {
  const words = message.replace(
    /\b(sk|pk|rk|gsk|xai|csk|pplx|nvapi|hf|r8|AIza)[-_][\w*.-]{6,}|\bAIza[\w*-]{8,}|\b[\w-]*\*{4,}[\w-]*/g,
    '[key]',
  )
  return words.length > 500 ? `${words.slice(0, 500)}…` : words
}
