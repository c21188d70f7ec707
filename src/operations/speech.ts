import { byteBound } from './byte-bound.ts'
import { estimateTokens } from './chat/estimate.ts'
import type { Extensions, Fold, Operation, OperationRequest, OperationResponse, Usage } from './operation.ts'

export interface SpeechRequest extends OperationRequest {
  /** What to say. */
  readonly input: string
  /** Whose voice, in the provider's words. */
  readonly voice: string
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
  readonly extensions?: Extensions | undefined
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
  // Providers that bill sound by tokens make some twenty of a second. A second is never under 2,000 bytes, or under 16,000 without compression.
  sizeOf: (event) =>
    event.type === 'audio' ? Math.ceil(event.data.length / (/wav|pcm|l16/i.test(event.mediaType) ? 800 : 100)) : 0,
  emptiness: ({ audio }) => (audio.length > 0 ? undefined : 'The answer has no sound.'),
  // Sound is no JSON, which is what entries are.
  storable: () => false,
  cacheable: () => false,
  bound: ({ input, instructions = '' }) => ({
    inputTokens: framing + byteBound(input) + byteBound(instructions),
    outputTokens: undefined,
    // Not the length of the string: some providers count what a reader would.
    units: { characters: input.length },
  }),
  estimate: ({ input, instructions = '' }) => estimateTokens(input) + estimateTokens(instructions),
}

/** What a model's template writes around a text. */
const framing = 64

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
    const audio = new Uint8Array(this.#pieces.reduce((size, piece) => size + piece.length, 0))
    let at = 0
    for (const piece of this.#pieces) {
      audio.set(piece, at)
      at += piece.length
    }
    return { audio, mediaType: this.#mediaType, usage: this.#usage }
  }
}
