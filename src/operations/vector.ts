/**
 * An embedding as its provider sent it: numbers, or the base64 of 32-bit floats, little end first, which is a third of
 * the size in a cache and a tenth of the work to read.
 */
export type Vector = readonly number[] | string

/** How many dimensions a vector has. */
export function dimensionsOf(vector: Vector): number {
  if (typeof vector !== 'string') return vector.length
  const padding = vector.endsWith('==') ? 2 : vector.endsWith('=') ? 1 : 0
  return ((vector.length / 4) * 3 - padding) / 4
}

/** The numbers of a vector: a list of the caller's own. */
export function numbersOf(vector: Vector): number[] {
  if (typeof vector !== 'string') return [...vector]
  const binary = atob(vector)
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  const view = new DataView(bytes.buffer)
  const numbers: number[] = []
  for (let at = 0; at + 3 < bytes.length; at += 4) numbers.push(view.getFloat32(at, true))
  return numbers
}

/** The base64 of a vector's numbers as 32-bit floats. */
export function base64Of(vector: Vector): string {
  if (typeof vector === 'string') return vector
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  for (let index = 0; index < vector.length; index++) view.setFloat32(index * 4, vector[index] as number, true)
  let binary = ''
  // No runtime takes any number of arguments; as a list they cost a sixth.
  for (let at = 0; at < view.byteLength; at += 4096) {
    const bytes = new Uint8Array(view.buffer, at, Math.min(4096, view.byteLength - at))
    binary += String.fromCharCode.apply(null, bytes as unknown as number[])
  }
  return btoa(binary)
}
