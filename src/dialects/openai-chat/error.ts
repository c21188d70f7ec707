import { type ErrorCode, errorTraits, type GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { contextWindowWording, failureError } from '../failure.ts'
import { parseDuration, retryAfter } from '../retry-after.ts'
import { parseJson } from './table.ts'

/** Names a failed exchange. */
export function decodeError(failure: Failure, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const { body, status, now } = failure
  const { codes, messages, reset } = read(body)
  const message = messages.join(': ')
  const is = kindOf(`${codes} ${message}`, status)
  return failureError(failure, target, is ? [{ is }] : [], {
    // OpenAI repeats a wrong key, whole if it is short.
    message: message.replace(/(key provided: )\S+/i, '$1(hidden).'),
    retryAfter: retryAfter(failure) ?? (now && reset > now ? reset - now : waitIn(message)),
  })
}

/** Names a failure that came inside a 200. Mostly it tells its status; else its kind stands for one. */
export function decodeErrorInside(body: unknown, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const { codes, messages } = read(body)
  const told = codes.map(Number).find((code) => code >= 400 && code < 600)
  const kind = kindOf(`${codes} ${messages}`)
  const status = told ?? (kind ? errorTraits[kind].status : codes.includes('invalid_request_error') ? 400 : 500)
  return decodeError({ status, header() {}, body, now: 0 }, target)
}

/** The body of an error response, such that OpenAI's SDKs read it. */
export function encodeError({ code, status, message }: GatewayError): unknown {
  const type = types[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error')
  return { error: { message, type, param: null, code: words[code] ?? code } }
}

/** What the codes and the words of an error mean, and with which statuses. The first that fits counts. */
// biome-ignore format: a table
const kinds: readonly (readonly [is: ErrorCode, words: RegExp, statuses?: readonly number[]])[] = [
  // Groq answers 413 where a request is larger than what is left of the minute.
  ['rate_limited', /rate_limit_exceeded/, [413, 429]],
  ['context_window_exceeded', contextWindowWording, [400, 413, 422]],
  ['quota_exhausted', /insufficient.(account.)?(balance|credit|quota|fund)|billing_|current.quota|credits|spending limit/i, [400, 402, 403, 429]],
  ['content_filtered', /content.(management.)?(filter|policy)|(violat|policy).{0,20}(guideline|polic|violation)|moderation_|flagged (as|by|for)|safety system/i],
  // xAI and others answer 400 to a wrong key.
  ['authentication_failed', /(incorrect|invalid|wrong).api.?key|api.?key.{0,20}invalid|authentication_error/i],
  ['model_not_found', /model.{0,80}(not.(exist|found|available)|decommissioned|deprecated)|not a valid model|supported api model|unknown_model/i, [400, 403, 404]],
  ['provider_overloaded', /overloaded|(at|over) capacity/i],
  ['rate_limited', /rate_?limit_?(err|exc|rea)/i],
  // The model wrote a call, or JSON, that the provider itself could not accept.
  ['invalid_response', /(tool_use|json_validate|output_parse)_failed/],
]

function kindOf(told: string, status?: number): ErrorCode | undefined {
  return kinds.find(
    ([, words, statuses]) => (!status || !statuses || statuses.includes(status)) && words.test(told),
  )?.[0]
}

/** What OpenAI calls the kinds of its errors. */
const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  429: 'rate_limit_error',
}

/** OpenAI's own words, for applications that know them. */
const words: Partial<Record<ErrorCode, string>> = {
  authentication_failed: 'invalid_api_key',
  unauthorized: 'invalid_api_key',
  quota_exhausted: 'insufficient_quota',
  context_window_exceeded: 'context_length_exceeded',
  content_filtered: 'content_filter',
  rate_limited: 'rate_limit_exceeded',
}

interface Told {
  readonly codes: string[]
  readonly messages: string[]
  /** Milliseconds since 1970, or not a number. */
  reset: number
}

/** Reads an error in all the shapes that providers of this format send: what has other names may be the prompt. */
function read(value: unknown, told: Told = { codes: [], messages: [], reset: Number.NaN }, name = ''): Told {
  if (/^(code|type|status|status_code)$/.test(name)) told.codes.push(String(value))
  else if (name === 'X-RateLimit-Reset') told.reset = Number(value)
  // Where a field of the request is wrong.
  else if (name === 'loc') told.messages.push([value].flat().join('.'))
  else if (name === 'raw') read(parseJson(String(value)), told)
  else if (/^(\d*|error|innererror|metadata|headers|message|msg|details?|error_message)$/.test(name)) {
    if (typeof value !== 'string')
      for (const inner in value as object) read((value as Told)[inner as never], told, inner)
    else if (!/^\s*</.test(value) && !told.messages.includes(value)) told.messages.push(value)
  }
  return told
}

function waitIn(message: string): number | undefined {
  const [, duration] = /try again in ((?:[\d.]+(?:ms|[smh]))+)/i.exec(message) ?? []
  return duration === undefined ? duration : parseDuration(duration)
}
