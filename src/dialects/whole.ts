import { GatewayError } from '../errors.ts'
import { bytesOf } from './base64.ts'
import type { StreamDecoder, StreamEncoder, Target } from './dialect.ts'
import { decodeFailureInside } from './failure.ts'
import { isFields } from './fields.ts'

/** The streams of a dialect whose answers come whole: there are none. */
export function noStream(): StreamDecoder<never> & StreamEncoder<never> {
  throw new GatewayError('unsupported', 'This operation answers whole, and never as a stream.')
}

/** Reads the base64 of an answer. Throws `invalid_response` where it is none. */
export function bytesIn(base64: string, target: Pick<Target<unknown>, 'provider'>): Uint8Array {
  try {
    return bytesOf(base64)
  } catch {
    throw malformed(target, 'what should be base64 is none.')
  }
}

/**
 * Makes the error of an answer that is none of its dialect.
 *
 * @param body what came, where it may be an error in spite of its status
 */
export function malformed(target: Pick<Target<unknown>, 'provider'>, what: string, body?: unknown): GatewayError {
  if (isFields(body) && body['error']) return decodeFailureInside(body, target)
  const { provider } = target
  return new GatewayError('invalid_response', `${provider}: ${what}`, { provider })
}
