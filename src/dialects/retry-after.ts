import type { Failure } from './dialect.ts'

/**
 * How long the headers of an error ask to wait, in milliseconds: `retry-after-ms`; `retry-after` in seconds, fractions
 * of them, or as an HTTP date (RFC 9110, 10.2.3). Undefined when they do not say. Only an error's headers mean this:
 * some providers send `retry-after` with every success.
 */
export function retryAfter({ header, now }: Pick<Failure, 'header' | 'now'>): number | undefined {
  // Azure sends `retry-after-ms: 0` beside `retry-after: 1`: the longer wait is the honest one.
  const precise = wait(Number(header('retry-after-ms') || Number.NaN))
  return precise || (parseWait(header('retry-after'), now) ?? precise)
}

/** When the limits that an error's headers call used up are fresh again, in milliseconds from now. */
export function limitReset({ header, now }: Pick<Failure, 'header' | 'now'>): number | undefined {
  let longest: number | undefined
  for (const limit of limits) {
    // The others are told too, and they are not what the error is about.
    if (header(limit.replace('*', 'remaining')) !== '0') continue
    const reset = parseWait(header(limit.replace('*', 'reset')), now)
    if (reset !== undefined) longest = Math.max(longest ?? 0, reset)
  }
  return longest
}

const limits = [
  ...['', '-requests', '-tokens', '-requests-day', '-tokens-minute'].map((limit) => `x-ratelimit-*${limit}`),
  ...['requests', 'tokens', 'input-tokens', 'output-tokens'].map((limit) => `anthropic-ratelimit-${limit}-*`),
]

/** Reads a wait in any form that providers write: seconds, a duration, a date, or a moment since 1970. Milliseconds, or undefined. */
export function parseWait(text: string | undefined, now: number): number | undefined {
  if (!text) return undefined
  const amount = Number(text)
  if (amount < 1e9) return wait(amount * 1000)
  // OpenRouter tells the moment in milliseconds, others in seconds.
  const moment = amount ? amount * (amount < 1e11 ? 1000 : 1) : Date.parse(text)
  return wait(parseDuration(text) ?? (now ? Math.max(0, moment - now) : Number.NaN))
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

function wait(milliseconds: number): number | undefined {
  return milliseconds >= 0 && milliseconds < Number.POSITIVE_INFINITY ? Math.round(milliseconds) : undefined
}
