import type { Attempt } from '../call.ts'
import { onAbort } from '../runtime.ts'

/**
 * Attempts that wait for money which others hold in reserve. Each counter has a queue: when a reservation of it has been
 * settled, the first in line tries again, and calls the next once it has been served.
 */
export class Waiting {
  readonly #queues = new Map<string, (() => void)[]>()

  /** Resolves when it is worth trying again: somebody has settled, the attempt was aborted, or a while has passed. */
  wait(key: string, { runtime, signal, deadline }: Attempt, ahead: boolean): Promise<void> {
    return new Promise((resolve) => {
      const queue = this.#queues.get(key) ?? []
      const wake = (): void => {
        cancel()
        forget()
        const place = queue.indexOf(wake)
        if (place >= 0) queue.splice(place, 1)
        if (queue.length === 0 && this.#queues.get(key) === queue) this.#queues.delete(key)
        resolve()
      }
      // Other processes settle without a word to this one, and on some runtimes so do other requests.
      const pause = runtime.isolated ? 100 : 1000
      const cancel = runtime.timer(Math.max(1, Math.min(pause, deadline - runtime.now())), wake)
      const forget = onAbort(signal, wake)
      if (runtime.isolated) return
      if (ahead) queue.unshift(wake)
      else queue.push(wake)
      this.#queues.set(key, queue)
    })
  }

  get idle(): boolean {
    return this.#queues.size === 0
  }

  /** Lets the first in line try again. */
  next(key: string): void {
    this.#queues.get(key)?.[0]?.()
  }
}
