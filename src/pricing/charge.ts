import type { Billed, Bound, Charge } from '../call.ts'
import type { ChatRequest } from '../operations/chat/index.ts'
import type { OperationRequest } from '../operations/operation.ts'
import type { ModelFacts, Price } from '../providers/provider.ts'
import { inputBound } from './bound.ts'
import { costOf } from './cost.ts'

/** Nano-dollars a token, of a price in dollars a million tokens. */
const nano = 1000

/** What an attempt cost: by the usage that was reported, or else by bounds of what is known to have been sent and decoded. */
export function chargeOf(facts: ModelFacts, request: OperationRequest, { usage, size, worked }: Billed): Charge {
  const { price } = facts
  if (worked === 'no') return { usage: {}, cost: { total: 0 }, estimated: false, uncertain: false }
  if (usage?.inputTokens !== undefined && usage.outputTokens !== undefined) {
    return { usage, cost: price && costOf(price, usage), estimated: false, uncertain: false }
  }
  if (!usage && size === 0) return { usage: {}, cost: undefined, estimated: true, uncertain: true }
  // A token is at least a byte, and some four of them in most texts: this is well above the truth.
  const bounded = { inputTokens: boundOf(facts, request), outputTokens: size, ...usage }
  return { usage: bounded, cost: price && costOf(price, bounded), estimated: true, uncertain: false }
}

/** The most that an attempt can cost: never under what a provider bills for it. */
export function worstCase(facts: ModelFacts, request: OperationRequest): Bound {
  const { maxOutputTokens, n = 1, tools } = request as ChatRequest
  const inputTokens = boundOf(facts, request)
  const each = maxOutputTokens ?? facts.maxOutput
  const outputTokens = each === undefined ? undefined : each * n
  const { price } = facts
  // What a hosted tool costs no request bounds: the row must say it.
  const surcharge = tools?.some(({ type }) => type === 'hosted') ? price?.surcharge : 0
  if (!price || surcharge === undefined)
    return { inputTokens, outputTokens, cost: undefined, inputCost: undefined, outputTokenCost: undefined }

  let inputToken = dearestInput(price)
  let outputToken = dearestOutput(price)
  for (const tier of price.tiers ?? []) {
    if (tier.above >= inputTokens) continue
    inputToken = Math.max(inputToken, dearestInput(tier))
    outputToken = Math.max(outputToken, dearestOutput(tier))
  }
  const inputCost = Math.ceil(inputTokens * inputToken + ((price.request ?? 0) + surcharge) * 1e9)
  const cost = outputTokens === undefined ? undefined : inputCost + Math.ceil(outputTokens * outputToken)
  return { inputTokens, outputTokens, inputCost, outputTokenCost: outputToken, cost }
}

type TierPrice = Omit<Price, 'tiers' | 'request' | 'surcharge'>

/** What is written to the provider's cache costs more than what is read plainly, and the provider decides. */
function dearestInput({ input, cacheWrite = 0, cacheWriteHour = 0, audioInput = 0 }: TierPrice): number {
  return Math.max(input, cacheWrite, cacheWriteHour, audioInput) * nano
}

function dearestOutput({ output, reasoning = 0, audioOutput = 0 }: TierPrice): number {
  return Math.max(output, reasoning, audioOutput) * nano
}

function boundOf({ maxInput, context }: ModelFacts, request: OperationRequest): number {
  return inputBound(request as ChatRequest, maxInput ?? context)
}
