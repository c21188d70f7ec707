import type { MediaSource } from '../operations/chat/index.ts'
import { bytesOf } from './base64.ts'

/** Gets the text of a document that is plain text, though it may have come in base64; undefined for any other. */
export function documentText(source: MediaSource): string | undefined {
  if (source.type === 'text') return source.text
  if (source.type !== 'base64' || !/^(text\/|application\/(json|xml)\b)/.test(source.mediaType)) return undefined
  try {
    return new TextDecoder().decode(bytesOf(source.data))
  } catch {
    // Not base64.
    return undefined
  }
}
