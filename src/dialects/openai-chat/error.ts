import type { GatewayError } from '../../errors.ts'
import { type ErrorCode, errorTraits } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { contextWindowWording, type FailureRule, failureError } from '../failure.ts'
import { parseDuration, retryAfter } from '../retry-after.ts'
import { type Fields, isFields } from './wire.ts'

/** Names a failed exchange. */
export function decodeError(failure: Failure, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const { message, codes, reset } = detailsOf(failure.body)
  return failureError(failure, target, rules, {
    message: message === undefined ? undefined : scrub(message),
    codes,
    retryAfter: retryAfter(failure) ?? untilReset(reset, failure.now) ?? waitIn(message),
  })
}

/** Names a failure that came inside a 200, by the status that it stands for. */
export function decodeErrorInside(body: unknown, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  return decodeError({ status: statusInside(body), header: () => undefined, body, now: 0 }, target)
}

/** The body of an error response, such that OpenAI's SDKs read it. */
export function encodeError(error: GatewayError): unknown {
  const { code, status, message } = error
  const type = types[status] ?? (status >= 500 ? 'server_error' : 'invalid_request_error')
  return { error: { message, type, param: null, code: codeNames[code] ?? code } }
}

// biome-ignore format: a table
const rules: readonly FailureRule[] = [
  // Groq answers 413 where a request is larger than what is left of the minute.
  { status: [413, 429], code: 'rate_limit_exceeded', is: 'rate_limited' },
  { code: ['context_length_exceeded', 'exceed_context_size_error', 'context_window_exceeded'], is: 'context_window_exceeded' },
  { status: [400, 413, 422], message: contextWindowWording, is: 'context_window_exceeded' },
  { code: ['insufficient_quota', 'billing_hard_limit_reached', 'billing_not_active', 'insufficient_balance', 'exceeded_current_quota_error'], is: 'quota_exhausted' },
  { status: [402, 403, 429], message: /insufficient (account )?(balance|credits|quota|funds)|exceeded your current quota|(out|run out|used all) .{0,20}credits|spending limit/i, is: 'quota_exhausted' },
  { code: ['content_filter', 'content_policy_violation', 'ResponsibleAIPolicyViolation', 'moderation_blocked'], is: 'content_filtered' },
  { status: [400, 403, 451], message: /content (management )?policy|violates? .{0,20}(usage|content) (guidelines|policy|policies)|flagged (as|by|for)|safety system/i, is: 'content_filtered' },
  // xAI and others answer 400 to a wrong key.
  { status: [400, 401, 403], code: ['invalid_api_key', 'authentication_error'], is: 'authentication_failed' },
  { status: [400, 403], message: /(incorrect|invalid|wrong) api.?key|api.?key .{0,20}invalid/i, is: 'authentication_failed' },
  { code: ['model_not_found', 'DeploymentNotFound', 'model_decommissioned', 'model_not_available', 'unknown_model'], is: 'model_not_found' },
  { status: 400, message: /model.{0,80}(does not exist|not exist|not found|decommissioned|deprecated)|not a valid model|supported api model names/i, is: 'model_not_found' },
  { status: [429, 500, 502, 503], code: ['engine_overloaded_error', 'engine_overloaded', 'overloaded_error', 'server_overloaded'], is: 'provider_overloaded' },
  { status: [429, 500, 502], message: /overloaded|(at|over) capacity/i, is: 'provider_overloaded' },
  { code: ['rate_limit_error', 'rate_limit_exceeded', 'RateLimitReached', 'rate_limit_reached_error'], is: 'rate_limited' },
  // The model wrote a call, or JSON, that the provider itself could not accept.
  { code: ['tool_use_failed', 'json_validate_failed', 'output_parse_failed'], is: 'invalid_response' },
]

/** What OpenAI calls the kinds of its errors. */
const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'insufficient_quota',
  403: 'permission_error',
  429: 'rate_limit_error',
}

/** OpenAI's own words, for applications that know them. */
const codeNames: Partial<Record<ErrorCode, string>> = {
  authentication_failed: 'invalid_api_key',
  unauthorized: 'invalid_api_key',
  quota_exhausted: 'insufficient_quota',
  context_window_exceeded: 'context_length_exceeded',
  content_filtered: 'content_filter',
  rate_limited: 'rate_limit_exceeded',
}

interface Details {
  readonly message: string | undefined
  readonly codes: readonly string[]
  /** Milliseconds since 1970. */
  readonly reset?: number | undefined
}

/** Reads an error in all the shapes that providers of this format send. */
function detailsOf(body: unknown): Details {
  if (Array.isArray(body)) return detailsOf(body[0])
  if (!isFields(body)) return { message: typeof body === 'string' && !/^\s*</.test(body) ? body : undefined, codes: [] }
  const { error } = body
  if (typeof error === 'string') return { message: error, codes: codesOf(body) }
  if (isFields(error) && isFields(error['error'])) return detailsOf(error)
  const inner = isFields(error) ? error : body
  const { metadata } = inner
  const raw = isFields(metadata) ? metadata['raw'] : undefined
  const hidden = typeof raw === 'string' ? detailsOf(parsed(raw)) : undefined
  const message = textOf(inner['message'] ?? inner['detail'] ?? inner['details'] ?? inner['error_message'])
  const { innererror } = inner
  return {
    message: hidden?.message === undefined ? message : [message, hidden.message].filter(Boolean).join(': '),
    codes: [...codesOf(inner), ...(isFields(innererror) ? codesOf(innererror) : []), ...(hidden?.codes ?? [])],
    reset:
      isFields(metadata) && isFields(metadata['headers'])
        ? Number(metadata['headers']['X-RateLimit-Reset'])
        : undefined,
  }
}

function codesOf({ code, type, status }: Fields): string[] {
  return [code, type, status].flatMap((word) =>
    typeof word === 'string' || typeof word === 'number' ? [String(word)] : [],
  )
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  // Validation errors are lists: of places, which are harmless, and of the values found there, which are not.
  if (Array.isArray(value)) {
    return value.map((item) => (isFields(item) ? `${[item['loc']].flat().join('.')}: ${item['msg']}` : '')).join('; ')
  }
  return isFields(value) ? textOf(value['message'] ?? value['detail']) : undefined
}

/** OpenAI repeats a wrong key, whole if it is short. */
function scrub(message: string): string {
  return message.replace(/(key provided: )\S+/i, '$1(hidden).')
}

function untilReset(reset: number | undefined, now: number): number | undefined {
  return reset && now > 0 && reset > now ? reset - now : undefined
}

function waitIn(message: string | undefined): number | undefined {
  const duration = /try again in ((?:[\d.]+(?:ms|[smh]))+)/i.exec(message ?? '')?.[1]
  return duration === undefined ? undefined : parseDuration(duration)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** A failure inside a 200 mostly names its status somewhere; else its kind stands for one. */
function statusInside(body: unknown): number {
  const error = isFields(body) && isFields(body['error']) ? body['error'] : body
  if (!isFields(error)) return 500
  for (const value of [error['status'], error['status_code'], error['code']]) {
    const status = Number(value)
    if (status >= 400 && status < 600) return status
  }
  const codes = codesOf(error)
  const known = rules.find(({ code }) => code !== undefined && codes.some((word) => [code].flat().includes(word)))
  if (known) return errorTraits[known.is].status
  return codes.includes('invalid_request_error') ? 400 : codes.includes('authentication_error') ? 401 : 500
}
