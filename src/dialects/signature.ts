import type { Signature } from '../operations/chat/index.ts'

const mark = 'zerohop:'

/**
 * Writes a signature where a dialect keeps its own. A foreign one is marked with its origin, so that it comes back to
 * us, and only to its origin, when the application sends the message again.
 */
export function encodeSignature({ origin, value, encrypted }: Signature, dialect: string): string {
  return origin === dialect ? value : `${mark}${origin}:${encrypted ? 'encrypted' : 'proof'}:${value}`
}

/** Reads what {@link encodeSignature} wrote, or a dialect's own signature. */
export function decodeSignature(text: string, dialect: string, encrypted?: boolean): Signature {
  const [, origin, kind, value] = text.startsWith(mark)
    ? (/^zerohop:([^:]*):(encrypted|proof):(.*)$/s.exec(text) ?? [])
    : []
  if (origin !== undefined && value !== undefined) {
    return { origin, value, ...(kind === 'encrypted' && { encrypted: true }) }
  }
  return { origin: dialect, value: text, ...(encrypted && { encrypted: true }) }
}
