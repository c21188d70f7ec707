import type { Attempt, Bound, Charge, Deployment, LimitStatus, Principal } from '../call.ts'
import { GatewayError } from '../errors.ts'
import type { CounterState } from '../stores/counters.ts'
import type { Window } from '../stores/window.ts'

/** What a budget or a rate limit is made of: one thing that is counted, for each subject apart. */
export interface Meter {
  /** The rule's name. */
  readonly rule: string
  readonly kind: LimitStatus['kind']
  readonly scope: Scope
  readonly window: Window
  /** What one of the status's units is in the store's: nano-dollars of a dollar, or 1. */
  readonly scale: number
  /** What the keys of its counters begin with. */
  readonly prefix: string
  /** Refuses what goes beyond the limit, rather than only counting it. */
  readonly hard: boolean
  /** Refuses calls when the store does not answer, rather than counting in this process. */
  readonly closed: boolean
  /** Counts once for each call, however many attempts it takes. */
  readonly once: boolean
  /** Lowers a maximum output that the caller set, too, rather than only setting one where there is none. */
  readonly caps: boolean
  /** The least output that it leaves a call when it caps. */
  readonly minimumOutput: number
  /** Waits for reservations in flight before it refuses. */
  readonly waits: boolean
  /** The limit for a principal, in the store's unit; undefined where there is none. */
  limit(principal: Principal): number | undefined
  /** What an attempt takes at most. Undefined when that is not known, and need not be. */
  demand(attempt: Attempt, bound: Bound): Demand | undefined
  /** What an attempt that has ended took, of what was reserved for it. */
  used(charge: Charge | undefined, reserved: number): number
}

export interface Demand {
  readonly fixed: number
  /** For each token of output. */
  readonly perUnit: number
}

/** A budget or a rate limit, made by `budget()` or `rateLimit()`. */
export interface LimitRule {
  readonly meters: readonly Meter[]
  /** Throws where it cannot do its work with these deployments. */
  check?(deployments: readonly Deployment[]): void
}

/** Whom and what a rule counts. */
export interface Scope {
  readonly by: readonly string[]
  readonly missing: 'refuse' | 'share'
  /** Names of models: the provider's own, or `provider/model`. */
  readonly models: readonly string[] | undefined
  readonly providers: readonly string[] | undefined
}

/** What every rule may say of whom and what it counts. */
export interface ScopeOptions {
  /** What it is called in messages and statuses. Needed where two rules would have the same. @default such as `budget:team:month` */
  readonly name?: string | undefined
  /**
   * Whom it counts for, each apart: a field of the principal (`'team'`, `'user'`, `'key'`, one of your own; of a list,
   * such as `'tags'`, each element counts), `'provider'`, `'model'` or `'deployment'`, or several together.
   * @default everybody together
   */
  readonly by?: string | readonly string[] | undefined
  /** What becomes of a call that does not say such a field: it is refused, or counts with all others that do not. @default 'refuse' */
  readonly missing?: 'refuse' | 'share' | undefined
  /** Counts only what these models do: the provider's name for them, or `provider/model`. */
  readonly models?: readonly string[] | undefined
  /** Counts only what these providers do. */
  readonly providers?: readonly string[] | undefined
  /** The least output, in tokens, that a call is left when its maximum is lowered to what fits; below it is refused. @default 1024 */
  readonly minimumOutput?: number | undefined
}

/** One counter that an attempt takes from. */
export interface Line {
  readonly meter: Meter
  readonly subject: string
  readonly key: string
  readonly limit: number
}

/** What meters of all kinds take from their rule's options. */
export type MeterBase = Pick<Meter, 'rule' | 'kind' | 'scope' | 'window' | 'prefix' | 'minimumOutput'>

export function meterBase(kind: Meter['kind'], options: ScopeOptions, per: string, window: Window): MeterBase {
  const { by = [], missing = 'refuse', models, providers, minimumOutput = 1024 } = options
  const fields = typeof by === 'string' ? [by] : [...by]
  const rule = options.name ?? [kind === 'budget' ? kind : 'rate', ...fields, per].join(':')
  const lookback = window.type === 'rolling' ? window.length : window.type === 'total' ? 'total' : window.per
  return {
    rule,
    kind,
    scope: { by: fields, missing, models, providers },
    window,
    // Another window is another counter, even under the same name.
    prefix: `${escaped(rule)}/${kind}/${lookback}/`,
    minimumOutput,
  }
}

/** Whether a rule counts what a deployment does. */
export function reaches({ models, providers }: Scope, { provider, model }: Deployment): boolean {
  if (providers && !providers.includes(provider.id)) return false
  return !models || models.includes(model) || models.includes(`${provider.id}/${model}`)
}

/** Whom a meter counts for, without repetition: more than one where a field is a list. Undefined when a field is missing. */
export function subjectsOf(
  { by, missing }: Scope,
  principal: Principal,
  deployment: Deployment | undefined,
): readonly string[] | undefined {
  let subjects: readonly string[] = everybody
  for (let index = 0; index < by.length; index++) {
    const values = valuesOf(by[index]!, principal, deployment)
    if (values.length === 0 && missing === 'refuse') return undefined
    const choices = values.length === 0 ? everybody : values
    if (by.length === 1) return choices
    // Escaped, so that no two combinations read the same.
    const words = choices.map(escaped)
    subjects = index === 0 ? words : subjects.flatMap((head) => words.map((word) => `${head}/${word}`))
  }
  return subjects
}

/** The refusal of a call that does not say whom it is for. */
export function missingField(meter: Meter, principal: Principal): GatewayError<'invalid_request'> {
  const field = meter.scope.by.find(
    (name) => !isOfDeployment(name) && valuesOf(name, principal, undefined).length === 0,
  )
  return new GatewayError(
    'invalid_request',
    `No "${field}" was given, which "${meter.rule}" counts by. Say it with gateway.with({ ${field}: … }), or let all calls without one share with missing: 'share'.`,
  )
}

/** Where a counter stands, in the words of a reply. */
export function limitStatus({ meter, subject, limit }: Omit<Line, 'key'>, state: CounterState): LimitStatus {
  const { scale } = meter
  return {
    rule: meter.rule,
    kind: meter.kind,
    subject,
    limit: limit / scale,
    spent: state.spent / scale,
    reserved: state.reserved / scale,
    remaining: Math.max(0, limit - state.spent - state.reserved) / scale,
    resetsAt: state.resetsAt,
  }
}

/** Whether a field of `by` is answered by the deployment rather than the principal. */
export function isOfDeployment(field: string): boolean {
  return Object.hasOwn(deploymentFields, field)
}

const deploymentFields: Readonly<Record<string, (deployment: Deployment) => string>> = {
  provider: ({ provider }) => provider.id,
  model: ({ model }) => model,
  deployment: ({ id }) => id,
}

const everybody = ['']

function valuesOf(field: string, principal: Principal, deployment: Deployment | undefined): readonly string[] {
  if (isOfDeployment(field)) return deployment ? [deploymentFields[field]!(deployment)] : []
  const value = Object.hasOwn(principal, field) ? principal[field] : undefined
  if (Array.isArray(value)) return [...new Set(value.filter(isName).map(String))]
  return isName(value) ? [String(value)] : []
}

function isName(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number' || typeof value === 'boolean'
}

function escaped(text: string): string {
  return special.test(text) ? text.replace(/[%/]/g, (sign) => (sign === '%' ? '%25' : '%2F')) : text
}

const special = /[%/]/
