import { existsSync, readFileSync } from 'node:fs'
import type { Dialect, Failure, Target } from '../../src/dialects/dialect.ts'
import { sse } from '../../src/dialects/sse.ts'
import { type GatewayError, isGatewayError } from '../../src/errors.ts'
import {
  type ChatEvent,
  type ChatRequest,
  type ChatResponse,
  type FinishReason,
  fold,
} from '../../src/operations/chat/index.ts'

/** What a correct reader makes of a recording. */
export interface Expected {
  readonly text: string
  readonly reasoningText: string
  readonly toolCalls: readonly { readonly name: string; readonly arguments: unknown }[]
  readonly finishReason: string | null
  readonly usage: Readonly<Record<'input' | 'output' | 'cachedInput' | 'reasoning', number | null>>
  readonly errorStatus: number | null
  readonly refusal: string | null
}

/** One exchange with a provider, as it was recorded. */
export interface Recording {
  readonly id: string
  readonly provider: string
  readonly model: string
  readonly stream: boolean
  readonly kind: string
  readonly odd: readonly string[]
  readonly request: { readonly body: unknown }
  readonly response: {
    readonly status: number
    readonly headers: Readonly<Record<string, string>>
    readonly encoding: 'utf8' | 'base64'
    readonly body: string
    /** The sizes of the network reads, where they are known. */
    readonly chunk_lengths?: readonly number[] | undefined
  }
  readonly expected: Expected
}

/** How a body is cut into reads: at once, byte by byte, or as it was when it was recorded. */
export type Cut = 'whole' | 'bytes' | 'recorded'

/** What a dialect made of a recording. */
export interface Replay {
  readonly response: ChatResponse | undefined
  /** The events of a stream. */
  readonly events: readonly ChatEvent[]
  readonly error: GatewayError | undefined
}

const folder = new URL('../../../shared/wire/', import.meta.url)

/** Whether the recordings lie beside the repository. Tests skip, and say so, where they do not. */
export const recordingsPresent: boolean = existsSync(folder)

/** The title of a test that needs the recordings. */
export function recordingsTitle(title: string): string {
  return recordingsPresent ? title : `${title} (skipped: there is no folder shared/wire beside the repository)`
}

/** Reads the recordings of one format; none where they are absent. */
export function loadRecordings(format: string): readonly Recording[] {
  if (!recordingsPresent) return []
  const lines = readFileSync(new URL(`${format}.jsonl`, folder), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Recording)
}

/** Feeds a recording through the upstream half of a dialect, as a transport would. */
export function replay<Quirks>(
  { upstream }: Dialect<Quirks, ChatRequest, ChatResponse, ChatEvent>,
  recording: Recording,
  quirks: Quirks,
  cut: Cut = 'whole',
): Replay {
  const target: Target<Quirks> = { provider: recording.provider, model: recording.model, quirks }
  const { status, headers } = recording.response
  const contentType = headers['content-type'] ?? ''
  const bytes = bodyBytes(recording)
  const events: ChatEvent[] = []

  if (status >= 400) {
    const body = parsed(new TextDecoder().decode(bytes))
    return { response: undefined, events, error: upstream.error(failureOf(recording, body), target) }
  }
  try {
    // A provider may answer a request for a stream with one JSON document, mostly an error.
    if (!recording.stream || (!upstream.frames && recording.response.body.trimStart().startsWith('{'))) {
      return { response: upstream.decode(parsed(new TextDecoder().decode(bytes)), target), events, error: undefined }
    }
    const decoder = upstream.stream(target)
    const onFrame = (frame: Parameters<typeof decoder.push>[0]): void => decoder.push(frame, events)
    const parser = upstream.frames?.(contentType, onFrame) ?? sse(onFrame)
    for (const piece of pieces(bytes, cut, recording.response.chunk_lengths)) parser.feed(piece)
    parser.end()
    decoder.end(events)
    return { response: folded(events), events, error: undefined }
  } catch (error) {
    if (!isGatewayError(error)) throw error
    return { response: recording.stream ? folded(events) : undefined, events, error }
  }
}

/** What differs from the expected result, a line each, by the rules of the recordings' own scorer. */
export function differences({ expected, response: { status } }: Recording, actual: Replay): readonly string[] {
  const lines: string[] = []
  const same = (field: string, want: unknown, got: unknown): void => {
    if (want !== got) lines.push(`${field}: expected ${clip(want)}, got ${clip(got)}`)
  }
  same('errorStatus', expected.errorStatus ?? null, errorStatusOf(actual.error))
  if (status >= 400) return lines

  const [choice] = actual.response?.choices ?? []
  const content = choice?.content ?? []
  same('text', expected.text, content.map((part) => (part.type === 'text' ? part.text : '')).join(''))
  same('reasoningText', expected.reasoningText, content.map((p) => (p.type === 'reasoning' ? p.text : '')).join(''))
  same(
    'toolCalls',
    canonical(expected.toolCalls.map(({ name, arguments: input }) => ({ name, input }))),
    canonical(
      content.flatMap((part) =>
        part.type === 'tool-call' ? [{ name: part.name, input: parsed(part.arguments || '{}') }] : [],
      ),
    ),
  )
  if (!expected.errorStatus && expected.finishReason !== null) {
    same('finishReason', expected.finishReason, choice?.finishReason && finishReasons[choice.finishReason])
  }
  const usage = actual.response?.usage
  same('usage.input', expected.usage.input ?? 0, usage?.inputTokens ?? 0)
  same('usage.output', expected.usage.output ?? 0, usage?.outputTokens ?? 0)
  same('usage.cachedInput', expected.usage.cachedInput ?? 0, usage?.cachedInputTokens ?? 0)
  same('usage.reasoning', expected.usage.reasoning ?? 0, usage?.reasoningTokens ?? 0)
  return lines
}

/** The share of recordings without differences, and a printed line for each that differs. */
export function score<Quirks>(
  dialect: Dialect<Quirks, ChatRequest, ChatResponse, ChatEvent>,
  recordings: readonly Recording[],
  quirksOf: (recording: Recording) => Quirks,
): { readonly share: number; readonly report: readonly string[] } {
  const report = recordings.flatMap((recording) => {
    const lines = differences(recording, replay(dialect, recording, quirksOf(recording)))
    return lines.length === 0 ? [] : [`${recording.id} (${recording.provider}) ${lines.join('; ')}`]
  })
  return { share: 1 - report.length / recordings.length, report }
}

const finishReasons: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  error: 'error',
  other: 'other',
}

/** The status that a failure stands for, also where it came inside a 200. */
function errorStatusOf(error: GatewayError | undefined): number | null {
  if (!error) return null
  const { status } = (error.cause ?? {}) as { status?: unknown }
  return typeof status === 'number' ? status : error.status
}

function failureOf({ response: { status, headers } }: Recording, body: unknown): Failure {
  return { status, header: (name) => headers[name], body, now: Date.UTC(2026, 0, 1) }
}

/** The response that the events of a stream describe. */
export function folded(events: readonly ChatEvent[]): ChatResponse {
  const collected = fold()
  for (const event of events) collected.add(event)
  return collected.result()
}

/** The bytes of a recorded body. */
export function bodyBytes({ response: { body, encoding } }: Recording): Uint8Array {
  return encoding === 'base64' ? Uint8Array.from(Buffer.from(body, 'base64')) : new TextEncoder().encode(body)
}

/** Cuts a body into the reads in which it arrives. */
export function* pieces(bytes: Uint8Array, cut: Cut, lengths: readonly number[] = []): Generator<Uint8Array> {
  if (cut === 'whole') return yield bytes
  let start = 0
  for (const length of cut === 'recorded' ? lengths : new Array<number>(bytes.length).fill(1)) {
    yield bytes.subarray(start, (start += length))
  }
  if (start < bytes.length) yield bytes.subarray(start)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, node: unknown) =>
    node && typeof node === 'object' && !Array.isArray(node)
      ? Object.fromEntries(Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1)))
      : node,
  )
}

function clip(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}
