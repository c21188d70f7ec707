import { type Generation, type Piece, textOf } from './generation.ts'
import { openaiChat } from './openai-chat.ts'
import { type Arrival, closing, field, type StreamFrame, saying, type WireFormat } from './wire-format.ts'

/**
 * Speaks OpenAI's Transcriptions and Translations. What a script lets the model say is what was said in the sound, one
 * stretch for each of its parts. A second of sound has 32,000 bytes, whatever is in it.
 */
export const openaiTranscription: WireFormat = {
  id: 'openai-transcription',
  matches: (path) => /\/audio\/(transcriptions|translations)$/.test(path),
  read: ({ body }) => ({
    model: String(body['model'] ?? ''),
    // Whisper ignores it.
    stream: body['stream'] === 'true' && !isWhisper(body['model']),
    maxOutputTokens: Number.POSITIVE_INFINITY,
    choices: 1,
    input: body['prompt'],
    counts: isWhisper(body['model'])
      ? { inputTokens: 0, outputTokens: 0, seconds: secondsOf(body) }
      : { inputTokens: secondsOf(body) * 10, seconds: secondsOf(body) },
    lastUserText: `the sound of ${field(body['file'], 'name')}`,
  }),
  complaint(body) {
    const missing = ['model', 'file'].find((name) => body[name] === undefined)
    if (missing) return `Missing required parameter: '${missing}'.`
    const format = body['response_format'] ?? 'json'
    const isPlain = !isWhisper(body['model']) && !/voxtral|diarize/.test(String(body['model']))
    return isPlain && format !== 'json'
      ? `response_format '${format}' is not compatible with model '${body['model']}'. Use 'json' instead.`
      : undefined
  },
  headers: openaiChat.headers,
  whole(generation, arrival) {
    const { body } = arrival
    const text = said(generation)
    const usage = generation.reportUsage && { usage: usageOf(generation, body) }
    if ((body['response_format'] ?? 'json') === 'json') return JSON.stringify({ text, ...usage })
    const task = arrival.url.pathname.endsWith('translations') ? 'translate' : 'transcribe'
    const segments = stretches(generation, body)
    return JSON.stringify({ task, language: 'english', duration: secondsOf(body), text, segments, ...usage })
  },
  frames,
  failure: openaiChat.failure,
  failureFrame: openaiChat.failureFrame,
}

function* frames(generation: Generation, { body }: Arrival): Generator<StreamFrame, void, undefined> {
  const segments = stretches(generation, body)
  for (const [index, { chunks }] of pieces(generation).entries()) {
    for (const { text, tokens } of chunks) yield saying(event({ type: 'transcript.text.delta', delta: text }), tokens)
    if (body['response_format'] === 'diarized_json') yield saying(event(segments[index]), 0)
  }
  const usage = generation.reportUsage && { usage: usageOf(generation, body) }
  yield closing(event({ type: 'transcript.text.done', text: said(generation), ...usage }))
}

function isWhisper(model: unknown): boolean {
  return /whisper/.test(String(model))
}

function secondsOf(body: Arrival['body']): number {
  return Math.max(1, Math.ceil(Number(field(body['file'], 'size') ?? 0) / 32_000))
}

function pieces({ choices }: Generation): readonly Piece[] {
  return choices[0]?.pieces ?? []
}

function said(generation: Generation): string {
  return pieces(generation).map(textOf).join(' ')
}

function stretches(generation: Generation, body: Arrival['body']): readonly object[] {
  const each = secondsOf(body) / Math.max(1, pieces(generation).length)
  return pieces(generation).map((piece, index) => {
    const times = { text: textOf(piece), start: index * each, end: (index + 1) * each }
    return body['response_format'] === 'diarized_json'
      ? { type: 'transcript.text.segment', id: `seg_${index}`, speaker: index % 2 ? 'B' : 'A', ...times }
      : { id: index, seek: 0, avg_logprob: -0.25, ...times }
  })
}

function usageOf({ usage: { inputTokens, outputTokens, seconds = 0 } }: Generation, body: Arrival['body']): unknown {
  if (isWhisper(body['model'])) return { type: 'duration', seconds }
  return {
    type: 'tokens',
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    input_token_details: { audio_tokens: seconds * 10, text_tokens: inputTokens - seconds * 10 },
  }
}

function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}
