import { joined, type SpeechEvent, type SpeechRequest, type SpeechResponse, speech } from '../operations/speech.ts'
import type { Dialect, Target, WireRequest } from './dialect.ts'
import { compact, isFields } from './fields.ts'
import { decodeMedia } from './gemini-media.ts'
import { decodeError } from './google-error.ts'
import { waveFile } from './wave.ts'
import { bytesIn, malformed, noStream } from './whole.ts'

const id = 'gemini-speech'

/** Asks Gemini's speech models by `generateContent`. They answer in plain samples, which get the header of a WAV file unless `pcm` is asked for. */
export const geminiSpeech: Dialect<Readonly<Record<never, never>>, SpeechRequest, SpeechResponse, SpeechEvent> = {
  id,
  operation: speech,
  upstream: { encode: encodeRequest, decode: decodeResponse, stream: noStream, error: decodeError },
}

function encodeRequest(request: SpeechRequest, { model }: Target<unknown>): WireRequest {
  const { input, voice, format, speed, instructions, language, extensions } = request
  const warnings: string[] = []
  if (speed !== undefined) warnings.push('`speed` was left out: say it in `instructions`.')
  if (format !== undefined && format !== 'pcm' && format !== 'wav') {
    warnings.push(`\`format: ${format}\` was left out: Gemini makes plain samples, which come as a WAV file.`)
  }
  const { generationConfig, ...own } = extensions?.[id] ?? {}
  const config = isFields(generationConfig) ? generationConfig : {}
  const several = isFields(config['speechConfig']) ? config['speechConfig'] : undefined
  const body = {
    ...own,
    // Google, "Text-to-speech generation": how to say it stands in front of what to say.
    contents: [{ role: 'user', parts: [{ text: instructions ? `${instructions}:\n${input}` : input }] }],
    generationConfig: {
      ...config,
      responseModalities: ['AUDIO'],
      speechConfig: compact({
        // A dialogue has several voices, each with its speaker.
        ...(several ?? {
          voiceConfig: { prebuiltVoiceConfig: { voiceName: typeof voice === 'string' ? voice : voice.id } },
        }),
        languageCode: language,
      }),
    },
  }
  return {
    path: `/models/${encodeURIComponent(model)}:generateContent`,
    body,
    ...(warnings.length > 0 && { warnings }),
  }
}

function decodeResponse(body: unknown, target: Target<unknown>, request?: SpeechRequest): SpeechResponse {
  const { made, usage } = decodeMedia(body, target)
  const [first] = made
  if (!first) throw malformed(target, 'the answer has no sound.')
  const { mimeType = 'audio/L16;rate=24000' } = first
  const samples = joined(made.map(({ data }) => bytesIn(data, target)))
  const told = { ...usage, characters: request?.input.length }
  // `audio/L16;codec=pcm;rate=24000`: two bytes a sample, little end first in spite of the name, as OpenAI's `pcm`.
  if (!/L16|pcm/i.test(mimeType)) return { audio: samples, mediaType: mimeType, usage: told }
  if (request?.format === 'pcm') return { audio: samples, mediaType: 'audio/pcm', usage: told }
  const rate = Number(/rate=(\d+)/.exec(mimeType)?.[1] ?? 24_000)
  return { audio: waveFile(samples, rate), mediaType: 'audio/wav', usage: told }
}
