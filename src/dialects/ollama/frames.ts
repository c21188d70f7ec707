import { GatewayError } from '../../errors.ts'
import type { Frame, FrameParser } from '../dialect.ts'
import { utf8Reader } from '../utf8.ts'

/** The most characters that one line may have, as for an event. */
const maxLineSize = 64 * 1024 * 1024

/** Cuts a stream into frames: lines of JSON, though some servers label them otherwise. */
export function frames(_contentType: string, onFrame: (frame: Frame) => void): FrameParser {
  const utf8 = utf8Reader()
  let held = ''

  function cut(text: string): void {
    let start = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const data = (held + text.slice(start, end)).trim()
      held = ''
      start = end + 1
      if (data !== '') onFrame({ data })
    }
    held += text.slice(start)
    if (held.length > maxLineSize) {
      throw new GatewayError('invalid_response', `A line of the stream is larger than ${maxLineSize} characters.`)
    }
  }

  return {
    feed: (bytes) => cut(utf8.read(bytes)),
    end: () => cut(`${utf8.end()}\n`),
  }
}
