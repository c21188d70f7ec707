import { byteBound, largestWindow } from '../byte-bound.ts'
import { estimateTokens } from './estimate.ts'
import type { ChatRequest, MediaPart, Message, Part } from './request.ts'

/**
 * Bounds the input tokens of a request from above, for admission to a budget: never under what a provider counts.
 *
 * - Text counts its UTF-8 bytes, in the longest of the forms that tokenizers bring it into. Tokenizers that work on bytes
 *   make no token of less than one, those that work on characters fall back to bytes. Nothing tighter holds for any text
 *   and tokenizer: even of English letters there are pairs (`qz`) that no vocabulary joins.
 * - Tools, schemas and what is opaque count the bytes of their JSON; what a provider's chat template adds, the generous
 *   constants of `bounds`.
 * - A picture counts what the dearest formula makes of it. The request does not tell how long a sound, a video or a
 *   document is: they count as a whole context window, which is also the most that all pictures together can be.
 *
 * What a hosted tool reads is not in it: that is what a row's surcharge is for.
 *
 * @param window The most tokens of input that the model takes, where it is known. @default the largest there is
 */
export function inputBound(request: ChatRequest, window: number = largestWindow): number {
  const { tokens, media } = measure(request, bounds)
  return tokens + Math.min(media, window)
}

/** Estimates the input tokens of a request, for context windows and displays. */
export function estimateInput(request: ChatRequest): number {
  const { tokens, media } = measure(request, estimates)
  return tokens + media
}

/** How to count the pieces of a request. */
interface Meter {
  text(text: string): number
  /** Text that a template may write as a JSON string, with its escapes. */
  quoted(text: string): number
  /** What only the provider can read. */
  opaque(text: string): number
  media(part: MediaPart): number
  /** What templates write around everything, around a message, a part and a tool. */
  readonly request: number
  readonly message: number
  readonly part: number
  readonly tool: number
  /** What providers explain to a model that has tools or must answer in JSON. */
  readonly instructions: number
}

const bounds: Meter = {
  text: byteBound,
  quoted: (text) => byteBound(JSON.stringify(text)),
  opaque: byteBound,
  media({ type, detail }) {
    if (type !== 'image') return Number.POSITIVE_INFINITY
    // gpt-4o-mini: 2,833 tokens and 5,667 for each of at most 8 tiles. Where `detail` is not read, Claude: 4,784.
    return detail === 'low' ? 4_784 : 48_169
  },
  request: 256,
  message: 16,
  part: 8,
  tool: 64,
  // Anthropic documents up to 530 for tools alone.
  instructions: 1_024,
}

const estimates: Meter = {
  text: estimateTokens,
  quoted: estimateTokens,
  opaque: (text) => Math.ceil(text.length / 6),
  media: ({ type, detail }) => (type === 'image' ? (detail === 'low' ? 100 : 1_000) : 2_000),
  request: 3,
  message: 4,
  part: 0,
  tool: 8,
  instructions: 128,
}

function measure(request: ChatRequest, meter: Meter): { readonly tokens: number; readonly media: number } {
  let tokens = meter.request
  let media = 0
  if (request.tools?.length || (request.output && request.output.type !== 'text')) tokens += meter.instructions
  if (request.output?.type === 'json-schema') tokens += meter.text(JSON.stringify(request.output))
  for (const tool of request.tools ?? []) tokens += meter.tool + meter.text(JSON.stringify(tool))
  addOpaque(request.extensions)
  for (const message of request.messages) addMessage(message)
  return { tokens, media }

  function addMessage({ name, content, extensions }: Message): void {
    tokens += meter.message
    if (name) tokens += meter.text(name)
    addOpaque(extensions)
    for (const part of content) addPart(part)
  }

  function addPart(part: Part): void {
    tokens += meter.part
    if (part.type === 'extension') {
      addOpaque(part.value)
      return
    }
    addOpaque(part.extensions)
    if ('signature' in part && part.signature) tokens += meter.opaque(part.signature.value)
    switch (part.type) {
      case 'text':
        addOpaque(part.citations)
        tokens += meter.text(part.text)
        break
      case 'reasoning':
      case 'refusal':
        tokens += meter.text(part.text)
        break
      case 'tool-call':
        tokens += meter.text(part.id) + meter.text(part.name) + meter.quoted(part.arguments)
        break
      case 'tool-result':
        tokens += meter.text(part.id) + meter.text(part.name ?? '')
        if (typeof part.content === 'string') tokens += meter.quoted(part.content)
        else for (const inner of part.content) addResult(inner)
        break
      default:
        addMedia(part)
    }
  }

  function addResult(part: Part): void {
    if (part.type === 'text') tokens += meter.part + meter.quoted(part.text)
    else addPart(part)
  }

  function addMedia(part: MediaPart): void {
    tokens += meter.text(part.name ?? '') + meter.text(part.transcript ?? '')
    if (part.source.type === 'text') tokens += meter.text(part.source.text)
    else media += meter.media(part)
  }

  function addOpaque(value: unknown): void {
    if (value !== undefined) tokens += meter.opaque(JSON.stringify(value) ?? '')
  }
}
