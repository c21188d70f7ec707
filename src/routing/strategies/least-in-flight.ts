import type { Deployment } from '../../call.ts'
import { checkOptions, oneOf } from '../../option-rules.ts'
import { least, twoChoices } from './choices.ts'
import type { Score, Strategy, StrategyContext } from './strategy.ts'

export interface LeastInFlightOptions {
  /** `'twoChoices'` looks at two at random: as even within a hair, where several gateways serve the same deployments. @default 'least' */
  readonly choice?: 'least' | 'twoChoices' | undefined
}

/** Picks who has the fewest attempts under way, by weight. */
export function leastInFlight(options: LeastInFlightOptions = {}): Strategy {
  checkOptions('leastInFlight()', options, { choice: oneOf('least', 'twoChoices') })
  return options.choice !== 'twoChoices' ? least(inFlight) : twoChoices(inFlight)
}

/**
 * Rates deployments by the attempts under way there, by weight: whole numbers come nearest to it by Sainte-Laguë's rule, half of one
 * more than there are. Those with none are equal.
 */
export const inFlight: Score = /* @__PURE__ */ Object.assign(
  function inFlight(deployment: Deployment, { statistics, now }: StrategyContext) {
    const many = statistics.of(deployment).inFlight(now)
    if (deployment.weight === 0) return undefined
    return many === 0 ? 0 : (many + 0.5) / deployment.weight
  },
  {
    observes: true,
    parts: (deployment: Deployment, { statistics, now }: StrategyContext) => ({
      inFlight: statistics.of(deployment).inFlight(now),
      weight: deployment.weight,
    }),
  },
)
