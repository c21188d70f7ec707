import type { Deployment } from '../../call.ts'

/** Deployments by name: a tag, `provider/model`, or the whole id with region and label; or several of them. */
export type Names = string | readonly string[]

/** Tells whether a deployment is meant by names. */
export function named(names: Names): (deployment: Deployment) => boolean {
  const wanted = new Set([names].flat())
  return ({ id, provider, model, tags }) =>
    wanted.has(id) || wanted.has(`${provider.id}/${model}`) || (tags?.some((tag) => wanted.has(tag)) ?? false)
}
