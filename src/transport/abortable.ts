import type { Attempt } from '../call.ts'
import type { Ending } from './ending.ts'

/** What the promise gives; or the attempt ends with the reason as soon as it is aborted, whether the promise heeds that or not. */
export function abortable<T>(promise: Promise<T>, { signal, onAbort }: Attempt, ending: Ending): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    // At once: who aborts it may tell of the whole call in the same turn.
    const forget = onAbort((reason) => reject(ending.fail(reason)))
    promise.then(
      (value) => {
        forget()
        resolve(value)
      },
      (error: unknown) => {
        forget()
        reject(error)
      },
    )
  })
}
