import { createParser } from 'eventsource-parser'
import { GatewayError } from '../errors.ts'
import type { Frame, FrameParser } from './dialect.ts'
import { utf8Reader } from './utf8.ts'

/** The most bytes that one event may have: a picture in base64 fits. */
export const maxEventSize: number = 64 * 1024 * 1024

/** How many bytes are parsed at once. What is left of an unfinished line keeps all the text that it was cut from alive. */
const pieceSize = 4 * 1024

/** Cuts server-sent events into frames, however the bytes are split. */
export function sse(onFrame: (frame: Frame) => void): FrameParser {
  const utf8 = utf8Reader()
  const parser = createParser({
    onEvent: onFrame,
    maxBufferSize: maxEventSize,
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') throw tooLarge()
    },
  })
  return {
    feed(bytes) {
      for (let start = 0; start < bytes.length; start += pieceSize) {
        const piece = bytes.length <= pieceSize ? bytes : bytes.subarray(start, start + pieceSize)
        parser.feed(utf8.read(piece))
      }
    },
    end() {
      // Some providers leave out the blank line after their last event, and the parser drops what has none.
      parser.feed(`${utf8.end()}\n\n`)
    },
  }
}

/** The error of an event that has no end. */
export function tooLarge(): GatewayError {
  return new GatewayError('invalid_response', `An event of the stream is larger than ${maxEventSize} bytes.`)
}

/** The text of one event without a name. */
export function encodeFrame(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}

/** The text of one named event. */
export function encodeNamedFrame(event: string, value: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`
}
