import type { Call, Deployment } from '../../call.ts'
import { inTime } from '../../leaving.ts'
import { isFunction, misconfigured } from '../../option-rules.ts'
import { isPromise } from '../../stores/access.ts'
import { type Names, named, namesRule } from './named.ts'
import { type Memory, type Strategy, type StrategyContext, tiered } from './strategy.ts'

/**
 * Judges a call: gives the name of a route, or undefined for no preference. Asked once for each call, before anybody is chosen, so
 * it may take its time: a moderation, a classifier, a model. It must not change the call.
 */
export type Judge<Route extends string> = (call: Call) => Route | undefined | Promise<Route | undefined>

/**
 * Narrows to the deployments of the route that a judge names, such as a stricter model for what a moderation flags. A judge that
 * fails, or is not done by the deadline, fails the call: a guard that is gone must not open the gate. Where nobody of the route
 * can serve, all may.
 */
export function byVerdict<Route extends string>(judge: Judge<Route>, routes: Readonly<Record<Route, Names>>): Strategy {
  return verdictStrategy('byVerdict', judge, routes, false)
}

const late = 'The judge of the routing had not decided by the deadline of the call.'

/** @param local The judge is quick, and asks nobody, so that `explain` may ask it. */
export function verdictStrategy<Route extends string>(
  name: string,
  judge: Judge<Route>,
  routes: Readonly<Record<Route, Names>>,
  local: boolean,
): Strategy {
  if (!isFunction(judge)) throw misconfigured(`${name}() takes a function that judges a call.`)
  for (const [route, names] of Object.entries<Names>(routes ?? {}))
    if (!namesRule[1](names)) throw misconfigured(`${name}(): the route ${route} must be ${namesRule[0]}.`)
  const members = new Map(Object.entries<Names>(routes).map(([route, names]) => [route, named(names)]))

  /** By the recorder, which is the same for all copies of a call. */
  const verdicts = (memory: Memory): WeakMap<object, Route | undefined> => memory(strategy, () => new WeakMap())
  const verdictOf = ({ call, memory }: StrategyContext): Route | undefined => verdicts(memory).get(call.trace)

  const strategy: Strategy = Object.assign(
    function byVerdict(candidates: readonly Deployment[], context: StrategyContext) {
      const isMember = members.get(verdictOf(context) ?? '')
      return isMember ? candidates.filter(isMember) : candidates
    },
    {
      prepare(call: Call, memory: Memory) {
        const keep = (verdict: Route | undefined): void => void verdicts(memory).set(call.trace, verdict)
        const verdict = judge(call)
        if (isPromise(verdict)) return inTime(verdict, call, late).then(keep)
        keep(verdict)
        return undefined
      },
      rank(candidates: readonly Deployment[], context: StrategyContext) {
        const judged = local ? judge(context.call) : verdictOf(context)
        const verdict = isPromise(judged) ? undefined : judged
        const isMember = members.get(verdict ?? '')
        return tiered(
          candidates,
          (deployment) => (!isMember || isMember(deployment) ? 0 : 1),
          () => ({ strategy: name, parts: { verdict: verdict ?? (local ? 'none' : 'asked when a call is made') } }),
        )
      },
    },
  )
  return strategy
}
