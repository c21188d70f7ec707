import type { Attempt } from '../call.ts'
import type { GatewayError } from '../errors.ts'

/** Ends one attempt, and tells those who work for it. */
export interface Cancellation extends Pick<Attempt, 'signal' | 'abort' | 'onAbort'> {
  /** The attempt has completed, and nobody will end it any more. */
  readonly giveBack: () => void
}

/** How often one controller may serve: `fetch` leaves a listener on its signal until it is collected as garbage. */
const mostUses = 100

interface Controller {
  readonly controller: AbortController
  uses: number
}

/**
 * Gives out cancellations. To make an AbortSignal costs more than all else that an attempt does, so one that nobody
 * has aborted serves again once its attempt has completed.
 */
export class Cancellations {
  readonly #idle: Controller[] = []
  readonly #mostUses: number

  /** On a runtime that keeps requests apart, a signal serves the request that made it and no other. */
  constructor(isolated: boolean) {
    this.#mostUses = isolated ? 1 : mostUses
  }

  take(): Cancellation {
    const used = this.#idle.pop() ?? { controller: new AbortController(), uses: 0 }
    const callbacks = new Set<(reason: GatewayError) => void>()
    let over = false
    return {
      signal: used.controller.signal,
      abort(reason) {
        if (over) return
        over = true
        for (const callback of callbacks) {
          try {
            callback(reason)
          } catch {
            // A listener that fails keeps nobody else from leaving.
          }
        }
        used.controller.abort(reason)
      },
      onAbort(callback) {
        callbacks.add(callback)
        return () => callbacks.delete(callback)
      },
      giveBack: () => {
        if (over) return
        over = true
        if (++used.uses < this.#mostUses) this.#idle.push(used)
      },
    }
  }
}
