/**
 * The time that a counter looks back over. `calendar` starts anew at each full hour, day, week (on Monday) or month,
 * UTC. `rolling` is the last so many milliseconds, at every moment.
 */
export type Window =
  | { readonly type: 'calendar'; readonly per: CalendarUnit }
  | { readonly type: 'rolling'; readonly length: number }
  | { readonly type: 'total' }

export type CalendarUnit = 'hour' | 'day' | 'week' | 'month'

/** A part of a window: what is counted from `start` to before `until` leaves the window as a whole, at `leaves`. */
export interface Span {
  readonly start: number
  readonly until: number
  readonly leaves: number
}

/**
 * The part of a window that a moment belongs to. A calendar window is one span. A rolling one is a row of
 * {@link resolution}, each of which counts in full until its last moment has left: a window of that length never holds
 * more than the limit, wherever one lays it, and what was used comes back at most a fiftieth of the length late.
 */
export function spanAt(window: Window, now: number): Span {
  if (window.type === 'total') return { start: 0, until: Number.POSITIVE_INFINITY, leaves: Number.POSITIVE_INFINITY }
  if (window.type === 'rolling') {
    const size = window.length / resolution
    const start = Math.floor(now / size) * size
    return { start, until: start + size, leaves: start + size + window.length }
  }
  const [start, end] = calendar[window.per](now)
  return { start, until: end, leaves: end }
}

/** How long the units of time are, in milliseconds; a month being 30 days. */
export const lengths: Readonly<Record<'second' | 'minute' | 'hour' | 'day' | 'week' | 'month', number>> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: 2_592_000_000,
}

/** Into how many spans a rolling window is cut. */
const resolution = 50

const calendar: Readonly<Record<CalendarUnit, (now: number) => readonly [start: number, end: number]>> = {
  hour: (now) => stretch(now, lengths.hour, 0),
  day: (now) => stretch(now, lengths.day, 0),
  // 1970 began on a Thursday.
  week: (now) => stretch(now, lengths.week, 4 * lengths.day),
  month(now) {
    const date = new Date(now)
    const year = date.getUTCFullYear()
    const month = date.getUTCMonth()
    return [Date.UTC(year, month, 1), Date.UTC(year, month + 1, 1)]
  },
}

function stretch(now: number, length: number, offset: number): readonly [number, number] {
  const start = Math.floor((now - offset) / length) * length + offset
  return [start, start + length]
}
