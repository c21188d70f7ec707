/** The most tokens of input that any provider takes. */
export const largestWindow: number = 2_097_152

/** A maximum that a request says, where it is one: some say -1 for as much as there may be. */
export function maximumOf(said: number | undefined): number | undefined {
  return said !== undefined && said >= 0 ? said : undefined
}

/** How many answers a request asks for: one, where it says what is no number of answers. */
export function answersOf(said: number | undefined): number {
  return said !== undefined && said >= 1 ? said : 1
}

/**
 * The most bytes that a text has in UTF-8, as it is or in a normal form (NFC, NFKC): `ﷺ` may become eighteen letters.
 * In one pass over a table, for normalising itself takes quadratic time on stacked accents.
 */
export function byteBound(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index++) {
    let code = text.charCodeAt(index)
    if (code < 0x80) bytes += 1
    // Cyrillic; Chinese and Korean.
    else if (code > 0x385 && code < 0x587) bytes += 2
    else if (code >= 0x3400 && code < 0xd800) bytes += 3
    else {
      if (code < 0xdc00) code = text.codePointAt(index) as number
      if (code > 0xffff) index++
      bytes += (code < 0x800 ? 2 : code > 0xffff ? 4 : 3) + gainOf(code)
    }
  }
  return bytes
}

/** How many bytes a character may gain when it is normalised. */
function gainOf(code: number): number {
  let low = 0
  let high = gains.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (code > (gains[middle] as Gain)[1]) low = middle + 1
    else high = middle
  }
  const gain = gains[low]
  return gain !== undefined && code >= gain[0] ? gain[2] : 0
}

type Gain = readonly [first: number, last: number, bytes: number]

// Of Unicode 15. An accent also counts what it makes of the letter below: `ǖ` and a dot below come apart.
// biome-ignore format: a table
const gains: readonly Gain[] = [
  [0xa8, 0xbe, 3], [0x13f, 0x140, 1], [0x149, 0x149, 1], [0x1c4, 0x1c6, 1], [0x2d8, 0x2dd, 1], [0x300, 0x385, 3],
  [0x587, 0x587, 2], [0x675, 0x678, 2], [0x958, 0x95f, 3], [0x9dc, 0x9df, 3], [0xa33, 0xa33, 3], [0xa36, 0xa36, 3],
  [0xa59, 0xa5e, 3], [0xb5c, 0xb5d, 3], [0xe33, 0xe33, 3], [0xeb3, 0xeb3, 3], [0xedc, 0xedd, 3], [0xf43, 0xfb9, 6],
  [0x1fc1, 0x1fee, 2], [0x2033, 0x2057, 9], [0x2150, 0x2189, 3], [0x222c, 0x2230, 6], [0x247d, 0x2487, 1],
  [0x2a0c, 0x2a0c, 9], [0x2adc, 0x2adc, 2], [0x309b, 0x309f, 3], [0x30ff, 0x30ff, 3], [0x3200, 0x327d, 5],
  [0x32c0, 0x33fe, 15], [0xfa6c, 0xfb4f, 3], [0xfbdd, 0xfdfc, 30], [0xfe71, 0xfefc, 1], [0x1d15e, 0x1d1c0, 8],
  [0x1f12a, 0x1f12a, 3], [0x1f200, 0x1f248, 5],
]
