import type { Exchange } from './exchange.ts'
import type { SimulatedUsage } from './usage.ts'

/** What a provider charges, in dollars for a million tokens. */
export interface SimulatedPrice {
  readonly input: number
  readonly output: number
  /** Input read from the prompt cache. @default the price of input */
  readonly cacheRead?: number | undefined
  /** Input written to it. @default the price of input */
  readonly cacheWrite?: number | undefined
  /** @default the price of output */
  readonly reasoning?: number | undefined
  /** For a search unit of reranking: dollars, not for a million. @default 0 */
  readonly searchUnit?: number | undefined
  /** Dollars for an image. @default 0 */
  readonly image?: number | undefined
  /** Dollars for an hour of sound that is heard. @default 0 */
  readonly hour?: number | undefined
  /** Dollars for a million characters that are spoken. @default 0 */
  readonly characters?: number | undefined
}

/** Prices by `provider/model` or by model; `'*'` is for all others. */
export type SimulatedPrices = Readonly<Record<string, SimulatedPrice>>

/** What the providers have charged up to now: integer nano-dollars, each call rounded up. */
export interface Bill {
  readonly total: number
  /** {@link total} in dollars. */
  readonly dollars: number
  readonly byModel: Readonly<Record<string, number>>
  readonly byProvider: Readonly<Record<string, number>>
  readonly byKey: Readonly<Record<string, number>>
  /** Models that were used and have no price: their calls are on the bill with 0. */
  readonly unpriced: readonly string[]
}

/** The side of the bill that the simulator writes. */
export interface Ledger {
  readonly bill: Bill
  /** Raises what a call is charged to the usage that it has come to, and gives that charge. */
  charge(exchange: Exchange, usage: SimulatedUsage): number
}

/** Opens an account. */
export function createLedger(prices: SimulatedPrices = {}): Ledger {
  let total = 0
  const byModel: Record<string, number> = Object.create(null)
  const byProvider: Record<string, number> = Object.create(null)
  const byKey: Record<string, number> = Object.create(null)
  const unpriced = new Set<string>()

  return {
    bill: {
      get total() {
        return total
      },
      get dollars() {
        return total / 1e9
      },
      byModel,
      byProvider,
      byKey,
      get unpriced() {
        return [...unpriced]
      },
    },
    charge(exchange, usage) {
      const { model, provider, key = '', billed } = exchange
      const name = [`${provider}/${model}`, model, '*'].find((name) => Object.hasOwn(prices, name) && prices[name])
      const price = name === undefined ? undefined : prices[name]
      if (!price) unpriced.add(model)
      const cost = price ? costOf(usage, price) : 0
      const more = cost - billed
      total += more
      byModel[model] = (byModel[model] ?? 0) + more
      byProvider[provider] = (byProvider[provider] ?? 0) + more
      byKey[key] = (byKey[key] ?? 0) + more
      return cost
    },
  }
}

/** Computes the price of a usage in whole nano-dollars, rounded up. */
export function costOf(usage: SimulatedUsage, price: SimulatedPrice): number {
  const { inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens, reasoningTokens, searchUnits = 0 } = usage
  const { input, output, cacheRead = input, cacheWrite = input, reasoning = output, searchUnit = 0 } = price
  const pico =
    (inputTokens - cachedInputTokens - cacheWriteTokens) * picoDollars(input) +
    cachedInputTokens * picoDollars(cacheRead) +
    cacheWriteTokens * picoDollars(cacheWrite) +
    (outputTokens - reasoningTokens) * picoDollars(output) +
    reasoningTokens * picoDollars(reasoning) +
    searchUnits * Math.round(searchUnit * 1e12) +
    (usage.images ?? 0) * Math.round((price.image ?? 0) * 1e12) +
    Math.ceil(((usage.seconds ?? 0) * Math.round((price.hour ?? 0) * 1e12)) / 3600) +
    (usage.characters ?? 0) * picoDollars(price.characters ?? 0)
  return Math.ceil(pico / 1000)
}

/** A price per token. A whole number, so that sums are exact: 0.07 × 1000 is not 70 in floating point. */
function picoDollars(dollarsPerMillion: number): number {
  return Math.round(dollarsPerMillion * 1e6)
}
