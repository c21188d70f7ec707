import type { Cost } from '../call.ts'
import type { Usage } from '../operations/operation.ts'
import type { Price, TokenPrice, UnitPrice } from '../providers/provider.ts'
import { CostSum } from './cost-sum.ts'
import { pricesOf } from './service-tier.ts'
import { atLength, billsTokens, dearestToken } from './token-price.ts'

/**
 * Computes what a usage costs, in nano-dollars, or undefined when something of it was not reported or has no price.
 *
 * Exact: prices are read to nine decimals of a dollar, sums are whole numbers, and the total is rounded up to a nano-dollar
 * once, at the end. Each part is rounded by itself. A part of a count that is larger than the count itself is cut down to
 * it, the cheaper part first. Where nobody tells which of several prices applies, the dearest does.
 *
 * @param serviceTier The tier that was asked for, where the usage does not tell which one served.
 */
export function costOf(price: Price, usage: Usage, serviceTier?: string): Cost | undefined {
  let dearest: Cost | undefined
  for (const each of pricesOf(price, usage.serviceTier ?? serviceTier)) {
    const cost = costAt(each, usage)
    if (!cost) return undefined
    if (!dearest || cost.total > dearest.total) dearest = cost
  }
  return dearest
}

/** The parts of the input that have a price of their own, the dear ones first, with the prices that count: the first that there is. */
const inputParts: readonly Part[] = [
  ['cacheWriteHour', (usage) => usage.cacheWriteHourTokens, ['cacheWriteHour', 'cacheWrite', 'input']],
  ['cacheWrite', (usage) => less(usage.cacheWriteTokens, usage.cacheWriteHourTokens), ['cacheWrite', 'input']],
  ['audioInput', (usage) => less(usage.audioInputTokens, usage.cachedAudioInputTokens), ['audioInput', 'input']],
  ['imageInput', (usage) => usage.imageInputTokens, ['imageInput', 'input']],
  ['cachedAudioInput', (usage) => usage.cachedAudioInputTokens, ['audioCacheRead', 'audioInput', 'input']],
  ['cachedInput', (usage) => less(usage.cachedInputTokens, usage.cachedAudioInputTokens), ['cacheRead', 'input']],
  ['input', () => Number.POSITIVE_INFINITY, ['input']],
]

const outputParts: readonly Part[] = [
  ['audioOutput', (usage) => usage.audioOutputTokens, ['audioOutput', 'output']],
  ['imageOutput', (usage) => usage.imageOutputTokens, ['imageOutput', 'output']],
  ['reasoning', (usage) => usage.reasoningTokens, ['reasoning', 'output']],
  ['output', () => Number.POSITIVE_INFINITY, ['output']],
]

type Part = readonly [
  name: keyof Cost,
  count: (usage: Usage) => number | undefined,
  prices: readonly (keyof TokenPrice)[],
]

/** What is counted besides tokens: under which name, how many of the unit a price is for, and what of it there are kinds of. */
export const units: readonly Unit[] = [
  { name: 'images', price: 'image', per: 1, kind: 'imageKind' },
  { name: 'seconds', price: 'hour', per: 3_600_000, scale: 1000 },
  { name: 'characters', price: 'characters', per: 1e6 },
  { name: 'searchUnits', price: 'searchUnit', per: 1 },
  { name: 'pages', price: 'page', per: 1 },
  { name: 'webSearches', price: 'webSearch', per: 1, sometimes: true },
]

interface Unit {
  readonly name: 'images' | 'seconds' | 'characters' | 'searchUnits' | 'pages' | 'webSearches'
  readonly price: 'image' | 'hour' | 'characters' | 'searchUnit' | 'page' | 'webSearch'
  /** For how many of its smallest part the price is. */
  readonly per: number
  /** How many of its smallest part the unit has. */
  readonly scale?: number
  readonly kind?: 'imageKind'
  /** Most calls use none of it, and do not say so. */
  readonly sometimes?: true
}

/** The price of one of a kind; the dearest where nobody told the kind, undefined of a kind that is not listed. */
export function unitPrice(price: UnitPrice, kind?: string): number | undefined {
  if (typeof price === 'number') return price
  if (kind === undefined) return Math.max(...Object.values(price))
  return Object.hasOwn(price, kind) ? price[kind] : undefined
}

function costAt(base: Price, usage: Usage): Cost | undefined {
  const sum = new CostSum()
  if (billsTokens(base)) {
    const inputTokens = count(usage.inputTokens, dearestToken(base, 'input'))
    const outputTokens = count(usage.outputTokens, dearestToken(base, 'output'))
    if (inputTokens === undefined || outputTokens === undefined) return undefined
    const price = atLength(base, inputTokens)
    if (!addParts(inputParts, inputTokens, price) || !addParts(outputParts, outputTokens, price)) return undefined
  }
  for (const { name, price: field, per, scale = 1, kind, sometimes } of units) {
    const each = base[field]
    const many = usage[name]
    if (each === undefined) {
      if (sometimes && many) return undefined
      continue
    }
    if (many === undefined && sometimes) continue
    const dollars = unitPrice(each, kind && usage[kind])
    if (!isCount(many) || dollars === undefined) return undefined
    sum.add(name, many * scale, dollars, per)
  }
  if (base.request !== undefined) {
    const dollars = unitPrice(base.request, usage.searchContext)
    if (dollars === undefined) return undefined
    sum.add('request', 1, dollars, 1)
  }
  return sum.result()

  function addParts(parts: readonly Part[], tokens: number, price: TokenPrice): boolean {
    let rest = tokens
    for (const [name, countOf, prices] of parts) {
      const many = Math.min(Math.max(countOf(usage) ?? 0, 0), rest)
      if (!many && name !== 'input' && name !== 'output') continue
      const field = prices.find((field) => price[field] !== undefined)
      if (field) sum.add(name, many, price[field] as number, 1e6)
      else if (many) return false
      rest -= many
    }
    return true
  }
}

/** A count that may be reckoned with, for a NaN would spread through every budget. What costs nothing need not be counted. */
function count(tokens: number | undefined, price: number | undefined): number | undefined {
  if (tokens === undefined && !price) return 0
  return isCount(tokens) ? tokens : undefined
}

function isCount(count: number | undefined): count is number {
  return Number.isFinite(count) && (count as number) >= 0
}

function less(whole: number | undefined, part: number | undefined): number | undefined {
  return whole && part && part > 0 ? whole - part : whole
}
