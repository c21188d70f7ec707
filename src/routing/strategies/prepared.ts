import type { Call } from '../../call.ts'
import type { Middleware } from '../../middleware.ts'
import type { Memory, Strategy } from './strategy.ts'

/** Lets a strategy find out what takes time, once for each call, before anybody is chosen. */
export function prepared(prepare: NonNullable<Strategy['prepare']>, memory: Memory): Middleware<Call> {
  return async function prepared(call, next) {
    const pending = prepare(call, memory)
    if (pending) await pending
    return next(call)
  }
}
