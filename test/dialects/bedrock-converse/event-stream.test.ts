import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eventStream, frames } from '../../../src/dialects/bedrock-converse/event-stream.ts'
import type { Frame } from '../../../src/dialects/dialect.ts'
import { isGatewayError } from '../../../src/errors.ts'
import { binaryFrame, eventFrame } from './wire.ts'

function parse(reads: readonly Uint8Array[], parser: typeof eventStream = eventStream): Frame[] {
  const found: Frame[] = []
  const { feed, end } = parser((frame) => found.push(frame))
  for (const read of reads) feed(read)
  end()
  return found
}

function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((one, other) => one - other)
  return [0, ...cuts].map((start, index) => bytes.slice(start, cuts[index]))
}

function failureOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    if (isGatewayError(error, 'invalid_response')) return error.message
    throw error
  }
  throw new Error('It did not fail.')
}

const two = [
  eventFrame(['messageStart', { role: 'assistant' }]),
  eventFrame(['contentBlockDelta', { text: 'Grüß 日本 🎉' }]),
]
const both = new Uint8Array(Buffer.concat(two))
const expected = [
  { event: 'messageStart', data: '{"role":"assistant"}' },
  { event: 'contentBlockDelta', data: '{"text":"Grüß 日本 🎉"}' },
]

test('however a binary stream is cut, the frames are the same', () => {
  expect(parse([both])).toEqual(expected)
  expect(parse([...both].map((byte) => Uint8Array.of(byte)))).toEqual(expected)
  fc.assert(
    fc.property(fc.array(fc.nat()), (places) => {
      expect(parse(cutAt(both, places))).toEqual(expected)
    }),
  )
})

test('frames of any size and number are found in reads of any size', () => {
  const event = fc.tuple(
    fc.constantFrom('chunk', 'metadata'),
    fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 300 }) }),
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 8 }), fc.array(fc.nat()), (events, places) => {
      const bytes = new Uint8Array(Buffer.concat(events.map(eventFrame)))
      const found = parse(cutAt(bytes, places))
      expect(found).toEqual(events.map(([event, data]) => ({ event, data: JSON.stringify(data) })))
    }),
  )
})

test('a large frame in small reads is found, and so is what follows it', () => {
  const large = eventFrame(['chunk', { bytes: 'A'.repeat(300_000) }])
  const bytes = new Uint8Array(Buffer.concat([large, both]))
  const reads = Array.from({ length: Math.ceil(bytes.length / 1000) }, (_, at) =>
    bytes.slice(at * 1000, (at + 1) * 1000),
  )
  const found = parse(reads)
  expect(found.map(({ event }) => event)).toEqual(['chunk', 'messageStart', 'contentBlockDelta'])
  expect(found[0]!.data).toHaveLength(300_012)
})

test('a reader may use its buffer again', () => {
  const found: Frame[] = []
  const parser = eventStream((frame) => found.push(frame))
  const buffer = new Uint8Array(7)
  for (let at = 0; at < both.length; at += 7) {
    const piece = both.subarray(at, at + 7)
    buffer.set(piece)
    parser.feed(buffer.subarray(0, piece.length))
    buffer.fill(0)
  }
  parser.end()
  expect(found).toEqual(expected)
})

test('headers of every type are passed over', () => {
  const frame = binaryFrame(
    {
      true: [0, []],
      false: [1, []],
      byte: [2, [1]],
      short: [3, [1, 2]],
      integer: [4, [1, 2, 3, 4]],
      long: [5, [1, 2, 3, 4, 5, 6, 7, 8]],
      bytes: [6, [58, 7, 0]],
      ':message-type': 'event',
      time: [8, [1, 2, 3, 4, 5, 6, 7, 8]],
      id: [9, Array<number>(16).fill(7)],
      ':event-type': 'messageStop',
    },
    '{}',
  )
  expect(parse([frame])).toEqual([{ event: 'messageStop', data: '{}' }])
})

test('an exception has the form of a failed exchange', () => {
  const exception = { ':message-type': 'exception', ':exception-type': 'throttlingException' }
  const error = { ':message-type': 'error', ':error-code': 'InternalError', ':error-message': 'An error.' }
  const found = parse([
    binaryFrame(exception, '{"message":"Slow down.","originalStatusCode":429}'),
    binaryFrame(exception, 'Slow down.'),
    binaryFrame(error, ''),
  ])
  expect(found.map(({ event, data }) => [event, JSON.parse(data)])).toEqual([
    ['exception', { message: 'Slow down.', originalStatusCode: 429, __type: 'throttlingException' }],
    ['exception', { message: 'Slow down.', __type: 'throttlingException' }],
    ['exception', { message: 'An error.', __type: 'InternalError' }],
  ])
})

test('a byte that was damaged anywhere is noticed', () => {
  const [frame] = two as [Uint8Array]
  for (let at = 0; at < frame.length; at++) {
    const damaged = frame.slice()
    damaged[at]! ^= 4
    expect(failureOf(() => parse([damaged]))).toMatch(/The stream of events/)
  }
})

test('lengths and headers that cannot be are refused', () => {
  const overlong = binaryFrame({ cut: [7, []] }, '')
  expect(parse([overlong])).toEqual([{ event: undefined, data: '' }])
  expect(failureOf(() => parse([binaryFrame({ unknown: [10, []] }, '')]))).toMatch(/unknown type/)
  expect(failureOf(() => parse([binaryFrame({ long: [5, [1, 2]] }, '')]))).toMatch(/cut off/)
})

test('a stream that ends within a frame is broken', () => {
  expect(failureOf(() => parse([both.slice(0, -1)]))).toMatch(/ends within a frame/)
  expect(failureOf(() => parse([both.slice(0, two[0]!.length + 3)]))).toMatch(/ends within a frame/)
})

test('a page in place of a stream is refused at once', () => {
  const page = new TextEncoder().encode('<!doctype html><title>Bad gateway</title>')
  expect(failureOf(() => parse([page]))).toMatch(/checksum/)
})

test('a JSON document in place of a stream is one frame without a name', () => {
  const json = new TextEncoder().encode('{"text":"日本"}')
  const found = parse(cutAt(json, [3, 10, 11]), (onFrame) => frames('application/json', onFrame))
  expect(found).toEqual([{ data: '{"text":"日本"}' }])
})
