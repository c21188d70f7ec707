import { answersOf, maximumOf } from '../byte-bound.ts'
import type { Operation } from '../operation.ts'
import { estimateInput, inputBound } from './bound.ts'
import type { ChatEvent } from './event.ts'
import { fold, unfold } from './fold.ts'
import type { ChatRequest } from './request.ts'
import type { ChatResponse } from './response.ts'

export type * from './event.ts'
export type * from './request.ts'
export type * from './response.ts'
export { fold, unfold }

export type Chat = Operation<ChatRequest, ChatResponse, ChatEvent>

/** Messages in, a message out: text, pictures, tools, reasoning. */
export const chat: Chat = {
  id: 'chat',
  fold,
  unfold,
  hasContent(event) {
    switch (event.type) {
      case 'text-delta':
      case 'reasoning-delta':
      case 'refusal-delta':
        return event.text !== ''
      case 'tool-call-start':
      case 'part':
        return true
      default:
        return false
    }
  },
  finishes: (event) => event.type === 'finish',
  usageOf: (event) => (event.type === 'usage' ? event.usage : undefined),
  servedTier: (said) => ('serviceTier' in said ? said.serviceTier : undefined),
  sizeOf(event) {
    switch (event.type) {
      case 'text-delta':
      case 'reasoning-delta':
      case 'refusal-delta':
        return bytes(event.text)
      case 'tool-call-delta':
        return bytes(event.arguments)
      case 'tool-call-start':
        return bytes(event.name)
      default:
        return 0
    }
  },
  emptiness(response, request) {
    if (response.choices.some(({ content }) => content.some(saysSomething))) return undefined
    const [first] = response.choices
    if (first?.finishReason === undefined) return 'The answer has no content and no finish reason.'
    if (first.finishReason !== 'stop' || response.usage.outputTokens || first.stopSequence !== undefined)
      return undefined
    // After a tool's result, or behind words of its own, a model may have nothing to add.
    const last = request.messages.at(-1)
    if (request.stop?.length || last?.role === 'assistant' || last?.content.some(({ type }) => type === 'tool-result'))
      return undefined
    return 'The answer stopped without content and without output tokens.'
  },
  storable: (response) =>
    response.choices.length > 0 &&
    response.choices.every(({ finishReason }) => finishReason === 'stop' || finishReason === 'tool-calls'),
  cacheable: (request) =>
    request.store !== true && !request.heldBy && !request.tools?.some(({ type }) => type === 'hosted'),
  heldBy: (request) => request.heldBy,
  idOf: (said) => ('choices' in said || said.type === 'message-start' ? said.id : undefined),
  bound: (request, window) => ({
    inputTokens: inputBound(request, window),
    outputTokens: maximumOf(request.maxOutputTokens),
    answers: answersOf(request.n),
    hostedTools: request.tools?.some(({ type }) => type === 'hosted'),
  }),
  estimate: estimateInput,
  plain: (request) =>
    !request.tools?.length &&
    request.output?.type !== 'json-schema' &&
    request.maxOutputTokens === undefined &&
    request.messages.every(({ content }) => content.every(({ type }) => type === 'text')) &&
    charactersOf(request) * 3 < smallestWindow,
  overflow(request, { context, maxInput = context, maxOutput }) {
    const { maxOutputTokens } = request
    if (maxOutput !== undefined && maxOutputTokens !== undefined && maxOutputTokens > maxOutput)
      return `it writes at most ${maxOutput} tokens`
    // Most requests are so short that nobody need count: no tokenizer makes more than three tokens of a character.
    if (maxInput === undefined) return undefined
    const size = sizeOf(request)
    if (size.characters * 3 < maxInput) return undefined
    // An estimate may be some 15 % off. In doubt the provider shall say.
    const tokens = (size.tokens ??= estimateInput(request))
    return tokens * 0.8 > maxInput ? `the request has about ${tokens} tokens, and it takes ${maxInput}` : undefined
  },
  mismatch({ tools, output, messages }, traits) {
    if (traits.tools === false && tools?.length) return 'it takes no tools'
    if (traits.jsonSchema === false && output?.type === 'json-schema')
      return 'its answers cannot be held to a JSON schema'
    if (!traits.input) return undefined
    for (const { content } of messages) {
      for (const { type } of content) {
        if ((type === 'image' || type === 'audio' || type === 'video') && !traits.input.includes(type))
          return `it takes no ${type}`
      }
    }
    return undefined
  },
}

/** Tokens. Hardly any chat model reads fewer: such a one says so itself. */
const smallestWindow = 2048

/** What was counted of requests: each is asked about once for every deployment. */
const sizes = new WeakMap<ChatRequest, { readonly characters: number; tokens?: number }>()

function sizeOf(request: ChatRequest): { readonly characters: number; tokens?: number } {
  let size = sizes.get(request)
  if (!size) sizes.set(request, (size = { characters: charactersOf(request) }))
  return size
}

/** How many characters a request has, but for tools and files. */
function charactersOf({ messages }: ChatRequest): number {
  let count = 0
  for (const { content } of messages) {
    for (const part of content) {
      if (part.type === 'text' || part.type === 'reasoning') count += part.text.length
      else if (part.type === 'tool-result') count += JSON.stringify(part.content).length
      else if (part.type === 'tool-call') count += part.arguments.length
    }
  }
  return count
}

function saysSomething(part: ChatResponse['choices'][number]['content'][number]): boolean {
  switch (part.type) {
    case 'text':
    case 'refusal':
      return part.text !== ''
    case 'reasoning':
      return part.text !== '' || part.signature !== undefined
    default:
      return true
  }
}

/** The length of a text in UTF-8, never under. */
function bytes(text: string): number {
  let size = text.length
  for (let index = text.length - 1; index >= 0; index--) if (text.charCodeAt(index) > 127) size += 2
  return size
}
