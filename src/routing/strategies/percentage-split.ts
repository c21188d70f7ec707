import type { Deployment } from '../../call.ts'
import { checkOptions, misconfigured, numberWith } from '../../option-rules.ts'
import { type Field, fieldRule, valueOfField } from './field.ts'
import { hash, mix, unit } from './hash.ts'
import { type Names, named, namesRule } from './named.ts'
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
  checkOptions('percentageSplit()', options, { by: fieldRule, salt: ['a text', (salt) => typeof salt === 'string'] })
  const { by = ({ id }) => id, salt = '' } = options
  const sides = [parts].flat().map((part) => {
    checkOptions('percentageSplit()', part, partRules)
    const { percent, to } = part
    if (percent === undefined || to === undefined) throw misconfigured('percentageSplit() takes { percent, to }.')
    return { percent, isMember: named(to) }
  })
  if (sides.reduce((sum, { percent }) => sum + percent, 0) > 100)
    throw misconfigured('percentageSplit() gives away more than 100 percent.')
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

const partRules = {
  percent: /* @__PURE__ */ numberWith('0 to 100', (percent) => percent >= 0 && percent <= 100),
  to: namesRule,
}
