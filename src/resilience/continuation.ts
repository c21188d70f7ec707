import type { Call, Charge, Deployment, EventOf, Plan, RequestOf } from '../call.ts'
import { errorTraits, type GatewayError, toGatewayError } from '../errors.ts'
import { left } from '../leaving.ts'
import type { ChatRequest } from '../operations/chat/index.ts'
import type { Operation, OperationRequest, Usage } from '../operations/operation.ts'
import { checkOptions, oneOf } from '../option-rules.ts'
import { speaksOf } from '../providers/provider.ts'
import { type PulledSource, type Reply, StreamReply } from '../reply.ts'
import { onAbort, sleep } from '../runtime.ts'
import { fullJitter } from './backoff.ts'
import { ContinuedChat, mayBeContinued } from './continued-chat.ts'
import { addCharge } from './sum.ts'

export interface ContinuationOptions {
  /** Which calls: all that can be, or those that say `continuation: true`. @default 'all' */
  readonly calls?: 'all' | 'asked' | undefined
}

/** How streams survive: `continuation` of a gateway's options. */
export interface Continuation {
  /** Follows a reply, and lets another go on where it breaks off. Gives it back as it is where that is not to be. */
  follow(call: Call, reply: Reply, resume: Resume): Reply
}

/** Asks others to serve a call that is under way, within its attempts and its time. `narrow` takes out those that cannot. */
export type Resume = (call: Call, narrow: (plan: Plan) => void) => Promise<Reply>

/**
 * Lets a stream that dies after its first content go on at another deployment, from the text so far, as one stream.
 * For text: never within or after a tool call, nor in JSON, nor for several answers at once.
 *
 * @example
 * createGateway({ providers: [anthropic, mistral], models, continuation: continuation() })
 */
export function continuation(options: ContinuationOptions = {}): Continuation {
  checkOptions('continuation()', options, { calls: oneOf('all', 'asked') })
  const { calls = 'all' } = options
  return {
    follow(call, reply, resume) {
      const { operation, request } = call
      if (reply.kind !== 'stream' || !(call.options.continuation ?? calls === 'all')) return reply
      // What providers keep, and what their own tools have done, is not to be had elsewhere.
      const story = operation.cacheable(request) ? stories[operation.id]?.(request) : undefined
      if (!story) return reply
      const source = new ContinuedStream(call, reply, story, resume)
      return source.reply
    },
  }
}

/** What is told of one answer, by one stream after another. */
interface Story {
  readonly finished: boolean
  /** The next stream must go on from words that are put into the model's mouth. */
  readonly needsPrefill: boolean
  pass(batch: readonly EventOf<Operation>[]): readonly EventOf<Operation>[]
  end(): readonly EventOf<Operation>[]
  close(): readonly EventOf<Operation>[]
  next(): OperationRequest | undefined
  takeOver(used: Usage | undefined): void
}

/** The operations whose answers can be continued, by their ids. */
const stories: Readonly<Record<string, (request: RequestOf<Operation>) => Story | undefined>> = {
  chat: (request) =>
    mayBeContinued(request as ChatRequest) ? (new ContinuedChat(request as ChatRequest) as Story) : undefined,
}

/** How often one deployment may be asked to go on from its own words. */
const mostReturns = 1
/** The longest that a reader waits for that, in milliseconds. */
const longestWait = 20_000

/** One stream after another, as the source of one reply. Those of attempts keep their own stages, and settle themselves. */
class ContinuedStream implements PulledSource {
  readonly #call: Call
  readonly #story: Story
  readonly #resume: Resume
  /** Ends what is asked of others, when the reader or the caller leaves. To make one costs, and most streams need none. */
  #leaving: AbortController | undefined
  /** Deployments whose streams broke off, and those whose streams did not fit. */
  readonly #broken = new Set<string>()
  readonly #unfit = new Set<string>()
  #current: StreamReply
  /** What those cost that broke off. */
  #spent: Charge | undefined
  /** Why the last stream broke off. */
  #failure: GatewayError | undefined
  #returns = 0
  #reading = false
  #over = false
  #left: GatewayError | undefined
  /** What the reader gets. */
  readonly reply: StreamReply

  constructor(call: Call, reply: StreamReply, story: Story, resume: Resume) {
    this.#call = call
    this.#story = story
    this.#resume = resume
    this.reply = new StreamReply(call.operation, this)
    this.#current = this.#attach(reply)
  }

  get deployment(): Deployment | undefined {
    return this.#current.deployment
  }

  get finished(): boolean {
    return this.#current.finished
  }

  async pull(): Promise<readonly EventOf<Operation>[] | undefined> {
    this.#reading = true
    try {
      while (!this.#over) {
        try {
          const batch = await this.#current.pull()
          if (batch) return this.#story.pass(batch)
          const last = this.#story.end()
          this.#over = true
          return last
        } catch (cause) {
          const last = await this.#recover(toGatewayError(cause))
          if (last) return last
        }
      }
      return undefined
    } finally {
      this.#reading = false
    }
  }

  cancel(reason: GatewayError): void {
    this.#left ??= reason
    this.#leaving?.abort(reason)
    void this.#current.cancel(reason)
  }

  charge(): Charge | undefined {
    return addCharge(this.#spent, this.#current.charge)
  }

  #attach(reply: StreamReply): StreamReply {
    if (reply.substitute) this.reply.substitute = true
    // Nobody may be reading just now: a stream that its attempt ends is the end of the whole.
    reply.onSettled(({ error }) => {
      if (!this.#reading && reply === this.#current) void this.reply.cancel(error)
    })
    return reply
  }

  /** Finds another stream to go on with. Gives the last words of an answer that is complete, and throws where nobody goes on. */
  async #recover(error: GatewayError): Promise<readonly EventOf<Operation>[] | undefined> {
    if (this.#left) throw this.#left
    const story = this.#story
    const broken = this.#current
    if (story.finished) {
      this.#over = true
      return story.close()
    }
    const unfit = error.code === 'unsupported'
    if (unfit) await broken.cancel(error)
    else this.#failure = error
    // That what came next does not fit is less to know than why something had to come.
    const failure = this.#failure ?? error
    const request = errorTraits[failure.code].again ? story.next() : undefined
    if (!request) throw failure
    ;(unfit ? this.#unfit : this.#broken).add(broken.deployment?.id ?? '')

    const next = await this.#ask(request, failure)
    if (!next) throw failure
    if (this.#left) {
      void next.cancel(this.#left)
      throw this.#left
    }
    this.#spent = addCharge(this.#spent, broken.charge)
    this.#current = this.#attach(next)
    story.takeOver(this.#spent?.usage)
    this.#call.trace.note({
      type: 'continuation',
      from: broken.deployment?.id ?? '',
      to: next.deployment?.id ?? '',
      because: failure.code,
    })
    return undefined
  }

  /** Asks others first; and then, after a wait, those that broke off. */
  async #ask(request: OperationRequest, failure: GatewayError): Promise<StreamReply | undefined> {
    const { runtime, deadline } = this.#call
    const leaving = this.#leave()
    if (leaving.aborted) throw leaving.reason
    const call: Call = { ...this.#call, request: request as RequestOf<Operation>, signal: leaving }
    try {
      const others = await this.#serve(call, this.#broken)
      if (others || this.#returns >= mostReturns) return others
      const wait = failure.retryAfter ?? fullJitter()(1, runtime.random)
      if (wait > longestWait || runtime.now() + wait >= deadline) return undefined
      this.#returns += 1
      call.trace.note({ type: 'wait', milliseconds: wait, because: failure.code })
      await sleep(runtime, wait, leaving)
      return await this.#serve(call, nobody)
    } catch (cause) {
      if (leaving.aborted) throw leaving.reason
      throw cause
    }
  }

  /** Aborts when the reader or the caller leaves, as long as the stream lasts. */
  #leave(): AbortSignal {
    if (this.#leaving) return this.#leaving.signal
    const controller = (this.#leaving = new AbortController())
    const { signal } = this.#call
    if (signal?.aborted) controller.abort(left(signal))
    else if (signal) this.reply.onSettled(onAbort(signal, () => controller.abort(left(signal))))
    return controller.signal
  }

  async #serve(call: Call, without: ReadonlySet<string>): Promise<StreamReply | undefined> {
    const { needsPrefill } = this.#story
    const alone = call.options.prefer?.allowFallbacks === false
    try {
      const reply = await this.#resume(call, (plan) => {
        plan.narrow('not_wanted', ({ id }) =>
          alone && !this.#broken.has(id) ? 'without fallbacks, the first choice alone goes on' : undefined,
        )
        plan.narrow('prefill', (deployment) =>
          needsPrefill && !takesPrefill(deployment, call)
            ? 'it is not known to go on from the beginning of an answer'
            : undefined,
        )
        plan.narrow('broke_off', ({ id }) =>
          this.#unfit.has(id) || without.has(id) ? 'its stream broke off, or did not fit' : undefined,
        )
      })
      return reply.kind === 'stream' ? reply : undefined
    } catch {
      if (call.signal?.aborted) throw call.signal.reason
      // That nobody goes on is less to know than why somebody should.
      return undefined
    }
  }
}

const nobody: ReadonlySet<string> = /* @__PURE__ */ new Set()

/** Whether a model goes on from the beginning of an answer, as far as is known. */
function takesPrefill({ facts, model, provider, identity }: Deployment, { operation, wire }: Call): boolean {
  if (facts.prefill !== undefined) return facts.prefill
  const takes = speaksOf(provider, operation.id, wire, model)?.prefill
  return typeof takes === 'function' ? takes(identity) : (takes ?? false)
}
