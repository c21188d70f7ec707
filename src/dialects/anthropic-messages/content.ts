import type {
  AnswerPart,
  Citation,
  MediaPart,
  MediaSource,
  Part,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../../operations/chat/index.ts'
import { decodeSignature } from '../signature.ts'
import { type Block, decodeCache, encodeCache, extensionsOf, id, own, type Source, type WireCitation } from './wire.ts'

/** Reads a block of an answer. What only this dialect can say stays as it came. */
export function decodeAnswerBlock(block: Block): AnswerPart {
  switch (block.type) {
    case 'text':
      return {
        type: 'text',
        text: block.text ?? '',
        ...(block.citations && { citations: block.citations.map(decodeCitation) }),
        ...decodeOptions(block, ['type', 'text', 'citations']),
      }
    case 'thinking':
      return {
        type: 'reasoning',
        text: block.thinking ?? '',
        ...(block.signature && { signature: decodeSignature(block.signature, id) }),
        ...decodeOptions(block, ['type', 'thinking', 'signature']),
      }
    case 'redacted_thinking':
      return {
        type: 'reasoning',
        text: '',
        signature: decodeSignature(block.data ?? '', id, true),
        ...decodeOptions(block, ['type', 'data']),
      }
    case 'tool_use':
      return {
        type: 'tool-call',
        id: block.id ?? '',
        name: block.name ?? '',
        arguments: decodeInput(block.input),
        ...decodeOptions(block, ['type', 'id', 'name', 'input']),
      }
    case 'image':
    case 'document':
      return decodeMedia(block) ?? { type: 'extension', dialect: id, value: block }
    default:
      return { type: 'extension', dialect: id, value: block }
  }
}

/** Reads a block of a request. */
export function decodeBlock(block: Block): Part {
  return block.type === 'tool_result' ? decodeToolResult(block) : decodeAnswerBlock(block)
}

/** Reads content, which may be a string. */
export function decodeContent(content: string | readonly Block[]): readonly Part[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : content.map(decodeBlock)
}

/** Writes a text, with the citations as given. */
export function encodeText(part: TextPart, citations: readonly WireCitation[] | undefined): Block {
  return { type: 'text', text: part.text, ...(citations?.length && { citations }), ...encodeOptions(part) }
}

/** Writes a tool call. */
export function encodeToolCall(part: ToolCallPart): Block {
  return {
    type: 'tool_use',
    id: part.id,
    name: part.name,
    input: encodeInput(part.arguments),
    ...encodeOptions(part),
  }
}

/** Writes a picture or a document; undefined for what this dialect cannot show. */
export function encodeMedia(part: MediaPart): Block | undefined {
  const { source, name } = part
  if (part.type === 'audio' || part.type === 'video') return undefined
  const mediaType = source.mediaType ?? ''
  if (part.type === 'image' || mediaType.startsWith('image/')) {
    const encoded = encodeSource(source)
    return encoded?.type === 'text' ? undefined : encoded && { type: 'image', source: encoded, ...encodeOptions(part) }
  }
  const encoded = encodeDocument(source)
  return (
    encoded && {
      type: 'document',
      source: encoded,
      ...(name !== undefined && { title: name }),
      ...encodeOptions(part),
    }
  )
}

/** Reads a citation. The words that are cited, their title and address have names; where they stand differs by type. */
export function decodeCitation(wire: WireCitation): Citation {
  const { cited_text: text } = wire
  const { titleKey, urlKey } = keysOf(wire)
  const title = wire[titleKey]
  const url = wire[urlKey]
  return {
    ...(typeof url === 'string' && { url }),
    ...(typeof title === 'string' && { title }),
    ...(typeof text === 'string' && { text }),
    // A title may be null: that is kept with the unnamed fields.
    ...extensionsOf(wire, [
      ...(typeof text === 'string' ? ['cited_text'] : []),
      ...(typeof title === 'string' ? [titleKey] : []),
      ...(typeof url === 'string' ? [urlKey] : []),
    ]),
  }
}

/** Writes a citation of this dialect; undefined for one of another. */
export function encodeCitation(citation: Citation): WireCitation | undefined {
  const fields = own(citation)
  if (typeof fields['type'] !== 'string') return undefined
  const { titleKey, urlKey } = keysOf(fields)
  return {
    type: fields['type'],
    ...(citation.text !== undefined && { cited_text: citation.text }),
    ...(citation.title !== undefined && { [titleKey]: citation.title }),
    ...(citation.url !== undefined && { [urlKey]: citation.url }),
    ...fields,
  }
}

/** Writes the cache mark of a node and what it carries of this dialect's own. */
export function encodeOptions(part: TextPart | MediaPart | ToolCallPart | ToolResultPart): object {
  return { ...encodeCache(part), ...own(part) }
}

/** Reads a tool's input as JSON text. */
export function decodeInput(input: unknown): string {
  if (input === null || input === undefined || input === '') return '{}'
  if (typeof input === 'string') return input
  const { INVALID_JSON: invalid } = input as { INVALID_JSON?: unknown }
  return typeof invalid === 'string' && Object.keys(input).length === 1 ? invalid : JSON.stringify(input)
}

/** Writes a tool's input, which must be an object: text that is none, mostly cut off by a limit, is wrapped as Anthropic's guide proposes. */
export function encodeInput(text: string): unknown {
  if (text.trim() === '') return {}
  try {
    const input: unknown = JSON.parse(text)
    if (input === null) return {}
    if (typeof input === 'object' && !Array.isArray(input)) return input
  } catch {
    // Not JSON: wrapped below.
  }
  return { INVALID_JSON: text }
}

function decodeOptions(block: Block, known: readonly string[]): object {
  return {
    ...decodeCache(block),
    ...extensionsOf(block, hasPlainCache(block) ? [...known, 'cache_control'] : known),
  }
}

/** Tells a plain cache mark; one with more than a ttl is kept whole among the extensions, which win when it is written. */
export function hasPlainCache({ cache_control: control }: Pick<Block, 'cache_control'>): boolean {
  return !!control && Object.keys(control).every((key) => key === 'type' || key === 'ttl')
}

function decodeToolResult(block: Block): ToolResultPart {
  const { content } = block
  return {
    type: 'tool-result',
    id: block.tool_use_id ?? '',
    content:
      typeof content === 'string'
        ? content
        : content
          ? (content.map(decodeAnswerBlock) as Extract<ToolResultPart['content'], readonly unknown[]>)
          : '',
    ...(block.is_error !== undefined && { isError: block.is_error }),
    ...decodeOptions(block, ['type', 'tool_use_id', 'content', 'is_error']),
  }
}

function decodeMedia(block: Block): MediaPart | undefined {
  const { source, title } = block
  const decoded = source && decodeSource(source)
  if (!decoded) return undefined
  return {
    type: block.type === 'image' ? 'image' : 'file',
    source: decoded,
    ...(typeof title === 'string' && { name: title }),
    ...decodeOptions(block, ['type', 'source', ...(typeof title === 'string' ? ['title'] : [])]),
  }
}

function decodeSource(source: Source): MediaSource | undefined {
  switch (source.type) {
    case 'base64':
      return { type: 'base64', data: source.data, mediaType: source.media_type }
    case 'url':
      return { type: 'url', url: source.url }
    case 'file':
      return { type: 'file-id', id: source.file_id }
    case 'text':
      return { type: 'text', text: source.data }
    default:
      return undefined
  }
}

function encodeSource(source: MediaSource): Source | undefined {
  switch (source.type) {
    case 'base64':
      return { type: 'base64', media_type: source.mediaType, data: source.data }
    case 'url':
      return { type: 'url', url: source.url }
    case 'file-id':
      return { type: 'file', file_id: source.id }
    case 'text':
      return plainText(source.text)
  }
}

/** Only a PDF may come as bytes; a text in base64 is sent as the text it is. */
function encodeDocument(source: MediaSource): Source | undefined {
  if (source.type !== 'base64' || source.mediaType === 'application/pdf') return encodeSource(source)
  if (!/^(text\/|application\/json)/.test(source.mediaType)) return undefined
  try {
    return plainText(new TextDecoder().decode(Uint8Array.from(atob(source.data), (byte) => byte.charCodeAt(0))))
  } catch {
    // Not base64.
    return undefined
  }
}

function plainText(data: string): Source {
  return { type: 'text', media_type: 'text/plain', data }
}

function keysOf(wire: object): { titleKey: 'title' | 'document_title'; urlKey: 'url' | 'source' } {
  return {
    titleKey: 'document_index' in wire ? 'document_title' : 'title',
    urlKey: (wire as { type?: unknown }).type === 'search_result_location' ? 'source' : 'url',
  }
}
