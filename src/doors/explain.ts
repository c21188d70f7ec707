import type { Call, Deployment } from '../call.ts'
import type { Exclusion, FallbackList } from '../errors.ts'
import type { Fallbacks } from '../resilience/fallback.ts'
import type { Router } from '../routing/route.ts'
import { dollars } from '../telemetry/trace.ts'

/** Who would serve a request, and why. */
export interface Explanation {
  /** The name that was asked for. */
  readonly model: string
  /** Those that may serve it now, the ones asked first in front. */
  readonly candidates: readonly {
    readonly deployment: string
    readonly provider: string
    readonly model: string
    readonly order: number
    readonly weight: number
    /** Its share of a weighted choice among those of its order. */
    readonly share: number
    /** Tokens of the request, estimated. */
    readonly inputTokens: number
    /** Dollars for the input alone, estimated; undefined without a price. */
    readonly inputCost: number | undefined
    /** Dollars that the call can cost at most; undefined without a price or without a bound on the output. */
    readonly maxCost: number | undefined
    /** The most tokens of input and output together, where known. */
    readonly contextWindow: number | undefined
  }[]
  /** Those that may not, each with a reason code and a sentence. */
  readonly excluded: readonly Exclusion[]
  /** The groups that would be asked next, by the kind of failure. */
  readonly fallbacks: Readonly<Partial<Record<FallbackList, readonly string[]>>>
}

/** Explains a plan without walking it. */
export function explain(call: Call, router: Router, fallback: Fallbacks): Explanation {
  const { request } = call
  const plan = router.plan(call, request.model)
  const eligible = [...plan.eligible()].sort((a, b) => a.order - b.order)
  const inputTokens = call.operation.estimate(request)
  const rivals = (order: number): readonly Deployment[] => eligible.filter((other) => other.order === order)
  return {
    model: request.model,
    candidates: eligible.map((deployment) => {
      const { id, provider, model, order, weight, facts } = deployment
      const { cost } = deployment.worstCase(call)
      const weights = rivals(order).reduce((sum, rival) => sum + rival.weight, 0)
      return {
        deployment: id,
        provider: provider.id,
        model,
        order,
        weight,
        share: weights > 0 ? weight / weights : 1 / rivals(order).length,
        inputTokens,
        inputCost: facts.price?.input === undefined ? undefined : (inputTokens * facts.price.input) / 1e6,
        maxCost: cost === undefined ? undefined : dollars(cost),
        contextWindow: facts.context,
      }
    }),
    excluded: plan.excluded(),
    fallbacks: Object.fromEntries(
      Object.entries(fallback).flatMap(([list, entries]) => {
        const substitutes = entries?.[request.model]
        return substitutes ? [[list, substitutes]] : []
      }),
    ),
  }
}
