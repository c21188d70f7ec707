import type { GatewayError } from '../errors.ts'
import type { Usage } from '../operations/operation.ts'
import { type SpeechEvent, type SpeechRequest, type SpeechResponse, speech } from '../operations/speech.ts'
import { extensionsOf } from '../operations/whole.ts'
import { base64Of } from './base64.ts'
import { atDeployment, deploymentIn } from './deployment.ts'
import {
  type Dialect,
  type Door,
  type Frame,
  type FrameParser,
  isRawBody,
  type RawBody,
  type StreamDecoder,
  type StreamEncoder,
  type Target,
  type WireRequest,
} from './dialect.ts'
import { check, compact, invalid, isFields, type Shape, unknownFields } from './fields.ts'
import { parseJson } from './json.ts'
import { decodeError, encodeError } from './openai-error.ts'
import { decodeEvent, encodeErrorEvent } from './openai-event.ts'
import { encodeFrame, sse } from './sse.ts'
import { bytesIn, malformed } from './whole.ts'

/** How providers depart from OpenAI's Speech. */
export interface OpenAISpeechQuirks {
  /** It takes no `instructions`. */
  readonly instructions?: false | undefined
  /** It can send events, which tell usage. @default the models whose names begin with `gpt-` */
  readonly events?: boolean | undefined
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
    stream: (target, request) => new SoundDecoder(target, request),
    frames,
    error: decodeError,
  },
  downstream: {
    match: (path) => (path.endsWith('/audio/speech') ? { model: deploymentIn(path) } : undefined),
    decode: decodeRequest,
    encode: ({ audio, mediaType }): RawBody => ({ contentType: mediaType, raw: audio }),
    stream: (request) => (asksForEvents(request) ? new EventEncoder() : new SoundEncoder()),
    streamType: (request, [first]) =>
      asksForEvents(request)
        ? 'text/event-stream; charset=utf-8'
        : first?.type === 'audio'
          ? first.mediaType
          : mediaTypeOf(request.format),
    error: encodeError,
  },
}

function encodeRequest(request: SpeechRequest, { model, quirks }: Target<OpenAISpeechQuirks>): WireRequest {
  const { input, voice, format, speed, instructions, language, extensions } = request
  // Whoever asked for events gets them from us.
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
    // Models that bill tokens tell them only in events; TTS-1, which bills characters, has none.
    stream_format: (quirks.events ?? model.startsWith('gpt-')) ? 'sse' : undefined,
  })
  return { path: '/audio/speech', body, ...(warnings.length > 0 && { warnings }) }
}

function frames(type: string, onFrame: (frame: Frame) => void): FrameParser {
  if (type.includes('event-stream')) return sse(onFrame)
  return { feed: (bytes) => onFrame({ event: type, data: '', bytes }), end() {} }
}

function decodeResponse(body: unknown, target: Target<unknown>, request: SpeechRequest | undefined): SpeechResponse {
  if (!isRawBody(body) || typeof body.raw === 'string') throw malformed(target, 'the answer is no sound.')
  const decoder = new SoundDecoder(target, request)
  const events: SpeechEvent[] = []
  const parser = frames(body.contentType, (frame) => decoder.push(frame, events))
  parser.feed(body.raw)
  parser.end()
  decoder.end(events)
  if (!events.some(speech.finishes)) throw malformed(target, 'the answer broke off.')
  const fold = speech.fold()
  for (const event of events) fold.add(event)
  return fold.result()
}

/** Reads bytes as they come, or `speech.audio.delta` and `speech.audio.done`. */
class SoundDecoder implements StreamDecoder<SpeechEvent> {
  done = false
  readonly #target: Target<unknown>
  readonly #request: SpeechRequest | undefined
  /** Events have an end of their own. */
  #isFile = true

  constructor(target: Target<unknown>, request: SpeechRequest | undefined) {
    this.#target = target
    this.#request = request
  }

  push({ event: type = '', data, bytes }: Frame, out: SpeechEvent[]): void {
    if (bytes) {
      if (notSound.test(type))
        throw malformed(this.#target, 'the answer is no sound.', parseJson(new TextDecoder().decode(bytes)))
      out.push({ type: 'audio', data: bytes, mediaType: type || mediaTypeOf(this.#request?.format) })
      return
    }
    this.#isFile = false
    const event = decodeEvent(data, this.#target)
    if (event?.['type'] === 'speech.audio.delta') {
      const sound = bytesIn(String(event['audio'] ?? ''), this.#target)
      out.push({ type: 'audio', data: sound, mediaType: mediaTypeOf(this.#request?.format) })
    } else if (event?.['type'] === 'speech.audio.done') {
      this.#finish(event['usage'], out)
      this.done = true
    }
  }

  end(out: SpeechEvent[]): void {
    if (this.#isFile) this.#finish(undefined, out)
  }

  #finish(told: unknown, out: SpeechEvent[]): void {
    const { input_tokens: input, output_tokens: output } = isFields(told) ? told : {}
    const usage = compact<Usage>({
      characters: this.#request?.input.length,
      inputTokens: typeof input === 'number' ? input : undefined,
      outputTokens: typeof output === 'number' ? output : undefined,
      audioOutputTokens: typeof output === 'number' ? output : undefined,
    })
    out.push({ type: 'usage', usage }, { type: 'end' })
  }
}

const notSound = /json|html|text\/plain/

function decodeRequest(value: unknown, door: Door): SpeechRequest {
  const body = atDeployment(value, door.model)
  check(body, requestShape, '')
  const { voice } = body
  const own = isFields(voice) ? voice['id'] : undefined
  if (typeof (own ?? voice) !== 'string') throw invalid('voice', 'a string, or an object with an id')
  return compact<SpeechRequest>({
    model: body['model'] as string,
    input: body['input'] as string,
    voice: voice as SpeechRequest['voice'],
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

  /** There is no place for words in a sound: it breaks off. */
  error(): string {
    return ''
  }
}

/** `stream_format: 'sse'` */
class EventEncoder implements StreamEncoder<SpeechEvent> {
  #usage: Usage = {}

  push(event: SpeechEvent): string {
    if (event.type === 'audio') return encodeFrame({ type: 'speech.audio.delta', audio: base64Of(event.data) })
    if (event.type === 'end') return encodeFrame({ type: 'speech.audio.done', usage: encodeUsage(this.#usage) })
    this.#usage = event.usage
    return ''
  }

  end(): string {
    return ''
  }

  error(error: GatewayError): string {
    return encodeErrorEvent(error)
  }
}

function encodeUsage({ inputTokens, outputTokens }: Usage): unknown {
  if (inputTokens === undefined || outputTokens === undefined) return undefined
  return { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens }
}
