/**
 * Prices of @pydantic/genai-prices, as our `Price`. Dollars for a million tokens, unless a divisor says otherwise.
 */

/** Its units, and where they go. */
const fieldsOfUnits = {
  input_mtok: 'input',
  output_mtok: 'output',
  cache_read_mtok: 'cacheRead',
  cache_write_mtok: 'cacheWrite',
  cache_write_1h_mtok: 'cacheWriteHour',
  output_reasoning_mtok: 'reasoning',
  input_audio_mtok: 'audioInput',
  cache_audio_read_mtok: 'audioCacheRead',
  output_audio_mtok: 'audioOutput',
  input_image_mtok: 'imageInput',
  output_image_mtok: 'imageOutput',
  requests_kcount: 'request',
  audio_hours: 'hour',
  input_audio_hours: 'hour',
  input_document_kpages: 'page',
  web_searches_kcount: 'webSearch',
}

/** Those that are not for tokens: of how many. */
const perUnit = {
  requests_kcount: 1000,
  audio_hours: 1,
  input_audio_hours: 1,
  input_document_kpages: 1000,
  web_searches_kcount: 1000,
}

/** Units that a call without hosted tools does not use, or that cost less than what we count instead. */
const ignored = new Set(['storage_searches_kcount', 'cache_image_read_mtok'])

const order = [...new Set(Object.values(fieldsOfUnits))]
const isUnit = (field) => order.indexOf(field) >= order.indexOf('request')

/** Names of what hears or speaks, and must have a price for it. */
export const audible = /audio|realtime/

/**
 * The price of a model of genai-prices at a date: undefined when it has none, null when it has parts that our usage does
 * not count; `onUnknown` hears their names.
 */
export function priceOf({ id, prices }, date, onUnknown = () => {}) {
  const units = current(prices, date)
  const unknown = Object.keys(units).filter((unit) => !(unit in fieldsOfUnits) && !ignored.has(unit))
  if (unknown.length > 0) {
    onUnknown(unknown.join(', '))
    return null
  }
  const known = Object.keys(fieldsOfUnits).filter((unit) => units[unit] !== undefined)
  const tokens = known.filter((unit) => !(unit in perUnit))
  if (known.length === 0 || (audible.test(id) && tokens.length > 0 && units.input_audio_mtok === undefined))
    return undefined
  const starts = [...new Set(tokens.flatMap((unit) => units[unit].tiers?.map(({ start }) => start) ?? []))]
  const at = (value, start) => value.tiers?.filter((tier) => tier.start <= start).at(-1)?.price ?? base(value)
  return tidy({
    ...Object.fromEntries(known.map((unit) => [fieldsOfUnits[unit], base(units[unit]) / (perUnit[unit] ?? 1)])),
    tiers: starts
      .sort((a, b) => a - b)
      .map((above) => ({
        above,
        ...Object.fromEntries(tokens.map((unit) => [fieldsOfUnits[unit], at(units[unit], above)])),
      })),
  })
}

/**
 * The prices that apply at the date. Of prices by the time of day the dearest, for ours must hold at every hour.
 * An entry without prices is a gap, not a gift.
 */
export function current(prices, date) {
  if (!Array.isArray(prices)) return prices
  const dated = prices.filter(({ constraint }) => constraint?.type !== 'time_of_date')
  const hourly = prices.filter(({ constraint }) => constraint?.type === 'time_of_date')
  const applicable = dated.findLast(({ constraint }) => !constraint || constraint.start_date <= date)
  return [applicable ?? dated[0], ...hourly]
    .map((entry) => entry.prices)
    .sort((a, b) => base(b.output_mtok) - base(a.output_mtok))[0]
}

/**
 * Orders the fields and leaves out what says nothing: a zero beside a price (a gap in the source) and a price equal to
 * its default. A price of cache writes below that of input is the storage, which comes on top.
 */
export function tidy({ tiers, ...fields }) {
  const defaults = {
    reasoning: fields.output,
    audioOutput: fields.output,
    imageOutput: fields.output,
    audioCacheRead: fields.audioInput ?? fields.input,
    cacheWriteHour: fields.cacheWrite ?? fields.input,
  }
  const { cacheWrite } = fields
  if (cacheWrite > 0 && cacheWrite < fields.input) fields.cacheWrite = fields.input + cacheWrite
  const free = fields.input === 0 && fields.output === 0
  const kept = order.filter((field) => {
    if (field === 'input' || field === 'output') return fields[field] > 0 || (free && fields[field] === 0)
    return fields[field] > 0 && (isUnit(field) || fields[field] !== (defaults[field] ?? fields.input))
  })
  return {
    ...Object.fromEntries(kept.map((field) => [field, Number(fields[field].toPrecision(9))])),
    ...(tiers?.length > 0 && { tiers: tiers.map(({ above, ...tier }) => ({ above, ...tidy(tier) })) }),
  }
}

/** Whether a rule of genai-prices matches a name. */
export function matches(logic, id) {
  const name = id.toLowerCase()
  const [kind, value] = Object.entries(logic)[0]
  switch (kind) {
    case 'or':
      return value.some((part) => matches(part, id))
    case 'and':
      return value.every((part) => matches(part, id))
    case 'equals':
      return name === value.toLowerCase()
    case 'starts_with':
      return name.startsWith(value.toLowerCase())
    case 'ends_with':
      return name.endsWith(value.toLowerCase())
    case 'contains':
      return name.includes(value.toLowerCase())
    case 'regex':
      return new RegExp(value).test(id)
    default:
      throw new Error(`genai-prices has a new kind of match: ${kind}`)
  }
}

function base(value) {
  return typeof value === 'object' ? value.base : (value ?? 0)
}
