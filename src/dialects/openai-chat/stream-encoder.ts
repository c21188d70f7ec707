import type { ChatEvent, ChatEventOf, ChatRequest } from '../../operations/chat/index.ts'
import type { Usage } from '../../operations/operation.ts'
import type { StreamEncoder } from '../dialect.ts'
import { type Fields, isFields } from '../fields.ts'
import { encodeFrame } from '../sse.ts'
import { encodeError } from './error.ts'
import { encodeFinishReason } from './finish-reason.ts'
import { encodeLogprobs, encodeSaid } from './said.ts'
import { addMissing, type Draft, ownFields } from './table.ts'
import { encodeUsage } from './usage.ts'

/** Writes a stream as OpenAI does. */
export function encodeStream({ model, extensions }: ChatRequest): StreamEncoder<ChatEvent> {
  const choices: EncodedChoice[] = []
  const finishes: ChatEventOf<'finish'>[] = []
  let own: Fields | undefined
  let usage: Usage | undefined
  let head: Draft
  let prefix: string
  let text = ''
  begin('', model)

  /** What every chunk says, OpenAI's fingerprint for instance, if it is small. */
  function begin(id: string, model: string, created = 0): void {
    head = { id, object: 'chat.completion.chunk', created, model }
    for (const name in own) if (typeof own[name] !== 'object') head[name] ??= own[name]
    prefix = `data: ${JSON.stringify(head).slice(0, -1)},"choices":[{"index":`
  }
  function choiceAt(index: number): EncodedChoice {
    const choice = choices[index]
    if (choice) return choice
    // The role, once, before anything else: SDKs refuse an answer without it.
    sayChunk(index, '{"role":"assistant","content":""}')
    return (choices[index] = { calls: [], ids: [], thoughts: [] })
  }
  function sayChunk(index: number, delta: string, logprobs = 'null'): void {
    text += `${prefix}${index},"delta":${delta},"logprobs":${logprobs},"finish_reason":null}]}\n\n`
  }
  function say(index: number, delta: string | Fields, logprobs?: string): void {
    choiceAt(index)
    sayChunk(index, typeof delta === 'string' ? delta : JSON.stringify(delta), logprobs)
  }

  return {
    push(event) {
      text = ''
      switch (event.type) {
        case 'message-start':
          own = ownFields(event.extensions)
          begin(event.id, event.model, event.created)
          break
        case 'text-delta':
          say(event.choice, `{"content":${JSON.stringify(event.text)}}`)
          break
        case 'reasoning-delta': {
          const { thoughts } = choiceAt(event.choice)
          thoughts[event.part] = (thoughts[event.part] ?? '') + event.text
          if (event.text) say(event.choice, { reasoning_content: event.text })
          break
        }
        case 'refusal-delta':
          say(event.choice, { refusal: event.text })
          break
        case 'tool-call-start': {
          const { choice, part, id, name } = event
          const { calls, ids } = choiceAt(choice)
          ids[part] = id
          const index = calls.push(part) - 1
          say(choice, { tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] })
          break
        }
        case 'tool-call-delta': {
          const index = choiceAt(event.choice).calls.indexOf(event.part)
          const words = JSON.stringify(event.arguments)
          say(event.choice, `{"tool_calls":[{"index":${index},"function":{"arguments":${words}}}]}`)
          break
        }
        case 'part':
          say(event.choice, encodeSaid([event.content]))
          break
        case 'citation':
          say(event.choice, encodeSaid([{ type: 'text', text: '', citations: [event.citation] }]))
          break
        case 'part-end':
          endPart(event)
          break
        case 'logprobs':
          say(event.choice, '{}', JSON.stringify(encodeLogprobs(event.logprobs)))
          break
        case 'finish':
          finishes.push(event)
          break
        case 'usage':
          usage = event.usage
          break
        case 'message-end':
          end(event)
      }
      return text
    },
    end: () => 'data: [DONE]\n\n',
    error: (error) => encodeFrame(encodeError(error)),
  }

  /** Says what has come to be known of a part: a thought comes once more with its proof, a call with its own fields. */
  function endPart({ choice, part, signature, extensions }: ChatEventOf<'part-end'>): void {
    const own = ownFields(extensions)
    if (!signature && !own) return
    const { calls, ids, thoughts } = choiceAt(choice)
    const index = calls.indexOf(part)
    const text = thoughts[part]
    const { reasoning_details } = encodeSaid([
      text === undefined
        ? { type: 'tool-call', id: ids[part] ?? 'content', name: '', arguments: '', signature }
        : { type: 'reasoning', text, signature, extensions },
    ])
    say(choice, { reasoning_details, tool_calls: index >= 0 && own ? [{ index, ...own }] : undefined })
  }

  /** The ends of the choices wait for this, so that the fields of the whole answer can go out with them. */
  function end({ serviceTier, extensions: last }: ChatEventOf<'message-end'>): void {
    const tail: Draft = { ...head, choices: [], service_tier: serviceTier }
    addMissing(addMissing(tail, ownFields(last)), own)
    for (const { choice: index, finishReason, stopSequence, extensions } of finishes) {
      choiceAt(index)
      const { message = {}, ...rest } = ownFields(extensions) ?? {}
      const reason = encodeFinishReason(finishReason)
      const choice = { index, delta: message, logprobs: null, finish_reason: reason, stop_reason: stopSequence }
      text += encodeFrame({ ...tail, choices: [addMissing(choice, rest)] })
    }
    const counted = usageAsked(extensions) && usage && encodeUsage(usage)
    if (counted) text += encodeFrame({ ...tail, usage: counted })
  }
}

/** Whether an application wants to be told the usage at the end of a stream. */
export function usageAsked(extensions: ChatRequest['extensions']): boolean {
  const options = ownFields(extensions)?.['stream_options']
  return isFields(options) && options['include_usage'] === true
}

interface EncodedChoice {
  /** The parts that are calls, in the order of their index. */
  readonly calls: number[]
  /** The ids of the calls, by their part. */
  readonly ids: string[]
  /** What each thought says, by its part. */
  readonly thoughts: string[]
}
