import type { Price } from '../providers/provider.ts'
import { times } from './token-price.ts'

/**
 * The prices at which a service tier may be billed: one, but for `auto`, which leaves it to the provider. None where it is
 * dearer than the standard and nobody knows by how much.
 */
export function pricesOf(price: Price, serviceTier: string | undefined): readonly Price[] {
  if (serviceTier === undefined) return [price]
  const name = serviceTier.toLowerCase()
  if (standard.has(name)) return [price]
  if (cheaper.has(name)) return [priceIn(name as 'flex', price) ?? price]
  const dearer = priceIn('priority', price)
  if (name === 'auto') return dearer ? [price, dearer] : [price]
  return dearer && priority.has(name) ? [dearer] : []
}

// Groq says `on_demand`; Anthropic asks with `standard_only` and answers `standard`; OpenAI answers `default`.
const standard: ReadonlySet<string> = new Set(['', 'default', 'standard', 'standard_only', 'on_demand'])
const cheaper: ReadonlySet<string> = new Set(['batch', 'flex'])
// OpenAI renamed its priority processing on 2026-07-30, and takes both words.
const priority: ReadonlySet<string> = new Set(['priority', 'fast'])

function priceIn(tier: 'batch' | 'flex' | 'priority', price: Price): Price | undefined {
  const own = price.serviceTiers?.[tier]
  if (typeof own !== 'number') return own && { ...price, ...own }
  return {
    ...price,
    ...times(own, price),
    tiers: price.tiers?.map((each) => ({ above: each.above, ...times(own, each) })),
  }
}
