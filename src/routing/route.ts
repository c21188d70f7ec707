import type { Call, Deployment, Health, Plan } from '../call.ts'
import { GatewayError } from '../errors.ts'
import type { AnyProvider, Catalog } from '../providers/provider.ts'
import type { Runtime } from '../runtime.ts'
import { createDeployment, type DeploymentInput } from './deployment.ts'
import type { Holders } from './held.ts'
import { createPlan } from './plan.ts'
import { checkGroup, originalOf } from './same-model.ts'
import type { Strategy } from './strategies.ts'

export interface RouteOptions {
  readonly providers: readonly AnyProvider[]
  readonly models: Readonly<Record<string, readonly (string | DeploymentInput)[]>>
  readonly strategy: Strategy
  readonly health: Health
  readonly holders: Holders
  readonly env: Runtime['env']
  /** What is known of models that no row lists. */
  readonly catalog?: Catalog | undefined
}

/** Knows which deployments serve which name. */
export interface Router {
  /** Every deployment that a group names. */
  readonly deployments: readonly Deployment[]
  /** Plans a call for a group, or for one `provider/model`. Throws `no_eligible_deployment` for a name that means nothing. */
  plan(call: Call, group: string): Plan
  /** The deployments behind a name, or undefined when it means nothing. */
  find(name: string): readonly Deployment[] | undefined
}

/** The most names of `provider/model` that are remembered, so that made-up names cannot fill the memory. */
const mostRemembered = 1000

export function createRouter({ providers, models, strategy, health, holders, env, catalog }: RouteOptions): Router {
  const byId = new Map(providers.map((provider) => [provider.id, provider]))
  const groups = new Map<string, readonly Deployment[]>()
  // A deployment without settings of its own is the same wherever it is named, so that its health is one.
  const plain = new Map<string, readonly Deployment[]>()

  for (const [group, list] of Object.entries(models)) {
    const deployments = list.map((entry) =>
      typeof entry === 'string' ? remember(entry)[0]! : createDeployment(entry, byId, env, catalog),
    )
    checkGroup(group, deployments)
    groups.set(group, deployments)
  }

  function remember(name: string): readonly Deployment[] {
    let known = plain.get(name)
    if (!known) {
      known = [createDeployment({ model: name }, byId, env, catalog)]
      if (plain.size < mostRemembered) plain.set(name, known)
    }
    return known
  }

  function find(name: string): readonly Deployment[] | undefined {
    const group = groups.get(name) ?? plain.get(name)
    if (group) return group
    const slash = name.indexOf('/')
    return slash > 0 && slash < name.length - 1 && byId.has(name.slice(0, slash)) ? remember(name) : undefined
  }

  return {
    deployments: [...new Set([...groups.values()].flat())],
    find,
    plan(call, group) {
      const deployments = find(group)
      if (!deployments) throw unknownModel(group, [...groups.keys()], [...byId.keys()])
      return createPlan(call, group, deployments, strategy, health, { original: originalOf(call, find), holders })
    },
  }
}

function unknownModel(name: string, groups: readonly string[], providers: readonly string[]): GatewayError {
  const remedy = [
    groups.length > 0 && `a group (${groups.join(', ')})`,
    `provider/model, the provider being one of ${providers.join(', ')}`,
  ].filter(Boolean)
  return new GatewayError('no_eligible_deployment', `No deployment serves "${name}". Name ${remedy.join(', or ')}.`, {
    status: 404,
  })
}
