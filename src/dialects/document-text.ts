import type { MediaSource } from '../operations/chat/index.ts'

/** Gets the text of a document that is plain text, though it may have come in base64; undefined for any other. */
export function documentText(source: MediaSource): string | undefined {
  if (source.type === 'text') return source.text
  if (source.type !== 'base64' || !/^(text\/|application\/(json|xml)\b)/.test(source.mediaType)) return undefined
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(source.data), (byte) => byte.charCodeAt(0)))
  } catch {
    // Not base64.
    return undefined
  }
}
