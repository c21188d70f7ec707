import { GatewayError } from '../errors.ts'
import type { StreamDecoder, StreamEncoder, Target } from './dialect.ts'
import { decodeFailureInside } from './failure.ts'
import { isFields } from './fields.ts'

/** The streams of a dialect whose answers come whole: there are none. */
export function noStream(): StreamDecoder<never> & StreamEncoder<never> {
  throw new GatewayError('unsupported', 'This operation answers whole, and never as a stream.')
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
