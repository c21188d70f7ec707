import type { Deployment } from '../call.ts'
import type { Exclusion } from '../errors.ts'
import type { Statistics } from './statistics.ts'

/** Whether a deployment has limits by the minute, so that what it was sent must be counted. */
export function isLimited({ limits }: Deployment): boolean {
  return limits?.requestsPerMinute !== undefined || limits?.tokensPerMinute !== undefined
}

/** Why a deployment has no room in this minute, by what was sent to it: the provider would refuse. Undefined when it has. */
export function atItsLimit(deployment: Deployment, statistics: Statistics, now: number): Exclusion | undefined {
  const { id, limits } = deployment
  if (!limits || !isLimited(deployment)) return undefined
  const known = statistics.of(deployment)
  const { requestsPerMinute = Number.POSITIVE_INFINITY, tokensPerMinute = Number.POSITIVE_INFINITY } = limits
  const requests = known.used('requests', now)
  if (requests >= requestsPerMinute) {
    return {
      deployment: id,
      reason: 'provider_limit',
      detail: `it was sent ${requests} requests of ${requestsPerMinute} a minute`,
    }
  }
  const tokens = known.used('tokens', now)
  if (tokens < tokensPerMinute) return undefined
  return {
    deployment: id,
    reason: 'provider_limit',
    detail: `it has used ${tokens} tokens of ${tokensPerMinute} a minute`,
  }
}
