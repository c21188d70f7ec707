import { GatewayError } from '../../errors.ts'
import {
  type AnswerPart,
  type ChatRequest,
  fold,
  type Message,
  type Part,
  type ToolResultPart,
} from '../../operations/chat/index.ts'
import { check, type Fields, invalid, type Names, type Shape } from '../fields.ts'
import type { LeaveOut } from '../left-out.ts'
import { checkContent, decodeContent, encodeContent, encodePieces } from './content.ts'
import { encodeItems } from './items.ts'
import { decodeWhole } from './stream.ts'
import {
  type Draft,
  extensionsOf,
  id,
  isMadeId,
  own,
  restOf,
  type WireContent,
  type WireItem,
  writeRest,
} from './wire.ts'

/**
 * Writes messages as items. A system message that leads, and is a lone text, goes out as the instructions, unless it is
 * all that is asked.
 */
export function encodeInput(
  { messages, heldBy }: Pick<ChatRequest, 'messages' | 'heldBy'>,
  developerRole: boolean,
  leaveOut: LeaveOut,
): { readonly instructions?: string; readonly input?: readonly WireItem[] } {
  const instructions = messages.length > 1 || heldBy ? leadOf(messages[0]) : undefined
  const items: WireItem[] = []
  for (const message of instructions === undefined ? messages : messages.slice(1)) {
    if (message.name !== undefined) leaveOut('The name of a message')
    if (message.role === 'assistant') items.push(...encodeItems(message.content, { application: false, leaveOut }))
    else items.push(...encodeMessage(message, developerRole, leaveOut))
  }
  return { ...(instructions !== undefined && { instructions }), ...(items.length > 0 && { input: items }) }
}

/** Reads the items of a request. What a model said in a row becomes one message. */
export function decodeInput(input: unknown, instructions: string | null | undefined): Message[] {
  const messages: Message[] = []
  if (instructions) messages.push({ role: 'system', content: [{ type: 'text', text: instructions }] })
  if (typeof input === 'string') return [...messages, { role: 'user', content: decodeContent(input) }]
  if (!Array.isArray(input)) throw invalid('input', 'a string or a list')
  /** What the model said since somebody else did. */
  let said: WireItem[] = []
  function flush(): void {
    if (said.length > 0) messages.push({ role: 'assistant', content: decodeSaid(said) })
    said = []
  }
  for (const [index, item] of input.entries()) {
    const at = `input[${index}]`
    check(item, itemShape, at)
    const { role, type = role === undefined ? 'item_reference' : 'message' } = item as WireItem
    checkItem({ ...item, type }, at)
    if (type === 'message' ? role === 'assistant' : !/_output$|_response$/.test(type)) {
      said.push(type === item['type'] || type === 'message' ? (item as WireItem) : { ...item, type })
      continue
    }
    flush()
    const message = type === 'message' ? decodeMessage(item as WireItem) : decodeResult(item as WireItem)
    // It stands in the input, not in the instructions.
    const leads = messages.length === 0 && message.role === 'system'
    messages.push(leads ? { ...message, extensions: extensionsOf({ ...own(message), type: 'message' }) } : message)
  }
  flush()
  return messages
}

const itemShape: Shape = { type: 'string?', role: 'string?', id: 'string?', status: 'string?' }

const callShape: Shape = { call_id: 'string', name: 'string' }
const resultShape: Shape = { call_id: 'string' }
const shapes: Readonly<Record<string, Shape>> = {
  function_call: { ...callShape, arguments: 'string' },
  custom_tool_call: { ...callShape, input: 'string' },
  function_call_output: resultShape,
  custom_tool_call_output: resultShape,
  reasoning: { summary: 'list of objects?', encrypted_content: 'string?' },
  item_reference: { id: 'string' },
}

const roles: readonly unknown[] = ['user', 'assistant', 'system', 'developer']

function checkItem(item: Fields, at: string): void {
  const type = item['type'] as string
  const shape = shapes[type]
  if (typeof shape === 'object') check(item, shape, at)
  if (type === 'message') {
    if (!roles.includes(item['role'])) throw invalid(`${at}.role`, '"user", "assistant", "system" or "developer"')
    checkContent(item['content'], `${at}.content`)
  } else if (type === 'reasoning') {
    for (const list of ['summary', 'content']) if (item[list] != null) checkContent(item[list], `${at}.${list}`)
  } else if (/^(function|custom_tool)_call_output$/.test(type)) checkContent(item['output'], `${at}.output`)
  else if (type === 'item_reference' && isMadeId(item['id'])) {
    throw new GatewayError(
      'unsupported',
      `${at} refers to an item that no provider has stored. Send the item itself: with "store": false, SDKs do.`,
    )
  }
}

/** What goes out as the instructions: a system message that leads, if it is a lone text. */
export function leadOf(message: Message | undefined): string | undefined {
  if (message?.role !== 'system' || message.content.length !== 1 || own(message)) return undefined
  const part = message.content[0]!
  return part.type === 'text' && !own(part) && message.name === undefined && part.text ? part.text : undefined
}

/** Reads the items of a former answer. A text may be written as a string. */
function decodeSaid(items: readonly WireItem[]): AnswerPart[] {
  const output = items.map((item) => {
    const { type = 'message', content } = item
    return typeof content === 'string'
      ? { ...item, type, content: [{ type: 'output_text', text: content }] }
      : { ...item, type }
  })
  const collected = fold()
  for (const event of decodeWhole({ output })) collected.add(event)
  return [...(collected.result().choices[0]?.content ?? [])]
}

const messageNames: Names = { type: true, role: true, content: true }

function decodeMessage(item: WireItem): Message {
  const { role, content } = item
  const message: Draft<Message> = { role: role as 'user', content: decodeContent(content ?? '') }
  const extensions = extensionsOf(restOf(item, messageNames))
  if (extensions) message.extensions = extensions
  return message
}

const resultNames: Names = { call_id: true, output: true }

/** Reads what an application gives back: the result of a call, or something that only this format knows. */
function decodeResult(item: WireItem): Message {
  const { type, call_id = '', output } = item
  const isFunction = type === 'function_call_output'
  if (!isFunction && type !== 'custom_tool_call_output') {
    return { role: 'tool', content: [{ type: 'extension', dialect: id, value: item }] }
  }
  const content = typeof output === 'string' ? output : decodeContent(output as readonly WireContent[])
  const part: Draft<ToolResultPart> = { type: 'tool-result', id: call_id, content: content as string }
  const extensions = extensionsOf(restOf(item, isFunction ? { ...resultNames, type: true } : resultNames))
  if (extensions) part.extensions = extensions
  return { role: 'tool', content: [part] }
}

/** Writes a message that is not the model's: the results in it as items of their own, the rest as a message. */
function encodeMessage(message: Message, developerRole: boolean, leaveOut: LeaveOut): WireItem[] {
  const { role, content } = message
  const items: WireItem[] = []
  const others: Part[] = []
  for (const part of content) {
    if (part.type === 'tool-result') items.push(encodeResult(part, leaveOut))
    else if (role === 'tool' && part.type === 'extension' && part.dialect === id) items.push(part.value as WireItem)
    else others.push(part)
  }
  if (others.length === 0 && items.length > 0) return items
  const speaker = role === 'tool' ? 'user' : role === 'developer' && !developerRole ? 'system' : role
  items.push(writeRest<WireItem>({ role: speaker, content: encodeContent(others, leaveOut) }, own(message)))
  return items
}

function encodeResult(part: ToolResultPart, leaveOut: LeaveOut): WireItem {
  const { id: call_id, content, isError } = part
  if (isError) leaveOut('That a tool failed', 'its result went out like any other')
  const output = typeof content === 'string' ? content : encodePieces(content, leaveOut)
  return writeRest<WireItem>({ type: 'function_call_output', call_id, output }, own(part))
}
