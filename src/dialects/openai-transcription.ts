import type { Usage } from '../operations/operation.ts'
import {
  type TranscriptionEvent,
  type TranscriptionRequest,
  type TranscriptionResponse,
  type TranscriptSegment,
  transcription,
} from '../operations/transcription.ts'
import { extensionsOf } from '../operations/whole.ts'
import type { Dialect, Door, Frame, RawBody, StreamDecoder, StreamEncoder, Target, WireRequest } from './dialect.ts'
import { check, compact, type Fields, invalid, isFields, type Shape, unknownFields } from './fields.ts'
import { Form, formFields } from './form.ts'
import { decodeError, decodeErrorInside, encodeError } from './openai-error.ts'
import { malformed } from './whole.ts'

/** How providers depart from OpenAI's Transcriptions. */
export interface OpenAITranscriptionQuirks {
  /** It can tell times with every model. @default only with Whisper, as OpenAI */
  readonly timestamps?: boolean | undefined
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
    match: (path) => (/\/audio\/(transcriptions|translations)$/.exec(path) ? { model: path } : undefined),
    decode: decodeRequest,
    encode: encodeResponse,
    stream: () => new TranscriptEncoder(),
    error: encodeError,
  },
}

function encodeRequest(
  request: TranscriptionRequest,
  { model, quirks }: Target<OpenAITranscriptionQuirks>,
): WireRequest {
  const { audio, language, prompt, temperature, translate, timestamps = [], speakers, extensions } = request
  const { response_format: told, ...own } = extensions?.[id] ?? {}
  const warnings: string[] = []
  // Only Whisper, and those that serve it, tell times; OpenAI's newer models take plain JSON alone.
  const tellsTimes = quirks.timestamps ?? /whisper|voxtral/.test(model)
  const wantsTimes = timestamps.length > 0 || told === 'srt' || told === 'vtt' || told === 'verbose_json'
  if (wantsTimes && !tellsTimes && !speakers) warnings.push('`timestamps` was left out: the model tells no times.')
  const form = new FormData()
  const add = (name: string, value: unknown): void => {
    if (value !== undefined && value !== null) form.append(name, String(value))
  }
  add('model', model)
  add('language', language)
  add('prompt', prompt)
  add('temperature', temperature)
  add('response_format', speakers ? 'diarized_json' : wantsTimes && tellsTimes ? 'verbose_json' : 'json')
  if (tellsTimes && !speakers) for (const kind of timestamps) add('timestamp_granularities[]', kind)
  if (request.stream) add('stream', true)
  for (const [name, value] of Object.entries(own)) {
    for (const each of [value].flat())
      add(Array.isArray(value) ? `${name}[]` : name, isFields(each) ? JSON.stringify(each) : each)
  }
  const { data, mediaType = 'application/octet-stream', name = 'audio.wav' } = audio
  form.append('file', data instanceof Blob ? data : new Blob([data as BlobPart], { type: mediaType }), name)
  return {
    path: translate ? '/audio/translations' : '/audio/transcriptions',
    body: {},
    form,
    ...(warnings.length > 0 && { warnings }),
  }
}

function decodeResponse(body: unknown, target: Target<unknown>): TranscriptionResponse {
  if (!isFields(body) || typeof body['text'] !== 'string') throw malformed(target, 'the answer has no text.')
  const { text, language, duration, segments, words } = body
  return compact<TranscriptionResponse>({
    text,
    language: typeof language === 'string' ? language : undefined,
    duration: typeof duration === 'number' ? duration : undefined,
    segments: stretches(segments, 'text'),
    words: stretches(words, 'word'),
    usage: usageOf(body),
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

function stretches(list: unknown, name: 'text' | 'word'): readonly TranscriptSegment[] | undefined {
  if (!Array.isArray(list)) return undefined
  return list.filter(isFields).map((item) =>
    compact<TranscriptSegment>({
      text: String(item[name] ?? ''),
      start: Number(item['start']),
      end: Number(item['end']),
      speaker: typeof item['speaker'] === 'string' ? item['speaker'] : undefined,
      ...extensionsOf(id, unknownFields(item, { [name]: true, start: true, end: true, speaker: true })),
    }),
  )
}

/** Billed by tokens, or by seconds; models that tell neither tell how long the sound was. */
function usageOf({ usage, duration }: Fields): Usage {
  const told = isFields(usage) ? usage : {}
  const details = isFields(told['input_token_details']) ? told['input_token_details'] : {}
  return compact<Usage>({
    inputTokens: number(told['input_tokens']),
    outputTokens: number(told['output_tokens']),
    audioInputTokens: number(details['audio_tokens']),
    seconds: number(told['seconds']) ?? number(duration),
  })
}

/** `transcript.text.delta` and `transcript.text.done`. */
class TranscriptDecoder implements StreamDecoder<TranscriptionEvent> {
  done = false
  readonly #target: Target<unknown>

  constructor(target: Target<unknown>) {
    this.#target = target
  }

  push({ data }: Frame, out: TranscriptionEvent[]): void {
    if (data === '[DONE]') return
    const event = parse(data, this.#target)
    if (event['error']) throw decodeErrorInside(event, this.#target)
    if (event['type'] === 'transcript.text.delta') out.push({ type: 'text-delta', text: String(event['delta'] ?? '') })
    else if (event['type'] === 'transcript.text.done') {
      const { type, ...response } = event
      out.push({ type: 'end', response: decodeResponse(response, this.#target) })
      this.done = true
    }
  }

  end(): void {}
}

function parse(data: string, target: Target<unknown>): Fields {
  let event: unknown
  try {
    event = JSON.parse(data)
  } catch {
    // Named below.
  }
  if (isFields(event)) return event
  throw malformed(target, 'an event of the stream is no JSON.')
}

function decodeRequest(body: unknown, { model: path = '' }: Door): TranscriptionRequest {
  if (!(body instanceof Form)) throw invalid('The body', 'multipart/form-data')
  const fields = formFields(body, ['temperature'])
  check(fields, requestShape, '')
  const file = body.files.find(({ field }) => field === 'file')
  if (!file) throw invalid('file', 'a file')
  const { response_format: format } = fields
  return compact<TranscriptionRequest>({
    model: fields['model'] as string,
    audio: { data: file.bytes, name: file.name, mediaType: file.mediaType },
    language: fields['language'] as string | undefined,
    prompt: fields['prompt'] as string | undefined,
    temperature: fields['temperature'] as number | undefined,
    translate: path.endsWith('translations') ? true : undefined,
    timestamps: fields['timestamp_granularities'] as TranscriptionRequest['timestamps'],
    speakers: format === 'diarized_json' ? true : undefined,
    stream: fields['stream'] as boolean | undefined,
    ...extensionsOf(id, compact({ ...unknownFields(fields, requestShape), response_format: format })),
  })
}

const requestShape: Shape = {
  model: 'string',
  language: 'string?',
  prompt: 'string?',
  temperature: 'number?',
  response_format: 'string?',
  timestamp_granularities: 'list of strings?',
  stream: 'boolean?',
}

/** The answer in the form that was asked for: JSON, more of it, a text, or subtitles. */
function encodeResponse(response: TranscriptionResponse, request: TranscriptionRequest): Fields | RawBody {
  const { text, language, duration, segments, words, extensions } = response
  const format = request.extensions?.[id]?.['response_format'] ?? 'json'
  if (format === 'text') return { contentType: 'text/plain; charset=utf-8', raw: `${text}\n` }
  if (format === 'srt' || format === 'vtt') {
    const stretches = segments ?? [{ text, start: 0, end: duration ?? 0 }]
    return { contentType: 'text/plain; charset=utf-8', raw: subtitles(stretches, format) }
  }
  const usage = encodeUsage(response)
  if (format === 'json') return compact({ text, usage, ...extensions?.[id] })
  return compact({
    task: request.translate ? 'translate' : 'transcribe',
    language,
    duration,
    text,
    segments: segments?.map(({ extensions, ...segment }, id) => ({
      id,
      ...segment,
      ...extensions?.['openai-transcription'],
    })),
    words: words?.map(({ text: word, start, end }) => ({ word, start, end })),
    usage,
    ...extensions?.[id],
  })
}

function encodeUsage({
  usage: { inputTokens, outputTokens, audioInputTokens, seconds },
}: TranscriptionResponse): unknown {
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
  push(event: TranscriptionEvent): string {
    if (event.type === 'text-delta') return frame({ type: 'transcript.text.delta', delta: event.text })
    const { response } = event
    return frame(compact({ type: 'transcript.text.done', text: response.text, usage: encodeUsage(response) }))
  }

  end(): string {
    return ''
  }

  error(error: Parameters<StreamEncoder<TranscriptionEvent>['error']>[0]): string {
    return frame({ type: 'error', ...(encodeError(error) as object) })
  }
}

function frame(data: object): string {
  return `data: ${JSON.stringify(data)}\n\n`
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

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
