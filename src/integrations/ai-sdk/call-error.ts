import { amendError, type GatewayError, toGatewayError } from '../../errors.ts'

/**
 * What a failed call of the AI SDK rejects with: a GatewayError that the AI SDK takes for its own `APICallError`, and
 * does not retry, for the gateway has tried all that was to be tried.
 */
export interface ZerohopCallError extends GatewayError {
  readonly url: string
  /** Always empty: prompts do not stand in errors. */
  readonly requestBodyValues: Readonly<Record<string, never>>
  readonly statusCode: number
  readonly responseHeaders: Readonly<Record<string, string>>
  /** The error in JSON, without keys, prompts and answers. */
  readonly responseBody: string
  readonly isRetryable: false
}

/** Makes the error of a failed call. Of one that its caller left it is the caller's own reason, as `fetch` has it. */
export function callError(cause: unknown, model: string, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted) return signal.reason
  const known = toGatewayError(cause)
  const { code, message, status, provider, deployment, retryAfter, callId, attempts } = known
  const responseHeaders: Record<string, string> = {}
  if (callId !== undefined) responseHeaders['x-zerohop-call'] = callId
  if (retryAfter !== undefined) {
    responseHeaders['retry-after-ms'] = String(retryAfter)
    responseHeaders['retry-after'] = String(Math.ceil(retryAfter / 1000))
  }
  const error: Omit<ZerohopCallError, keyof GatewayError> = {
    url: `zerohop:${model}`,
    requestBodyValues: {},
    statusCode: status,
    responseHeaders,
    responseBody: JSON.stringify({ error: { code, message, provider, deployment, callId, attempts } }),
    isRetryable: false,
  }
  // A copy: the gateway's own error may be shared with a sink.
  return Object.assign(amendError(known, {}), error, markers)
}

/** How the AI SDK knows its own errors, whatever copy of it made them: `APICallError.isInstance`. */
const markers = {
  [Symbol.for('vercel.ai.error')]: true,
  [Symbol.for('vercel.ai.error.AI_APICallError')]: true,
}
