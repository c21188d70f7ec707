import type { CacheMark, MediaPart, Part } from '../../operations/chat/index.ts'
import type { Extensions } from '../../operations/operation.ts'
import { type Fields, isFields } from '../fields.ts'
import { decodeKind, dialectId, type Encoder, encodeNode, type Kinds, known, mustBe, type Row } from './table.ts'

/** Reads the content of a message. */
export function decodeContent(content: unknown, place: string): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw mustBe(`${place}.content`, 'a string or a list of parts')
  return content.map((part, index) => decodePart(part, `${place}.content[${index}]`))
}

/** Reads a part; with a place, strictly if we know it. */
export function decodePart(wire: unknown, place?: string): Part {
  const part = isFields(wire) ? decodeKind(place ? framed(wire) : wire, partKinds, place) : undefined
  if (!part && place && typeof (wire as Fields | null)?.['type'] !== 'string')
    throw mustBe(place, 'a part with a `type`')
  return (part as Part | undefined) ?? { type: 'extension', dialect: dialectId, value: wire }
}

/** Writes the content of a message. A lone text goes out as a string: not every provider takes lists. */
export function encodeContent(parts: readonly Part[], encoder: Encoder): unknown {
  const encoded = encodeParts(parts, encoder)
  const [first] = encoded
  if (!first) return parts.length === 0 ? '' : encoded
  return encoded.length === 1 && first['type'] === 'text' && Object.keys(first).length === 2 ? first['text'] : encoded
}

/** Writes parts, but for those that the format cannot say at this place. */
export function encodeParts(parts: readonly Part[], encoder: Encoder): Fields[] {
  const encoded: Fields[] = []
  for (const part of parts) {
    if (part.type === 'text') encoded.push(encodePart(part, 'text', encoder))
    else if (isMedia(part)) encoded.push(encodeMedia(part, encoder))
    else if (part.type === 'reasoning' && encoder.quirks.reasoningHistory === 'thinking')
      encoded.push(encodePart(part, 'thinking', encoder))
    else if (part.type === 'extension' && part.dialect === dialectId) encoded.push(part.value as Fields)
    else encoder.omit(`messages.content.${part.type}`)
  }
  return encoded
}

/** Writes a picture, a sound, a video or a document. */
export function encodeMedia(part: MediaPart, encoder: Encoder): Fields {
  const { type, source } = part
  if (source.type === 'text') return { type: 'text', text: source.text }
  if (type === 'audio' && source.type === 'base64') return encodePart(part, 'input_audio', encoder)
  if ((type === 'image' || type === 'video') && source.type !== 'file-id')
    return encodePart(part, `${type}_url`, encoder)
  // OpenAI refuses bytes without a name.
  const name =
    part.name ?? (source.type === 'base64' ? `file.${/\w+$/.exec(source.mediaType)?.[0] ?? 'pdf'}` : undefined)
  return encodePart(name === part.name ? part : { ...part, name }, 'file', encoder)
}

/** Tells apart pictures, sounds, videos and documents. */
export function isMedia(part: Part): part is MediaPart {
  return 'source' in part
}

/** The mark for the prompt cache, on everything that may bear one. */
export const cacheControl: Row = [
  'cache',
  (mark) => {
    const { ttl } = mark as Fields
    return ttl === '5m' || ttl === '1h' ? { ttl } : {}
  },
  ({ ttl }: CacheMark, { quirks, omit }) => (quirks.cacheControl ? { type: 'ephemeral', ttl } : omit('cache')),
]

function encodePart(part: Part & { readonly extensions?: Extensions | undefined }, name: string, encoder: Encoder) {
  return encodeNode(part, partKinds[name]![1], { type: name }, encoder)
}

const address: Row = [
  'source',
  (url) => {
    if (typeof url !== 'string') return undefined
    const [, mediaType, data] = /^data:([^;,]*)[^,]*;base64,(.*)$/s.exec(url) ?? []
    return data === undefined ? { type: 'url', url } : { type: 'base64', mediaType, data }
  },
  ({ type, mediaType, data, url }: AnySource) => (type === 'base64' ? `data:${mediaType};base64,${data}` : url),
]
const fileId: Row = ['source', (id) => ({ type: 'file-id', id }), ({ id }: AnySource) => id]
const sound: Row = ['source', decodeSound, ({ data }: AnySource) => data]
const format: Row = [
  'source',
  decodeSound,
  ({ mediaType }: AnySource) => mediaType?.replace(/^audio\/(x-)?/, '').replace('mpeg', 'mp3'),
]

const thoughts: Row = [
  'text',
  (pieces) =>
    (Array.isArray(pieces) ? pieces : [{ text: pieces }])
      .map((piece: Fields | null) => (typeof piece?.['text'] === 'string' ? piece['text'] : ''))
      .join(''),
  (text: string) => [{ type: 'text', text }],
]

const partKinds: Kinds = {
  text: ['text', { type: known, cache_control: cacheControl, text: 'string' }, 'text', 'a string'],
  refusal: ['refusal', { type: known, refusal: ['text', 'string'] }, 'text', 'a string'],
  image_url: [
    'image',
    { type: known, cache_control: cacheControl, image_url: [{ url: address, detail: 'string' }] },
    'source',
    'an object with a `url`',
  ],
  video_url: [
    'video',
    { type: known, cache_control: cacheControl, video_url: [{ url: address }] },
    'source',
    'an object with a `url`',
  ],
  input_audio: [
    'audio',
    { type: known, cache_control: cacheControl, input_audio: [{ data: sound, format }] },
    'source',
    'an object with `data` and `format`',
  ],
  // Mistral's words for what OpenAI calls a file; we write the latter.
  document_url: [
    'file',
    { type: known, document_url: address, document_name: ['name', 'string'] },
    'source',
    'an address',
  ],
  // Mistral's thoughts are pieces of the content.
  thinking: ['reasoning', { type: known, thinking: thoughts }, 'text', 'a list of texts'],
  file: [
    'file',
    {
      type: known,
      cache_control: cacheControl,
      file_id: ['source', (id) => ({ type: 'file-id', id }), () => undefined],
      file: [{ filename: ['name', 'string'], file_id: fileId, file_data: address }],
    },
    'source',
    'an object with `file_id` or `file_data`',
  ],
}

/** Puts the usual frame around an address that an application wrote without. */
function framed(wire: Fields): Fields {
  const { image_url: url } = wire
  return typeof url === 'string' ? { ...wire, image_url: { url } } : wire
}

type AnySource = Readonly<Partial<Record<'type' | 'id' | 'url' | 'mediaType' | 'data', string>>>

function decodeSound(_: unknown, { data, format }: Fields): MediaPart['source'] | undefined {
  if (typeof data !== 'string' || typeof format !== 'string') return undefined
  return { type: 'base64', data, mediaType: `audio/${format === 'mp3' ? 'mpeg' : format}` }
}
