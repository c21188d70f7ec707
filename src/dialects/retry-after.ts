import type { Failure } from './dialect.ts'

type Told = Pick<Failure, 'header' | 'now'>

/**
 * How long the headers of an error ask to wait, in milliseconds: `retry-after-ms`; `retry-after` in seconds, fractions
 * of them, or as an HTTP date (RFC 9110, 10.2.3). Undefined when they do not say. Only an error's headers mean this:
 * some providers send `retry-after` with every success.
 */
export function retryAfter({ header, now }: Told): number | undefined {
  const milliseconds = header('retry-after-ms')
  const precise = milliseconds ? parseWait(`${milliseconds}ms`, now) : undefined
  // Of one that came twice, once from a proxy, the first counts: together they may pass for a date.
  const said = header('retry-after')?.replace(/^([\d.]+) *,.*/, '$1')
  // Azure sends `retry-after-ms: 0` beside `retry-after: 1`: the longer wait is the honest one.
  return precise || (parseWait(said, now) ?? precise)
}

/** In how many milliseconds the limits are fresh again that the headers of an error call used up. */
export function limitReset({ header, now }: Told): number | undefined {
  const waits = ['', '-requests', '-tokens', '-requests-day', '-tokens-minute'].map((limit) =>
    // The limits that are not what the error is about are told too.
    header(`x-ratelimit-remaining${limit}`) === '0' ? (parseWait(header(`x-ratelimit-reset${limit}`), now) ?? 0) : 0,
  )
  return Math.max(...waits) || undefined
}

/**
 * Reads a wait in any form that providers write: seconds, a duration, a date, or a moment in seconds or milliseconds
 * since 1970. Milliseconds, or undefined. Without the time, `now` being 0, dates and moments say nothing.
 */
export function parseWait(text: string | undefined, now: number): number | undefined {
  if (!text) return undefined
  const amount = Number(text)
  const moment = amount ? amount * (amount < 1e11 ? 1000 : 1) : Date.parse(text)
  const wait = amount < 1e9 ? amount * 1000 : (parseDuration(text) ?? (now ? Math.max(0, moment - now) : Number.NaN))
  return wait >= 0 && wait < Number.POSITIVE_INFINITY ? Math.round(wait) : undefined
}

/** Reads a duration: `1.5s`, `6ms`, `7m12s`, `26 seconds`. Milliseconds, or undefined. */
export function parseDuration(text: string): number | undefined {
  const units: Record<string, number> = { ms: 1, milli: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
  let total: number | undefined
  const rest = text.replace(/(\d+(?:\.\d+)?) ?(ms|milli|[smhd])[a-z]*/gi, (_, amount: string, unit: string) => {
    total = (total ?? 0) + Number(amount) * units[unit.toLowerCase()]!
    return ''
  })
  return rest.trim() === '' ? total : undefined
}
