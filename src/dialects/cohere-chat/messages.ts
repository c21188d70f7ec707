import type { MediaPart, Message, Part, ToolResultPart } from '../../operations/chat/index.ts'
import { documentText } from '../document-text.ts'
import type { Fields } from '../fields.ts'
import type { LeftOut } from '../left-out.ts'
import { encodeCitations } from './citation.ts'
import { id, own } from './wire.ts'

/** Puts messages as Cohere wants them: what the system says first, each result of a tool as a message of its own. */
export function encodeMessages(messages: readonly Message[], left: LeftOut): Fields[] {
  const system: Fields[] = []
  const turns: Fields[] = []
  // Pictures that tools gave: only a user may show some, after all the results.
  let moved: Fields[] = []
  function flush(): void {
    if (moved.length > 0) turns.push({ role: 'user', content: moved })
    moved = []
  }

  for (const message of messages) {
    const { role, content } = message
    for (const part of content) {
      if (part.type === 'tool-result') turns.push(encodeResult(part, message, moved, left))
    }
    const rest = content.filter(({ type }) => type !== 'tool-result')
    if (rest.length === 0 && content.length > 0) continue
    if (role === 'system' || role === 'developer') {
      if (turns.length > 0 && rest.length > 0) left.warn('A system message in the middle was moved to the start.')
      system.push(...rest.flatMap((part) => encodePart(part, role, left)))
      continue
    }
    flush()
    const encoded = role === 'assistant' ? encodeAssistant(rest, left) : encodeUser(rest, left)
    if (encoded) turns.push({ ...own(message), ...encoded })
  }
  flush()
  return system.length > 0 ? [{ role: 'system', content: shortened(system) }, ...turns] : turns
}

function encodeUser(parts: readonly Part[], left: LeftOut): Fields | undefined {
  const content = parts.flatMap((part) => encodePart(part, 'user', left))
  return content.length > 0 ? { role: 'user', content: shortened(content) } : undefined
}

function encodeAssistant(parts: readonly Part[], left: LeftOut): Fields | undefined {
  const content: Fields[] = []
  const calls: Fields[] = []
  const citations: Fields[] = []
  let plan: unknown
  for (const part of parts) {
    if (part.type === 'tool-call') {
      const { tool_plan, ...rest } = own(part) ?? {}
      plan ??= tool_plan
      const { name, arguments: text } = part
      calls.push({ ...rest, id: part.id, type: 'function', function: { name, arguments: text.trim() ? text : '{}' } })
      continue
    }
    content.push(...encodePart(part, 'assistant', left))
    if (part.type === 'text' && part.citations) citations.push(...encodeCitations(part.citations))
  }
  if (content.length === 0 && calls.length === 0) return undefined
  const message: Record<string, unknown> = { role: 'assistant' }
  if (plan !== undefined) message['tool_plan'] = plan
  if (content.length > 0) message['content'] = shortened(content)
  if (calls.length > 0) message['tool_calls'] = calls
  if (citations.length > 0) message['citations'] = citations
  return message
}

function encodeResult(result: ToolResultPart, message: Message, moved: Fields[], left: LeftOut): Fields {
  const { content, isError } = result
  if (isError) left.warn('That a tool failed could not be said: its result went out like any other.')
  const encoded: Fields[] = []
  for (const part of typeof content === 'string' ? [] : content) {
    const isImage = 'source' in part && isPicture(part)
    if (isImage) left.warn('A picture that a tool gave went out in a message of the user.')
    ;(isImage ? moved : encoded).push(...encodePart(part, isImage ? 'user' : 'tool', left))
  }
  const said = typeof content === 'string' ? content : shortened(encoded)
  return { ...own(message), ...own(result), role: 'tool', tool_call_id: result.id, content: said }
}

/** Writes a part of a message of that role; nothing when it cannot be said there. */
function encodePart(part: Part, role: Message['role'], left: LeftOut): Fields[] {
  switch (part.type) {
    case 'text':
    case 'refusal':
      // Other formats have an empty text beside every tool call.
      return part.text === '' ? [] : [{ ...own(part), type: 'text', text: part.text }]
    case 'reasoning':
      // What is encrypted is for its own provider only.
      return part.text && role === 'assistant' ? [{ ...own(part), type: 'thinking', thinking: part.text }] : []
    case 'extension':
      if (part.dialect === id) return [part.value as Fields]
      left.leaveOut(`A part that only ${part.dialect} can say`)
      return []
    case 'tool-call':
    case 'tool-result':
      left.leaveOut(`A part of type "${part.type}"`, `it has no place in a message of the role "${role}"`)
      return []
    default: {
      const media = encodeMedia(part, role)
      if (!media) left.leaveOut(`A part of type "${part.type}"`, 'it has no place here')
      return media ? [media] : []
    }
  }
}

function encodeMedia(part: MediaPart, role: Message['role']): Fields | undefined {
  const { source, detail } = part
  if (role === 'user' && isPicture(part)) {
    const url =
      source.type === 'base64'
        ? `data:${source.mediaType};base64,${source.data}`
        : source.type === 'url'
          ? source.url
          : undefined
    return url === undefined
      ? undefined
      : { ...own(part), type: 'image_url', image_url: { url, ...(detail && { detail }) } }
  }
  const text = documentText(source)
  return text ? { type: 'text', text } : undefined
}

function isPicture({ type, source }: MediaPart): boolean {
  return type === 'image' || !!source.mediaType?.startsWith('image/')
}

/** A lone text without anything beside it is written as a string. */
function shortened(content: readonly Fields[]): unknown {
  const [only] = content
  if (!only) return ''
  return content.length === 1 && only['type'] === 'text' && Object.keys(only).length === 2 ? only['text'] : content
}
