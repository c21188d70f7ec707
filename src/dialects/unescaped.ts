/** The text that a piece of a path stands for; as it is, where its escapes are broken. */
export function unescaped(piece: string): string {
  try {
    return decodeURIComponent(piece)
  } catch {
    return piece
  }
}
