import type { RequestOf, ResponseOf } from '../call.ts'
import type { Operation, OperationResponse, Usage } from '../operations/operation.ts'
import type { StreamReply } from '../reply.ts'
import type { Trace, TraceRecorder } from '../telemetry/trace.ts'

/** How an application asks for an operation by its own method, such as `gateway.embed`: what it may write, and what it gets. */
export interface Ask<O extends Operation, Input, Shown, Streamed = never> {
  readonly operation: O
  /** Checks what was written, and makes the request of it. Throws `invalid_request`, naming the field. */
  request(input: Input): RequestOf<O>
  /** Shows the answer. */
  reply(response: ResponseOf<O>, recorder: TraceRecorder, request: RequestOf<O>): Shown
  /** Shows a streamed answer, for operations that can stream. */
  stream?(reply: StreamReply<O>, recorder: TraceRecorder): Streamed
}

/** What every whole answer has, whatever was asked. */
export class OperationReply<Response extends OperationResponse = OperationResponse> {
  /** The answer in full, and what only its provider says. */
  readonly response: Response
  readonly #recorder: TraceRecorder

  constructor(response: Response, recorder: TraceRecorder) {
    this.response = response
    this.#recorder = recorder
  }

  get usage(): Usage {
    return this.response.usage
  }

  /** Dollars of all attempts together; 0 from the cache; undefined, never 0, when a price is unknown. */
  get cost(): number | undefined {
    return this.#recorder.cost
  }

  /** Attempts, timings, cache, route and limits of the call. */
  get trace(): Trace {
    return this.#recorder.snapshot()
  }

  toJSON(): unknown {
    return this.response
  }
}
