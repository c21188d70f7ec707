/** A number of 32 bits made of a text: FNV-1a, mixed. */
export function hash(text: string): number {
  let sum = 0x811c9dc5
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193)
  return mix(sum)
}

/** Spreads a number of 32 bits over all of its bits: the end of MurmurHash3. */
export function mix(number: number): number {
  let bits = number
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35)
  return (bits ^ (bits >>> 16)) >>> 0
}

/** From above 0 to below 1, of a number of 32 bits. */
export function unit(bits: number): number {
  return (bits + 0.5) / 2 ** 32
}
