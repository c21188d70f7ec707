import type { Deployment, DeploymentLimits } from '../call.ts'
import { GatewayError } from '../errors.ts'
import { factsOf } from '../pricing/catalog.ts'
import { chargeOf, worstCase } from '../pricing/charge.ts'
import type { AnyProvider, Catalog, Credential, ModelFacts } from '../providers/provider.ts'
import { type Settings, settingsOf } from '../providers/settings.ts'
import type { Runtime } from '../runtime.ts'
import { keysOf } from './keys.ts'

/** A deployment as its user writes it. */
export interface DeploymentInput<Model extends string = string> {
  /** `provider/model` */
  readonly model: Model
  /** What it really is, `provider/model`, where the provider has another name for it: its limits and price are taken from there. */
  readonly is?: string | undefined
  /** Its share of a weighted choice. @default 1 */
  readonly weight?: number | undefined
  /** Lower numbers are asked first; equal ones share. @default 0 */
  readonly order?: number | undefined
  /** Tells apart deployments of one model at one provider. */
  readonly label?: string | undefined
  /** Words of your own, for `prefer: { tags }`. */
  readonly tags?: readonly string[] | undefined
  /** The precision of its weights, such as `fp8`, for `prefer: { quantizations }`. */
  readonly quantization?: string | undefined
  /** What it takes at most: strategies share calls by it. */
  readonly limits?: DeploymentLimits | undefined
  /** Keys of its own, in place of the provider's. */
  readonly apiKey?: Credential | undefined
  /** Limits, capabilities and price of its own, over those that are known. */
  readonly facts?: ModelFacts | undefined
}

/** Makes the deployment that an input describes. `providers` are those of the gateway, by id. */
export function createDeployment(
  input: DeploymentInput,
  providers: ReadonlyMap<string, AnyProvider>,
  env: Runtime['env'],
  catalog: Catalog | undefined,
): Deployment {
  const [provider, model] = split(input.model, providers)
  const known = input.is === undefined ? factsOf(provider, model, catalog) : factsOfOther(input.is, provider)
  const facts = { ...known, ...input.facts }
  const { apiKey, ...row } = provider
  let settings: Settings | undefined
  return {
    id: `${provider.id}/${model}${provider.region ? `@${provider.region}` : ''}${input.label ? `#${input.label}` : ''}`,
    // Without its keys, so that nobody can print them.
    provider: row,
    model,
    identity: input.is === undefined ? model : input.is.slice(input.is.indexOf('/') + 1),
    facts,
    settings: () => (settings ??= settingsOf(provider, env)),
    weight: input.weight ?? 1,
    order: input.order ?? 0,
    tags: input.tags,
    quantization: input.quantization,
    limits: input.limits,
    known: undefined,
    keys: keysOf(provider, input.apiKey ?? apiKey, env),
    charge: (asked, billed) => chargeOf(facts, asked, billed),
    worstCase: (asked) => worstCase(facts, asked),
  }

  /** What is known of the model that the deployment really is, whoever knows it. */
  function factsOfOther(name: string, own: AnyProvider): ModelFacts {
    const slash = name.indexOf('/')
    const [id, rest] = [name.slice(0, slash), name.slice(slash + 1)]
    const row = providers.get(id)
    const found = (row ? factsOf(row, rest, catalog) : catalog?.lookup(id, rest)) ?? factsOf(own, rest)
    if (found) return found
    throw new GatewayError(
      'invalid_configuration',
      `"${name}", which ${input.model} is said to be, is not known. Give the row of ${id || 'its provider'} among the providers, the option catalog, or the deployment's own facts.`,
    )
  }
}

function split(name: string, providers: ReadonlyMap<string, AnyProvider>): [AnyProvider, string] {
  const slash = name.indexOf('/')
  const provider = providers.get(name.slice(0, slash))
  if (slash > 0 && slash < name.length - 1 && provider) return [provider, name.slice(slash + 1)]
  const ids = [...providers.keys()].join(', ')
  throw new GatewayError(
    'invalid_configuration',
    `"${name}" is no provider/model of this gateway. Its providers are: ${ids}.`,
  )
}
