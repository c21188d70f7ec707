import type { Preferences } from '../../call.ts'
import { cheapest } from './expected-cost.ts'
import { lowestLatency } from './lowest-latency.ts'
import type { Strategy } from './strategy.ts'

/**
 * How a call, or a name such as `fast:nitro`, may ask for the best first. Where statistics were not kept, they are from the first
 * such call on.
 */
export const sorts: Readonly<Record<NonNullable<Preferences['sort']>, Strategy>> = {
  price: /* @__PURE__ */ cheapest(),
  latency: /* @__PURE__ */ lowestLatency(),
  throughput: /* @__PURE__ */ lowestLatency({ by: 'perToken' }),
}
