import type { MediaPart } from '../../operations/chat/index.ts'
import { base64Of } from '../base64.ts'
import type { Writer } from './content.ts'
import { type Block, extensionsOf, own, type WireMedia } from './wire.ts'

type Kind = 'image' | 'audio' | 'video' | 'document'

/** The formats that Bedrock names, by media type; the first media type is the one that a format stands for. */
const formats: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
  image: { 'image/png': 'png', 'image/jpeg': 'jpeg', 'image/jpg': 'jpeg', 'image/gif': 'gif', 'image/webp': 'webp' },
  audio: {
    'audio/mpeg': 'mp3',
    'audio/mp3': 'mp3',
    'audio/wav': 'wav',
    'audio/x-wav': 'wav',
    'audio/ogg': 'ogg',
    'audio/opus': 'opus',
    'audio/aac': 'aac',
    'audio/flac': 'flac',
    'audio/mp4': 'm4a',
    'audio/x-m4a': 'm4a',
    'audio/webm': 'webm',
  },
  video: {
    'video/mp4': 'mp4',
    'video/quicktime': 'mov',
    'video/x-matroska': 'mkv',
    'video/webm': 'webm',
    'video/x-flv': 'flv',
    'video/mpeg': 'mpeg',
    'video/x-ms-wmv': 'wmv',
    'video/3gpp': 'three_gp',
  },
  document: {
    'application/pdf': 'pdf',
    'text/csv': 'csv',
    'application/msword': 'doc',
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
    'application/vnd.ms-excel': 'xls',
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
    'text/html': 'html',
    'text/plain': 'txt',
    'text/markdown': 'md',
    'application/json': 'txt',
  },
}

/** Reads a picture, a sound, a video or a document of an answer; undefined for a block that is none of them. */
export function decodeMedia(block: Block): MediaPart | undefined {
  for (const kind of ['image', 'audio', 'video', 'document'] as const) {
    const media = block[kind]
    const bytes = media?.source?.bytes
    if (!bytes) continue
    const { format, name, source: _, ...rest } = media
    const types = formats[kind]
    const mediaType = Object.keys(types).find((type) => types[type] === format) ?? 'application/octet-stream'
    const extensions = extensionsOf(rest)
    return {
      type: kind === 'document' ? 'file' : kind,
      source: { type: 'base64', data: bytes, mediaType },
      ...(name !== undefined && { name }),
      ...(extensions && { extensions }),
    }
  }
  return undefined
}

/** Writes a picture, a sound, a video or a document: as bytes, or as a place in S3. */
export function encodeMedia(part: MediaPart, { leaveOut, documents }: Writer): Block | undefined {
  const found = locate(part)
  if (!found) return leaveOut(`A part of type "${part.type}"`, 'Bedrock takes files as bytes or from S3 only')
  const { mediaType, source } = found
  const kind = (Object.keys(formats) as Kind[]).find((kind) => formats[kind][mediaType]) ?? fallbackKind(mediaType)
  if (!kind) return leaveOut(`A part of type "${part.type}"`, 'Bedrock does not take its format')
  const media: WireMedia = { ...own(part), format: formats[kind][mediaType] ?? 'txt', source }
  if (kind === 'document') media.name = documentName(part.name, documents)
  return { [kind]: media }
}

/** A text of a kind without a name of its own is a text. */
function fallbackKind(mediaType: string): Kind | undefined {
  return mediaType.startsWith('text/') ? 'document' : undefined
}

interface Located {
  readonly mediaType: string
  readonly source: WireMedia['source']
}

function locate({ type, source }: MediaPart): Located | undefined {
  switch (source.type) {
    case 'base64':
      return { mediaType: bare(source.mediaType), source: { bytes: source.data } }
    case 'text':
      return {
        mediaType: bare(source.mediaType ?? 'text/plain'),
        source: { bytes: base64Of(new TextEncoder().encode(source.text)) },
      }
    default: {
      const place = source.type === 'url' ? source.url : source.id
      const [, inlineType, data] = /^data:([^,]*);base64,(.*)$/s.exec(place) ?? []
      if (data !== undefined) return { mediaType: bare(inlineType!), source: { bytes: data } }
      if (!place.startsWith('s3://')) return undefined
      const mediaType = source.mediaType ?? typeOfName(type, place)
      return mediaType === undefined ? undefined : { mediaType, source: { s3Location: { uri: place } } }
    }
  }
}

/** A media type without its parameters. */
function bare(mediaType: string): string {
  return mediaType.replace(/\s*;.*$/s, '').toLowerCase()
}

/** The media type of a file in S3, by the end of its name. */
function typeOfName(type: MediaPart['type'], place: string): string | undefined {
  const types = formats[type === 'file' ? 'document' : type]
  const [, ending = ''] = /\.(\w+)$/.exec(place) ?? []
  const format = { jpg: 'jpeg', '3gp': 'three_gp', mpg: 'mpeg' }[ending] ?? ending
  return Object.keys(types).find((mediaType) => types[mediaType] === format)
}

/** A document's name may have letters, digits, single spaces, hyphens and brackets, and must be the only one of its kind. */
function documentName(name: string | undefined, taken: Set<string>): string {
  const plain = (name ?? '')
    .replace(/\.\w{1,5}$/, '')
    .replace(/[^a-zA-Z0-9\s()[\]-]/g, '-')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 190)
  const wanted = plain || 'document'
  let free = wanted
  for (let number = 2; taken.has(free); number++) free = `${wanted}-${number}`
  taken.add(free)
  return free
}
