import type {
  Citation,
  MediaPart,
  ReasoningPart,
  Signature,
  TokenLogprob,
  ToolCallPart,
} from '../../operations/chat/index.ts'
import { encodeSignature } from '../signature.ts'
import { dialectId, type Fields, ownFields } from './wire.ts'

/** Writes a thought with its proof, or the proof of a text or a call, which is said apart, under its id. */
export function encodeDetail(part: ReasoningPart | { readonly signature: Signature; readonly id: string }): Fields {
  const { signature } = part
  if (!('type' in part)) {
    return { type: 'reasoning.encrypted', id: part.id, data: encodeSignature(part.signature, dialectId) }
  }
  const own = ownFields(part.extensions)
  if (signature?.encrypted) return { type: 'reasoning.encrypted', data: encodeSignature(signature, dialectId), ...own }
  const words = own?.['type'] === 'reasoning.summary' ? { summary: part.text } : { text: part.text }
  const proof = signature && { signature: encodeSignature(signature, dialectId) }
  return { type: 'reasoning.text', ...words, ...proof, ...own }
}

export function encodeToolCall({ id, name, arguments: text, extensions }: ToolCallPart): Fields {
  const { function: inner, ...own } = ownFields(extensions) ?? {}
  return own['type'] === 'custom'
    ? { ...own, id, custom: { name, input: text } }
    : { ...own, id, type: 'function', function: { ...(inner as Fields | undefined), name, arguments: text } }
}

export function encodeImage({ source }: MediaPart): Fields {
  return { type: 'image_url', image_url: { url: mediaUrl(source) } }
}

/** The address of a picture, its bytes included where there is no other. */
export function mediaUrl(source: MediaPart['source']): string {
  switch (source.type) {
    case 'base64':
      return `data:${source.mediaType};base64,${source.data}`
    case 'url':
      return source.url
    case 'file-id':
      return source.id
    case 'text':
      return `data:text/plain,${encodeURIComponent(source.text)}`
  }
}

export function encodeAudio({ source, transcript, extensions }: MediaPart): Fields {
  return {
    ...ownFields(extensions),
    data: source.type === 'base64' ? source.data : '',
    ...(transcript !== undefined && { transcript }),
  }
}

export function encodeAnnotation({ url, title, text, start, end, extensions }: Citation): Fields {
  return {
    type: 'url_citation',
    url_citation: {
      ...ownFields(extensions),
      ...(url !== undefined && { url }),
      ...(title !== undefined && { title }),
      ...(text !== undefined && { content: text }),
      ...(start !== undefined && { start_index: start }),
      ...(end !== undefined && { end_index: end }),
    },
  }
}

export function encodeLogprob({ token, logprob, bytes = null, top }: TokenLogprob): Fields {
  return { token, logprob, bytes, top_logprobs: top ?? [] }
}

/** What kind of sound it is: the format is named in the request only, but begins with a mark. */
export function audioMediaType(base64: string): string {
  return audioMarks.find(([mark]) => base64.startsWith(mark))?.[1] ?? 'audio/pcm'
}

const audioMarks: readonly (readonly [mark: string, mediaType: string])[] = [
  ['UklGR', 'audio/wav'],
  ['SUQz', 'audio/mpeg'],
  ['//', 'audio/mpeg'],
  ['T2dn', 'audio/ogg'],
  ['ZkxhQ', 'audio/flac'],
]
