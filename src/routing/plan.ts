import type { Call, Candidate, Deployment, Health, Key, Plan, Preferences } from '../call.ts'
import { type Exclusion, GatewayError } from '../errors.ts'
import { type FilterContext, filters, heldElsewhere, sameModel, standing } from './filters.ts'
import { borrowedKeys } from './keys.ts'
import { demands, preferred } from './preferences.ts'
import { ordered } from './strategies/ordered.ts'
import type { Selector } from './strategies/selector.ts'
import { sorts } from './strategies/sorts.ts'
import type { RankedShare, Strategy } from './strategies.ts'

/** A plan that can tell how it would choose. */
export interface RoutePlan extends Plan {
  /** Those that may serve the call now, the ones asked first in front. Changes nothing. */
  ranked(): readonly RankedShare[]
}

/** Plans who serves a call. Lazy: each `next` filters again and picks one, for the world may have changed since the last. */
export function createPlan(
  call: Call,
  group: string,
  deployments: readonly Deployment[],
  selector: Selector,
  health: Health,
  context: FilterContext,
): RoutePlan {
  const { runtime } = call
  const { lists } = context
  /** Deployments that can never serve this call, and those that were taken out. */
  const out = new Map<Deployment, Exclusion>()
  /** Deployments that have been asked, and keys that failed there: as few as a call may make attempts. */
  const asked: Deployment[] = []
  const outKeys: string[] = []
  /** Where one key of the first choice has been asked, and another may be. */
  let begun: Deployment | undefined
  let eligible: readonly Deployment[]

  const { credentials } = call.options
  const borrowed = credentials && new Map<Deployment, readonly Key[]>()
  /** The keys that may be used for this call: those that came with it, or else the deployment's. */
  const keysFor = (deployment: Deployment): readonly Key[] => {
    const own = credentials?.[deployment.provider.id]
    if (own === undefined || !borrowed) return deployment.keys
    let keys = borrowed.get(deployment)
    if (!keys) borrowed.set(deployment, (keys = borrowedKeys(deployment.provider.id, own)))
    return keys
  }

  const { prefer } = call.options
  const checks = checksOf(deployments, call, context)
  // Most calls are such that everybody may serve them.
  if (checks === filters && !prefer && call.operation.plain?.(call.request)) eligible = deployments
  else eligible = deployments.filter(mayServe)

  function mayServe(deployment: Deployment): boolean {
    const against = unable(checks, deployment, call, context) ?? (prefer && unwanted(deployment, prefer, call))
    if (against) out.set(deployment, { deployment: deployment.id, ...against })
    return against === undefined
  }
  const neverServes = eligible.length === 0
  const outAtFirst = out.size

  /** The key that was limited least recently, of those that may be used. */
  function keyOf(deployment: Deployment, now: number, forced: boolean, refused = forced): Key | undefined {
    let best: Key | undefined
    let bestTime = Number.POSITIVE_INFINITY
    for (const key of keysFor(deployment)) {
      if (outKeys.length > 0 && outKeys.includes(`${deployment.id} ${key.id}`)) continue
      const rest = health.rest(deployment, key, now)
      if (rest && (rest.firm || !forced || (rest.refused && !refused))) continue
      const time = health.lastLimited(deployment, key)
      if (time < bestTime) {
        best = key
        bestTime = time
      }
    }
    return best
  }

  function candidate(deployment: Deployment, now: number, forced: boolean, refused = forced): Candidate {
    return { deployment, key: keyOf(deployment, now, forced, refused), ...(forced && { forced }) }
  }

  function serves(deployment: Deployment, now: number, forced: boolean, refused = forced): boolean {
    if ((out.size > 0 && out.has(deployment)) || asked.includes(deployment)) return false
    if (!forced && health.blocked(deployment, now)) return false
    return keysFor(deployment).length === 0 || keyOf(deployment, now, forced, refused) !== undefined
  }

  /** Nobody has been asked yet, and nobody was taken out. */
  const isFresh = (): boolean => asked.length === 0 && outKeys.length === 0 && out.size === outAtFirst

  const hasRoom = (deployment: Deployment): boolean => !health.full?.(deployment)

  /** Those that come first, and how to choose among them. Whoever names an order, or a sort, wants no balance. */
  function first(all: readonly Deployment[]): readonly [candidates: readonly Deployment[], by: Strategy | undefined] {
    const named = prefer?.order ? preferred(all, prefer.order) : all
    if (named !== all) return [named, ordered()]
    const sort = prefer?.sort ?? context.sort
    return sort ? [all, sorts[sort]] : [ofLowestOrder(all), undefined]
  }

  /**
   * Those that may be asked now, and one of them that is due for a probe. Before anybody was asked it is mostly known which few
   * may not: they are taken out, and the others need not be looked at.
   */
  function survey(now: number): { readonly open: readonly Deployment[]; readonly probe: Deployment | undefined } {
    const isDue = (deployment: Deployment): boolean => health.probing(deployment, now)
    const suspects = health.suspects(now)
    if (!suspects || suspects.size > fewSuspects || !isFresh()) {
      const open = eligible.filter((deployment) => serves(deployment, now, false) && hasRoom(deployment))
      return { open, probe: open.find(isDue) }
    }
    if (suspects.size === 0) return { open: eligible, probe: undefined }
    const few: Deployment[] = []
    let probe: Deployment | undefined
    for (const suspect of suspects) {
      for (const deployment of lists.withId(deployments, suspect)) {
        if (!serves(deployment, now, false)) few.push(deployment)
        else if (!probe && isDue(deployment) && eligible.includes(deployment)) probe = deployment
      }
    }
    // What differs from call to call is not worth remembering.
    const lasting = eligible === deployments
    const open = lasting ? lists.without(eligible, few) : eligible.filter((deployment) => !few.includes(deployment))
    return { open, probe }
  }

  function pick(all: readonly Deployment[]): Deployment {
    const [candidates, by] = first(all)
    return selector.pick(candidates, call, group, by)
  }

  return {
    group,
    next(only) {
      const now = runtime.now()
      const alone = prefer?.allowFallbacks === false && begun ? begun : only
      if (only && only !== alone) return undefined
      if (alone) return serves(alone, now, false) ? candidate(alone, now, false) : undefined
      const fresh = isFresh()
      const { open, probe } = survey(now)
      if (probe) return candidate(probe, now, false)
      if (open.length > 0) return candidate(pick(open), now, false)
      // Health alone never leaves a call with nobody to ask; but keys that were refused are of use to nobody who has been asked.
      const last = eligible.filter((deployment) => serves(deployment, now, true, fresh) && hasRoom(deployment))
      return last.length > 0 ? candidate(pick(last), now, true, fresh) : undefined
    },
    full() {
      const now = runtime.now()
      return eligible.filter((deployment) => !hasRoom(deployment) && serves(deployment, now, false))
    },
    exclude({ deployment, key }, reason, scope) {
      if (key) outKeys.push(`${deployment.id} ${key.id}`)
      const keysLeft = keysFor(deployment).some(({ id }) => !outKeys.includes(`${deployment.id} ${id}`))
      if (reason === undefined) begun = deployment
      if (scope === 'key' && keysLeft) return
      if (reason === undefined) asked.push(deployment)
      else out.set(deployment, { deployment: deployment.id, reason })
    },
    narrow(reason, detail) {
      for (const deployment of eligible) {
        const sentence = out.has(deployment) || asked.includes(deployment) ? undefined : detail(deployment)
        if (sentence !== undefined) out.set(deployment, { deployment: deployment.id, reason, detail: sentence })
      }
    },
    eligible: () => survey(runtime.now()).open,
    ranked() {
      const now = runtime.now()
      const { open, probe } = survey(now)
      const ranked: RankedShare[] = []
      if (probe) ranked.push(...selector.rank([probe], call, group))
      let left = probe ? open.filter((deployment) => deployment !== probe) : open
      while (left.length > 0) {
        const [candidates, by] = first(left)
        const rows = selector.rank(candidates, call, group, by)
        // Who is due for a probe has all the calls of now.
        ranked.push(...(probe ? rows.map((row) => ({ ...row, share: 0 })) : rows))
        left = left.filter((deployment) => !candidates.includes(deployment))
      }
      return ranked
    },
    excluded,
    refusal() {
      const exclusions = excluded()
      const why = exclusions.map(({ deployment, reason, detail }) => `${deployment}: ${detail ?? reason}`).join('; ')
      const now = runtime.now()
      const ready = eligible
        .flatMap((deployment) => keysFor(deployment).map((key) => health.rest(deployment, key, now)?.until ?? now))
        .reduce((soonest, until) => Math.min(soonest, until), Number.POSITIVE_INFINITY)
      if (exclusions.length > 0 && exclusions.every(({ reason }) => reason === 'data_policy')) {
        return new GatewayError('data_policy_unmet', `No deployment of "${group}" meets the data policy (${why}).`, {
          excluded: exclusions,
        })
      }
      return new GatewayError(
        'no_eligible_deployment',
        `No deployment can serve "${group}"${neverServes ? '' : ' now'}${why && ` (${why})`}.`,
        {
          status: neverServes ? 400 : 503,
          excluded: exclusions,
          retryAfter: neverServes || !Number.isFinite(ready) ? undefined : ready - now,
        },
      )
    },
  }

  function excluded(): readonly Exclusion[] {
    const now = runtime.now()
    const list = [...out.values()]
    for (const deployment of eligible) {
      if (out.has(deployment) || asked.includes(deployment)) continue
      const blocked = health.blocked(deployment, now)
      if (blocked) list.push(blocked)
      else if (!hasRoom(deployment)) {
        list.push({ deployment: deployment.id, reason: 'full', detail: 'as many calls are in flight as may be' })
      } else if (keysFor(deployment).length > 0 && keyOf(deployment, now, false) === undefined) {
        list.push({ deployment: deployment.id, reason: 'key_resting', detail: 'all of its keys rest' })
      }
    }
    return list
  }
}

/** With more, each is looked at. */
const fewSuspects = 16

/** Those that are asked first, by the order that their user gave them. */
function ofLowestOrder(candidates: readonly Deployment[]): readonly Deployment[] {
  let lowest = candidates[0]!.order
  let mixed = false
  for (const { order } of candidates) {
    if (order === lowest) continue
    mixed = true
    if (order < lowest) lowest = order
  }
  return mixed ? candidates.filter(({ order }) => order === lowest) : candidates
}

/** The checks that this call needs. Those that hold for every call of an operation were passed once and for all. */
function checksOf(deployments: readonly Deployment[], call: Call, { original, passed }: FilterContext): Checks {
  const { operation, request, options } = call
  let checks = filters
  if (original) checks = [...checks, ...sameModel]
  if (operation.heldBy?.(request)) checks = [...checks, ...heldElsewhere]
  if (options.credentials) return [...standing, ...checks]
  const known = passed.get(deployments)
  if (known?.has(operation.id)) return checks
  if (deployments.some((deployment) => unable(standing, deployment, call, undefined))) return [...standing, ...checks]
  if (known) known.add(operation.id)
  else passed.set(deployments, new Set([operation.id]))
  return checks
}

function unable(
  checks: Checks,
  deployment: Deployment,
  call: Call,
  context: FilterContext | undefined,
): Against | undefined {
  for (const [reason, filter] of checks) {
    const detail = filter(deployment, call, context)
    if (detail !== undefined) return { reason, detail }
  }
  return undefined
}

function unwanted(deployment: Deployment, preferences: Preferences, call: Call): Against | undefined {
  for (const [reason, demand] of demands) {
    const detail = demand(deployment, preferences, call)
    if (detail !== undefined) return { reason, detail }
  }
  return undefined
}

type Checks = typeof filters
type Against = Omit<Exclusion, 'deployment'>
