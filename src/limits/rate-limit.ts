import type { Charge } from '../call.ts'
import { checkOptions, misconfigured, type OptionRule, oneOf } from '../option-rules.ts'
import { lengths, type Window } from '../stores/window.ts'
import { commonRules } from './common-rules.ts'
import { type LimitRule, type Meter, meterBase, type ScopeOptions } from './meter.ts'

export interface RateLimitOptions extends ScopeOptions {
  /** How many calls. A call counts once, however many attempts it takes. */
  readonly requests?: number | undefined
  /** How many tokens, input and output. A call counts for its worst case until it has ended, then for what it used. */
  readonly tokens?: number | undefined
  /** In how long. */
  readonly per: 'second' | 'minute' | 'hour' | 'day'
}

/**
 * Limits how many calls and tokens there may be in a time. The window slides: no stretch of that length ever holds more
 * than the limit, at no edge twice as much. It is counted in fiftieths, each of which leaves as a whole.
 */
export function rateLimit(options: RateLimitOptions): LimitRule {
  checkOptions('rateLimit()', options, rules)
  const { requests, tokens, per } = options
  if (per === undefined) throw misconfigured("rateLimit() needs per, such as per: 'minute'.")
  if (requests === undefined && tokens === undefined) throw misconfigured('rateLimit() needs requests, tokens or both.')
  const window: Window = { type: 'rolling', length: lengths[per] }
  const meters = kinds
    .filter(({ kind }) => options[kind] !== undefined)
    .map((own): Meter => {
      const { kind } = own
      const limit = options[kind]
      const base = meterBase(kind, options, per, window)
      return { ...base, ...own, limit: () => limit, scale: 1, hard: true, closed: false, caps: false, waits: false }
    })
  return { meters }
}

const kinds: readonly (Pick<Meter, 'once' | 'demand' | 'used'> & { readonly kind: 'requests' | 'tokens' })[] = [
  { kind: 'requests', once: true, demand: () => ({ fixed: 1, perUnit: 0 }), used: (_, reserved) => reserved },
  {
    kind: 'tokens',
    once: false,
    demand: (_, { inputTokens }) => ({ fixed: inputTokens, perUnit: 1 }),
    used: usedTokens,
  },
]

function usedTokens(charge: Charge | undefined, reserved: number): number {
  if (!charge) return 0
  if (charge.uncertain) return reserved
  const { inputTokens = 0, outputTokens = 0 } = charge.usage
  const tokens = inputTokens + outputTokens
  return charge.estimated ? Math.min(tokens, reserved) : tokens
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

const rules: Readonly<Record<string, OptionRule>> = {
  requests: ['a whole number, 0 or more', isCount],
  tokens: ['a whole number, 0 or more', isCount],
  per: oneOf('second', 'minute', 'hour', 'day'),
  ...commonRules,
}
