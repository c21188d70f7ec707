import type { MediaPart, Part, ReasoningPart, Signature, TextPart, ToolCallPart } from '../../operations/chat/index.ts'
import { compact, type Fields } from '../fields.ts'
import type { LeaveOut } from '../left-out.ts'
import { decodeSignature, encodeSignature } from '../signature.ts'
import { encodeSaid } from './content.ts'
import { id, makeId, own, type WireContent, type WireItem, writeRest } from './wire.ts'

/** Who reads the items: a provider, who takes only what it has made; or an application, who expects every field. */
export interface Reader {
  readonly application: boolean
  /** The id of the answer. */
  readonly answer?: string | undefined
  /** How many items the answer has already. */
  readonly start?: number | undefined
  readonly leaveOut: LeaveOut
}

/** Writes what a model said as items. A part that does not begin an item of its own goes on with the one before it. */
export function encodeItems(parts: readonly Part[], reader: Reader): WireItem[] {
  const items: WireItem[] = []
  const { start = 0 } = reader
  /** The item that a further text or thought may belong to. */
  let open: WireItem | undefined

  for (const part of parts) {
    const fields = own(part as TextPart)
    const last = fields?.item ? undefined : open
    const before = items.length
    open = undefined
    switch (part.type) {
      case 'text':
      case 'refusal': {
        const said = encodeSaid(part, reader.application)
        if (last?.type === 'message') {
          ;(last.content as WireContent[]).push(said)
          open = last
        } else {
          const message: WireItem = { type: 'message', role: 'assistant', content: [said] }
          items.push(finished(message, 'msg', fields?.item, start + items.length, reader))
          if (fields?.item) open = message
        }
        break
      }
      case 'reasoning': {
        // What another maker has signed is no business of this one.
        if (!reader.application && part.signature && part.signature.origin !== id) break
        if (last?.type === 'reasoning') {
          addThought(last, part)
          if (!last.encrypted_content) open = last
          break
        }
        const mine = fields?.item ?? part.signature?.origin === id
        if (!mine && !reader.application) break
        const thought: WireItem = { type: 'reasoning', summary: [] }
        items.push(finished(thought, 'rs', fields?.item, start + items.length, reader))
        addThought(thought, part)
        if (fields?.item && !thought.encrypted_content) open = thought
        break
      }
      case 'tool-call':
        items.push(encodeCall(part, fields?.item, start + items.length, reader))
        break
      case 'extension':
        open = addExtension(items, part, last, reader)
        break
      case 'image':
        addPicture(items, part, fields?.item, reader)
        break
      default:
        reader.leaveOut(`A part of type "${part.type}"`, 'it has no place here')
    }
    if (reader.application && part.type !== 'reasoning' && (items.length > before || last)) {
      const proof = encodeProof((part as TextPart).signature, start + items.length, reader.answer)
      if (proof) {
        items.push(proof)
        open = undefined
      }
    }
  }
  // A thought is known to its provider by its id, or brings itself along.
  return reader.application ? items : items.filter(isSendable).map(shortened)
}

/**
 * Writes the signature of a part that has no place for one here (other makers sign texts and calls): as a thought of
 * its own right behind it, which an application sends back as it is.
 */
export function encodeProof(signature: Signature | undefined, index: number, answer = ''): WireItem | undefined {
  if (!signature || signature.origin === id) return undefined
  const encrypted_content = follows + encodeSignature(signature, id)
  return { id: makeId('rs', index, answer), type: 'reasoning', summary: [], encrypted_content }
}

/** Reads what {@link encodeProof} wrote; undefined for a thought. */
export function decodeProof({ encrypted_content: proof }: WireItem): Signature | undefined {
  if (!proof?.startsWith(follows)) return undefined
  return decodeSignature(proof.slice(follows.length), id, true)
}

const follows = 'zerohop-of-previous:'

/** The type in which thoughts stand beside their summaries, where a model shows them. */
export const plainThought = 'reasoning_text'

function addThought(item: WireItem, part: ReasoningPart): void {
  const { text, signature } = part
  const fields = own(part)
  if (text !== '' || fields?.['type']) {
    const list = fields?.['type'] === plainThought ? 'content' : 'summary'
    ;((item[list] ??= []) as WireContent[]).push(writeRest({ type: 'summary_text', text }, fields))
  }
  if (signature) item.encrypted_content = encodeSignature(signature, id)
}

function encodeCall(part: ToolCallPart, fields: Fields | undefined, index: number, reader: Reader): WireItem {
  const { id: call_id, name, arguments: text } = part
  if (fields?.['type'] === 'custom_tool_call') {
    return finished({ type: 'custom_tool_call', call_id, name, input: text }, 'ctc', fields, index, reader)
  }
  return finished({ type: 'function_call', call_id, name, arguments: text }, 'fc', fields, index, reader)
}

/** Adds an item that only this format knows, or a piece of a message that has no name of ours. Gives the item that may go on. */
function addExtension(
  items: WireItem[],
  part: Extract<Part, { type: 'extension' }>,
  last: WireItem | undefined,
  { leaveOut }: Reader,
): WireItem | undefined {
  if (part.dialect !== id) {
    leaveOut(`A part that only ${part.dialect} can say`)
    return undefined
  }
  const item = part.value as WireItem
  if (item?.type !== 'message' || !Array.isArray(item.content)) {
    items.push(item)
    return undefined
  }
  if (item.role === undefined && last?.type === 'message') {
    ;(last.content as WireContent[]).push(...item.content)
    return last
  }
  const message: WireItem = { role: 'assistant', ...item, content: [...item.content] }
  items.push(message)
  return message
}

function addPicture(items: WireItem[], { source }: MediaPart, fields: Fields | undefined, reader: Reader): void {
  if (source.type !== 'base64' || (!reader.application && !fields)) {
    reader.leaveOut('A picture that a model made', 'its maker alone takes it back')
    return
  }
  const picture: WireItem = { type: 'image_generation_call', result: source.data }
  items.push(finished(picture, 'ig', fields, (reader.start ?? 0) + items.length, reader))
}

/** Adds the fields that were kept of an item; and to an application, those that it expects. */
function finished(
  item: WireItem,
  kind: string,
  fields: Fields | undefined,
  index: number,
  { application, answer = '' }: Reader,
): WireItem {
  if (application) {
    item.id = makeId(kind, index, answer)
    if (kind !== 'rs') item.status = 'completed'
  }
  return writeRest(item, fields)
}

function isSendable({ type, id, encrypted_content }: WireItem): boolean {
  return type !== 'reasoning' || id !== undefined || !!encrypted_content
}

/** A message that is a lone text without anything beside it is written with a string. */
function shortened(item: WireItem): WireItem {
  const { type, role, content } = item
  const [only] = Array.isArray(content) ? (content as readonly WireContent[]) : []
  const plain =
    type === 'message' &&
    Object.keys(item).length === 3 &&
    content!.length === 1 &&
    only?.type === 'output_text' &&
    Object.keys(only).length === 2
  return plain ? compact<WireItem>({ role, content: only.text }) : item
}
