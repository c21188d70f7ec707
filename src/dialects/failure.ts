import { type ErrorCode, errorTraits, GatewayError } from '../errors.ts'
import type { Failure, Target } from './dialect.ts'
import { readFailure, type Told } from './failure-body.ts'
import { limitReset, parseWait, retryAfter } from './retry-after.ts'

/**
 * One line of a table of failures: words that the codes or the messages of the body have, and the statuses that it is
 * for; any, where none is named. A table is read from top to bottom, and the first line that fits decides.
 */
export type FailureLine = readonly [is: ErrorCode, words: RegExp, ...statuses: number[]]

/** Names a failed exchange: by the dialect's own lines, then by those of all dialects, then by its status. */
export function decodeFailure(
  failure: Failure,
  { provider }: Pick<Target<unknown>, 'provider'>,
  own: readonly FailureLine[] = [],
): GatewayError {
  return named(failure, readFailure(failure.body), provider, own)
}

/**
 * Names a failure that came inside a body or a stream that began with success. Mostly it tells its status, or has one
 * of the dialect's words for one; else its kind stands for it.
 */
export function decodeFailureInside(
  body: unknown,
  { provider }: Pick<Target<unknown>, 'provider'>,
  own: readonly FailureLine[] = [],
  statuses: Readonly<Record<string, number>> = {},
): GatewayError {
  const told = readFailure(body)
  const said = told.codes.map((code) => statuses[code] ?? Number(code)).find((code) => code >= 400 && code < 600)
  const is = kindOf(told, own) ?? (/\b(invalid|unsupported)_/.test(`${told.codes}`) ? 'invalid_request' : 'internal')
  return named({ status: said ?? errorTraits[is].status, header() {}, body, now: 0 }, told, provider, own)
}

/** Context windows that are exceeded, in the wordings seen of all providers. Most come as a plain 400. */
const contextWindowWording: RegExp =
  /context.?(length|window|size|limit)|(prompt|input) (is )?too (long|large)|prompt exceeds max|too many (input )?tokens(?!, please wait)|(input.tokens|token.(count|limit)) (\S+ ){0,2}exceed|maximum (prompt|model|(allowed )?input) length|model token limit|tokens must be reduced|reduce the length of|range of input length|tokens.? \+ .?max_new_tokens/i

/** What the codes and the words of a failure mean, at whatever provider. */
// biome-ignore format: a table
const lines: readonly FailureLine[] = [
  // OpenRouter's limit for free models advises to add ten credits.
  ['quota_exhausted', /insufficient.(account.)?(balance|credit|quota|fund)|(?<!\d )credits|credit balance|prepay|billing_|spend(ing)? (cap|limit)|usage limits?\b.*regain access|Per(Day|Month)|(per |\/ ?)month|limit: 0\b/i, 400, 401, 402, 403, 429],
  ['provider_overloaded', /overloaded|(at|over) capacity|capacity exceeded/i],
  // Google's rate limits speak of a quota, the plan and its billing too. Groq answers 413 where a request is larger
  // than what is left of the minute.
  ['rate_limited', /RESOURCE_EXHAUSTED|rate.?limit.?(err|exc|rea)|throttl/i],
  ['quota_exhausted', /current.quota/i],
  ['context_window_exceeded', contextWindowWording, 400, 413, 422, 500],
  ['content_filtered', /content.(management.)?(filter|policy)|(violat|policy).{0,20}(guideline|polic|violation)|usage policy|responsible ?ai|(prompt|content)( \w+){0,3} blocked|safety (system|filter|polic)|moderation_|flagged (as|by|for)|data_?inspection|(high|content exists) risk|inappropriate content|sensitive (content|words)/i],
  // xAI and Google answer 400 to a wrong key, Amazon 403.
  ['authentication_failed', /(incorrect|invalid|wrong|missing).{0,20}api.?key|api.?key.{0,20}(invalid|expired|not (valid|found)|was reported)|authentication_error|unregistered callers|security token|signature (we|expired)/i, 400, 401, 403],
  ['model_not_found', /model.{0,80}(not.(exist|found|available)|decommissioned|deprecated|identifier is invalid)|access to (the |this )?model|(invalid|unknown|unexpected|no such|not a valid|supported api).model|model_not_supported|on-demand throughput/i, 400, 403, 404],
  ['permission_denied', /organization has been disabled|(location|country|region)( is)? not supported/i, 400],
  ['request_too_large', /payload size exceeds|request (entity )?too large/i, 400],
  // The model wrote a call, or JSON, that the provider itself could not accept.
  ['invalid_response', /(tool_use|json_validate|output_parse)_failed/],
]

function kindOf({ codes, messages }: Told, own: readonly FailureLine[], status?: number): ErrorCode | undefined {
  // A message may repeat a whole prompt.
  const words = `${codes} ${messages}`.slice(0, 4000)
  const fits = (line: FailureLine): boolean =>
    (!status || line.length === 2 || line.includes(status)) && line[1].test(words)
  return (own.find(fits) ?? lines.find(fits))?.[0]
}

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
  // The model behind the provider failed.
  424: 'provider_unavailable',
  // Too early: asks for the same request again.
  425: 'provider_unavailable',
  429: 'rate_limited',
  // Groq: the capacity of the flex tier is used up.
  498: 'provider_overloaded',
  // Cancelled, and not by us.
  499: 'provider_unavailable',
  501: 'unsupported',
  503: 'provider_overloaded',
  504: 'timed_out',
  // Cloudflare, in front of a provider: no answer, or a late one.
  522: 'timed_out',
  524: 'timed_out',
  529: 'provider_overloaded',
}

function named(failure: Failure, told: Told, provider: string, own: readonly FailureLine[]): GatewayError {
  const { status, now, header } = failure
  // Amazon says the kind of a failure in a header.
  const kind = header('x-amzn-errortype')
  if (kind) told.codes.push(kind)
  const words = told.messages.join(': ')
  const message = clip(words || `HTTP ${status} without a message.`)
  const [, wait] = /(?:try again|retry) (?:in|after) ((?:\d[\d.]* ?[a-z]+,? ?)+)/i.exec(words) ?? []
  return new GatewayError(kindOf(told, own, status) ?? codeOfStatus(status), `${provider}: ${message}`, {
    provider,
    retryAfter:
      retryAfter(failure) ?? parseWait(told.wait ?? wait, now) ?? (status === 429 ? limitReset(failure) : undefined),
    requestId: told.requestId ?? requestIds.map(header).find(Boolean),
    cause: { status, message },
  })
}

const requestIds = ['x-request-id', 'request-id', 'x-goog-request-id', 'x-amzn-requestid', 'apim-request-id']

/** No more of a provider's words than a developer needs, and no part of a key, which some providers echo. */
function clip(message: string): string {
  let words = message
    .slice(0, 4000)
    .replace(
      /(key provided: |bearer )\S+?(?=[.,]?(?:\s|$))|\b(?:(?:sk|pk|rk|gsk|xai|csk|pplx|nvapi|hf|r8)[-_][\w*.-]{6,}|(?:AIza|AKIA|ASIA)[\w*-]{8,}|[\w+/=]{100,})/gi,
      '$1[key]',
    )
  if (words.includes('****')) words = words.replace(/[\w-]*\*{4,}[\w-]*/g, '[key]')
  return words.length > 500 ? `${words.slice(0, 500)}…` : words
}
