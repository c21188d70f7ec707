import { byteBound } from './byte-bound.ts'
import { estimateTokens } from './chat/estimate.ts'
import type { Fold, Operation, OperationRequest, OperationResponse, Usage } from './operation.ts'

export interface SpeechRequest extends OperationRequest {
  /** What to say. */
  readonly input: string
  /** Whose voice, in the provider's words; or the id of a voice of one's own. */
  readonly voice: string | { readonly id: string }
  /** The format of the sound. @default the provider's own, mostly mp3 */
  readonly format?: 'mp3' | 'opus' | 'aac' | 'flac' | 'wav' | 'pcm' | undefined
  /** 1 is normal. */
  readonly speed?: number | undefined
  /** How to say it. */
  readonly instructions?: string | undefined
  /** ISO 639-1, where the provider asks. */
  readonly language?: string | undefined
}

export interface SpeechResponse extends OperationResponse {
  readonly audio: Uint8Array
  /** Such as `audio/mpeg`. */
  readonly mediaType: string
  readonly usage: Usage
}

export type SpeechEvent =
  | { readonly type: 'audio'; readonly data: Uint8Array; readonly mediaType: string }
  | { readonly type: 'usage'; readonly usage: Usage }
  | { readonly type: 'end' }

export type Speech = Operation<SpeechRequest, SpeechResponse, SpeechEvent>

/** Text in, sound out, as it is made. */
export const speech: Speech = {
  id: 'speech',
  fold: () => new SpeechFold(),
  unfold: ({ audio, mediaType, usage }) => [
    { type: 'audio', data: audio, mediaType },
    { type: 'usage', usage },
    { type: 'end' },
  ],
  hasContent: (event) => event.type === 'audio' && event.data.length > 0,
  finishes: (event) => event.type === 'end',
  usageOf: (event) => (event.type === 'usage' ? event.usage : undefined),
  // A second is never under 2,000 bytes, or under 16,000 without compression.
  sizeOf: (event) =>
    event.type === 'audio' ? Math.ceil(event.data.length / (isPlain.test(event.mediaType) ? 640 : 80)) : 0,
  emptiness: ({ audio }) => (audio.length > 0 ? undefined : 'The answer has no sound.'),
  // Sound is no JSON, which is what entries are.
  storable: () => false,
  cacheable: () => false,
  uncapped: true,
  bound: ({ input, instructions = '', speed = 1 }) => ({
    inputTokens: framing + byteBound(input) + byteBound(instructions),
    // Whoever speaks slowly takes a second for a character, and pauses.
    outputTokens: Math.ceil(((input.length + pauses) * tokensPerSecond) / Math.min(speed > 0 ? speed : slowest, 1)),
    // In UTF-16: nobody counts more.
    units: { characters: input.length },
  }),
  estimate: ({ input, instructions = '' }) => estimateTokens(input) + estimateTokens(instructions),
}

/** What a model's template writes around a text. */
const framing = 64
/** OpenAI makes some 21 tokens of a second ("$0.015 a minute"), Google 25. */
const tokensPerSecond = 25
/** Seconds of silence before and after. */
const pauses = 10
/** The lowest speed that anybody takes. */
const slowest = 0.25
const isPlain = /wav|pcm|l16/i

class SpeechFold implements Fold<SpeechResponse, SpeechEvent> {
  readonly #pieces: Uint8Array[] = []
  #mediaType = 'application/octet-stream'
  #usage: Usage = {}

  add(event: SpeechEvent): void {
    if (event.type === 'audio') {
      this.#pieces.push(event.data)
      this.#mediaType = event.mediaType
    } else if (event.type === 'usage') this.#usage = event.usage
  }

  result(): SpeechResponse {
    return { audio: joined(this.#pieces), mediaType: this.#mediaType, usage: this.#usage }
  }
}

/** Puts pieces of sound together. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
