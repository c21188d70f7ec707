import type { AuthContext, AuthScheme, Outgoing } from '../../src/providers/provider.ts'
import type { Fetch, FetchInit } from '../../src/runtime.ts'
import { createClock } from '../../src/testing/index.ts'

/** A request that was sent to a token endpoint. */
export interface Sent {
  readonly url: string
  readonly init: FetchInit
  readonly form: URLSearchParams
}

/** A world for schemes: a clock that is set by hand, and a token endpoint. */
export interface SchemeWorld {
  readonly context: AuthContext
  readonly sent: readonly Sent[]
  time: number
  answer: () => Response | Promise<Response>
}

/** Makes a world in which each exchange gives another token, for an hour. */
export function schemeWorld(settings: Readonly<Record<string, string>> = {}): SchemeWorld {
  const sent: Sent[] = []
  const fetch: Fetch = async (url, init) => {
    sent.push({ url, init, form: new URLSearchParams(String(init.body)) })
    return world.answer()
  }
  const world: SchemeWorld & { time: number } = {
    context: { now: () => world.time, fetch, timer: createClock().timer, settings, kept: new Map() },
    sent,
    time: Date.UTC(2026, 0, 1),
    answer: () => Response.json({ access_token: `token-${sent.length}`, expires_in: 3600, token_type: 'Bearer' }),
  }
  return world
}

/** Applies a scheme to a request, and gives the request. */
export async function signed(
  scheme: AuthScheme,
  credential: string,
  context: AuthContext,
  request: Partial<Outgoing> = {},
): Promise<Outgoing> {
  const outgoing = { method: 'POST', url: 'https://example.com/', headers: {}, body: '{}', ...request }
  await scheme(outgoing, credential, context)
  return outgoing
}
