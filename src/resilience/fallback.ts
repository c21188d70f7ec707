import type { Attempt, Call, Plan } from '../call.ts'
import { errorTraits, type FallbackList, GatewayError, toGatewayError } from '../errors.ts'
import { left } from '../leaving.ts'
import type { Next } from '../middleware.ts'
import type { Reply } from '../reply.ts'
import { Cancellations } from './cancellation.ts'
import type { Continuation, Resume } from './continuation.ts'
import { type Attempts, onlyLarger, serve, type Walk } from './retry.ts'

/** For each kind of failure, the groups to ask instead of a group, in order. */
export type Fallbacks = {
  readonly [List in FallbackList]?: Readonly<Record<string, readonly string[]>> | undefined
} & {
  /** The groups to ask instead of any that has no entry in `general`. */
  readonly default?: readonly string[] | undefined
}

export interface ResilienceOptions extends Omit<Walk, 'next' | 'cancellations'> {
  readonly fallback: Fallbacks
  readonly maxAttempts: number
  /** Lets a stream that breaks off go on elsewhere. */
  readonly continuation?: Continuation | undefined
  /** The runtime keeps requests apart. */
  readonly isolated: boolean
}

/** Moves a failed call on to the substitutes of its group, all within one budget of attempts and one deadline. */
export function resilience(
  planFor: (call: Call, group: string) => Plan,
  options: ResilienceOptions,
  next: Next<Attempt>,
): Next<Call> {
  const { fallback, maxAttempts, continuation } = options
  const walk: Walk = { ...options, next, cancellations: new Cancellations(options.isolated) }

  return async function resilience(call) {
    const asked = call.request.model
    const attempts: Attempts = {
      begun: 0,
      window: undefined,
      held: undefined,
      unaccepted: 0,
      limit: Math.min(maxAttempts, call.options.maxAttempts ?? maxAttempts),
    }
    const visited = [asked]
    let failure: GatewayError | undefined
    for (let group: string | undefined = asked; group !== undefined; ) {
      if (call.signal?.aborted) throw left(call.signal)
      const plan = planFor(call, group)
      if (attempts.window !== undefined) onlyLarger(plan, attempts.window)
      try {
        const spare = untried('general', call, visited).length
        const reply: Reply = await serve(call, plan, attempts, spare, walk)
        if (group === asked) return lasting(reply, group)
        if (reply.kind === 'whole') return { ...reply, substitute: true }
        reply.substitute = true
        return lasting(reply, group)
      } catch (cause) {
        const error: GatewayError = toGatewayError(cause)
        call.trace.note({ type: 'route', group, excluded: plan.excluded() })
        // That a substitute was not even eligible is less to know than why one was needed.
        if (!failure || error.code !== 'no_eligible_deployment') failure = error
        group =
          attempts.begun < attempts.limit && call.runtime.now() < call.deadline
            ? substitute(failure, call, visited)
            : undefined
        if (group === undefined) return heldOr(failure)
        call.trace.note({ type: 'fallback', from: visited.at(-1)!, to: group, because: failure.code })
        visited.push(group)
      }
    }
    throw failure

    /** The last answer that was not good enough, for it has been paid for; or else the failure. */
    function heldOr(error: GatewayError): Reply {
      const { held } = attempts
      if (!held || error.code === 'cancelled') throw error
      call.trace.note({ type: 'warning', message: `Nobody gave a better answer than ${held.deployment?.id}.` })
      return held
    }

    function lasting(reply: Reply, group: string): Reply {
      if (!continuation) return reply
      return continuation.follow(call, reply, (...more) => resume(attempts, asked, [...visited, group], ...more))
    }
  }

  /** Asks the rest of a group, and then its substitutes, to go on with a call. One that refuses what it is asked leaves the others. */
  async function resume(
    attempts: Attempts,
    asked: string,
    visited: readonly string[],
    ...[call, narrow]: Parameters<Resume>
  ): Promise<Reply> {
    let failure: GatewayError = new GatewayError('no_eligible_deployment', 'No attempts are left to go on with.')
    for (const group of [visited.at(-1)!, ...untried('general', call, visited)]) {
      const plan = planFor(call, group)
      narrow(plan)
      if (attempts.window !== undefined) onlyLarger(plan, attempts.window)
      do {
        if (attempts.begun >= attempts.limit || call.runtime.now() >= call.deadline) throw failure
        try {
          const reply = await serve(call, plan, attempts, 0, walk)
          if (reply.kind === 'stream') reply.substitute = group !== asked
          return reply
        } catch (cause) {
          failure = toGatewayError(cause)
        }
      } while (failure.code === 'invalid_request' || failure.code === 'unsupported')
    }
    throw failure
  }

  /** The substitutes of a list that have not been asked yet: those that the call names, or else the gateway's. */
  function untried(list: FallbackList, { request, options }: Call, visited: readonly string[]): readonly string[] {
    if (options.fallback === false || options.prefer?.allowFallbacks === false) return []
    const groups = options.fallback ?? substitutesOf(fallback, list, request.model)
    return groups.filter((group) => !visited.includes(group))
  }

  function substitute({ code }: GatewayError, call: Call, visited: readonly string[]): string | undefined {
    const list = errorTraits[code].fallback
    return list && untried(list, call, visited)[0]
  }
}

/** The substitutes of a group for a kind of failure. A typed list goes on into the general one, and that is the default's where it has no entry. */
export function substitutesOf(fallback: Fallbacks, list: FallbackList, group: string): readonly string[] {
  const typed = list === 'general' ? [] : (entryOf(fallback[list], group) ?? [])
  return [...typed, ...(entryOf(fallback.general, group) ?? fallback.default ?? [])]
}

/** The names that applications ask for may be those that every object has. */
export function entryOf(list: Fallbacks[FallbackList], group: string): readonly string[] | undefined {
  return list && Object.hasOwn(list, group) ? list[group] : undefined
}
