import { GatewayError } from '../../errors.ts'
import type {
  ChatEvent,
  ChatEventOf,
  ChatRequest,
  Citation,
  FinishReason,
  MediaPart,
  Signature,
  TokenLogprob,
} from '../../operations/chat/index.ts'
import type { Usage } from '../../operations/operation.ts'
import type { Frame, StreamDecoder, StreamEncoder, Target } from '../dialect.ts'
import { decodeSignature } from '../signature.ts'
import { encodeFrame } from '../sse.ts'
import { decodeErrorInside, encodeError } from './error.ts'
import { decodeFinishReason, encodeFinishReason } from './finish-reason.ts'
import { audioMediaType, encodeAnnotation, encodeAudio, encodeDetail, encodeImage, encodeLogprob } from './part.ts'
import type { OpenAIChatQuirks } from './quirks.ts'
import { ThinkTags } from './think-tags.ts'
import { decodeUsage, encodeUsage } from './usage.ts'
import {
  dialectId,
  extend,
  type Fields,
  isFields,
  messageFields,
  ownFields,
  parseDataUrl,
  unknownFields,
  type WireAudio,
  type WireChoice,
  type WireMessage,
  type WireReasoningDetail,
  type WireResponse,
  type WireToolCall,
  type WireUsage,
} from './wire.ts'

type Spoken = 'text' | 'reasoning' | 'refusal'

/** A part that deltas are added to: text of any kind. */
interface OpenPart {
  readonly kind: Spoken
  readonly part: number
  /** What a thought says, to know it again when it comes a second time, with its proof. */
  said: string
  /** Which of the provider's thoughts it is. */
  key?: string
  signature?: Signature
  extensions?: Fields
}

interface Call {
  id: string
  index: number | null | undefined
  name: string
  /** -1 until its name is known. */
  part: number
  arguments: string
  extensions: Record<string, unknown> | undefined
}

interface ChoiceState {
  readonly index: number
  readonly calls: Call[]
  /** How many parts have begun. */
  parts: number
  open?: OpenPart | undefined
  /** The text that citations belong to. */
  text?: number | undefined
  cited?: boolean
  audio?: { -readonly [Key in keyof WireAudio]: WireAudio[Key] }
  thinkTags?: ThinkTags
  /** Proofs of other dialects that belong to the text or to a call, by its id. */
  proofs?: Map<string, Signature>
  finishReason?: string
  stopSequence?: string
  extensions?: Record<string, unknown> | undefined
  messageExtensions?: Record<string, unknown> | undefined
}

/**
 * Reads an answer chunk by chunk. A whole answer is one chunk, so that a stream and a whole reply cannot differ.
 */
export class ChunkDecoder implements StreamDecoder<ChatEvent> {
  private readonly choices: ChoiceState[] = []
  private started = false
  done = false
  private id = ''
  private serviceTier: string | undefined
  private extensions: Record<string, unknown> | undefined

  private readonly target: Pick<Target<OpenAIChatQuirks>, 'provider' | 'quirks'>
  private readonly whole: boolean

  constructor(target: Pick<Target<OpenAIChatQuirks>, 'provider' | 'quirks'>, whole = false) {
    this.target = target
    this.whole = whole
  }

  push({ event, data }: Frame, out: ChatEvent[]): void {
    if (data === '' || this.done) return
    // Nothing follows, though the connection may stay open for a while.
    if (data.startsWith('[DONE]')) {
      this.finish(out, 'other')
      return
    }
    let chunk: unknown
    try {
      chunk = JSON.parse(data)
    } catch {}
    if (!isFields(chunk)) {
      throw new GatewayError('invalid_response', `${this.target.provider}: a chunk of the stream is not a JSON object.`)
    }
    if (event === 'error' && !chunk['error']) throw decodeErrorInside(chunk, this.target)
    this.add(chunk, out)
  }

  /** Adds one chunk, or a whole answer. */
  add(chunk: WireResponse, out: ChatEvent[]): void {
    const { choices, usage } = chunk
    if (!this.started) this.start(chunk, out)
    let plain = true
    let failed: object | undefined = chunk.error ? chunk : undefined
    if (choices) {
      for (const choice of choices) {
        this.addChoice(choice, out)
        if (choice.finish_reason || choice.usage) plain = false
        if (choice.error) failed ??= choice
      }
    }
    const counted: WireUsage | null | undefined = usage ?? chunk.x_groq?.usage
    if (counted) out.push({ type: 'usage', usage: decodeUsage(counted) })
    // Most chunks have nothing but a delta. The first one and the last ones say what else there is.
    if (!plain || counted || !choices?.length) this.keepUnknown(chunk)
    // Last, so that what the chunk says besides is not lost.
    if (failed) throw decodeErrorInside(failed, this.target)
  }

  end(out: ChatEvent[]): void {
    if (!this.done) this.finish(out)
  }

  /** Says what is known at the end. A stream that was ended properly has finished, even where it does not say why. */
  private finish(out: ChatEvent[], otherwise?: FinishReason): void {
    this.done = true
    for (const choice of this.choices) if (choice) this.endChoice(choice, out, otherwise)
    const { serviceTier, extensions } = this
    out.push({ type: 'message-end', ...(serviceTier !== undefined && { serviceTier }), ...extend(extensions) })
  }

  private start(chunk: WireResponse, out: ChatEvent[]): void {
    // Azure's first chunk is about the prompt only: no id, no model.
    if (!chunk.id && !chunk.model && !chunk.choices?.length && !this.whole) return
    this.started = true
    this.id = chunk.id ?? ''
    this.keepUnknown(chunk)
    const { created, model = '' } = chunk
    out.push({
      type: 'message-start',
      id: this.id,
      model: model ?? '',
      ...(created ? { created } : undefined),
      ...extend(this.extensions && { ...this.extensions }),
    })
  }

  private keepUnknown(chunk: WireResponse): void {
    const rest = unknownFields(chunk, chunkFields)
    if (rest) this.extensions = { ...this.extensions, ...rest }
    if (chunk.service_tier) this.serviceTier = chunk.service_tier
  }

  private addChoice(wire: WireChoice, out: ChatEvent[]): void {
    const index = wire.index ?? 0
    const choice = (this.choices[index] ??= { index, calls: [], parts: 0 })
    const said = this.whole ? wire.message : (wire.delta ?? wire.message)
    if (said) this.addMessage(choice, said, out)
    if (wire.logprobs?.content) {
      out.push({ type: 'logprobs', choice: index, logprobs: wire.logprobs.content.map(decodeLogprob) })
    }
    if (wire.usage) out.push({ type: 'usage', usage: decodeUsage(wire.usage) })
    if (wire.finish_reason || this.whole) {
      // Some say it again, with another word: the last one counts.
      if (wire.finish_reason) choice.finishReason = wire.finish_reason
      if (typeof wire.stop_reason === 'string') choice.stopSequence = wire.stop_reason
      const rest = unknownFields(wire, typeof wire.stop_reason === 'string' ? choiceFields : choiceFieldsButStop)
      if (rest) choice.extensions = { ...choice.extensions, ...rest }
    }
  }

  private addMessage(choice: ChoiceState, said: WireMessage, out: ChatEvent[]): void {
    const { content, reasoning_details: details, tool_calls: calls } = said
    const reasoning = said.reasoning_content || said.reasoning
    if (details?.length) this.addDetails(choice, details, reasoning, out)
    else if (reasoning) this.say(choice, 'reasoning', reasoning, out)
    if (typeof content === 'string') {
      if (content !== '') this.addText(choice, content, out)
    } else if (content) {
      for (const piece of content) this.addPiece(choice, piece, out)
    }
    if (said.refusal) this.say(choice, 'refusal', said.refusal, out)
    if (said.audio) addAudio(choice, said.audio)
    if (said.images) for (const image of said.images) this.addPiece(choice, image, out)
    if (calls) for (const call of calls) this.addCall(choice, call, out)
    if (said.function_call?.name || said.function_call?.arguments) {
      this.addCall(choice, { index: -1, function: said.function_call }, out)
    }
    if (said.annotations) for (const annotation of said.annotations) this.cite(choice, annotation.url_citation, out)
    for (const key in said) {
      if (!messageFields.includes(key)) (choice.messageExtensions ??= {})[key] = (said as Fields)[key]
    }
  }

  private say(choice: ChoiceState, kind: Spoken, text: string, out: ChatEvent[]): void {
    const open = this.opened(choice, kind, out)
    if (kind === 'reasoning') open.said += text
    out.push({ type: deltas[kind], choice: choice.index, part: open.part, text })
  }

  private opened(choice: ChoiceState, kind: Spoken, out: ChatEvent[]): OpenPart {
    const { open } = choice
    // What has its proof is complete.
    if (open?.kind === kind && !open.signature) return open
    this.close(choice, out)
    const part = choice.parts++
    if (kind === 'text') choice.text = part
    return (choice.open = { kind, part, said: '' })
  }

  private close(choice: ChoiceState, out: ChatEvent[]): void {
    const { open, index } = choice
    if (!open) return
    choice.open = undefined
    const signature = open.kind === 'text' ? choice.proofs?.get('content') : open.signature
    out.push({
      type: 'part-end',
      choice: index,
      part: open.part,
      ...(signature && { signature }),
      ...extend(open.extensions),
    })
  }

  private addText(choice: ChoiceState, text: string, out: ChatEvent[]): void {
    if (!this.target.quirks.thinkTags) this.say(choice, 'text', text, out)
    else (choice.thinkTags ??= new ThinkTags()).push(text, (kind, said) => this.say(choice, kind, said, out))
  }

  /** One piece of a content list (Mistral), or a picture (OpenRouter). */
  private addPiece(choice: ChoiceState, piece: Fields, out: ChatEvent[]): void {
    const { type, thinking, image_url: image } = piece
    const words = type === 'text' || type === 'refusal' ? piece[type] : undefined
    if (type === 'thinking') {
      const thoughts = Array.isArray(thinking) ? thinking : [{ text: thinking }]
      for (const { text } of thoughts) if (typeof text === 'string') this.say(choice, 'reasoning', text, out)
      return
    }
    if (typeof words === 'string') {
      if (words !== '') this.say(choice, type as 'text' | 'refusal', words, out)
      return
    }
    const url = isFields(image) ? image['url'] : image
    this.close(choice, out)
    out.push({
      type: 'part',
      choice: choice.index,
      part: choice.parts++,
      content:
        type === 'image_url' && typeof url === 'string'
          ? { type: 'image', source: imageSource(url) }
          : { type: 'extension', dialect: dialectId, value: piece },
    })
  }

  /**
   * Thoughts with their proofs. Some send the same words as plain reasoning too, along with these or before them: they
   * are said once.
   */
  private addDetails(
    choice: ChoiceState,
    details: readonly WireReasoningDetail[],
    plain: string | null | undefined,
    out: ChatEvent[],
  ): void {
    if (plain && !details.some(({ text, summary }) => text || summary)) this.say(choice, 'reasoning', plain, out)
    for (const detail of details) {
      if (detail.data !== undefined) this.addEncrypted(choice, detail, detail.data, out)
      else this.addThought(choice, detail, out)
    }
  }

  private addEncrypted(choice: ChoiceState, detail: WireReasoningDetail, data: string, out: ChatEvent[]): void {
    const signature = decodeSignature(data, dialectId, true)
    if (!signature.encrypted && typeof detail.id === 'string') {
      ;(choice.proofs ??= new Map()).set(detail.id, signature)
      return
    }
    this.close(choice, out)
    const part = choice.parts++
    out.push({ type: 'reasoning-delta', choice: choice.index, part, text: '' })
    out.push({
      type: 'part-end',
      choice: choice.index,
      part,
      signature,
      ...extend(unknownFields(detail, detailFields)),
    })
  }

  private addThought(choice: ChoiceState, detail: WireReasoningDetail, out: ChatEvent[]): void {
    const words = detail.text ?? detail.summary ?? ''
    if (words === '' && !detail.signature) return
    const key = `${detail.type}:${detail.index}`
    let { open } = choice
    const goesOn = open?.kind === 'reasoning' && !open.signature && open.key === key
    const again = open?.kind === 'reasoning' && !open.signature && open.key === undefined && open.said.endsWith(words)
    if (!goesOn && !again) {
      this.close(choice, out)
      open = this.opened(choice, 'reasoning', out)
    }
    if (!open) return
    if (open.key === undefined) {
      open.key = key
      const rest = unknownFields(detail, detail.summary === undefined ? detailFields : summaryFields)
      if (rest) open.extensions = rest
    }
    if (!again) this.say(choice, 'reasoning', words, out)
    if (detail.signature) open.signature = decodeSignature(detail.signature, dialectId)
  }

  private addCall(choice: ChoiceState, wire: WireToolCall, out: ChatEvent[]): void {
    const name = wire.function?.name || wire.custom?.name || ''
    const call = this.callOf(choice, wire, name)
    if (!call.name && name) {
      call.name = name
      this.startCall(choice, call, out)
    }
    const text = argumentsText(wire.function?.arguments ?? wire.custom?.input)
    // `null` is how some say that there are none.
    if (text !== '' && !(text === 'null' && call.arguments === '')) {
      call.arguments += text
      if (call.part >= 0) out.push({ type: 'tool-call-delta', choice: choice.index, part: call.part, arguments: text })
    }
    if (wire.custom?.name) (call.extensions ??= {})['type'] = 'custom'
    for (const field in wire) {
      if (!callFields.includes(field)) (call.extensions ??= {})[field] = (wire as Fields)[field]
    }
    const inner = wire.function && unknownFields(wire.function, functionFields)
    if (inner) (call.extensions ??= {})['function'] = inner
  }

  /** Finds the call that a piece belongs to: by its id, else by its index, which some give to several calls. */
  private callOf(choice: ChoiceState, { id, index }: WireToolCall, name: string): Call {
    const { calls } = choice
    if (!this.whole) {
      if (id) {
        const same = calls.find((call) => call.id === id)
        if (same) return same
      }
      const at = lastAt(calls, index)
      // A name begins a call; repeated without a new id, only after the arguments are complete.
      if (at && !(name && at.name && (id && at.id ? true : isComplete(at.arguments)))) {
        if (id && !at.id) at.id = id
        return at
      }
    }
    const call: Call = { id: id || '', index, name: '', part: -1, arguments: '', extensions: undefined }
    calls.push(call)
    return call
  }

  private startCall(choice: ChoiceState, call: Call, out: ChatEvent[]): void {
    this.close(choice, out)
    call.part = choice.parts++
    const id = call.id || `call_${choice.calls.indexOf(call)}_${this.id.replace(/[^\w-]/g, '').slice(-24)}`
    call.id = id
    out.push({ type: 'tool-call-start', choice: choice.index, part: call.part, id, name: call.name })
    if (call.arguments !== '') {
      out.push({ type: 'tool-call-delta', choice: choice.index, part: call.part, arguments: call.arguments })
    }
  }

  private cite(choice: ChoiceState, citation: Fields | undefined, out: ChatEvent[]): void {
    if (!citation) return
    choice.cited = true
    const part = (choice.text ??= choice.parts++)
    out.push({ type: 'citation', choice: choice.index, part, citation: decodeCitation(citation) })
  }

  private endChoice(choice: ChoiceState, out: ChatEvent[], otherwise?: FinishReason): void {
    const { index, calls, audio, finishReason, stopSequence } = choice
    choice.thinkTags?.end((kind, said) => this.say(choice, kind, said, out))
    if (!choice.cited) for (const source of this.sources()) this.cite(choice, source, out)
    this.close(choice, out)
    for (const call of calls) {
      if (call.part < 0) {
        if (call.arguments === '') continue
        this.startCall(choice, call, out)
      }
      const { part, id, extensions } = call
      if (call.arguments === '') out.push({ type: 'tool-call-delta', choice: index, part, arguments: '{}' })
      const signature = choice.proofs?.get(id)
      out.push({ type: 'part-end', choice: index, part, ...(signature && { signature }), ...extend(extensions) })
    }
    if (audio?.data)
      out.push({ type: 'part', choice: index, part: choice.parts++, content: decodeAudio(audio, audio.data) })
    if (finishReason || otherwise) {
      out.push({
        type: 'finish',
        choice: index,
        finishReason: finishReason ? decodeFinishReason(finishReason, calls.length > 0) : (otherwise ?? 'other'),
        ...(finishReason && { rawFinishReason: finishReason }),
        ...(stopSequence !== undefined && { stopSequence }),
        ...extend(choiceExtensions(choice)),
      })
    }
  }

  /** What a search found, where nobody says which words rest on it (Perplexity). */
  private sources(): readonly Fields[] {
    const { search_results: results, citations } = (this.extensions ?? {}) as WireResponse
    if (Array.isArray(results)) return results.map(({ url, title }) => ({ url, title }))
    return Array.isArray(citations) ? citations.map((url) => ({ url })) : []
  }
}

/** Writes a stream as OpenAI does. */
export function encodeStream(request: ChatRequest): StreamEncoder<ChatEvent> {
  const { stream_options: options } = ownFields(request.extensions) ?? {}
  const usageAsked = isFields(options) && options['include_usage'] === true
  const choices: EncodedChoice[] = []
  const finishes: ChatEventOf<'finish'>[] = []
  let head: Fields = { id: '', object: 'chat.completion.chunk', created: 0, model: request.model }
  let prefix = prefixOf(head)
  let extensions: Fields | undefined
  let usage: Usage | undefined

  function choiceAt(index: number): EncodedChoice {
    return (choices[index] ??= { opened: false, calls: [], thoughts: [] })
  }
  /** Says the role, once, before anything else of a choice: SDKs refuse an answer without it. */
  function opening(index: number): string {
    const choice = choiceAt(index)
    if (choice.opened) return ''
    choice.opened = true
    return `${prefix}{"index":${index},"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}\n\n`
  }
  function delta(index: number, delta: string): string {
    return `${opening(index)}${prefix}{"index":${index},"delta":${delta},"logprobs":null,"finish_reason":null}]}\n\n`
  }
  function wrapped(index: number, value: Fields): string {
    return delta(index, JSON.stringify(value))
  }

  return {
    push(event) {
      switch (event.type) {
        case 'text-delta':
          return delta(event.choice, `{"content":${JSON.stringify(event.text)}}`)
        case 'reasoning-delta': {
          const text = event.text && delta(event.choice, `{"reasoning_content":${JSON.stringify(event.text)}}`)
          const { thoughts } = choiceAt(event.choice)
          thoughts[event.part] = (thoughts[event.part] ?? '') + event.text
          return text
        }
        case 'refusal-delta':
          return wrapped(event.choice, { refusal: event.text })
        case 'tool-call-start': {
          const { choice, part, id, name } = event
          const index = choiceAt(choice).calls.push({ part, id }) - 1
          const call = { index, id, type: 'function', function: { name, arguments: '' } }
          return wrapped(choice, { tool_calls: [call] })
        }
        case 'tool-call-delta': {
          const index = choiceAt(event.choice).calls.findIndex(({ part }) => part === event.part)
          const text = JSON.stringify(event.arguments)
          return delta(event.choice, `{"tool_calls":[{"index":${index},"function":{"arguments":${text}}}]}`)
        }
        case 'part':
          return pushPart(event)
        case 'citation':
          return wrapped(event.choice, { annotations: [encodeAnnotation(event.citation)] })
        case 'part-end':
          return event.signature || event.extensions ? pushPartEnd(event) : ''
        case 'logprobs': {
          const logprobs = { content: event.logprobs.map(encodeLogprob), refusal: null }
          const choice = { index: event.choice, delta: {}, logprobs, finish_reason: null }
          return opening(event.choice) + encodeFrame({ ...head, choices: [choice] })
        }
        case 'finish':
          finishes.push(event)
          return ''
        case 'usage':
          usage = event.usage
          return ''
        case 'message-start':
          extensions = ownFields(event.extensions)
          head = {
            ...scalars(extensions),
            id: event.id,
            object: 'chat.completion.chunk',
            created: event.created ?? 0,
            model: event.model,
          }
          prefix = prefixOf(head)
          return ''
        case 'message-end':
          return pushEnd(event)
      }
    },
    end: () => 'data: [DONE]\n\n',
    error: (error) => encodeFrame(encodeError(error)),
  }

  function pushPart({ choice, content }: ChatEventOf<'part'>): string {
    if (content.type === 'extension')
      return content.dialect === dialectId ? wrapped(choice, { content: [content.value] }) : ''
    if (content.type === 'audio') return wrapped(choice, { audio: encodeAudio(content) })
    return content.type === 'image' ? wrapped(choice, { images: [encodeImage(content)] }) : ''
  }

  function pushPartEnd({ choice, part, signature, extensions }: ChatEventOf<'part-end'>): string {
    const { calls, thoughts } = choiceAt(choice)
    const own = ownFields(extensions)
    const index = calls.findIndex((call) => call.part === part)
    const thought = thoughts[part]
    const detail =
      thought === undefined
        ? signature && encodeDetail({ signature, id: calls[index]?.id ?? 'content' })
        : (signature || own) && encodeDetail({ type: 'reasoning', text: thought, signature, extensions })
    return (
      (detail ? wrapped(choice, { reasoning_details: [detail] }) : '') +
      (index >= 0 && own ? wrapped(choice, { tool_calls: [{ index, ...own }] }) : '')
    )
  }

  /** The ends of the choices wait for this, so that the fields of the whole answer can go out with them. */
  function pushEnd(event: ChatEventOf<'message-end'>): string {
    const tail = {
      ...extensions,
      ...ownFields(event.extensions),
      ...head,
      ...(event.serviceTier !== undefined && { service_tier: event.serviceTier }),
    }
    let text = ''
    for (const { choice: index, finishReason, stopSequence, extensions } of finishes) {
      const { message, ...own } = ownFields(extensions) ?? {}
      const choice = {
        ...own,
        index,
        delta: isFields(message) ? message : {},
        logprobs: null,
        finish_reason: encodeFinishReason(finishReason),
        ...(stopSequence !== undefined && { stop_reason: stopSequence }),
      }
      text += opening(index) + encodeFrame({ ...tail, choices: [choice] })
    }
    const counted = usageAsked && usage && encodeUsage(usage)
    return counted ? `${text}${encodeFrame({ ...tail, choices: [], usage: counted })}` : text
  }
}

interface EncodedChoice {
  opened: boolean
  /** The calls in the order of their index. */
  readonly calls: { readonly part: number; readonly id: string }[]
  /** What each thought says, by its part, to send it once more with its proof. */
  readonly thoughts: string[]
}

const deltas = { text: 'text-delta', reasoning: 'reasoning-delta', refusal: 'refusal-delta' } as const
const chunkFields = ['id', 'object', 'created', 'model', 'choices', 'usage', 'service_tier', 'error', 'obfuscation']
const choiceFieldsButStop = ['index', 'message', 'delta', 'finish_reason', 'logprobs', 'usage', 'error']
const choiceFields = [...choiceFieldsButStop, 'stop_reason']
const detailFields = ['type', 'text', 'data', 'signature']
const summaryFields = ['text', 'summary', 'data', 'signature']
const callFields = ['index', 'id', 'type', 'function', 'custom']
const functionFields = ['name', 'arguments']
const citationFields = ['url', 'title', 'content', 'start_index', 'end_index']

function prefixOf(head: Fields): string {
  return `data: ${JSON.stringify(head).slice(0, -1)},"choices":[`
}

/** What is small enough to be in every chunk, as OpenAI's fingerprint is. */
function scalars(fields: Fields | undefined): Fields | undefined {
  return fields && Object.fromEntries(Object.entries(fields).filter(([, value]) => typeof value !== 'object'))
}

/** The call that took this index last; the last of all where there is none to go by. */
function lastAt(calls: readonly Call[], index: WireToolCall['index']): Call | undefined {
  if (index === undefined || index === null) return calls.at(-1)
  for (let i = calls.length - 1; i >= 0; i--) if (calls[i]?.index === index) return calls[i]
  return undefined
}

function choiceExtensions({ extensions, messageExtensions }: ChoiceState): Fields | undefined {
  return messageExtensions ? { ...extensions, message: messageExtensions } : extensions
}

function addAudio(choice: ChoiceState, { data, transcript, ...rest }: WireAudio): void {
  const audio = (choice.audio ??= {})
  Object.assign(audio, rest)
  if (data) audio.data = (audio.data ?? '') + data
  if (transcript) audio.transcript = (audio.transcript ?? '') + transcript
}

function decodeAudio({ data: _, transcript, ...rest }: WireAudio, data: string): MediaPart {
  return {
    type: 'audio',
    source: { type: 'base64', data, mediaType: audioMediaType(data) },
    ...(transcript !== undefined && { transcript }),
    ...(Object.keys(rest).length > 0 && extend({ ...rest })),
  }
}

function imageSource(url: string): MediaPart['source'] {
  const inline = parseDataUrl(url)
  return inline ? { type: 'base64', ...inline } : { type: 'url', url }
}

function decodeCitation(wire: Fields): Citation {
  const { url, title, content, start_index: start, end_index: end } = wire
  return {
    ...(typeof url === 'string' && { url }),
    ...(typeof title === 'string' && { title }),
    ...(typeof content === 'string' && { text: content }),
    ...(typeof start === 'number' && { start }),
    ...(typeof end === 'number' && { end }),
    ...extend(unknownFields(wire, citationFields)),
  }
}

function decodeLogprob({
  token,
  logprob,
  bytes,
  top_logprobs: top,
}: NonNullable<NonNullable<WireChoice['logprobs']>['content']>[number]): TokenLogprob {
  return { token, logprob, ...(bytes !== undefined && { bytes }), ...(top?.length && { top }) }
}

function argumentsText(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}

function isComplete(json: string): boolean {
  try {
    JSON.parse(json)
    return true
  } catch {
    return false
  }
}
