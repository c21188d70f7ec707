import type { Attempt } from '../call.ts'

/**
 * A key that is the same for all tries of a call at one deployment, and another at each other: so that a provider which
 * has done the work already gives what it has. An answer that was not good enough, or a changed body, begins a new one.
 */
export function idempotencyKey({ id, deployment, answered }: Attempt, body: string | undefined): string {
  return `${id}-${hash(`${deployment.id} ${answered} ${body}`).toString(36)}`
}

/** FNV-1a. @see https://datatracker.ietf.org/doc/html/draft-eastlake-fnv */
function hash(text: string): number {
  let sum = 0x811c9dc5
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193)
  return sum >>> 0
}
