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
  const bytes = new DataView(new ArrayBuffer(binary.length))
  for (let index = 0; index < binary.length; index++) bytes.setUint8(index, binary.charCodeAt(index))
  return Array.from({ length: binary.length >> 2 }, (_, index) => bytes.getFloat32(index * 4, true))
}

/** The base64 of a vector's numbers as 32-bit floats. */
export function base64Of(vector: Vector): string {
  if (typeof vector === 'string') return vector
  const bytes = new DataView(new ArrayBuffer(vector.length * 4))
  for (const [index, value] of vector.entries()) bytes.setFloat32(index * 4, value, true)
  let binary = ''
  for (let index = 0; index < bytes.byteLength; index++) binary += String.fromCharCode(bytes.getUint8(index))
  return btoa(binary)
}
