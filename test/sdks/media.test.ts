import { GoogleGenAI } from '@google/genai'
import OpenAI, { toFile } from 'openai'
import { describe, expect, test } from 'vitest'
import { imagen } from '../../src/dialects/imagen.ts'
import { createGateway, type Gateway, ordered } from '../../src/index.ts'
import { google } from '../../src/providers/google.ts'
import { groq } from '../../src/providers/hosts.ts'
import { openai } from '../../src/providers/openai.ts'
import { overloaded, rateLimited, respond, stream } from '../../src/testing/index.ts'
import { createWorld, drain, type World } from '../world.ts'

const groups = {
  painter: ['openai/gpt-image-1'],
  'other-painter': ['google/gemini-3-pro-image'],
  voice: ['openai/gpt-4o-mini-tts'],
  'old-voice': ['openai/tts-1'],
  'other-voice': ['google/gemini-2.5-flash-preview-tts'],
  ear: ['openai/gpt-4o-transcribe'],
  'old-ear': ['groq/whisper-large-v3'],
}

function worldWith(): World {
  return createWorld({ env: { OPENAI_API_KEY: 'sk-openai', GEMINI_API_KEY: 'sk-google', GROQ_API_KEY: 'sk-groq' } })
}

function gatewayIn(world: World): Gateway {
  return createGateway({
    providers: [openai, google, groq],
    models: groups as unknown as Record<string, string[]>,
    dialects: [imagen],
    routing: ordered(),
    runtime: world.runtime,
  })
}

const clientIn = (world: World): OpenAI => new OpenAI(gatewayIn(world).sdk())
const png = [137, 80, 78, 71]

const bytesOf = (base64: string | undefined): number[] => [...Buffer.from(base64 ?? '', 'base64')]

describe('the OpenAI SDK and images', () => {
  test.each(['painter', 'other-painter'])('%s makes images', async (model) => {
    const world = worldWith()
    const made = await clientIn(world).images.generate({ model, prompt: 'A red cube', n: 2 })
    expect(made.data?.map(({ b64_json }) => bytesOf(b64_json).slice(0, 4))).toEqual([png, png])
    expect(made.output_format).toBe('png')
    expect(made.usage?.total_tokens).toBeGreaterThan(0)
    if (model === 'painter') expect(made).toMatchObject({ quality: 'medium', size: '1024x1024', background: 'opaque' })
  })

  test.each(['painter', 'other-painter'])('%s changes images that come in a form', async (model) => {
    const world = worldWith()
    const image = await toFile(new Uint8Array([...png, 1, 2, 3]), 'cube.png', { type: 'image/png' })
    const made = await clientIn(world).images.edit({ model, image, prompt: 'Make it blue', n: 1 })
    expect(bytesOf(made.data?.[0]?.b64_json).slice(0, 4)).toEqual(png)
    const { url, body } = world.simulator.calls[0]!
    if (model === 'painter') {
      expect(url).toMatch(/\/images\/edits$/)
      expect(body).toEqual({
        model: 'gpt-image-1',
        prompt: 'Make it blue',
        n: '1',
        image: { name: 'cube.png', type: 'image/png', size: 7 },
      })
    } else {
      const inlineData = { mimeType: 'image/png', data: Buffer.from([...png, 1, 2, 3]).toString('base64') }
      expect(body).toMatchObject({ contents: [{ parts: [{ inlineData }, { text: 'Make it blue' }] }] })
    }
  })

  test('several images and a mask arrive as they were sent', async () => {
    const world = worldWith()
    const image = await Promise.all(['a.png', 'b.png'].map((name) => toFile(new Uint8Array(9), name)))
    const mask = await toFile(new Uint8Array(5), 'mask.png', { type: 'image/png' })
    await clientIn(world).images.edit({ model: 'painter', image, mask, prompt: 'More', input_fidelity: 'high' })
    expect(world.simulator.calls[0]?.body).toMatchObject({
      image: [{ name: 'a.png' }, { name: 'b.png' }],
      mask: { name: 'mask.png', size: 5 },
      input_fidelity: 'high',
    })
  })

  test.each([0, 2])('a stream shows %i unfinished images, and then the image', async (partial_images) => {
    const world = worldWith()
    const request = { model: 'painter', prompt: 'A red cube', stream: true, partial_images } as const
    const events = await drain(await clientIn(world).images.generate(request))
    expect(events.map(({ type }) => type)).toEqual([
      ...Array(partial_images).fill('image_generation.partial_image'),
      'image_generation.completed',
    ])
    const last = events.at(-1)!
    expect(bytesOf(last.b64_json).slice(0, 4)).toEqual(png)
    expect(last).toMatchObject({ size: '1024x1024', usage: { output_tokens: 1056 } })
    if (partial_images) expect(events[1]).toMatchObject({ partial_image_index: 1 })
  })

  test('a stream of changes says so, whoever makes them', async () => {
    const image = await toFile(new Uint8Array(9), 'a.png', { type: 'image/png' })
    const request = { model: 'other-painter', image, prompt: 'More', stream: true } as const
    const events = await drain(await clientIn(worldWith()).images.edit(request))
    expect(events.map(({ type }) => type)).toEqual(['image_edit.completed'])
  })

  test('an error is the one that the SDK has for it', async () => {
    const world = worldWith()
    world.simulator.on().reply(rateLimited({ retryAfter: '60' }))
    await expect(clientIn(world).images.generate({ model: 'painter', prompt: 'A cube' })).rejects.toBeInstanceOf(
      OpenAI.RateLimitError,
    )
  })
})

describe('the OpenAI SDK and speech', () => {
  test.each([
    ['voice', 'audio/mpeg'],
    ['old-voice', 'audio/mpeg'],
    ['other-voice', 'audio/wav'],
  ])('%s speaks, and says what it is: %s', async (model, type) => {
    const world = worldWith()
    const response = await clientIn(world).audio.speech.create({ model, voice: 'alloy', input: 'Good morning' })
    expect(response.headers.get('content-type')).toBe(type)
    const sound = new Uint8Array(await response.arrayBuffer())
    expect(sound.length).toBeGreaterThan(240)
    if (type === 'audio/wav') expect(String.fromCharCode(...sound.slice(0, 4))).toBe('RIFF')
  })

  test('sound comes piece by piece, as it is made', async () => {
    const world = worldWith()
    world.simulator.on().reply(stream(['a', 'b', 'c'], { gap: '1s' }))
    const response = await clientIn(world).audio.speech.create({ model: 'old-voice', voice: 'alloy', input: 'abc' })
    const reader = response.body!.getReader()
    const at: number[] = []
    for (;;) {
      const pending = reader.read()
      await world.clock.advance(1000)
      const { done, value } = await pending
      if (done) break
      at.push(world.clock.now())
      expect(value).toHaveLength(240)
    }
    expect(at).toHaveLength(3)
    expect(new Set(at).size).toBe(3)
  })

  test.each(['voice', 'old-voice', 'other-voice'])('%s speaks in events where they are asked for', async (model) => {
    const request = { model, voice: 'alloy', input: 'Good morning', stream_format: 'sse' } as const
    const response = await clientIn(worldWith()).audio.speech.create(request)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    const events = (await response.text()).trim().split('\n\n')
    const parsed = events.map((text) => JSON.parse(text.slice('data: '.length)))
    expect(parsed.at(-1)?.type).toBe('speech.audio.done')
    expect(parsed.slice(0, -1).every(({ type }) => type === 'speech.audio.delta')).toBe(true)
    if (model === 'voice') expect(parsed.at(-1).usage.output_tokens).toBeGreaterThan(0)
  })

  test('a voice of its own is sent as it was', async () => {
    const world = worldWith()
    await clientIn(world).audio.speech.create({ model: 'voice', voice: { id: 'voice_1' }, input: 'Hi' })
    expect(world.simulator.calls[0]?.body).toMatchObject({ voice: { id: 'voice_1' }, stream_format: 'sse' })
  })

  test('sound that breaks off does not end as if it were whole', async () => {
    const world = worldWith()
    world.simulator.on().reply(stream(['a', 'b', 'c'], { dieAfter: 1 }))
    const response = await clientIn(world).audio.speech.create({ model: 'old-voice', voice: 'alloy', input: 'abc' })
    await expect(response.arrayBuffer()).rejects.toThrow('broke off')
  })
})

describe('the OpenAI SDK and transcription', () => {
  const file = () => toFile(new Uint8Array(96_000), 'talk.wav', { type: 'audio/wav' })

  test.each(['ear', 'old-ear'])('%s writes down what is said', async (model) => {
    const world = worldWith()
    world.simulator.on().reply(['Good morning.', 'And good night.'])
    const { text } = await clientIn(world).audio.transcriptions.create({ model, file: await file(), language: 'en' })
    expect(text).toBe('Good morning. And good night.')
    expect(world.simulator.calls[0]?.body).toMatchObject({ file: { name: 'talk.wav', size: 96_000 }, language: 'en' })
  })

  test.each(['ear', 'old-ear'])('%s streams, or says all at the end', async (model) => {
    const world = worldWith()
    world.simulator.on().reply('Good morning to all of you.')
    const request = { model, file: await file(), stream: true } as const
    const events = await drain(await clientIn(world).audio.transcriptions.create(request))
    const said = events.map((event) => (event.type === 'transcript.text.delta' ? event.delta : ''))
    expect(said.join('')).toBe('Good morning to all of you.')
    expect(said.length > 2).toBe(model === 'ear')
    expect(events.at(-1)).toMatchObject({ type: 'transcript.text.done', text: 'Good morning to all of you.' })
  })

  test('subtitles are made of what a provider tells of times', async () => {
    const world = worldWith()
    world.simulator.on().reply(['Good morning.', 'Good night.'])
    const client = clientIn(world)
    const ask = async (response_format: 'srt' | 'vtt' | 'text') =>
      client.audio.transcriptions.create({ model: 'old-ear', file: await file(), response_format })
    expect(await ask('srt')).toBe(
      '1\n00:00:00,000 --> 00:00:01,500\nGood morning.\n\n2\n00:00:01,500 --> 00:00:03,000\nGood night.\n\n',
    )
    expect(await ask('vtt')).toBe(
      'WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nGood morning.\n\n00:00:01.500 --> 00:00:03.000\nGood night.\n\n',
    )
    expect(await ask('text')).toBe('Good morning. Good night.\n')
    expect(world.simulator.calls[0]?.body).toMatchObject({ response_format: 'verbose_json' })
  })

  test('subtitles by a model that tells no times are an error, as they are at its provider', async () => {
    const client = clientIn(worldWith())
    const request = { model: 'ear', file: await file(), response_format: 'srt' } as const
    await expect(client.audio.transcriptions.create(request)).rejects.toThrow(/tells no times/)
  })

  test('more than the text, as it is asked for', async () => {
    const world = worldWith()
    world.simulator.on().reply(['Good morning.', 'Good night.'])
    const verbose = await clientIn(world).audio.transcriptions.create({
      model: 'old-ear',
      file: await file(),
      response_format: 'verbose_json',
      timestamp_granularities: ['segment'],
    })
    expect(verbose).toMatchObject({ language: 'english', duration: 3, text: 'Good morning. Good night.' })
    expect(verbose.segments).toMatchObject([
      { id: 0, avg_logprob: -0.25, end: 1.5 },
      { id: 1, start: 1.5 },
    ])
    expect(world.simulator.calls[0]?.body).toMatchObject({ timestamp_granularities: ['segment'] })
  })

  test('what only OpenAI knows arrives there', async () => {
    const world = worldWith()
    await clientIn(world).audio.transcriptions.create({
      model: 'openai/gpt-4o-transcribe-diarize',
      file: await file(),
      response_format: 'diarized_json',
      include: ['logprobs'],
      chunking_strategy: { type: 'server_vad', threshold: 0.5 },
      known_speaker_names: ['agent', 'customer'],
    })
    expect(world.simulator.calls[0]?.body).toMatchObject({
      response_format: 'diarized_json',
      include: ['logprobs'],
      'chunking_strategy[type]': 'server_vad',
      'chunking_strategy[threshold]': '0.5',
      known_speaker_names: ['agent', 'customer'],
    })
  })

  test('who said what, whole and streamed', async () => {
    const world = worldWith()
    world.simulator.on().reply(['Good morning.', 'Good night.'])
    const client = clientIn(world)
    const ask = { model: 'openai/gpt-4o-transcribe-diarize', response_format: 'diarized_json' } as const
    const whole = await client.audio.transcriptions.create({ ...ask, file: await file() })
    const segments = [
      { type: 'transcript.text.segment', speaker: 'A', text: 'Good morning.' },
      { type: 'transcript.text.segment', speaker: 'B', text: 'Good night.' },
    ]
    expect(whole).toMatchObject({ task: 'transcribe', segments })
    const events = await drain(await client.audio.transcriptions.create({ ...ask, file: await file(), stream: true }))
    expect(events.filter(({ type }) => type === 'transcript.text.segment')).toMatchObject(segments)
  })

  test('a translation into English', async () => {
    const world = worldWith()
    world.simulator.on().reply('Good morning.')
    const { text } = await clientIn(world).audio.translations.create({ model: 'old-ear', file: await file() })
    expect(text).toBe('Good morning.')
    expect(world.simulator.calls[0]?.url).toMatch(/\/audio\/translations$/)
  })
})

test.each(['painter', 'other-painter'])(
  'the Google SDK asks %s for images in the words of Imagen, whose models are gone',
  async (model) => {
    const world = worldWith()
    const { apiKey, fetch } = gatewayIn(world).sdk()
    const client = new GoogleGenAI({ vertexai: true, apiKey, httpOptions: { fetch } })
    const config = { numberOfImages: 2, aspectRatio: '16:9' }
    const { generatedImages } = await client.models.generateImages({ model, prompt: 'A red cube', config })
    expect(generatedImages?.map(({ image }) => bytesOf(image?.imageBytes).slice(0, 4))).toEqual([png, png])
    expect(generatedImages?.[0]?.image?.mimeType).toBe('image/png')
  },
)

describe('what the gateway speaks no dialect of passes through', () => {
  test('files and batches of the OpenAI SDK', async () => {
    const world = worldWith()
    const file = { id: 'file-1', object: 'file', filename: 'a.jsonl', purpose: 'batch', bytes: 3 }
    const at = (path: string, method = 'GET') => ({
      where: (call: { url: string; method: string }) => call.url.endsWith(path) && call.method === method,
    })
    world.simulator.on(at('/files', 'POST')).reply(respond({ body: file }))
    world.simulator.on(at('/files')).reply(respond({ body: { object: 'list', data: [file], has_more: false } }))
    world.simulator.on(at('/files/file-1/content')).reply(respond({ body: '{"a":1}\n' }))
    world.simulator.on(at('/batches', 'POST')).reply(respond({ body: { id: 'batch_1', object: 'batch' } }))
    const gateway = gatewayIn(world)
    const client = new OpenAI(gateway.sdk())

    const upload = await toFile(new TextEncoder().encode('{}\n'), 'a.jsonl')
    const created = await client.files.create({ file: upload, purpose: 'batch' }).withResponse()
    expect(created.data).toEqual(file)
    expect(gateway.traceOf(created.response)).toMatchObject({ operation: 'pass-through', status: 'completed' })
    expect(world.simulator.calls[0]?.body).toMatchObject({ purpose: 'batch', file: { name: 'a.jsonl', size: 3 } })
    expect(world.simulator.calls[0]?.key).toBe('sk-openai')

    expect((await drain(await client.files.list())).map(({ id }) => id)).toEqual(['file-1'])
    expect(await (await client.files.content('file-1')).text()).toBe('{"a":1}\n')
    const batch = await client.batches.create({
      input_file_id: 'file-1',
      endpoint: '/v1/chat/completions',
      completion_window: '24h',
    })
    expect(batch.id).toBe('batch_1')
    expect(world.simulator.calls.every(({ key }) => key === 'sk-openai')).toBe(true)
  })

  test('an upload is tried again where its bytes are there', async () => {
    const world = worldWith()
    const refused = { error: { message: 'overloaded', type: 'server_error' } }
    world.simulator
      .on()
      .reply(respond({ status: 503, body: refused, headers: { 'retry-after': '0' } }))
      .then(respond({ body: { id: 'file-1', object: 'file' } }))
    const upload = await toFile(new Uint8Array(3), 'a.jsonl')
    const pending = clientIn(world).files.create({ file: upload, purpose: 'batch' })
    await world.clock.advance(1000)
    expect((await pending).id).toBe('file-1')
    expect(world.simulator.calls.map(({ body }) => body)).toMatchObject([{ file: { size: 3 } }, { file: { size: 3 } }])
  })
})

test('another provider takes over what one cannot do', async () => {
  const world = worldWith()
  world.simulator.on({ provider: 'openai' }).reply(overloaded())
  const gateway = createGateway({
    providers: [openai, google],
    models: { any: ['openai/gpt-image-1', 'google/gemini-3-pro-image'] },
    routing: ordered(),
    retry: { limit: 0 },
    runtime: world.runtime,
  })
  const { data, response } = await new OpenAI(gateway.sdk()).images
    .generate({ model: 'any', prompt: 'A cube' })
    .withResponse()
  expect(bytesOf(data.data?.[0]?.b64_json).slice(0, 4)).toEqual(png)
  expect(gateway.traceOf(response)?.attempts.map(({ provider, status }) => [provider, status])).toEqual([
    ['openai', 'failed'],
    ['google', 'completed'],
  ])
})
