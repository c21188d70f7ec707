import { errorTraits, GatewayError } from '../../errors.ts'
import type { Failure, Target } from '../dialect.ts'
import { contextWindowWording, type FailureRule, failureError } from '../failure.ts'
import { type Fields, isFields } from '../fields.ts'

/**
 * Cohere tells little but a status and a sentence.
 * @see https://docs.cohere.com/reference/errors
 */
// biome-ignore format: a table
const rules: readonly FailureRule[] = [
  // The model wrote a call that fits no tool. Asked again, it mostly writes one that does.
  { code: ['INVALID_TOOL_GENERATION', 'HALLUCINATED_ALL_TOOL_CALLS'], is: 'invalid_response' },
  { message: /INVALID_TOOL_GENERATION|HALLUCINATED_ALL_TOOL_CALLS/, is: 'invalid_response' },
  // Both begin with "too many tokens".
  { status: 400, message: /max tokens must be/i, is: 'invalid_request' },
  { status: 400, message: contextWindowWording, is: 'context_window_exceeded' },
  { status: 400, message: /model .{0,80}(not found|not supported|removed)/i, is: 'model_not_found' },
  // A trial key is also limited to calls per minute, which is a rate.
  { status: 429, message: /calls? ?\/ ?month|per month/i, is: 'quota_exhausted' },
  // "Blocked input or output" here; elsewhere 498 means a full tier.
  { status: 498, is: 'content_filtered' },
  { status: 499, is: 'provider_unavailable' },
  { status: 501, is: 'unsupported' },
]

/** Names a failure. */
export function decodeError(failure: Failure, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const body: Fields = isFields(failure.body) ? failure.body : {}
  const { message, error_type: type, id } = body
  return failureError(failure, target, rules, {
    message: text(message),
    codes: [text(type)],
    requestId: text(id),
  })
}

/** Names a failure that came inside a stream or a body that began with success. */
export function decodeInnerError(body: Fields, target: Pick<Target<unknown>, 'provider'>): GatewayError {
  const failure = { status: 500, header: () => undefined, body, now: 0 }
  const { code } = decodeError(failure, target)
  return decodeError({ ...failure, status: errorTraits[code].status }, target)
}

/** Makes the error of a body that is none of this dialect. */
export function malformed({ provider }: Pick<Target<unknown>, 'provider'>): GatewayError {
  return new GatewayError('invalid_response', `${provider}: the answer is not JSON, or lacks a field.`, { provider })
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
