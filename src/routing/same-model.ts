import type { Call, Deployment } from '../call.ts'
import { GatewayError } from '../errors.ts'
import { speaksOf } from '../providers/provider.ts'
import type { Names } from './names.ts'

// Vectors of two models, or of two lengths, do not compare: an index that has both finds nothing, and says nothing.

/** Whose model a substitute must be: the first of the group that was asked for which can do what is asked. */
export function originalOf({ operation, request }: Call, find: Names['find']): Deployment | undefined {
  if (!operation.sameModel) return undefined
  return find(request.model)?.deployments.find(({ provider }) => speaksOf(provider, operation.id))
}

/** Why a deployment's answers do not mix with those of another; undefined when they do. */
export function differsFrom(original: Deployment, deployment: Deployment, request: object): string | undefined {
  if (original.identity !== deployment.identity)
    return `it is ${deployment.identity}, whose answers do not mix with those of ${original.identity}`
  const [length, own] = [original.facts.dimensions, deployment.facts.dimensions]
  const { dimensions } = request as { readonly dimensions?: number | undefined }
  if (dimensions !== undefined || length === undefined || own === undefined || length === own) return undefined
  return `its answers have ${own} dimensions, and those of ${original.id} have ${length}`
}

/** Refuses a group of several models whose answers do not mix, as far as that is known of them. */
export function checkGroup(group: string, deployments: readonly Deployment[]): void {
  const [first, ...others] = deployments.filter(({ facts }) => facts.operation === 'embeddings')
  const other = first && others.find(({ identity }) => identity !== first.identity)
  if (!other) return
  throw new GatewayError(
    'invalid_configuration',
    `The group "${group}" mixes the embeddings of ${first.id} and ${other.id}, which do not compare. Make a group of each; where they are one model by two names, say so by \`is\`.`,
  )
}
