import type { GatewayError } from '../../errors.ts'
import type { ChatEvent, ChatEventOf, Signature } from '../../operations/chat/index.ts'
import type { Usage } from '../../operations/operation.ts'
import type { Passthrough, StreamDecoder, StreamEncoder, Target } from '../dialect.ts'
import { encodeSignature } from '../signature.ts'
import { encodeNamedFrame } from '../sse.ts'
import { decodeAnswerBlock, decodeCitation } from './content.ts'
import { decodeInnerError, encodeError, malformed } from './error.ts'
import type { AnthropicQuirks } from './quirks.ts'
import {
  decodeStop,
  decodeUsage,
  encodeAnswerPart,
  encodeAnyCitation,
  encodeHead,
  encodeStop,
  encodeStraySignature,
  encodeUsage,
  responseFields,
} from './response.ts'
import { type Block, extensionsOf, id, own, type WireDelta, type WireEvent, type WireUsage } from './wire.ts'

/** A block whose end has not come. */
interface OpenBlock {
  readonly part: number
  /** As it began, and, where the type of block is not known, with what came since. */
  readonly block: Block
  /** The input of a tool so far, as JSON text. */
  input: string
  signature: string
}

/** Decodes a stream. Works on `type` alone: some providers leave out the names of events. */
export function streamDecoder(target: Pick<Target<unknown>, 'provider'>): StreamDecoder<ChatEvent> {
  const open = new Map<number, OpenBlock>()
  let parts = 0
  let started = false
  let usage: WireUsage = {}
  let stop: { reason?: string | null | undefined; sequence?: string | null | undefined } = {}
  let extensions: Record<string, unknown> = {}

  function start(event: WireEvent, out: ChatEvent[]): void {
    // Some proxies send a second start when they begin anew: the answer goes on.
    if (!started) {
      const message = event.message ?? {}
      extend(message, responseFields)
      out.push({ type: 'message-start', id: message.id ?? '', model: message.model ?? '', ...extended() })
      started = true
    }
    report(event.message?.usage, out)
  }

  function begin(index: number, block: Block, out: ChatEvent[]): OpenBlock {
    const part = parts++
    const opened: OpenBlock = {
      part,
      block,
      input: '',
      signature: (block.type === 'thinking' && block.signature) || '',
    }
    open.set(index, opened)
    switch (block.type) {
      case 'text':
        out.push({ type: 'text-delta', choice: 0, part, text: block.text ?? '' })
        for (const citation of block.citations ?? []) {
          out.push({ type: 'citation', choice: 0, part, citation: decodeCitation(citation) })
        }
        break
      case 'thinking':
        out.push({ type: 'reasoning-delta', choice: 0, part, text: block.thinking ?? '' })
        break
      case 'redacted_thinking':
        out.push({ type: 'reasoning-delta', choice: 0, part, text: '' })
        break
      case 'tool_use':
        out.push({ type: 'tool-call-start', choice: 0, part, id: block.id ?? '', name: block.name ?? '' })
    }
    return opened
  }

  function add(index: number, delta: WireDelta, out: ChatEvent[]): void {
    const kind = delta.type === 'text_delta' ? 'text' : delta.type === 'thinking_delta' ? 'thinking' : undefined
    const opened = open.get(index) ?? (kind && begin(index, { type: kind }, out))
    if (!opened) return
    const { part, block } = opened
    if (kind === 'text' && block.type === 'text') {
      if (delta.text) out.push({ type: 'text-delta', choice: 0, part, text: delta.text })
    } else if (kind === 'thinking' && block.type === 'thinking') {
      if (delta.thinking) out.push({ type: 'reasoning-delta', choice: 0, part, text: delta.thinking })
    } else if (delta.type === 'input_json_delta') {
      opened.input += delta.partial_json ?? ''
      if (block.type === 'tool_use' && delta.partial_json) {
        out.push({ type: 'tool-call-delta', choice: 0, part, arguments: delta.partial_json })
      }
    } else if (delta.type === 'citations_delta' && block.type === 'text') {
      if (delta.citation) out.push({ type: 'citation', choice: 0, part, citation: decodeCitation(delta.citation) })
    } else if (delta.type === 'signature_delta' && block.type === 'thinking') {
      opened.signature = delta.signature ?? opened.signature
    } else merge(block, delta)
  }

  function close(index: number, out: ChatEvent[], end: object = {}): void {
    const opened = open.get(index)
    if (!opened) return
    open.delete(index)
    const { part, input, signature } = opened
    const block: Block = {
      ...opened.block,
      ...(signature && { signature }),
      ...extensionsOf(end, ['type', 'index'])?.extensions[id],
    }
    if (input !== '' && block.type !== 'tool_use') block.input = parsed(input)
    const whole = decodeAnswerBlock(block)
    switch (whole.type) {
      case 'tool-call':
        if (input === '') out.push({ type: 'tool-call-delta', choice: 0, part, arguments: whole.arguments })
        break
      case 'text':
      case 'reasoning':
        break
      default:
        out.push({ type: 'part', choice: 0, part, content: whole as ChatEventOf<'part'>['content'] })
        return
    }
    out.push({
      type: 'part-end',
      choice: 0,
      part,
      ...(whole.signature && { signature: whole.signature }),
      ...(whole.extensions && { extensions: whole.extensions }),
    })
  }

  function report(reported: WireUsage | null | undefined, out: ChatEvent[]): void {
    if (!reported) return
    // A later number replaces an earlier one; null says nothing.
    usage = { ...reported, ...usage, ...told(reported) }
    out.push({ type: 'usage', usage: decodeUsage(usage) })
  }

  function extend(node: object, known: readonly string[]): void {
    const rest = extensionsOf(node, known)?.extensions[id]
    if (rest) extensions = { ...rest, ...extensions, ...told(rest) }
  }

  function extended(): { extensions?: { [id]: Record<string, unknown> } } {
    return Object.keys(extensions).length > 0 ? { extensions: { [id]: extensions } } : {}
  }

  function read(event: WireEvent, out: ChatEvent[]): void {
    switch (event.type) {
      case 'message_start':
        start(event, out)
        break
      case 'content_block_start':
        if (event.content_block) begin(event.index ?? 0, event.content_block, out)
        break
      case 'content_block_delta':
        if (event.delta) add(event.index ?? 0, event.delta, out)
        break
      case 'content_block_stop':
        close(event.index ?? 0, out, event)
        break
      case 'message_delta': {
        const { stop_reason: reason, stop_sequence: sequence } = event.delta ?? {}
        if (reason) stop = { reason, sequence }
        extend(event.delta ?? {}, ['stop_reason', 'stop_sequence'])
        extend(event, ['type', 'delta', 'usage'])
        report(event.usage, out)
      }
    }
  }

  return {
    push({ data }, out) {
      if (data === '' || data === '[DONE]') return
      let event: WireEvent
      try {
        event = JSON.parse(data) as WireEvent
        read(event, out)
      } catch {
        throw malformed(target, 'An event of the stream is not JSON, or has a field of the wrong type.')
      }
      if (event.error || event.type === 'error') throw decodeInnerError(event, target)
    },
    end(out) {
      for (const index of [...open.keys()]) close(index, out)
      const { finishReason, ...rest } = decodeStop(stop.reason, stop.sequence)
      if (finishReason) out.push({ type: 'finish', choice: 0, finishReason, ...rest })
      const tier = usage.service_tier
      out.push({ type: 'message-end', ...(typeof tier === 'string' && { serviceTier: tier }), ...extended() })
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
  let current: OpenPart | undefined
  let blocks = 0

  function frame(type: string, fields: object): string {
    return encodeNamedFrame(type, { type, index: blocks, ...fields })
  }

  function open(block: Block): string {
    return frame('content_block_start', { content_block: block })
  }

  function delta(value: WireDelta): string {
    return frame('content_block_delta', { delta: value })
  }

  function close(end: object = {}): string {
    const text = frame('content_block_stop', end)
    blocks++
    return text
  }

  /** Ends the current part. A thought without a text begins only here, for it may turn out to be encrypted. */
  function endCurrent(signature?: Signature, end?: object): string {
    if (!current) return ''
    const { type, opened } = current
    current = undefined
    if (type !== 'thinking') {
      return (
        close(end) +
        encodeStraySignature(type === 'text' ? 'text' : 'tool-call', signature)
          .map(whole)
          .join('')
      )
    }
    if (!opened && signature?.encrypted)
      return whole({ type: 'redacted_thinking', data: encodeSignature(signature, id) })
    return (
      (opened ? '' : open(emptyThought)) +
      (signature ? delta({ type: 'signature_delta', signature: encodeSignature(signature, id) }) : '') +
      close(end)
    )
  }

  function whole(block: Block): string {
    return open(block) + close()
  }

  /** Makes a part the current one, if it is not. */
  function become(part: number, type: 'text' | 'thinking'): string {
    if (current?.part === part) return ''
    const text = endCurrent()
    current = { part, type, text: '', opened: type === 'text' }
    return type === 'text' ? text + open({ type, text: '' }) : text
  }

  function write(event: PartEvent): string {
    switch (event.type) {
      case 'text-delta':
      case 'refusal-delta': {
        if (event.type === 'refusal-delta') refused = true
        const text = become(event.part, 'text')
        current!.text += event.text
        return event.text === '' ? text : text + delta({ type: 'text_delta', text: event.text })
      }
      case 'citation': {
        const text = become(event.part, 'text')
        const citation = encodeAnyCitation(event.citation, current!.text)
        return citation ? text + delta({ type: 'citations_delta', citation }) : text
      }
      case 'reasoning-delta': {
        let text = become(event.part, 'thinking')
        if (event.text === '') return text
        if (!current!.opened) text += open(emptyThought)
        current!.opened = true
        return text + delta({ type: 'thinking_delta', thinking: event.text })
      }
      case 'tool-call-start': {
        const text = endCurrent()
        current = { part: event.part, type: 'tool_use', text: '', opened: true }
        return text + open({ type: 'tool_use', id: event.id, name: event.name, input: {} })
      }
      case 'tool-call-delta':
        if (current?.part !== event.part || event.arguments === '') return ''
        return delta({ type: 'input_json_delta', partial_json: event.arguments })
      case 'part':
        return endCurrent() + encodeAnswerPart(event.content).map(whole).join('')
      case 'part-end':
        return current?.part === event.part ? endCurrent(event.signature, own(event)) : ''
    }
  }

  /** Lets the waiting parts follow, up to one that is still open; all of them once the message has ended. */
  function follow(all = false): string {
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
    const rest = own(head)
    return encodeNamedFrame('message_start', {
      type: 'message_start',
      message: {
        ...encodeHead(head),
        content: [],
        ...encodeStop({}),
        usage: encodeUsage(usage, undefined),
        ...rest,
        ...('stop_details' in rest && { stop_details: null }),
      },
    })
  }

  return {
    push(event) {
      switch (event.type) {
        case 'message-start':
          head = event
          return ''
        case 'usage':
          usage = event.usage
          return ''
        case 'finish':
          if (event.choice === 0) stop = event
          return ''
        case 'logprobs':
          return ''
        case 'message-end': {
          const text = begin() + follow(true) + endCurrent()
          const { stop_details, container, ...rest } = { ...own(head), ...own(event) }
          const end = {
            type: 'message_delta',
            delta: {
              ...encodeStop(stop, refused),
              ...(stop_details !== undefined && { stop_details }),
              ...(container !== undefined && { container }),
            },
            usage: encodeUsage(usage, event.serviceTier),
            ...Object.fromEntries(Object.entries(rest).filter(([key, value]) => own(head)[key] !== value)),
          }
          return `${text}${encodeNamedFrame('message_delta', end)}${encodeNamedFrame('message_stop', { type: 'message_stop' })}`
        }
        default: {
          if (event.choice !== 0) return ''
          const queue = waiting.get(event.part)
          if (queue) queue.push(event)
          // A tool call cannot be interrupted: its input is one JSON text in one block.
          else if (current?.type === 'tool_use' && current.part !== event.part) waiting.set(event.part, [event])
          else {
            const text = begin() + write(event)
            return waiting.size > 0 ? text + follow() : text
          }
          return ''
        }
      }
    },
    end: () => '',
    error: (error: GatewayError) => encodeNamedFrame('error', encodeError(error)),
  }
}

/** Tells from the text of a frame what must be known when its bytes pass through. */
export const passthrough: Passthrough<AnthropicQuirks> = {
  allowed: () => true,
  matters: (data) => !contentless.test(data) && !/"type":\s*"content_block_(start|delta|stop)"/.test(data),
}

const contentless = /^\s*(data:\s*\[DONE\]\s*|\[DONE\]\s*)?$|"type":\s*"ping"/

type PartEvent = Extract<ChatEvent, { part: number }>

interface OpenPart {
  readonly part: number
  readonly type: 'text' | 'thinking' | 'tool_use'
  /** The text so far, for citations that point into it. */
  text: string
  opened: boolean
}

const emptyThought: Block = { type: 'thinking', thinking: '', signature: '' }

/** Adds a piece to a block of a type that we do not know: texts grow, anything else is replaced. */
function merge(block: Block, delta: WireDelta): void {
  const node = block as unknown as Record<string, unknown>
  for (const [key, value] of Object.entries(delta)) {
    if (key !== 'type')
      node[key] = typeof value === 'string' && typeof node[key] === 'string' ? node[key] + value : value
  }
}

/** The fields that are not null. */
function told(node: object): object {
  return Object.fromEntries(Object.entries(node).filter(([, value]) => value !== null))
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
