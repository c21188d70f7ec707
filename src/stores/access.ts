import type { Call } from '../call.ts'
import { GatewayError } from '../errors.ts'

type Runtime = Call['runtime']

/** Whether a store answers later, rather than at once. */
export function isPromise<T>(answer: T | PromiseLike<T>): answer is PromiseLike<T> {
  return typeof (answer as PromiseLike<T> | null | undefined)?.then === 'function'
}

/** What a store answers, or a rejection with `store_unavailable` when that takes longer than `ms` milliseconds. */
export function within<T>(ms: number, answer: PromiseLike<T>, { timer }: Runtime): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = timer(ms, () =>
      reject(new GatewayError('store_unavailable', `The store did not answer within ${ms} ms.`)),
    )
    Promise.resolve(answer).finally(cancel).then(resolve, reject)
  })
}

/** Work that goes on behind a call's back. */
export class Background {
  readonly #work = new Set<Promise<unknown>>()

  /** Keeps a promise in mind, and the runtime alive, until it has ended. */
  keep(work: Promise<unknown>, runtime: Runtime): void {
    const ended: Promise<unknown> = work.catch(() => {}).then(() => this.#work.delete(ended))
    this.#work.add(ended)
    runtime.waitUntil?.(ended)
  }

  /** Resolves when all of it has ended. */
  async flush(): Promise<void> {
    while (this.#work.size > 0) await Promise.all(this.#work)
  }
}
