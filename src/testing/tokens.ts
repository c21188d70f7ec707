/** Cuts a text into the simulator's tokens: a word or six characters of one, with the space before it. Joined they give the text. */
export function tokenize(text: string): readonly string[] {
  return text.match(/\s*\S{1,6}|\s+/gu) ?? []
}

/** Counts the tokens of a text. Never more than it has characters. */
export function countTokens(text: string): number {
  return tokenize(text).length
}

/** Counts the tokens of all texts inside a value, as of a request's messages. A picture counts as a constant. */
export function countTokensWithin(value: unknown): number {
  if (typeof value === 'string') return encoded.test(value) ? Math.min(mediaTokens, value.length) : countTokens(value)
  if (typeof value !== 'object' || value === null) return 0
  let total = 0
  for (const item of Object.values(value)) total += countTokensWithin(item)
  return total
}

const mediaTokens = 258
/** Base64, alone or in a data URL. */
const encoded = /^data:|^[\w+/-]{256,}={0,2}$/
