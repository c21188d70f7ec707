import { byteBound } from './byte-bound.ts'
import type { Extensions, Fold, Operation, OperationRequest, OperationResponse, Usage } from './operation.ts'

/** A recording, whole. */
export interface Recording {
  readonly data: Uint8Array | Blob
  /** Providers tell its format by the ending of the name. @default 'audio.wav' */
  readonly name?: string | undefined
  /** Such as `audio/mpeg`. */
  readonly mediaType?: string | undefined
}

export interface TranscriptionRequest extends OperationRequest {
  readonly audio: Recording
  /** ISO 639-1: what is spoken. @default the provider finds out */
  readonly language?: string | undefined
  /** Words and names that may come, or what was said before. */
  readonly prompt?: string | undefined
  readonly temperature?: number | undefined
  /** Write it in English, whatever is spoken. @default false */
  readonly translate?: boolean | undefined
  /** Tell when what was said: in stretches, word by word, or both. @default none */
  readonly timestamps?: readonly ('segment' | 'word')[] | undefined
  /** Tell who said what. @default false */
  readonly speakers?: boolean | undefined
}

/** A stretch of what was said, in seconds from the start. */
export interface TranscriptSegment {
  readonly text: string
  readonly start: number
  readonly end: number
  readonly speaker?: string | undefined
  readonly extensions?: Extensions | undefined
}

export interface TranscriptionResponse extends OperationResponse {
  readonly text: string
  readonly language?: string | undefined
  /** Seconds. */
  readonly duration?: number | undefined
  readonly segments?: readonly TranscriptSegment[] | undefined
  readonly words?: readonly TranscriptSegment[] | undefined
  readonly usage: Usage
  readonly extensions?: Extensions | undefined
}

export type TranscriptionEvent =
  | { readonly type: 'text-delta'; readonly text: string }
  /** All that is known at the end. Its text counts, whatever came before. */
  | { readonly type: 'end'; readonly response: TranscriptionResponse }

export type Transcription = Operation<TranscriptionRequest, TranscriptionResponse, TranscriptionEvent>

/** Sound in, text out. */
export const transcription: Transcription = {
  id: 'transcription',
  fold: () => new TranscriptionFold(),
  unfold: (response) => [
    ...(response.text === '' ? [] : [{ type: 'text-delta' as const, text: response.text }]),
    { type: 'end', response },
  ],
  hasContent: () => true,
  finishes: (event) => event.type === 'end',
  usageOf: (event) => (event.type === 'end' ? event.response.usage : undefined),
  sizeOf: (event) => (event.type === 'text-delta' ? byteBound(event.text) : 0),
  // Nobody may have said anything.
  emptiness: () => undefined,
  storable: () => true,
  // Neither the request nor its key would hold the sound.
  cacheable: () => false,
  bound({ audio, prompt = '' }) {
    const seconds = secondsOf(audio.data)
    // OpenAI counts ten tokens a second, Google 32.
    return {
      inputTokens: framing + byteBound(prompt) + Math.ceil(seconds * 32),
      outputTokens: undefined,
      units: { seconds },
    }
  },
  estimate: ({ audio }) => Math.ceil(secondsOf(audio.data) * 10),
}

const framing = 64

/**
 * The most seconds that a recording can be: by the rate that a WAV file tells, else by the lowest rate of any codec in
 * use for speech, 6 kbit a second.
 */
function secondsOf(data: Uint8Array | Blob): number {
  if (!(data instanceof Uint8Array)) return Math.ceil(data.size / 750)
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const isWave = data.length > 44 && view.getUint32(0) === 0x52494646 && view.getUint32(8) === 0x57415645
  const rate = isWave ? view.getUint32(28, true) : 0
  return Math.ceil(data.length / (rate || 750))
}

class TranscriptionFold implements Fold<TranscriptionResponse, TranscriptionEvent> {
  #text = ''
  #response: TranscriptionResponse | undefined

  add(event: TranscriptionEvent): void {
    if (event.type === 'text-delta') this.#text += event.text
    else this.#response = event.response
  }

  result(): TranscriptionResponse {
    return this.#response ?? { text: this.#text, usage: {} }
  }
}
