import { estimateTokens } from '../operations/chat/estimate.ts'
import type { ChatEvent, ChatEventOf, ChatRequest, Message, TextPart } from '../operations/chat/index.ts'
import type { Usage } from '../operations/operation.ts'
import { Joint } from './joint.ts'
import { addUsage } from './sum.ts'

/** Fewer tokens than this are not worth another attempt, and some providers refuse a maximum under it. */
const fewestTokens = 16

/** Whether the answer to a request may be told by two models, one after the other. */
export function mayBeContinued({
  n = 1,
  tools,
  toolChoice,
  output,
  logprobs,
  modalities,
  messages,
}: ChatRequest): boolean {
  return (
    n === 1 &&
    !logprobs &&
    // Half of a JSON text and the other half by another model are no JSON text that anybody has vouched for.
    (output === undefined || output.type === 'text') &&
    (toolChoice === undefined || toolChoice === 'auto' || toolChoice === 'none') &&
    !tools?.some(({ type }) => type === 'hosted') &&
    !modalities?.some((modality) => modality !== 'text') &&
    (messages.at(-1)?.role !== 'assistant' || lastText(messages) !== undefined)
  )
}

/** One chat answer, told by one stream after another. Follows what the reader has been told, and fits in what comes next. */
export class ContinuedChat {
  /** The answer is complete, though more may be told of it. */
  finished = false
  readonly #request: ChatRequest
  /** The visible text that the reader has. */
  #said = ''
  #begun = false
  /** Something was said that nobody else can go on from: a tool call, a refusal, a picture. */
  #sealed = false
  #ended = false
  /** The parts that are open: of text, and of thoughts. */
  #text: number | undefined
  #thought: number | undefined
  /** The number of the next new part. */
  #parts = 0
  /** What the streams used that broke off. */
  #used: Usage | undefined
  #taken: TakenOver | undefined

  constructor(request: ChatRequest) {
    this.#request = request
  }

  /** Takes a batch of the stream that is running, and gives what the reader is to be told. Throws where a stream does not fit. */
  pass(batch: readonly ChatEvent[]): readonly ChatEvent[] {
    const taken = this.#taken
    const told = taken ? this.#fit(batch, taken) : batch
    for (const event of told) this.#follow(event)
    return told
  }

  /** The stream has ended by itself. Gives what is still to be told. */
  end(): readonly ChatEvent[] {
    const taken = this.#taken
    const told: ChatEvent[] = taken ? this.#join(taken, true) : []
    for (const event of told) this.#follow(event)
    return told
  }

  /** The last words of an answer that was complete when its stream broke off. */
  close(): readonly ChatEvent[] {
    if (this.#ended) return []
    this.#ended = true
    return [{ type: 'message-end' }]
  }

  /** What to ask of another model so that it goes on; undefined where nobody can. */
  next(): ChatRequest | undefined {
    const request = this.#request
    const { maxOutputTokens, reasoning, stop, messages } = request
    if (this.#sealed || this.#ended) return undefined
    if (this.#said === '') return request
    // A stop sequence that has begun would not be seen by a model that only writes its end.
    if (stop?.some((sequence) => endsWithin(this.#said, sequence))) return undefined
    const left = maxOutputTokens && maxOutputTokens - estimateTokens(this.#said)
    if (left !== undefined && left < fewestTokens) return undefined
    const { prefill } = this.#joint()
    return {
      ...request,
      messages: prefill === '' ? messages : withLast(messages, prefill),
      ...(left !== undefined && { maxOutputTokens: left }),
      // The thinking is done, and no model thinks within an answer that has begun.
      ...(reasoning && { reasoning: { effort: 'none' } }),
    }
  }

  /** Whether the next model must go on from words that are put into its mouth. */
  get needsPrefill(): boolean {
    return this.#said.trimEnd() !== ''
  }

  /** The stream that was running has broken off, and used so much; another is there. */
  takeOver(used: Usage | undefined): void {
    this.#used = used
    this.#taken = {
      joint: this.#said === '' ? undefined : this.#joint(),
      spoke: this.#said !== '',
      parts: new Map(),
      held: [],
      closes: undefined,
      textPart: undefined,
    }
  }

  #joint(): Joint {
    return new Joint((lastText(this.#request.messages) ?? '') + this.#said)
  }

  #follow(event: ChatEvent): void {
    switch (event.type) {
      case 'text-delta':
        this.#said += event.text
        this.#text = event.part
        this.#count(event)
        return
      case 'reasoning-delta':
        this.#thought = event.part
        this.#count(event)
        return
      case 'part-end':
        if (event.part === this.#text) this.#text = undefined
        if (event.part === this.#thought) this.#thought = undefined
        this.#count(event)
        return
      case 'message-start':
        this.#begun = true
        return
      case 'usage':
        return
      case 'finish':
        this.finished = true
        return
      case 'message-end':
        this.#ended = true
        return
      default:
        this.#sealed = true
        this.#count(event)
    }
  }

  #count(event: { readonly choice: number; readonly part?: number }): void {
    if (event.choice > 0) this.#sealed = true
    if (event.part !== undefined && event.part >= this.#parts) this.#parts = event.part + 1
  }

  /** What the reader is told of a stream that goes on. Nothing, until it is known to fit. */
  #fit(batch: readonly ChatEvent[], taken: TakenOver): readonly ChatEvent[] {
    const told: ChatEvent[] = []
    for (const event of batch) {
      switch (event.type) {
        case 'message-start':
          if (!this.#begun) told.push(event)
          break
        case 'text-delta':
          this.#fitText(event, taken, told)
          break
        case 'reasoning-delta':
          // Thoughts behind the beginning of an answer are of no use to anybody.
          if (!taken.spoke) this.#renumber(event, taken, told)
          break
        case 'part-end':
          if (taken.joint && event.part === taken.textPart) taken.closes = event
          else if (!taken.parts.has(event.part)) break
          else if (event.part === taken.textPart) told.push(this.#ending(event, taken))
          else this.#renumber(event, taken, told)
          break
        case 'usage':
          ;(taken.joint ? taken.held : told).push({ type: 'usage', usage: addUsage(this.#used, event.usage) })
          break
        case 'finish':
          told.push(...this.#join(taken, event.finishReason === 'stop'), event)
          break
        case 'message-end':
          told.push(...this.#join(taken, true), event)
          break
        case 'logprobs':
          break
        default:
          told.push(...this.#join(taken, true))
          this.#renumber(event, taken, told)
      }
    }
    return told
  }

  #fitText(event: ChatEventOf<'text-delta'>, taken: TakenOver, told: ChatEvent[]): void {
    if (!taken.joint || (taken.textPart !== undefined && event.part !== taken.textPart)) {
      if (taken.joint) told.push(...this.#join(taken, true))
      this.#renumber(event, taken, told)
      return
    }
    taken.textPart = event.part
    const rest = taken.joint.push(event.text)
    if (rest !== undefined) told.push(...this.#joined(taken, rest))
  }

  /** No more text comes in front of what comes now. */
  #join(taken: TakenOver, stopped: boolean): ChatEvent[] {
    return taken.joint ? this.#joined(taken, taken.joint.end(stopped)) : []
  }

  /** The stream fits: its text begins with `rest`. */
  #joined(taken: TakenOver, rest: string): ChatEvent[] {
    const { textPart, closes, held } = taken
    taken.joint = undefined
    taken.held = []
    const told: ChatEvent[] = []
    this.#closeThought(told)
    const open = this.#text
    if (textPart !== undefined && (open !== undefined || rest !== '')) {
      const part = open ?? this.#parts++
      taken.parts.set(textPart, part)
      if (rest !== '') told.push({ type: 'text-delta', choice: 0, part, text: rest })
      if (closes) told.push(this.#ending(closes, taken))
    } else if (open !== undefined) told.push({ type: 'part-end', choice: 0, part: open })
    told.push(...held)
    return told
  }

  /** A thought that broke off is closed before anything else goes on. */
  #closeThought(told: ChatEvent[]): void {
    if (this.#thought !== undefined) told.push({ type: 'part-end', choice: 0, part: this.#thought })
    this.#thought = undefined
  }

  /** The end of a text that two have written. What proves the one's words does not prove the other's. */
  #ending({ part }: ChatEventOf<'part-end'>, { parts }: TakenOver): ChatEvent {
    return { type: 'part-end', choice: 0, part: parts.get(part) ?? part }
  }

  /** Gives the parts of a stream numbers behind those that were told before. */
  #renumber(event: ChatEvent, { parts }: TakenOver, told: ChatEvent[]): void {
    if (!('part' in event)) {
      told.push(event)
      return
    }
    let part = parts.get(event.part)
    if (part === undefined) {
      this.#closeThought(told)
      part = this.#parts++
      parts.set(event.part, part)
    }
    told.push({ ...event, part })
  }
}

/** A stream that goes on where another broke off. */
interface TakenOver {
  /** Undefined once it is known to fit, or where nothing was said before. */
  joint: Joint | undefined
  /** Something was said before. */
  readonly spoke: boolean
  /** The numbers of its parts, as the reader is told them. */
  readonly parts: Map<number, number>
  /** What came before it was known to fit, and can be told only then. */
  held: ChatEvent[]
  /** The part that goes on with the text, and its end, where that has come before it was known to fit. */
  textPart: number | undefined
  closes: ChatEventOf<'part-end'> | undefined
}

/** Whether a text ends with a beginning of a sequence. */
function endsWithin(text: string, sequence: string): boolean {
  for (let length = 1; length < sequence.length; length++) if (text.endsWith(sequence.slice(0, length))) return true
  return false
}

/** The words that an application has put into the model's mouth; undefined where the last message is no text of the model's. */
function lastText(messages: readonly Message[]): string | undefined {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return undefined
  const part = last.content.at(-1)
  return part?.type === 'text' ? part.text : undefined
}

/** The messages with `text` as the beginning of the answer, in place of one that is there. */
function withLast(messages: readonly Message[], text: string): readonly Message[] {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return [...messages, { role: 'assistant', content: [{ type: 'text', text }] }]
  const { citations: _, signature: __, ...part } = last.content.at(-1) as TextPart
  return [...messages.slice(0, -1), { ...last, content: [...last.content.slice(0, -1), { ...part, text }] }]
}
