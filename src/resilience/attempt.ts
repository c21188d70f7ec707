import type { Attempt, Call, Candidate, Settlement } from '../call.ts'
import { endOf, GatewayError, toGatewayError } from '../errors.ts'
import { left } from '../leaving.ts'
import { type Middleware, type Next, replyOf } from '../middleware.ts'
import { createSettlement, type Reply } from '../reply.ts'
import { onAbort } from '../runtime.ts'
import type { Cancellations } from './cancellation.ts'

/**
 * Stands behind middleware of a user's own, and sends each attempt once: it settles once, and what a second sending costs
 * would be on no budget. A failed one fails as it did.
 */
export function sentOnce(): Middleware<Attempt> {
  const sent = new WeakSet<Settlement>()
  return function sentOnce(attempt, next) {
    const { settlement } = attempt
    if (!sent.has(settlement)) {
      sent.add(settlement)
      return next(attempt)
    }
    const message = 'An attempt is sent once: middleware in `attempt` called next again. In `use` it may.'
    return Promise.reject(settlement.outcome?.error ?? new GatewayError('invalid_configuration', message))
  }
}

/** A try under way. */
export interface Trying {
  readonly candidate: Candidate
  readonly reply: Promise<Reply>
  /** Ends it for another's sake. */
  abandon(reason: GatewayError): void
}

/** Begins a try at a candidate. It settles exactly once, whoever answers or fails on its way to the provider. */
export function begin(
  call: Call,
  candidate: Candidate,
  number: number,
  next: Next<Attempt>,
  cancellations: Cancellations,
  hedge = false,
  answered = 0,
): Trying {
  const { deployment, key, forced } = candidate
  const { signal: own, abort, onAbort: aborted, giveBack } = cancellations.take()
  const settlement = createSettlement()
  settlement.on(({ status }) => {
    if (status === 'completed') giveBack()
  })
  // Written out: to spread a call and add as much to it takes two hundred times as long.
  const attempt: Attempt = {
    id: call.id,
    operation: call.operation,
    request: call.request,
    principal: call.principal,
    options: call.options,
    deadline: call.deadline,
    trace: call.trace,
    runtime: call.runtime,
    wire: call.wire,
    reservation: call.reservation,
    signal: own,
    abort,
    onAbort: aborted,
    deployment,
    key,
    forced,
    number,
    hedge,
    answered,
    settlement,
  }

  const { signal } = call
  if (signal) {
    const leave = (): void => abort(left(signal))
    if (signal.aborted) leave()
    else settlement.on(onAbort(signal, leave))
  }
  const failed = (cause: unknown): never => {
    const error = toGatewayError(cause)
    if (!settlement.outcome) {
      // Who works for it may not know: a layer in front of them has thrown.
      abort(error)
      settlement.settle({
        status: endOf(error),
        deployment,
        // It never came as far as the provider.
        charge: deployment.charge(call, { usage: undefined, size: 0, worked: 'no' }),
        response: undefined,
        error,
      })
    }
    throw error
  }
  return { candidate, reply: rejecting(next, attempt).catch(failed), abandon: abort }
}

/** Around layers of the user's own: where they answer in place of the provider, that settles the attempt. */
export const answering: Middleware<Attempt> = async function answering(attempt, next) {
  const reply = replyOf(await next(attempt), 'attempt')
  const { settlement, deployment } = attempt
  if (reply.kind === 'stream') return reply.onSettled((outcome) => settlement.settle({ ...outcome, deployment }))
  const { charge, response } = reply
  settlement.settle({ status: 'completed', deployment, charge, response, error: undefined })
  return reply
}

/** A layer that throws, for not all are async, has failed as one that rejects. */
function rejecting(next: Next<Attempt>, attempt: Attempt): Promise<Reply> {
  try {
    return next(attempt)
  } catch (cause) {
    return Promise.reject(cause)
  }
}
