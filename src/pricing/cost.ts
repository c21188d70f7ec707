import type { Cost } from '../call.ts'
import type { Usage } from '../operations/operation.ts'
import type { Price } from '../providers/provider.ts'

/**
 * Computes what a usage costs, in nano-dollars, or undefined when the provider did not report it.
 *
 * Exact: a price is a whole number of pico-dollars a token (prices are read to six decimals of a dollar a million), sums
 * are whole numbers, and the total is rounded up to a nano-dollar once, at the end. Each part is rounded by itself.
 * A part of a count that is larger than the count itself is cut down to it, the cheaper part first.
 */
export function costOf(price: Price, usage: Usage): Cost | undefined {
  const { inputTokens, outputTokens } = usage
  if (!isCount(inputTokens) || !isCount(outputTokens)) return undefined
  const tier = tierOf(price, inputTokens)
  const { input, output } = tier
  const cost = new CostSum()

  let rest = inputTokens
  const hour = part(usage.cacheWriteHourTokens, rest)
  rest -= hour
  const written = part((usage.cacheWriteTokens ?? 0) - hour, rest)
  rest -= written
  const heard = part(usage.audioInputTokens, rest)
  rest -= heard
  const cached = part(usage.cachedInputTokens, rest)
  rest -= cached
  cost.add('input', rest, input)
  if (cached) cost.add('cachedInput', cached, tier.cacheRead ?? input)
  if (written) cost.add('cacheWrite', written, tier.cacheWrite ?? input)
  if (hour) cost.add('cacheWriteHour', hour, tier.cacheWriteHour ?? tier.cacheWrite ?? input)
  if (heard) cost.add('audioInput', heard, tier.audioInput ?? input)

  rest = outputTokens
  const spoken = part(usage.audioOutputTokens, rest)
  rest -= spoken
  const thought = part(usage.reasoningTokens, rest)
  rest -= thought
  cost.add('output', rest, output)
  if (thought) cost.add('reasoning', thought, tier.reasoning ?? output)
  if (spoken) cost.add('audioOutput', spoken, tier.audioOutput ?? output)

  if (price.request) cost.add('request', 1e6, price.request)
  return cost.result()
}

/** Whether a count may be reckoned with: a NaN or an infinity would spread through every budget. */
function isCount(tokens: number | undefined): tokens is number {
  return Number.isFinite(tokens) && (tokens as number) >= 0
}

/** As much of a partial count as there is room for. */
function part(tokens: number | undefined, room: number): number {
  return tokens ? Math.min(Math.max(tokens, 0), room) : 0
}

type TierPrice = Omit<Price, 'tiers' | 'request' | 'surcharge'>

/** The prices that a call of this much input costs: those of the highest tier below it, or the base ones. */
function tierOf(price: Price, inputTokens: number): TierPrice {
  let found: TierPrice = price
  let above = -1
  for (const tier of price.tiers ?? []) {
    if (inputTokens > tier.above && tier.above > above) {
      found = tier
      above = tier.above
    }
  }
  return found
}

/** Adds amounts up as whole nano-dollars and whole pico-dollars: together they stay exact where one number would not. */
class CostSum {
  readonly #cost: { -readonly [Key in keyof Cost]: Cost[Key] } = { total: 0 }
  #nano = 0
  #pico = 0

  add(component: keyof Cost, tokens: number, dollarsPerMillion: number): void {
    const price = Math.round(dollarsPerMillion * 1e6)
    const nano = tokens * Math.floor(price / 1000)
    const pico = tokens * (price % 1000)
    this.#nano += nano
    this.#pico += pico
    this.#cost[component] = nano + Math.round(pico / 1000)
  }

  result(): Cost {
    this.#cost.total = this.#nano + Math.ceil(this.#pico / 1000)
    return this.#cost
  }
}
