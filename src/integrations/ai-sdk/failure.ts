import type { Failure, Target } from '../../dialects/dialect.ts'
import { contextWindowWording, type FailureRule, failureError } from '../../dialects/failure.ts'
import { type Fields, isFields } from '../../dialects/fields.ts'
import { parseDuration } from '../../dialects/retry-after.ts'
import type { ErrorCode, GatewayError } from '../../errors.ts'

/** A failure of a model of the AI SDK, as it can be sent: no prompts, no answers. */
export interface ToldFailure {
  readonly status: number
  readonly message: string
  /** Every code, type and status word of the provider's. */
  readonly codes: readonly string[]
  /** Those that may say how long to wait, and the provider's id of the request. */
  readonly headers: Readonly<Record<string, string>>
}

/** Reads an error that a model of the AI SDK has thrown, or has told in its stream; undefined when its connection broke. */
export function tellFailure(cause: unknown): ToldFailure | undefined {
  const error = isFields(cause) || cause instanceof Error ? (cause as Fields) : { message: String(cause) }
  const { name, statusCode, isRetryable, responseBody, responseHeaders, data } = error
  const status = typeof statusCode === 'number' ? statusCode : undefined
  // Only what a provider said may be repeated: other errors of the AI SDK quote what they could not read.
  const own = cause instanceof Error && name !== 'AI_APICallError' && status === undefined
  if (own) {
    const [is, message] = ownErrors[name as string] ?? []
    if (!is) return undefined
    const words = message ?? clean((cause as Error).message)
    return { status: is, message: `${String(name).replace('AI_', '')}: ${words}`, codes: [name as string], headers: {} }
  }
  if (status === undefined && cause instanceof Error && isRetryable === true) return undefined
  const said = [parsed(responseBody), data, error].filter(isFields)
  return {
    status: status ?? 502,
    message: clean(firstText(said.map(messageOf)) ?? ''),
    codes: said.flatMap(codesOf),
    headers: { ...kept(responseHeaders), ...said.map(waitOf).find(Boolean) },
  }
}

/** Names a failure. */
export function decodeFailure({ status, body, header, now }: Failure, target: Target<unknown>): GatewayError {
  const { message, codes } = (isFields(body) ? body : {}) as Partial<ToldFailure>
  const told = [...(codes ?? []), message ?? ''].join(' ')
  const is = kinds.find(([, words, statuses]) => words.test(told) && (!statuses || statuses.includes(status)))?.[0]
  const rules: readonly FailureRule[] = is ? [{ is }] : []
  return failureError({ status, body: message ?? '', header, now }, target, rules, { message })
}

/** Names a failure that was told in a stream. */
export function decodeFailureInside(failure: ToldFailure, target: Target<unknown>): GatewayError {
  return decodeFailure(
    { status: failure.status, body: failure, header: (name) => failure.headers[name], now: 0 },
    target,
  )
}

/** What the codes and words of providers mean, and with which statuses. The first that fits counts. */
// biome-ignore format: a table
const kinds: readonly (readonly [is: ErrorCode, words: RegExp, statuses?: readonly number[]])[] = [
  ['context_window_exceeded', contextWindowWording, [400, 413, 422]],
  // Google says of every limit that the current quota is exceeded.
  ['rate_limited', /RESOURCE_EXHAUSTED/, [429]],
  ['quota_exhausted', /insufficient.{0,10}(balance|credit|quota|fund)|current.quota|credit balance|billing_/i, [400, 402, 403, 429]],
  ['content_filtered', /content.(management.)?(filter|policy)|(violat|policy).{0,20}(guideline|polic|violation)|moderation_|safety system/i],
  ['authentication_failed', /(incorrect|invalid|wrong).api.?key|api.?key.{0,20}(invalid|not valid)|authentication_error/i, [400, 502]],
  ['unsupported', /AI_Unsupported/],
  ['invalid_response', /AI_(TypeValidation|JSONParse|InvalidResponseData|EmptyResponseBody|NoContentGenerated)Error/],
  ['provider_overloaded', /overloaded|(at|over) capacity/i],
  ['rate_limited', /rate_?limit_?(err|exc|rea)/i],
]

/** The errors of the AI SDK that are no provider's, by their names; with other words where theirs may quote content. */
const ownErrors: Readonly<Record<string, readonly [status: number, message?: string]>> = {
  AI_LoadAPIKeyError: [401],
  AI_LoadSettingError: [401],
  AI_NoSuchModelError: [404],
  AI_NoSuchProviderError: [404],
  AI_UnsupportedFunctionalityError: [400],
  AI_UnsupportedModelVersionError: [400],
  AI_InvalidPromptError: [400, 'the prompt is none that the model takes.'],
  AI_InvalidArgumentError: [400, 'an argument is none that the model takes.'],
  AI_TypeValidationError: [502, 'the answer has not the form that was expected.'],
  AI_JSONParseError: [502, 'the answer is no JSON.'],
  AI_InvalidResponseDataError: [502, 'the answer has not the form that was expected.'],
  AI_EmptyResponseBodyError: [502, 'the answer is empty.'],
  AI_NoContentGeneratedError: [502, 'the answer has no content.'],
  AI_DownloadError: [400, 'a file could not be downloaded.'],
}

/** Providers put their error into the body, or into a field `error` of it. */
function inner(body: Fields): Fields {
  const { error } = body
  return isFields(error) ? error : body
}

function messageOf(body: Fields): unknown {
  return inner(body)['message'] ?? (typeof body['error'] === 'string' ? body['error'] : undefined)
}

function codesOf(body: Fields): readonly string[] {
  const { code, type, status } = inner(body)
  return [code, type, status].filter((word) => typeof word === 'string')
}

/** How long to wait, where the body says it: Google's `RetryInfo`. */
function waitOf(body: Fields): { readonly 'retry-after-ms': string } | undefined {
  const { details } = inner(body)
  for (const detail of Array.isArray(details) ? (details as readonly unknown[]) : []) {
    const delay = isFields(detail) ? detail['retryDelay'] : undefined
    const wait = typeof delay === 'string' ? parseDuration(delay) : undefined
    if (wait !== undefined) return { 'retry-after-ms': String(wait) }
  }
  return undefined
}

function firstText(values: readonly unknown[]): string | undefined {
  return values.find((value): value is string => typeof value === 'string' && value !== '')
}

function kept(headers: unknown): Readonly<Record<string, string>> {
  const all = isFields(headers) ? (headers as Record<string, string>) : {}
  const told = ['retry-after', 'retry-after-ms', 'x-request-id', 'request-id', 'x-goog-request-id']
  return Object.fromEntries(told.flatMap((name) => (typeof all[name] === 'string' ? [[name, all[name]]] : [])))
}

/** A provider may echo the key that it refuses. */
function clean(message: string): string {
  return message.replace(/(key provided: )\S+/i, '$1[key].')
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
