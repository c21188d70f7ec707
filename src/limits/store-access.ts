import { type Runtime, sleep } from '../runtime.ts'
import { Background, isPromise, within } from '../stores/access.ts'
import type { Awaitable } from '../stores/counters.ts'

/** Asks a store within a deadline, and sees through in the background what must not be lost. */
export class StoreAccess extends Background {
  /** What the store answers, or a rejection when that takes longer than 250 ms. */
  ask<T>(answer: PromiseLike<T>, runtime: Runtime): Promise<T> {
    return within(250, answer, runtime)
  }

  /**
   * Does what must be done, though nobody waits for it: tries again when the store fails. The work must bear to be done
   * twice. `then` hears what came of it. When the store stays away, the reservation lapses there by itself.
   */
  insist<T>(work: () => Awaitable<T>, runtime: Runtime, then: (answer: T) => void): void {
    let first: Awaitable<T>
    try {
      first = work()
    } catch (cause) {
      first = Promise.reject(cause)
    }
    if (isPromise(first)) this.keep(persist(first, work, runtime).then(then), runtime)
    else then(first)
  }
}

async function persist<T>(first: PromiseLike<T>, work: () => Awaitable<T>, runtime: Runtime): Promise<T> {
  let answer = first
  for (const pause of pauses) {
    try {
      return await within(5000, answer, runtime)
    } catch {
      await sleep(runtime, pause)
      answer = (async () => work())()
    }
  }
  return within(5000, answer, runtime)
}

/** Milliseconds before each further try. */
const pauses = [200, 1000, 5000, 20_000]
