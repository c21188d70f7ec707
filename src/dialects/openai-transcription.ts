import { GatewayError } from '../errors.ts'
import type { Usage } from '../operations/operation.ts'
import {
  type Recording,
  type TranscriptionEvent,
  type TranscriptionRequest,
  type TranscriptionResponse,
  type TranscriptSegment,
  transcription,
} from '../operations/transcription.ts'
import { extensionsOf } from '../operations/whole.ts'
import { atDeployment, deploymentIn } from './deployment.ts'
import type { Dialect, Door, Frame, RawBody, StreamDecoder, StreamEncoder, Target, WireRequest } from './dialect.ts'
import { check, compact, type Fields, invalid, isFields, numberOf, type Shape, unknownFields } from './fields.ts'
import { addFields, Form, formFields } from './form.ts'
import { decodeError, encodeError } from './openai-error.ts'
import { decodeEvent, encodeErrorEvent } from './openai-event.ts'
import { encodeFrame } from './sse.ts'
import { malformed } from './whole.ts'

/** How providers depart from OpenAI's Transcriptions. */
export interface OpenAITranscriptionQuirks {
  /** It takes `verbose_json`, which tells times and the length of the sound, with every model; it is asked for it always. @default only with Whisper and Voxtral, and only where times are asked for */
  readonly timestamps?: true | undefined
  /** It answers with all that it knows, and takes no `response_format`. */
  readonly formats?: false | undefined
  /** The field that asks who said what. @default the `response_format` `diarized_json` */
  readonly speakers?: string | undefined
  /** Lists come under their name, without brackets. */
  readonly plainLists?: true | undefined
  /** It bills no less than so many seconds. */
  readonly minimumSeconds?: number | undefined
}

const id = 'openai-transcription'

/** Speaks OpenAI's Transcriptions and Translations, which Groq, Mistral, Together, Fireworks and others speak too. */
export const openaiTranscription: Dialect<
  OpenAITranscriptionQuirks,
  TranscriptionRequest,
  TranscriptionResponse,
  TranscriptionEvent
> = {
  id,
  operation: transcription,
  upstream: {
    encode: encodeRequest,
    decode: decodeResponse,
    stream: (target) => new TranscriptDecoder(target),
    error: decodeError,
  },
  downstream: {
    match: (path) => (/\/audio\/(transcriptions|translations)$/.test(path) ? { model: path } : undefined),
    decode: decodeRequest,
    encode: encodeResponse,
    stream: (request) => new TranscriptEncoder(request),
    error: encodeError,
  },
}

function encodeRequest(
  request: TranscriptionRequest,
  { model, quirks, provider }: Target<OpenAITranscriptionQuirks>,
): WireRequest {
  const { audio, language, prompt, temperature, translate, timestamps = [], speakers, extensions } = request
  const { response_format: told, ...own } = extensions?.[id] ?? {}
  // Only Whisper, and those that serve it, tell times; OpenAI's newer models take plain JSON alone.
  const tellsTimes = quirks.timestamps ?? /whisper|voxtral/.test(model)
  const wantsTimes = timestamps.length > 0 || told === 'verbose_json' || isSubtitles(told)
  if (isSubtitles(told) && !tellsTimes) {
    throw new GatewayError('unsupported', `${provider}/${model} tells no times, which subtitles are made of.`)
  }
  const warnings =
    wantsTimes && !tellsTimes && !speakers ? ['`timestamps` was left out: the model tells no times.'] : []
  const asksWho = speakers && quirks.speakers
  const format =
    speakers && !asksWho
      ? 'diarized_json'
      : tellsTimes && (wantsTimes || asksWho || quirks.timestamps)
        ? 'verbose_json'
        : 'json'
  const form = new FormData()
  const said = {
    model,
    language,
    prompt,
    temperature,
    response_format: quirks.formats === false ? undefined : format,
    [asksWho || '']: asksWho ? true : undefined,
    timestamp_granularities: tellsTimes && format !== 'diarized_json' ? timestamps : undefined,
    // OpenAI refuses to tell speakers of more than 30 seconds without one.
    chunking_strategy: format === 'diarized_json' ? 'auto' : undefined,
    // Whisper understands all before it says anything.
    stream: request.stream && !/whisper/.test(model) ? true : undefined,
    ...own,
  }
  addFields(form, said, quirks.plainLists ? '' : '[]')
  form.append('file', ...fileOf(audio))
  return {
    path: translate ? '/audio/translations' : '/audio/transcriptions',
    body: {},
    form,
    ...(warnings.length > 0 && { warnings }),
  }
}

function isSubtitles(format: unknown): format is 'srt' | 'vtt' {
  return format === 'srt' || format === 'vtt'
}

function fileOf({ data, mediaType, name }: Recording): [Blob, string] {
  const type = mediaType ?? (data instanceof Blob && data.type !== '' ? data.type : undefined)
  const kind = type?.replace(/^.*\/(x-)?|;.*$/g, '') ?? 'wav'
  const file = data instanceof Blob ? data : new Blob([data as BlobPart], { type: type ?? 'application/octet-stream' })
  return [file, name ?? `audio.${endings[kind] ?? kind}`]
}

/** Where the ending of a file is other than the name of its kind. */
const endings: Readonly<Record<string, string>> = { mpeg: 'mp3', mp4: 'm4a', wave: 'wav', 'octet-stream': 'wav' }

function decodeResponse(body: unknown, target: Target<OpenAITranscriptionQuirks>): TranscriptionResponse {
  if (!isFields(body) || typeof body['text'] !== 'string') throw malformed(target, 'the answer has no text.', body)
  const { text, language, duration, segments, words } = body
  return compact<TranscriptionResponse>({
    text,
    language: typeof language === 'string' ? language : undefined,
    duration: numberOf(duration),
    segments: Array.isArray(segments) ? segments.filter(isFields).map((item) => segmentOf(item, 'text')) : undefined,
    words: Array.isArray(words) ? words.filter(isFields).map((item) => segmentOf(item, 'word')) : undefined,
    usage: usageOf(body, target.quirks),
    ...extensionsOf(id, unknownFields(body, responseNames)),
  })
}

const responseNames = {
  text: true,
  language: true,
  duration: true,
  segments: true,
  words: true,
  usage: true,
  task: true,
} as const

function segmentOf(item: Fields, name: 'text' | 'word'): TranscriptSegment {
  // Mistral and Together call it an id.
  const speaker = item['speaker'] ?? item['speaker_id']
  return compact<TranscriptSegment>({
    // Mistral has words under `text`.
    text: String(item[name] ?? item['text'] ?? ''),
    start: Number(item['start']),
    end: Number(item['end']),
    speaker: typeof speaker === 'string' ? speaker : undefined,
    ...extensionsOf(id, unknownFields(item, { ...segmentNames, [name]: true })),
  })
}

const segmentNames = { text: true, start: true, end: true, speaker: true, speaker_id: true } as const

/** Billed by tokens, or by seconds; models that tell neither tell how long the sound was. */
function usageOf({ usage, duration }: Fields, { minimumSeconds = 0 }: OpenAITranscriptionQuirks): Usage {
  const told = isFields(usage) ? usage : {}
  const details = isFields(told['input_token_details']) ? told['input_token_details'] : {}
  const seconds = numberOf(told['seconds']) ?? numberOf(told['prompt_audio_seconds']) ?? numberOf(duration)
  return compact<Usage>({
    // Mistral's words are those of chat.
    inputTokens: numberOf(told['input_tokens']) ?? numberOf(told['prompt_tokens']),
    outputTokens: numberOf(told['output_tokens']) ?? numberOf(told['completion_tokens']),
    audioInputTokens: numberOf(details['audio_tokens']),
    seconds: seconds === undefined ? undefined : Math.max(seconds, minimumSeconds),
  })
}

/** `transcript.text.delta`, `transcript.text.segment` and `transcript.text.done`; Mistral says `transcription.…`, and `text` for `delta`. */
class TranscriptDecoder implements StreamDecoder<TranscriptionEvent> {
  done = false
  readonly #target: Target<OpenAITranscriptionQuirks>
  readonly #segments: TranscriptSegment[] = []

  constructor(target: Target<OpenAITranscriptionQuirks>) {
    this.#target = target
  }

  push({ data }: Frame, out: TranscriptionEvent[]): void {
    const { type, ...event } = decodeEvent(data, this.#target) ?? {}
    const kind = /^trans\w+\.(?:text\.)?(\w+)$/.exec(String(type))?.[1]
    if (kind === 'delta') {
      const { delta, text, ...rest } = event
      const extensions = extensionsOf(id, Object.keys(rest).length > 0 ? rest : undefined)
      out.push({ type: 'text-delta', text: String(delta ?? text ?? ''), ...extensions })
    } else if (kind === 'segment') {
      const segment = segmentOf(event, 'text')
      this.#segments.push(segment)
      out.push({ type: 'segment', segment })
    } else if (kind === 'done') {
      const response = decodeResponse(event, this.#target)
      const segments = response.segments?.length ? response.segments : this.#segments
      out.push({ type: 'end', response: segments.length > 0 ? { ...response, segments } : response })
      this.done = true
    }
  }

  end(): void {}
}

function decodeRequest(body: unknown, { model: path = '' }: Door): TranscriptionRequest {
  if (!(body instanceof Form)) throw invalid('The body', 'multipart/form-data')
  const fields = atDeployment(formFields(body, { temperature: 'number', stream: 'boolean' }), deploymentIn(path))
  check(fields, requestShape, '')
  const file = body.files.find(({ field }) => field === 'file')
  if (!file) throw invalid('file', 'a file')
  const { response_format: format, timestamp_granularities: timestamps } = fields
  return compact<TranscriptionRequest>({
    model: fields['model'] as string,
    audio: { data: file.bytes, name: file.name, mediaType: file.mediaType },
    language: fields['language'] as string | undefined,
    prompt: fields['prompt'] as string | undefined,
    temperature: fields['temperature'] as number | undefined,
    translate: path.endsWith('translations') ? true : undefined,
    timestamps:
      timestamps === undefined ? undefined : ([timestamps].flat() as unknown as TranscriptionRequest['timestamps']),
    speakers: format === 'diarized_json' ? true : undefined,
    stream: fields['stream'] === true ? true : undefined,
    ...extensionsOf(id, unknownFields(fields, { ...requestShape, response_format: format === 'json' ? true : '' })),
  })
}

const requestShape: Shape = {
  model: 'string',
  language: 'string?',
  prompt: 'string?',
  temperature: 'number?',
  response_format: 'string?',
  timestamp_granularities: true,
  stream: 'boolean?',
}

/** The answer in the form that was asked for: JSON, more of it, a text, or subtitles. */
function encodeResponse(response: TranscriptionResponse, request: TranscriptionRequest): Fields | RawBody {
  const { text, language, duration, segments, words, extensions } = response
  const format = request.extensions?.[id]?.['response_format'] ?? 'json'
  if (format === 'text') return { contentType: plainText, raw: `${text}\n` }
  if (isSubtitles(format)) {
    return { contentType: plainText, raw: subtitles(segments ?? [{ text, start: 0, end: duration ?? 0 }], format) }
  }
  const usage = encodeUsage(response.usage)
  if (format === 'json') return compact({ ...extensions?.[id], text, usage })
  return compact({
    ...extensions?.[id],
    task: request.translate ? 'translate' : 'transcribe',
    language,
    duration,
    text,
    segments: segments?.map((segment, index) => encodeSegment(segment, index, format)),
    words: words?.map(({ text: word, start, end, extensions }) => ({ ...extensions?.[id], word, start, end })),
    usage,
  })
}

const plainText = 'text/plain; charset=utf-8'

function encodeSegment({ extensions, ...segment }: TranscriptSegment, index: number, format: unknown): Fields {
  const own = format === 'diarized_json' ? { type: 'transcript.text.segment', id: `seg_${index}` } : { id: index }
  return { ...own, ...segment, ...extensions?.[id] }
}

function encodeUsage({ inputTokens, outputTokens, audioInputTokens, seconds }: Usage): unknown {
  if (inputTokens === undefined || outputTokens === undefined) {
    return seconds === undefined ? undefined : { type: 'duration', seconds: Math.ceil(seconds) }
  }
  return compact({
    type: 'tokens',
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    input_token_details:
      audioInputTokens === undefined
        ? undefined
        : { audio_tokens: audioInputTokens, text_tokens: inputTokens - audioInputTokens },
  })
}

class TranscriptEncoder implements StreamEncoder<TranscriptionEvent> {
  readonly #tellsSpeakers: boolean
  #segments = 0

  constructor({ speakers = false }: TranscriptionRequest) {
    this.#tellsSpeakers = speakers
  }

  push(event: TranscriptionEvent): string {
    if (event.type === 'text-delta') {
      return encodeFrame({ type: 'transcript.text.delta', ...event.extensions?.[id], delta: event.text })
    }
    if (event.type === 'segment') {
      return this.#tellsSpeakers ? encodeFrame(encodeSegment(event.segment, this.#segments++, 'diarized_json')) : ''
    }
    const { text, usage, extensions } = event.response
    return encodeFrame(compact({ type: 'transcript.text.done', ...extensions?.[id], text, usage: encodeUsage(usage) }))
  }

  end(): string {
    return ''
  }

  error(error: GatewayError): string {
    return encodeErrorEvent(error)
  }
}

function subtitles(stretches: readonly TranscriptSegment[], format: 'srt' | 'vtt'): string {
  const lines = stretches.map(({ text, start, end }, index) => {
    const times = `${time(start, format)} --> ${time(end, format)}`
    return `${format === 'srt' ? `${index + 1}\n` : ''}${times}\n${text.trim()}\n`
  })
  return `${format === 'vtt' ? 'WEBVTT\n\n' : ''}${lines.join('\n')}\n`
}

/** `00:01:02,345` in SubRip, with a point in WebVTT. */
function time(seconds: number, format: 'srt' | 'vtt'): string {
  const all = Math.round(seconds * 1000)
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0')
  const rest = String(all % 1000).padStart(3, '0')
  return `${two(all / 3_600_000)}:${two((all / 60_000) % 60)}:${two((all / 1000) % 60)}${format === 'srt' ? ',' : '.'}${rest}`
}
