import type { ChatEvent, ChatEventOf, MediaPart, Signature } from '../../operations/chat/index.ts'
import type { Usage } from '../../operations/operation.ts'
import type { Passthrough, StreamDecoder, StreamEncoder, Target } from '../dialect.ts'
import type { EnvelopeFields } from '../envelope.ts'
import { compact, type Fields, idOf, isFields, unknownFields } from '../fields.ts'
import { parseJson } from '../json.ts'
import { RepeatingJson } from '../repeating-json.ts'
import { encodeSignature } from '../signature.ts'
import { encodeNamedFrame } from '../sse.ts'
import { encodeToolInput } from '../tool-input.ts'
import { decodeBlock, decodeCitation, encodeCitation, encodePart, encodeProof } from './content.ts'
import { decodeInnerError, encodeError, malformed } from './error.ts'
import type { AnthropicQuirks } from './quirks.ts'
import { answerNames, decodeStop, encodeResponse, encodeStop } from './response.ts'
import { decodeUsage, encodeUsage } from './usage.ts'
import { type Block, type Draft, extensionsOf, id, own, type WireDelta, type WireEvent } from './wire.ts'

/** A block whose end has not come. */
interface OpenBlock {
  readonly part: number
  /** As it began, with what came since and has no event of its own. */
  readonly block: Block
  /** The input of a tool so far, as JSON text. */
  json: string
}

/** The type of block that a delta belongs to. */
const blockOf: Readonly<Record<string, string>> = {
  text_delta: 'text',
  citations_delta: 'text',
  thinking_delta: 'thinking',
  signature_delta: 'thinking',
  input_json_delta: 'tool_use',
}

/** Where deltas carry their content; Bedrock pads them. */
const deltaContent: EnvelopeFields = { content: ['text', 'thinking'], padding: ['p'] }
const delta = '{"type":"content_block_delta"'

/** Decodes a stream. Works on `type` alone: some providers leave out the names of events. */
export function streamDecoder(target: Pick<Target<unknown>, 'provider'>): StreamDecoder<ChatEvent> {
  const deltas = new RepeatingJson(deltaContent, ({ delta }) => delta)
  const open = new Map<number, OpenBlock>()
  const usage: Record<string, unknown> = {}
  const rest: Record<string, unknown> = {}
  let stop: WireDelta = {}
  let parts = 0
  let started = false
  let done = false

  function begin(index: number, block: Block, out: ChatEvent[]): OpenBlock {
    const part = parts++
    const opened: OpenBlock = { part, block, json: '' }
    open.set(index, opened)
    switch (block.type) {
      case 'text':
        out.push({ type: 'text-delta', choice: 0, part, text: block.text ?? '' })
        for (const citation of block.citations ?? [])
          out.push({ type: 'citation', choice: 0, part, citation: decodeCitation(citation) })
        break
      case 'thinking':
      case 'redacted_thinking':
        out.push({ type: 'reasoning-delta', choice: 0, part, text: block.thinking ?? '' })
        break
      case 'tool_use':
        out.push({ type: 'tool-call-start', choice: 0, part, id: idOf(block.id), name: idOf(block.name) })
    }
    return opened
  }

  function add(index: number, delta: WireDelta, out: ChatEvent[]): void {
    const { text, thinking, partial_json, citation, signature } = delta
    const type = blockOf[delta.type!]
    let opened = open.get(index)
    if (!opened) {
      if (!type || type === 'tool_use') return
      opened = begin(index, { type }, out)
    }
    const { part, block } = opened
    if (partial_json) opened.json += partial_json
    if (type !== block.type) {
      if (type !== 'tool_use') merge(block as unknown as Draft<Fields>, delta as Fields)
    } else if (text) out.push({ type: 'text-delta', choice: 0, part, text })
    else if (thinking) out.push({ type: 'reasoning-delta', choice: 0, part, text: thinking })
    else if (partial_json) out.push({ type: 'tool-call-delta', choice: 0, part, arguments: partial_json })
    else if (citation) out.push({ type: 'citation', choice: 0, part, citation: decodeCitation(citation) })
    else if (signature) block.signature = signature
  }

  function close(index: number, out: ChatEvent[], end?: WireEvent): void {
    const opened = open.get(index)
    if (!opened) return
    open.delete(index)
    const { part, block, json } = opened
    update(block as unknown as Draft<Fields>, end)
    if (json && block.type !== 'tool_use') block.input = encodeToolInput(json)
    const content = decodeBlock(block)
    if (content.type === 'tool-call' && !json) {
      out.push({ type: 'tool-call-delta', choice: 0, part, arguments: content.arguments })
    }
    if (content.type === 'text' || content.type === 'reasoning' || content.type === 'tool-call') {
      const { signature, extensions } = content
      out.push(compact<ChatEventOf<'part-end'>>({ type: 'part-end', choice: 0, part, signature, extensions }))
    } else out.push({ type: 'part', choice: 0, part, content: content as MediaPart })
  }

  function read(event: WireEvent, out: ChatEvent[]): void {
    const { type, index = 0, message, content_block, delta } = event
    if (type === 'content_block_delta' && delta) add(index, delta, out)
    else if (type === 'content_block_start' && content_block) begin(index, content_block, out)
    else if (type === 'content_block_stop') close(index, out, event)
    else if (type === 'message_start' && !started) {
      // Some proxies send a second start when they begin anew: the answer goes on.
      started = true
      update(rest, message)
      const id = idOf(message?.id)
      const model = idOf(message?.model)
      const extensions = extensionsOf({ ...rest })
      out.push(compact<ChatEventOf<'message-start'>>({ type: 'message-start', id, model, extensions }))
    } else if (type === 'message_delta') {
      if (delta?.stop_reason) stop = delta
      update(rest, delta)
      update(rest, event)
    }
    const reported = event.usage ?? message?.usage
    if (!reported) return
    update(usage, reported)
    out.push({ type: 'usage', usage: decodeUsage(usage) })
  }

  function finish(out: ChatEvent[]): void {
    done = true
    for (const index of open.keys()) close(index, out)
    const last: Partial<ChatEventOf<'finish'>> = { type: 'finish', choice: 0 }
    decodeStop(last, stop.stop_reason, stop.stop_sequence)
    if (last.finishReason) out.push(last as ChatEventOf<'finish'>)
    const { service_tier: tier } = usage
    const serviceTier = typeof tier === 'string' ? tier : undefined
    out.push(compact<ChatEventOf<'message-end'>>({ type: 'message-end', serviceTier, extensions: extensionsOf(rest) }))
  }

  return {
    push({ data }, out) {
      if (done || data === '' || data === '[DONE]') return
      let event: WireEvent
      try {
        // A delta is read and let go. What begins a block is kept, and must be its own.
        const json = data.startsWith(delta) ? deltas.parse(data) : parseJson(data)
        if (!isFields(json)) throw malformed(target)
        event = json as unknown as WireEvent
        read(event, out)
      } catch {
        throw malformed(target)
      }
      if (event.error || event.type === 'error') throw decodeInnerError(event, target)
      // Nothing follows, though the connection may stay open for a while.
      if (event.type === 'message_stop') finish(out)
    },
    end(out) {
      if (!done) finish(out)
    },
    get done() {
      return done
    },
  }
}

/**
 * Encodes a stream. Parts that are open side by side go out one after the other: Anthropic never has two open blocks,
 * and the events of its SDK take the last block for the one that a delta belongs to.
 */
export function streamEncoder(): StreamEncoder<ChatEvent> {
  /** What belongs to parts that must wait for the end of a tool call, in the order of their first events. */
  const waiting = new Map<number, PartEvent[]>()
  let head: ChatEventOf<'message-start'> = { type: 'message-start', id: '', model: '' }
  let begun = false
  let usage: Usage = {}
  let stop: Partial<ChatEventOf<'finish'>> = {}
  let refused = false
  let current: CurrentPart | undefined
  let index = 0

  function open(content_block: Block): string {
    return frame({ type: 'content_block_start', index, content_block })
  }

  function close(fields?: Fields): string {
    return frame(Object.assign({ type: 'content_block_stop', index: index++ }, fields))
  }

  function whole(block: Block): string {
    return open(block) + close()
  }

  /** Begins the block of the current part, if it has not begun. */
  function opened(): string {
    const block = current?.block
    if (!block) return ''
    current!.block = undefined
    return open(block)
  }

  function add(delta: WireDelta): string {
    return opened() + frame({ type: 'content_block_delta', index, delta })
  }

  /** Makes a part the current one, if it is not. Its block begins with its first delta, for it may turn out to be encrypted. */
  function become(part: number, block: Block): string {
    if (current?.part === part) return ''
    const text = end()
    current = { part, block, type: block.type, words: '' }
    return text
  }

  /** Ends the current part. */
  function end(signature?: Signature, fields?: Fields): string {
    if (!current) return ''
    const { type, block } = current
    const value = signature && encodeSignature(signature, id)
    let text = ''
    if (type !== 'thinking') text = opened() + close(fields) + encodeProof('text', signature).map(whole).join('')
    else if (block && signature?.encrypted) text = whole({ type: 'redacted_thinking', data: value })
    else text = (value ? add({ type: 'signature_delta', signature: value }) : opened()) + close(fields)
    current = undefined
    return text
  }

  function write(event: PartEvent): string {
    const { type, part } = event
    switch (type) {
      case 'reasoning-delta': {
        const text = become(part, emptyThought)
        return event.text ? text + add({ type: 'thinking_delta', thinking: event.text }) : text
      }
      case 'tool-call-start':
        return become(part, { type: 'tool_use', id: event.id, name: event.name, input: {} }) + opened()
      case 'tool-call-delta':
        if (current?.part !== part || !event.arguments) return ''
        return add({ type: 'input_json_delta', partial_json: event.arguments })
      case 'part-end':
        return current?.part === part ? end(event.signature, own(event)) : ''
      case 'part':
        return end() + encodePart(event.content).map(whole).join('')
      default: {
        const text = become(part, emptyText)
        if (type === 'citation') {
          const citation = encodeCitation(event.citation, current!.words)
          return citation ? text + add({ type: 'citations_delta', citation }) : text
        }
        refused ||= type === 'refusal-delta'
        current!.words += event.text
        return event.text ? text + add({ type: 'text_delta', text: event.text }) : text
      }
    }
  }

  /** Lets the waiting parts follow, up to one that is still open; all of them once the message has ended. */
  function follow(all: boolean): string {
    let text = ''
    for (const [part, events] of waiting) {
      if (current && !all) break
      waiting.delete(part)
      for (const event of events) text += write(event)
    }
    return text
  }

  function begin(): string {
    if (begun) return ''
    begun = true
    const message = encodeResponse({ ...head, choices: [], usage })
    if ('stop_details' in message) message.stop_details = null
    return frame({ type: 'message_start', message })
  }

  function finish(event: ChatEventOf<'message-end'>): string {
    const delta: WireDelta = encodeStop({ stop_reason: null }, stop, refused)
    const message: WireEvent = { type: 'message_delta', delta, usage: encodeUsage(usage, event.serviceTier) }
    const before = own(head)
    for (const [field, value] of Object.entries({ ...before, ...own(event) })) {
      if (field === 'stop_details' || field === 'container') delta[field] = value
      else if (before?.[field] !== value) message[field] = value
    }
    return frame(message) + frame({ type: 'message_stop' })
  }

  return {
    push(event) {
      const { type } = event
      if (type === 'message-start') head = event
      else if (type === 'usage') usage = event.usage
      else if (type === 'message-end') return begin() + follow(true) + end() + finish(event)
      else if (event.choice !== 0 || type === 'logprobs') return ''
      else if (type === 'finish') stop = event
      else {
        const queue = waiting.get(event.part)
        if (queue) queue.push(event)
        // A tool call cannot be interrupted: its input is one JSON text in one block.
        else if (current?.type === 'tool_use' && current.part !== event.part) waiting.set(event.part, [event])
        else return begin() + write(event) + (waiting.size > 0 ? follow(false) : '')
      }
      return ''
    },
    end: () => '',
    error: (error) => encodeNamedFrame('error', encodeError(error)),
  }
}

/** Tells from the text of a frame what must be known when its bytes pass through. */
export const passthrough: Passthrough<AnthropicQuirks> = {
  allowed: () => true,
  says: ['text', 'thinking', 'partial_json'],
  content: deltaContent,
  matters: (text) => !contentless.test(text) && !/"type":\s*"(ping|content_block_(start|delta|stop))"/.test(text),
}

const contentless = /^\s*((data:\s*)?\[DONE\]\s*)?$/

type PartEvent = Extract<ChatEvent, { part: number }>

interface CurrentPart {
  readonly part: number
  readonly type: string
  /** The block as it begins, until it has begun. */
  block: Block | undefined
  /** The text so far, for citations that point into it. */
  words: string
}

const emptyText: Block = { type: 'text', text: '' }
const emptyThought: Block = { type: 'thinking', thinking: '', signature: '' }

function frame(event: WireEvent): string {
  return encodeNamedFrame(event.type, event)
}

/** Adds a piece to a block of a type that we do not know: texts grow, anything else is replaced. */
function merge(block: Record<string, unknown>, delta: Fields): void {
  for (const field in delta) {
    const value = delta[field]
    const before = block[field]
    if (field !== 'type')
      block[field] = typeof value === 'string' && typeof before === 'string' ? before + value : value
  }
}

/** Adds the fields without a name of ours. A later value replaces an earlier one, but null replaces nothing. */
function update(fields: Record<string, unknown>, node: object = {}): void {
  const later = unknownFields(node, answerNames)
  for (const field in later) fields[field] = later[field] ?? fields[field] ?? null
}
