import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openaiSpeech } from '../../src/dialects/openai-speech.ts'
import { GatewayError } from '../../src/errors.ts'
import type { SpeechRequest, SpeechResponse } from '../../src/operations/speech.ts'
import { again, answered, cut, folded, optional, read, records, target, text, written } from './media.ts'

const sound = fc.uint8Array({ minLength: 1, maxLength: 200 })
const requests: fc.Arbitrary<SpeechRequest> = records({
  model: fc.constantFrom('m', 'gpt-4o-mini-tts'),
  input: text,
  voice: fc.oneof(text, records({ id: text })),
  format: optional(fc.constantFrom('mp3', 'opus', 'pcm')),
  speed: optional(fc.constantFrom(0.25, 1, 4)),
  instructions: optional(text),
  stream: fc.constant(true),
  extensions: optional(fc.constant({ 'openai-speech': { sample_rate: 24_000 } })),
}) as fc.Arbitrary<SpeechRequest>

const events = { 'openai-speech': { stream_format: 'sse' } }
const ask: SpeechRequest = { model: 'm', input: 'Hello', voice: 'alloy' }

/** An application's request has the events that a provider was asked for: no more than that. */
function asAsked({ extensions, ...request }: SpeechRequest, model: string): SpeechRequest {
  const own = { ...extensions?.['openai-speech'], ...(model.startsWith('gpt-') && { stream_format: 'sse' }) }
  return { ...request, ...(Object.keys(own).length > 0 && { extensions: { 'openai-speech': own } }) }
}

test('what is encoded for a provider an application could have written', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      expect(await again(openaiSpeech, request, request)).toEqual(asAsked(request, request.model))
    }),
  )
})

test('sound comes back as it was', () => {
  fc.assert(
    fc.property(sound, (audio) => {
      const response = { audio, mediaType: 'audio/mpeg', usage: { characters: 5 } }
      expect(answered(openaiSpeech, response as SpeechResponse, ask)).toEqual(response)
    }),
  )
})

test('sound says the same however it is cut, as bytes and in events', () => {
  fc.assert(
    fc.property(sound, fc.integer({ min: 1, max: 50 }), (audio, size) => {
      const response: SpeechResponse = { audio, mediaType: 'audio/mpeg', usage: { characters: 5 } }
      expect(folded(openaiSpeech, read(openaiSpeech, cut(audio, size), ask, 'audio/mpeg'))).toEqual(response)

      const usage = { characters: 5, inputTokens: 2, outputTokens: 40, audioOutputTokens: 40 }
      const bytes = written(openaiSpeech, openaiSpeech.operation.unfold({ ...response, usage }), { extensions: events })
      expect(folded(openaiSpeech, read(openaiSpeech, cut(bytes, size), ask))).toEqual({ ...response, usage })
    }),
    { numRuns: 50 },
  )
})

test('events that were answered to a request for a whole answer are put together', () => {
  const raw = new TextEncoder().encode(
    'data: {"type":"speech.audio.delta","audio":"AQI="}\n\ndata: {"type":"speech.audio.delta","audio":"Aw=="}\n\n' +
      'data: {"type":"speech.audio.done","usage":{"input_tokens":3,"output_tokens":9,"total_tokens":12}}\n\n',
  )
  const response = openaiSpeech.upstream.decode({ contentType: 'text/event-stream', raw }, target, {
    ...ask,
    format: 'wav',
  })
  expect(response).toEqual({
    audio: new Uint8Array([1, 2, 3]),
    mediaType: 'audio/wav',
    usage: { characters: 5, inputTokens: 3, outputTokens: 9, audioOutputTokens: 9 },
  })
})

test('events without their end are no whole answer', () => {
  const bytes = Buffer.from('data: {"type":"speech.audio.delta","audio":"AQI="}\n\n')
  const told = read(openaiSpeech, [bytes], ask) as { type: string }[]
  expect(told.map(({ type }) => type)).toEqual(['audio'])
  const answer = { contentType: 'text/event-stream', raw: new Uint8Array(bytes) }
  expect(() => openaiSpeech.upstream.decode(answer, target, ask)).toThrow(/broke off/)
})

describe('events are asked for', () => {
  const asks = (model: string, quirks = {}): unknown =>
    openaiSpeech.upstream.encode(ask, { ...target, model, quirks }).body['stream_format']

  test.each([
    ['gpt-4o-mini-tts', {}, 'sse'],
    ['tts-1', {}, undefined],
    ['prod-7', { events: true }, 'sse'],
    ['gpt-voice', { events: false }, undefined],
  ])('of %s %j: %s', (model, quirks, expected) => {
    expect(asks(model, quirks)).toBe(expected)
  })
})

test('what the provider cannot do is left out, with a warning', () => {
  const request = { ...ask, instructions: 'Slowly', language: 'en' }
  const { body, warnings } = openaiSpeech.upstream.encode(request, { ...target, quirks: { instructions: false } })
  expect(body).toEqual({ model: 'm', input: 'Hello', voice: 'alloy' })
  expect(warnings).toHaveLength(2)
})

test.each([
  [{ model: 'm', voice: 'v' }, 'input must be a string.'],
  [{ model: 'm', input: 'i' }, 'voice must be a string, or an object with an id.'],
  [{ model: 'm', input: 'i', voice: { name: 'v' } }, 'voice must be a string, or an object with an id.'],
  [{ model: 'm', input: 'i', voice: 'v', speed: 'fast' }, 'speed must be a number.'],
])('%j is no request', (body, message) => {
  expect(() => openaiSpeech.downstream!.decode(body, {})).toThrow(message)
})

test.each(['application/json', 'text/html'])('%s is no sound', (contentType) => {
  const raw = new TextEncoder().encode('{}')
  expect(() => openaiSpeech.upstream.decode({ contentType, raw }, target)).toThrow(/is no sound/)
  expect(() => read(openaiSpeech, [raw], ask, contentType)).toThrow(/is no sound/)
})

test('a failure is an event where events were asked for, and nothing in a file', () => {
  const error = new GatewayError('provider_unavailable', 'broke off')
  expect(openaiSpeech.downstream!.stream(ask).error(error)).toBe('')
  expect(openaiSpeech.downstream!.stream({ ...ask, extensions: events }).error(error)).toContain('"type":"error"')
})

test('an error in place of sound is named', () => {
  const raw = new TextEncoder().encode('{"error":{"message":"Overloaded, please wait.","code":503}}')
  expect(() => openaiSpeech.upstream.decode({ contentType: 'application/json', raw }, target, ask)).toThrow(
    expect.objectContaining({ code: 'provider_overloaded' }),
  )
})

test('an event whose sound cannot be read is an invalid answer', () => {
  const bytes = Buffer.from('data: {"type":"speech.audio.delta","audio":"***"}\n\n')
  expect(() => read(openaiSpeech, [bytes], ask)).toThrow(expect.objectContaining({ code: 'invalid_response' }))
})
