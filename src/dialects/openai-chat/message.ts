import type { Choice, Message, Part, ToolResultPart } from '../../operations/chat/index.ts'
import { type Fields, isFields } from '../fields.ts'
import { cacheControl, decodeContent, encodeContent, encodeParts, isMedia } from './part.ts'
import { decodeResponse } from './response.ts'
import { encodeSaid, isContent } from './said.ts'
import {
  type Draft,
  decodeFields,
  type Encoder,
  encodeNode,
  known,
  mustBe,
  ownFields,
  type Row,
  type Table,
  withOwn,
} from './table.ts'

/** Writes the messages of a request. */
export function encodeMessages(messages: readonly Message[], encoder: Encoder): Fields[] {
  const encoded: Fields[] = []
  // Media of tools and of the model: the format takes them only of the user, and only after the results of all calls.
  let moved: Fields[] = []
  function move(media: readonly Fields[]): void {
    if (media.length > 0) encoder.warn('Media of tools and of the model went out in a message of the user.')
    moved.push(...media)
  }
  function flush(): void {
    if (moved.length > 0) encoded.push({ role: 'user', content: moved })
    moved = []
  }

  for (const message of messages) {
    let { content } = message
    if (content.some(isResult)) {
      for (const result of content.filter(isResult)) encoded.push(encodeResult(result, message, encoder, move))
      content = content.filter((part) => !isResult(part))
      if (content.length === 0) continue
    }
    flush()
    const encode = message.role === 'assistant' ? encodeAssistant : encodeMessage
    encoded.push(encode(message, content, encoder, move))
  }
  flush()
  return encoded
}

/** Reads a message of an application. */
export function decodeMessage(message: unknown, place: string): Message {
  if (!isFields(message)) throw mustBe(place, 'a message')
  const { role, content } = message
  if (!(roles as readonly unknown[]).includes(role)) throw mustBe(`${place}.role`, roles.join(', '))
  const node: Draft = { role }
  let rest: Fields | undefined
  if (role === 'tool') {
    const result: Draft = { type: 'tool-result' }
    rest = decodeFields(message, resultTable, result, place)
    if (!result['id']) throw mustBe(`${place}.tool_call_id`, 'the id of a tool call')
    result['content'] = typeof content === 'string' ? content : decodeContent(content, place)
    node['content'] = [result]
  } else if (role === 'assistant') {
    checkSaid(message, place)
    // A list is read as the application wrote it, part by part; all else is read as in an answer.
    const listed = Array.isArray(content) ? decodeContent(content, place) : []
    const wire = { message: listed.length > 0 ? { ...message, content: null } : message, finish_reason: 'stop' }
    const { content: said, extensions } = decodeSaid(wire, place)
    const thoughts = said.findLastIndex(({ type }) => type === 'reasoning') + 1
    node['content'] = listed.length > 0 ? [...said.slice(0, thoughts), ...listed, ...said.slice(thoughts)] : said
    rest = decodeFields(ownFields(extensions)?.['message'] ?? {}, nameTable, node, place)
  } else {
    node['content'] = decodeContent(content, place)
    rest = decodeFields(message, messageTable, node, place)
  }
  return withOwn(node, rest) as unknown as Message
}

/** Reads what a model is told that it said, as in an answer. */
function decodeSaid(choice: object, place: string): Choice {
  try {
    return decodeResponse({ choices: [choice] } as object, { provider: '', quirks: {} }).choices[0]!
  } catch {
    throw mustBe(place, 'a message')
  }
}

/** Checks what a model is told that it said, but for its content where that is a list. */
function checkSaid({ content, refusal, tool_calls: calls }: Fields, place: string): void {
  if (content != null && typeof content !== 'string' && !Array.isArray(content)) {
    throw mustBe(`${place}.content`, 'a string or a list of parts')
  }
  if (refusal != null && typeof refusal !== 'string') throw mustBe(`${place}.refusal`, 'a string')
  if (calls == null) return
  if (!(Array.isArray(calls) && calls.every(isFields))) throw mustBe(`${place}.tool_calls`, 'a list of tool calls')
  for (const [index, { id, function: called }] of calls.entries()) {
    const at = `${place}.tool_calls[${index}]`
    if (id != null && typeof id !== 'string') throw mustBe(`${at}.id`, 'a string')
    const { name } = isFields(called) ? called : {}
    if (name != null && typeof name !== 'string') throw mustBe(`${at}.function.name`, 'a string')
  }
}

const roles = ['system', 'developer', 'user', 'assistant', 'tool'] as const

const name: Row = [
  'name',
  'string',
  (name: string, { quirks, omit }) => (quirks.unsupported?.includes('messages.name') ? omit('messages.name') : name),
]
const nameTable: Table = { name }
const messageTable: Table = { role: known, content: known, name }
const resultTable: Table = {
  role: known,
  content: known,
  name,
  tool_call_id: ['id', 'string'],
  cache_control: cacheControl,
}

type Move = (media: readonly Fields[]) => void

/** Writes the result of a tool. What the format cannot say there goes out in a message of the user. */
function encodeResult(result: ToolResultPart, message: Message, encoder: Encoder, move: Move): Fields {
  const { id, content, isError, cache } = result
  const { name = message.name, extensions = message.extensions } = result
  if (isError) encoder.warn('That a tool failed could not be said: its result went out like any other.')
  const wire: Draft = { role: 'tool', content }
  if (typeof content !== 'string') {
    move(encodeParts(content.filter(isMedia), encoder))
    wire['content'] = encodeContent(
      content.filter((part) => !isMedia(part)),
      encoder,
    )
  }
  return encodeNode({ id, name, cache, extensions }, resultTable, wire, encoder)
}

function encodeMessage(message: Message, content: readonly Part[], encoder: Encoder): Fields {
  let { role } = message
  if (role === 'developer' && encoder.quirks.developerRole === false) role = 'system'
  // What a tool's message has besides results is the user's.
  if (role === 'tool') role = 'user'
  return encodeNode(message, messageTable, { role, content: encodeContent(content, encoder) }, encoder)
}

function encodeAssistant(message: Message, parts: readonly Part[], encoder: Encoder, move: Move): Fields {
  const { reasoningHistory, reasoningHistoryWithToolCalls: onlyWithCalls } = encoder.quirks
  const said = encodeSaid(parts, encoder)
  const { images, tool_calls: calls, refusal, audio, reasoning_content: thoughts, reasoning_details: details } = said
  if (images) move(images as Fields[])
  const remembers = reasoningHistory && (calls || !onlyWithCalls)
  const thinks = remembers && reasoningHistory === 'thinking'
  const content = parts.filter((part) => isContent(part) || (thinks && part.type === 'reasoning' && part.text))
  const wire: Draft = {
    role: 'assistant',
    content: content.length > 0 ? encodeContent(content, encoder) : undefined,
    refusal,
    audio,
    tool_calls: calls,
  }
  if (remembers && reasoningHistory !== 'thinking') {
    if (reasoningHistory !== 'reasoning_details') {
      // DeepSeek refuses a turn with calls that lacks its thoughts, even where there were none.
      wire[reasoningHistory] = thoughts ?? (onlyWithCalls ? '' : undefined)
    } else if (details) wire['reasoning_details'] = details
    else wire['reasoning'] = thoughts
  }
  encodeNode(message, messageTable, wire, encoder)
  wire['content'] ??= calls || refusal !== undefined || wire['audio'] ? null : ''
  return wire
}

function isResult(part: Part): part is ToolResultPart {
  return part.type === 'tool-result'
}
