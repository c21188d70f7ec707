import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Form, readForm } from '../../src/dialects/form.ts'
import { type OpenAITranscriptionQuirks, openaiTranscription } from '../../src/dialects/openai-transcription.ts'
import type { TranscriptionRequest, TranscriptionResponse } from '../../src/operations/transcription.ts'
import { again, answered, cut, folded, optional, read, records, target, text, written } from './media.ts'

// Forms say CR LF for every end of a line.
const line = text.map((value) => value.replace(/\r\n?|\n/g, ' '))
const id = 'openai-transcription'

const requests: fc.Arbitrary<TranscriptionRequest> = records({
  model: fc.constantFrom('whisper-1', 'voxtral-mini'),
  audio: records({
    data: fc.uint8Array({ minLength: 1, maxLength: 50 }),
    name: fc.constantFrom('a.wav', 'b.mp3'),
    mediaType: fc.constantFrom('audio/wav', 'audio/mpeg'),
  }),
  language: optional(fc.constant('en')),
  prompt: optional(line),
  temperature: optional(fc.constantFrom(0, 0.5)),
  translate: optional(fc.constant(true)),
  extensions: optional(
    fc.constant({
      [id]: { include: ['logprobs'], chunking_strategy: { type: 'server_vad' }, known_speaker_names: ['a', 'b'] },
    }),
  ),
}) as fc.Arbitrary<TranscriptionRequest>

const stretches = (name: string) =>
  fc.array(
    records({
      text,
      start: fc.nat(100),
      end: fc.nat(100),
      extensions: optional(fc.constant({ [id]: { [name]: 0.5 } })),
    }),
    { minLength: 1, maxLength: 3 },
  )
const usage = records({
  inputTokens: fc.integer({ min: 90, max: 99 }),
  outputTokens: fc.nat(99),
  audioInputTokens: fc.nat(90),
})

const responses: fc.Arbitrary<TranscriptionResponse> = records({
  text,
  language: optional(fc.constant('english')),
  segments: stretches('avg_logprob').map((list) =>
    list.map(({ extensions, ...segment }, index) => ({
      ...segment,
      extensions: { [id]: { id: index, ...extensions?.[id] } },
    })),
  ),
  words: stretches('probability'),
  usage,
  extensions: optional(fc.constant({ [id]: { logprobs: [{ token: 'a' }] } })),
}) as never

const verbose = { model: 'm', extensions: { [id]: { response_format: 'verbose_json' } } }

test('what is encoded for a provider an application could have written', async () => {
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      expect(await again(openaiTranscription, request, request)).toEqual(request)
    }),
  )
})

test('times, a stream and speakers survive as well', async () => {
  const audio = { data: new Uint8Array(3), name: 'a.wav', mediaType: 'audio/wav' }
  const timed = { model: 'whisper-1', audio, timestamps: ['word', 'segment'] as const }
  expect(await again(openaiTranscription, timed, timed)).toMatchObject(timed)
  const streamed = { model: 'gpt-4o-transcribe', audio, stream: true }
  expect(await again(openaiTranscription, streamed, streamed)).toEqual(streamed)
  const apart = { model: 'gpt-4o-transcribe-diarize', audio, speakers: true }
  expect(await again(openaiTranscription, apart, apart)).toMatchObject({
    ...apart,
    extensions: { [id]: { chunking_strategy: 'auto' } },
  })
})

test('answers come back as they were, node by node', () => {
  fc.assert(
    fc.property(responses, (response) => {
      expect(answered(openaiTranscription, response, verbose)).toEqual(response)
    }),
  )
})

test('a stream says what it says, however its bytes are cut', () => {
  fc.assert(
    fc.property(responses, fc.integer({ min: 1, max: 40 }), (response, size) => {
      const bytes = written(openaiTranscription, openaiTranscription.operation.unfold(response), verbose)
      const told = read(openaiTranscription, cut(bytes, size), verbose)
      expect(told).toEqual(read(openaiTranscription, [bytes], verbose))
      const { segments, words, language, ...rest } = response
      expect(folded(openaiTranscription, told)).toEqual(rest)
    }),
    { numRuns: 50 },
  )
})

describe('the format that a provider is asked for', () => {
  const fields = async (
    request: Partial<TranscriptionRequest>,
    model: string,
    quirks: OpenAITranscriptionQuirks = {},
  ) => {
    const audio = { data: new Uint8Array(3) }
    const { form, warnings } = openaiTranscription.upstream.encode(
      { model: 'm', audio, ...request },
      { ...target, model, quirks },
    )
    return { texts: Object.fromEntries((await readForm(form!)).texts), warnings }
  }
  const asks = (format: string) => ({ extensions: { [id]: { response_format: format } } })

  test.each([
    ['whisper-1', {}, {}, 'json'],
    ['whisper-1', { timestamps: ['word'] as const }, {}, 'verbose_json'],
    ['whisper-1', asks('vtt'), {}, 'verbose_json'],
    ['gpt-4o-transcribe', {}, {}, 'json'],
    ['gpt-4o-transcribe', asks('text'), {}, 'json'],
    ['gpt-4o-transcribe-diarize', { speakers: true }, {}, 'diarized_json'],
    ['any', {}, { timestamps: true as const }, 'verbose_json'],
    ['any', { speakers: true }, { timestamps: true as const, speakers: 'diarize' }, 'verbose_json'],
    ['any', {}, { formats: false as const }, undefined],
  ])('%s %j %j: %s', async (model, request, quirks, format) => {
    expect((await fields(request, model, quirks)).texts['response_format']).toBe(format)
  })

  test('times that the model cannot tell are left out, with a warning', async () => {
    const { texts, warnings } = await fields({ timestamps: ['word'] }, 'gpt-4o-transcribe')
    expect(texts).not.toHaveProperty('timestamp_granularities[]')
    expect(warnings).toHaveLength(1)
  })

  test('speakers and lists, in the words of others', async () => {
    const quirks = { timestamps: true, speakers: 'diarize', plainLists: true } as const
    const { texts } = await fields({ speakers: true, timestamps: ['segment'] }, 'any', quirks)
    expect(texts).toMatchObject({ diarize: 'true', timestamp_granularities: 'segment' })
    expect(texts).not.toHaveProperty('chunking_strategy')
  })

  test('lists that only one provider knows have their names as its other lists', async () => {
    const quirks = { timestamps: true, plainLists: true } as const
    const extensions = { 'openai-transcription': { context_bias: ['Ada', 'Grace'] } }
    const { texts } = await fields({ extensions }, 'any', quirks)
    expect(texts).toMatchObject({ context_bias: 'Grace' })
    expect(texts).not.toHaveProperty('context_bias[]')
  })

  test('Whisper is not asked to stream', async () => {
    expect((await fields({ stream: true }, 'whisper-large-v3')).texts).not.toHaveProperty('stream')
    expect((await fields({ stream: true }, 'voxtral-mini')).texts).toMatchObject({ stream: 'true' })
  })
})

describe('the name of the file', () => {
  const named = async (audio: TranscriptionRequest['audio']) => {
    const { form } = openaiTranscription.upstream.encode({ model: 'm', audio }, target)
    const [{ name, mediaType } = { name: '', mediaType: '' }] = (await readForm(form!)).files
    return [name, mediaType]
  }

  test.each([
    [{ data: new Uint8Array(1) }, ['audio.wav', 'application/octet-stream']],
    [{ data: new Uint8Array(1), mediaType: 'audio/mpeg' }, ['audio.mp3', 'audio/mpeg']],
    [{ data: new Uint8Array(1), mediaType: 'audio/x-m4a' }, ['audio.m4a', 'audio/x-m4a']],
    [{ data: new Blob(['a'], { type: 'audio/webm;codecs=opus' }) }, ['audio.webm', 'audio/webm;codecs=opus']],
    [{ data: new Uint8Array(1), name: 'talk.flac' }, ['talk.flac', 'application/octet-stream']],
  ])('%j', async (audio, expected) => {
    expect(await named(audio)).toEqual(expected)
  })
})

describe('usage', () => {
  const usageOf = (body: object, quirks = {}) =>
    openaiTranscription.upstream.decode({ text: 'a', ...body }, { ...target, quirks }).usage

  test.each([
    [{ usage: { type: 'duration', seconds: 9 } }, {}, { seconds: 9 }],
    [{ duration: 8.47 }, {}, { seconds: 8.47 }],
    [{ duration: 3 }, { minimumSeconds: 10 }, { seconds: 10 }],
    [
      { usage: { input_tokens: 14, output_tokens: 45, input_token_details: { audio_tokens: 10, text_tokens: 4 } } },
      {},
      { inputTokens: 14, outputTokens: 45, audioInputTokens: 10 },
    ],
    [
      { usage: { prompt_audio_seconds: 12, prompt_tokens: 4, completion_tokens: 30, total_tokens: 400 } },
      {},
      { inputTokens: 4, outputTokens: 30, seconds: 12 },
    ],
    [{}, {}, {}],
  ])('%j %j', (body, quirks, expected) => {
    expect(usageOf(body, quirks)).toEqual(expected)
  })
})

test("Mistral's stream says the same in other words", () => {
  const events = [
    { type: 'transcription.language', audio_language: 'en' },
    { type: 'transcription.text.delta', text: 'Hello.' },
    { type: 'transcription.segment', text: 'Hello.', start: 0, end: 1.5, speaker_id: 'speaker_1' },
    { type: 'transcription.done', text: 'Hello.', language: 'en', usage: { prompt_audio_seconds: 2 } },
  ]
  const bytes = Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''))
  expect(folded(openaiTranscription, read(openaiTranscription, [bytes], verbose))).toEqual({
    text: 'Hello.',
    language: 'en',
    segments: [{ text: 'Hello.', start: 0, end: 1.5, speaker: 'speaker_1' }],
    usage: { seconds: 2 },
  })
})

test('log probabilities of a stream reach an application that speaks the format', () => {
  const delta = { type: 'transcript.text.delta', delta: 'a', logprobs: [{ token: 'a', logprob: -1 }] }
  const events = read(openaiTranscription, [Buffer.from(`data: ${JSON.stringify(delta)}\n\n`)], verbose)
  const bytes = written(openaiTranscription, events, verbose)
  expect(JSON.parse(Buffer.from(bytes).toString().slice('data: '.length))).toEqual(delta)
})

describe('what is none of it', () => {
  const file = { field: 'file', bytes: new Uint8Array(1), name: 'a', mediaType: '' }

  test.each([
    [{ model: 'm' }, 'The body must be multipart/form-data.'],
    [new Form([], [file]), 'model must be a string.'],
    [new Form([['model', 'm']], []), 'file must be a file.'],
  ])('%j', (body, message) => {
    expect(() => openaiTranscription.downstream!.decode(body, { model: '/v1/audio/transcriptions' })).toThrow(message)
  })

  test('words that look like something else are words', () => {
    const texts = [
      ['model', 'm'],
      ['prompt', 'true'],
      ['language', '12'],
      ['stream', 'false'],
    ] as const
    expect(openaiTranscription.downstream!.decode(new Form(texts, [file]), {})).toMatchObject({
      prompt: 'true',
      language: '12',
    })
  })

  test.each([{}, [], { text: 7 }])('%j is no answer', (body) => {
    expect(() => openaiTranscription.upstream.decode(body, target)).toThrow(/the answer has no text/)
  })

  test('a stream that is no JSON, or reports an error', () => {
    expect(() => read(openaiTranscription, [Buffer.from('data: {oops\n\n')], verbose)).toThrow(/is no JSON/)
    const error = Buffer.from('data: {"error":{"message":"no","type":"server_error"}}\n\n')
    expect(() => read(openaiTranscription, [error], verbose)).toThrow('no')
  })
})
