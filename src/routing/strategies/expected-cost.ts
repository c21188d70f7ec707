import type { Deployment } from '../../call.ts'
import { unitPrice } from '../../pricing/cost.ts'
import { atLength, billsTokens } from '../../pricing/token-price.ts'
import { chain } from './chain.ts'
import { least, proportional } from './choices.ts'
import type { Score, Strategy, StrategyContext } from './strategy.ts'

/** Picks who is expected to cost the least for the call: its input as estimated, and as much output as such calls had. */
export function cheapest(): Strategy {
  return least(expectedCost)
}

/**
 * Picks at random, in proportion to the inverse square of the expected cost, as OpenRouter does: at a third of the price, nine
 * times as often. Deployments of which more than a tenth of the attempts of the last 30 seconds failed serve only when all are so.
 * Who has no price serves when nobody has one.
 */
export function inverseSquarePrice(): Strategy {
  return chain(
    stable(),
    proportional(
      Object.assign(
        function inverseSquarePrice(deployment: Deployment, context: StrategyContext) {
          const cost = expectedCost(deployment, context)
          return cost === undefined ? undefined : 1 / (cost * cost)
        },
        { observes: true, parts: expectedCost.parts },
      ),
    ),
  )
}

/** Narrows to those that had no outage in the last 30 seconds, if there are any. */
export function stable(): Strategy {
  const calmest = least(
    Object.assign(
      function outage(deployment: Deployment, { statistics, now }: StrategyContext) {
        return statistics.of(deployment).failureRatio(now) > outageRatio ? 1 : 0
      },
      {
        observes: true,
        parts: (deployment: Deployment, { statistics, now }: StrategyContext) => ({
          failureRatio: statistics.of(deployment).failureRatio(now),
        }),
      },
    ),
  )
  return Object.assign(
    function stable(candidates: readonly Deployment[], context: StrategyContext) {
      // Mostly nobody has failed for long, and there is nobody to look for.
      const calm = context.now - context.statistics.failedAt > calmAfter
      return calm ? candidates : calmest(candidates, context)
    },
    { observes: true, rank: calmest.rank },
  )
}

/** Rates deployments by what the call is expected to cost there, in dollars. Undefined without a price. */
export const expectedCost: Score = /* @__PURE__ */ Object.assign(
  function expectedCost(deployment: Deployment, context: StrategyContext) {
    const { price } = deployment.facts
    if (!price) return undefined
    // What is not billed by the token costs what it costs at most.
    if (!billsTokens(price)) {
      const { cost } = deployment.worstCase(context.call)
      return cost === undefined ? undefined : cost / 1e9
    }
    const input = context.inputTokens
    // Prices may have been read as texts.
    const { input: inputPrice = 0, output: outputPrice = 0 } = atLength(price, input)
    const tokens = (input * Number(inputPrice) + outputTokens(deployment, context) * Number(outputPrice)) / 1e6
    return price.request === undefined ? tokens : tokens + Number(unitPrice(price.request))
  },
  {
    observes: true,
    parts: (deployment: Deployment, context: StrategyContext) => ({
      inputTokens: context.inputTokens,
      outputTokens: outputTokens(deployment, context),
      inputPrice: deployment.facts.price?.input,
      outputPrice: deployment.facts.price?.output,
    }),
  },
)

/** As long as its answers were on average, or everybody's, and no longer than the request allows. */
function outputTokens(deployment: Deployment, { call, statistics }: StrategyContext): number {
  const most = (call.request as { readonly maxOutputTokens?: number | undefined }).maxOutputTokens
  const usual = statistics.of(deployment).outputTokens ?? statistics.outputTokens ?? most ?? assumedOutput
  return most !== undefined && most < usual ? most : usual
}

const assumedOutput = 500
const outageRatio = 0.1
/** Longer than an outage is remembered, in milliseconds. */
const calmAfter = 40_000
