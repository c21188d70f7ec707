import { GatewayError } from '../errors.ts'
import type { CounterState, Refusal } from '../stores/counters.ts'
import { isOfDeployment, type Line, type Meter } from './meter.ts'

/** The error of an attempt that does not fit: which limit, where it stands, what was needed and when to come back. */
export function refusalError(
  line: Line,
  { amount, fitsAt }: Refusal,
  state: CounterState,
  deployment: string,
  now: number,
): GatewayError {
  const { meter, subject, limit } = line
  const who = named(meter, subject)
  const show = meter.kind === 'budget' ? dollars : String
  const left = Math.max(0, limit - state.spent - state.reserved)
  const wait = fitsAt === undefined ? undefined : Math.max(1, Math.ceil(fitsAt - now))
  const until =
    fitsAt === undefined
      ? meter.window.type === 'total'
        ? 'It never resets.'
        : 'It is more than the whole limit.'
      : `${meter.window.type === 'calendar' ? 'It resets' : 'There is room again'} at ${new Date(fitsAt).toISOString()}.`
  const standing = `${show(left)} of ${show(limit)} left (${show(state.spent)} spent, ${show(state.reserved)} reserved by calls in flight)`
  // A limit that another deployment does not come under names the one that it refuses.
  const { by, models, providers } = meter.scope
  const only = by.some(isOfDeployment) || models || providers ? deployment : undefined
  const options = { deployment: only, retryAfter: wait !== undefined && wait <= day ? wait : undefined }
  return meter.kind === 'budget'
    ? new GatewayError(
        'budget_exceeded',
        `The budget ${who} has ${standing}; an attempt at ${deployment} may cost ${show(amount)}. ${until}`,
        options,
      )
    : new GatewayError(
        'limit_exceeded',
        `The rate limit ${who} has ${standing}, in ${meter.kind}; this call needs ${show(amount)}. ${until}`,
        options,
      )
}

/** A rule, and whom it counts for. */
export function named({ rule }: Meter, subject: string): string {
  return `"${rule}"${subject === '' ? '' : ` of ${subject}`}`
}

/** Nano-dollars as `$0.0123`. */
export function dollars(nano: number): string {
  return `$${(nano / 1e9).toFixed(9).replace(/\.?0+$/, '')}`
}

/** An advice to come back in a month is none. */
const day = 86_400_000
