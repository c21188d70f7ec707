import { GatewayError } from '../errors.ts'
import { type Runtime, sleep } from '../runtime.ts'
import type { Awaitable } from '../stores/counters.ts'

/** Asks a store within a deadline, and sees through in the background what must not be lost. */
export class StoreAccess {
  readonly #background = new Set<Promise<void>>()

  /** What the store answers, or a rejection when that takes longer than 250 ms. */
  ask<T>(answer: Promise<T>, runtime: Runtime): Promise<T> {
    return within(250, answer, runtime)
  }

  /**
   * Does what must be done, though nobody waits for it: tries again when the store fails. The work must bear to be done
   * twice. `then` hears what came of it. When the store stays away, the reservation lapses there by itself.
   */
  insist<T>(work: () => Awaitable<T>, runtime: Runtime, then: (answer: T) => void): void {
    const first = attempt(work)
    if (isPromise(first)) this.keep(persist(first, work, runtime).then(then, ignore), runtime)
    else then(first)
  }

  /** Keeps a promise in mind, and the runtime alive, until it has ended. */
  keep(work: Promise<unknown>, runtime: Runtime): void {
    const ended: Promise<void> = work.then(ignore, ignore).then(() => {
      this.#background.delete(ended)
    })
    this.#background.add(ended)
    runtime.waitUntil?.(ended)
  }

  async flush(): Promise<void> {
    while (this.#background.size > 0) await Promise.all(this.#background)
  }
}

export function isPromise<T>(value: Awaitable<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === 'function'
}

async function persist<T>(first: Promise<T>, work: () => Awaitable<T>, runtime: Runtime): Promise<T> {
  let answer: Awaitable<T> = first
  for (const pause of pauses) {
    try {
      return isPromise(answer) ? await within(5000, answer, runtime) : answer
    } catch {
      await sleep(runtime, pause)
      answer = attempt(work)
    }
  }
  return isPromise(answer) ? within(5000, answer, runtime) : answer
}

function attempt<T>(work: () => Awaitable<T>): Awaitable<T> {
  try {
    return work()
  } catch (cause) {
    return Promise.reject(cause)
  }
}

function within<T>(ms: number, answer: Promise<T>, runtime: Runtime): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = runtime.timer(ms, () =>
      reject(new GatewayError('store_unavailable', `The store did not answer within ${ms} ms.`)),
    )
    answer.then(resolve, reject).finally(cancel)
  })
}

function ignore(): undefined {
  return undefined
}

/** Milliseconds before each further try. */
const pauses = [200, 1000, 5000, 20_000]
