import type { Preferences } from '../call.ts'
import { compact, type Fields, isFields } from '../dialects/fields.ts'
import { GatewayError } from '../errors.ts'
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
  const demand = demandsIn(told, 'provider')
  if (!isOneOf(collection, ['allow', 'deny'])) throw refused('provider.data_collection', "'allow' or 'deny'")
  if (!isFields(price ?? {})) throw refused('provider.max_price', 'an object')
  const most = demandsIn((price ?? {}) as Fields, 'provider.max_price')
  return compact<Preferences>({
    order: demand.names('order'),
    only: demand.names('only'),
    ignore: demand.names('ignore'),
    quantizations: demand.names('quantizations'),
    sort: sortOf(isFields(sort) ? sort['by'] : sort),
    allowFallbacks: demand.flag('allow_fallbacks'),
    zeroRetention: demand.flag('zdr'),
    noTraining: collection === 'deny' ? true : undefined,
    maxPrice: isFields(price)
      ? compact<NonNullable<Preferences['maxPrice']>>({
          input: most.amount('prompt'),
          output: most.amount('completion'),
          request: most.amount('request'),
        })
      : undefined,
  })
}

function ofVercel(told: Fields): Preferences {
  const demand = demandsIn(told, 'providerOptions.gateway')
  return compact<Preferences>({
    order: demand.names('order'),
    only: demand.names('only'),
    sort: sortOf(told['sort']),
    zeroRetention: demand.flag('zeroDataRetention'),
    noTraining: demand.flag('disallowPromptTraining'),
  })
}

function sortOf(word: unknown): Preferences['sort'] {
  if (word === 'price' || word === 'latency' || word === 'throughput') return word
  // Vercel's words.
  return word === 'cost' ? 'price' : word === 'ttft' ? 'latency' : word === 'tps' ? 'throughput' : undefined
}

/** Reads demands. One that is not understood is refused: to take it for none would let everybody serve. */
function demandsIn(told: Fields, at: string) {
  const read =
    <Value>(wanted: string, is: (value: unknown) => boolean) =>
    (name: string): Value | undefined => {
      const value = told[name] ?? undefined
      if (value !== undefined && !is(value)) throw refused(`${at}.${name}`, wanted)
      return value as Value | undefined
    }
  // OpenRouter takes prices as texts too.
  const amount = read<number | string>('a number from 0', (value) => isAmount(value))
  return {
    names: read<readonly string[]>('a list of texts', (value) => Array.isArray(value) && value.every(isText)),
    flag: read<boolean>('true or false', (value) => typeof value === 'boolean'),
    amount(name: string): number | undefined {
      const value = amount(name)
      return value === undefined ? undefined : Number(value)
    },
  }
}

function isAmount(value: unknown): boolean {
  return (typeof value === 'number' || (isText(value) && value.trim() !== '')) && Number(value) >= 0
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isOneOf(value: unknown, words: readonly string[]): boolean {
  return value === undefined || value === null || words.includes(value as string)
}

function refused(field: string, wanted: string): GatewayError {
  return new GatewayError('invalid_request', `${field} must be ${wanted}.`)
}
