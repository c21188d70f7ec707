import { GatewayError } from '../errors.ts'
import type { StreamDecoder, StreamEncoder, Target } from './dialect.ts'

/** The streams of a dialect whose answers come whole: there are none. */
export function noStream(): StreamDecoder<never> & StreamEncoder<never> {
  throw new GatewayError('unsupported', 'This operation answers whole, and never as a stream.')
}

/** Makes the error of an answer that is none of its dialect. */
export function malformed({ provider }: Pick<Target<unknown>, 'provider'>, what: string): GatewayError {
  return new GatewayError('invalid_response', `${provider}: ${what}`, { provider })
}
