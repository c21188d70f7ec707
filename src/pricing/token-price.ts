import type { LengthTier, TokenPrice } from '../providers/provider.ts'

/** What a token of input may be billed as. */
const inputFields = [
  'input',
  'cacheRead',
  'cacheWrite',
  'cacheWriteHour',
  'audioInput',
  'audioCacheRead',
  'imageInput',
] as const
/** What a token of output may be billed as. */
const outputFields = ['output', 'reasoning', 'audioOutput', 'imageOutput'] as const

/** Whether tokens are billed at all: a model may be billed by the image or by the hour alone. */
export function billsTokens(price: TokenPrice): boolean {
  if (price.input !== undefined || price.output !== undefined) return true
  return dearestToken(price, 'input') !== undefined || dearestToken(price, 'output') !== undefined
}

/** The dearest price of a token of input or of output; undefined where it has none. */
export function dearestToken(price: TokenPrice, side: 'input' | 'output'): number | undefined {
  let known = dearestByPrice.get(price)
  if (!known) {
    known = { input: dearest(price, inputFields), output: dearest(price, outputFields) }
    dearestByPrice.set(price, known)
  }
  return known[side]
}

/** Looked up for each attempt, and the same each time: prices do not change. */
const dearestByPrice = /* @__PURE__ */ new WeakMap<
  TokenPrice,
  { readonly input: number | undefined; readonly output: number | undefined }
>()

function dearest(price: TokenPrice, fields: readonly (keyof TokenPrice)[]): number | undefined {
  const values = fields.map((field) => price[field]).filter((value) => value !== undefined)
  return values.length > 0 ? Math.max(...values) : undefined
}

/** The prices that a call of this much input costs: those of the highest tier below it, or the base ones. */
export function atLength(
  price: TokenPrice & { readonly tiers?: readonly LengthTier[] | undefined },
  inputTokens: number,
): TokenPrice {
  let found: TokenPrice = price
  let above = -1
  for (const tier of price.tiers ?? []) {
    if (inputTokens > tier.above && tier.above > above) {
      found = tier
      above = tier.above
    }
  }
  return found
}

/** All prices, so many times as high. */
export function times(factor: number, price: TokenPrice): TokenPrice {
  const scaled: { -readonly [Field in keyof TokenPrice]: TokenPrice[Field] } = {}
  for (const field of [...inputFields, ...outputFields]) {
    const value = price[field]
    if (value !== undefined) scaled[field] = value * factor
  }
  return scaled
}
