import type { EventOf, ResponseOf } from '../call.ts'
import { GatewayError } from '../errors.ts'
import type { Operation } from '../operations/operation.ts'
import type { StreamReply } from '../reply.ts'
import type { Trace, TraceRecorder } from '../telemetry/trace.ts'

/** A streamed answer: iterate it once, for its pieces as they come. */
export class OperationStream<O extends Operation, Piece, Shown> implements AsyncIterable<Piece> {
  readonly #reply: StreamReply<O>
  readonly #recorder: TraceRecorder
  readonly #pieceOf: (event: EventOf<O>) => Piece | undefined
  readonly #show: (response: ResponseOf<O>, recorder: TraceRecorder) => Shown
  readonly #collected: () => ResponseOf<O>
  #read = false

  constructor(
    reply: StreamReply<O>,
    recorder: TraceRecorder,
    pieceOf: (event: EventOf<O>) => Piece | undefined,
    show: (response: ResponseOf<O>, recorder: TraceRecorder) => Shown,
  ) {
    this.#reply = reply
    this.#recorder = recorder
    this.#pieceOf = pieceOf
    this.#show = show
    const fold = reply.collect()
    this.#collected = () => fold.result()
  }

  /** Gives the pieces as they come. Leaving the loop ends the provider's work. A second reader is an error. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Piece, undefined> {
    this.#begin()
    try {
      for (let batch = await this.#reply.pull(); batch; batch = await this.#reply.pull()) {
        for (const event of batch) {
          const piece = this.#pieceOf(event)
          if (piece !== undefined) yield piece
        }
      }
    } finally {
      await this.#reply.cancel()
    }
    return undefined
  }

  /** The whole reply, as without `stream`. Drains the stream, if nobody reads it. Rejects when the stream fails. */
  get reply(): Promise<Shown> {
    return this.#drain()
  }

  /** What is known of the call so far. */
  get trace(): Trace {
    return this.#recorder.snapshot()
  }

  /** Ends the provider's work. */
  cancel(): Promise<void> {
    return this.#reply.cancel()
  }

  #begin(): void {
    if (this.#read) {
      throw new GatewayError('invalid_request', 'A stream has one reader: this one is being read already.')
    }
    this.#read = true
  }

  async #drain(): Promise<Shown> {
    if (this.#read) await this.#reply.ended
    else {
      this.#begin()
      while (await this.#reply.pull()) {
        // Everything is collected on its way.
      }
    }
    return this.#show(this.#collected(), this.#recorder)
  }
}
