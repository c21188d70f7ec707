/** A deep copy of plain data, which its receiver may change. */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOf) as T
  const copy: Record<string, unknown> = {}
  for (const name in value) if (name !== '__proto__') copy[name] = copyOf(value[name])
  return copy as T
}

/** About how many bytes of memory plain data takes: two for each character that it has as JSON, and eight for each number. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length + 4
  if (typeof value !== 'object' || value === null) return 8
  let size = 4
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) size += 2 + sizeOf(value[index])
    return size
  }
  for (const name in value) size += 2 * name.length + 8 + sizeOf((value as Record<string, unknown>)[name])
  return size
}
