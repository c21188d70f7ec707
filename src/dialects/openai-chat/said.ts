import type {
  MediaPart,
  Part,
  ReasoningPart,
  Signature,
  TokenLogprob,
  ToolCallPart,
} from '../../operations/chat/index.ts'
import type { Fields } from '../fields.ts'
import { encodeSignature } from '../signature.ts'
import { encodeMedia, encodeParts } from './part.ts'
import { addMissing, type Draft, dialectId, type Encoder, encodeNode, known, ownFields, type Table } from './table.ts'
import type { WireLogprob } from './wire.ts'

/** For an application, which takes whatever this format can say. */
const toApplication: Encoder = { quirks: { cacheControl: true }, warn() {}, omit() {} }

/**
 * Writes what a model said: to an application, in an answer or in a piece of one; or back to a provider, in a former
 * turn, where sound is only named and proofs of other formats have no place.
 */
export function encodeSaid(parts: readonly Part[], former?: Encoder): Draft {
  const encoder = former ?? toApplication
  const said: Draft = {}
  const details: Fields[] = []
  let special = false

  function add(field: string, text: string): void {
    said[field] = ((said[field] as string | undefined) ?? '') + text
  }
  function append(field: string, item: Fields): void {
    ;((said[field] ??= []) as Fields[]).push(item)
  }
  /** Says a proof apart, under the id of what it belongs to. */
  function prove(id: string, signature: Signature | undefined): void {
    if (signature && !former)
      details.push({ type: 'reasoning.encrypted', id, data: encodeSignature(signature, dialectId) })
  }

  for (const part of parts) {
    switch (part.type) {
      case 'text':
        add('content', part.text)
        for (const citation of part.citations ?? []) {
          append('annotations', encodeNode(citation, citationTable, { type: 'url_citation' }))
        }
        prove('content', part.signature)
        break
      case 'reasoning':
        if (part.text) add('reasoning_content', part.text)
        if (!former || !part.signature || part.signature.origin === dialectId) details.push(encodeThought(part))
        break
      case 'refusal':
        add('refusal', part.text)
        break
      case 'tool-call':
        append('tool_calls', encodeCall(part))
        prove(part.id, part.signature)
        break
      case 'extension':
        special ||= part.dialect === dialectId
        break
      case 'audio':
        if (!former) said['audio'] = encodeNode(part, audioTable, {})
        else if (ownFields(part.extensions)?.['id']) said['audio'] = { id: ownFields(part.extensions)?.['id'] }
        else append('images', encodeMedia(part, encoder))
        break
      case 'tool-result':
        break
      default:
        append('images', encodeMedia(part, encoder))
    }
  }
  // Thoughts go out in detail as soon as one has more than its type and its text, which plain text cannot say.
  if (details.some((detail) => Object.keys(detail).length > 2)) said['reasoning_details'] = details
  // One text, as every application expects it, unless there are pieces that only this format knows.
  if (special && !former) said['content'] = encodeParts(parts.filter(isContent), encoder)
  return said
}

/** Whether a part has its place in the content of a message by a model. */
export function isContent({ type }: Part): boolean {
  return type === 'text' || type === 'extension'
}

/** Reads one token's probability. */
export function decodeLogprob({ token, logprob, bytes, top_logprobs: top }: WireLogprob): TokenLogprob {
  return { token, logprob, bytes, top: top?.length ? top : undefined }
}

/** Writes the probabilities of tokens. */
export function encodeLogprobs(logprobs: readonly TokenLogprob[]): Fields {
  const content = logprobs.map(({ top = [], bytes = null, token, logprob }) => {
    return { token, logprob, bytes, top_logprobs: top }
  })
  return { content, refusal: null }
}

/** Where words come from, by an address. */
export const citationTable: Table = {
  type: known,
  url_citation: [
    {
      url: 'string',
      title: 'string',
      content: ['text', 'string'],
      start_index: ['start', 'number'],
      end_index: ['end', 'number'],
    },
  ],
}

/** Sound that the model made. Its format is named in the request only, but its bytes begin with a mark. */
export const audioTable: Table = {
  data: [
    'source',
    (data) => {
      const [format = 'pcm'] = audioMarks.find(([, mark]) => String(data).startsWith(mark)) ?? []
      return { type: 'base64', data, mediaType: `audio/${format}` }
    },
    (source: MediaPart['source']) => (source.type === 'base64' ? source.data : ''),
  ],
  transcript: 'string',
}

const audioMarks: readonly (readonly [format: string, mark: string])[] = [
  ['wav', 'UklGR'],
  ['mpeg', 'SUQz'],
  ['mpeg', '//'],
  ['ogg', 'T2dn'],
  ['flac', 'ZkxhQ'],
]

function encodeCall(part: ToolCallPart): Fields {
  return ownFields(part.extensions)?.['type'] === 'custom'
    ? encodeNode(part, customTable, {})
    : encodeNode(part, functionTable, { type: 'function' })
}

const functionTable: Table = {
  id: 'string',
  function: [{ name: 'string', arguments: 'string' }],
}

const customTable: Table = {
  id: 'string',
  custom: [{ name: 'string', input: ['arguments', 'string'] }],
}

function encodeThought({ text, signature, extensions }: ReasoningPart): Fields {
  const own = ownFields(extensions)
  const proof = signature && encodeSignature(signature, dialectId)
  if (signature?.encrypted) return addMissing({ type: 'reasoning.encrypted', id: undefined, data: proof }, own)
  const thought: Draft = own?.['type'] === 'reasoning.summary' ? { summary: text } : { type: 'reasoning.text', text }
  if (proof) thought['signature'] = proof
  return addMissing(thought, own)
}
