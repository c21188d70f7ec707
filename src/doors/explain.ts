import type { Call } from '../call.ts'
import type { Exclusion, FallbackList } from '../errors.ts'
import { entryOf, type Fallbacks, substitutesOf } from '../resilience/fallback.ts'
import type { Router } from '../routing/route.ts'
import type { Scored } from '../routing/strategies.ts'
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
    /** Its share of the calls that come to those of its order, as the strategy would choose now. */
    readonly share: number
    /** What each strategy thinks of it, with what that is made of. */
    readonly scores: readonly Scored[]
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

const lists: readonly FallbackList[] = ['contextWindow', 'contentPolicy', 'overBudget', 'general']

/** Explains a plan without walking it. */
export function explain(call: Call, router: Router, fallback: Fallbacks): Explanation {
  const { request } = call
  const plan = router.plan(call, request.model)
  const inputTokens = call.operation.estimate(request)
  return {
    model: request.model,
    candidates: plan.ranked().map(({ deployment, share, scores }) => {
      const { id, provider, model, order, weight, facts } = deployment
      const { cost } = deployment.worstCase(call)
      return {
        deployment: id,
        provider: provider.id,
        model,
        order,
        weight,
        share,
        scores,
        inputTokens,
        inputCost: facts.price?.input === undefined ? undefined : (inputTokens * facts.price.input) / 1e6,
        maxCost: cost === undefined ? undefined : dollars(cost),
        contextWindow: facts.context,
      }
    }),
    excluded: plan.excluded(),
    fallbacks: fallbacksOf(call, fallback),
  }
}

/** The substitutes that the call names, or else the gateway's. */
function fallbacksOf({ request, options }: Call, fallback: Fallbacks): Explanation['fallbacks'] {
  if (options.fallback === false || options.prefer?.allowFallbacks === false) return {}
  if (options.fallback) return { general: options.fallback }
  return Object.fromEntries(
    lists.flatMap((list) => {
      const substitutes =
        list === 'general'
          ? substitutesOf(fallback, list, request.model)
          : (entryOf(fallback[list], request.model) ?? [])
      return substitutes.length > 0 ? [[list, substitutes]] : []
    }),
  )
}
