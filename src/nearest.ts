/** "Did you mean …?", when one of the allowed names is near. */
export function nearest(name: string, allowed: readonly string[]): string {
  const [best] = allowed
    .map((other) => [distance(name.toLowerCase(), other.toLowerCase()), other] as const)
    .sort(([a], [b]) => a - b)
  if (best && best[0] <= Math.max(2, name.length / 2)) return ` Did you mean ${best[1]}?`
  return allowed.length > 0 ? ` Known are: ${allowed.join(', ')}.` : ''
}

/** How many letters to insert, leave out or change. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length]!
}
