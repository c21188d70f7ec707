import type { StreamDecoder, Target } from '../../dialects/dialect.ts'
import { type Fields, isFields } from '../../dialects/fields.ts'
import { GatewayError } from '../../errors.ts'
import { type ChatEvent, type ChatResponse, fold, type Signature } from '../../operations/chat/index.ts'
import { decodeFailureInside, type ToldFailure } from './failure.ts'
import { decodeFileData, kindOf } from './file-data.ts'
import { id, OptionsReader, own } from './provider-options.ts'
import { decodeSignature, keepMetadata } from './signature.ts'
import type { FileContent, ProviderMetadata, ToolCallContent } from './specification.ts'
import { decodeFinish, decodeUsage } from './usage.ts'
import { decodeWarning } from './warnings.ts'

/** Reads the whole answer of a model of the AI SDK: as the stream that would have said it. */
export function decodeAnswer(body: unknown, target: Target<unknown>): ChatResponse {
  if (!isFields(body) || !Array.isArray(body['content'])) {
    throw new GatewayError('invalid_response', `${target.provider} gave an answer without content.`)
  }
  const { content, finishReason, usage, providerMetadata, response, warnings } = body
  const events: ChatEvent[] = []
  const decoder = new AnswerDecoder(target)
  decoder.read({ type: 'stream-start', warnings }, events)
  decoder.read({ ...(response as object | undefined), type: 'response-metadata' }, events)
  for (const [index, piece] of (content as readonly Fields[]).entries()) {
    const type = piece['type']
    if (type !== 'text' && type !== 'reasoning') {
      decoder.read(piece, events)
      continue
    }
    const part = { id: String(index) }
    const { providerMetadata, text } = piece
    decoder.read({ ...part, type: `${type}-start`, providerMetadata }, events)
    decoder.read({ ...part, type: `${type}-delta`, delta: text }, events)
    decoder.read({ ...part, type: `${type}-end` }, events)
  }
  decoder.read({ type: 'finish', finishReason, usage, providerMetadata }, events)
  decoder.end(events)
  const answer = fold()
  for (const event of events) answer.add(event)
  return answer.result()
}

/** Reads the stream of a model of the AI SDK. */
export function streamDecoder(target: Target<unknown>): StreamDecoder<ChatEvent> {
  return new AnswerDecoder(target)
}

/** A part of the answer that is being said. */
interface Open {
  readonly part: number
  readonly kind: 'text' | 'refusal' | 'reasoning' | 'tool-call'
  text: string
  metadata: ProviderMetadata
}

class AnswerDecoder implements StreamDecoder<ChatEvent> {
  readonly #target: Target<unknown>
  #started = false
  #warnings: readonly string[] = []
  #parts = 0
  /** By kind and id: texts and calls are numbered apart. */
  readonly #open = new Map<string, Open>()
  /** Calls that the provider executes itself. */
  readonly #hosted = new Set<unknown>()
  /** The text that a source belongs to: the last. */
  #lastText: number | undefined
  /** What only the AI SDK can say, until something else is said: packages begin with it whatever comes. */
  #held: ChatEvent[] = []
  #said = false
  #finish: ChatEvent | undefined
  #usage: ChatEvent | undefined
  #metadata: ProviderMetadata | undefined

  constructor(target: Target<unknown>) {
    this.#target = target
  }

  push({ data }: { readonly data: string }, out: ChatEvent[]): void {
    let part: unknown
    try {
      part = JSON.parse(data)
    } catch {
      throw new GatewayError('invalid_response', `${this.#target.provider} sent broken JSON in its stream.`)
    }
    if (isFields(part)) this.read(part, out)
  }

  read(part: Fields, out: ChatEvent[]): void {
    const type = part['type'] as string
    // Newer packages have parts that nobody here has heard of.
    if (Object.hasOwn(readers, type)) readers[type]!.call(this, part, out)
  }

  end(out: ChatEvent[]): void {
    this.#start({}, out)
    for (const [key, open] of this.#open) this.#close(key, open, {}, out)
    if (this.#said) this.#release(out)
    if (this.#finish) out.push(this.#finish)
    if (this.#usage) out.push(this.#usage)
    const metadata = this.#metadata
    out.push({ type: 'message-end', ...(metadata && { extensions: { [id]: { providerMetadata: metadata } } }) })
  }

  warn(part: Fields): void {
    const warnings = (part['warnings'] ?? []) as readonly Fields[]
    this.#warnings = warnings.map(decodeWarning)
  }

  start({ id: answer, modelId, timestamp }: Fields, out: ChatEvent[]): void {
    const created = timestamp === undefined ? Number.NaN : Math.floor(Date.parse(String(timestamp)) / 1000)
    this.#start(
      {
        ...(typeof answer === 'string' && { id: answer }),
        ...(typeof modelId === 'string' && { model: modelId }),
        ...(!Number.isNaN(created) && { created }),
      },
      out,
    )
  }

  begin(part: Fields, out: ChatEvent[], kind: Open['kind']): void {
    if (part['providerExecuted']) {
      this.#hosted.add(part['id'])
      return
    }
    const metadata = (part['providerMetadata'] ?? {}) as ProviderMetadata
    const isRefusal = kind === 'text' && metadata[own]?.['refusal'] === true
    const open = this.#begin(keyOf(part['id'], kind), isRefusal ? 'refusal' : kind, out)
    open.metadata = metadata
    if (kind === 'tool-call') {
      const { id: call, toolName } = part as { id: string; toolName: string }
      this.#release(out)
      out.push({ type: 'tool-call-start', choice: 0, part: open.part, id: call, name: toolName })
    } else this.#say(open, '', out)
  }

  delta(part: Fields, out: ChatEvent[], kind: Open['kind']): void {
    const key = keyOf(part['id'], kind)
    if (kind === 'tool-call' && (this.#hosted.has(part['id']) || !this.#open.has(key))) return
    const open = this.#open.get(key) ?? this.#begin(key, kind, out)
    if (part['providerMetadata']) open.metadata = { ...open.metadata, ...(part['providerMetadata'] as object) }
    this.#say(open, (part['delta'] ?? '') as string, out)
  }

  close(part: Fields, out: ChatEvent[], kind: Open['kind']): void {
    const key = keyOf(part['id'], kind)
    const open = this.#open.get(key)
    if (open) this.#close(key, open, (part['providerMetadata'] ?? {}) as ProviderMetadata, out)
  }

  call(part: Fields, out: ChatEvent[]): void {
    if (part['providerExecuted']) {
      this.keep(part, out)
      return
    }
    const { toolCallId, toolName, input, providerMetadata = {} } = part as unknown as ToolCallContent
    const key = keyOf(toolCallId, 'tool-call')
    let open = this.#open.get(key)
    if (!open) {
      open = this.#begin(key, 'tool-call', out)
      this.#release(out)
      out.push({ type: 'tool-call-start', choice: 0, part: open.part, id: toolCallId, name: toolName })
    }
    // The call says all of its input once more.
    const text = typeof input === 'string' ? input : JSON.stringify(input ?? {})
    if (open.text === '') this.#say(open, text || '{}', out)
    this.#close(key, open, providerMetadata, out)
  }

  cite(source: Fields, out: ChatEvent[]): void {
    this.#start({}, out)
    const { url, title } = source as { url?: string; title?: string }
    this.#lastText ??= this.#parts++
    const citation = { ...(url !== undefined && { url }), ...(title !== undefined && { title }) }
    out.push({ type: 'citation', choice: 0, part: this.#lastText, citation })
  }

  file(part: Fields, out: ChatEvent[]): void {
    this.#start({}, out)
    const { data, mediaType, providerMetadata } = part as unknown as FileContent<'v3' | 'v4'>
    const source = decodeFileData(data, mediaType)
    const signature = signatureOf((providerMetadata ?? {}) as ProviderMetadata, false)
    this.#release(out)
    const content = { type: kindOf(mediaType), source, ...(signature && { signature }) } as const
    out.push({ type: 'part', choice: 0, part: this.#parts++, content })
  }

  /** Keeps what only the AI SDK can say; or gives back what another dialect said through it. */
  keep(part: Fields, out: ChatEvent[]): void {
    this.hold(part, out)
    this.#release(out)
  }

  hold(part: Fields, out: ChatEvent[]): void {
    this.#start({}, out)
    const original = (part['providerMetadata'] as ProviderMetadata | undefined)?.[own]?.['part']
    const content = isFields(original) ? original : { type: 'extension', dialect: id, value: part }
    this.#held.push({ type: 'part', choice: 0, part: this.#parts++, content: content as never })
    if (isFields(original)) this.#release(out)
  }

  finish({ finishReason, usage, providerMetadata }: Fields): void {
    this.#finish = { type: 'finish', choice: 0, ...decodeFinish(finishReason) }
    const counted = decodeUsage(usage)
    if (Object.keys(counted).length > 0) this.#usage = { type: 'usage', usage: counted }
    if (isFields(providerMetadata)) this.#metadata = providerMetadata as ProviderMetadata
  }

  fail({ error }: Fields): never {
    throw decodeFailureInside(error as ToldFailure, this.#target)
  }

  #start(head: { id?: string; model?: string; created?: number }, out: ChatEvent[]): void {
    if (this.#started) return
    this.#started = true
    const warnings = this.#warnings
    out.push({
      type: 'message-start',
      id: '',
      model: this.#target.model,
      ...head,
      ...(warnings.length > 0 && { extensions: { [id]: { warnings } } }),
    })
  }

  #begin(key: string, kind: Open['kind'], out: ChatEvent[]): Open {
    this.#start({}, out)
    const open: Open = { part: this.#parts++, kind, text: '', metadata: {} }
    this.#open.set(key, open)
    if (kind === 'text') this.#lastText = open.part
    return open
  }

  #release(out: ChatEvent[]): void {
    this.#said = true
    for (const event of this.#held) out.push(event)
    this.#held = []
  }

  #say(open: Open, text: string, out: ChatEvent[]): void {
    open.text += text
    if (text !== '') this.#release(out)
    if (open.kind !== 'tool-call') out.push({ type: `${open.kind}-delta`, choice: 0, part: open.part, text })
    else if (text !== '') out.push({ type: 'tool-call-delta', choice: 0, part: open.part, arguments: text })
  }

  #close(key: string, open: Open, metadata: ProviderMetadata, out: ChatEvent[]): void {
    this.#open.delete(key)
    const all = { ...open.metadata }
    for (const provider in metadata) all[provider] = { ...all[provider], ...metadata[provider] }
    const signature = open.kind === 'refusal' ? undefined : signatureOf(all, open.text === '')
    if (signature) this.#said = true
    out.push({ type: 'part-end', choice: 0, part: open.part, ...(signature && { signature }) })
  }
}

type Reader = (this: AnswerDecoder, part: Fields, out: ChatEvent[]) => void

/** What is done with each part, by its type. */
const readers: Readonly<Record<string, Reader>> = /* @__PURE__ */ createReaders()

function createReaders(): Record<string, Reader> {
  const { warn, start, call, cite, file, keep, hold, finish, fail } = AnswerDecoder.prototype
  return {
    'stream-start': warn,
    'response-metadata': start,
    'text-start': kind('begin', 'text'),
    'text-delta': kind('delta', 'text'),
    'text-end': kind('close', 'text'),
    'reasoning-start': kind('begin', 'reasoning'),
    'reasoning-delta': kind('delta', 'reasoning'),
    'reasoning-end': kind('close', 'reasoning'),
    'tool-input-start': kind('begin', 'tool-call'),
    'tool-input-delta': kind('delta', 'tool-call'),
    'tool-call': call,
    source: cite,
    file,
    'reasoning-file': keep,
    'tool-result': keep,
    'tool-approval-request': keep,
    custom: hold,
    finish,
    error: fail,
  }
}

function kind(method: 'begin' | 'delta' | 'close', kind: Open['kind']): Reader {
  return function read(part, out) {
    this[method](part, out, kind)
  }
}

function keyOf(id: unknown, kind: Open['kind']): string {
  return `${kind} ${id}`
}

/** What a model says of a part is to be sent back to it. A thought of which nothing is shown is there encrypted. */
function signatureOf(metadata: ProviderMetadata, hidden: boolean): Signature | undefined {
  const { [own]: _, ...others } = metadata
  const known = decodeSignature(new OptionsReader(metadata))
  if (known) return known
  return Object.keys(others).length > 0 ? keepMetadata(others, hidden) : undefined
}
