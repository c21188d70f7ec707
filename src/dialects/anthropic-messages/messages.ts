import type { Message, Part, TextPart } from '../../operations/chat/index.ts'
import { takesSystemAnywhere } from '../claude.ts'
import { check, invalid, type Shape } from '../fields.ts'
import type { LeaveOut } from '../left-out.ts'
import { decodeContent, encodePart } from './content.ts'
import { type Block, type Draft, readRest, type WireMessage, writeRest } from './wire.ts'

/** A message before it is known whether its content can be a string. */
type Turn = WireMessage & { content: Block[] }

/**
 * Puts messages as Anthropic wants them: system apart, user and assistant in turn, the results of tools first.
 *
 * A system message in the middle keeps its place, for what it says counts from there on: as a system message where the
 * model takes one (after a user's turn, before the model's), as text of the user's turn otherwise.
 */
export function encodeMessages(
  input: readonly Message[],
  generation: number,
  leaveOut: LeaveOut,
): { system: WireMessage['content'] | undefined; messages: WireMessage[] } {
  const system: Block[] = []
  const turns: Turn[] = []
  for (const [index, message] of input.entries()) {
    if (message.name !== undefined) leaveOut('The name of a message')
    let content = message.content.flatMap((part) => encodePart(part, message.role, leaveOut))
    let role: WireMessage['role'] = message.role === 'assistant' ? 'assistant' : 'user'
    const last = turns.at(-1)
    if (isSystem(message)) {
      if (!last) {
        system.push(...content)
        continue
      }
      const next = input.slice(index).find((later) => !isSystem(later))?.role ?? 'assistant'
      if (takesSystemAnywhere(generation) && last.role !== 'assistant' && next === 'assistant') role = 'system'
      else {
        leaveOut('The role of a late system message', 'it went out as the user’s')
        content = content.map((block) => rewritten(block, (text) => `<system>\n${text}\n</system>`))
      }
    }
    if (content.length === 0) continue
    if (last?.role === role) {
      last.content.push(...content)
      writeRest(last, message)
    } else turns.push(writeRest({ role, content }, message))
  }
  if (turns.length === 0 && system.length > 0) {
    leaveOut('The role of the system message', 'it went out as the user’s, who must say something')
    turns.push({ role: 'user', content: system.splice(0) })
  }
  const last = turns.at(-1)
  // The beginning of an answer that the model is to continue must not end in white space.
  if (last?.role === 'assistant') last.content.push(rewritten(last.content.pop()!, (text) => text.trimEnd()))
  for (const turn of turns) {
    const content = turn.content.sort((one, other) => Number(isResult(other)) - Number(isResult(one)))
    ;(turn as WireMessage).content = shortened(content)
  }
  return { system: system.length > 0 ? shortened(system) : undefined, messages: turns }
}

/**
 * Tells whether a turn with tools is in progress whose first answer does not begin with a thought. Where thinking counts
 * tokens Anthropic refuses to go on thinking then; adaptive thinking does not mind.
 */
export function hasUnsignedTurn(messages: readonly WireMessage[]): boolean {
  let index = messages.length - 1
  if (!hasResult(messages[index])) return false
  while (hasResult(messages[index - 2])) index -= 2
  const answer = messages[index - 1]?.content[0]
  return !(typeof answer === 'object' && /thinking$/.test(answer.type))
}

/** Reads a message that an application wrote. */
export function decodeMessage(message: unknown, at: string): Message {
  check(message, shape, at)
  const { role, content } = message as unknown as WireMessage
  if (!['user', 'assistant', 'system'].includes(role)) throw invalid(`${at}.role`, '"user", "assistant" or "system"')
  return readRest({ role, content: joinProofs(content, decodeContent(content, `${at}.content`)) }, message, shape)
}

const shape: Shape = { role: 'string', content: true }

function isSystem({ role }: Message): boolean {
  return role === 'system' || role === 'developer'
}

function isResult({ type }: Block): boolean {
  return type === 'tool_result'
}

function hasResult(message: WireMessage | undefined): boolean {
  return typeof message?.content === 'object' && message.content.some(isResult)
}

function rewritten(block: Block, rewrite: (text: string) => string): Block {
  return block.type === 'text' ? { ...block, text: rewrite(block.text!) } : block
}

/** A lone text without anything beside it is written as a string. */
function shortened(content: Block[]): string | Block[] {
  const [only] = content
  return content.length === 1 && only?.type === 'text' && Object.keys(only).length === 2 ? only.text! : content
}

/** A foreign proof that was handed to the application behind a part comes back to that part. */
function joinProofs(content: WireMessage['content'], parts: Part[]): Part[] {
  let last: Draft<TextPart> | undefined
  return parts.filter((part, index) => {
    // Content that is a text has no blocks, and an empty one no characters either.
    const type = typeof content === 'string' ? 'text' : content[index]!.type
    const isProof = type === 'redacted_thinking' && part.type === 'reasoning' && !part.signature?.encrypted
    if (!isProof) last = part as TextPart
    else if (last) last.signature = part.signature
    return !isProof
  })
}
