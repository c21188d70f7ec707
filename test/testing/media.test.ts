import { inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { createSimulator, overloaded, respond, type Simulator, stream } from '../../src/testing/index.ts'
import type { Json } from './ask.ts'

const openai = 'https://api.openai.com/v1'
const prices = { '*': { input: 1, output: 1, image: 0.04, hour: 0.36, characters: 15 } }

function post(simulator: Simulator, path: string, body: object | FormData): Promise<Response> {
  return simulator.fetch(openai + path, {
    method: 'POST',
    body: body instanceof FormData ? body : JSON.stringify(body),
  })
}

function form(fields: Record<string, string>, size = 64_000): FormData {
  const data = new FormData()
  for (const [name, value] of Object.entries(fields)) data.append(name, value)
  data.append('file', new Blob([new Uint8Array(size)]), 'talk.wav')
  return data
}

describe('images', () => {
  test('are files that can be opened, and follow from what is to be seen', async () => {
    const made = async (prompt: string): Promise<Buffer> => {
      const response = await post(createSimulator(), '/images/generations', { model: 'gpt-image-1', prompt })
      const { data }: Json = await response.json()
      return Buffer.from(data[0].b64_json, 'base64')
    }
    const cube = await made('A cube')
    expect(cube.subarray(1, 4).toString()).toBe('PNG')
    const at = cube.indexOf('IDAT')
    expect(inflateSync(cube.subarray(at + 4, at + 4 + cube.readUInt32BE(at - 4)))).toHaveLength(4)
    expect(await made('A cube')).toEqual(cube)
    expect(await made('A ball')).not.toEqual(cube)
  })

  test('are billed by the image, or by tokens', async () => {
    const simulator = createSimulator({ prices })
    await post(simulator, '/images/generations', { model: 'dall-e-3', prompt: 'A cube', n: 2 })
    expect(simulator.bill.dollars).toBeCloseTo(0.080002, 9)
    const low = { model: 'gpt-image-1', prompt: 'A cube', quality: 'low' }
    const { usage }: Json = await (await post(simulator, '/images/generations', low)).json()
    expect(usage).toMatchObject({ input_tokens: 2, output_tokens: 272 })
    expect(simulator.calls[1]?.usage).toMatchObject({ images: 1, outputTokens: 272 })
  })

  test.each([
    [{ model: 'gpt-image-1', prompt: 'A', response_format: 'url' }, "Unknown parameter: 'response_format'."],
    [{ model: 'dall-e-3', prompt: 'A', stream: true }, "Unknown parameter: 'stream'."],
    [{ model: 'dall-e-3' }, "Missing required parameter: 'prompt'."],
  ])('%j is refused', async (body, message) => {
    const response = await post(createSimulator(), '/images/generations', body)
    expect(response.status).toBe(400)
    expect(((await response.json()) as Json).error.message).toBe(message)
  })
})

describe('speech', () => {
  const ask = { model: 'tts-1', voice: 'alloy', input: 'Good morning' }

  test('is a piece of sound for each chunk, the same in every run', async () => {
    const hear = async (chunks: string[]): Promise<Uint8Array> => {
      const simulator = createSimulator()
      simulator.on().reply(stream(chunks))
      const response = await post(simulator, '/audio/speech', ask)
      expect(response.headers.get('content-type')).toBe('audio/mpeg')
      return new Uint8Array(await response.arrayBuffer())
    }
    const both = await hear(['a', 'b'])
    expect(both).toHaveLength(480)
    expect(await hear(['a', 'b'])).toEqual(both)
    expect(await hear(['b', 'a'])).not.toEqual(both)
  })

  test('is billed by the character as it is taken, and by the token as it is sent', async () => {
    const simulator = createSimulator({
      prices: { 'tts-1': { input: 0, output: 0, characters: 15 }, '*': { input: 0, output: 1 } },
    })
    await (await post(simulator, '/audio/speech', ask)).arrayBuffer()
    expect(simulator.bill.byModel['tts-1']).toBe(12 * 15_000)
    simulator.on().reply(stream(['a', 'b', 'c'], { dieAfter: 1 }))
    const response = await post(simulator, '/audio/speech', { ...ask, model: 'gpt-4o-mini-tts' })
    await expect(response.arrayBuffer()).rejects.toThrow()
    expect(simulator.bill.byModel['gpt-4o-mini-tts']).toBe(1000)
    expect(simulator.calls[1]?.outcome).toBe('failed')
  })

  test('comes in events only of models that have them', async () => {
    const response = await post(createSimulator(), '/audio/speech', { ...ask, stream_format: 'sse' })
    expect(response.status).toBe(400)
    const events = await post(createSimulator(), '/audio/speech', {
      ...ask,
      model: 'gpt-4o-mini-tts',
      stream_format: 'sse',
    })
    expect(await events.text()).toMatch(/"type":"speech\.audio\.done","usage":\{"input_tokens":\d+/)
  })
})

describe('transcription', () => {
  test('is what the script says was said, billed by the length of the file', async () => {
    const simulator = createSimulator({ prices: { '*': { input: 0, output: 0, hour: 0.36 } } })
    simulator.on({ format: 'openai-transcription' }).reply(['Good morning.', 'Good night.'])
    const response = await post(
      simulator,
      '/audio/transcriptions',
      form({ model: 'whisper-1', response_format: 'verbose_json' }),
    )
    expect(await response.json()).toMatchObject({
      text: 'Good morning. Good night.',
      duration: 2,
      segments: [
        { start: 0, end: 1 },
        { start: 1, end: 2 },
      ],
      usage: { type: 'duration', seconds: 2 },
    })
    expect(simulator.bill.dollars).toBe(0.0002)
    expect(simulator.calls[0]?.body).toEqual({
      model: 'whisper-1',
      response_format: 'verbose_json',
      file: { name: 'talk.wav', type: '', size: 64_000 },
    })
  })

  test('a form may come as a Request', async () => {
    const simulator = createSimulator()
    const request = new Request(`${openai}/audio/transcriptions`, {
      method: 'POST',
      body: form({ model: 'whisper-1' }),
    })
    expect(await (await simulator.fetch(request)).json()).toMatchObject({ text: 'You said: the sound of talk.wav' })
  })

  test.each([
    [{ model: 'gpt-4o-transcribe', response_format: 'srt' }, 400],
    [{ model: 'gpt-4o-transcribe' }, 200],
    [{}, 400],
  ])('%j: %i', async (fields, status) => {
    expect((await post(createSimulator(), '/audio/transcriptions', form(fields))).status).toBe(status)
  })
})

test('faults are as in chat, and anything may be written out', async () => {
  const simulator = createSimulator()
  simulator
    .on()
    .reply(overloaded())
    .then(respond({ body: 'sound', headers: { 'content-type': 'audio/mpeg' } }))
  const ask = { model: 'tts-1', voice: 'alloy', input: 'Hi' }
  expect((await post(simulator, '/audio/speech', ask)).status).toBe(503)
  expect(await (await post(simulator, '/audio/speech', ask)).text()).toBe('sound')
})
