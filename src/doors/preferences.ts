import type { Preferences } from '../call.ts'
import { compact, type Fields, isFields } from '../dialects/fields.ts'
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
  const vercel = isFields(providerOptions) ? providerOptions['gateway'] : undefined
  if (!isFields(provider) && !isFields(vercel)) return { request, prefer: undefined }
  const { gateway: _, ...rest } = isFields(providerOptions) ? providerOptions : {}
  const kept = {
    ...others,
    ...(provider !== undefined && !isFields(provider) && { provider }),
    ...(Object.keys(rest).length > 0 && { providerOptions: rest }),
  }
  return {
    request: { ...request, extensions: { ...request.extensions, [dialect]: kept } },
    prefer: { ...(isFields(vercel) && ofVercel(vercel)), ...(isFields(provider) && ofOpenRouter(provider)) },
  }
}

function ofOpenRouter(told: Fields): Preferences {
  const { sort, max_price: price, data_collection: collection } = told
  return compact<Preferences>({
    order: names(told['order']),
    only: names(told['only']),
    ignore: names(told['ignore']),
    quantizations: names(told['quantizations']),
    sort: sortOf(isFields(sort) ? sort['by'] : sort),
    allowFallbacks: flag(told['allow_fallbacks']),
    zeroRetention: flag(told['zdr']),
    noTraining: collection === 'deny' ? true : undefined,
    maxPrice: isFields(price)
      ? compact<NonNullable<Preferences['maxPrice']>>({
          input: amount(price['prompt']),
          output: amount(price['completion']),
          request: amount(price['request']),
        })
      : undefined,
  })
}

function ofVercel(told: Fields): Preferences {
  return compact<Preferences>({
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
