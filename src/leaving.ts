import type { Call } from './call.ts'
import { GatewayError, isGatewayError } from './errors.ts'
import { onAbort } from './runtime.ts'

type Waiting = Pick<Call, 'signal' | 'runtime' | 'deadline'>

/** Tells once that a call's caller has left, or that its time is up where that counts. Gives what calls that off. */
export function onLeaving(
  { signal, runtime, deadline }: Waiting,
  timed: boolean,
  leave: (reason: GatewayError) => void,
  late?: string,
): () => void {
  const stop = (reason: GatewayError): void => {
    release()
    leave(reason)
  }
  const cancelTimer = timed
    ? runtime.timer(Math.max(0, deadline - runtime.now()), () => stop(overdue(late)))
    : undefined
  const forget = signal && onAbort(signal, () => stop(left(signal)))
  const release = (): void => {
    cancelTimer?.()
    forget?.()
  }
  return release
}

/** What a promise gives, unless the caller of a call leaves, or its time is up, before: `late` says so. */
export function inTime<T>(promise: PromiseLike<T>, call: Waiting, late?: string): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const release = onLeaving(call, true, reject, late)
    if (call.signal?.aborted) reject(left(call.signal))
    Promise.resolve(promise).finally(release).then(resolve, reject)
  })
}

/** The caller has left. Its own reason is the cause. */
export function left(signal?: AbortSignal): GatewayError {
  const reason: unknown = signal?.reason
  return isGatewayError(reason) ? reason : new GatewayError('cancelled', 'The call was cancelled.', { cause: reason })
}

/** The call's time is up. */
export function overdue(message = 'The call had not ended by its deadline.'): GatewayError {
  return new GatewayError('timed_out', message)
}
