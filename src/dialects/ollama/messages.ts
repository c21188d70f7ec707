import type { MediaPart, Message, Part, ToolResultPart } from '../../operations/chat/index.ts'
import { documentText } from '../document-text.ts'
import type { Fields } from '../fields.ts'
import type { LeftOut } from '../left-out.ts'
import { own } from './wire.ts'

/** What a message says, in the only forms there are: one text, one thought, pictures, calls. */
interface Said {
  readonly texts: string[]
  readonly images: string[]
  readonly calls: Fields[]
  thinking: string
}

/** Writes messages, each result of a tool as one of its own. */
export function encodeMessages(messages: readonly Message[], left: LeftOut): Fields[] {
  const encoded: Fields[] = []
  const names = new Map<string, string>()
  for (const message of messages) {
    const { content } = message
    for (const part of content) {
      if (part.type === 'tool-call') names.set(part.id, part.name)
      else if (part.type === 'tool-result') encoded.push(encodeResult(part, message, names, left))
    }
    const rest = content.filter(({ type }) => type !== 'tool-result')
    if (rest.length > 0 || content.length === 0) encoded.push(encodeMessage(message, rest, left))
  }
  return encoded
}

function encodeMessage(message: Message, parts: readonly Part[], left: LeftOut): Fields {
  const role = { developer: 'system', tool: 'user' }[message.role as string] ?? message.role
  const { texts, thinking, images, calls } = say(parts, left)
  return {
    ...own(message),
    role,
    // A model's texts are pieces of one; others' are paragraphs.
    content: texts.join(role === 'assistant' ? '' : '\n'),
    ...(thinking && { thinking }),
    ...(images.length > 0 && { images }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
}

function encodeResult(
  result: ToolResultPart,
  message: Message,
  names: ReadonlyMap<string, string>,
  left: LeftOut,
): Fields {
  const { id, content, isError, name = message.name ?? names.get(id) } = result
  if (isError) left.warn('That a tool failed could not be said: its result went out like any other.')
  const { texts, images }: Pick<Said, 'texts' | 'images'> =
    typeof content === 'string' ? { texts: [content], images: [] } : say(content, left)
  return {
    ...own(result),
    role: 'tool',
    content: texts.join('\n'),
    ...(name !== undefined && { tool_name: name }),
    // Servers that know no ids take calls and results in turn.
    tool_call_id: id,
    ...(images.length > 0 && { images }),
  }
}

function say(parts: readonly Part[], left: LeftOut): Said {
  const said: Said = { texts: [], images: [], calls: [], thinking: '' }
  for (const part of parts) {
    switch (part.type) {
      case 'text':
      case 'refusal':
        said.texts.push(part.text)
        break
      case 'reasoning':
        // What is encrypted is for its own provider only.
        said.thinking += part.text
        break
      case 'tool-call': {
        const { id, name, arguments: text } = part
        said.calls.push({ ...own(part), id, type: 'function', function: { name, arguments: encodeInput(text, left) } })
        break
      }
      case 'extension':
        left.leaveOut(`A part that only ${part.dialect} can say`)
        break
      case 'tool-result':
        break
      default:
        sayMedia(part, said, left)
    }
  }
  return said
}

function sayMedia(part: MediaPart, { texts, images }: Said, left: LeftOut): void {
  const { type, source, detail } = part
  if (detail !== undefined && detail !== 'auto') left.leaveOut('The detail of a picture')
  if (source.type === 'base64' && (type === 'image' || source.mediaType.startsWith('image/'))) {
    images.push(source.data)
    return
  }
  const text = documentText(source)
  if (text !== undefined) texts.push(text)
  else left.leaveOut(`A part of type "${type}"`, 'only pictures and texts that come along have a place here')
}

/** Writes a call's arguments, which must be an object: text that is none, mostly cut off by a limit, is wrapped. */
function encodeInput(text: string, left: LeftOut): unknown {
  try {
    const input: unknown = JSON.parse(text.trim() || '{}') ?? {}
    if (typeof input === 'object' && !Array.isArray(input)) return input
  } catch {
    // Not JSON.
  }
  left.warn('The arguments of a former call are no JSON object: they went out inside one.')
  return { arguments: text }
}
