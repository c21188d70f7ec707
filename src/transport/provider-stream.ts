import type { Attempt, Charge, Deployment, EventOf } from '../call.ts'
import type { AnyDialect, Frame, FrameParser, StreamDecoder, Target } from '../dialects/dialect.ts'
import { sse } from '../dialects/sse.ts'
import { GatewayError } from '../errors.ts'
import type { Operation } from '../operations/operation.ts'
import type { Reading, ReadSource } from '../reply.ts'
import type { Ending } from './ending.ts'
import { PassingBytes } from './passing-bytes.ts'

/** The events of one provider's stream; or its bytes, where the application speaks the same dialect. */
export class ProviderStream implements ReadSource {
  readonly deployment: Deployment
  /** What was decoded and not yet handed on. */
  ready: EventOf<Operation>[] = []
  hasContent = false
  finished = false
  readonly events: Reading<readonly EventOf<Operation>[], Read>
  readonly bytes: Reading<Uint8Array, Read> | undefined

  readonly #attempt: Attempt
  readonly #ending: Ending
  readonly #operation: Operation
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #decoder: StreamDecoder<EventOf<Operation>>
  readonly #frames: FrameParser
  readonly #keeps: boolean
  /** What was read before anybody said whether bytes or events are wanted. */
  #bytes: PassingBytes | undefined
  #out: EventOf<Operation>[] = []
  #over = false
  #aborted: GatewayError | undefined
  /** A failure that came in one read with content before it. */
  #failure: unknown

  constructor(
    attempt: Attempt,
    ending: Ending,
    dialect: AnyDialect,
    target: Target<unknown>,
    body: ReadableStream<Uint8Array>,
    type: string,
  ) {
    this.deployment = attempt.deployment
    this.#attempt = attempt
    this.#ending = ending
    this.#operation = attempt.operation
    const reader = body.getReader()
    const decoder: StreamDecoder<EventOf<Operation>> = dialect.upstream.stream(target, attempt.request)
    const onFrame = (frame: Frame): void => decoder.push(frame, this.#out)
    this.#reader = reader
    this.#decoder = decoder
    this.#keeps = dialect.upstream.keeps ?? false
    this.#frames = dialect.upstream.frames?.(type, onFrame) ?? sse(onFrame)
    // Some runtimes and mocks ignore an abort once the headers are there: the reader is told as well.
    attempt.onAbort((reason) => {
      this.#aborted = reason
      reader.cancel().catch(() => {})
    })

    const fail = (cause: unknown): GatewayError => ending.fail(cause)
    this.events = { read: () => this.#read(), take: (read) => this.#take(read), fail }
    const { passthrough } = dialect.upstream
    if (passthrough && attempt.wire === dialect.id && type.includes('event-stream') && passthrough.allowed(target)) {
      this.#bytes = new PassingBytes(passthrough, attempt.request, onFrame)
      this.bytes = { read: () => this.#readBytes(), take: (read) => this.#takeBytes(read), fail }
    }
  }

  /** Reads and decodes once more; false at the end. */
  async fill(): Promise<boolean> {
    if (!this.#over) this.#absorb(await this.#reader.read())
    return !this.#over
  }

  #read(): Promise<Read> | undefined {
    // Whoever wants events gets no bytes any more.
    this.#bytes = undefined
    return this.ready.length === 0 && !this.#over ? this.#reader.read() : undefined
  }

  #take(read: Read | undefined): readonly EventOf<Operation>[] | undefined {
    // A read without events is a batch without events: a sign of life.
    if (read) this.#absorb(read)
    if (this.ready.length === 0 && this.#over) {
      if (this.#failure) throw this.#failure
      this.#ending.settle('completed')
      return undefined
    }
    const batch = this.ready
    this.ready = []
    return batch
  }

  cancel(reason: GatewayError): void {
    const failed = reason.code !== 'cancelled' && !this.finished
    this.#ending.settle(this.finished ? 'completed' : failed ? 'failed' : 'cancelled', failed ? reason : undefined)
    this.#close()
    this.#attempt.abort(reason)
  }

  /** Wants no more of the body: its connection is free for another request, or broken off. */
  #close(): void {
    this.#over = true
    this.#reader.cancel().catch(() => {})
  }

  charge(): Charge | undefined {
    return this.#ending.charge
  }

  get size(): number {
    return this.#ending.size
  }

  /** Why it broke off, where that is not yet told because content came before it. */
  get failure(): unknown {
    return this.#failure
  }

  #readBytes(): Promise<Read> | undefined {
    // Nobody will ask for the events of the first read.
    this.ready = []
    return this.#over || this.#bytes!.holds ? undefined : this.#reader.read()
  }

  #takeBytes(read: Read | undefined): Uint8Array | undefined {
    const passing = this.#bytes!
    if (!read) {
      const kept = passing.take(this.#over)
      if (kept) return kept
      if (!this.#over) return nothing
      if (this.#failure) throw this.#failure
      this.#ending.settle('completed')
      return undefined
    }
    const bytes = this.#valueOf(read)
    let passed: Uint8Array | undefined
    try {
      passed = bytes ? passing.pass(bytes) : passing.end()
      if (!bytes) this.#finish()
      else if (this.#decoder.done) this.#close()
    } catch (error) {
      this.#over = true
      this.#failure = error
    }
    this.#ending.size += passing.size
    if (this.#out.length > 0) this.#drain()
    return passed ?? nothing
  }

  /** Decodes what was read. Content that came before a failure is handed on first. */
  #absorb(read: Read): void {
    const bytes = this.#valueOf(read)
    this.#bytes?.keep(bytes)
    try {
      if (bytes) {
        this.#frames.feed(bytes)
        if (this.#decoder.done) this.#close()
      } else {
        this.#frames.end()
        this.#finish()
      }
    } catch (error) {
      this.#over = true
      this.#failure = error
    }
    const batch = this.#drain()
    if (this.#failure && (!this.hasContent || batch.length === 0)) throw this.#failure
    if (this.ready.length === 0) this.ready = batch
    else for (const event of batch) this.ready.push(event)
  }

  /** The bytes that were read, undefined at the end. */
  #valueOf({ done, value }: Read): Uint8Array | undefined {
    // A reader that was cancelled says that it is done.
    if (this.#aborted) throw this.#aborted
    if (!done) return value
    this.#over = true
    return undefined
  }

  #finish(): void {
    const operation = this.#operation
    const last: EventOf<Operation>[] = []
    this.#decoder.end(last)
    for (const events of [this.#out, last]) {
      for (const event of events) {
        if (operation.finishes(event)) this.finished = true
        if (operation.hasContent(event)) this.hasContent = true
      }
    }
    const broken = !this.finished && this.hasContent
    // What broke off has no end to tell of: another may go on with it.
    for (const event of last) if (!broken || operation.hasContent(event)) this.#out.push(event)
    if (broken) throw brokenOff(this.deployment.provider.id)
  }

  #drain(): EventOf<Operation>[] {
    const batch = this.#out
    this.#out = []
    const operation = this.#operation
    for (const event of batch) {
      this.#ending.size += operation.sizeOf(event)
      if (!this.hasContent && operation.hasContent(event)) this.hasContent = true
      if (operation.finishes(event)) this.finished = true
      const usage = operation.usageOf(event)
      if (usage) {
        this.#ending.usage = usage
        this.#ending.toldAt = this.#ending.size
      }
      this.#ending.tier = operation.servedTier?.(event) ?? this.#ending.tier
      if (this.#keeps) this.#ending.held ??= operation.idOf?.(event)
    }
    return batch
  }
}

/** The error of a stream that ended without an end. */
export function brokenOff(provider: string): GatewayError {
  return new GatewayError('provider_unavailable', `${provider} broke off in the middle of its answer.`)
}

type Read = ReadableStreamReadResult<Uint8Array>

const nothing = /* @__PURE__ */ new Uint8Array(0)
