import type { Fold, Operation, OperationRequest, OperationResponse } from './operation.ts'

/** A request that no dialect of ours reads: files, batches, fine-tuning, lists of models. */
export interface PassThroughRequest extends OperationRequest {
  readonly method: string
  /** The whole address, without a key in it. */
  readonly url: string
  /** What the application sent, without its credentials. */
  readonly headers: Readonly<Record<string, string>>
  /** As the application gave it: never read by us. */
  readonly body?: string | Uint8Array | FormData | Blob | ReadableStream<Uint8Array> | undefined
}

/** What a provider answered, but for its body: that streams. */
export interface PassThroughResponse extends OperationResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
}

/** First what came before the body, then its bytes. */
export type PassThroughEvent = PassThroughResponse | Uint8Array

export type PassThrough = Operation<PassThroughRequest, PassThroughResponse, PassThroughEvent>

/** Whatever else a provider does, as it is: with our credentials, retries, limits on requests, and trace. */
export const passThrough: PassThrough = {
  id: 'pass-through',
  direct: true,
  fold: () => new Head(),
  unfold: (response) => [response],
  hasContent: () => true,
  finishes: () => false,
  usageOf: () => undefined,
  sizeOf: () => 0,
  emptiness: () => undefined,
  storable: () => false,
  cacheable: () => false,
  // What reads or deletes costs nothing. What another request may set off has no bound: a hard budget refuses it.
  free: ({ method }) => /^(GET|HEAD|DELETE|OPTIONS)$/.test(method),
  bound: () => ({ inputTokens: 0, outputTokens: 0 }),
  estimate: () => 0,
}

/** Keeps the head of an answer: its body is the reader's alone. */
class Head implements Fold<PassThroughResponse, PassThroughEvent> {
  #head: PassThroughResponse = { status: 200, headers: {}, usage: {} }

  add(event: PassThroughEvent): void {
    if (!(event instanceof Uint8Array)) this.#head = event
  }

  result(): PassThroughResponse {
    return this.#head
  }
}
