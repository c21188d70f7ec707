import type { GatewayError } from '../errors.ts'
import type { Target } from './dialect.ts'
import { type Fields, isFields } from './fields.ts'
import { parseJson } from './json.ts'
import { decodeErrorInside, encodeError } from './openai-error.ts'
import { encodeFrame } from './sse.ts'
import { malformed } from './whole.ts'

/** Reads an event of OpenAI's streams of pictures, sound and transcripts; undefined of one that says nothing. */
export function decodeEvent(data: string, target: Target<unknown>): Fields | undefined {
  if (data === '[DONE]') return undefined
  const event = parseJson(data)
  if (!isFields(event)) throw malformed(target, 'an event of the stream is no JSON.')
  if (event['error']) throw decodeErrorInside(event, target)
  return event
}

/** The event of a failure. */
export function encodeErrorEvent(error: GatewayError): string {
  return encodeFrame({ type: 'error', ...(encodeError(error) as object) })
}
