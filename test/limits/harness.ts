import type { Attempt, Call, Charge, Deployment, LimitStatus, Outcome, Principal, TraceNote } from '../../src/call.ts'
import { GatewayError } from '../../src/errors.ts'
import type { LimitsSlot } from '../../src/limits/limits.ts'
import type { Operation } from '../../src/operations/operation.ts'
import { createSettlement, type Reply, type Source, StreamReply } from '../../src/reply.ts'
import { defaultRuntime, type Runtime } from '../../src/runtime.ts'

/** A runtime whose time stands still until it is told to go on. */
export class FakeRuntime implements Runtime {
  time: number
  /** The earliest first. */
  readonly #timers: { readonly at: number; readonly callback: () => void }[] = []
  readonly fetch: Runtime['fetch'] = defaultRuntime.fetch
  readonly random = (): number => 0.5
  readonly env = (): undefined => undefined
  readonly digest = (text: string): string => text
  readonly print = (): void => {}
  readonly isolated: boolean | undefined
  readonly waitUntil: ((work: Promise<unknown>) => void) | undefined
  readonly kept: Promise<unknown>[] = []

  constructor(at: string | number = '2026-03-10T12:00:00Z', isolated?: boolean) {
    this.time = typeof at === 'number' ? at : Date.parse(at)
    this.isolated = isolated
    this.waitUntil = (work) => this.kept.push(work)
  }

  readonly now = (): number => this.time

  readonly timer = (ms: number, callback: () => void): (() => void) => {
    const timer = { at: this.time + ms, callback }
    let low = 0
    for (let high = this.#timers.length; low < high; ) {
      const middle = (low + high) >> 1
      if (this.#timers[middle]!.at <= timer.at) low = middle + 1
      else high = middle
    }
    this.#timers.splice(low, 0, timer)
    return () => {
      const place = this.#timers.indexOf(timer)
      if (place >= 0) this.#timers.splice(place, 1)
    }
  }

  get pending(): number {
    return this.#timers.length
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.timer(ms, resolve))
  }

  /** Lets everything that is due within `ms` happen, in order. */
  async advance(ms: number): Promise<void> {
    const until = this.time + ms
    await turn()
    while (this.#timers[0] && this.#timers[0].at <= until) {
      const due = this.#timers.shift()!
      this.time = Math.max(this.time, due.at)
      due.callback()
      await turn()
    }
    this.time = until
  }
}

/** Lets all promises that can go on do so. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

export interface FakeDeployment {
  readonly id?: string
  /** Nano-dollars a token; undefined for an unknown price. */
  readonly price?: number | undefined
  readonly inputTokens?: number
  readonly maxOutput?: number | undefined
}

/** A deployment of 100 tokens of input, at 1,000 nano-dollars a token unless told otherwise. */
export function fakeDeployment(fake: FakeDeployment = {}): Deployment {
  const { id = 'openai/gpt-5-mini', inputTokens = 100 } = fake
  const price = 'price' in fake ? fake.price : 1000
  const maxOutput = 'maxOutput' in fake ? fake.maxOutput : 10_000
  const [provider, ...model] = id.split('/')
  return {
    id,
    model: model.join('/'),
    identity: model.join('/'),
    provider: { id: provider } as Deployment['provider'],
    facts: { price: price === undefined ? undefined : { input: price / 1000, output: price / 1000 }, maxOutput },
    weight: 1,
    order: 0,
    keys: [],
    settings: () => ({ values: {}, missing: undefined }),
    worstCase({ request }) {
      const { maxOutputTokens, n = 1 } = request as { maxOutputTokens?: number; n?: number }
      const each = maxOutputTokens ?? maxOutput
      const outputTokens = each === undefined ? undefined : each * n
      const inputCost = price === undefined ? undefined : inputTokens * price
      const cost = inputCost === undefined || outputTokens === undefined ? undefined : inputCost + outputTokens * price!
      return { inputTokens, outputTokens, cost, inputCost, outputTokenCost: price }
    },
    charge: () => charge(0),
  } as Deployment
}

export function charge(total: number | undefined, more: Partial<Charge> = {}): Charge {
  return {
    usage: {},
    cost: total === undefined ? undefined : { total },
    estimated: false,
    uncertain: false,
    ...more,
  }
}

export const neverSent: Charge = charge(0)
export const uncertain: Charge = charge(undefined, { estimated: true, uncertain: true })

export interface FakeCall {
  readonly principal?: Principal
  readonly request?: Readonly<Record<string, unknown>>
  readonly timeout?: number
}

let calls = 0

/** A call whose trace can be read. */
export function fakeCall(
  runtime: Runtime,
  { principal = { team: 'search', user: 'u1' }, request, timeout }: FakeCall = {},
): Call & {
  readonly notes: TraceNote[]
} {
  const notes: TraceNote[] = []
  calls += 1
  return {
    id: `call-${calls}`,
    operation: { id: 'chat', fold: () => ({ add() {}, result: () => ({ usage: {} }) }) } as unknown as Operation,
    request: { model: 'fast', ...request },
    principal,
    options: {},
    signal: undefined,
    deadline: runtime.now() + (timeout ?? 600_000),
    trace: { note: (note) => notes.push(note), attempt: () => () => {} },
    runtime,
    notes,
  }
}

export function limitsOf(notes: readonly TraceNote[]): readonly LimitStatus[] {
  return notes.findLast((note) => note.type === 'limits')?.limits ?? []
}

export function warningsOf(notes: readonly TraceNote[]): readonly string[] {
  return notes.filter((note) => note.type === 'warning').map(({ message }) => message)
}

/** What stands in for the circuit breaker, the transport and the provider. */
export type Send = (attempt: Attempt) => Promise<Reply>

/** Answers, and bills so much. */
export function answering(bill: Charge | number): Send {
  return async (attempt) => {
    const billed = typeof bill === 'number' ? charge(bill) : bill
    end(attempt, 'completed', billed)
    return { kind: 'whole', response: { usage: {} }, deployment: attempt.deployment, charge: billed }
  }
}

export function failing(
  bill: Charge,
  code: 'provider_unavailable' | 'timed_out' | 'cancelled' = 'provider_unavailable',
): Send {
  return async (attempt) => {
    const error = new GatewayError(code, 'It failed.')
    end(attempt, code === 'cancelled' ? 'cancelled' : 'failed', bill, error)
    throw error
  }
}

export function end(
  attempt: Attempt,
  status: Outcome['status'],
  billed: Charge | undefined,
  error?: GatewayError,
): void {
  attempt.settlement.settle({ status, deployment: attempt.deployment, charge: billed, response: undefined, error })
}

/** A stream of so many batches, a `pause` apart, that bills `billed` at its end and `partial` when its reader leaves. */
export function streaming(
  runtime: FakeRuntime,
  batches: number,
  pause: number,
  billed: Charge,
  partial: Charge = billed,
): Send {
  return async (attempt) => {
    let left = batches
    const source: Source = {
      deployment: attempt.deployment,
      finished: false,
      async pull() {
        await runtime.sleep(pause)
        if (left-- > 0) return ['word']
        end(attempt, 'completed', billed)
        return undefined
      },
      cancel(reason) {
        end(attempt, 'cancelled', partial, reason)
      },
      charge: () => attempt.settlement.outcome?.charge,
    }
    return new StreamReply(attempt.operation, source)
  }
}

export interface Try {
  readonly deployment?: Deployment
  readonly send: Send
}

/** Passes an attempt through the slot. What never came to be sent settles as such. */
export function begin(
  slot: LimitsSlot,
  call: Call,
  { deployment = fakeDeployment(), send }: Try,
  hedge = false,
): { reply: Promise<Reply>; attempt: Attempt; abandon(): void } {
  const controller = new AbortController()
  const attempt: Attempt = {
    ...call,
    deployment,
    key: undefined,
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    onAbort: () => () => {},
    number: 1,
    answered: 0,
    hedge,
    settlement: createSettlement(),
  }
  const reply = slot.attempt!(attempt, send).catch((error: GatewayError) => {
    end(attempt, 'failed', neverSent, error)
    throw error
  })
  return {
    reply,
    attempt,
    abandon: () => controller.abort(new GatewayError('cancelled', 'Another attempt answered first.')),
  }
}

/** Makes a call that tries one after the other until one answers. */
export function make(slot: LimitsSlot, call: Call, ...tries: readonly Try[]): Promise<Reply> {
  return slot.call!(call, async (inner) => {
    let failure: unknown
    for (const one of tries) {
      try {
        return await begin(slot, inner, one).reply
      } catch (error) {
        failure = error
      }
    }
    throw failure
  })
}
