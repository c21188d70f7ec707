import { crc32 } from 'node:zlib'
import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts'
import type { Frame } from '../../../src/dialects/dialect.ts'
import { type ChatEvent, type ChatResponse, fold } from '../../../src/operations/chat/index.ts'

export const target = { provider: 'test', model: 'anthropic.claude-sonnet-4-5-20250929-v1:0', quirks: {} }

/** An event of a stream: its name, and its data. */
export type WireEvent = readonly [name: string, data: object]

/** Writes one binary frame. A header is text, or the number of its type and the bytes of its value. */
export function binaryFrame(
  headers: Readonly<Record<string, string | readonly [number, readonly number[]]>>,
  payload: string,
): Uint8Array {
  const head = Buffer.concat(
    Object.entries(headers).map(([name, value]) => {
      const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.from(value[1])
      const type = typeof value === 'string' ? 7 : value[0]
      const length = type === 6 || type === 7 ? uint16(bytes.length) : Buffer.alloc(0)
      return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([type]), length, bytes])
    }),
  )
  const body = Buffer.from(payload)
  const lengths = Buffer.concat([uint32(16 + head.length + body.length), uint32(head.length)])
  const covered = Buffer.concat([lengths, uint32(crc32(lengths)), head, body])
  return new Uint8Array(Buffer.concat([covered, uint32(crc32(covered))]))
}

/** Writes the frame of an event. */
export function eventFrame([name, data]: WireEvent): Uint8Array {
  const headers = { ':event-type': name, ':content-type': 'application/json', ':message-type': 'event' }
  return binaryFrame(headers, JSON.stringify(data))
}

/** Decodes a body as the transport does. */
export function decodeBytes(
  reads: readonly Uint8Array[],
  contentType: string = 'application/vnd.amazon.eventstream',
): ChatEvent[] {
  const events: ChatEvent[] = []
  const decoder = bedrockConverse.upstream.stream(target)
  const parser = bedrockConverse.upstream.frames!(contentType, (frame: Frame) => decoder.push(frame, events))
  for (const read of reads) parser.feed(read)
  parser.end()
  decoder.end(events)
  return events
}

/** Decodes events that come as a binary stream. */
export function decodeEvents(events: readonly WireEvent[]): ChatEvent[] {
  return decodeBytes(events.map(eventFrame))
}

/** The response that events describe. */
export function folded(events: readonly ChatEvent[]): ChatResponse {
  const collected = fold()
  for (const event of events) collected.add(event)
  return collected.result()
}

/** A whole answer with this content. */
export function answer(content: readonly object[], more: object = {}): object {
  return {
    output: { message: { role: 'assistant', content } },
    stopReason: 'end_turn',
    usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    metrics: { latencyMs: 7 },
    ...more,
  }
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
