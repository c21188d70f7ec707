import fc from 'fast-check'
import type { AnyDialect, Frame, RawBody } from '../../src/dialects/dialect.ts'
import { isRawBody } from '../../src/dialects/dialect.ts'
import { readForm } from '../../src/dialects/form.ts'
import { sse } from '../../src/dialects/sse.ts'

export const target = { provider: 'p', model: 'm', quirks: {} }

/** A text as people and models write it. */
export const text: fc.Arbitrary<string> = fc.string({ minLength: 1, unit: 'grapheme' })

export function optional<T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(value, { nil: undefined })
}

/** Records without the fields that are undefined. */
export function records<T extends Record<string, fc.Arbitrary<unknown>>>(
  fields: T,
): fc.Arbitrary<{ [Name in keyof T]: T[Name] extends fc.Arbitrary<infer Value> ? Value : never }> {
  return fc
    .record(fields)
    .map((record) => Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as never)
}

/** What an application would have written for a provider to be asked this. */
export async function again<Request>(
  dialect: AnyDialect,
  request: Request,
  options: { readonly model?: string; readonly quirks?: unknown } = {},
): Promise<Request> {
  const { path, body, form } = dialect.upstream.encode(request, { ...target, ...options })
  const door = dialect.downstream!.match(`/v1${path}`)!
  return dialect.downstream!.decode(form ? await readForm(form) : JSON.parse(JSON.stringify(body)), door)
}

/** What a provider would have answered for an application to be told this. */
export function answered<Response>(dialect: AnyDialect, response: Response, request: unknown): Response {
  const body: unknown = dialect.downstream!.encode(response, request)
  const wire = isRawBody(body) ? bytesIn(body) : JSON.parse(JSON.stringify(body))
  return dialect.upstream.decode(wire, target, request)
}

function bytesIn({ contentType, raw }: RawBody): RawBody {
  return { contentType, raw: typeof raw === 'string' ? new TextEncoder().encode(raw) : raw }
}

/** The bytes of a stream that tells these events. */
export function written(dialect: AnyDialect, events: readonly unknown[], request: unknown): Uint8Array {
  const encoder = dialect.downstream!.stream(request)
  const pieces = [...events.map((event) => encoder.push(event)), encoder.end()]
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece as string)))
}

/** The events of a stream that comes in these reads. */
export function read(
  dialect: AnyDialect,
  reads: readonly Uint8Array[],
  request: unknown,
  type = 'text/event-stream',
): unknown[] {
  const events: unknown[] = []
  const decoder = dialect.upstream.stream(target, request)
  const onFrame = (frame: Frame): void => decoder.push(frame, events)
  const frames = dialect.upstream.frames?.(type, onFrame) ?? sse(onFrame)
  for (const bytes of reads) frames.feed(bytes)
  frames.end()
  decoder.end(events)
  return events
}

/** Bytes cut at these places. */
export function cut(bytes: Uint8Array, size: number): readonly Uint8Array[] {
  const reads: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) reads.push(bytes.subarray(at, at + size))
  return reads
}

/** The response that events make. */
export function folded(dialect: AnyDialect, events: readonly unknown[]): unknown {
  const fold = dialect.operation.fold()
  for (const event of events) fold.add(event)
  return fold.result()
}
