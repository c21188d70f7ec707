import type { Failure } from './dialect.ts'

/**
 * How long a provider asks to wait, in milliseconds: `retry-after-ms`, or `retry-after` in seconds, fractions of
 * them, or as an HTTP date (RFC 9110, 10.2.3). Undefined when it does not say. Only an error's headers mean this:
 * some providers send `retry-after` with every success.
 */
export function retryAfter({ header, now }: Pick<Failure, 'header' | 'now'>): number | undefined {
  const milliseconds = header('retry-after-ms')
  // Azure sends `retry-after-ms: 0` beside `retry-after: 1`: the longer wait is the honest one.
  const precise = milliseconds ? positive(Number(milliseconds)) : undefined
  if (precise) return precise
  const value = header('retry-after')
  if (value) {
    const seconds = Number(value)
    if (!Number.isNaN(seconds)) return positive(seconds * 1000)
    const date = Date.parse(value)
    if (!Number.isNaN(date)) return Math.max(0, date - now)
  }
  return precise
}

/** A duration in any form that providers write: `1.5s`, `6ms`, `7m12s`, `1h2m`. Milliseconds, or undefined. */
export function parseDuration(text: string): number | undefined {
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  let total: number | undefined
  const rest = text.trim().replace(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g, (_, amount: string, unit: string) => {
    total = (total ?? 0) + Number(amount) * units[unit]!
    return ''
  })
  return rest === '' ? total : undefined
}

function positive(value: number): number | undefined {
  return Number.isFinite(value) && value >= 0 ? Math.round(value) : undefined
}
