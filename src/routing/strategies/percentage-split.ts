import type { Deployment } from '../../call.ts'
import { GatewayError } from '../../errors.ts'
import { type Field, valueOfField } from './field.ts'
import { hash, mix, unit } from './hash.ts'
import { type Names, named } from './named.ts'
import { type Strategy, type StrategyContext, tiered } from './strategy.ts'

/** A part of the calls, and who serves it. */
export interface Split {
  /** From 0 to 100. */
  readonly percent: number
  readonly to: Names
}

export interface PercentageSplitOptions {
  /** What stays on one side: the same user, session or team always. @default each call by itself */
  readonly by?: Field | undefined
  /** Draws anew who is on which side: another text, another draw. @default '' */
  readonly salt?: string | undefined
}

/**
 * Sends a percentage of the calls to some of the deployments, such as a canary, and the rest to those that no part names. A side on
 * which nobody can serve leaves its calls to the others; all attempts of a call are on the same side.
 */
export function percentageSplit(parts: Split | readonly Split[], options: PercentageSplitOptions = {}): Strategy {
  const { by = ({ id }) => id, salt = '' } = options
  const sides = [parts].flat().map(({ percent, to }) => ({ percent: checked(percent), isMember: named(to) }))
  if (sides.reduce((sum, { percent }) => sum + percent, 0) > 100)
    throw new GatewayError('invalid_configuration', 'percentageSplit() gives away more than 100 percent.')
  const salted = hash(salt)

  /** On which side a call is; the last one is that of the rest. One that does not say the field stands for itself. */
  const sideOf = ({ call }: StrategyContext): number => {
    const value = valueOfField(by, call) ?? call.id
    let point = 100 * unit(mix(hash(value) ^ salted))
    for (const [index, { percent }] of sides.entries()) {
      point -= percent
      if (point < 0) return index
    }
    return sides.length
  }
  const memberOf = (deployment: Deployment): number => {
    for (let index = 0; index < sides.length; index++) if (sides[index]!.isMember(deployment)) return index
    return sides.length
  }

  return Object.assign(
    function percentageSplit(candidates: readonly Deployment[], context: StrategyContext) {
      const side = sideOf(context)
      return candidates.filter((deployment) => memberOf(deployment) === side)
    },
    {
      rank(candidates: readonly Deployment[], context: StrategyContext) {
        const side = sideOf(context)
        return tiered(
          candidates,
          (deployment) => (memberOf(deployment) === side ? 0 : 1),
          (deployment) => ({
            strategy: 'percentageSplit',
            parts: { percent: sides[memberOf(deployment)]?.percent ?? 'the rest' },
          }),
        )
      },
    },
  )
}

function checked(percent: number): number {
  if (percent >= 0 && percent <= 100) return percent
  throw new GatewayError('invalid_configuration', `percentageSplit() has a percent of ${percent}: write 0 to 100.`)
}
