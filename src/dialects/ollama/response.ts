import { type ChatEvent, type ChatResponse, type FinishReason, fold } from '../../operations/chat/index.ts'
import type { Usage } from '../../operations/operation.ts'
import type { StreamDecoder, Target } from '../dialect.ts'
import { compact, idOf, isFields, lookUp, type Names, numberOf, unknownFields } from '../fields.ts'
import { decodeInnerError, malformed } from './error.ts'
import { extensionsOf, type WireLogprob, type WireResponse, type WireToolCall } from './wire.ts'

type Source = Pick<Target<unknown>, 'provider'>

/** Reads a whole answer as a stream of one line, so that the two cannot differ. */
export function decodeResponse(body: unknown, target: Source): ChatResponse {
  const answer = new Answer(target)
  answer.add(body)
  answer.close()
  const collected = fold()
  for (const event of answer.out) collected.add(event)
  return collected.result()
}

/** Decodes a stream: each line is an answer in small. */
export function decodeStream(target: Source): StreamDecoder<ChatEvent> {
  const answer = new Answer(target)
  return {
    push({ data }, out) {
      if (answer.done) return
      answer.out = out
      let line: unknown
      try {
        line = JSON.parse(data)
      } catch {
        throw malformed(target)
      }
      answer.add(line)
    },
    end(out) {
      answer.out = out
      answer.close()
    },
    get done() {
      return answer.done
    },
  }
}

/** Anything else, such as `load`, is none of a model's. */
const finishReasons: Readonly<Record<string, FinishReason>> = { stop: 'stop', length: 'length' }

/** What an answer's last line has besides numbers of ours: how long everything took, in nanoseconds. */
const answerNames: Names = {
  model: true,
  created_at: true,
  message: true,
  logprobs: true,
  done: true,
  done_reason: true,
  prompt_eval_count: true,
  eval_count: true,
  error: true,
}

/** One answer as it comes. */
class Answer {
  out: ChatEvent[] = []
  done = false
  readonly #target: Source
  #started = false
  #calls = 0
  #parts = 0
  #open: { readonly part: number; readonly type: 'text-delta' | 'reasoning-delta' } | undefined
  /** When it began, in digits: part of the ids of calls that come without. */
  #moment = ''

  constructor(target: Source) {
    this.#target = target
  }

  add(body: unknown): void {
    if (!isFields(body)) throw malformed(this.#target)
    if (body['error']) throw decodeInnerError(body, this.#target)
    try {
      this.#read(body)
    } catch {
      throw malformed(this.#target)
    }
  }

  #read(line: WireResponse): void {
    const { message, logprobs, done } = line
    if (!this.#started) this.#start(line)
    if (message?.thinking) this.#say('reasoning-delta', message.thinking)
    if (message?.content) this.#say('text-delta', message.content)
    for (const data of message?.images ?? []) {
      this.#endPart()
      const source = { type: 'base64', data, mediaType: 'image/png' } as const
      this.out.push({ type: 'part', choice: 0, part: this.#parts++, content: { type: 'image', source } })
    }
    for (const call of message?.tool_calls ?? []) this.#call(call)
    if (logprobs?.length) {
      this.out.push({ type: 'logprobs', choice: 0, logprobs: logprobs.map(decodeLogprob) })
    }
    if (done) this.#finish(line)
  }

  #start({ model, created_at }: WireResponse): void {
    this.#started = true
    const moment = idOf(created_at)
    this.#moment = moment.replace(/\D/g, '')
    const created = Math.floor(Date.parse(moment) / 1000)
    this.out.push({ type: 'message-start', id: '', model: idOf(model), ...(created > 0 && { created }) })
  }

  /** Adds to the open part, or begins one. */
  #say(type: 'text-delta' | 'reasoning-delta', text: string): void {
    if (this.#open?.type !== type) {
      this.#endPart()
      this.#open = { part: this.#parts++, type }
    }
    this.out.push({ type, choice: 0, part: this.#open!.part, text })
  }

  #endPart(): void {
    if (this.#open) this.out.push({ type: 'part-end', choice: 0, part: this.#open.part })
    this.#open = undefined
  }

  /** A call comes whole. */
  #call({ id, function: called }: WireToolCall): void {
    this.#endPart()
    const part = this.#parts++
    const own = idOf(id) || `call_${this.#calls}_${this.#moment}`
    this.#calls++
    this.out.push({ type: 'tool-call-start', choice: 0, part, id: own, name: idOf(called?.name) })
    const input = called?.arguments ?? {}
    const text = typeof input === 'string' ? input : JSON.stringify(input)
    this.out.push({ type: 'tool-call-delta', choice: 0, part, arguments: text || '{}' })
    this.out.push({ type: 'part-end', choice: 0, part })
  }

  #finish(line: WireResponse): void {
    this.#endPart()
    const { done_reason: word } = line
    // Older servers say only that it is done.
    const reason = word ? (lookUp(finishReasons, word) ?? 'other') : 'stop'
    this.out.push({
      type: 'finish',
      choice: 0,
      finishReason: reason === 'stop' && this.#calls > 0 ? 'tool-calls' : reason,
      ...(word && { rawFinishReason: word }),
    })
    const usage = compact<Usage>({
      // Missing where all of the prompt was in the server's memory still.
      inputTokens: numberOf(line.prompt_eval_count),
      outputTokens: numberOf(line.eval_count),
      extensions: extensionsOf(unknownFields(line, answerNames)),
    })
    if (Object.keys(usage).length > 0) this.out.push({ type: 'usage', usage })
    this.close()
  }

  close(): void {
    if (this.done) return
    this.done = true
    this.#endPart()
    this.out.push({ type: 'message-end' })
  }
}

function decodeLogprob({ token, logprob, bytes, top_logprobs: top }: WireLogprob) {
  return { token, logprob, bytes, ...(top?.length && { top }) }
}
