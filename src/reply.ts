import type { Call, Charge, Deployment, EventOf, Outcome, ResponseOf, SettleListener, Settlement } from './call.ts'
import { endOf, GatewayError, toGatewayError } from './errors.ts'
import type { Fold, Operation } from './operations/operation.ts'

/** What comes back: a whole response, or the stream of one. */
export type Reply<O extends Operation = Operation> = WholeReply<O> | StreamReply<O>

export interface WholeReply<O extends Operation = Operation> {
  readonly kind: 'whole'
  readonly response: ResponseOf<O>
  /** Who answered; undefined when a layer of ours did. */
  readonly deployment?: Deployment | undefined
  readonly charge?: Charge | undefined
  /** A fallback answered, not the group that was asked. */
  readonly substitute?: boolean | undefined
  /** A condition of the caller's held: nobody gave a better answer. It is not kept. */
  readonly unaccepted?: boolean | undefined
  /** The body as it arrived, for an application that speaks the same dialect. A layer that changes the response leaves it out. */
  readonly wire?: { readonly dialect: string; readonly text: string } | undefined
}

/** Where the events of a stream come from: a provider, a cache, another stream. Pulled by one reader. */
export type Source<O extends Operation = Operation> = PulledSource<O> | ReadSource<O>

interface AnySource {
  readonly deployment: Deployment | undefined
  /** Stops the provider's work at once. Harmless after the end. */
  cancel(reason: GatewayError): void
  /** Whether the answer is complete, so that a reader who leaves now has missed nothing. */
  readonly finished: boolean
  /** What the stream cost, asked when it has ended. */
  charge(): Charge | undefined
  /** How many bytes of content have come. */
  readonly size?: number | undefined
}

export interface PulledSource<O extends Operation = Operation> extends AnySource {
  /** The next batch, perhaps an empty one; `undefined` at the end. Rejects when the provider fails. */
  pull(): Promise<readonly EventOf<O>[] | undefined>
}

/** A source that lets the pump alone wait: a promise less for each read. */
export interface ReadSource<O extends Operation = Operation> extends AnySource {
  readonly events: Reading<readonly EventOf<O>[]>
  /** The bytes as they arrived, in place of events; absent when they cannot serve. */
  readonly bytes?: Reading<Uint8Array> | undefined
}

/** Reads, and then takes what was read. */
export interface Reading<Batch, Read = unknown> {
  /** Undefined where there is something to take already. */
  read(): Promise<Read> | undefined
  /** What was read, perhaps an empty batch; `undefined` at the end. */
  take(read: Read | undefined): Batch | undefined
  /** Names what made one of them fail. */
  fail(cause: unknown): GatewayError
}

/** A synchronous step in a stream's way. One with neither `push` nor `observe` needs no content, and lets bytes pass undecoded. */
export interface Stage<Event> {
  /** Takes a batch and hands on what it likes, in the order of `out`. */
  push?(batch: readonly Event[], out: Event[]): void
  /** Looks at a batch that passes on unchanged. */
  observe?(batch: readonly Event[]): void
  /** The source has ended: the last chance to hand something on. */
  end?(out: Event[]): void
  /** The pump has begun to wait for the source. */
  waiting?(): void
  /** Something has arrived from the source, content or not. */
  arrived?(): void
}

/** Takes the bytes of a stream: the controller of a `ReadableStream`, or its like. */
export interface ByteSink {
  enqueue(bytes: Uint8Array): void
  close(): void
  error(cause: unknown): void
}

/** The stream of a reply: one pump, driven by its one reader, settled once. */
export class StreamReply<O extends Operation = Operation> {
  readonly kind = 'stream'
  /** A fallback answers, not the group that was asked. */
  substitute = false
  readonly #operation: O
  readonly #source: Source<O>
  readonly #events: Reading<readonly EventOf<O>[]>
  readonly #bytes: Reading<Uint8Array> | undefined
  readonly #stages: Stage<EventOf<O>>[] = []
  /** Those of them that need content. */
  readonly #steps: Stage<EventOf<O>>[] = []
  readonly #listeners: SettleListener<O>[] = []
  #fold: Fold<ResponseOf<O>, EventOf<O>> | undefined
  #state: 'open' | 'settling' | 'settled' = 'open'
  #failure: GatewayError | undefined
  #settled: Promise<void> | undefined
  #ended: Promise<void> | undefined
  #watched = false

  constructor(operation: O, source: Source<O>) {
    this.#operation = operation
    this.#source = source
    this.#events = 'pull' in source ? pulledFrom(source) : source.events
    this.#bytes = 'pull' in source ? undefined : source.bytes
  }

  get deployment(): Deployment | undefined {
    return this.#source.deployment
  }

  /** The answer is complete: a reader who leaves now has missed nothing. */
  get finished(): boolean {
    return this.#source.finished
  }

  /** What the stream cost, once it has ended. */
  get charge(): Charge | undefined {
    return this.#source.charge()
  }

  /** How many bytes of content have come, where its source counts them. */
  get size(): number | undefined {
    return this.#source.size
  }

  /** Adds a step behind those that are there. Inner layers add theirs first. */
  stage(stage: Stage<EventOf<O>>): this {
    this.#stages.push(stage)
    if (stage.push || stage.observe) this.#steps.push(stage)
    return this
  }

  /** Adds a listener behind those that are there: attempts settle before calls. */
  onSettled(listener: SettleListener<O>): this {
    this.#listeners.push(listener)
    return this
  }

  /** Cancels the stream when its reader has taken nothing for so many milliseconds, however long the stream is. Once is enough. */
  watchReader(runtime: Pick<Call['runtime'], 'now' | 'timer'>, unread: number): this {
    if (this.#watched) return this
    this.#watched = true
    let waits = false
    let since = runtime.now()
    const watch = (): void => {
      const idle = waits ? 0 : runtime.now() - since
      if (idle < unread) cancel = runtime.timer(unread - idle, watch)
      else void this.cancel(new GatewayError('cancelled', `Nobody read the stream for ${unread / 1000} s.`))
    }
    let cancel = runtime.timer(unread, watch)
    return this.onSettled(() => cancel()).stage({
      waiting() {
        waits = true
      },
      arrived() {
        waits = false
        since = runtime.now()
      },
    })
  }

  /** Collects the events as they stand behind the stages added so far; {@link Outcome.response} is what they made. */
  collect(): Fold<ResponseOf<O>, EventOf<O>> {
    if (this.#fold) return this.#fold
    const fold = this.#operation.fold() as unknown as Fold<ResponseOf<O>, EventOf<O>>
    this.stage({
      observe(batch) {
        for (const event of batch) fold.add(event)
      },
    })
    this.#fold = fold
    return fold
  }

  /** Whether {@link pullBytes} may be used in place of {@link pull}: the bytes would serve, and no stage needs content. */
  get passesBytes(): boolean {
    return this.#bytes !== undefined && this.#steps.length === 0
  }

  /** The next batch of events, never empty; `undefined` when the stream has ended and settled. */
  async pull(): Promise<readonly EventOf<O>[] | undefined> {
    if (this.#state !== 'open') return this.#over()
    const reading = this.#events
    try {
      for (;;) {
        for (const stage of this.#stages) stage.waiting?.()
        let arrived: readonly EventOf<O>[] | undefined
        try {
          arrived = reading.take(await reading.read())
        } catch (cause) {
          throw reading.fail(cause)
        }
        if (this.#state !== 'open') return this.#over()
        for (const stage of this.#stages) stage.arrived?.()
        const batch = arrived === undefined ? this.#end() : this.#transform(arrived, 0)
        if (arrived === undefined) await this.#settle('completed', undefined)
        if (batch.length > 0) return batch
        if (arrived === undefined) return undefined
      }
    } catch (error) {
      return this.#fail(error)
    }
  }

  /** Resolves when the stream has ended and settled, and rejects when it has failed. Somebody else reads it. */
  get ended(): Promise<void> {
    this.#ended ??= new Promise<void>((resolve, reject) => {
      if (this.#state === 'settled') this.#failure ? reject(this.#failure) : resolve()
      else this.onSettled(({ error }) => (error ? reject(error) : resolve()))
    })
    return this.#ended
  }

  /** Hands the next bytes on, or the end, or the failure. Never rejects. Only where {@link passesBytes}. */
  async pullBytes(sink: ByteSink): Promise<void> {
    const reading = this.#bytes!
    try {
      while (this.#state === 'open') {
        for (const stage of this.#stages) stage.waiting?.()
        let bytes: Uint8Array | undefined
        try {
          bytes = reading.take(await reading.read())
        } catch (cause) {
          throw reading.fail(cause)
        }
        if (this.#state !== 'open') break
        for (const stage of this.#stages) stage.arrived?.()
        if (bytes === undefined) await this.#settle('completed', undefined)
        else if (bytes.length > 0) return sink.enqueue(bytes)
      }
      await this.#over()
    } catch (cause) {
      const failure: unknown = await this.#fail(cause).catch((error: unknown) => error)
      if (failure) return sink.error(failure)
    }
    sink.close()
  }

  /** The reader leaves: the provider's work is stopped at once, and the reply settles as cancelled. */
  cancel(reason: GatewayError = new GatewayError('cancelled', 'The reader left.')): Promise<void> {
    if (this.#state !== 'open') return this.#settled ?? Promise.resolve()
    // Before the source is told: its abort comes back here.
    this.#state = 'settling'
    const { finished } = this.#source
    this.#source.cancel(reason)
    if (finished) return this.#settle('completed', undefined)
    this.#failure = reason
    return this.#settle(endOf(reason), reason)
  }

  #transform(batch: readonly EventOf<O>[], from: number): readonly EventOf<O>[] {
    let current = batch
    for (let index = from; index < this.#steps.length; index++) {
      const step = this.#steps[index]!
      step.observe?.(current)
      if (!step.push) continue
      const out: EventOf<O>[] = []
      step.push(current, out)
      current = out
    }
    return current
  }

  /** Lets each stage say its last words, which pass through the stages behind it. */
  #end(): readonly EventOf<O>[] {
    const last: EventOf<O>[] = []
    let behind = 0
    for (const stage of this.#stages) {
      if (stage.push || stage.observe) behind++
      if (!stage.end) continue
      const out: EventOf<O>[] = []
      stage.end(out)
      if (out.length > 0) last.push(...this.#transform(out, behind))
    }
    return last
  }

  async #fail(cause: unknown): Promise<undefined> {
    const error = toGatewayError(cause)
    if (this.#state !== 'open') return this.#over()
    this.#state = 'settling'
    this.#failure = error
    this.#source.cancel(error)
    await this.#settle(endOf(error), error)
    throw error
  }

  async #over(): Promise<undefined> {
    await this.#settled
    if (this.#failure) throw this.#failure
    return undefined
  }

  #settle(status: Outcome['status'], error: GatewayError | undefined): Promise<void> {
    this.#state = 'settling'
    this.#settled = this.#tell({
      status,
      deployment: this.#source.deployment,
      charge: this.#source.charge(),
      response: this.#fold?.result(),
      error,
    })
    return this.#settled
  }

  async #tell(outcome: Outcome<O>): Promise<void> {
    for (const listener of this.#listeners) {
      try {
        const pending = listener(outcome)
        if (pending) await pending
      } catch {
        // A listener that fails never fails a reply, nor keeps the others from their turn.
      }
    }
    this.#state = 'settled'
  }
}

/** What is pulled is there to take. */
function pulledFrom<O extends Operation>(source: PulledSource<O>): Reading<readonly EventOf<O>[]> {
  return {
    read: () => source.pull(),
    take: (batch) => batch as readonly EventOf<O>[] | undefined,
    fail: toGatewayError,
  }
}

/** Makes the settlement of an attempt. Its listeners run from the inside out, each once. */
export function createSettlement<O extends Operation>(): Settlement<O> {
  return new AttemptSettlement<O>()
}

class AttemptSettlement<O extends Operation> implements Settlement<O> {
  outcome: Outcome<O> | undefined = undefined
  readonly #listeners: SettleListener<O>[] = []

  on(listener: SettleListener<O>): void {
    if (this.outcome) void listener(this.outcome)
    else this.#listeners.push(listener)
  }

  settle(outcome: Outcome<O>): void {
    if (this.outcome) return
    this.outcome = outcome
    for (let index = this.#listeners.length - 1; index >= 0; index--) {
      try {
        void this.#listeners[index]?.(outcome)
      } catch {
        // A listener that fails never fails a reply, nor keeps the others from their turn.
      }
    }
  }
}

/** Calls `listener` exactly once, when what `next` gives has ended: whole, streamed or rejected. */
export async function settled<O extends Operation>(
  pending: Promise<Reply<O>>,
  listener: SettleListener<O>,
): Promise<Reply<O>> {
  let reply: Reply<O>
  try {
    reply = await pending
  } catch (cause) {
    const error = toGatewayError(cause)
    const status = endOf(error)
    const told = listener({ status, deployment: undefined, charge: undefined, response: undefined, error })
    if (told) await told
    throw error
  }
  if (reply.kind === 'stream') return reply.onSettled(listener)
  const { deployment, charge, response } = reply
  const told = listener({ status: 'completed', deployment, charge, response, error: undefined })
  if (told) await told
  return reply
}

/** A source of events that are all there, such as a cached answer. */
export function replay<O extends Operation>(
  events: readonly EventOf<O>[],
  { deployment, charge }: { readonly deployment?: Deployment; readonly charge?: Charge } = {},
): PulledSource<O> {
  let rest: readonly EventOf<O>[] | undefined = events
  return {
    deployment,
    get finished() {
      return rest === undefined
    },
    async pull() {
      const batch = rest
      rest = undefined
      return batch
    },
    cancel() {
      rest = undefined
    },
    charge: () => charge,
  }
}
