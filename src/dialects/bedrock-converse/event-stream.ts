import { GatewayError } from '../../errors.ts'
import type { Frame, FrameParser } from '../dialect.ts'

/** The lengths of the frame and of its headers, and the checksum of the two. */
const preludeSize = 12
const checksumSize = 4

/** The most bytes that a frame may have. @see https://docs.aws.amazon.com/transcribe/latest/dg/event-stream.html */
const maxFrameSize = 24 * 1024 * 1024

/** What is kept for the next frame when there is nothing in it. */
const maxIdleSize = 64 * 1024

/** Cuts a body into frames: AWS's binary event stream, or one JSON document that was sent in its place. */
export function frames(contentType: string, onFrame: (frame: Frame) => void): FrameParser {
  return contentType.includes('json') ? document(onFrame) : eventStream(onFrame)
}

/**
 * Cuts AWS's binary event stream into frames, however the bytes are split. An event's frame has its name and its
 * payload. Exceptions come as a frame named `exception`, its data in the form of the body of a failed exchange.
 */
export function eventStream(onFrame: (frame: Frame) => void): FrameParser {
  const text = new TextDecoder()
  let held = new Uint8Array(0)
  let size = 0

  function hold(bytes: Uint8Array): void {
    if (held.length < size + bytes.length) {
      const larger = new Uint8Array(Math.max(2 * held.length, size + bytes.length))
      larger.set(held.subarray(0, size))
      held = larger
    }
    held.set(bytes, size)
    size += bytes.length
  }

  /** Hands on the frames that are complete, and tells how many bytes they were. */
  function cut(bytes: Uint8Array): number {
    let start = 0
    while (bytes.length - start >= preludeSize) {
      const length = frameLength(bytes.subarray(start))
      if (bytes.length - start < length) break
      onFrame(decodeFrame(bytes.subarray(start, start + length), text))
      start += length
    }
    return start
  }

  return {
    feed(bytes) {
      if (size === 0) {
        const used = cut(bytes)
        if (used < bytes.length) hold(bytes.subarray(used))
        return
      }
      hold(bytes)
      const used = cut(held.subarray(0, size))
      held.copyWithin(0, used, size)
      size -= used
      if (size === 0 && held.length > maxIdleSize) held = new Uint8Array(0)
    },
    end() {
      if (size > 0) throw broken('ends within a frame')
    },
  }
}

/** Takes a whole body as one frame without a name. */
function document(onFrame: (frame: Frame) => void): FrameParser {
  const decoder = new TextDecoder()
  let data = ''
  return {
    feed(bytes) {
      data += decoder.decode(bytes, { stream: true })
    },
    end() {
      data += decoder.decode()
      if (data.trim() !== '') onFrame({ data })
    },
  }
}

/** Reads the length of a frame, once the checksum says that it is one. */
function frameLength(bytes: Uint8Array): number {
  const view = viewOf(bytes)
  if (checksum(bytes, 8) !== view.getUint32(8)) throw broken('has a frame whose prelude does not fit its checksum')
  const length = view.getUint32(0)
  if (length < preludeSize + view.getUint32(4) + checksumSize) throw broken('has a frame that is too short')
  if (length > maxFrameSize) throw broken('has a frame that is too long')
  return length
}

function decodeFrame(bytes: Uint8Array, text: TextDecoder): Frame {
  const view = viewOf(bytes)
  const end = bytes.length - checksumSize
  if (checksum(bytes, end) !== view.getUint32(end)) throw broken('has a frame that does not fit its checksum')
  const payload = preludeSize + view.getUint32(4)
  const headers = decodeHeaders(bytes, view, payload, text)
  const data = text.decode(bytes.subarray(payload, end))
  const type = headers[':message-type']
  if (type !== 'exception' && type !== 'error') return { event: headers[':event-type'], data }
  const __type = headers[':exception-type'] ?? headers[':error-code']
  const message = headers[':error-message']
  return { event: 'exception', data: JSON.stringify({ message, ...parsed(data), __type }) }
}

/** The sizes of values by the numbers of their types: true, false, byte, short, integer, long, bytes, text, time, UUID. */
const valueSizes: readonly (number | undefined)[] = [0, 0, 1, 2, 4, 8, undefined, undefined, 8, 16]
const textType = 7

/** Reads the headers that are text: no other has a meaning here. */
function decodeHeaders(
  bytes: Uint8Array,
  view: DataView,
  end: number,
  text: TextDecoder,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  let at = preludeSize
  while (at < end) {
    const nameEnd = at + 1 + view.getUint8(at)
    if (nameEnd >= end) throw broken('has a header that is cut off')
    const type = view.getUint8(nameEnd)
    if (type >= valueSizes.length) throw broken('has a header of an unknown type')
    const fixed = valueSizes[type]
    const valueStart = nameEnd + (fixed === undefined ? 3 : 1)
    const valueEnd = valueStart + (fixed ?? view.getUint16(nameEnd + 1))
    if (valueEnd > end) throw broken('has a header that is cut off')
    if (type === textType) {
      headers[text.decode(bytes.subarray(at + 1, nameEnd))] = text.decode(bytes.subarray(valueStart, valueEnd))
    }
    at = valueEnd
  }
  return headers
}

function parsed(text: string): object {
  try {
    return Object(JSON.parse(text)) as object
  } catch {
    return text ? { message: text } : {}
  }
}

let remainders: Uint32Array | undefined

/** CRC-32 of the bytes up to an end, as in gzip (polynomial 0xEDB88320). */
function checksum(bytes: Uint8Array, end: number): number {
  remainders ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let remainder = byte
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1
    return remainder
  })
  let sum = ~0
  for (let at = 0; at < end; at++) sum = (sum >>> 8) ^ remainders[(sum ^ bytes[at]!) & 255]!
  return ~sum >>> 0
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
}

function broken(how: string): GatewayError {
  return new GatewayError('invalid_response', `The stream of events ${how}.`)
}
