import type { Call, Charge, Deployment, Outcome } from '../call.ts'
import { copyOf } from '../copy.ts'
import { amendError, type GatewayError, toGatewayError } from '../errors.ts'
import { left, onLeaving } from '../leaving.ts'
import type { Usage } from '../operations/operation.ts'
import { type PulledSource, StreamReply } from '../reply.ts'
import { free } from './shelf.ts'

type Events = readonly unknown[]

export interface SharedStreamOptions {
  readonly operation: Call['operation']
  readonly upstream: StreamReply
  /** The most that is held: of the start, for those who join late; then of the stretch that the slowest reader lags behind. */
  readonly maxBytes: number
  /** Others may join its first reader. */
  readonly joinable: boolean
  /** Read on in the context that made it, for on some runtimes other requests must not. */
  readonly driven: boolean
  /** Nobody can join any more. `all` is what a stream said that has ended well, if all of it was held. */
  closed(all: readonly Events[] | undefined, charge: Charge | undefined): void
}

/**
 * One upstream stream and its readers. It is held from its start for those who join late, up to a limit, and read on at
 * the pace of the fastest. Beyond the limit nobody joins, what all have read is dropped, and the fastest waits while the
 * slowest lags that far behind. Each reader gets events of its own. It ends with its last reader, or with itself.
 */
export class SharedStream {
  /** Whether all has been held that there will be, for it ended, failed, or lost its last reader. */
  over = false
  failure: GatewayError | undefined
  readonly #options: SharedStreamOptions
  readonly #readers = new Set<Reader>()
  readonly #stop: (reason: GatewayError) => void
  #held: Events[] = []
  /** How many batches were held before, and dropped. */
  #dropped = 0
  #bytes = 0
  #joinable: boolean
  #pulling = false
  #outcome: Outcome | undefined
  #usage: Usage | undefined
  #resume: (() => void) | undefined

  constructor(options: SharedStreamOptions) {
    const { upstream, joinable, driven } = options
    const stop = (reason: GatewayError): void => void upstream.cancel(reason)
    this.#options = options
    this.#joinable = joinable
    this.#stop = driven ? inThisContext(stop) : stop
    upstream.onSettled((outcome) => {
      this.#outcome = outcome
    })
  }

  get isRead(): boolean {
    return this.#readers.size > 0
  }

  /** A reply that says the stream from its start. Who leads pays for it. */
  join(call: Call, leads = false): StreamReply {
    const { operation, upstream } = this.#options
    const reader = leads
      ? new Reader(this, call, upstream.deployment, () => this.#outcome?.charge)
      : new Reader(this, call, undefined, () => free(this.#usage ?? {}))
    this.#readers.add(reader)
    const reply = new StreamReply(operation, reader)
    reader.watch(reply)
    return reply
  }

  /** Reads on until the end, or until nobody reads. */
  async drive(): Promise<void> {
    while (!this.over) {
      if (!this.#full) await this.#advance()
      else
        await new Promise<void>((resume) => {
          this.#resume = resume
        })
    }
  }

  /** The batch at a position, unless it is still to come. */
  at(position: number): Events | undefined {
    return this.#held[position - this.#dropped]
  }

  /** A reader waits for what is still to come. */
  wanted(): void {
    if (this.#options.driven) this.#resume?.()
    else void this.#advance()
  }

  /** A reader has moved on. */
  passed(): void {
    if (this.#joinable) return
    const wasFull = this.#full
    let slowest = this.#dropped + this.#held.length
    for (const { position } of this.#readers) slowest = Math.min(slowest, position)
    for (const batch of this.#held.splice(0, slowest - this.#dropped)) this.#bytes -= this.#bytesOf(batch)
    this.#dropped = slowest
    if (wasFull && !this.#full) this.wanted()
  }

  /** A reader has left, or has read all. */
  leave(reader: Reader, reason: GatewayError | undefined): void {
    if (!this.#readers.delete(reader)) return
    if (this.#readers.size > 0) {
      this.passed()
      return
    }
    this.#held = []
    if (this.over) return
    this.over = true
    this.#close()
    this.#stop(reason ?? left())
    this.#resume?.()
  }

  get #full(): boolean {
    return !this.#joinable && this.#bytes >= this.#options.maxBytes
  }

  #advance(): Promise<void> | undefined {
    if (this.#pulling || this.over || this.#full) return undefined
    this.#pulling = true
    return this.#options.upstream.pull().then(
      (batch) => this.#arrived(batch),
      (error: unknown) => this.#arrived(undefined, toGatewayError(error)),
    )
  }

  #arrived(batch: Events | undefined, failure?: GatewayError): void {
    this.#pulling = false
    if (this.over) return
    if (batch) this.#hold(batch)
    else this.#end(failure)
    for (const reader of this.#readers) reader.wake()
  }

  #hold(batch: Events): void {
    this.#held.push(batch)
    this.#bytes += this.#bytesOf(batch)
    for (const event of batch) this.#usage = this.#options.operation.usageOf(event) ?? this.#usage
    if (this.#bytes > this.#options.maxBytes) this.#close()
  }

  /** Two bytes a character, as for an entry. What is no text, such as a picture, is looked through. */
  #bytesOf(batch: Events): number {
    const { operation } = this.#options
    let bytes = 0
    for (const event of batch) bytes += eventOverhead + 2 * (operation.sizeOf(event) || charactersIn(event))
    return bytes
  }

  #end(failure?: GatewayError): void {
    this.over = true
    this.failure = failure
    this.#close(failure ? undefined : this.#held)
  }

  #close(all?: readonly Events[]): void {
    if (!this.#joinable) return
    this.#joinable = false
    this.#options.closed(all, this.#outcome?.charge)
  }
}

/** One reader of a shared stream: the source of its reply. */
class Reader implements PulledSource {
  readonly deployment: Deployment | undefined
  readonly charge: () => Charge | undefined
  finished = false
  /** The number of the batch that it reads next. */
  position = 0
  readonly #stream: SharedStream
  readonly #call: Call
  readonly #waiting: { resolve(batch: Events | undefined): void; reject(error: GatewayError): void }[] = []
  #release: () => void = () => {}

  constructor(stream: SharedStream, call: Call, deployment: Deployment | undefined, charge: () => Charge | undefined) {
    this.#stream = stream
    this.#call = call
    this.deployment = deployment
    this.charge = charge
  }

  pull(): Promise<Events | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.wake()
    })
  }

  /** Hands on what there is, as far as somebody waits for it, and asks for more if that was not enough. */
  wake(): void {
    const stream = this.#stream
    while (this.#waiting.length > 0) {
      const batch = stream.at(this.position)
      if (!batch && !stream.over) break
      const { resolve, reject } = this.#waiting.shift()!
      if (batch) {
        this.position++
        stream.passed()
        resolve(this.#ownCopy(batch))
        continue
      }
      this.#release()
      stream.leave(this, undefined)
      if (stream.failure) reject(copyOfError(stream.failure))
      else resolve(undefined)
    }
    if (this.#waiting.length > 0) stream.wanted()
  }

  cancel(reason: GatewayError): void {
    this.#release()
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined)
    this.#stream.leave(this, reason)
  }

  /** Ends the reply when its caller leaves, its time is up, or nobody reads it. */
  watch(reply: StreamReply): void {
    const { runtime, unread = longestUnread } = this.#call
    this.#release = onLeaving(this.#call, true, (reason) => void reply.cancel(reason))
    reply.watchReader(runtime, unread)
  }

  #ownCopy(batch: Events): Events {
    const { operation } = this.#call
    for (const event of batch) this.finished ||= operation.finishes(event)
    return copyOf(batch)
  }
}

/** A stream that nobody reads from for so long is given up, unless its call says otherwise, in milliseconds. */
const longestUnread = 60_000

/** The same failure for somebody else. */
export function copyOfError(error: GatewayError): GatewayError {
  return amendError(error, { attempts: copyOf(error.attempts), excluded: copyOf(error.excluded) })
}

/** What an event takes beside its text, in bytes, so that many small ones count as well. */
const eventOverhead = 24

/** How many characters a value has, wherever they are in it. */
function charactersIn(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  let characters = 0
  for (const part of Object.values(value)) characters += charactersIn(part)
  return characters
}

/** An action to be called from anywhere that runs where it was made: later, in the context of that request. */
export function inThisContext<T>(action: (value: T) => void): (value: T) => void {
  let call: (value: T) => void = () => {}
  void new Promise<T>((resolve) => {
    call = resolve
  }).then(action)
  return call
}
