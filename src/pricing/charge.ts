import type { Asked, Billed, Bound, Charge } from '../call.ts'
import type { RequestBound, Usage } from '../operations/operation.ts'
import type { ModelFacts, Price, TokenPrice } from '../providers/provider.ts'
import { costOf, unitPrice, unitsOf } from './cost.ts'
import { CostSum } from './cost-sum.ts'
import { pricesOf } from './service-tier.ts'
import { billsTokens, dearestToken } from './token-price.ts'

/** What an attempt cost: by the usage that was reported, or else by bounds of what is known to have been sent and decoded. */
export function chargeOf(facts: ModelFacts, asked: Asked, { usage, size, worked, tier: served }: Billed): Charge {
  const { price } = facts
  if (worked === 'no' || isFree(asked))
    return { usage: usage ?? {}, cost: { total: 0 }, estimated: false, uncertain: false }
  const tier = served ?? tierOf(asked)
  if (usage?.inputTokens !== undefined && usage.outputTokens !== undefined) return charged(usage, false)
  const bound = boundOf(facts, asked)
  // Where nothing is written, an answer without usage has cost what was sent.
  const answered = worked === 'yes' && bound.outputTokens === 0
  if (!usage && size === 0 && !answered) return { usage: {}, cost: undefined, estimated: true, uncertain: true }
  if (usage && isWhole(usage, bound)) return charged(usage, false)
  // A token is at least a byte, and some four of them in most texts: this is well above the truth.
  const outputTokens = bound.outputTokens === 0 ? 0 : size
  return charged({ inputTokens: bound.inputTokens, outputTokens, ...bound.units, ...usage }, true)

  function charged(usage: Usage, estimated: boolean): Charge {
    const cost = price && costOf(price, usage, tier)
    // Of a model with a price, an amount that cannot be known may be as much as the worst case.
    return { usage, cost, estimated, uncertain: price !== undefined && cost === undefined }
  }
}

function isFree({ operation, request }: Asked): boolean {
  return operation.free?.(request) ?? false
}

/** The most that an attempt can cost: never under what a provider bills for it. */
export function worstCase(facts: ModelFacts, asked: Asked): Bound {
  if (isFree(asked)) return { inputTokens: 0, outputTokens: 0, cost: 0, inputCost: 0, outputTokenCost: 0 }
  const { inputTokens, outputTokens: said, answers = 1, hostedTools, units: counts = {} } = boundOf(facts, asked)
  const each = said ?? facts.maxOutput
  const outputTokens = each === undefined ? undefined : each * answers
  const unknown = { inputTokens, outputTokens, cost: undefined, inputCost: undefined, outputTokenCost: undefined }
  const { price } = facts
  // What a hosted tool costs no request bounds: the row must say it.
  const surcharge = hostedTools ? price?.surcharge : 0
  if (!price || surcharge === undefined) return unknown

  const sum = new CostSum()
  sum.add('request', 1, unitPrice(price.request ?? 0) as number, 1)
  sum.add('webSearches', 1, surcharge, 1)
  for (const { name, price: field, per, scale = 1, sometimes } of unitsOf(price)) {
    const unit = price[field]
    if (unit === undefined) continue
    const most = counts[name] ?? (sometimes ? 0 : undefined)
    if (most === undefined) return unknown
    sum.add(name, most * scale, unitPrice(unit) as number, per)
  }
  let outputToken = 0
  if (billsTokens(price)) {
    const prices = pricesOf(price, tierOf(asked))
    const input = dearestOf(prices, 'input', inputTokens)
    const output = dearestOf(prices, 'output', inputTokens)
    if ((input === undefined && inputTokens > 0) || (output === undefined && outputTokens !== 0)) return unknown
    sum.add('input', inputTokens, input ?? 0, 1e6)
    outputToken = (output ?? 0) * nano
  }
  const inputCost = sum.result().total
  const cost = outputTokens === undefined ? undefined : inputCost + Math.ceil(outputTokens * outputToken)
  return { inputTokens, outputTokens, inputCost, outputTokenCost: outputToken, cost }
}

/** Nano-dollars a token, of a price in dollars a million tokens. */
const nano = 1000

/** The dearest price of a token, of all that a request may turn out to be billed at, however long it is. */
function dearestOf(prices: readonly Price[], side: 'input' | 'output', inputTokens: number): number | undefined {
  let dearest: number | undefined
  const add = (price: TokenPrice): void => {
    const value = dearestToken(price, side)
    if (value !== undefined && !(dearest !== undefined && dearest >= value)) dearest = value
  }
  for (const price of prices) {
    add(price)
    for (const tier of price.tiers ?? none) if (tier.above < inputTokens) add(tier)
  }
  return dearest
}

const none: readonly never[] = []

/** Whether a usage tells all that its operation uses. */
function isWhole(usage: Usage, { outputTokens, units }: RequestBound): boolean {
  if (usage.inputTokens !== undefined && outputTokens === 0) return true
  const names = Object.keys(units ?? {})
  return names.length > 0 && names.every((name) => usage[name as keyof Usage] !== undefined)
}

function tierOf({ request }: Asked): string | undefined {
  return (request as { serviceTier?: string | undefined }).serviceTier
}

function boundOf({ maxInput, context }: ModelFacts, { operation, request }: Asked): RequestBound {
  return operation.bound(request, maxInput ?? context)
}
