import type { Call, Deployment, Preferences } from '../call.ts'
import { speaksOf } from '../providers/provider.ts'
import type { Holders } from './held.ts'
import { differsFrom } from './same-model.ts'

/** What filters know besides a deployment and a call. */
export interface FilterContext {
  /** Whose model a substitute must be, where it must be the same. */
  readonly original: Deployment | undefined
  readonly holders: Holders
  /** How the name that was asked for wants them sorted. */
  readonly sort?: Preferences['sort'] | undefined
}

/** Says in a sentence why a deployment cannot serve a call, or nothing when it can as far as is known. */
export type Filter = (deployment: Deployment, call: Call, context: FilterContext) => string | undefined

/** The filters of every plan, by their reason codes. What is unknown of a model never excludes it. */
export const filters: Readonly<Record<string, Filter>> = {
  unsupported: ({ provider }, { operation }) =>
    operation.direct || speaksOf(provider, operation.id) ? undefined : `${provider.id} has no ${operation.id}`,
  other_model: (deployment, { request }, { original }) => original && differsFrom(original, deployment, request),
  held_elsewhere: (deployment, call, { holders }) => holders.mismatch(deployment, call),
  not_configured: ({ settings }) => settings().missing,
  no_credential: ({ keys, provider }, { options }) => {
    if (options.credentials?.[provider.id]) return undefined
    const missing = keys.length === 1 ? keys[0]?.missing : undefined
    return missing && `${missing.join(' or ')} is not set`
  },
  context_window: ({ facts }, { operation, request }) => operation.overflow?.(request, facts),
  capability: ({ facts }, { operation, request }) => operation.mismatch?.(request, facts),
}
