import { type SpeechEvent, type SpeechRequest, type SpeechResponse, speech } from '../operations/speech.ts'
import { extensionsOf } from '../operations/whole.ts'
import { base64Of } from './base64.ts'
import {
  type Dialect,
  type Door,
  isRawBody,
  type RawBody,
  type StreamDecoder,
  type StreamEncoder,
  type Target,
  type WireRequest,
} from './dialect.ts'
import { check, compact, type Shape, unknownFields } from './fields.ts'
import { decodeError, encodeError } from './openai-error.ts'
import { malformed } from './whole.ts'

/** How providers depart from OpenAI's Speech. */
export interface OpenAISpeechQuirks {
  /** It takes no `instructions`. */
  readonly instructions?: false | undefined
}

const id = 'openai-speech'

/** Speaks OpenAI's Speech: text in, the bytes of a sound file out, as they are made. */
export const openaiSpeech: Dialect<OpenAISpeechQuirks, SpeechRequest, SpeechResponse, SpeechEvent> = {
  id,
  operation: speech,
  upstream: {
    raw: true,
    encode: encodeRequest,
    decode: decodeResponse,
    stream: () => new SoundDecoder(),
    frames: (type, onFrame) => ({
      feed: (bytes) => onFrame({ event: type, data: '', bytes }),
      end() {},
    }),
    error: decodeError,
  },
  downstream: {
    match: (path) => (path.endsWith('/audio/speech') ? {} : undefined),
    decode: decodeRequest,
    encode: ({ audio, mediaType }): RawBody => ({ contentType: mediaType, raw: audio }),
    stream: (request) => (asksForEvents(request) ? new EventEncoder() : new SoundEncoder()),
    streamType: (request) =>
      asksForEvents(request) ? 'text/event-stream; charset=utf-8' : mediaTypeOf(request.format),
    error: encodeError,
  },
}

function encodeRequest(request: SpeechRequest, { model, quirks }: Target<OpenAISpeechQuirks>): WireRequest {
  const { input, voice, format, speed, instructions, language, extensions } = request
  // The bytes themselves come soonest. Whoever wants events gets them from us.
  const { stream_format, ...own } = extensions?.[id] ?? {}
  const warnings: string[] = []
  if (language !== undefined) warnings.push('`language` was left out: the voice reads what is written.')
  if (instructions !== undefined && quirks.instructions === false) {
    warnings.push('`instructions` was left out: the provider takes none.')
  }
  const body = compact<Record<string, unknown>>({
    ...own,
    model,
    input,
    voice,
    response_format: format,
    speed,
    instructions: quirks.instructions === false ? undefined : instructions,
  })
  return { path: '/audio/speech', body, ...(warnings.length > 0 && { warnings }) }
}

function decodeResponse(body: unknown, target: Target<unknown>): SpeechResponse {
  if (!isRawBody(body) || typeof body.raw === 'string') throw malformed(target, 'the answer is no sound.')
  return { audio: body.raw, mediaType: body.contentType, usage: {} }
}

class SoundDecoder implements StreamDecoder<SpeechEvent> {
  push({ event: mediaType = '', bytes }: Parameters<StreamDecoder<SpeechEvent>['push']>[0], out: SpeechEvent[]): void {
    if (bytes) out.push({ type: 'audio', data: bytes, mediaType })
  }

  end(out: SpeechEvent[]): void {
    out.push({ type: 'end' })
  }
}

function decodeRequest(body: unknown, _door: Door): SpeechRequest {
  check(body, requestShape, '')
  return compact<SpeechRequest>({
    model: body['model'] as string,
    input: body['input'] as string,
    // A voice of one's own is an object with an id.
    voice: typeof body['voice'] === 'string' ? body['voice'] : ((body['voice'] as { id?: string } | null)?.id ?? ''),
    format: body['response_format'] as SpeechRequest['format'],
    speed: body['speed'] as number | undefined,
    instructions: body['instructions'] as string | undefined,
    // The application reads bytes as they come, whether it says so or not.
    stream: true,
    ...extensionsOf(id, unknownFields(body, requestShape)),
  })
}

const requestShape: Shape = {
  model: 'string',
  input: 'string',
  voice: true,
  response_format: 'string?',
  speed: 'number?',
  instructions: 'string?',
}

function asksForEvents({ extensions }: SpeechRequest): boolean {
  return extensions?.[id]?.['stream_format'] === 'sse'
}

function mediaTypeOf(format: SpeechRequest['format'] = 'mp3'): string {
  return format === 'mp3' ? 'audio/mpeg' : `audio/${format}`
}

class SoundEncoder implements StreamEncoder<SpeechEvent> {
  push(event: SpeechEvent): string | Uint8Array {
    return event.type === 'audio' ? event.data : ''
  }

  end(): string {
    return ''
  }

  /** There is no place for words in a sound. */
  error(): string {
    return ''
  }
}

/** `stream_format: 'sse'` */
class EventEncoder implements StreamEncoder<SpeechEvent> {
  push(event: SpeechEvent): string {
    if (event.type === 'audio') return frame({ type: 'speech.audio.delta', audio: base64Of(event.data) })
    if (event.type === 'end') return frame({ type: 'speech.audio.done' })
    return ''
  }

  end(): string {
    return ''
  }

  error(error: Parameters<StreamEncoder<SpeechEvent>['error']>[0]): string {
    return frame({ type: 'error', ...(encodeError(error) as object) })
  }
}

function frame(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`
}
