import { GatewayError } from './errors.ts'

/** Milliseconds, or a number with a unit. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Milliseconds of `'30s'`, `'10m'` or a number. Throws `invalid_configuration`, naming the option, for anything else. */
export function milliseconds(duration: Duration, option: string): number {
  if (typeof duration === 'number' && duration >= 0) return duration
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(String(duration)) ?? []
  if (amount === undefined || unit === undefined) {
    throw new GatewayError(
      'invalid_configuration',
      `${option} is ${JSON.stringify(duration)}: write milliseconds, or a number with a unit such as '30s' or '10m'.`,
    )
  }
  return Number(amount) * units[unit]!
}
