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

/** The most tokens of input that any provider takes. */
const largestWindow = 2_097_152

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

/**
 * The most bytes that a text has in UTF-8, as it is or in a normal form (NFC, NFKC): `ﷺ` may become eighteen letters.
 * In one pass over a table, for normalising itself takes quadratic time on stacked accents.
 */
function byteBound(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index++) {
    let code = text.charCodeAt(index)
    if (code < 0x80) bytes += 1
    // Cyrillic; Chinese and Korean.
    else if (code > 0x385 && code < 0x587) bytes += 2
    else if (code >= 0x3400 && code < 0xd800) bytes += 3
    else {
      if (code < 0xdc00) code = text.codePointAt(index) as number
      if (code > 0xffff) index++
      bytes += (code < 0x800 ? 2 : code > 0xffff ? 4 : 3) + gainOf(code)
    }
  }
  return bytes
}

/** How many bytes a character may gain when it is normalised. */
function gainOf(code: number): number {
  let low = 0
  let high = gains.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (code > (gains[middle] as Gain)[1]) low = middle + 1
    else high = middle
  }
  const gain = gains[low]
  return gain !== undefined && code >= gain[0] ? gain[2] : 0
}

type Gain = readonly [first: number, last: number, bytes: number]

// Of Unicode 15. An accent also counts what it makes of the letter below: `ǖ` and a dot below come apart.
// biome-ignore format: a table
const gains: readonly Gain[] = [
  [0xa8, 0xbe, 3], [0x13f, 0x140, 1], [0x149, 0x149, 1], [0x1c4, 0x1c6, 1], [0x2d8, 0x2dd, 1], [0x300, 0x385, 3],
  [0x587, 0x587, 2], [0x675, 0x678, 2], [0x958, 0x95f, 3], [0x9dc, 0x9df, 3], [0xa33, 0xa33, 3], [0xa36, 0xa36, 3],
  [0xa59, 0xa5e, 3], [0xb5c, 0xb5d, 3], [0xe33, 0xe33, 3], [0xeb3, 0xeb3, 3], [0xedc, 0xedd, 3], [0xf43, 0xfb9, 6],
  [0x1fc1, 0x1fee, 2], [0x2033, 0x2057, 9], [0x2150, 0x2189, 3], [0x222c, 0x2230, 6], [0x247d, 0x2487, 1],
  [0x2a0c, 0x2a0c, 9], [0x2adc, 0x2adc, 2], [0x309b, 0x309f, 3], [0x30ff, 0x30ff, 3], [0x3200, 0x327d, 5],
  [0x32c0, 0x33fe, 15], [0xfa6c, 0xfb4f, 3], [0xfbdd, 0xfdfc, 30], [0xfe71, 0xfefc, 1], [0x1d15e, 0x1d1c0, 8],
  [0x1f12a, 0x1f12a, 3], [0x1f200, 0x1f248, 5],
]
