import type { Attempt, Call, Plan } from '../call.ts'
import { errorTraits, type FallbackList, type GatewayError, toGatewayError } from '../errors.ts'
import type { Next } from '../middleware.ts'
import type { Reply } from '../reply.ts'
import { Cancellations, cancelled } from './cancellation.ts'
import { type Attempts, onlyLarger, serve, type Walk } from './retry.ts'

/** For each kind of failure, the groups to ask instead of a group, in order. */
export type Fallbacks = { readonly [List in FallbackList]?: Readonly<Record<string, readonly string[]>> | undefined }

export interface ResilienceOptions extends Omit<Walk, 'next' | 'cancellations'> {
  readonly fallback: Fallbacks
  readonly maxAttempts: number
  /** The runtime keeps requests apart. */
  readonly isolated: boolean
}

/** Moves a failed call on to the substitutes of its group, all within one budget of attempts and one deadline. */
export function resilience(
  planFor: (call: Call, group: string) => Plan,
  options: ResilienceOptions,
  next: Next<Attempt>,
): Next<Call> {
  const { fallback, maxAttempts } = options
  const walk: Walk = { ...options, next, cancellations: new Cancellations(options.isolated) }

  return async function resilience(call) {
    const asked = call.request.model
    const attempts: Attempts = {
      begun: 0,
      window: undefined,
      limit: Math.min(maxAttempts, call.options.maxAttempts ?? maxAttempts),
    }
    const visited = [asked]
    let failure: GatewayError | undefined
    for (let group: string | undefined = asked; group !== undefined; ) {
      if (call.signal?.aborted) throw cancelled(call.signal)
      const plan = planFor(call, group)
      if (attempts.window !== undefined) onlyLarger(plan, attempts.window)
      try {
        const spare = untried('general', asked, visited).length
        const reply: Reply = await serve(call, plan, attempts, spare, walk)
        if (group === asked) return reply
        if (reply.kind === 'whole') return { ...reply, substitute: true }
        reply.substitute = true
        return reply
      } catch (cause) {
        const error: GatewayError = toGatewayError(cause)
        call.trace.note({ type: 'route', group, excluded: plan.excluded() })
        // That a substitute was not even eligible is less to know than why one was needed.
        if (!failure || error.code !== 'no_eligible_deployment') failure = error
        group =
          attempts.begun < attempts.limit && call.runtime.now() < call.deadline
            ? substitute(failure, asked, visited)
            : undefined
        if (group === undefined) throw failure
        call.trace.note({ type: 'fallback', from: visited.at(-1)!, to: group, because: failure.code })
        visited.push(group)
      }
    }
    throw failure
  }

  /** The substitutes of a list that have not been asked yet. A typed list goes on into the general one. */
  function untried(list: FallbackList, asked: string, visited: readonly string[]): readonly string[] {
    const typed = fallback[list]?.[asked] ?? []
    const general = list === 'general' ? [] : (fallback.general?.[asked] ?? [])
    return [...typed, ...general].filter((group) => !visited.includes(group))
  }

  function substitute({ code }: GatewayError, asked: string, visited: readonly string[]): string | undefined {
    const list = errorTraits[code].fallback
    return list && untried(list, asked, visited)[0]
  }
}
