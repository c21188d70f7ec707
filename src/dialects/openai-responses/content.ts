import type {
  Citation,
  MediaPart,
  MediaSource,
  Part,
  RefusalPart,
  TextPart,
  TokenLogprob,
} from '../../operations/chat/index.ts'
import { check, compact, invalid, isFields, type Names, type Shape } from '../fields.ts'
import type { LeaveOut } from '../left-out.ts'
import {
  type Draft,
  id,
  own,
  readRest,
  type WireAnnotation,
  type WireContent,
  type WireLogprob,
  writeRest,
} from './wire.ts'

/** The pieces of what an application sends that have a part of their own. All others are kept as they came. */
const pieces: Readonly<Record<string, Shape>> = {
  input_text: { type: true, text: 'string' },
  output_text: { type: true, text: 'string', annotations: 'list of objects?', logprobs: 'list of objects?' },
  text: { type: true, text: 'string' },
  summary_text: { type: true, text: 'string' },
  reasoning_text: { type: true, text: 'string' },
  refusal: { type: true, refusal: 'string' },
  input_image: { type: true, image_url: 'string?', file_id: 'string?', detail: 'string?' },
  input_file: { type: true, file_id: 'string?', file_url: 'string?', file_data: 'string?', filename: 'string?' },
  input_audio: { type: true, input_audio: { data: 'string', format: 'string' } },
}

const typed: Shape = { type: 'string' }

/** Checks the content of a message that an application wrote. */
export function checkContent(content: unknown, at: string): asserts content is string | readonly WireContent[] {
  if (typeof content === 'string') return
  if (!Array.isArray(content)) throw invalid(at, 'a string or a list')
  for (const [index, piece] of content.entries()) {
    const shape = isFields(piece) ? pieces[piece['type'] as string] : undefined
    check(piece, typeof shape === 'object' ? shape : typed, `${at}[${index}]`)
  }
}

/** Reads the content of a message that is not the model's, or of a tool's result. */
export function decodeContent(content: string | readonly WireContent[]): Part[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  return content.map((piece) => {
    const part = decodePiece(piece)
    return part ? readRest(part, piece, pieces[piece.type]!) : { type: 'extension', dialect: id, value: piece }
  })
}

/** Writes it. A lone text without anything beside it is written as a string. */
export function encodeContent(parts: readonly Part[], leaveOut: LeaveOut): string | WireContent[] {
  const [only] = parts
  if (parts.length === 1 && only?.type === 'text' && !own(only)) return only.text
  return encodePieces(parts, leaveOut)
}

/** Writes parts as a list. */
export function encodePieces(parts: readonly Part[], leaveOut: LeaveOut): WireContent[] {
  const content: WireContent[] = []
  for (const part of parts) {
    if (part.type === 'text') content.push(writeRest<WireContent>({ type: 'input_text', text: part.text }, own(part)))
    else if (part.type === 'extension' && part.dialect === id) content.push(part.value as WireContent)
    else if (part.type === 'extension') leaveOut(`A part that only ${part.dialect} can say`)
    else {
      const piece = 'source' in part ? encodeMedia(part) : undefined
      if (piece) content.push(writeRest(piece, own(part)))
      else leaveOut(`A part of type "${part.type}"`, 'it has no place here')
    }
  }
  return content
}

/** The fields of a text that have a name of ours. */
export const textNames: Names = { type: true, text: true, refusal: true, annotations: true, logprobs: true }

/** Writes what a model said. To an application, whatever says where words come from must be complete. */
export function encodeSaid(part: TextPart | RefusalPart, complete: boolean): WireContent {
  const { text } = part
  if (part.type === 'refusal') return writeRest({ type: part.type, refusal: text }, own(part))
  const said: WireContent = { type: 'output_text', text }
  const annotations = part.citations?.flatMap((citation) => encodeCitation(citation, text) ?? [])
  if (complete || annotations?.length) said.annotations = annotations ?? []
  if (complete) said.logprobs = []
  return writeRest(said, own(part))
}

/** Reads where words come from. What is not an address with a title and a stretch of text keeps its type. */
export function decodeCitation(annotation: WireAnnotation): Citation {
  const { url, title, start_index: start, end_index: end } = annotation
  const citation: Draft<Citation> = {}
  if (url !== undefined) citation.url = url
  if (title !== undefined) citation.title = title
  if (start !== undefined) citation.start = start
  if (end !== undefined) citation.end = end
  const whole = annotation.type === 'url_citation' && Object.keys(citation).length === 4
  return readRest(citation, annotation, { ...citationNames, type: whole || '' })
}

const citationNames: Names = { url: true, title: true, start_index: true, end_index: true }

/** Writes it; undefined for what cannot be said. One of another dialect needs an address. */
export function encodeCitation(citation: Citation, words: string): WireAnnotation | undefined {
  const { url, title, start, end } = citation
  const fields = own(citation)
  if (typeof fields?.['type'] === 'string') {
    return writeRest<WireAnnotation>({ type: '', url, title, start_index: start, end_index: end }, fields)
  }
  if (url === undefined) return undefined
  return writeRest<WireAnnotation>(
    { type: 'url_citation', url, title: title ?? url, start_index: start ?? 0, end_index: end ?? words.length },
    fields,
  )
}

/** Reads one token's probability. */
export function decodeLogprob({ token, logprob, bytes, top_logprobs: top }: WireLogprob): TokenLogprob {
  const read: Draft<TokenLogprob> = { token, logprob }
  if (bytes != null) read.bytes = bytes
  if (top?.length) read.top = top
  return read
}

/** Writes it. */
export function encodeLogprob({ token, logprob, bytes = null, top = [] }: TokenLogprob): WireLogprob {
  return { token, bytes, logprob, top_logprobs: top }
}

function decodePiece(piece: WireContent): Draft<Part> | undefined {
  switch (piece.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: piece.text ?? '' }
    case 'input_image': {
      const source = decodeSource(piece.image_url, piece.file_id)
      const { detail } = piece
      if (!source || (detail != null && !details.includes(detail))) return undefined
      const part: Draft<MediaPart> = { type: 'image', source }
      if (detail != null) part.detail = detail as 'auto'
      return part
    }
    case 'input_file': {
      const { file_data, file_url, file_id, filename } = piece
      const source = decodeSource(file_data ?? file_url, file_id)
      // Bytes of which nobody says what they are: only this format takes them.
      if (!source || (file_data != null && source.type !== 'base64')) return undefined
      const part: Draft<MediaPart> = { type: 'file', source }
      if (filename != null) part.name = filename
      return part
    }
    case 'input_audio': {
      if (!piece.input_audio) return undefined
      const { data, format } = piece.input_audio
      const mediaType = `audio/${format === 'mp3' ? 'mpeg' : format}`
      return { type: 'audio', source: { type: 'base64', data, mediaType } }
    }
    default:
      return undefined
  }
}

const details: readonly string[] = ['auto', 'low', 'high']

function decodeSource(url: string | null | undefined, file: string | null | undefined): MediaSource | undefined {
  if (url == null) return file == null ? undefined : { type: 'file-id', id: file }
  if (file != null) return undefined
  const [, mediaType = '', data] = /^data:([^;,]*)[^,]*;base64,(.*)$/s.exec(url) ?? []
  return data === undefined ? { type: 'url', url } : { type: 'base64', data, mediaType }
}

/** Writes a picture, a sound or a document; undefined for a video. */
function encodeMedia({ type, source, name, detail }: MediaPart): WireContent | undefined {
  if (source.type === 'text') return { type: 'input_text', text: source.text }
  if (type === 'video') return undefined
  const { mediaType } = source
  const file_id = source.type === 'file-id' ? source.id : undefined
  const file_url = source.type === 'url' ? source.url : undefined
  const file_data = source.type === 'base64' ? `data:${mediaType};base64,${source.data}` : undefined
  if (type === 'image' || mediaType?.startsWith('image/')) {
    return compact<WireContent>({ type: 'input_image', image_url: file_data ?? file_url, file_id, detail })
  }
  if (type === 'audio' && source.type === 'base64') {
    const format = source.mediaType.replace(/^audio\/(x-)?/, '').replace('mpeg', 'mp3')
    return { type: 'input_audio', input_audio: { data: source.data, format } }
  }
  // OpenAI refuses bytes without a name.
  const filename = name ?? (file_data && `file.${/\w+$/.exec(mediaType!)?.[0] ?? 'pdf'}`)
  return compact<WireContent>({ type: 'input_file', filename, file_id, file_url, file_data })
}
