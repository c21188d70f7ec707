import type { Failure, Target } from '../../dialects/dialect.ts'
import { decodeFailure as decode, type FailureLine } from '../../dialects/failure.ts'
import { readFailure } from '../../dialects/failure-body.ts'
import { type Fields, isFields } from '../../dialects/fields.ts'
import type { GatewayError } from '../../errors.ts'

/** A failure of a model of the AI SDK, as it can be sent: no prompts, no answers. */
export interface ToldFailure {
  readonly status: number
  readonly message: string
  /** Every code, type and status word of the provider's. */
  readonly codes: readonly string[]
  /** How long to wait, where the body says it. */
  readonly wait?: string | undefined
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
    const words = message ?? (cause as Error).message
    return { status: is, message: `${String(name).replace('AI_', '')}: ${words}`, codes: [name as string], headers: {} }
  }
  if (status === undefined && cause instanceof Error && isRetryable === true) return undefined
  const told = [parsed(responseBody), data, { ...error, message: error['message'] }].filter(isFields).map(readFailure)
  return {
    status: status ?? 502,
    message: told.map(({ messages }) => messages.join(': ')).find(Boolean) ?? '',
    codes: told.flatMap(({ codes }) => codes),
    wait: told.map(({ wait }) => wait).find(Boolean),
    headers: kept(responseHeaders),
  }
}

/** Names a failure. */
export function decodeFailure(failure: Failure, target: Target<unknown>): GatewayError {
  const {
    message,
    codes: code,
    wait: retryDelay,
  } = (isFields(failure.body) ? failure.body : {}) as Partial<ToldFailure>
  return decode({ ...failure, body: { message, code, retryDelay } }, target, lines)
}

/** Names a failure that was told in a stream. */
export function decodeFailureInside(failure: ToldFailure, target: Target<unknown>): GatewayError {
  return decodeFailure(
    { status: failure.status, body: failure, header: (name) => failure.headers[name], now: 0 },
    target,
  )
}

/** What the AI SDK's own names of errors mean. */
const lines: readonly FailureLine[] = [
  ['unsupported', /AI_Unsupported/],
  ['invalid_response', /AI_(TypeValidation|JSONParse|InvalidResponseData|EmptyResponseBody|NoContentGenerated)Error/],
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

/** Headers that say how long to wait, and by which id the provider knows the request. */
function kept(headers: unknown): Readonly<Record<string, string>> {
  const told = Object.entries(isFields(headers) ? headers : {}).filter(
    (header): header is [string, string] =>
      typeof header[1] === 'string' && /retry-after|ratelimit|request-?id$/i.test(header[0]),
  )
  return Object.fromEntries(told)
}

function parsed(text: unknown): unknown {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
