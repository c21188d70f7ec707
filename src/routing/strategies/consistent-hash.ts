import type { Deployment } from '../../call.ts'
import { checkOptions } from '../../option-rules.ts'
import { type Field, fieldRule, valueOfField } from './field.ts'
import { hash, mix, unit } from './hash.ts'
import { type Strategy, type StrategyContext, tiered } from './strategy.ts'

export interface ConsistentHashOptions {
  /** What keeps to the same deployment. @default 'user' */
  readonly by?: Field | undefined
}

/**
 * Sends what belongs together to the same deployment, shares going by weight: rendezvous hashing. When a deployment leaves,
 * only what it served moves, to all of the others; when it comes back, that comes back. Calls that do not say the field are
 * left to whatever chooses next.
 */
export function consistentHash(options: ConsistentHashOptions = {}): Strategy {
  checkOptions('consistentHash()', options, { by: fieldRule })
  const { by = 'user' } = options
  const consistentHash = Object.assign(
    function consistentHash(candidates: readonly Deployment[], context: StrategyContext) {
      const value = valueOfField(by, context.call)
      if (value === undefined) return candidates
      const key = hash(value)
      const hashes = hashesOf(context)
      let nearest: Deployment | undefined
      let shortest = Number.POSITIVE_INFINITY
      for (const candidate of candidates) {
        const distance = distanceOf(candidate, key, hashes)
        if (distance < shortest) {
          nearest = candidate
          shortest = distance
        }
      }
      return nearest ?? candidates
    },
    {
      rank(candidates: readonly Deployment[], context: StrategyContext) {
        const value = valueOfField(by, context.call)
        const key = value === undefined ? undefined : hash(value)
        const distance = (deployment: Deployment): number =>
          key === undefined ? 0 : distanceOf(deployment, key, hashesOf(context))
        return tiered(candidates, distance, (deployment) => ({
          strategy: 'consistentHash',
          score: key === undefined ? undefined : distance(deployment),
        }))
      },
    },
  )

  function hashesOf({ memory }: StrategyContext): WeakMap<Deployment, number> {
    return memory(consistentHash, () => new WeakMap<Deployment, number>())
  }
  return consistentHash
}

// Of exponential variables with the weights for rates, each is the least with the probability of its share.
function distanceOf(deployment: Deployment, key: number, hashes: WeakMap<Deployment, number>): number {
  let own = hashes.get(deployment)
  if (own === undefined) hashes.set(deployment, (own = hash(deployment.id)))
  return -Math.log(unit(mix(key ^ own))) / deployment.weight
}
