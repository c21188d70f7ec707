import type { Preferences } from '../call.ts'
import type { OperationRequest } from '../operations/operation.ts'

/** A request without what it says of who is to serve it, and that, in our words. */
export interface Preferring {
  readonly request: OperationRequest
  readonly prefer: Preferences | undefined
}

/**
 * Takes preferences out of a request's body: `provider` in the words of OpenRouter, `providerOptions.gateway` in those of
 * Vercel's gateway. Of use only where we route: a provider that routes by itself reads its own.
 *
 * @see https://openrouter.ai/docs/features/provider-routing
 */
export function takePreferences(request: OperationRequest, dialect: string): Preferring {
  const fields = request.extensions?.[dialect]
  const { provider, providerOptions, ...others } = fields ?? {}
  const vercel = isObject(providerOptions) ? providerOptions['gateway'] : undefined
  if (!isObject(provider) && !isObject(vercel)) return { request, prefer: undefined }
  const { gateway: _, ...rest } = isObject(providerOptions) ? providerOptions : {}
  const kept = {
    ...others,
    ...(provider !== undefined && !isObject(provider) && { provider }),
    ...(Object.keys(rest).length > 0 && { providerOptions: rest }),
  }
  return {
    request: { ...request, extensions: { ...request.extensions, [dialect]: kept } },
    prefer: { ...(isObject(vercel) && ofVercel(vercel)), ...(isObject(provider) && ofOpenRouter(provider)) },
  }
}

type Fields = Readonly<Record<string, unknown>>

function ofOpenRouter(told: Fields): Preferences {
  const { sort, max_price: price, data_collection: collection } = told
  return defined({
    order: names(told['order']),
    only: names(told['only']),
    ignore: names(told['ignore']),
    quantizations: names(told['quantizations']),
    sort: sortOf(isObject(sort) ? sort['by'] : sort),
    allowFallbacks: flag(told['allow_fallbacks']),
    zeroRetention: flag(told['zdr']),
    noTraining: collection === 'deny' ? true : undefined,
    maxPrice: isObject(price)
      ? defined({
          input: amount(price['prompt']),
          output: amount(price['completion']),
          request: amount(price['request']),
        })
      : undefined,
  })
}

function ofVercel(told: Fields): Preferences {
  return defined({
    order: names(told['order']),
    only: names(told['only']),
    sort: sortOf(told['sort']),
    zeroRetention: flag(told['zeroDataRetention']),
    noTraining: flag(told['disallowPromptTraining']),
  })
}

function sortOf(word: unknown): Preferences['sort'] {
  if (word === 'price' || word === 'latency' || word === 'throughput') return word
  // Vercel's words.
  return word === 'cost' ? 'price' : word === 'ttft' ? 'latency' : word === 'tps' ? 'throughput' : undefined
}

function names(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : undefined
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

/** OpenRouter takes prices as texts too. */
function amount(value: unknown): number | undefined {
  const number = Number(value ?? Number.NaN)
  return Number.isFinite(number) ? number : undefined
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function defined<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
