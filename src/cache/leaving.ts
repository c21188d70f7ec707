import type { Call } from '../call.ts'
import { GatewayError, isGatewayError } from '../errors.ts'
import { onAbort } from '../runtime.ts'

/** Tells once that a call's caller has left, or that its time is up where that counts. Gives what calls that off. */
export function onLeaving(
  { signal, runtime, deadline }: Call,
  timed: boolean,
  leave: (reason: GatewayError) => void,
): () => void {
  const stop = (reason: GatewayError): void => {
    release()
    leave(reason)
  }
  const remaining = Math.min(deadline - runtime.now(), longestTimer)
  const cancelTimer = timed ? runtime.timer(remaining, () => stop(overdue())) : undefined
  const forget = signal && onAbort(signal, () => stop(left(signal)))
  const release = (): void => {
    cancelTimer?.()
    forget?.()
  }
  return release
}

/** The caller has left. */
export function left(signal?: AbortSignal): GatewayError {
  const reason: unknown = signal?.reason
  return isGatewayError(reason) ? reason : new GatewayError('cancelled', 'The call was cancelled.', { cause: reason })
}

/** The call's time is up. */
export function overdue(): GatewayError {
  return new GatewayError('timed_out', 'The call had not ended by its deadline.')
}

/** What runtimes take for a timer, in milliseconds. They ring at once for more. */
const longestTimer = 2 ** 31 - 1
