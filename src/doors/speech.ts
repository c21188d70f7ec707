import { type Speech, type SpeechRequest, type SpeechResponse, speech } from '../operations/speech.ts'
import type { TraceRecorder } from '../telemetry/trace.ts'
import { type Ask, OperationReply } from './ask.ts'
import { checkInput, type InputFields } from './fields.ts'
import { OperationStream } from './operation-stream.ts'

/** What `gateway.speak` takes. */
export interface SpeechInput<Model extends string = string> extends Omit<SpeechRequest, 'model'> {
  readonly model: Model
}

/** What `gateway.speak` gives. */
export class SpeechReply extends OperationReply<SpeechResponse> {
  get audio(): Uint8Array {
    return this.response.audio
  }

  /** Such as `audio/mpeg`. */
  get mediaType(): string {
    return this.response.mediaType
  }
}

/** What `gateway.speak` gives with `stream: true`: the sound as it is made. */
export type SpeechStream = OperationStream<Speech, Uint8Array, SpeechReply>

/** Asks for speech. */
export const speak: Ask<Speech, SpeechInput, SpeechReply, SpeechStream> = {
  operation: speech,
  request(input) {
    checkInput(input, fields)
    return input
  },
  reply: show,
  stream: (reply, recorder) =>
    new OperationStream(reply, recorder, (event) => (event.type === 'audio' ? event.data : undefined), show),
}

function show(response: SpeechResponse, recorder: TraceRecorder): SpeechReply {
  return new SpeechReply(response, recorder)
}

const fields: InputFields<SpeechInput> = {
  model: 'string!',
  input: 'string!',
  voice: 'string object!',
  format: 'string',
  speed: 'number',
  instructions: 'string',
  language: 'string',
  stream: 'boolean',
  headers: 'object',
  extensions: 'object',
}
