import type { Call } from '../../call.ts'
import type { Middleware } from '../../middleware.ts'
import type { Memory, Strategy } from './strategy.ts'

/** Lets a strategy find out what takes time, once for each call, before anybody is chosen. Only those that ask for it. */
export function prepared(strategy: () => Strategy, memory: Memory): Middleware<Call> {
  return function prepared(call, next) {
    const { prepare } = strategy()
    if (!prepare) return next(call)
    return (async () => {
      const pending = prepare(call, memory)
      if (pending) await pending
      return next(call)
    })()
  }
}
