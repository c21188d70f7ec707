import type {
  MediaPart,
  MediaSource,
  Part,
  Signature,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../../operations/chat/index.ts'
import { idOf } from '../fields.ts'
import { readSignature } from './signature.ts'
import { compact, extended, id, isRecord, type Wire, type WirePart } from './wire.ts'

/** What a part becomes depends on who reads it: a provider's model, or an application. */
export interface PartReader {
  /** The wire form of a signature, or undefined when the reader could not use it. */
  sign(signature: Signature): string | undefined
  /** The name of the tool that a call asked for. */
  nameOf(callId: string): string | undefined
  /** Whether pictures may stand within a tool's result, and may say how closely they are to be looked at (Gemini 3). */
  readonly richMedia: boolean
  warn(sentence: string): void
}

/** The ids of calls that came without one begin with this, and are not sent. */
const anonymous = 'gemini-call-'

/** Names a call that came without an id. Short enough for any format, and the same whenever it is read again. */
export function anonymousCall(answer: string, ...place: readonly number[]): string {
  return [anonymous + answer.slice(-22), ...place].join('-')
}

/** Whether a call came without an id. */
export function isAnonymous(callId: string): boolean {
  return callId.startsWith(anonymous)
}

/** Reads a part; undefined when it says nothing. `callId` names a call that has no id. */
export function decodePart(wire: WirePart, callId: () => string): Exclude<Part, { type: 'refusal' }> | undefined {
  const { text, thought, thoughtSignature, ...rest } = wire
  const signature = typeof thoughtSignature === 'string' ? readSignature(thoughtSignature) : undefined
  const signed = signature && { signature }
  if (typeof text === 'string') return { type: thought ? 'reasoning' : 'text', text, ...signed, ...extended(rest) }

  const { functionCall, functionResponse, inlineData, fileData, ...others } = rest
  if (isRecord(functionCall) && typeof functionCall.name === 'string') {
    const { id, name, args, ...unknown } = functionCall
    return {
      type: 'tool-call',
      id: idOf(id) || callId(),
      name,
      arguments: args ? JSON.stringify(args) : '{}',
      ...signed,
      ...extended(nested(others, 'functionCall', unknown)),
    }
  }
  if (isRecord(functionResponse)) return decodeResult(functionResponse, others, callId)
  // Pictures that the model drew while it thought are no part of the answer.
  if (inlineData && !thought) {
    const { mimeType, data, ...unknown } = inlineData as { mimeType?: string; data?: string }
    const mediaType = mimeType || 'application/octet-stream'
    return media({ type: 'base64', data: base64(data ?? ''), mediaType }, signed, nested(others, 'inlineData', unknown))
  }
  if (fileData && !thought) {
    const { mimeType, fileUri = '', ...unknown } = fileData as { mimeType?: string; fileUri?: string }
    const typed = mimeType !== undefined && { mediaType: mimeType }
    const source: MediaSource = uploaded.test(fileUri)
      ? { type: 'file-id', id: fileUri, ...typed }
      : { type: 'url', url: fileUri, ...typed }
    return media(source, signed, nested(others, 'fileData', unknown))
  }
  for (const _ in wire) return { type: 'extension', dialect: id, value: wire }
  return undefined
}

// Google takes, and its Python SDK sends, the alphabet of URLs; no other provider does.
function base64(data: string): string {
  return /[-_]/.test(data) ? data.replaceAll('-', '+').replaceAll('_', '/') : data
}

/** A file of Google's own, which no other provider can fetch. */
const uploaded = /^(?!https?:)|generativelanguage\.googleapis\.com\/.*files\//

function media(source: MediaSource, signed: { signature: Signature } | undefined, others: Wire): MediaPart {
  const { mediaResolution, ...unknown } = others as { mediaResolution?: { level?: string } }
  const detail = mediaResolution?.level && details[mediaResolution.level]
  const kind = /^(image|audio|video)\//.exec(('mediaType' in source && source.mediaType) || '')?.[1]
  return {
    type: (kind as MediaPart['type'] | undefined) ?? 'file',
    source,
    ...(detail && { detail }),
    ...signed,
    ...extended(mediaResolution && !detail ? { ...unknown, mediaResolution } : unknown),
  }
}

const details: Readonly<Record<string, 'low' | 'high'>> = {
  MEDIA_RESOLUTION_LOW: 'low',
  MEDIA_RESOLUTION_HIGH: 'high',
}

function decodeResult(wire: Wire, others: Wire, callId: () => string): ToolResultPart {
  const { id, name, response, parts, ...unknown } = wire as {
    id?: string
    name?: string
    response?: Wire
    parts?: readonly WirePart[]
  }
  const [text, isError] = decodeResponse(response)
  const files = (parts ?? []).map((part) => decodePart(part, callId)).filter((part) => part !== undefined)
  return {
    type: 'tool-result',
    id: id || callId(),
    ...(name !== undefined && { name }),
    content:
      files.length === 0
        ? text
        : [...(text === '{}' ? [] : [{ type: 'text', text } as TextPart]), ...(files as MediaPart[])],
    ...(isError && { isError }),
    ...extended(nested(others, 'functionResponse', unknown)),
  }
}

/** Google's convention: `output` is what the function gave, `error` how it failed, any other object is all output. */
function decodeResponse(response: Wire = {}): [text: string, isError: boolean] {
  const [entry, ...more] = Object.entries(response)
  if (entry && more.length === 0 && typeof entry[1] === 'string') {
    if (entry[0] === 'error') return [entry[1], true]
    // A text that is itself an object would come back as that object.
    if (entry[0] === 'output' && !parsedObject(entry[1])) return [entry[1], false]
  }
  return [JSON.stringify(response), false]
}

/** Writes a part, as one or several parts; none when this format cannot say it. */
export function encodePart(part: Part, reader: PartReader): readonly WirePart[] {
  const own = part.type === 'extension' ? undefined : (part.extensions?.[id] as WirePart | undefined)
  const signature = 'signature' in part && part.signature ? reader.sign(part.signature) : undefined
  const signed = signature !== undefined && { thoughtSignature: signature }
  switch (part.type) {
    case 'text':
    case 'refusal':
      // Gemini refuses an empty text, unless it carries a signature.
      return part.text !== '' || signed || own ? [{ ...own, text: part.text, ...signed }] : []
    case 'reasoning':
      // A thought that only another provider can read is no thought of this model.
      if (part.signature && !signed) return []
      return part.text !== '' || signed || own ? [{ ...own, text: part.text, thought: true, ...signed }] : []
    case 'tool-call':
      return [{ ...own, functionCall: encodeCall(part, own), ...signed }]
    case 'tool-result':
      return encodeResult(part, own, reader)
    case 'extension':
      if (part.dialect === id) return [{ ...(part.value as WirePart) }]
      reader.warn('A part that only another format can say was left out.')
      return []
    default:
      return encodeMedia(part, own, reader).map((wire) => ({ ...wire, ...signed }))
  }
}

function encodeCall({ id: callId, name, arguments: text }: ToolCallPart, own: WirePart | undefined): Wire {
  const args = parsedObject(text)
  return {
    ...own?.functionCall,
    ...(!isAnonymous(callId) && { id: callId }),
    name,
    // A call that was cut off has arguments that are no object, and this format has no other place for them.
    args: args ?? (text.trim() === '' ? {} : { arguments: text }),
  }
}

function encodeResult(part: ToolResultPart, own: WirePart | undefined, reader: PartReader): readonly WirePart[] {
  const { id: callId, content, isError } = part
  const items = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content
  const texts = items.flatMap((item) => (item.type === 'text' ? item.text : []))
  const files = items.flatMap((item) => (item.type === 'text' ? [] : encodePart(item, reader)))
  const text = texts.join('\n')
  const response = texts.length === 0 && files.length > 0 ? {} : isError ? undefined : parsedObject(text)
  const functionResponse = {
    ...own?.functionResponse,
    ...(!isAnonymous(callId) && { id: callId }),
    name: part.name ?? reader.nameOf(callId) ?? callId,
    response: response ?? { [isError ? 'error' : 'output']: text },
  }
  if (files.length === 0) return [{ ...own, functionResponse }]
  return reader.richMedia
    ? [{ ...own, functionResponse: { ...functionResponse, parts: files } }]
    : [{ ...own, functionResponse }, ...files]
}

function encodeMedia(part: MediaPart, own: WirePart | undefined, reader: PartReader): readonly WirePart[] {
  const { source, detail, name } = part
  // `displayName` is not a field of the Gemini API, which refuses a request with fields that it does not know.
  if (name !== undefined) reader.warn('The name of a file was left out.')
  if (detail && detail !== 'auto' && !reader.richMedia) {
    reader.warn('The detail of a picture was left out: models before Gemini 3 take none.')
  }
  const base: WirePart = {
    ...own,
    ...(detail &&
      detail !== 'auto' &&
      reader.richMedia && { mediaResolution: { level: `MEDIA_RESOLUTION_${detail.toUpperCase()}` } }),
  }
  switch (source.type) {
    case 'text':
      return [{ ...base, text: source.text }]
    case 'base64':
      return [{ ...base, inlineData: { ...own?.inlineData, mimeType: source.mediaType, data: source.data } }]
    case 'url': {
      const inline = /^data:([^;,]*)[^,]*;base64,(.*)$/s.exec(source.url)
      if (inline) return [{ ...base, inlineData: { ...own?.inlineData, mimeType: inline[1], data: inline[2] } }]
      return [{ ...base, fileData: fileData(source.url, source.mediaType ?? typeOfName(source.url), own) }]
    }
    case 'file-id':
      if (/^[a-z]+:|^files\//.test(source.id))
        return [{ ...base, fileData: fileData(source.id, source.mediaType, own) }]
      reader.warn('A file that was uploaded to another provider was left out.')
      return []
  }
}

function fileData(fileUri: string, mimeType: string | undefined, own: WirePart | undefined): Wire {
  return { ...own?.fileData, ...compact({ fileUri, mimeType }) }
}

function typeOfName(url: string): string | undefined {
  return mediaTypes[/\.(\w+)(?:[?#]|$)/.exec(url)?.[1]?.toLowerCase() ?? '']
}

// Vertex AI demands the type of a file, and applications in other formats rarely say it.
const mediaTypes: Readonly<Record<string, string>> = {
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  heic: 'image/heic',
  gif: 'image/gif',
  pdf: 'application/pdf',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  mp4: 'video/mp4',
}

/** The fields of a node, with those of a node within that have no name of ours. */
function nested(fields: Wire, key: string, unknown: Wire): Wire {
  for (const _ in unknown) return { ...fields, [key]: unknown }
  return fields
}

function parsedObject(text: string): Wire | undefined {
  if (!/^\s*\{/.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}
