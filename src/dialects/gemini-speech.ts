import type { Usage } from '../operations/operation.ts'
import { type SpeechEvent, type SpeechRequest, type SpeechResponse, speech } from '../operations/speech.ts'
import { bytesOf } from './base64.ts'
import type { Dialect, Target, WireRequest } from './dialect.ts'
import { compact, isFields } from './fields.ts'
import { decodeError, decodeErrorInside } from './google-error.ts'
import { waveFile } from './wave.ts'
import { malformed, noStream } from './whole.ts'

const id = 'gemini-speech'

/** Asks Gemini's speech models by `generateContent`. They answer in plain samples; `wav` puts a header in front of them. */
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
  const body = {
    ...own,
    // Google, "Text-to-speech generation": how to say it stands in front of what to say.
    contents: [{ role: 'user', parts: [{ text: instructions ? `${instructions}:\n${input}` : input }] }],
    generationConfig: {
      ...(isFields(generationConfig) && generationConfig),
      responseModalities: ['AUDIO'],
      speechConfig: compact({
        voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } },
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

function decodeResponse(body: unknown, target: Target<unknown>): SpeechResponse {
  if (!isFields(body)) throw malformed(target, 'the answer is no object.')
  if (body['error']) throw decodeErrorInside(body, target)
  const candidates = body['candidates'] as
    | readonly { content?: { parts?: readonly { inlineData?: { data?: string; mimeType?: string } }[] } }[]
    | undefined
  const sound = candidates?.[0]?.content?.parts?.find(({ inlineData }) => inlineData?.data)?.inlineData
  if (!sound?.data) throw malformed(target, 'the answer has no sound.')
  const { data, mimeType = 'audio/L16;rate=24000' } = sound
  const samples = bytesOf(data)
  // `audio/L16;codec=pcm;rate=24000`: two bytes a sample, little end first in spite of the name.
  const rate = Number(/rate=(\d+)/.exec(mimeType)?.[1] ?? 24_000)
  const isPlain = /L16|pcm/i.test(mimeType)
  return {
    audio: isPlain ? waveFile(samples, rate) : samples,
    mediaType: isPlain ? 'audio/wav' : mimeType,
    usage: usageOf(body['usageMetadata']),
  }
}

function usageOf(told: unknown): Usage {
  const { promptTokenCount: input, candidatesTokenCount: output } = isFields(told) ? told : {}
  return compact<Usage>({
    inputTokens: typeof input === 'number' ? input : undefined,
    outputTokens: typeof output === 'number' ? output : undefined,
    audioOutputTokens: typeof output === 'number' ? output : undefined,
  })
}
