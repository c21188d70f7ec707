import type { ChatEvent, ChatEventOf, Citation, Signature } from '../../operations/chat/index.ts'
import type { Usage } from '../../operations/operation.ts'
import type { StreamEncoder } from '../dialect.ts'
import type { Fields } from '../fields.ts'
import { encodeSignature } from '../signature.ts'
import { encodeNamedFrame } from '../sse.ts'
import { citationsOf, encodeCall, encodeEnd, encodeLogprobs } from './encode-response.ts'
import { id, own } from './wire.ts'

/** A part that has begun. */
interface Open {
  readonly kind: 'text' | 'thinking' | 'call'
  /** Contents and calls are numbered apart. */
  readonly index: number
  text: string
}

/** Writes a stream for an application: the first choice, for there is one only. */
export function encodeStream(): StreamEncoder<ChatEvent> {
  const open = new Map<number, Open>()
  let contents = 0
  let calls = 0
  let citations = 0
  /** The last citation of Cohere's own. */
  let whole: Citation | undefined
  let finish: ChatEventOf<'finish'> | undefined
  let usage: Usage = {}

  function say(kind: 'text' | 'thinking', part: number, text: string): string {
    let begun = ''
    let opened = open.get(part)
    if (!opened) {
      opened = { kind, index: contents++, text: '' }
      open.set(part, opened)
      begun = frame('content-start', { index: opened.index, ...message({ content: { type: kind, [kind]: '' } }) })
    }
    opened.text += text
    const { index } = opened
    return text ? begun + frame('content-delta', { index, ...message({ content: { [kind]: text } }) }) : begun
  }

  function call({ part, id: callId, name }: ChatEventOf<'tool-call-start'>): string {
    const index = calls++
    open.set(part, { kind: 'call', index, text: '' })
    const begun = encodeCall({ id: callId, name, arguments: '' })
    return frame('tool-call-start', { index, ...message({ tool_calls: begun }) })
  }

  function close({ part, signature, extensions }: ChatEventOf<'part-end'>): string {
    const opened = open.get(part)
    if (!opened) return ''
    open.delete(part)
    const { kind, index } = opened
    if (kind !== 'call') return prove(opened, signature) + frame('content-end', { index })
    const plan = own({ extensions })?.['tool_plan']
    const planned = typeof plan === 'string' ? frame('tool-plan-delta', message({ tool_plan: plan })) : ''
    return planned + prove(opened, signature) + frame('tool-call-end', { index })
  }

  function write(event: ChatEvent): string {
    switch (event.type) {
      case 'message-start': {
        const empty = { role: 'assistant', content: [], tool_plan: '', tool_calls: [], citations: [] }
        return encodeNamedFrame('message-start', { id: event.id, type: 'message-start', ...message(empty) })
      }
      case 'text-delta':
      case 'refusal-delta':
        return say('text', event.part, event.text)
      case 'reasoning-delta':
        return say('thinking', event.part, event.text)
      case 'tool-call-start':
        return call(event)
      case 'tool-call-delta': {
        const more = { tool_calls: { function: { arguments: event.arguments } } }
        return frame('tool-call-delta', { index: open.get(event.part)?.index, ...message(more) })
      }
      case 'part-end':
        return close(event)
      case 'citation': {
        const { citation } = event
        if (own(citation)) whole = citation
        // A further source of one that was told as it came, with all its sources.
        else if (whole && whole.start === citation.start && whole.end === citation.end) return ''
        const { index = 0, text = '' } = open.get(event.part) ?? {}
        return citationsOf([citation], text, index)
          .map((wire) => {
            const place = citations++
            const told = frame('citation-start', { index: place, ...message({ citations: wire }) })
            return told + frame('citation-end', { index: place })
          })
          .join('')
      }
      case 'logprobs':
        return encodeLogprobs(event.logprobs)
          .map((logprobs) => frame('content-delta', { index: 0, logprobs }))
          .join('')
      case 'finish':
        finish = event
        return ''
      case 'usage':
        usage = event.usage
        return ''
      case 'message-end':
        return frame('message-end', { delta: encodeEnd(finish, usage) })
      default:
        // Pictures, sound, and what only other formats can say.
        return ''
    }
  }

  return {
    push: (event) => ('choice' in event && event.choice > 0 ? '' : write(event)),
    end: () => 'data: [DONE]\n\n',
    error: ({ message: words }) => frame('message-end', { delta: { error: words, finish_reason: 'ERROR' } }),
  }
}

/** Says a proof beside what Cohere knows, as the last piece of what it belongs to. */
function prove({ kind, index }: Open, signature: Signature | undefined): string {
  if (!signature) return ''
  const proof = { signature: encodeSignature(signature, id) }
  if (kind !== 'call') return frame('content-delta', { index, ...message({ content: { [kind]: '', ...proof } }) })
  return frame('tool-call-delta', { index, ...message({ tool_calls: { function: { arguments: '' }, ...proof } }) })
}

function message(delta: Fields): Fields {
  return { delta: { message: delta } }
}

function frame(type: string, value: Fields): string {
  return encodeNamedFrame(type, { type, ...value })
}
