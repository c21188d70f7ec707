import { describe, expect, test } from 'vitest'
import { geminiSpeech } from '../../src/dialects/gemini-speech.ts'
import type { SpeechRequest } from '../../src/operations/speech.ts'
import { target } from './media.ts'

const ask: SpeechRequest = { model: 'm', input: 'Hello', voice: 'Kore' }
const samples = Buffer.from([1, 0, 2, 0])
const answerOf = (mimeType: string, ...sounds: readonly Buffer[]) => ({
  candidates: [
    { content: { parts: sounds.map((data) => ({ inlineData: { mimeType, data: data.toString('base64') } })) } },
  ],
  usageMetadata: {
    promptTokenCount: 4,
    candidatesTokenCount: 25,
    candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 25 }],
  },
})

test('is asked by generateContent, with how to say it in front', () => {
  const { path, body } = geminiSpeech.upstream.encode({ ...ask, instructions: 'Say warmly', language: 'en-US' }, target)
  expect(path).toBe('/models/m:generateContent')
  expect(body).toEqual({
    contents: [{ role: 'user', parts: [{ text: 'Say warmly:\nHello' }] }],
    generationConfig: {
      responseModalities: ['AUDIO'],
      speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } }, languageCode: 'en-US' },
    },
  })
})

test('a dialogue has the voices that its extension names', () => {
  const speechConfig = { multiSpeakerVoiceConfig: { speakerVoiceConfigs: [] } }
  const extensions = { 'gemini-speech': { generationConfig: { temperature: 1, speechConfig }, safetySettings: [] } }
  expect(geminiSpeech.upstream.encode({ ...ask, extensions }, target).body).toMatchObject({
    safetySettings: [],
    generationConfig: { temperature: 1, speechConfig },
  })
})

test('what it has no words for is left out, with a warning', () => {
  const { body, warnings } = geminiSpeech.upstream.encode({ ...ask, speed: 2, format: 'mp3' }, target)
  expect(JSON.stringify(body)).not.toMatch(/speed|mp3/)
  expect(warnings).toHaveLength(2)
})

describe('samples', () => {
  const decode = (format: SpeechRequest['format'], mimeType = 'audio/L16;codec=pcm;rate=24000', ...more: Buffer[]) =>
    geminiSpeech.upstream.decode(answerOf(mimeType, samples, ...more), target, { ...ask, format })

  test('get the header of a WAV file', () => {
    const { audio, mediaType, usage } = decode(undefined, 'audio/L16;rate=16000')
    expect(mediaType).toBe('audio/wav')
    const view = new DataView(audio.buffer)
    expect(Buffer.from(audio.subarray(0, 4)).toString()).toBe('RIFF')
    expect([view.getUint32(24, true), view.getUint32(28, true), view.getUint32(40, true)]).toEqual([16_000, 32_000, 4])
    expect([...audio.subarray(44)]).toEqual([...samples])
    expect(usage).toEqual({ inputTokens: 4, outputTokens: 25, audioOutputTokens: 25, characters: 5 })
  })

  test('come as they are where `pcm` is asked for', () => {
    const { audio, mediaType } = decode('pcm')
    expect(mediaType).toBe('audio/pcm')
    expect([...audio]).toEqual([...samples])
  })

  test('of several parts are one sound', () => {
    expect(decode('pcm', undefined, samples).audio).toHaveLength(8)
  })

  test('of another kind are what they say', () => {
    expect(decode(undefined, 'audio/ogg')).toMatchObject({ mediaType: 'audio/ogg', audio: new Uint8Array(samples) })
  })
})

test.each([
  ['content_filtered', { promptFeedback: { blockReason: 'SAFETY' } }],
  ['content_filtered', { candidates: [{ finishReason: 'PROHIBITED_CONTENT' }] }],
  ['invalid_response', { candidates: [{ finishReason: 'OTHER' }] }],
  ['invalid_response', []],
  ['invalid_response', { candidates: [{ content: { parts: [{ inlineData: { data: '***' } }] } }] }],
  ['rate_limited', { error: { code: 429, status: 'RESOURCE_EXHAUSTED', message: 'Slow down' } }],
])('%s: %j', (code, body) => {
  expect(() => geminiSpeech.upstream.decode(body, target)).toThrow(expect.objectContaining({ code }))
})
