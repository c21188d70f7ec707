import type { Attempt, Bound, Charge, Deployment, Principal } from '../call.ts'
import { GatewayError } from '../errors.ts'
import { checkOptions, misconfigured, type OptionRule, oneOf } from '../option-rules.ts'
import { type CalendarUnit, lengths, type Window } from '../stores/window.ts'
import { commonRules } from './common-rules.ts'
import { type Demand, type LimitRule, type Meter, meterBase, reaches, type ScopeOptions } from './meter.ts'

export interface BudgetOptions extends ScopeOptions {
  /** Dollars, or a function that gives them for a principal, `undefined` for no limit. */
  readonly limit: number | ((principal: Principal) => number | undefined)
  /** How long the money is for. */
  readonly per: CalendarUnit | 'total'
  /** `calendar` starts anew with each full hour, day, week (Monday) or month, UTC; `rolling` is always the last so much, a month being 30 days. @default 'calendar' */
  readonly window?: 'calendar' | 'rolling' | undefined
  /**
   * What happens when an attempt may cost more than is left. `reject` tries what is cheaper, then fails with 402.
   * `cap` first lowers the maximum output to what fits. `downgrade` is `reject` with a name for what you set up: the
   * `overBudget` list of `fallback` says what to use instead. `warn` lets it pass, with a warning on the trace.
   * @default 'reject'
   */
  readonly overspend?: 'reject' | 'cap' | 'downgrade' | 'warn' | undefined
  /** What to do when it is only for reservations in flight that an attempt does not fit: refuse, or wait for them until the deadline. @default 'reject' */
  readonly whenReserved?: 'wait' | 'reject' | undefined
}

/** Limits what calls may cost, by reserving their worst case before they are sent. */
export function budget(options: BudgetOptions): LimitRule {
  checkOptions('budget()', options, rules)
  const { limit, per, window: form = 'calendar', overspend = 'reject', whenReserved = 'reject' } = options
  if (limit === undefined || per === undefined)
    throw misconfigured("budget() needs a limit, in dollars, and per, such as per: 'month'.")
  const window: Window =
    per === 'total'
      ? { type: 'total' }
      : form === 'rolling'
        ? { type: 'rolling', length: lengths[per] }
        : { type: 'calendar', per }
  const base = meterBase('budget', options, per, window)
  const { rule, scope } = base
  const hard = overspend !== 'warn'

  const meter: Meter = {
    ...base,
    scale: nanoDollars,
    hard,
    closed: hard,
    once: false,
    caps: overspend === 'cap',
    waits: whenReserved === 'wait',
    limit: limitOf(rule, limit),
    demand: (attempt, bound) => demandOf(rule, hard, attempt, bound),
    used,
  }

  return {
    meters: [meter],
    check(deployments) {
      if (!hard) return
      const unpriced = deployments.filter((deployment) => reaches(scope, deployment) && !deployment.facts.price)
      if (unpriced.length > 0) throw misconfigured(unpricedMessage(rule, unpriced))
    },
  }
}

function limitOf(rule: string, limit: BudgetOptions['limit']): Meter['limit'] {
  if (typeof limit === 'number') {
    const fixed = Math.round(limit * nanoDollars)
    return () => fixed
  }
  return (principal) => {
    const dollars = limit(principal)
    if (dollars === undefined) return undefined
    if (!isDollars(dollars))
      throw misconfigured(`The limit of "${rule}" came out as ${String(dollars)}: give ${rules['limit']![0]}.`)
    return Math.round(dollars * nanoDollars)
  }
}

function demandOf(rule: string, hard: boolean, { deployment, trace }: Attempt, bound: Bound): Demand | undefined {
  const { inputCost, outputTokenCost = 0, outputTokens = 0, cost } = bound
  if (inputCost !== undefined) {
    // What the bound holds beyond input and output, such as a surcharge for hosted tools, does not shrink with the output.
    return {
      fixed: cost === undefined ? inputCost : Math.max(inputCost, cost - outputTokenCost * outputTokens),
      perUnit: outputTokenCost,
    }
  }
  const message = `The price of "${deployment.id}" is unknown, so "${rule}" cannot bound what it costs.`
  if (hard)
    throw new GatewayError('unknown_price', `${message} Give the model a price, or the budget overspend: 'warn'.`, {
      deployment: deployment.id,
    })
  trace.note({ type: 'warning', message: `${message} It counts as nothing.` })
  return undefined
}

function used(charge: Charge | undefined, reserved: number): number {
  if (charge?.uncertain) return reserved
  const billed = Math.ceil(charge?.cost?.total ?? 0)
  return charge?.estimated ? Math.min(billed, reserved) : billed
}

function unpricedMessage(rule: string, deployments: readonly Deployment[]): string {
  const names = deployments.slice(0, 5).map(({ id }) => `"${id}"`)
  const more = deployments.length - names.length
  return `"${rule}" is a hard limit over deployments without a price: ${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}. Give them a price, leave them out with models or providers, or use overspend: 'warn'.`
}

const nanoDollars = 1e9

// Sums of nano-dollars stay exact up to 2^53.
const isDollars = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value <= 9_000_000

const rules: Readonly<Record<string, OptionRule>> = {
  limit: [
    'dollars, from 0 to 9,000,000, or a function of the principal',
    (value) => typeof value === 'function' || isDollars(value),
  ],
  per: oneOf('hour', 'day', 'week', 'month', 'total'),
  window: oneOf('calendar', 'rolling'),
  overspend: oneOf('reject', 'cap', 'downgrade', 'warn'),
  whenReserved: oneOf('wait', 'reject'),
  ...commonRules,
}
