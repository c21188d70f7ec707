import type { Attempt } from '../call.ts'
import type { FetchResponse } from '../runtime.ts'
import type { Ending } from './ending.ts'

/**
 * What comes of what the promise gives; or the attempt ends with the reason as soon as it is aborted, whether the promise heeds
 * that or not. What fails ends the attempt, too.
 */
export function abortable<T, Result = T>(
  promise: Promise<T>,
  { signal, onAbort }: Attempt,
  ending: Ending,
  then: (value: T) => Result = same,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => reject(ending.fail(cause))
    if (signal.aborted) fail(signal.reason)
    // At once: who aborts it may tell of the whole call in the same turn.
    const forget = onAbort(fail)
    promise.then(
      (value) => {
        forget()
        try {
          resolve(then(value))
        } catch (cause) {
          fail(cause)
        }
      },
      (cause: unknown) => {
        forget()
        fail(cause)
      },
    )
  })
}

/** What a promise gives before there is anything to end; or the reason as soon as the attempt is aborted. */
export function unlessLeft<T>(promise: Promise<T>, { signal, onAbort }: Attempt): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) reject(signal.reason)
    const forget = onAbort(reject)
    promise.then(resolve, reject).finally(forget)
  })
}

function same<T, Result>(value: T): Result {
  return value as unknown as Result
}

/** A response that somebody still waits for. Some runtimes and mocks ignore an abort: then its body is let go. */
export function unlessAborted(response: FetchResponse, { signal }: Attempt): FetchResponse {
  if (!signal.aborted) return response
  response.body?.cancel().catch(() => {})
  throw signal.reason
}
