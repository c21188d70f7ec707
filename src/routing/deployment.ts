import type { Deployment, Key } from '../call.ts'
import { GatewayError } from '../errors.ts'
import { factsOf } from '../pricing/catalog.ts'
import { chargeOf, worstCase } from '../pricing/charge.ts'
import type { AnyProvider, Credential, ModelFacts } from '../providers/provider.ts'
import { type Settings, settingsOf } from '../providers/settings.ts'
import type { Runtime } from '../runtime.ts'

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
): Deployment {
  const [provider, model] = split(input.model, providers)
  const known = input.is === undefined ? factsOf(provider, model) : factsOf(...split(input.is, providers))
  const facts = { ...known, ...input.facts }
  const { apiKey, ...row } = provider
  let settings: Settings | undefined
  return {
    id: `${provider.id}/${model}${provider.region ? `@${provider.region}` : ''}${input.label ? `#${input.label}` : ''}`,
    // Without its keys, so that nobody can print them.
    provider: row,
    model,
    facts,
    settings: () => (settings ??= settingsOf(provider, env)),
    weight: input.weight ?? 1,
    order: input.order ?? 0,
    keys: keysOf(provider, input.apiKey ?? apiKey, env),
    charge: (asked, billed) => chargeOf(facts, asked, billed),
    worstCase: (asked) => worstCase(facts, asked),
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

function keysOf({ id, auth }: AnyProvider, credential: Credential | undefined, env: Runtime['env']): readonly Key[] {
  if (typeof credential === 'function') return [{ id: `${id}#1`, secret: credential, kept: new Map() }]
  if (credential !== undefined) {
    return [credential].flat().map((secret, index) => ({
      id: `${id}#${index + 1}`,
      secret: () => secret,
      kept: new Map(),
    }))
  }
  // Looked up when it is needed: some runtimes have no environment until a request comes.
  let found: string | undefined
  const look = (): string | undefined => {
    for (const names of auth.env) found ||= joined(names, env)
    return found
  }
  return [
    {
      id: `${id}#1`,
      get missing() {
        return look() === undefined && !auth.optional
          ? auth.env.map((names) => [names].flat().join(' and ').replaceAll('?', ''))
          : undefined
      },
      secret: () => look() as string,
      kept: new Map(),
    },
  ]
}

/** The key that a variable holds, or several in its parts. */
function joined(names: string | readonly string[], env: Runtime['env']): string | undefined {
  if (typeof names === 'string') return env(names)
  const parts = names.map((name) => env(name.replace('?', '')))
  if (names.some((name, index) => !name.endsWith('?') && !parts[index])) return undefined
  return parts.filter(Boolean).join(':')
}
