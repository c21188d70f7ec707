import type { GatewayError } from '../../errors.ts'
import type { AnswerPart, ChatEvent, Choice, Citation, TokenLogprob } from '../../operations/chat/index.ts'
import type { Usage } from '../../operations/operation.ts'
import type { StreamDecoder, StreamEncoder, Target } from '../dialect.ts'
import { encodeFrame } from '../sse.ts'
import { malformed, readChunks } from './chunk.ts'
import { downstreamError } from './error.ts'
import { encodeCitations } from './grounding.ts'
import type { GeminiQuirks } from './quirks.ts'
import { encodeAnswerPart, encodeMetadata, finishFields, isBlocked, messageFields } from './response.ts'
import { id, type Wire, type WireCitation, type WirePart } from './wire.ts'

/** Decodes a provider's stream: each frame is an answer in small. */
export function streamDecoder(target: Target<GeminiQuirks>): StreamDecoder<ChatEvent> {
  const reader = readChunks(target)
  return {
    push: ({ data }, out) => reader.add(parse(data, target), out),
    end: (out) => reader.end(out),
  }
}

function parse(data: string, target: Target<GeminiQuirks>): unknown {
  try {
    return JSON.parse(data)
  } catch {
    throw malformed(target)
  }
}

type Part = Extract<AnswerPart, { type: 'text' | 'reasoning' | 'tool-call' | 'refusal' }>
type Draft<T> = { -readonly [Key in keyof T]: T[Key] }

/** What is known of one answer and goes out with the last chunk. */
interface ChoiceState {
  readonly parts: Map<number, Draft<Part>>
  readonly citations: WireCitation[]
  readonly logprobs: TokenLogprob[]
  finish?: Omit<Choice, 'content' | 'logprobs'>
}

/** Encodes a stream as one JSON list, which is what an application gets that did not ask for `alt=sse`. */
export function listEncoder(): StreamEncoder<ChatEvent> {
  let before = '['
  const { push, error } = streamEncoder((chunk) => {
    const text = before + JSON.stringify(chunk)
    before = ',\r\n'
    return text
  })
  return { push, end: () => (before === '[' ? '[]' : ']'), error: (failure) => `${error(failure)}]` }
}

/** Encodes a stream for an application. Calls go out whole, as Gemini sends them, and the usage with the last chunk. */
export function streamEncoder(write: (chunk: unknown) => string = encodeFrame): StreamEncoder<ChatEvent> {
  const choices: ChoiceState[] = []
  let message: Wire = {}
  let own: Wire = {}
  let usage: Usage = {}

  function choiceAt(index: number): ChoiceState {
    return (choices[index] ??= { parts: new Map(), citations: [], logprobs: [] })
  }

  function frame(body: Wire): string {
    const extensions = own
    own = {}
    return write({ ...body, ...message, ...extensions })
  }

  function chunk(index: number, parts: readonly WirePart[]): string {
    return parts.length === 0 ? '' : frame({ candidates: [{ content: { parts, role: 'model' }, index }] })
  }

  function text(event: { choice: number; part: number; text: string }, type: 'text' | 'reasoning' | 'refusal'): string {
    const { parts } = choiceAt(event.choice)
    const part = parts.get(event.part) as Draft<Part & { text: string }> | undefined
    if (part) part.text += event.text
    else parts.set(event.part, { type, text: event.text })
    return chunk(event.choice, encodeAnswerPart({ type, text: event.text }))
  }

  function endPart({ choice, part: index, signature, extensions }: Extract<ChatEvent, { type: 'part-end' }>): string {
    const { parts, citations } = choiceAt(choice)
    const part = parts.get(index)
    if (!part) return ''
    parts.delete(index)
    const end = { ...(signature && { signature }), ...(extensions && { extensions }) }
    if (part.type === 'tool-call') return chunk(choice, encodeAnswerPart({ ...part, ...end }))
    if (part.type === 'text' && part.citations) citations.push(...encodeCitations(part.text, part.citations))
    // The text has gone; what came with its end follows it on an empty part, as Gemini itself does.
    return signature || extensions?.[id]
      ? chunk(choice, encodeAnswerPart({ type: part.type, text: '', ...end } as Part))
      : ''
  }

  function last(serviceTier: string | undefined): string {
    let text = ''
    // A list may have holes, which `forEach` and `flatMap` leave out: not every provider begins to count at 0.
    choices.forEach(({ parts }, choice) => {
      for (const part of parts.keys()) text += endPart({ type: 'part-end', choice, part })
    })
    const candidates = choices.flatMap(({ finish, citations, logprobs }, index) => {
      if (!finish && logprobs.length === 0 && citations.length === 0) return []
      const grounded = finish?.extensions?.[id]?.['groundingMetadata'] !== undefined
      return {
        content: { parts: [{ text: '' }], role: 'model' },
        ...(citations.length > 0 && !grounded && { citationMetadata: { citations } }),
        ...finishFields({ ...(finish ?? { index }), content: [], ...(logprobs.length > 0 && { logprobs }) }),
      }
    })
    const usageMetadata = encodeMetadata({ usage, serviceTier })
    return text + frame({ ...(!isBlocked(own) && { candidates }), ...(usageMetadata && { usageMetadata }) })
  }

  return {
    push(event) {
      switch (event.type) {
        case 'message-start':
          message = messageFields(event)
          own = event.extensions?.[id] ?? {}
          return ''
        case 'text-delta':
          return text(event, 'text')
        case 'reasoning-delta':
          return text(event, 'reasoning')
        case 'refusal-delta':
          return text(event, 'refusal')
        case 'tool-call-start':
          choiceAt(event.choice).parts.set(event.part, {
            type: 'tool-call',
            id: event.id,
            name: event.name,
            arguments: '',
          })
          return ''
        case 'tool-call-delta': {
          const call = choiceAt(event.choice).parts.get(event.part)
          if (call?.type === 'tool-call') call.arguments += event.arguments
          return ''
        }
        case 'part':
          return chunk(event.choice, encodeAnswerPart(event.content))
        case 'citation': {
          const part = choiceAt(event.choice).parts.get(event.part) as { citations?: Citation[] } | undefined
          if (part) (part.citations ??= []).push(event.citation)
          return ''
        }
        case 'part-end':
          return endPart(event)
        case 'logprobs': {
          const { logprobs } = choiceAt(event.choice)
          for (const logprob of event.logprobs) logprobs.push(logprob)
          return ''
        }
        case 'finish': {
          const { type: _, choice, ...finish } = event
          choiceAt(choice).finish = { index: choice, ...finish }
          return ''
        }
        case 'usage':
          usage = event.usage
          return ''
        case 'message-end':
          own = { ...own, ...event.extensions?.[id] }
          return last(event.serviceTier)
      }
    },
    end: () => '',
    error: (error: GatewayError) => write(downstreamError(error)),
  }
}
