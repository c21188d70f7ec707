import type { Deployment } from '../../call.ts'
import { type Duration, milliseconds } from '../../duration.ts'
import { checkedApart, checkOptions } from '../../option-rules.ts'
import { Recent } from '../../recent.ts'
import { isList } from './chain.ts'
import { type Field, fieldRule, valueOfField } from './field.ts'
import { checkStrategy, type Strategy, type StrategyContext, tiered, unranked } from './strategy.ts'
import { weightedShuffle } from './weighted-shuffle.ts'

export interface StickyOptions {
  /** What stays together. @default 'session' */
  readonly by?: Field | undefined
  /** How long after its last call it is remembered where. @default '30m' */
  readonly ttl?: Duration | undefined
}

interface Place {
  readonly deployment: string
  readonly until: number
}

/** The most that are remembered, those that called last. */
export const mostRemembered = 10_000

/**
 * Stays with the deployment that was chosen last for the same session, as long as it may serve; the first time, and when it
 * may not, another strategy chooses. Calls that do not say the field are left to that.
 */
export function sticky(first: Strategy = weightedShuffle(), options: StickyOptions = {}): Strategy {
  checkStrategy('sticky()', first)
  checkOptions('sticky()', options, { by: fieldRule, ttl: checkedApart })
  const { by = 'session', ttl = '30m' } = options
  const lifetime = milliseconds(ttl, 'sticky.ttl')

  function placesOf({ memory }: StrategyContext): Recent<Place> {
    return memory(sticky, () => new Recent<Place>(mostRemembered))
  }

  function keyOf({ call, group }: StrategyContext): string | undefined {
    const value = valueOfField(by, call)
    return value === undefined ? undefined : `${group} ${value}`
  }

  function home(candidates: readonly Deployment[], context: StrategyContext): Deployment | undefined {
    const key = keyOf(context)
    const place = key === undefined ? undefined : placesOf(context).get(key)
    if (!place || place.until <= context.now) return undefined
    return candidates.find(({ id }) => id === place.deployment)
  }

  const sticky: Strategy = Object.assign(
    function sticky(candidates: readonly Deployment[], context: StrategyContext) {
      const key = keyOf(context)
      const chosen = home(candidates, context) ?? oneOf(first(candidates, context), candidates, context)
      if (key !== undefined) placesOf(context).set(key, { deployment: chosen.id, until: context.now + lifetime })
      return chosen
    },
    {
      observes: first.observes,
      remembers: true,
      prepare: first.prepare,
      rank(candidates: readonly Deployment[], context: StrategyContext) {
        const stays = home(candidates, context)
        if (!stays) return first.rank?.(candidates, context) ?? unranked(candidates)
        return tiered(
          candidates,
          (deployment) => (deployment === stays ? 0 : 1),
          (deployment) => ({ strategy: 'sticky', score: deployment === stays ? 1 : 0 }),
        )
      },
    },
  )
  return sticky
}

/** What a strategy left of the candidates, brought down to one. */
export function oneOf(
  chosen: Deployment | readonly Deployment[],
  candidates: readonly Deployment[],
  context: StrategyContext,
): Deployment {
  if (!isList(chosen)) return chosen
  const left = chosen.length > 0 ? chosen : candidates
  return left.length === 1 ? left[0]! : (weightedShuffle()(left, context) as Deployment)
}
