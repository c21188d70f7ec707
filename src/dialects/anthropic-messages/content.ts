import type {
  Citation,
  MediaPart,
  MediaSource,
  Message,
  Part,
  ReasoningPart,
  Signature,
  TextPart,
  ToolResultPart,
} from '../../operations/chat/index.ts'
import { check, idOf, invalid, isFields, type Shape } from '../fields.ts'
import type { LeaveOut } from '../left-out.ts'
import { decodeSignature, encodeSignature } from '../signature.ts'
import { encodeToolInput } from '../tool-input.ts'
import {
  type Block,
  cache_control,
  type Draft,
  extensionsOf,
  id,
  own,
  readRest,
  type Source,
  type WireCitation,
  writeRest,
} from './wire.ts'

/** The blocks that have a part of their own. All others are kept as they came. */
const blocks: Readonly<Record<string, Shape>> = {
  text: { type: true, text: 'string', citations: 'list of objects?', cache_control },
  thinking: { type: true, thinking: 'string', signature: 'string?', cache_control },
  redacted_thinking: { type: true, data: 'string', cache_control },
  tool_use: { type: true, id: 'string', name: 'string', input: true, cache_control },
  tool_result: { type: true, tool_use_id: 'string', content: true, is_error: 'boolean?', cache_control },
  image: { type: true, source: 'object', title: 'string?', cache_control },
  document: { type: true, source: 'object', title: 'string?', cache_control },
}

const typed: Shape = { type: 'string' }

/** Reads content, which may be a string. What an application wrote is checked: `at` names the field. */
export function decodeContent(content: unknown, at?: string): Part[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  if (!Array.isArray(content)) throw invalid(at ?? 'content', 'a string or a list')
  return content.map((block, index) => decodeBlock(block, at && `${at}.${index}`))
}

/** Reads a block. What only this dialect can say stays as it came. */
export function decodeBlock(block: Block, at?: string): Part {
  const shape = blocks[block?.type] ?? typed
  if (at) check(block, shape, at)
  const part = decodeKnown(block, at)
  return part ? readRest(part, block, shape) : { type: 'extension', dialect: id, value: block }
}

/** Writes a part: for a provider, as part of a message of that role, or else for an application. */
export function encodePart(part: Part, role?: Message['role'], leaveOut?: LeaveOut): Block[] {
  const block = encodeBlock(part, role, leaveOut)
  return block ? [block, ...(role ? [] : encodeProof(part.type, (part as TextPart).signature))] : []
}

/**
 * Writes the signature of a part that has no place for one here (other makers sign texts and tool calls): as a block
 * of its own right behind the part, which an application sends back as it is.
 */
export function encodeProof(type: Part['type'], signature: Signature | undefined): Block[] {
  if (!signature || type === 'reasoning' || signature.origin === id) return []
  return [{ type: 'redacted_thinking', data: encodeSignature({ ...signature, encrypted: undefined }, id) }]
}

/** Reads a citation. The names of its fields differ by its type; those of the place of its words have none of ours. */
export function decodeCitation(wire: WireCitation): Citation {
  const citation: Record<string, unknown> = {}
  const rest: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(wire)) {
    const name = citationFields[field]
    // A title may be null: that is kept with the unnamed fields.
    if (name && typeof value === 'string') citation[name] = value
    else rest[field] = value
  }
  return Object.assign(citation, { extensions: extensionsOf(rest) })
}

const citationFields: Readonly<Record<string, keyof Citation>> = {
  cited_text: 'text',
  title: 'title',
  document_title: 'title',
  url: 'url',
  source: 'url',
}

/**
 * Writes a citation; undefined for what cannot be said. One of another dialect can only be said to an application, in
 * a part with these words, and only if it has an address.
 */
export function encodeCitation(citation: Citation, words?: string): WireCitation | undefined {
  const { text, title, url, start, end } = citation
  const { type, document_index } = own(citation) ?? {}
  if (typeof type === 'string') {
    const titleField = document_index === undefined ? 'title' : 'document_title'
    const urlField = type === 'search_result_location' ? 'source' : 'url'
    return writeRest({ type, cited_text: text, [titleField]: title, [urlField]: url }, citation)
  }
  if (words === undefined || url === undefined) return undefined
  return {
    type: 'web_search_result_location',
    cited_text: text ?? (start === undefined ? '' : words.slice(start, end)),
    url,
    title: title ?? null,
    encrypted_index: '',
  }
}

function decodeKnown(block: Block, at: string | undefined): Draft<Part> | undefined {
  switch (block.type) {
    case 'text': {
      const part: Draft<TextPart> = { type: 'text', text: block.text ?? '' }
      if (block.citations) part.citations = block.citations.map(decodeCitation)
      return part
    }
    case 'thinking':
    case 'redacted_thinking': {
      const part: Draft<ReasoningPart> = { type: 'reasoning', text: block.thinking ?? '' }
      const proof = block.data ?? block.signature
      if (proof) part.signature = decodeSignature(proof, id, proof === block.data)
      return part
    }
    case 'tool_use':
      return { type: 'tool-call', id: idOf(block.id), name: idOf(block.name), arguments: decodeInput(block.input) }
    case 'tool_result': {
      const content = block.content ?? ''
      const part: Draft<ToolResultPart> = { type: 'tool-result', id: block.tool_use_id ?? '', content: '' }
      part.content =
        typeof content === 'string' ? content : (decodeContent(content, at && `${at}.content`) as readonly TextPart[])
      if (block.is_error != null) part.isError = block.is_error
      return part
    }
    case 'image':
    case 'document': {
      const source = block.source && decodeSource(block.source)
      if (!source) return undefined
      if (at && Object.values(source).some((value) => typeof value !== 'string')) {
        throw invalid(`${at}.source`, 'complete')
      }
      const part: Draft<MediaPart> = { type: block.type === 'image' ? 'image' : 'file', source }
      if (typeof block.title === 'string') part.name = block.title
      return part
    }
    default:
      return undefined
  }
}

function encodeBlock(part: Part, role: Message['role'] | undefined, leaveOut: LeaveOut | undefined): Block | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal': {
      // Anthropic refuses an empty text; other formats have one beside every tool call.
      if (role && part.text.trim() === '') return undefined
      const block: Block = { type: 'text', text: part.text }
      const words = role ? undefined : part.text
      const citations = (part as TextPart).citations?.flatMap((citation) => encodeCitation(citation, words) ?? [])
      if (citations?.length) block.citations = citations
      return writeRest(block, part)
    }
    case 'reasoning': {
      const { text, signature } = part
      // Anthropic refuses thoughts without a signature of its own.
      if (role && (role !== 'assistant' || signature?.origin !== id)) return undefined
      const proof = signature ? encodeSignature(signature, id) : ''
      return writeRest<Block>(
        signature?.encrypted && text === ''
          ? { type: 'redacted_thinking', data: proof }
          : { type: 'thinking', thinking: text, signature: proof },
        part,
      )
    }
    case 'tool-call': {
      const { name, arguments: input } = part
      const block: Block = {
        type: 'tool_use',
        id: role ? encodeId(part.id) : part.id,
        name,
        input: encodeToolInput(input),
      }
      return writeRest(block, part)
    }
    case 'tool-result': {
      const { content, isError } = part
      const block: Block = { type: 'tool_result', tool_use_id: encodeId(part.id), is_error: isError }
      if (typeof content !== 'string') block.content = content.flatMap((inner) => encodePart(inner, 'user', leaveOut))
      else if (content) block.content = content
      return writeRest(block, part)
    }
    case 'extension':
      if (part.dialect === id) return part.value as Block
      leaveOut?.(`A part that only ${part.dialect} can say`)
      return undefined
    default: {
      const block = role === 'assistant' ? undefined : encodeMedia(part)
      if (!block) leaveOut?.(`A part of type "${part.type}"`, 'it has no place here')
      return block
    }
  }
}

/** Reads a tool's input as JSON text. */
function decodeInput(input: unknown): string {
  const text = isFields(input) ? input['INVALID_JSON'] : input
  return typeof text === 'string' ? text || '{}' : JSON.stringify(input ?? {})
}

/** Other makers' ids may hold characters that Anthropic refuses. */
function encodeId(id: string): string {
  return id.replace(/[^\w-]/g, '_') || 'call'
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

/** Writes a picture, or a document: a PDF or a text. */
function encodeMedia(part: MediaPart): Block | undefined {
  const source = encodeSource(part.source)
  const isImage = part.type === 'image' || part.source.mediaType?.startsWith('image/')
  if (isImage) return source.type === 'text' ? undefined : writeRest({ type: 'image', source }, part)
  if (part.type !== 'file' || (source.type === 'base64' && source.media_type !== 'application/pdf')) return undefined
  return writeRest({ type: 'document', source, title: part.name }, part)
}

/** Writes a source. A text may have come in base64. */
function encodeSource(source: MediaSource): Source {
  switch (source.type) {
    case 'url':
      return { type: 'url', url: source.url }
    case 'file-id':
      return { type: 'file', file_id: source.id }
    case 'text':
      return { type: 'text', media_type: 'text/plain', data: source.text }
    case 'base64': {
      const { mediaType: media_type, data } = source
      try {
        if (/^(text\/|application\/json)/.test(media_type)) {
          const text = new TextDecoder().decode(Uint8Array.from(atob(data), (byte) => byte.charCodeAt(0)))
          return encodeSource({ type: 'text', text })
        }
      } catch {
        // Not base64.
      }
      return { type: 'base64', media_type, data }
    }
  }
}
