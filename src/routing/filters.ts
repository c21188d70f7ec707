import type { Call, Deployment, Preferences } from '../call.ts'
import { speaksOf } from '../providers/provider.ts'
import type { Holders } from './held.ts'
import { differsFrom } from './same-model.ts'
import type { Without } from './without.ts'

/** What filters know besides a deployment and a call. */
export interface FilterContext {
  /** Whose model a substitute must be, where it must be the same. */
  readonly original: Deployment | undefined
  readonly holders: Holders
  /** The operations for which all of a list of deployments have passed what is {@link standing}. */
  readonly passed: WeakMap<readonly Deployment[], Set<string>>
  readonly lists: Without
  /** How the name that was asked for wants them sorted. */
  readonly sort?: Preferences['sort'] | undefined
}

/** Says in a sentence why a deployment cannot serve a call, or nothing when it can as far as is known. */
export type Filter = (deployment: Deployment, call: Call, context: FilterContext | undefined) => string | undefined

/** Filters, each with the reason code of those that it leaves out. What is unknown of a model never excludes it. */
export type Filters = readonly (readonly [reason: string, filter: Filter])[]

/** What holds for every call of an operation, once it holds: whoever has passed need not be asked again. */
export const standing: Filters = Object.entries<Filter>({
  unsupported: ({ provider }, { operation }) =>
    operation.direct || speaksOf(provider, operation.id) ? undefined : `${provider.id} has no ${operation.id}`,
  not_configured: ({ provider, settings }) => (provider.settings ? settings().missing : undefined),
  no_credential: ({ keys, provider }, { options }) => {
    if (options.credentials?.[provider.id]) return undefined
    const missing = keys.length === 1 ? keys[0]?.missing : undefined
    return missing && `${missing.join(' or ')} is not set`
  },
})

/** What depends on the request. */
export const filters: Filters = Object.entries<Filter>({
  context_window: ({ facts }, { operation, request }) => operation.overflow?.(request, facts),
  capability: ({ facts }, { operation, request }) => operation.mismatch?.(request, facts),
})

/** Of operations whose answers do not mix. */
export const sameModel: Filters = Object.entries<Filter>({
  other_model: (deployment, { request }, context) =>
    context?.original && differsFrom(context.original, deployment, request),
})

/** Of requests that go on from what a provider keeps. */
export const heldElsewhere: Filters = Object.entries<Filter>({
  held_elsewhere: (deployment, call, context) => context?.holders.mismatch(deployment, call),
})
