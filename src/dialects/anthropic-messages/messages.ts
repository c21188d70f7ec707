import type { Message, Part } from '../../operations/chat/index.ts'
import { checkContent, invalid, isObject } from './check.ts'
import {
  decodeBlock,
  decodeContent,
  encodeCitation,
  encodeMedia,
  encodeOptions,
  encodeText,
  encodeToolCall,
} from './content.ts'
import type { Habits } from './quirks.ts'
import { type Block, extensionsOf, id, own, type WireMessage } from './wire.ts'

type Warn = (warning: string) => void

/**
 * Puts messages as Anthropic wants them: system apart, user and assistant in turn, the results of tools first.
 *
 * A system message in the middle keeps its place, for what it says counts from there on: as a system message where the
 * model takes one (after a user's turn, before the model's), as text of the user's turn otherwise.
 */
export function encodeMessages(
  input: readonly Message[],
  habits: Habits,
  warn: Warn,
): { system: string | Block[] | undefined; messages: WireMessage[] } {
  const system: Block[] = []
  const turns: { role: WireMessage['role']; content: Block[]; rest: object }[] = []
  for (const [index, message] of input.entries()) {
    if (message.name !== undefined) warn('The names of messages were left out: this API has no such field.')
    let blocks = message.content.flatMap((part) => encodePart(part, message.role, warn) ?? [])
    let role: WireMessage['role'] = message.role === 'assistant' ? 'assistant' : 'user'
    if (isSystem(message)) {
      if (turns.length === 0) {
        system.push(...blocks)
        continue
      }
      const next = input.slice(index).find((later) => !isSystem(later))
      const last = turns.at(-1)?.role
      if (habits.systemAnywhere && last !== 'assistant' && (!next || next.role === 'assistant')) role = 'system'
      else {
        warn('A system message in the middle of the conversation was sent as the user’s words.')
        blocks = blocks.map((block) =>
          block.type === 'text' ? { ...block, text: `<system>\n${block.text}\n</system>` } : block,
        )
      }
    }
    if (blocks.length === 0) continue
    const last = turns.at(-1)
    if (last?.role === role) {
      last.content.push(...blocks)
      Object.assign(last.rest, own(message))
    } else turns.push({ role, content: blocks, rest: { ...own(message) } })
  }
  trimEnd(turns.at(-1))
  return {
    system: system.length > 0 ? compact(system) : undefined,
    messages: turns.map(({ role, content, rest }) => ({ role, content: compact(resultsFirst(content)), ...rest })),
  }
}

/**
 * Tells whether a turn with tools is in progress whose first answer does not begin with a thought. Where thinking counts
 * tokens Anthropic refuses to go on thinking then; adaptive thinking does not mind.
 */
export function hasUnsignedTurn(messages: readonly WireMessage[]): boolean {
  let index = messages.length - 1
  if (!hasBlock(messages[index], 'tool_result')) return false
  while (index >= 3 && hasBlock(messages[index - 2], 'tool_result')) index -= 2
  const answer = messages[index - 1]?.content[0]
  return !(typeof answer === 'object' && /^(redacted_)?thinking$/.test(answer.type))
}

/** Reads a message that an application wrote. */
export function decodeMessage(message: unknown, field: string): Message {
  if (!isObject(message)) throw invalid(field, 'an object')
  const { role, content } = message as unknown as WireMessage
  if (role !== 'user' && role !== 'assistant' && role !== 'system') {
    throw invalid(`${field}.role`, '"user", "assistant" or "system"')
  }
  checkContent(content, `${field}.content`)
  return { role, content: decodeTurn(content), ...extensionsOf(message, ['role', 'content']) }
}

function isSystem({ role }: Message): boolean {
  return role === 'system' || role === 'developer'
}

function encodePart(part: Part, role: Message['role'], warn: Warn): Block | undefined {
  switch (part.type) {
    case 'text':
      // An empty text is an error; other formats have one beside every tool call.
      return part.text.trim() === ''
        ? undefined
        : encodeText(
            part,
            part.citations?.flatMap((citation) => encodeCitation(citation) ?? []),
          )
    case 'refusal':
      return part.text.trim() === '' ? undefined : { type: 'text', text: part.text }
    case 'reasoning': {
      // Thoughts without a signature of this dialect are refused.
      if (part.signature?.origin !== id || role !== 'assistant') return undefined
      const { value, encrypted } = part.signature
      return encrypted
        ? { type: 'redacted_thinking', data: value, ...own(part) }
        : { type: 'thinking', thinking: part.text, signature: value, ...own(part) }
    }
    case 'tool-call':
      return { ...encodeToolCall(part), id: encodeId(part.id) }
    case 'tool-result':
      return {
        type: 'tool_result',
        tool_use_id: encodeId(part.id),
        ...(part.content.length > 0 && {
          content:
            typeof part.content === 'string'
              ? part.content
              : part.content.flatMap((inner) => encodePart(inner, 'user', warn) ?? []),
        }),
        ...(part.isError !== undefined && { is_error: part.isError }),
        ...encodeOptions(part),
      }
    case 'extension':
      if (part.dialect === id) return part.value as Block
      warn(`A part that only ${part.dialect} can say was left out.`)
      return undefined
    default: {
      const block = role === 'assistant' ? undefined : encodeMedia(part)
      if (!block)
        warn(`A part of type "${part.type}" was left out: this API does not take it here, or not in this form.`)
      return block
    }
  }
}

/** Other makers' ids may hold characters that Anthropic refuses. */
function encodeId(id: string): string {
  return /^[\w-]+$/.test(id) ? id : id.replace(/[^\w-]/g, '_') || 'call'
}

function resultsFirst(content: Block[]): Block[] {
  const firstOther = content.findIndex(({ type }) => type !== 'tool_result')
  if (firstOther === -1 || !content.some(({ type }, index) => type === 'tool_result' && index > firstOther))
    return content
  const isResult = ({ type }: Block): boolean => type === 'tool_result'
  return [...content.filter(isResult), ...content.filter((block) => !isResult(block))]
}

/** The beginning of an answer that the model is to continue must not end in white space. */
function trimEnd(turn: { role: string; content: Block[] } | undefined): void {
  const last = turn?.content.at(-1)
  if (turn?.role === 'assistant' && last?.type === 'text') {
    turn.content[turn.content.length - 1] = { ...last, text: last.text?.trimEnd() }
  }
}

function compact(content: Block[]): string | Block[] {
  const [only] = content
  return content.length === 1 && only?.type === 'text' && Object.keys(only).length === 2 ? only.text! : content
}

function hasBlock(message: WireMessage | undefined, type: string): boolean {
  return typeof message?.content === 'object' && message.content.some((block) => block.type === type)
}

/** A foreign proof that was handed to the application behind a part comes back to that part. */
function decodeTurn(content: string | readonly Block[]): readonly Part[] {
  if (typeof content === 'string') return decodeContent(content)
  const parts: Part[] = []
  for (const block of content) {
    const part = decodeBlock(block)
    const last = parts.at(-1)
    const strays = block.type === 'redacted_thinking' && part.type === 'reasoning' && !part.signature?.encrypted
    if (strays && last) parts[parts.length - 1] = { ...last, signature: part.signature } as Part
    else if (!strays) parts.push(part)
  }
  return parts
}
