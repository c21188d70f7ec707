import { base64Of } from '../../dialects/base64.ts'
import { unescaped } from '../../dialects/unescaped.ts'
import type { MediaPart, MediaSource } from '../../operations/chat/index.ts'
import type { FileData, TaggedData } from './specification.ts'

/** Reads the data of a file. In versions 2 and 3 a string is base64, unless it is an address or the id of a file. */
export function decodeFileData(data: FileData, mediaType: string): MediaSource {
  const whole = isWhole(mediaType) ? { mediaType } : undefined
  if (data instanceof Uint8Array) return base64(base64Of(data), mediaType)
  if (data instanceof URL) return decodeAddress(data.href, mediaType)
  if (typeof data === 'string') {
    if (/^(data|https?):/i.test(data)) return decodeAddress(data, mediaType)
    // OpenAI's ids of files, which its provider package takes in place of base64: that has no hyphen.
    return /^file-[\w-]+$/.test(data) ? { type: 'file-id', id: data, ...whole } : base64(data, mediaType)
  }
  switch (data.type) {
    case 'url':
      return decodeAddress(String(data.url), mediaType)
    case 'text':
      return { type: 'text', text: data.text, ...whole }
    case 'reference':
      return { type: 'file-id', id: Object.values(data.reference)[0] ?? '', ...whole }
    default:
      return decodeFileData(data.data, mediaType)
  }
}

/** Writes where the bytes of a file are, as version 4 says it. `provider` is whom the id of a file belongs to. */
export function encodeFileData(source: MediaSource, provider: string): { data: TaggedData; mediaType: string } {
  const { mediaType = 'application/octet-stream' } = source
  switch (source.type) {
    case 'base64':
      return { data: { type: 'data', data: source.data }, mediaType }
    case 'url':
      return { data: { type: 'url', url: source.url }, mediaType }
    case 'text':
      return { data: { type: 'text', text: source.text }, mediaType: source.mediaType ?? 'text/plain' }
    case 'file-id':
      return { data: { type: 'reference', reference: { [provider]: source.id } }, mediaType }
  }
}

/** What a file is to a model. */
export function kindOf(mediaType: string): MediaPart['type'] {
  const [kind] = mediaType.split('/')
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file'
}

function decodeAddress(address: string, mediaType: string): MediaSource {
  const [, type, encoding, data = ''] = /^data:([^;,]*)[^,]*?(;base64)?,(.*)$/is.exec(address) ?? []
  if (type === undefined) return { type: 'url', url: address, ...(isWhole(mediaType) && { mediaType }) }
  const bytes = encoding ? (data.includes('%') ? unescaped(data) : data) : base64Of(unescapedBytes(data))
  return base64(bytes, isWhole(mediaType) ? mediaType : type || mediaType)
}

/** The bytes of a data URL that is no base64: an escape may stand for any byte. */
function unescapedBytes(text: string): Uint8Array {
  const utf8 = new TextEncoder()
  const pieces = text.split(/%([0-9a-f]{2})/i)
  return Uint8Array.from(
    pieces.flatMap((piece, index) => (index % 2 === 1 ? [Number.parseInt(piece, 16)] : [...utf8.encode(piece)])),
  )
}

function base64(data: string, mediaType: string): MediaSource {
  return { type: 'base64', data, mediaType: isWhole(mediaType) ? mediaType : (typeOf(data, mediaType) ?? mediaType) }
}

/** `image/png`, and not `image/*` or `image`. */
function isWhole(mediaType: string): boolean {
  return /\/[^*]/.test(mediaType)
}

/** The media type that the first bytes tell, of the kind that is known. */
function typeOf(data: string, mediaType: string): string | undefined {
  const kind = kindOf(mediaType)
  return beginnings.find(([beginning, type]) => data.startsWith(beginning) && kindOf(type) === kind)?.[1]
}

const beginnings: readonly (readonly [base64: string, mediaType: string])[] = [
  ['iVBORw', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['JVBERi', 'application/pdf'],
  ['SUQz', 'audio/mpeg'],
  ['UklGR', 'audio/wav'],
]
