import { type ChatEvent, type ChatEventOf, type MediaPart, unfold } from '../../operations/chat/index.ts'
import type { StreamDecoder, Target } from '../dialect.ts'
import { compact, type Fields, idOf, isFields } from '../fields.ts'
import { encodeToolInput } from '../tool-input.ts'
import { decodeBlock, decodeCitation, decodeReasoning, runsItself } from './content.ts'
import { decodeInnerError, malformed } from './error.ts'
import { decodeResponse, decodeStop, restOf } from './response.ts'
import { decodeUsage } from './usage.ts'
import { type Block, extensionsOf, type WireDelta, type WireEvent } from './wire.ts'

/** A block whose end has not come. */
interface OpenBlock {
  readonly part: number
  readonly type: 'text' | 'reasoning' | 'tool-call' | 'whole'
  /** A block that comes whole, so far. */
  readonly block: Block
  /** The input of a tool so far, as JSON text. */
  json: string
  signature: string | undefined
  redacted: string | undefined
}

/** Decodes a stream. Only tools, their results and pictures begin with an event of their own; all else with its first delta. */
export function streamDecoder(target: Pick<Target<unknown>, 'provider' | 'model'>): StreamDecoder<ChatEvent> {
  const open = new Map<number, OpenBlock>()
  const rest: Record<string, unknown> = {}
  let serviceTier: string | undefined
  let parts = 0
  let hasCalls = false
  let started = false
  let whole = false

  function start(out: ChatEvent[]): void {
    if (started) return
    started = true
    out.push({ type: 'message-start', id: '', model: target.model })
  }

  function begin(index: number, type: OpenBlock['type'], block: Block = {}): OpenBlock {
    const opened = { part: parts++, type, block, json: '', signature: undefined, redacted: undefined }
    open.set(index, opened)
    return opened
  }

  function beginWith(index: number, block: Block, out: ChatEvent[]): void {
    const { toolUse, toolResult } = block
    if (!toolUse || runsItself(block)) {
      begin(index, 'whole', toolResult ? { toolResult: { ...toolResult, content: [] } } : { ...block })
      return
    }
    hasCalls = true
    const { part } = begin(index, 'tool-call')
    out.push({ type: 'tool-call-start', choice: 0, part, id: idOf(toolUse.toolUseId), name: idOf(toolUse.name) })
  }

  function add(index: number, delta: WireDelta, out: ChatEvent[]): void {
    const { text, citation, reasoningContent, toolUse } = delta
    const type = typeof text === 'string' || citation ? 'text' : reasoningContent && 'reasoning'
    let opened = open.get(index)
    const isNew = type && opened?.type !== type
    if (isNew) {
      close(index, out)
      opened = begin(index, type)
    }
    if (!opened) return
    const { part } = opened
    if (citation) out.push({ type: 'citation', choice: 0, part, citation: decodeCitation(citation) })
    else if (type === 'text') {
      if (isNew || text) out.push({ type: 'text-delta', choice: 0, part, text: text! })
    } else if (reasoningContent) {
      const { text = '', signature, redactedContent } = reasoningContent
      if (isNew || text) out.push({ type: 'reasoning-delta', choice: 0, part, text })
      if (signature) opened.signature = (opened.signature ?? '') + signature
      if (redactedContent) opened.redacted = (opened.redacted ?? '') + redactedContent
    } else if (toolUse) {
      const { input } = toolUse
      const piece = typeof input === 'string' ? input : input ? JSON.stringify(input) : ''
      opened.json += piece
      if (piece && opened.type === 'tool-call') out.push({ type: 'tool-call-delta', choice: 0, part, arguments: piece })
    } else extend(opened.block, delta)
  }

  function close(index: number, out: ChatEvent[]): void {
    const opened = open.get(index)
    if (!opened) return
    open.delete(index)
    const { part, type, block, json, signature, redacted } = opened
    if (type === 'whole') {
      if (block.toolUse) block.toolUse = { ...block.toolUse, input: encodeToolInput(json) }
      out.push({ type: 'part', choice: 0, part, content: decodeBlock(block) as MediaPart })
      return
    }
    if (type === 'tool-call' && !json) out.push({ type: 'tool-call-delta', choice: 0, part, arguments: '{}' })
    const proof = decodeReasoning('', signature, redacted).signature
    out.push(compact<ChatEventOf<'part-end'>>({ type: 'part-end', choice: 0, part, signature: proof }))
  }

  function read(name: string, event: WireEvent, out: ChatEvent[]): void {
    const { contentBlockIndex: index = 0, start: block, delta, usage, serviceTier: tier } = event
    start(out)
    switch (name) {
      case 'contentBlockStart':
        // Some begin a text too, with nothing in it.
        if (block && Object.keys(block).length > 0) beginWith(index, block, out)
        break
      case 'contentBlockDelta':
        if (delta) add(index, delta, out)
        break
      case 'contentBlockStop':
        close(index, out)
        break
      case 'messageStop': {
        for (const index of open.keys()) close(index, out)
        const { finishReason, ...stop } = decodeStop(event, hasCalls)
        if (finishReason) out.push({ type: 'finish', choice: 0, finishReason, ...stop })
        Object.assign(rest, restOf(event))
        break
      }
      // The last event: it follows the end of the message.
      case 'metadata':
        if (usage) out.push({ type: 'usage', usage: decodeUsage(usage) })
        serviceTier = tier?.type ?? serviceTier
        Object.assign(rest, restOf(event))
    }
  }

  return {
    push({ event, data }, out) {
      const value = parsed(data)
      if (!value) throw malformed(target)
      if (event === undefined) {
        // A whole answer in place of a stream.
        whole = true
        out.push(...unfold(decodeResponse(value, target)))
        return
      }
      if (/exception$/i.test(event)) throw decodeInnerError({ __type: event, ...value }, target)
      try {
        read(event, value as WireEvent, out)
      } catch {
        throw malformed(target)
      }
    },
    end(out) {
      if (whole) return
      for (const index of open.keys()) close(index, out)
      out.push(
        compact<ChatEventOf<'message-end'>>({ type: 'message-end', serviceTier, extensions: extensionsOf(rest) }),
      )
    },
  }
}

function parsed(data: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(data)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Adds a piece to a block that comes whole: the results of a tool, the bytes of a picture. */
function extend(block: Block, { toolResult, image }: WireDelta): void {
  if (toolResult && block.toolResult) {
    block.toolResult = { ...block.toolResult, content: [...block.toolResult.content, ...toolResult] }
  }
  if (image?.source?.bytes && block.image) {
    block.image = { ...block.image, source: { bytes: (block.image.source?.bytes ?? '') + image.source.bytes } }
  }
}
