import type { Attempt, Call, Candidate } from '../call.ts'
import { GatewayError, toGatewayError } from '../errors.ts'
import type { Next } from '../middleware.ts'
import { createSettlement, type Reply } from '../reply.ts'
import { onAbort } from '../runtime.ts'

/** A try under way. */
export interface Trying {
  readonly candidate: Candidate
  readonly reply: Promise<Reply>
  /** Ends it for another's sake. */
  abandon(reason: GatewayError): void
}

/** Begins a try at a candidate. It settles exactly once, whoever answers or fails on its way to the provider. */
export function begin(call: Call, candidate: Candidate, number: number, next: Next<Attempt>, hedge = false): Trying {
  const controller = new AbortController()
  const settlement = createSettlement()
  const abort = (reason: GatewayError): void => {
    if (!controller.signal.aborted) controller.abort(reason)
  }
  const attempt: Attempt = { ...call, ...candidate, signal: controller.signal, abort, number, hedge, settlement }

  const { signal } = call
  if (signal) {
    const leave = (): void => abort(cancelled(signal))
    if (signal.aborted) leave()
    else settlement.on(onAbort(signal, leave))
  }
  const reply = next(attempt).catch((cause: unknown) => {
    const error = toGatewayError(cause)
    if (!settlement.outcome) {
      settlement.settle({
        status: error.code === 'cancelled' ? 'cancelled' : 'failed',
        deployment: candidate.deployment,
        // It never came as far as the provider.
        charge: candidate.deployment.charge(call.request, { usage: undefined, size: 0, worked: 'no' }),
        response: undefined,
        error,
      })
    }
    throw error
  })
  return { candidate, reply, abandon: abort }
}

/** The caller has left. Its own reason is the cause. */
export function cancelled(signal: AbortSignal): GatewayError {
  const { reason } = signal
  return reason instanceof GatewayError
    ? reason
    : new GatewayError('cancelled', 'The call was cancelled.', { cause: reason })
}
