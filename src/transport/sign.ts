import type { Attempt } from '../call.ts'
import type { Outgoing } from '../providers/provider.ts'

/** Adds the attempt's credential to a request, in the way of its provider. Gives a promise only where that takes time. */
export function sign(
  attempt: Attempt,
  outgoing: Outgoing,
  secret: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> | void {
  const { deployment, key, runtime } = attempt
  const { now, fetch, timer, isolated } = runtime
  return deployment.provider.auth.scheme(outgoing, secret, {
    now,
    fetch,
    timer,
    isolated,
    settings,
    kept: key!.kept,
  })
}
