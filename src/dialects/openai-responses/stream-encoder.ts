import type {
  ChatEvent,
  ChatEventOf,
  ChatRequest,
  ReasoningPart,
  RefusalPart,
  TextPart,
  ToolCallPart,
} from '../../operations/chat/index.ts'
import type { Usage } from '../../operations/operation.ts'
import type { StreamEncoder } from '../dialect.ts'
import { type Fields, isFields } from '../fields.ts'
import { encodeNamedFrame } from '../sse.ts'
import { encodeCitation, encodeLogprob } from './content.ts'
import { encodeError } from './error.ts'
import { encodeFinish } from './finish.ts'
import { encodeItems, encodeProof, type Reader } from './items.ts'
import { encodeAnswer, putLogprobs } from './response.ts'
import { encodeUsage } from './usage.ts'
import {
  type Draft,
  id as dialectId,
  extensionsOf,
  makeId,
  own,
  type WireAnnotation,
  type WireContent,
  type WireItem,
  type WireLogprob,
  type WireResponse,
} from './wire.ts'

type Said = Draft<TextPart | RefusalPart | ReasoningPart | ToolCallPart>
type Kind = 'message' | 'reasoning' | 'call'

/** An item that has been announced. */
interface OpenItem {
  readonly kind: Kind
  readonly id: string
  readonly index: number
  readonly parts: OpenPart[]
  /** How many of its parts have not ended. */
  running: number
}

/** A part, and its place among those of its item. */
interface OpenPart {
  readonly item: OpenItem
  readonly place: number
  readonly said: Said
  readonly annotations: WireAnnotation[]
  readonly logprobs: WireLogprob[]
  /** A thought has a summary only once it says something. */
  begun: boolean
  ended: boolean
}

/**
 * Encodes a stream. Parts that are open at the same time and follow each other belong to one item, as the decoder of
 * this format has them; all others are items of their own.
 */
export function streamEncoder(request: ChatRequest): StreamEncoder<ChatEvent> {
  const parts = new Map<number, OpenPart>()
  const output: WireItem[] = []
  let head: ChatEventOf<'message-start'> = { type: 'message-start', id: '', model: '' }
  let begun = false
  let sequence = 0
  let items = 0
  let open: OpenItem | undefined
  let usage: Usage = {}
  let stop: Partial<ChatEventOf<'finish'>> = {}
  /** Probabilities of tokens that came too late for their text: they are told at the end. */
  const late: WireLogprob[] = []

  function frame(type: string, fields: object): string {
    return encodeNamedFrame(type, { type, sequence_number: sequence++, ...fields })
  }

  function respond(type: string, response: WireResponse): string {
    return frame(`response.${type}`, { response })
  }

  function begin(): string {
    if (begun) return ''
    begun = true
    const state = { status: 'in_progress', incomplete_details: null, output: [], usage: null }
    const response = encodeAnswer(state, head, request, undefined)
    return respond('created', response) + respond('in_progress', response)
  }

  /** Announces an item. */
  function add(kind: Kind, prefix: string, item: WireItem): string {
    const index = items++
    const id = makeId(prefix, index, head.id)
    open = { kind, id, index, parts: [], running: 0 }
    return frame('response.output_item.added', { output_index: index, item: { id, ...item } })
  }

  /** Begins a part: in the item that is open, if that is of its kind and none of its parts has ended. */
  function beginPart(number: number, said: Said): string {
    const kind = said.type === 'reasoning' ? 'reasoning' : said.type === 'tool-call' ? 'call' : 'message'
    let text = ''
    if (!open || kind === 'call' || open.kind !== kind || open.running < open.parts.length) text = announce(said)
    const item = open!
    const part: OpenPart = {
      item,
      place: item.parts.length,
      said,
      annotations: [],
      logprobs: [],
      begun: false,
      ended: false,
    }
    item.parts.push(part)
    item.running++
    parts.set(number, part)
    return kind === 'message' ? text + beginPiece(part) : text
  }

  function announce(said: Said): string {
    if (said.type === 'reasoning') return add('reasoning', 'rs', { type: 'reasoning', summary: [] })
    if (said.type !== 'tool-call') {
      return add('message', 'msg', { type: 'message', status: 'in_progress', role: 'assistant', content: [] })
    }
    const { id: call_id, name } = said
    const call = { status: 'in_progress', call_id, name }
    return isCustom(said)
      ? add('call', 'ctc', { type: 'custom_tool_call', ...call, input: '' })
      : add('call', 'fc', { type: 'function_call', ...call, arguments: '' })
  }

  /** The fields that every event of a part has. */
  function at({ item, place, said }: OpenPart): object {
    const { id: item_id, index: output_index } = item
    if (said.type === 'tool-call') return { item_id, output_index }
    return { item_id, output_index, [said.type === 'reasoning' ? 'summary_index' : 'content_index']: place }
  }

  function beginPiece(part: OpenPart): string {
    part.begun = true
    return part.said.type === 'reasoning'
      ? frame('response.reasoning_summary_part.added', { ...at(part), part: { type: 'summary_text', text: '' } })
      : frame('response.content_part.added', { ...at(part), part: pieceOf(part, '') })
  }

  function grow(number: number, type: 'text' | 'reasoning' | 'refusal', delta: string): string {
    let text = parts.has(number) ? '' : beginPart(number, { type, text: '' })
    const part = parts.get(number)!
    if (delta === '' || part.ended) return text
    if (!part.begun) text += beginPiece(part)
    ;(part.said as Draft<TextPart>).text += delta
    if (type === 'reasoning') return text + frame('response.reasoning_summary_text.delta', { ...at(part), delta })
    if (type === 'refusal') return text + frame('response.refusal.delta', { ...at(part), delta })
    return text + frame('response.output_text.delta', { ...at(part), delta, logprobs: [] })
  }

  function growCall(number: number, delta: string): string {
    const part = parts.get(number)
    if (!part || part.ended || delta === '') return ''
    const said = part.said as Draft<ToolCallPart>
    said.arguments += delta
    const name = isCustom(said) ? 'custom_tool_call_input' : 'function_call_arguments'
    return frame(`response.${name}.delta`, { ...at(part), delta })
  }

  function cite({ part: number, citation }: ChatEventOf<'citation'>): string {
    const text = parts.has(number) ? '' : beginPart(number, { type: 'text', text: '' })
    const part = parts.get(number)!
    const said = part.said as Draft<TextPart>
    const annotation = encodeCitation(citation, said.text)
    if (!annotation || said.type !== 'text') return text
    said.citations = [...(said.citations ?? []), citation]
    const annotation_index = part.annotations.push(annotation) - 1
    return text + frame('response.output_text.annotation.added', { ...at(part), annotation_index, annotation })
  }

  function tellLogprobs(logprobs: readonly WireLogprob[]): string {
    const part = open?.kind === 'message' ? open.parts.at(-1) : undefined
    if (part?.said.type !== 'text' || part.ended) {
      for (const logprob of logprobs) late.push(logprob)
      return ''
    }
    for (const logprob of logprobs) part.logprobs.push(logprob)
    return frame('response.output_text.delta', { ...at(part), delta: '', logprobs })
  }

  /** Ends a part, and its item once all parts of that have ended. */
  function endPart(part: OpenPart, event?: ChatEventOf<'part-end'>): string {
    if (part.ended) return ''
    part.ended = true
    const { said, item } = part
    const fields = event && own(event)
    if (event?.signature) (said as Draft<TextPart>).signature = event.signature
    if (fields) said.extensions = extensionsOf(said.type === 'reasoning' ? withoutType(fields) : fields)
    const text = endPiece(part)
    item.running--
    if (item.running > 0) return text
    if (open === item) open = undefined
    return text + endItem(item)
  }

  function endPiece(part: OpenPart): string {
    const { said } = part
    if (said.type === 'tool-call') {
      const { name, arguments: words } = said
      return isCustom(said)
        ? frame('response.custom_tool_call_input.done', { ...at(part), input: words })
        : frame('response.function_call_arguments.done', { ...at(part), name, arguments: words })
    }
    if (!part.begun) return ''
    const { text } = said
    if (said.type === 'reasoning') {
      return (
        frame('response.reasoning_summary_text.done', { ...at(part), text }) +
        frame('response.reasoning_summary_part.done', { ...at(part), part: { type: 'summary_text', text } })
      )
    }
    const piece = pieceOf(part, text)
    const whole = said.type === 'text' ? { text, logprobs: part.logprobs } : { refusal: text }
    return (
      frame(`response.${piece.type}.done`, { ...at(part), ...whole }) +
      frame('response.content_part.done', { ...at(part), part: piece })
    )
  }

  function endItem({ id, index, parts, kind }: OpenItem): string {
    const said = parts.map(({ said }) => said)
    // The first of them begins the item, whether it has fields of it or not.
    const [first] = said
    const fields = own(first!)
    if (kind !== 'call') first!.extensions = extensionsOf({ ...fields, item: { ...fields?.item } })
    for (const { type } of said) if (type === 'tool-call' && isCustom(first as ToolCallPart)) markCustom(first!)
    const proofs = said.map((part) => (kind === 'reasoning' ? undefined : (part as TextPart).signature))
    if (kind !== 'reasoning') for (const part of said) delete (part as Draft<TextPart>).signature
    const [item] = encodeItems(said, readerAt(index)) as [WireItem]
    for (const { place, logprobs } of parts) {
      if (logprobs.length > 0) (item.content as WireContent[])[place]!.logprobs = logprobs
    }
    // Tells all ids as they were announced; the last event alone has those that the provider gave.
    let text = frame('response.output_item.done', { output_index: index, item: { ...item, id } })
    output[index] = item
    for (const signature of proofs) {
      const proof = encodeProof(signature, items, head.id)
      if (proof) text += addWhole(proof)
    }
    return text
  }

  function readerAt(start: number): Reader {
    return { application: true, answer: head.id, start, leaveOut() {} }
  }

  /** Says an item that comes whole. */
  function addWhole(item: WireItem): string {
    const output_index = items++
    output[output_index] = item
    return (
      frame('response.output_item.added', { output_index, item }) +
      frame('response.output_item.done', { output_index, item })
    )
  }

  function finish({ serviceTier, extensions }: ChatEventOf<'message-end'>): string {
    let text = begin()
    for (const part of parts.values()) text += endPart(part)
    if (late.length > 0) putLogprobs(output, late)
    const ending = encodeFinish(stop)
    const last = { ...head, extensions: { ...head.extensions, ...extensions } }
    const response = encodeAnswer({ ...ending, output, usage: encodeUsage(usage) }, last, request, serviceTier)
    return text + respond(ending.status === 'incomplete' ? 'incomplete' : 'completed', response)
  }

  function isCustom({ name }: Pick<ToolCallPart, 'name'>): boolean {
    return !!request.tools?.some(
      (tool) => tool.type === 'hosted' && tool.value['type'] === 'custom' && tool.value['name'] === name,
    )
  }

  return {
    push(event) {
      const { type } = event
      if (type === 'message-start') head = event
      else if (type === 'usage') usage = event.usage
      else if (type === 'message-end') return finish(event)
      else if (event.choice !== 0) return ''
      else if (type === 'finish') stop = event
      else if (type === 'logprobs') return tellLogprobs(event.logprobs.map(encodeLogprob))
      else return begin() + write(event)
      return type === 'message-start' ? begin() : ''
    },
    end: () => '',
    error(error) {
      const { error: told } = encodeError(error) as { readonly error: object }
      return frame('error', { ...told, type: 'error', error: told })
    },
  }

  function write(event: PartEvent): string {
    const { part } = event
    switch (event.type) {
      case 'text-delta':
      case 'reasoning-delta':
      case 'refusal-delta':
        return grow(part, event.type.slice(0, -6) as 'text', event.text)
      case 'tool-call-start':
        return beginPart(part, { type: 'tool-call', id: event.id, name: event.name, arguments: '' })
      case 'tool-call-delta':
        return growCall(part, event.arguments)
      case 'citation':
        return cite(event)
      case 'part-end': {
        const ended = parts.get(part)
        return ended ? endPart(ended, event) : ''
      }
      default:
        open = undefined
        return encodeItems([event.content], readerAt(items)).map(addWhole).join('')
    }
  }
}

type PartEvent = Extract<ChatEvent, { part: number }>

/** A piece of a message. */
function pieceOf({ said, annotations, logprobs }: OpenPart, text: string): WireContent {
  return said.type === 'refusal'
    ? { type: 'refusal', refusal: text }
    : { type: 'output_text', text, annotations, logprobs }
}

/** A stream has told a thought as a summary before it is known that it is none. */
function withoutType({ type: _, ...fields }: Fields): Fields {
  return fields
}

function markCustom(said: Said): void {
  const { item, ...rest } = own(said) ?? {}
  said.extensions = { [dialectId]: { ...rest, item: { ...(isFields(item) ? item : {}), type: 'custom_tool_call' } } }
}
