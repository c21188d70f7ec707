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
  const { input, output, cacheRead, cacheWrite, cacheWriteHour, reasoning, audioInput, audioOutput } = tierOf(
    price,
    inputTokens,
  )
  const sum = createSum()

  let rest = inputTokens
  const take = (tokens: number | undefined): number => {
    const taken = Math.min(Math.max(tokens || 0, 0), rest)
    rest -= taken
    return taken
  }
  const hour = take(usage.cacheWriteHourTokens)
  const written = take((usage.cacheWriteTokens ?? 0) - hour)
  const heard = take(usage.audioInputTokens)
  const cached = take(usage.cachedInputTokens)
  const cost: Mutable<Cost> = { total: 0, input: sum.add(rest, input) }
  if (cached) cost.cachedInput = sum.add(cached, cacheRead ?? input)
  if (written) cost.cacheWrite = sum.add(written, cacheWrite ?? input)
  if (hour) cost.cacheWriteHour = sum.add(hour, cacheWriteHour ?? cacheWrite ?? input)
  if (heard) cost.audioInput = sum.add(heard, audioInput ?? input)

  rest = outputTokens
  const spoken = take(usage.audioOutputTokens)
  const thought = take(usage.reasoningTokens)
  cost.output = sum.add(rest, output)
  if (thought) cost.reasoning = sum.add(thought, reasoning ?? output)
  if (spoken) cost.audioOutput = sum.add(spoken, audioOutput ?? output)

  if (price.request) cost.request = sum.add(1e6, price.request)
  cost.total = sum.total()
  return cost
}

/** A NaN would spread through every budget. */
function isCount(value: number | undefined): value is number {
  return Number.isFinite(value) && (value as number) >= 0
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] }

/** The prices that a call of this much input costs: those of the highest tier below it, or the base ones. */
function tierOf({ tiers, ...base }: Price, inputTokens: number): Omit<Price, 'tiers' | 'request'> {
  let found: { readonly above: number } & Omit<Price, 'tiers' | 'request'> = { ...base, above: -1 }
  for (const tier of tiers ?? []) if (inputTokens > tier.above && tier.above > found.above) found = tier
  return found
}

/** Adds amounts up as whole nano-dollars and whole pico-dollars: together they stay exact where one number would not. */
function createSum(): { add(tokens: number, dollarsPerMillion: number): number; total(): number } {
  let nano = 0
  let pico = 0
  return {
    add(tokens, dollarsPerMillion) {
      const price = Math.round(dollarsPerMillion * 1e6)
      const nanoPart = tokens * Math.floor(price / 1000)
      const picoPart = tokens * (price % 1000)
      nano += nanoPart
      pico += picoPart
      return nanoPart + Math.round(picoPart / 1000)
    },
    total: () => nano + Math.ceil(pico / 1000),
  }
}
