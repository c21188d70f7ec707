import type { AnswerPart, Citation, Part, ReasoningPart, TextPart } from '../../operations/chat/index.ts'
import { compact, idOf, unknownFields } from '../fields.ts'
import type { LeaveOut } from '../left-out.ts'
import { decodeSignature, encodeSignature } from '../signature.ts'
import { encodeToolInput } from '../tool-input.ts'
import { decodeMedia, encodeMedia } from './media.ts'
import { type Block, type Draft, extensionsOf, id, own, type WireCitation } from './wire.ts'

/** What writing one request has to keep in mind. */
export interface Writer {
  readonly leaveOut: LeaveOut
  readonly warn: (sentence: string) => void
  /** The model has a prompt cache, and lets one choose how long it keeps. */
  readonly caches: boolean
  readonly cacheTimes: boolean
  /** The names of documents so far: Bedrock refuses two of the same name. */
  readonly documents: Set<string>
}

/** Reads a block of an answer. What only this dialect can say stays as it came. */
export function decodeBlock(block: Block): AnswerPart {
  const { text, toolUse, reasoningContent, citationsContent } = block
  if (typeof text === 'string') return { type: 'text', text }
  if (toolUse && !runsItself(block)) {
    const { toolUseId, name, input } = toolUse
    return { type: 'tool-call', id: idOf(toolUseId), name: idOf(name), arguments: decodeInput(input) }
  }
  if (reasoningContent) {
    const { reasoningText, redactedContent } = reasoningContent
    return decodeReasoning(reasoningText?.text, reasoningText?.signature, redactedContent)
  }
  if (citationsContent) {
    const { content = [], citations = [] } = citationsContent
    const part: Draft<TextPart> = { type: 'text', text: content.map(({ text = '' }) => text).join('') }
    if (citations.length > 0) part.citations = citations.map(decodeCitation)
    return part
  }
  return decodeMedia(block) ?? { type: 'extension', dialect: id, value: block }
}

/** Whether a block is the call of a tool that Bedrock runs itself. */
export function runsItself({ toolUse }: Block): boolean {
  return toolUse?.type === 'server_tool_use'
}

/** Makes the part of a thought. */
export function decodeReasoning(text = '', signature?: string, redacted?: string): ReasoningPart {
  const proof = redacted ?? signature
  return {
    type: 'reasoning',
    text,
    ...(proof && { signature: decodeSignature(proof, id, redacted !== undefined) }),
  }
}

/** Reads a citation. Its place differs by kind, and only that of the web has a name of ours. */
export function decodeCitation(wire: WireCitation): Citation {
  const { title, source, sourceContent, location } = wire
  const page = /^https?:/.test(source ?? '') ? source : undefined
  return compact<Citation>({
    url: location?.['web']?.url ?? page,
    title,
    text: sourceContent?.map(({ text = '' }) => text).join('') || undefined,
    extensions: extensionsOf(unknownFields(wire, { title: true })),
  })
}

/** Writes a part of a message, with the cache point behind it. */
export function encodePart(part: Part, role: 'user' | 'assistant', writer: Writer): Block[] {
  const block = encodeBlock(part, role, writer)
  if (!block) return []
  const cache = part.type === 'extension' ? undefined : part.cache
  return cache && writer.caches ? [block, cachePoint(cache.ttl, writer)] : [block]
}

/** Writes the block that ends what is to be cached. */
export function cachePoint(ttl: '5m' | '1h' | undefined, { cacheTimes }: Writer): Pick<Block, 'cachePoint'> {
  return { cachePoint: { type: 'default', ...(ttl && cacheTimes && { ttl }) } }
}

function encodeBlock(part: Part, role: 'user' | 'assistant', writer: Writer): Block | undefined {
  switch (part.type) {
    case 'text':
    case 'refusal': {
      // Bedrock refuses a blank text; other formats have one beside every tool call.
      if (part.text.trim() === '') return undefined
      const citations = role === 'assistant' ? encodeCitations(part as TextPart) : []
      return citations.length > 0
        ? { citationsContent: { content: [{ text: part.text }], citations } }
        : { ...own(part), text: part.text }
    }
    case 'reasoning':
      // A thought without a signature of the model's own is refused, or was never to be sent back.
      return role === 'assistant' && part.signature?.origin === id ? encodeReasoning(part) : undefined
    case 'tool-call': {
      const { name, arguments: input } = part
      return { toolUse: { ...own(part), toolUseId: encodeId(part.id), name, input: encodeToolInput(input) } }
    }
    case 'tool-result': {
      const { content, isError } = part
      const items = typeof content === 'string' ? [{ type: 'text', text: content } as const] : content
      return {
        toolResult: {
          ...own(part),
          toolUseId: encodeId(part.id),
          content: items.map((item) => encodeBlock(item, 'user', writer)).filter((block) => block !== undefined),
          // Models other than Claude and Nova refuse the field.
          ...(isError && { status: 'error' }),
        },
      }
    }
    case 'extension':
      if (part.dialect === id) return part.value as Block
      writer.leaveOut(`A part that only ${part.dialect} can say`)
      return undefined
    default:
      return role === 'user' ? encodeMedia(part, writer) : writer.leaveOut(`A part of type "${part.type}"`, noPlace)
  }
}

const noPlace = 'it has no place in an answer of the model'

function encodeReasoning({ text, signature }: ReasoningPart): Block {
  const proof = encodeSignature(signature!, id)
  return {
    reasoningContent: signature!.encrypted ? { redactedContent: proof } : { reasoningText: { text, signature: proof } },
  }
}

/** Writes the citations that came from Bedrock; those of others have no place that it could name. */
function encodeCitations({ citations = [] }: TextPart): WireCitation[] {
  return citations.flatMap((citation) => {
    const fields = own(citation)
    return fields ? { ...fields, ...(citation.title !== undefined && { title: citation.title }) } : []
  })
}

/** Reads a tool's input as JSON text. Without arguments it may be an empty text. */
function decodeInput(input: unknown): string {
  return typeof input === 'string' ? input || '{}' : JSON.stringify(input ?? {})
}

/** Other makers' ids may hold characters that Bedrock refuses, or be longer than 64. */
function encodeId(id: string): string {
  return id.replace(/[^\w-]/g, '_').slice(-64) || 'call'
}
