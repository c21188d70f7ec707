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
  { name: 'cacheWriteHour', count: 'cacheWriteHourTokens', prices: ['cacheWriteHour', 'cacheWrite', 'input'] },
  { name: 'cacheWrite', count: 'cacheWriteTokens', but: 'cacheWriteHourTokens', prices: ['cacheWrite', 'input'] },
  { name: 'audioInput', count: 'audioInputTokens', but: 'cachedAudioInputTokens', prices: ['audioInput', 'input'] },
  { name: 'imageInput', count: 'imageInputTokens', prices: ['imageInput', 'input'] },
  { name: 'cachedAudioInput', count: 'cachedAudioInputTokens', prices: ['audioCacheRead', 'audioInput', 'input'] },
  { name: 'cachedInput', count: 'cachedInputTokens', but: 'cachedAudioInputTokens', prices: ['cacheRead', 'input'] },
]

const outputParts: readonly Part[] = [
  { name: 'audioOutput', count: 'audioOutputTokens', prices: ['audioOutput', 'output'] },
  { name: 'imageOutput', count: 'imageOutputTokens', prices: ['imageOutput', 'output'] },
  { name: 'reasoning', count: 'reasoningTokens', prices: ['reasoning', 'output'] },
]

interface Part {
  readonly name: keyof Cost
  readonly count: TokenCount
  /** A part of the part, which is counted by itself. */
  readonly but?: TokenCount
  readonly prices: readonly (keyof TokenPrice)[]
}

type TokenCount = Extract<keyof Usage, `${string}Tokens`>

/** What is counted besides tokens: under which name, how many of the unit a price is for, and what of it there are kinds of. */
const units: readonly Unit[] = [
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

/** The units that a price is about, and those that must not be used where it has none. */
export function unitsOf(price: Price): readonly Unit[] {
  let own = unitsByPrice.get(price)
  if (!own) unitsByPrice.set(price, (own = units.filter((unit) => unit.sometimes || price[unit.price] !== undefined)))
  return own
}

/** Most prices are of tokens alone, and each call asks. */
const unitsByPrice = /* @__PURE__ */ new WeakMap<Price, readonly Unit[]>()

/** The price of one of a kind; the dearest where nobody told the kind, undefined of a kind that is not listed. */
export function unitPrice(price: UnitPrice, kind?: string): number | undefined {
  if (typeof price === 'number') return price
  if (kind === undefined) return Math.max(...Object.values(price))
  return Object.hasOwn(price, kind) ? price[kind] : undefined
}

function costAt(base: Price, usage: Usage): Cost | undefined {
  const sum = new CostSum()
  if (billsTokens(base)) {
    const inputTokens = tokensOf(usage.inputTokens, base, 'input')
    const outputTokens = tokensOf(usage.outputTokens, base, 'output')
    if (inputTokens === undefined || outputTokens === undefined) return undefined
    const price = atLength(base, inputTokens)
    if (!addTokens(sum, 'input', inputParts, inputTokens, usage, price)) return undefined
    if (!addTokens(sum, 'output', outputParts, outputTokens, usage, price)) return undefined
  }
  for (const unit of unitsOf(base)) if (!addUnit(sum, unit, usage, base)) return undefined
  if (base.request !== undefined) {
    const dollars = unitPrice(base.request, usage.searchContext)
    if (dollars === undefined) return undefined
    sum.add('request', 1, dollars, 1)
  }
  return sum.result()
}

/** Whether all of them have a price. */
function addTokens(
  sum: CostSum,
  side: 'input' | 'output',
  parts: readonly Part[],
  tokens: number,
  usage: Usage,
  price: TokenPrice,
): boolean {
  let rest = tokens
  for (const { name, count, but, prices } of parts) {
    let many = usage[count]
    if (!many) continue
    if (but) many -= Math.max(usage[but] ?? 0, 0)
    many = Math.min(Math.max(many, 0), rest)
    if (!many) continue
    const dollars = first(prices, price)
    if (dollars === undefined) return false
    sum.add(name, many, dollars, 1e6)
    rest -= many
  }
  const dollars = price[side]
  if (dollars !== undefined) sum.add(side, rest, dollars, 1e6)
  return dollars !== undefined || rest === 0
}

function first(fields: readonly (keyof TokenPrice)[], price: TokenPrice): number | undefined {
  for (const field of fields) if (price[field] !== undefined) return price[field]
  return undefined
}

/** Whether what was used of a unit is known, and has a price. */
function addUnit(
  sum: CostSum,
  { name, price, per, scale = 1, kind, sometimes }: Unit,
  usage: Usage,
  base: Price,
): boolean {
  const each = base[price]
  const many = usage[name]
  if (each === undefined) return !(sometimes && many)
  if (many === undefined && sometimes) return true
  const dollars = unitPrice(each, kind && usage[kind])
  if (!isCount(many) || dollars === undefined) return false
  sum.add(name, many * scale, dollars, per)
  return true
}

/** A count that may be reckoned with, for a NaN would spread through every budget. What costs nothing need not be counted. */
function tokensOf(tokens: number | undefined, price: TokenPrice, side: 'input' | 'output'): number | undefined {
  if (tokens === undefined && !dearestToken(price, side)) return 0
  return isCount(tokens) ? tokens : undefined
}

function isCount(count: number | undefined): count is number {
  return Number.isFinite(count) && (count as number) >= 0
}
