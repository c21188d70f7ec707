import type { ChatEvent, ChatEventOf, MediaPart, Signature } from '../../operations/chat/index.ts'
import type { StreamDecoder, Target } from '../dialect.ts'
import { compact, type Fields, idOf, isFields, type Names, unknownFields } from '../fields.ts'
import { decodeSignature } from '../signature.ts'
import { decodeCitation, decodeLogprob, textNames } from './content.ts'
import { decodeInnerError, malformed } from './error.ts'
import { decodeFinish } from './finish.ts'
import { decodeProof, plainThought } from './items.ts'
import { decodeUsage } from './usage.ts'
import {
  type Draft,
  extensionsOf,
  id,
  restOf,
  type WireContent,
  type WireEvent,
  type WireItem,
  type WireLogprob,
  type WireResponse,
} from './wire.ts'

/** The fields of an answer with names of ours. */
export const answerNames: Names = {
  id: true,
  object: true,
  created_at: true,
  status: true,
  model: true,
  output: true,
  usage: true,
  incomplete_details: true,
  service_tier: true,
  error: true,
}

type Spoken = 'text-delta' | 'refusal-delta' | 'reasoning-delta'

/** A part of an item, and how much of it has been said. */
interface OpenPart {
  readonly part: number
  length: number
  citations: number
  logprobs: boolean
}

/** An item whose end may not have come. Its parts are found by their list and their place in it. */
interface OpenItem {
  item: WireItem
  readonly parts: Map<string, OpenPart>
  /** The arguments of a call, as long as its name is not known. */
  held: string
  closed: boolean
}

/** What the events of growing text are about: the list in which it stands, and what its whole text is called at the end. */
const pieces: Readonly<Record<string, readonly [list: 'content' | 'summary' | 'call', whole: string, type: Spoken]>> = {
  output_text: ['content', 'text', 'text-delta'],
  refusal: ['content', 'refusal', 'refusal-delta'],
  reasoning_text: ['content', 'text', 'reasoning-delta'],
  reasoning_summary_text: ['summary', 'text', 'reasoning-delta'],
  function_call_arguments: ['call', 'arguments', 'text-delta'],
  custom_tool_call_input: ['call', 'input', 'text-delta'],
}

/** Decodes a stream. Works on `type` and `output_index` alone: some leave out the names of events, some change the ids of items. */
export function streamDecoder(target: Pick<Target<unknown>, 'provider'>): StreamDecoder<ChatEvent> {
  const answer = new Answer()
  return {
    push({ data }, out) {
      if (answer.done || data === '' || data.startsWith('[DONE]')) return
      answer.out = out
      let event: WireEvent
      try {
        event = JSON.parse(data) as WireEvent
        if (!isFields(event)) throw undefined
        answer.read(event)
      } catch {
        throw malformed(target)
      }
      const failed = event.type === 'response.failed' ? event.response : event
      if (failed?.error || event.type === 'error' || event.type === 'response.failed') {
        // What follows an error only repeats it.
        answer.done = true
        throw decodeInnerError(failed?.error ? { error: failed.error } : event.type === 'error' ? event : {}, target)
      }
    },
    end(out) {
      answer.out = out
      answer.finish()
    },
    get done() {
      return answer.done
    },
  }
}

/** Reads a whole answer as a stream of one event, so that the two cannot differ. */
export function decodeWhole(response: WireResponse): readonly ChatEvent[] {
  const answer = new Answer()
  answer.read({ type: 'response.completed', response })
  return answer.out
}

class Answer {
  out: ChatEvent[] = []
  done = false
  readonly #items = new Map<number, OpenItem>()
  /** The end of the last part, which waits: a proof that belongs to it may follow. */
  #ending: Draft<ChatEventOf<'part-end'>> | undefined
  #started = false
  #parts = 0
  #hasCalls = false
  #last = 0

  read(event: WireEvent): void {
    const { type = '', response, item, output_index: index = this.#last } = event
    this.#last = index
    if (type.endsWith('.delta')) this.#grow(index, type.slice(9, -6), event, event.delta, false)
    else if (response) this.#respond(type, response)
    else if (type === 'response.output_item.added' && item) this.#begin(index, item)
    else if (type === 'response.output_item.done' && item) this.#complete(index, item)
    else if (type === 'response.output_text.annotation.added' && event.annotation) {
      const part = this.#partOf(this.#itemAt(index, 'message'), `content${event.content_index ?? 0}`, 'text-delta')
      part.citations++
      const citation = decodeCitation(event.annotation)
      this.out.push({ type: 'citation', choice: 0, part: part.part, citation })
    } else if (type.endsWith('.done')) {
      const name = type.slice(9, -5)
      this.#grow(index, name, event, event[pieces[name]?.[1] ?? ''], true)
    }
  }

  /** Closes what is open, and says the end, with its reason where that is known. */
  finish(response?: WireResponse): void {
    if (this.done) return
    this.done = true
    for (const [index, { item }] of this.#items) {
      const last = response?.output?.[index]
      this.#complete(index, last?.type === item.type ? last! : item)
    }
    this.#flush()
    if (response?.usage) this.out.push({ type: 'usage', usage: decodeUsage(response.usage) })
    if (response) this.out.push({ type: 'finish', choice: 0, ...decodeFinish(response, this.#hasCalls) })
    const serviceTier = response?.service_tier
    const extensions = response && extensionsOf(unknownFields(response, answerNames))
    this.out.push(compact<ChatEventOf<'message-end'>>({ type: 'message-end', serviceTier, extensions }))
  }

  #respond(type: string, response: WireResponse): void {
    if (!this.#started) {
      this.#started = true
      const { created_at: created } = response
      const id = idOf(response.id)
      const model = idOf(response.model)
      const extensions = extensionsOf(unknownFields(response, answerNames))
      this.out.push(compact<ChatEventOf<'message-start'>>({ type: 'message-start', id, model, created, extensions }))
    }
    if (type === 'response.failed') {
      if (response.usage) this.out.push({ type: 'usage', usage: decodeUsage(response.usage) })
    } else if (type === 'response.completed' || type === 'response.incomplete') {
      // Some leave the output out at the end, some say it only there.
      const known = new Set<unknown>()
      for (const { item } of this.#items.values()) known.add(item.call_id ?? item.id)
      for (const [index, item] of (response.output ?? []).entries()) {
        if (!this.#items.has(index) && !known.has(item.call_id ?? item.id ?? known)) this.#complete(index, item)
      }
      this.finish(response)
    }
  }

  #begin(index: number, item: WireItem): OpenItem {
    const opened: OpenItem = { item, parts: new Map(), held: '', closed: false }
    this.#items.set(index, opened)
    const proof = decodeProof(item)
    if (proof && this.#ending) {
      this.#ending.signature = proof
      opened.closed = true
    }
    this.#flush()
    if (isCall(item)) this.#hasCalls = true
    if (isCall(item) && item.name) this.#startCall(opened)
    return opened
  }

  /** Finds an item that is open, or one that nobody has opened. */
  #itemAt(index: number, type: string): OpenItem {
    return this.#items.get(index) ?? this.#begin(index, { type })
  }

  /** Adds to a text; or, at its end, what is missing of it. */
  #grow(index: number, name: string, event: WireEvent, text: unknown, whole: boolean): void {
    const piece = pieces[name]
    if (!piece || typeof text !== 'string') return
    const [list, , type] = piece
    if (list === 'call') {
      this.#addArguments(this.#itemAt(index, 'function_call'), text, whole)
      return
    }
    const opened = this.#itemAt(index, type === 'reasoning-delta' ? 'reasoning' : 'message')
    const place = list === 'summary' ? event.summary_index : event.content_index
    const part = this.#say(opened, `${list}${place ?? 0}`, type, text, whole)
    if (event.logprobs?.length && !(whole && part.logprobs)) this.#tellLogprobs(part, event.logprobs)
  }

  #say(opened: OpenItem, key: string, type: Spoken, said: string, whole: boolean): OpenPart {
    const isNew = !opened.parts.has(key)
    const part = this.#partOf(opened, key)
    const text = whole ? said.slice(part.length) : said
    if ((text || isNew) && !opened.closed) this.out.push({ type, choice: 0, part: part.part, text })
    part.length += text.length
    return part
  }

  #partOf({ parts }: OpenItem, key: string, type?: Spoken): OpenPart {
    const known = parts.get(key)
    if (known) return known
    const part: OpenPart = { part: this.#parts++, length: 0, citations: 0, logprobs: false }
    parts.set(key, part)
    if (type) this.out.push({ type, choice: 0, part: part.part, text: '' })
    return part
  }

  #tellLogprobs(part: OpenPart, logprobs: readonly WireLogprob[]): void {
    part.logprobs = true
    this.out.push({ type: 'logprobs', choice: 0, logprobs: logprobs.map(decodeLogprob) })
  }

  #startCall(opened: OpenItem): OpenPart {
    const { call_id, id, name } = opened.item
    const part = this.#partOf(opened, 'call')
    this.out.push({ type: 'tool-call-start', choice: 0, part: part.part, id: idOf(call_id || id), name: idOf(name) })
    if (opened.held) this.#addArguments(opened, opened.held, false)
    return part
  }

  #addArguments(opened: OpenItem, text: string, whole: boolean): void {
    // What the provider calls itself is told when it is whole.
    if (!isCall(opened.item) || opened.closed) return
    const part = opened.parts.get('call')
    if (!part) {
      opened.held = whole ? text : opened.held + text
      return
    }
    const rest = whole ? text.slice(part.length) : text
    if (rest) this.out.push({ type: 'tool-call-delta', choice: 0, part: part.part, arguments: rest })
    part.length += rest.length
  }

  /** Says what is missing of an item that is whole, and closes its parts. */
  #complete(index: number, item: WireItem): void {
    const opened = this.#items.get(index) ?? this.#begin(index, item)
    if (opened.closed) return
    opened.item = { ...opened.item, ...item }
    const { type, content, summary } = opened.item
    if (type === 'message' && Array.isArray(content)) this.#completeMessage(opened, content)
    else if (type === 'reasoning') this.#completeThought(opened, summary ?? [], Array.isArray(content) ? content : [])
    else if (isCall(opened.item)) this.#completeCall(opened)
    else if (type !== 'message') this.#tell(wholePart(opened.item))
    opened.closed = true
  }

  #completeMessage(opened: OpenItem, content: readonly WireContent[]): void {
    const ends: { part: number; own: Record<string, unknown> }[] = []
    const rest = restOf(opened.item, messageNames)
    let begun = false
    for (const [index, piece] of content.entries()) {
      const { text, refusal, annotations, logprobs } = piece
      const isText = /^(output_|input_)?text$/.test(piece.type)
      if (!isText && piece.type !== 'refusal') {
        // Kept with all that says of which message it is a piece, if it begins one.
        const message = begun ? { type: 'message', content: [piece] } : { ...opened.item, ...rest, content: [piece] }
        this.#tell({ type: 'extension', dialect: id, value: message })
        begun = true
        continue
      }
      const type = isText ? 'text-delta' : 'refusal-delta'
      const part = this.#say(opened, `content${index}`, type, (isText ? text : refusal) ?? '', true)
      for (const annotation of (annotations ?? []).slice(part.citations)) {
        this.out.push({ type: 'citation', choice: 0, part: part.part, citation: decodeCitation(annotation) })
      }
      if (logprobs?.length && !part.logprobs) this.#tellLogprobs(part, logprobs)
      ends.push({ part: part.part, own: { ...unknownFields(piece, textNames), ...(!begun && { item: rest }) } })
      begun = true
    }
    for (const { part, own } of ends) this.#end(part, own)
    // A message that was streamed, though it is not told again.
    if (content.length === 0) {
      for (const [place, { part }] of [...opened.parts.values()].entries()) this.#end(part, place ? {} : { item: rest })
    }
  }

  #completeThought(opened: OpenItem, summary: readonly WireContent[], content: readonly WireContent[]): void {
    for (const [list, pieces] of [
      ['summary', summary],
      ['content', content],
    ] as const) {
      for (const [index, { text }] of pieces.entries()) {
        this.#say(opened, `${list}${index}`, 'reasoning-delta', text ?? '', true)
      }
    }
    if (opened.parts.size === 0) this.#say(opened, 'summary0', 'reasoning-delta', '', true)
    const { encrypted_content: proof } = opened.item
    const keys = [...opened.parts.keys()]
    for (const [place, key] of keys.entries()) {
      const isSummary = key.startsWith('summary')
      const piece = (isSummary ? summary : content)[Number(key.slice(7))]
      const own: Record<string, unknown> = { ...(piece && unknownFields(piece, thoughtNames)) }
      if (!isSummary) own['type'] = plainThought
      if (place === 0) own['item'] = restOf(opened.item, reasoningNames)
      const { part, length } = opened.parts.get(key)!
      // Beside a summary it counts as its proof: other formats have a place for the two together.
      const signature = proof && place === keys.length - 1 ? decodeSignature(proof, id, length === 0) : undefined
      this.#end(part, own, signature)
    }
  }

  #completeCall(opened: OpenItem): void {
    const { type, arguments: input } = opened.item
    const custom = type === 'custom_tool_call'
    const value = (custom ? opened.item.input : input) ?? ''
    const { part } = opened.parts.get('call') ?? this.#startCall(opened)
    this.#addArguments(opened, typeof value === 'string' ? value : JSON.stringify(value), true)
    if (opened.parts.get('call')!.length === 0 && !custom) this.#addArguments(opened, '{}', true)
    const rest = restOf(opened.item, custom ? customNames : callNames)
    this.#end(part, Object.keys(rest).length > 0 ? { item: rest } : {})
  }

  #tell(content: ChatEventOf<'part'>['content']): void {
    this.#flush()
    this.out.push({ type: 'part', choice: 0, part: this.#parts++, content })
  }

  #end(part: number, own: Fields, signature?: Signature): void {
    this.#flush()
    const extensions = extensionsOf(own)
    this.#ending = compact<ChatEventOf<'part-end'>>({ type: 'part-end', choice: 0, part, signature, extensions })
  }

  #flush(): void {
    if (this.#ending) this.out.push(this.#ending)
    this.#ending = undefined
  }
}

/** Whether the application must execute it. Calls of this prefix were executed by xAI, which only tells of them. */
function isCall({ type, call_id }: WireItem): boolean {
  return type === 'function_call' || (type === 'custom_tool_call' && !call_id?.startsWith('xs_call_'))
}

/** Reads an item that comes whole: a picture, or something that only this format knows. */
function wholePart(item: WireItem): ChatEventOf<'part'>['content'] {
  const { type, result, output_format: format } = item
  if (type !== 'image_generation_call' || !result) return { type: 'extension', dialect: id, value: item }
  const picture: Draft<MediaPart> = {
    type: 'image',
    source: { type: 'base64', data: result, mediaType: `image/${format ?? 'png'}` },
  }
  picture.extensions = extensionsOf({ item: restOf(item, { type: true, result: true }) })
  return picture
}

const messageNames: Names = { type: true, role: true, content: true }
const reasoningNames: Names = { type: true, summary: true, content: true, encrypted_content: true }
const thoughtNames: Names = { type: true, text: true }
const callNames: Names = { type: true, call_id: true, name: true, arguments: true }
const customNames: Names = { call_id: true, name: true, input: true }
