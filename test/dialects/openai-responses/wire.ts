import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts'
import { sse } from '../../../src/dialects/sse.ts'
import { type ChatEvent, type ChatRequest, type ChatResponse, fold } from '../../../src/operations/chat/index.ts'

export const question: ChatRequest = { model: 'a-model', messages: [] }

export function overTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The text of a stream, as an application gets it. */
export function written(events: readonly ChatEvent[], request: ChatRequest = question): string {
  const encoder = openaiResponses.downstream!.stream(request)
  return events.map((event) => encoder.push(event)).join('') + encoder.end()
}

/** The events of a stream, as they are decoded of its reads. */
export function read(pieces: readonly Uint8Array[]): ChatEvent[] {
  const events: ChatEvent[] = []
  const decoder = openaiResponses.upstream.stream({ provider: 'test', model: 'a-model', quirks: {} })
  const parser = sse((frame) => decoder.push(frame, events))
  for (const piece of pieces) parser.feed(piece)
  parser.end()
  decoder.end(events)
  return events
}

/** The events of a stream that consists of these data. */
export function readData(...data: readonly unknown[]): ChatEvent[] {
  return read([
    bytes(data.map((datum) => `data: ${typeof datum === 'string' ? datum : JSON.stringify(datum)}\n\n`).join('')),
  ])
}

export function folded(events: readonly ChatEvent[]): ChatResponse {
  const collected = fold()
  for (const event of events) collected.add(event)
  return collected.result()
}

/** The data of a stream's frames. */
export function dataOf(text: string): { readonly type: string; readonly [field: string]: unknown }[] {
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: '))
    .map((line) => JSON.parse(line.slice(6)))
}
