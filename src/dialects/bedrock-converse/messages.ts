import type { Message } from '../../operations/chat/index.ts'
import { encodePart, type Writer } from './content.ts'
import { type Block, own, type WireMessage } from './wire.ts'

/**
 * Puts messages as Converse wants them: system apart, user and assistant in turn, the results of tools first. A system
 * message in the middle keeps its place, for what it says counts from there on, as text of the user's turn.
 */
export function encodeMessages(
  input: readonly Message[],
  writer: Writer,
): { system: Block[]; messages: WireMessage[] } {
  const system: Block[] = []
  const messages: WireMessage[] = []
  for (const message of input) {
    if (message.name !== undefined) writer.leaveOut('The name of a message')
    const role = message.role === 'assistant' ? 'assistant' : 'user'
    let content = message.content.flatMap((part) => encodePart(part, role, writer))
    const last = messages.at(-1)
    if (message.role === 'system' || message.role === 'developer') {
      if (!last) {
        system.push(...content)
        continue
      }
      writer.leaveOut('The role of a late system message', 'it went out as the user’s')
      content = content.map((block) => rewritten(block, (text) => `<system>\n${text}\n</system>`))
    }
    if (content.length === 0) continue
    if (last?.role === role) last.content.push(...content)
    else messages.push({ ...own(message), role, content })
  }
  if (messages.length === 0 && system.length > 0) {
    writer.leaveOut('The role of the system message', 'it went out as the user’s, who must say something')
    messages.push({ role: 'user', content: system.splice(0) })
  }
  const last = messages.at(-1)
  // The beginning of an answer that the model is to continue must not end in white space.
  if (last?.role === 'assistant') last.content.push(rewritten(last.content.pop()!, (text) => text.trimEnd()))
  for (const { role, content } of messages) {
    if (role !== 'user') continue
    resultsFirst(content)
    introduceDocument(content, writer)
  }
  return { system, messages }
}

/** Moves the results of tools in front of all else, each with the cache point behind it. */
function resultsFirst(content: Block[]): void {
  let isResult = false
  const rest: Block[] = []
  const results = content.filter((block) => {
    if (!block.cachePoint) isResult = block.toolResult !== undefined
    if (!isResult) rest.push(block)
    return isResult
  })
  if (results.length > 0) content.splice(0, content.length, ...results, ...rest)
}

/** Puts a text before a document that came without any: "A text block must be included when using documents." */
function introduceDocument(content: Block[], { warn }: Writer): void {
  const first = content.findIndex(({ document }) => document)
  if (first < 0 || content.some(({ text }) => text !== undefined)) return
  warn('A document that came without a text went out behind a sentence that says so: Bedrock wants one.')
  // What recorded requests say there.
  content.splice(first, 0, { text: 'See attached document(s).' })
}

function rewritten(block: Block, rewrite: (text: string) => string): Block {
  return block.text === undefined ? block : { ...block, text: rewrite(block.text) }
}
