import { type Answer, type AnswerInput, type AnswerOptions, answer } from './answer.ts'
import type { Duration } from './duration.ts'
import type { Failure, FailureOptions, WaitHint } from './failure.ts'

/** A response written out in full, in no provider's format. It costs nothing. */
export interface RawResponse {
  readonly kind: 'raw'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly after?: Duration | undefined
}

/** A connection that breaks before anything has come back. It costs nothing. */
export interface Disconnection {
  readonly kind: 'disconnection'
  readonly after?: Duration | undefined
}

/**
 * Refuses for a while: 429 in the provider's own form, with each way of saying how long that is given.
 *
 * @example
 * rateLimited({ retryAfter: '1.5' })                          // also a number, or a Date for an HTTP date
 * rateLimited({ retryAfterMs: 0, retryAfter: 1 })             // as Azure
 * rateLimited({ retryInfo: '48s' })                           // in the body, as Google
 * rateLimited({ reset: '7m12s' })                             // x-ratelimit-reset-requests
 */
export function rateLimited({
  retryAfter,
  retryAfterMs,
  retryInfo,
  reset,
  ...options
}: WaitHint & FailureOptions = {}): Failure {
  return { ...options, kind: 'failure', reason: 'rate-limited', wait: { retryAfter, retryAfterMs, retryInfo, reset } }
}

/** Has no capacity: 503, or 529 at Anthropic. */
export function overloaded(options: FailureOptions = {}): Failure {
  return { ...options, kind: 'failure', reason: 'overloaded' }
}

/** Fails by its own fault. */
export function serverError(status = 500, options: FailureOptions = {}): Failure {
  return { ...options, kind: 'failure', reason: 'server-error', status }
}

/** Does not accept the key: 401, or 400 with `API_KEY_INVALID` at Google. */
export function unauthorized(options: FailureOptions = {}): Failure {
  return { ...options, kind: 'failure', reason: 'unauthorized' }
}

/** Accepts the key, but not for this: 403. */
export function permissionDenied(options: FailureOptions = {}): Failure {
  return { ...options, kind: 'failure', reason: 'permission-denied' }
}

/** The account has no money left: 429 `insufficient_quota` at OpenAI, 400 at Anthropic. Others say 402: give the `status`. */
export function quotaExhausted(options: FailureOptions = {}): Failure {
  return { ...options, kind: 'failure', reason: 'quota-exhausted' }
}

/** The prompt is longer than the model can read: 400. */
export function contextWindowExceeded(options: FailureOptions = {}): Failure {
  return { ...options, kind: 'failure', reason: 'context-window-exceeded' }
}

/**
 * Does not let the prompt through: 400, or a 200 without candidates at Google.
 * An answer that is filtered while it is written is `answer('…', { finishReason: 'content-filter' })`.
 */
export function contentFiltered(options: FailureOptions = {}): Failure {
  return { ...options, kind: 'failure', reason: 'content-filtered' }
}

/** Does not know the model: 404. */
export function modelNotFound(options: FailureOptions = {}): Failure {
  return { ...options, kind: 'failure', reason: 'model-not-found' }
}

/** Does not understand the request: 400. */
export function invalidRequest(message: string, options: FailureOptions = {}): Failure {
  return { ...options, kind: 'failure', reason: 'invalid-request', message }
}

/** Does not go on from words put into its mouth: 400, as newer Claude models. */
export function prefillRefused(options: FailureOptions = {}): Failure {
  return invalidRequest(
    'This model does not support assistant message prefill. The conversation must end with a user message.',
    options,
  )
}

/** Resets the connection before the headers: `fetch` rejects, and nothing is billed. */
export function dropped({ after }: Pick<Disconnection, 'after'> = {}): Disconnection {
  return { kind: 'disconnection', after }
}

/** Lets the model answer, bills it in full, and resets the connection before the headers. */
export function lost(input: AnswerInput | Answer, options: AnswerOptions = {}): Answer {
  return answer(input, { ...options, lost: true })
}

/** Takes the request, and bills its input, and never answers: ends only when the application leaves. For a stall later on, see {@link AnswerOptions.stallAfter}. */
export function stalled(): Answer {
  return answer([], { after: Number.POSITIVE_INFINITY })
}

/** Streams slowly. */
export function slow(input: AnswerInput | Answer, gap: Duration = '1s', options: AnswerOptions = {}): Answer {
  return answer(input, { firstChunk: gap, gap, ...options })
}

/**
 * Sends a 200 and then an error inside of it: as an event of the stream, or in place of the whole body.
 * Before any content it costs nothing.
 *
 * @example
 * errorInStream(rateLimited())                        // before any content
 * errorInStream(overloaded(), { after: 2, input: stream(['a', 'b', 'c']) })
 */
export function errorInStream(
  failure: Failure,
  {
    after = 0,
    input = someText,
    ...options
  }: AnswerOptionsOf<'failure'> & { readonly after?: number | undefined } = {},
): Answer {
  return answer(input, { ...options, failure: { after, with: failure } })
}

/** Sends a 200 and nothing more. Its input is billed. */
export function emptyStream(options: AnswerOptions = {}): Answer {
  return answer([], { ...options, silent: true })
}

/** Finishes properly without having said anything. */
export function emptyAnswer(options: AnswerOptions = {}): Answer {
  return answer([], options)
}

/** Sends JSON that does not parse: the whole body, or a stream's event after so many chunks of content. */
export function malformedJson({
  after = 0,
  input = someText,
  ...options
}: AnswerOptionsOf<'malformedAfter'> & { readonly after?: number | undefined } = {}): Answer {
  return answer(input, { ...options, malformedAfter: after })
}

/** Ends the body after so many bytes as if it were complete, as a proxy may. For a broken connection, see {@link AnswerOptions.dieAfter}. */
export function cutOff(bytes: number, input: AnswerInput | Answer = someText, options: AnswerOptions = {}): Answer {
  return answer(input, { ...options, cutOffAfter: bytes })
}

/** Sends a page of HTML, as what stands in front of a provider does. */
export function htmlPage(status = 502, title = 'Bad gateway'): RawResponse {
  const body = `<!DOCTYPE html>\n<html>\n<head><title>${title}</title></head>\n<body><h1>${status} ${title}</h1></body>\n</html>\n`
  return respond({ status, headers: { 'content-type': 'text/html; charset=UTF-8' }, body })
}

/** Sends the client elsewhere. One that follows goes round in circles, and fails as `fetch` does. */
export function redirect(location = 'https://login.example.com/', status = 302): RawResponse {
  return respond({ status, headers: { location } })
}

/**
 * Sends exactly this. A body that is no text is sent as JSON.
 *
 * @example
 * simulator.on({ where: (call) => call.url.endsWith('/v1/models') }).reply(respond({ body: { data: [] } }))
 */
export function respond({
  status = 200,
  headers = {},
  body = '',
  after,
}: {
  readonly status?: number | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: unknown
  readonly after?: Duration | undefined
} = {}): RawResponse {
  const isText = typeof body === 'string'
  return {
    kind: 'raw',
    status,
    headers: { ...(!isText && { 'content-type': 'application/json' }), ...headers },
    body: isText ? body : JSON.stringify(body),
    after,
  }
}

type AnswerOptionsOf<Own extends keyof AnswerOptions> = Omit<AnswerOptions, Own | 'after'> & {
  /** What the answer would have been. */
  readonly input?: AnswerInput | Answer | undefined
}

const someText = 'All happy families are alike.'
