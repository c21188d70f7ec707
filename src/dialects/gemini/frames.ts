import { GatewayError } from '../../errors.ts'
import type { Frame, FrameParser } from '../dialect.ts'
import { sse } from '../sse.ts'
import { utf8Reader } from '../utf8.ts'

/** Cuts a stream into frames: server-sent events, or, where `alt=sse` was not asked for, the elements of one JSON array. */
export function frames(contentType: string, onFrame: (frame: Frame) => void): FrameParser {
  return contentType.includes('json') ? jsonArray(onFrame) : sse(onFrame)
}

/** The most characters that one element may have, as for an event. */
const maxElementSize = 64 * 1024 * 1024

const quote = 34
const backslash = 92

/** Cuts a JSON array, or a lone object, into the texts of its objects, however the bytes are split. Each byte is looked at once. */
export function jsonArray(onFrame: (frame: Frame) => void): FrameParser {
  const utf8 = utf8Reader()
  let pieces: string[] = []
  let size = 0
  let depth = 0
  let quoted = false
  let escaped = false

  function keep(piece: string): void {
    size += piece.length
    if (size > maxElementSize) {
      throw new GatewayError(
        'invalid_response',
        `An element of the stream is larger than ${maxElementSize} characters.`,
      )
    }
    pieces.push(piece)
  }

  function emit(): void {
    const data = pieces.join('')
    pieces = []
    size = 0
    onFrame({ data })
  }

  function scan(text: string): void {
    let start = 0
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index)
      if (escaped) escaped = false
      else if (quoted) {
        if (code === backslash) escaped = true
        else if (code === quote) quoted = false
      } else if (isOpening(code, depth)) {
        if (depth++ === 0) start = index
      } else if (depth === 0) {
        // The brackets and commas of the array itself.
      } else if (code === quote) quoted = true
      else if (isClosing(code) && --depth === 0) {
        keep(text.slice(start, index + 1))
        emit()
      }
    }
    if (depth > 0) keep(text.slice(start))
  }

  return {
    feed: (bytes) => scan(utf8.read(bytes)),
    end() {
      scan(utf8.end())
      // An element that was cut off is handed on: it is for the decoder to say that it is none.
      if (pieces.length > 0) emit()
      depth = 0
    },
  }
}

/** `{`, and within an element `[` too. */
function isOpening(code: number, depth: number): boolean {
  return code === 123 || (code === 91 && depth > 0)
}

/** `}` or `]` */
function isClosing(code: number): boolean {
  return code === 125 || code === 93
}
