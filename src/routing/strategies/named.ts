import type { Deployment } from '../../call.ts'
import { isText, isTexts, type OptionRule } from '../../option-rules.ts'

/** Deployments by name: a tag, `provider/model`, or the whole id with region and label; or several of them. */
export type Names = string | readonly string[]

/** What names must be. */
export const namesRule: OptionRule = [
  'a tag or the name of a deployment, or a list of them',
  (value) => isText(value) || isTexts(value),
]

/** Tells whether a deployment is meant by names. */
export function named(names: Names): (deployment: Deployment) => boolean {
  const wanted = new Set([names].flat())
  const known = new WeakMap<Deployment, boolean>()
  return function isNamed(deployment) {
    let is = known.get(deployment)
    if (is === undefined) {
      const { id, provider, model, tags } = deployment
      is = wanted.has(id) || wanted.has(`${provider.id}/${model}`) || (tags?.some((tag) => wanted.has(tag)) ?? false)
      known.set(deployment, is)
    }
    return is
  }
}
