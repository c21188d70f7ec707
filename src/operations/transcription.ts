import { longestSeconds } from './audio-length.ts'
import { byteBound } from './byte-bound.ts'
import type { Extensions, Fold, Operation, OperationRequest, OperationResponse, Usage } from './operation.ts'

/** A recording, whole. */
export interface Recording {
  readonly data: Uint8Array | Blob
  /** Providers tell its format by the ending of the name. @default 'audio', with the ending of its {@link mediaType}, or `.wav` */
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
  /** As the provider writes it: `en`, `english`. */
  readonly language?: string | undefined
  /** Seconds. */
  readonly duration?: number | undefined
  readonly segments?: readonly TranscriptSegment[] | undefined
  readonly words?: readonly TranscriptSegment[] | undefined
  readonly usage: Usage
  readonly extensions?: Extensions | undefined
}

export type TranscriptionEvent =
  | { readonly type: 'text-delta'; readonly text: string; readonly extensions?: Extensions | undefined }
  /** A stretch that is understood, and who spoke. */
  | { readonly type: 'segment'; readonly segment: TranscriptSegment }
  /** All that is known at the end. It counts, whatever came before. */
  | { readonly type: 'end'; readonly response: TranscriptionResponse }

export type Transcription = Operation<TranscriptionRequest, TranscriptionResponse, TranscriptionEvent>

/** Sound in, text out. */
export const transcription: Transcription = {
  id: 'transcription',
  fold: () => new TranscriptionFold(),
  unfold: (response) => [
    ...(response.text === '' ? [] : [{ type: 'text-delta' as const, text: response.text }]),
    ...(response.segments ?? []).map((segment) => ({ type: 'segment' as const, segment })),
    { type: 'end', response },
  ],
  hasContent: (event) => event.type !== 'text-delta' || event.text !== '',
  finishes: (event) => event.type === 'end',
  usageOf: (event) => (event.type === 'end' ? event.response.usage : undefined),
  sizeOf: (event) => (event.type === 'text-delta' ? byteBound(event.text) : 0),
  // Nobody may have said anything.
  emptiness: () => undefined,
  storable: () => true,
  // Neither the request nor its key would hold the sound.
  cacheable: () => false,
  uncapped: true,
  bound({ audio, prompt = '' }) {
    const seconds = Math.max(shortestBilled, Math.ceil(longestSeconds(audio.data)))
    return {
      inputTokens: framing + byteBound(prompt) + seconds * tokensPerSecond,
      outputTokens: framing + seconds * tokensPerSecond,
      units: { seconds },
    }
  },
  estimate: ({ audio }) => Math.ceil(longestSeconds(audio.data) * 10),
}

const framing = 64
/** OpenAI counts ten a second of sound, Google 32. Nobody says as many. */
const tokensPerSecond = 32
/** Groq bills no less than ten seconds. */
const shortestBilled = 10

class TranscriptionFold implements Fold<TranscriptionResponse, TranscriptionEvent> {
  #text = ''
  readonly #segments: TranscriptSegment[] = []
  #response: TranscriptionResponse | undefined

  add(event: TranscriptionEvent): void {
    if (event.type === 'text-delta') this.#text += event.text
    else if (event.type === 'segment') this.#segments.push(event.segment)
    else this.#response = event.response
  }

  result(): TranscriptionResponse {
    if (this.#response) return this.#response
    return { text: this.#text, ...(this.#segments.length > 0 && { segments: this.#segments }), usage: {} }
  }
}
