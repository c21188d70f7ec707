/**
 * Estimates how many tokens a text has: within some 15 % for most languages, code and data on current vocabularies.
 * One pass over runs of the same kind of character, each kind with a price of its own; no bound, see `inputBound`.
 */
export function estimateTokens(text: string): number {
  let tokens = 0
  let kind: Kind = space
  let length = 0
  let accents = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    const next = kindOf(code)
    if (next !== kind) {
      // One capital belongs to the word that it begins.
      if (kind !== upper || length !== 1 || next !== lower) {
        tokens += tokensOf(kind, length, accents, next)
        length = accents = 0
      }
      kind = next
    }
    length++
    if (code > 0x7f && next === lower) accents++
  }
  return Math.ceil(tokens + tokensOf(kind, length, accents, space))
}

type Kind = number

const lower = 0
const upper = 1
const digit = 2
const space = 3
const newline = 4
const punctuation = 5

const greek = 6
const cyrillic = 7
const semitic = 8
const indic = 9
const thai = 10
const symbol = 11
const kana = 12
const chinese = 13
const korean = 14
const emoji = 15
const wide = 16

/** The tokens of a run of such characters, and of each character in it. */
// biome-ignore format: a table
const costs: Readonly<Record<Kind, readonly [run: number, character: number]>> = {
  [greek]: [0.3, 0.36], [cyrillic]: [0.5, 0.2], [semitic]: [0.3, 0.33], [indic]: [0.3, 0.32], [thai]: [0.3, 0.38],
  [symbol]: [0, 1], [kana]: [0, 0.71], [chinese]: [0, 0.88], [korean]: [0, 0.78], [emoji]: [0.3, 0.8], [wide]: [0, 0.8],
}

function kindOf(code: number): Kind {
  if (code < 0x80) {
    if (code >= 0x61 && code <= 0x7a) return lower
    if (code === 0x20 || code === 0x09) return space
    if (code >= 0x41 && code <= 0x5a) return upper
    if (code >= 0x30 && code <= 0x39) return digit
    return code === 0x0a || code === 0x0d ? newline : punctuation
  }
  if (code >= 0x3000) {
    if (code < 0x3040) return wide
    if (code < 0x3400) return kana
    if (code < 0xa000) return chinese
    if (code < 0xd800) return korean
    return code < 0xe000 ? emoji : wide
  }
  if (code < 0xc0) return symbol
  if (code < 0x300) return lower
  if (code < 0x400) return greek
  if (code < 0x530) return cyrillic
  if (code < 0x900) return semitic
  if (code < 0xe00) return indic
  if (code < 0x1000) return thai
  return code >= 0x1e00 && code < 0x1f00 ? lower : symbol
}

function tokensOf(kind: Kind, length: number, accents: number, next: Kind): number {
  if (kind === lower) return (length > 6 ? 1 + (length - 6) * 0.17 : 1) + accents * 0.4
  // A single space belongs to the word that follows.
  if (kind === space) return length > 1 ? 0.3 + length / 64 : 0
  if (kind === punctuation) return length === 1 && next <= upper ? 0.4 : 0.7 + length * 0.12
  if (kind === upper) return 1.2 + (length > 4 ? (length - 4) * 0.3 : 0)
  if (kind === digit) return Math.ceil(length / 3)
  if (kind === newline) return 1
  const [run, character] = costs[kind] as readonly [number, number]
  return run + length * character
}
