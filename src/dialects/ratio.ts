/** The ratio that is nearest to a size such as `1536x1024`, of those that a provider knows. */
export function nearestRatio(size: string | undefined, known: readonly string[]): string | undefined {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(size ?? '') ?? []
  if (width === undefined || height === undefined) return undefined
  const distance = (ratio: string): number => {
    const [wide, high] = ratio.split(':').map(Number) as [number, number]
    return Math.abs(Math.log((wide / high) * (Number(height) / Number(width))))
  }
  return known.reduce((best, other) => (distance(other) < distance(best) ? other : best))
}
