import type { Attempt, Call, Deployment } from './call.ts'
import { GatewayError } from './errors.ts'
import type { Reply } from './reply.ts'

export type Next<C = Call> = (call: C) => Promise<Reply>

/**
 * A step around a call, or around each attempt at one. It may change the call before it passes it to `next`, change
 * the reply after, answer without `next`, or, around a call, call `next` more than once: an attempt is sent once.
 */
export type Middleware<C = Call> = (call: C, next: Next<C>) => Promise<Reply>

/** Stacks middleware around a handler. The first is outermost: it sees the call first and the reply last. */
export function compose<C>(middleware: readonly Middleware<C>[], handler: Next<C>): Next<C> {
  return middleware.reduceRight<Next<C>>((next, layer) => (call) => layer(call, next), handler)
}

/** What a layer of the user's own gave, which must be a reply. */
export function replyOf(given: Reply | undefined, option: 'use' | 'attempt'): Reply {
  if (given?.kind === 'whole' || given?.kind === 'stream') return given
  throw new GatewayError(
    'invalid_configuration',
    `A middleware of the option ${option} gave no reply: return what next() gives, or a reply of your own.`,
  )
}

/** A part of the pipeline that is given by value, such as a cache or limits, so that a bundle carries only what is used. */
export interface Slot {
  /** Around each call. */
  readonly call?: Middleware | undefined
  /** Around each attempt. */
  readonly attempt?: Middleware<Attempt> | undefined
  /** Looks at what the gateway is made of, before anything else, and throws `invalid_configuration` where it cannot do its work. */
  check?(deployments: readonly Deployment[], runtime: Call['runtime']): void
  /** Resolves when all that was begun in the background has ended. */
  flush?(): Promise<void>
}
