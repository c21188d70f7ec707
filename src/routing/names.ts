import type { Deployment, Preferences } from '../call.ts'
import { GatewayError } from '../errors.ts'
import { factsOf } from '../pricing/catalog.ts'
import type { AnyProvider, Catalog } from '../providers/provider.ts'
import type { Runtime } from '../runtime.ts'
import { createDeployment, type DeploymentInput } from './deployment.ts'
import { checkGroup } from './same-model.ts'

/** What names may be written as: the deployments of a group, or another name for a group. */
export type Models = Readonly<Record<string, string | readonly (string | DeploymentInput)[]>>

export interface NamesOptions {
  readonly providers: readonly AnyProvider[]
  readonly models: Models
  readonly env: Runtime['env']
  /** What is known of models that no row lists. */
  readonly catalog?: Catalog | undefined
}

/** Whom a name means. */
export interface Meaning {
  readonly deployments: readonly Deployment[]
  /** A group, an alias or a pattern of the user's; or a provider and model, as it is. */
  readonly kind: 'group' | 'model'
  /** How the name asks for them to be sorted: `fast:floor`. */
  readonly sort?: Preferences['sort'] | undefined
}

export interface Names {
  /** Whom a name means, or undefined when it means nothing. */
  find(name: string): Meaning | undefined
  /** The names of the user's own. */
  readonly groups: readonly string[]
  /** Every deployment that a group names. */
  readonly deployments: readonly Deployment[]
}

/** The most names that are remembered which are no groups, so that made-up names cannot fill the memory. */
const mostRemembered = 1000

/** The most steps from one name to another: with more, they lead round in a circle. */
const mostSteps = 100

/** OpenRouter's suffixes of a name. */
const suffixes: Readonly<Record<string, Preferences['sort']>> = { nitro: 'throughput', floor: 'price' }

/** Knows what names mean: groups, aliases, patterns such as `claude-*`, and `provider/model`, each with a suffix or without. */
export function createNames({ providers, models, env, catalog }: NamesOptions): Names {
  const byId = new Map(providers.map((provider) => [provider.id, provider]))
  const known = new Map<string, Meaning>()
  // A deployment without settings of its own is the same wherever it is named, so that its health is one.
  const plain = new Map<string, Deployment>()
  const patterns: { readonly before: string; readonly after: string; readonly list: Models[string] }[] = []
  const aliases = new Map<string, string>()

  for (const [name, list] of Object.entries(models)) {
    const [before, after] = name.split('*')
    if (after !== undefined) patterns.push({ before: before!, after, list })
    else if (typeof list === 'string') aliases.set(name, list)
    else known.set(name, group(name, list))
  }
  // The pattern that says most goes first.
  patterns.sort((one, other) => lengthOf(other) - lengthOf(one))
  const deployments = [...new Set([...known.values()].flatMap((meaning) => meaning.deployments))]
  const own = known.size
  for (const name of aliases.keys()) find(name)

  function group(name: string, list: readonly (string | DeploymentInput)[], word = ''): Meaning {
    const made = list.map((entry) => {
      if (typeof entry === 'string') return deploymentOf(filled(entry, word))
      const { model, is } = entry
      const input = { ...entry, model: filled(model, word), is: is === undefined ? undefined : filled(is, word) }
      return createDeployment(input, byId, env, catalog)
    })
    checkGroup(name, made)
    return { deployments: made, kind: 'group' }
  }

  function deploymentOf(name: string): Deployment {
    let deployment = plain.get(name)
    if (!deployment) {
      deployment = createDeployment({ model: name }, byId, env, catalog)
      if (plain.size < mostRemembered) plain.set(name, deployment)
    }
    return deployment
  }

  /** @param steps From one name to another, so far. */
  function find(name: string, steps = 0): Meaning | undefined {
    let meaning = known.get(name)
    if (meaning) return meaning
    if (steps > mostSteps) {
      throw new GatewayError(
        'invalid_configuration',
        `The name "${name}" leads from one name to another and to no deployment. Let one of those in models name deployments.`,
      )
    }
    meaning = byAlias(name, steps) ?? withSuffix(name, steps) ?? byPattern(name, steps) ?? byProvider(name)
    if (meaning && known.size < own + aliases.size + mostRemembered) known.set(name, meaning)
    return meaning
  }

  function byAlias(name: string, steps: number): Meaning | undefined {
    const target = aliases.get(name)
    const meaning = target === undefined ? undefined : find(target, steps + 1)
    return meaning && { ...meaning, kind: 'group' }
  }

  /** Only where the whole name is no model that is known: 170 real ones have a colon in their name. */
  function withSuffix(name: string, steps: number): Meaning | undefined {
    const colon = name.lastIndexOf(':')
    const word = name.slice(colon + 1)
    const sort = Object.hasOwn(suffixes, word) ? suffixes[word] : undefined
    if (colon < 0 || !sort) return undefined
    const [id, model] = parted(name)
    const provider = byId.get(id)
    if (provider && factsOf(provider, model, catalog)) return undefined
    const meaning = find(name.slice(0, colon), steps + 1)
    return meaning && { ...meaning, sort }
  }

  function byPattern(name: string, steps: number): Meaning | undefined {
    const pattern = patterns.find(
      ({ before, after }) =>
        name.length > before.length + after.length && name.startsWith(before) && name.endsWith(after),
    )
    if (!pattern) return undefined
    const { before, after, list } = pattern
    const word = name.slice(before.length, name.length - after.length)
    return typeof list === 'string' ? find(filled(list, word), steps + 1) : group(name, list, word)
  }

  function byProvider(name: string): Meaning | undefined {
    const [id, model] = parted(name)
    return model !== '' && byId.has(id) ? { deployments: [deploymentOf(name)], kind: 'model' } : undefined
  }

  return { find: (name) => find(name), deployments, groups: Object.keys(models) }
}

function lengthOf({ before, after }: { readonly before: string; readonly after: string }): number {
  return before.length + after.length
}

/** What a pattern stands for, in a name. */
function filled(name: string, word: string): string {
  return name.replace('*', () => word)
}

function parted(name: string): [provider: string, model: string] {
  const slash = name.indexOf('/')
  return [name.slice(0, Math.max(0, slash)), name.slice(slash + 1)]
}
