import type { Call, CallOptions, Charge, Principal, TraceNote } from '../../src/call.ts'
import { type GatewayError, isGatewayError } from '../../src/errors.ts'
import type { Next } from '../../src/middleware.ts'
import { type ChatEvent, type ChatRequest, type ChatResponse, chat, unfold } from '../../src/operations/chat/index.ts'
import type { Operation } from '../../src/operations/operation.ts'
import { type Reply, type Source, StreamReply, type WholeReply } from '../../src/reply.ts'
import { defaultRuntime, type Runtime } from '../../src/runtime.ts'
import type { CacheStore } from '../../src/stores/store.ts'

/** Time that a test moves by hand. */
export interface HandClock {
  now: number
  readonly runtime: Runtime
  readonly pending: number
  advance(ms: number): Promise<void>
}

export function handClock(more: Partial<Runtime> = {}): HandClock {
  const timers = new Set<{ readonly due: number; readonly ring: () => void }>()
  const clock = {
    now: 1_000_000,
    get pending() {
      return timers.size
    },
    async advance(ms: number) {
      const end = clock.now + ms
      await rest()
      for (;;) {
        const [next] = [...timers].filter(({ due }) => due <= end).sort((a, b) => a.due - b.due)
        if (!next) break
        timers.delete(next)
        clock.now = Math.max(clock.now, next.due)
        next.ring()
        await rest()
      }
      clock.now = end
    },
  }
  const runtime: Runtime = {
    ...defaultRuntime,
    isolated: false,
    now: () => clock.now,
    timer(ms, ring) {
      const timer = { due: clock.now + ms, ring }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    ...more,
  }
  return Object.assign(clock, { runtime }) as unknown as HandClock
}

/** Lets all promises settle that need no time. */
export async function rest(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export interface CallParts {
  readonly request?: Partial<ChatRequest>
  readonly principal?: Principal
  readonly options?: CallOptions
  readonly cache?: CallOptions['cache']
  readonly signal?: AbortSignal
  /** Milliseconds from now. */
  readonly time?: number
  readonly operation?: Operation
  readonly wire?: string
}

export type NotedCall = Call & { readonly notes: TraceNote[] }

/** A call as it arrives at the cache, with what was noted of it. */
export function callOf(clock: HandClock, parts: CallParts = {}): NotedCall {
  const notes: TraceNote[] = []
  return {
    id: 'call',
    operation: parts.operation ?? (chat as unknown as Operation),
    request: { model: 'fast', messages: ask('Hello'), ...parts.request } as ChatRequest,
    principal: parts.principal ?? {},
    options: { ...parts.options, ...(parts.cache !== undefined && { cache: parts.cache }) },
    signal: parts.signal,
    deadline: clock.now + (parts.time ?? 600_000),
    trace: { note: (note) => notes.push(note), attempt: () => () => {} },
    runtime: clock.runtime,
    wire: parts.wire,
    notes,
  } as NotedCall
}

export function ask(text: string): ChatRequest['messages'] {
  return [{ role: 'user', content: [{ type: 'text', text }] }]
}

/** What was noted of the cache, in order. */
export function statuses({ notes }: NotedCall): string[] {
  return notes.flatMap((note) => (note.type === 'cache' ? [note.status] : []))
}

export function answer(text = 'Hi there', more: Partial<ChatResponse> = {}): ChatResponse {
  return {
    id: 'r1',
    model: 'm-1',
    choices: [{ index: 0, content: [{ type: 'text', text }], finishReason: 'stop', rawFinishReason: 'stop' }],
    usage: { inputTokens: 7, outputTokens: 3 },
    ...more,
  }
}

export const charge: Charge = {
  usage: { inputTokens: 7, outputTokens: 3 },
  cost: { total: 4200 },
  estimated: false,
  uncertain: false,
}

export function whole(response: ChatResponse = answer(), more: Partial<WholeReply> = {}): Reply {
  return { kind: 'whole', response, charge, ...more } as Reply
}

/** An upstream that answers each call when the test says so. */
export interface Upstream {
  readonly next: Next
  readonly calls: UpstreamCall[]
}

export interface UpstreamCall {
  readonly call: Call
  answer(reply: Reply): void
  fail(error: GatewayError): void
  readonly aborted: boolean
}

/** Rejects, as the real one does, when the signal of a call aborts. */
export function createUpstream(): Upstream {
  const calls: UpstreamCall[] = []
  return {
    calls,
    next: (call) =>
      new Promise((resolve, reject) => {
        if (call.signal?.aborted) return reject(call.signal.reason)
        call.signal?.addEventListener('abort', () => reject(call.signal?.reason))
        calls.push({
          call,
          answer: resolve,
          fail: reject,
          get aborted() {
            return call.signal?.aborted ?? false
          },
        })
      }),
  }
}

/** A provider's stream that says what the test pushes. */
export interface Pushed {
  readonly reply: StreamReply
  push(...events: ChatEvent[]): void
  end(): void
  fail(error: GatewayError): void
  readonly pulls: number
  readonly cancelled: GatewayError | undefined
}

export function pushedStream(): Pushed {
  const ready: (readonly ChatEvent[] | undefined)[] = []
  let failure: GatewayError | undefined
  let wake = (): void => {}
  const state = { pulls: 0, cancelled: undefined as GatewayError | undefined, finished: false }
  const source: Source = {
    deployment: undefined,
    get finished() {
      return state.finished
    },
    async pull() {
      state.pulls++
      while (ready.length === 0) {
        if (failure) throw failure
        if (state.cancelled) return undefined
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      const batch = ready.shift()
      state.finished ||= batch?.some(({ type }) => type === 'finish') ?? true
      return batch
    },
    cancel(reason) {
      state.cancelled ??= reason
      wake()
    },
    charge: () => charge,
  }
  return {
    reply: new StreamReply(chat as unknown as Operation, source),
    push(...events) {
      ready.push(events)
      wake()
    },
    end() {
      ready.push(undefined)
      wake()
    },
    fail(error) {
      failure = error
      wake()
    },
    get pulls() {
      return state.pulls
    },
    get cancelled() {
      return state.cancelled
    },
  }
}

/** A stream that says all of a response, a batch for each event. */
export function streamOf(response: ChatResponse = answer()): Pushed {
  const stream = pushedStream()
  for (const event of unfold(response)) stream.push(event)
  stream.end()
  return stream
}

export function delta(text: string): ChatEvent {
  return { type: 'text-delta', choice: 0, part: 0, text }
}

/** All that a stream says. */
export async function drain(reply: Reply): Promise<ChatEvent[]> {
  const events: ChatEvent[] = []
  for (let batch = await streamed(reply).pull(); batch; batch = await streamed(reply).pull()) {
    events.push(...(batch as ChatEvent[]))
  }
  return events
}

export function streamed(reply: Reply): StreamReply {
  if (reply.kind !== 'stream') throw new Error('The reply is not a stream.')
  return reply
}

export function responseOf(reply: Reply): ChatResponse {
  if (reply.kind !== 'whole') throw new Error('The reply is not whole.')
  return reply.response as ChatResponse
}

export async function failureOf(promise: Promise<unknown>): Promise<GatewayError> {
  const [outcome] = await Promise.allSettled([promise])
  if (outcome.status === 'rejected' && isGatewayError(outcome.reason)) return outcome.reason
  throw new Error('The promise did not reject with a GatewayError.')
}

export interface CountedStore extends CacheStore {
  readonly entries: Map<string, string>
  gets: number
  sets: number
}

/** A store that answers with promises, and counts. */
export function countedStore(): CountedStore {
  const entries = new Map<string, string>()
  const store: CountedStore = {
    entries,
    gets: 0,
    sets: 0,
    async get(key) {
      store.gets++
      return entries.get(key)
    },
    async set(key, value) {
      store.sets++
      entries.set(key, value)
    },
    async delete(key) {
      entries.delete(key)
    },
  }
  return store
}
