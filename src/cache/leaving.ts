import type { Call } from '../call.ts'
import { GatewayError, isGatewayError } from '../errors.ts'

/** Tells once that a call's caller has left, or that its time is up. Gives what calls that off. */
export function onLeaving(
  { signal, runtime, deadline }: Call,
  heed: { readonly deadline: boolean },
  leave: (reason: GatewayError) => void,
): () => void {
  const stop = (reason: GatewayError): void => {
    release()
    leave(reason)
  }
  const onAbort = (): void => stop(left(signal))
  const remaining = Math.min(Math.max(0, deadline - runtime.now()), longestTimer)
  const cancelTimer = heed.deadline ? runtime.timer(remaining, () => stop(overdue())) : undefined
  const release = (): void => {
    cancelTimer?.()
    signal?.removeEventListener('abort', onAbort)
  }
  signal?.addEventListener('abort', onAbort)
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
