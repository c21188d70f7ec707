import type { Attempt, Call, Deployment } from '../call.ts'
import type { Middleware } from '../middleware.ts'
import { speaksOf } from '../providers/provider.ts'
import { Recent } from '../recent.ts'

/** The most answers of which it is remembered where they are kept. */
const mostRemembered = 10_000

/** Knows which deployment keeps which answer, so that what goes on from it goes there. */
export interface Holders {
  readonly middleware: Middleware<Attempt>
  /** Why a deployment cannot go on with a call, or nothing when it can as far as is known. */
  mismatch(deployment: Deployment, call: Call): string | undefined
}

export function createHolders(): Holders {
  const deployments = new Recent<string>(mostRemembered)
  return {
    middleware: function holders(attempt, next) {
      attempt.settlement.on(({ held }) => {
        if (held !== undefined) deployments.set(held, attempt.deployment.id)
      })
      return next(attempt)
    },
    mismatch({ id, provider }, { operation, request }) {
      const held = operation.heldBy?.(request)
      if (!held) return undefined
      if (speaksOf(provider, operation.id, held.dialect)?.dialect.id !== held.dialect)
        return `part of the conversation is kept by a provider that speaks ${held.dialect}, and ${provider.id} does not`
      const holder = held.id === undefined ? undefined : deployments.get(held.id)
      return holder === undefined || holder === id ? undefined : `part of the conversation is kept at ${holder}`
    },
  }
}
