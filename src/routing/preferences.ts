import type { Call, Deployment, Preferences } from '../call.ts'

/** What a gateway and a call demand together. */
interface Joint extends Preferences {
  /** Those whom the gateway alone lets serve, where the call names its own: names of one may be of many, and so lists of names have no common part. */
  readonly within?: readonly string[] | undefined
}

/** Says in a sentence why a caller does not want a deployment, or nothing when he has nothing against it. */
type Demand = (deployment: Deployment, preferences: Joint, call: Call) => string | undefined

/** What a caller may demand of who serves, by the reason codes of those who do not meet it. */
export const demands: readonly (readonly [reason: string, demand: Demand])[] = Object.entries<Demand>({
  not_wanted(deployment, { within, only, ignore }) {
    const missed = [within, only].find((names) => names && !names.some((name) => isNamed(deployment, name)))
    if (missed) return `only ${missed.join(', ') || 'nobody'} may serve`
    const name = ignore?.find((name) => isNamed(deployment, name))
    return name === undefined ? undefined : `${name} is to be ignored`
  },
  data_policy({ provider }, { zeroRetention, noTraining }) {
    if (zeroRetention && !provider.zeroRetention)
      return `nobody has declared that ${provider.id} keeps nothing: provider(row, { zeroRetention: true })`
    if (noTraining && !provider.noTraining && !provider.zeroRetention)
      return `nobody has declared that ${provider.id} trains on nothing: provider(row, { noTraining: true })`
    return undefined
  },
  region: ({ provider: { region } }, { regions }) =>
    regions && !regions.includes(region ?? '') ? `it runs ${region ? `in ${region}` : 'nobody said where'}` : undefined,
  tags({ tags = [] }, { tags: wanted }) {
    const missing = wanted?.filter((tag) => !tags.includes(tag))
    return missing?.length ? `it has no tag ${missing.join(', ')}` : undefined
  },
  quantization: ({ quantization }, { quantizations }) =>
    quantizations && !quantizations.includes(quantization ?? '')
      ? `its weights are ${quantization ?? 'of a precision that nobody said'}`
      : undefined,
  price({ facts: { price } }, { maxPrice }) {
    for (const part of ['input', 'output', 'request'] as const) {
      const most = maxPrice?.[part]
      if (most === undefined) continue
      const cost = part === 'request' ? price && dearest(price.request ?? 0) : price?.[part]
      if (cost === undefined) return 'its price is not known'
      if (cost > most) return `its ${part} costs $${cost}, more than $${most}`
    }
    return undefined
  },
  deprecated({ facts: { deprecated } }, { deprecated: allowed }, { runtime }) {
    if (allowed !== false || !deprecated) return undefined
    if (deprecated === true) return 'its provider has given notice of it'
    return Date.parse(deprecated) <= runtime.now() ? `its provider gave notice of it for ${deprecated}` : undefined
  },
})

/** Those that a caller wants first, of the candidates that are left; all of them, where he said nothing of them. */
export function preferred(candidates: readonly Deployment[], order: readonly string[]): readonly Deployment[] {
  for (const name of order) {
    const found = candidates.filter((deployment) => isNamed(deployment, name))
    if (found.length > 0) return found
  }
  return candidates
}

/** What both the gateway and a call demand. Lists of the call narrow those of the gateway; what one forbids is forbidden. */
export function bothOf(gateway: Preferences | undefined, call: Preferences | undefined): Joint | undefined {
  if (!gateway || !call) return call ?? gateway
  return {
    ...gateway,
    ...call,
    order: call.order ?? gateway.order,
    sort: call.sort ?? gateway.sort,
    only: call.only ?? gateway.only,
    within: call.only && gateway.only,
    regions: common(gateway.regions, call.regions),
    quantizations: common(gateway.quantizations, call.quantizations),
    ignore: [...(gateway.ignore ?? []), ...(call.ignore ?? [])],
    tags: [...(gateway.tags ?? []), ...(call.tags ?? [])],
    zeroRetention: gateway.zeroRetention || call.zeroRetention,
    noTraining: gateway.noTraining || call.noTraining,
    deprecated: gateway.deprecated === false ? false : call.deprecated,
    allowFallbacks: gateway.allowFallbacks === false ? false : call.allowFallbacks,
    maxPrice: lower(gateway.maxPrice, call.maxPrice),
  }
}

/** Whether a deployment is meant by a name: its provider's, its provider's and model's, its own, or that of a region. */
function isNamed({ id, provider, model }: Deployment, name: string): boolean {
  return (
    name === provider.id ||
    name === id ||
    name === `${provider.id}/${model}` ||
    name === `${provider.id}@${provider.region}`
  )
}

function common<T>(one?: readonly T[], other?: readonly T[]): readonly T[] | undefined {
  return one && other ? other.filter((item) => one.includes(item)) : (other ?? one)
}

function lower(one: Preferences['maxPrice'], other: Preferences['maxPrice']): Preferences['maxPrice'] {
  if (!one || !other) return other ?? one
  const least = (a = Number.POSITIVE_INFINITY, b = Number.POSITIVE_INFINITY): number | undefined =>
    Number.isFinite(Math.min(a, b)) ? Math.min(a, b) : undefined
  return {
    input: least(one.input, other.input),
    output: least(one.output, other.output),
    request: least(one.request, other.request),
  }
}

function dearest(price: number | Readonly<Record<string, number>>): number {
  return typeof price === 'number' ? price : Math.max(...Object.values(price))
}
