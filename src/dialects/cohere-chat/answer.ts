import type { ChatEvent, FinishReason, Signature } from '../../operations/chat/index.ts'
import type { Target } from '../dialect.ts'
import { compact, idOf, lookUp } from '../fields.ts'
import { decodeSignature } from '../signature.ts'
import { decodeCitation } from './citation.ts'
import { decodeFinalError } from './error.ts'
import { decodeUsage } from './usage.ts'
import {
  extensionsOf,
  id,
  type WireCitation,
  type WireContent,
  type WireEnd,
  type WireLogprob,
  type WireToolCall,
} from './wire.ts'

/** @see https://docs.cohere.com/reference/chat#response.body.finish_reason */
const finishReasons: Readonly<Record<string, FinishReason>> = {
  COMPLETE: 'stop',
  STOP_SEQUENCE: 'stop',
  MAX_TOKENS: 'length',
  TOOL_CALL: 'tool-calls',
  // What the model wrote is no call that fits a tool, mostly: what came before counts all the same.
  ERROR: 'error',
  TIMEOUT: 'error',
  // Older words, of models that still run elsewhere.
  ERROR_LIMIT: 'length',
  ERROR_TOXIC: 'content-filter',
}

interface OpenPart {
  readonly part: number
  signature?: Signature | undefined
  readonly type: 'text-delta' | 'reasoning-delta'
}

interface OpenCall {
  readonly part: number
  signature?: Signature | undefined
  said: string
}

/** One answer as it comes, told piece by piece, by whole answers and by streams alike. */
export class Answer {
  out: ChatEvent[] = []
  done = false
  /** What the model means to do with tools. It is neither text nor thought, and goes back with the calls. */
  plan = ''
  readonly #target: Pick<Target<unknown>, 'provider' | 'model'>
  readonly #contents = new Map<number, OpenPart>()
  readonly #open = new Set<number>()
  readonly #calls = new Map<number, OpenCall>()
  /** Citations that are not about a text. */
  readonly #others: WireCitation[] = []
  #started = false
  #called = false
  #parts = 0
  #text: number | undefined
  #end: WireEnd = {}

  constructor(target: Pick<Target<unknown>, 'provider' | 'model'>) {
    this.#target = target
  }

  /** Cohere does not say which model answers: the one that was asked does. */
  start(id?: unknown): void {
    if (this.#started) return
    this.#started = true
    this.out.push({ type: 'message-start', id: idOf(id), model: this.#target.model })
  }

  beginContent(index: number, piece: WireContent): void {
    const { type = typeof piece.thinking === 'string' ? 'thinking' : 'text' } = piece
    const part = this.#parts++
    if (type !== 'text' && type !== 'thinking') {
      this.out.push({ type: 'part', choice: 0, part, content: { type: 'extension', dialect: id, value: piece } })
      return
    }
    const opened: OpenPart = { part, type: type === 'text' ? 'text-delta' : 'reasoning-delta' }
    if (type === 'text') this.#text = part
    this.#contents.set(index, opened)
    this.#open.add(index)
    this.out.push({ type: opened.type, choice: 0, part, text: piece[type] ?? '' })
    sign(opened, piece.signature)
  }

  addContent(index: number, piece: WireContent): void {
    const opened = this.#contents.get(index)
    const text = piece.text ?? piece.thinking
    if (!opened) this.beginContent(index, piece)
    else {
      if (text) this.out.push({ type: opened.type, choice: 0, part: opened.part, text })
      sign(opened, piece.signature)
    }
  }

  endContent(index: number): void {
    const opened = this.#contents.get(index)
    if (!opened || !this.#open.delete(index)) return
    const { part, signature } = opened
    this.out.push({ type: 'part-end', choice: 0, part, ...(signature && { signature }) })
  }

  beginCall(index: number, call: WireToolCall): void {
    const part = this.#parts++
    const { id, function: called } = call
    this.#calls.set(index, { part, said: '' })
    this.out.push({
      type: 'tool-call-start',
      choice: 0,
      part,
      id: idOf(id) || `call_${index}`,
      name: idOf(called?.name),
    })
    this.addArguments(index, call)
  }

  addArguments(index: number, { signature, function: called }: WireToolCall): void {
    const call = this.#calls.get(index)
    const text = called?.arguments
    if (call) sign(call, signature)
    // `null` is one way to say that there are none.
    if (!call || !text || (text === 'null' && !call.said)) return
    call.said += text
    this.out.push({ type: 'tool-call-delta', choice: 0, part: call.part, arguments: text })
  }

  endCall(index: number): void {
    const call = this.#calls.get(index)
    if (!call) return
    this.#calls.delete(index)
    const { part } = call
    if (!call.said) this.out.push({ type: 'tool-call-delta', choice: 0, part, arguments: '{}' })
    // The plan is kept on the first call, for whoever sends an answer back sends its calls.
    const extensions = this.#called ? undefined : extensionsOf({ tool_plan: this.plan || undefined })
    this.#called = true
    const { signature } = call
    this.out.push({
      type: 'part-end',
      choice: 0,
      part,
      ...(signature && { signature }),
      ...(extensions && { extensions }),
    })
  }

  cite(wire: WireCitation): void {
    const { content_index: index } = wire
    const cited = index === undefined ? undefined : this.#contents.get(index)
    const part = cited === undefined ? this.#text : cited.type === 'text-delta' ? cited.part : undefined
    if (part === undefined || (wire.type !== undefined && wire.type !== 'TEXT_CONTENT')) this.#others.push(wire)
    else for (const citation of decodeCitation(wire)) this.out.push({ type: 'citation', choice: 0, part, citation })
  }

  addLogprobs(wire: WireLogprob | readonly WireLogprob[] | null | undefined): void {
    const logprobs = listOf(wire).flatMap(({ text = '', logprobs }) =>
      // The probability of several tokens is the product of theirs.
      logprobs?.length ? [{ token: text, logprob: logprobs.reduce((sum, each) => sum + each, 0) }] : [],
    )
    if (logprobs.length > 0) this.out.push({ type: 'logprobs', choice: 0, logprobs })
  }

  /** Says why the answer ended, and what it took. Nothing but `[DONE]` follows. */
  finish(end: WireEnd): void {
    const failure = decodeFinalError(end.error, this.#target)
    if (failure) throw failure
    this.#end = end
    if (end.usage) this.out.push({ type: 'usage', usage: decodeUsage(end.usage) })
    this.close()
  }

  close(): void {
    if (this.done) return
    this.start()
    this.done = true
    for (const index of this.#open) this.endContent(index)
    for (const index of this.#calls.keys()) this.endCall(index)
    const { finish_reason: word, error } = this.#end
    const extensions = extensionsOf(
      compact({
        tool_plan: this.#called ? undefined : this.plan || undefined,
        citations: this.#others.length > 0 ? this.#others : undefined,
        error,
      }),
    )
    if (word) {
      const reason = lookUp(finishReasons, word) ?? 'other'
      this.out.push({
        type: 'finish',
        choice: 0,
        finishReason: reason === 'stop' && this.#called ? 'tool-calls' : reason,
        rawFinishReason: word,
        ...(extensions && { extensions }),
      })
    }
    this.out.push({ type: 'message-end' })
  }
}

function sign(opened: OpenPart | OpenCall, signature: string | undefined): void {
  if (signature !== undefined) opened.signature = decodeSignature(signature, id)
}

/** A stream says one thing where a whole answer has a list. */
export function listOf<T>(value: T | readonly T[] | null | undefined): readonly T[] {
  if (value == null) return []
  return Array.isArray(value) ? (value as readonly T[]) : [value as T]
}
