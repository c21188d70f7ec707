import {
  type Recording,
  type Transcription,
  type TranscriptionRequest,
  type TranscriptionResponse,
  type TranscriptSegment,
  transcription,
} from '../operations/transcription.ts'
import type { TraceRecorder } from '../telemetry/trace.ts'
import { type Ask, OperationReply } from './ask.ts'
import { checkInput, type InputFields, wrong } from './fields.ts'
import { OperationStream } from './operation-stream.ts'

/** What `gateway.transcribe` takes: the sound may be given as it is. */
export interface TranscriptionInput<Model extends string = string>
  extends Omit<TranscriptionRequest, 'model' | 'audio'> {
  readonly model: Model
  readonly audio: Recording | Uint8Array | Blob
}

/** What `gateway.transcribe` gives. */
export class TranscriptionReply extends OperationReply<TranscriptionResponse> {
  get text(): string {
    return this.response.text
  }

  /** What was said when, where `timestamps` or `speakers` were asked for. */
  get segments(): readonly TranscriptSegment[] {
    return this.response.segments ?? []
  }

  get words(): readonly TranscriptSegment[] {
    return this.response.words ?? []
  }
}

/** What `gateway.transcribe` gives with `stream: true`: the text as it is understood. */
export type TranscriptionStream = OperationStream<Transcription, string, TranscriptionReply>

/** Asks for a transcription. */
export const transcribe: Ask<Transcription, TranscriptionInput, TranscriptionReply, TranscriptionStream> = {
  operation: transcription,
  request(input) {
    checkInput(input, fields)
    const { audio } = input
    if (audio instanceof Uint8Array) return { ...input, audio: { data: audio } }
    // A file has a name.
    if (audio instanceof Blob) return { ...input, audio: { data: audio, name: (audio as Partial<File>).name } }
    if (audio.data instanceof Uint8Array || audio.data instanceof Blob) return { ...input, audio }
    throw wrong('audio.data is no Uint8Array and no Blob.')
  },
  reply: show,
  stream: (reply, recorder) =>
    new OperationStream(reply, recorder, (event) => (event.type === 'text-delta' ? event.text : undefined), show),
}

function show(response: TranscriptionResponse, recorder: TraceRecorder): TranscriptionReply {
  return new TranscriptionReply(response, recorder)
}

const fields: InputFields<TranscriptionInput> = {
  model: 'string!',
  audio: 'object!',
  language: 'string',
  prompt: 'string',
  temperature: 'number',
  translate: 'boolean',
  timestamps: 'list',
  speakers: 'boolean',
  stream: 'boolean',
  headers: 'object',
  extensions: 'object',
}
