import type { Call, Health } from '../call.ts'
import { GatewayError } from '../errors.ts'
import type { FilterContext } from './filters.ts'
import type { Holders } from './held.ts'
import { createNames, type Names, type NamesOptions } from './names.ts'
import { createPlan, type RoutePlan } from './plan.ts'
import { originalOf } from './same-model.ts'
import type { Selector } from './strategies/selector.ts'
import { createWithout } from './without.ts'

export interface RouteOptions extends NamesOptions {
  readonly selector: Selector
  readonly health: Health
  readonly holders: Holders
}

/** Knows which deployments serve which name. */
export interface Router extends Names {
  /** Plans a call for a group, or for one `provider/model`. Throws `no_eligible_deployment` for a name that means nothing. */
  plan(call: Call, group: string): RoutePlan
}

export function createRouter(options: RouteOptions): Router {
  const { providers, selector, health, holders } = options
  const names = createNames(options)
  const passed: FilterContext['passed'] = new WeakMap()
  const lists = createWithout()
  const { find } = names
  return {
    ...names,
    plan(call, group) {
      const meaning = find(group)
      if (!meaning) throw unknownModel(group, names.groups, providers)
      const { deployments, sort } = meaning
      return createPlan(call, group, deployments, selector, health, {
        original: originalOf(call, find),
        holders,
        passed,
        lists,
        sort,
      })
    },
  }
}

function unknownModel(
  name: string,
  groups: readonly string[],
  providers: readonly { readonly id: string }[],
): GatewayError {
  const remedy = [
    groups.length > 0 && `a group (${groups.join(', ')})`,
    `provider/model, the provider being one of ${providers.map(({ id }) => id).join(', ')}`,
  ].filter(Boolean)
  return new GatewayError('no_eligible_deployment', `No deployment serves "${name}". Name ${remedy.join(', or ')}.`, {
    status: 404,
  })
}
