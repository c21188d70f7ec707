import { type Generation, textOf } from './generation.ts'
import { openaiChat } from './openai-chat.ts'
import { hashOf } from './png.ts'
import { type Arrival, closing, type StreamFrame, saying, type WireFormat } from './wire-format.ts'

/**
 * Speaks OpenAI's Speech. Each chunk of the script is a piece of sound, noise that follows from its text; without a script,
 * what is to be said is. Sound always comes in pieces, over time.
 */
export const openaiSpeech: WireFormat = {
  id: 'openai-speech',
  matches: (path) => path.endsWith('/audio/speech'),
  read: ({ body }) => ({
    model: String(body['model'] ?? ''),
    stream: true,
    maxOutputTokens: Number.POSITIVE_INFINITY,
    choices: 1,
    input: [body['input'], body['instructions']],
    counts: { characters: String(body['input'] ?? '').length },
    lastUserText: String(body['input'] ?? ''),
  }),
  complaint(body) {
    const missing = ['model', 'input', 'voice'].find((name) => body[name] === undefined)
    if (missing) return `Missing required parameter: '${missing}'.`
    return body['stream_format'] === 'sse' && String(body['model']).startsWith('tts-1')
      ? "Unsupported value: 'stream_format' does not support 'sse' with this model."
      : undefined
  },
  headers: (_stream, arrival, serial, now) => ({
    ...openaiChat.headers(false, arrival, serial, now),
    'content-type': asEvents(arrival) ? 'text/event-stream; charset=utf-8' : typeOf(arrival.body['response_format']),
  }),
  whole: () => '',
  frames,
  failure: openaiChat.failure,
  failureFrame: (error, arrival, sent) => (asEvents(arrival) ? openaiChat.failureFrame(error, arrival, sent) : ''),
}

function* frames(generation: Generation, arrival: Arrival): Generator<StreamFrame, void, undefined> {
  const { inputTokens, outputTokens } = generation.usage
  for (const { chunks } of generation.choices[0]?.pieces ?? []) {
    for (const { text, tokens } of chunks) {
      const bytes = noise(text, 240)
      yield asEvents(arrival)
        ? saying(event({ type: 'speech.audio.delta', audio: btoa(String.fromCharCode(...bytes)) }), tokens)
        : { ...saying('', tokens), bytes }
    }
  }
  const usage = { input_tokens: inputTokens, output_tokens: outputTokens, total_tokens: inputTokens + outputTokens }
  if (asEvents(arrival)) {
    yield closing(event({ type: 'speech.audio.done', ...(generation.reportUsage && { usage }) }))
  } else yield closing('')
}

function asEvents({ body }: Arrival): boolean {
  return body['stream_format'] === 'sse'
}

function typeOf(format: unknown): string {
  return format === undefined || format === 'mp3' ? 'audio/mpeg' : `audio/${format}`
}

/** So many bytes that follow from a text. */
function noise(text: string, length: number): Uint8Array {
  let state = hashOf(text)
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state >>> 24
  })
}

/** What Gemini's speech models say: plain samples, two bytes each. */
export function geminiSound({ choices }: Generation): unknown {
  const bytes = noise((choices[0]?.pieces ?? []).map(textOf).join(''), 480)
  return { inlineData: { mimeType: 'audio/L16;codec=pcm;rate=24000', data: btoa(String.fromCharCode(...bytes)) } }
}

function event(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`
}
