import type { Attempt, Deployment, Health, Key, Rest } from '../call.ts'
import { errorTraits } from '../errors.ts'
import type { Middleware } from '../middleware.ts'

/** How long a key rests that is refused, or without funds, in milliseconds. */
const refusedRest = 5 * 60_000
/** How long a key rests that is limited by a provider that does not say how long. */
const limitedRest = 5_000
/** The longest that a provider's word is taken for: some say a day, and some nonsense. */
const longestRest = 60 * 60_000
/** The most rests that are remembered before those that are over are forgotten: names of models are made up. */
const mostRests = 1000

/** The most rests that are listed for a choice. */
const mostListed = 16
const nobody: ReadonlySet<string> = /* @__PURE__ */ new Set()

interface KnownRest extends Rest {
  readonly since: number
  /** Where; undefined is everywhere. */
  readonly deployment: string | undefined
}

/** Lets a key rest that a provider refused: everywhere, or at the deployment that limited it. */
export interface KeyRest extends Pick<Health, 'rest' | 'lastLimited'> {
  /** The deployments at which a key rests; undefined where one rests everywhere, or so many that it is no use to list them. */
  suspects(now: number): ReadonlySet<string> | undefined
  readonly middleware: Middleware<Attempt>
}

export function keyRest(): KeyRest {
  const rests = new Map<string, KnownRest>()

  // A key is refused everywhere at its provider, and limited at one deployment.
  const everywhere = (key: Key): string => key.id
  const at = (deployment: Deployment, key: Key): string => `${deployment.id} ${key.id}`

  /** Forgets what is over, or else what began first. */
  function forget(now: number): void {
    for (const [name, { until }] of rests) if (until <= now) rests.delete(name)
    for (const name of rests.keys()) {
      if (rests.size <= mostRests) return
      rests.delete(name)
    }
  }

  return {
    middleware: function keyRest(attempt, next) {
      const { deployment, key, runtime, settlement, trace } = attempt
      if (key && !key.borrowed) {
        settlement.on(({ error }) => {
          const faults = error && errorTraits[error.code].faults
          if (faults !== 'key' && faults !== 'key-at-deployment') return
          const since = runtime.now()
          const told = error?.retryAfter
          if (faults === 'key-at-deployment') {
            const until = since + Math.min(told ?? limitedRest, longestRest)
            rests.set(at(deployment, key), {
              since,
              until,
              deployment: deployment.id,
              firm: told !== undefined,
              refused: false,
            })
            if (rests.size > mostRests) forget(since)
          } else {
            rests.set(everywhere(key), {
              since,
              until: since + refusedRest,
              deployment: undefined,
              firm: false,
              refused: true,
            })
            trace.note({ type: 'warning', message: `${key.id} was refused (${error?.code}) and rests for 5 minutes.` })
          }
        })
      }
      return next(attempt)
    },
    rest(deployment, key, now) {
      if (rests.size === 0) return undefined
      const rest = later(rests.get(everywhere(key)), rests.get(at(deployment, key)))
      return rest && rest.until > now ? rest : undefined
    },
    suspects(now) {
      if (rests.size === 0) return nobody
      if (rests.size > mostListed) return undefined
      const deployments = new Set<string>()
      for (const { until, deployment } of rests.values()) {
        if (until <= now) continue
        if (deployment === undefined) return undefined
        deployments.add(deployment)
      }
      return deployments
    },
    lastLimited: (deployment, key) => (rests.size === 0 ? 0 : (rests.get(at(deployment, key))?.since ?? 0)),
  }
}

function later(a: KnownRest | undefined, b: KnownRest | undefined): KnownRest | undefined {
  return !b || (a && a.until > b.until) ? a : b
}
