/** A length of time: milliseconds, or a number with its unit. `Infinity` is for ever. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h'}`

/** Reads a duration as milliseconds. */
export function milliseconds(duration: Duration): number {
  if (typeof duration === 'number') return duration
  const [, amount, unit] = /^([\d.]+)(ms|s|m|h)$/.exec(duration) ?? []
  if (amount === undefined || Number.isNaN(Number(amount))) {
    throw new TypeError(`"${duration}" is no duration: write milliseconds, or a text such as "50ms", "1.5s", "2m".`)
  }
  return Number(amount) * units[unit as keyof typeof units]
}

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
