import { describe, expect, test } from 'vitest'
import { cache } from '../../src/index.ts'
import { budget } from '../../src/limits/budget.ts'
import { limits } from '../../src/limits/limits.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { memoryCounters } from '../../src/stores/memory-counters.ts'
import { stream as said, serverError } from '../../src/testing/index.ts'
import { drain, failureOf } from '../world.ts'
import { gatewayIn, worldWith } from './media.ts'

const audio = new Uint8Array(96_000)
const ask = { model: 'openai/whisper-1', audio } as const

test('what is said comes with its length and its cost', async () => {
  const world = worldWith()
  world.simulator.on().reply(['Good morning.', 'Good night.'])
  const reply = await gatewayIn(world).transcribe({ ...ask, language: 'en', timestamps: ['segment'] })
  expect(reply.text).toBe('Good morning. Good night.')
  expect(reply.segments).toMatchObject([{ text: 'Good morning.', start: 0, end: 1.5 }, { end: 3 }])
  expect(reply.words).toEqual([])
  expect(reply.usage.seconds).toBe(3)
  expect(reply.cost).toBe(0.0003)
  expect(reply.cost).toBe(world.simulator.bill.dollars)
  expect(reply.trace).toMatchObject({ operation: 'transcription', status: 'completed' })
})

test('a stream gives the text as it is understood, and then all that is known', async () => {
  const world = worldWith()
  world.simulator.on().reply(said(['Good ', 'morning.']))
  const stream = await gatewayIn(world).transcribe({ ...ask, model: 'openai/gpt-4o-transcribe', stream: true })
  expect(await drain(stream)).toEqual(['Good ', 'morning.'])
  const reply = await stream.reply
  expect(reply.text).toBe('Good morning.')
  expect(reply.usage).toMatchObject({ inputTokens: 30, audioInputTokens: 30 })
  expect(reply.cost).toBe(world.simulator.bill.dollars)
})

test('a model that cannot stream says all at the end', async () => {
  const world = worldWith()
  world.simulator.on().reply('Good morning.')
  expect(await drain(await gatewayIn(world).transcribe({ ...ask, stream: true }))).toEqual(['Good morning.'])
})

describe('sound', () => {
  test.each([
    ['bytes', audio, { name: 'audio.wav', size: 96_000 }],
    ['a blob', new Blob([audio], { type: 'audio/mpeg' }), { name: 'audio.mp3', type: 'audio/mpeg' }],
    ['a file', new File([audio], 'talk.flac', { type: 'audio/flac' }), { name: 'talk.flac', type: 'audio/flac' }],
    ['a recording', { data: audio, name: 'a.ogg', mediaType: 'audio/ogg' }, { name: 'a.ogg', type: 'audio/ogg' }],
  ])('may be given as %s', async (_what, audio, file) => {
    const world = worldWith()
    await gatewayIn(world).transcribe({ ...ask, audio: audio as never })
    expect(world.simulator.calls[0]?.body).toMatchObject({ file })
  })

  test.each([
    [{ model: 'm' }, 'audio is missing: it must be a object.'],
    [{ model: 'm', audio: 'talk.wav' }, 'audio is string: it must be a object.'],
    [{ model: 'm', audio: {} }, 'audio.data is no Uint8Array and no Blob.'],
    [{ model: 'm', audio, language: 7 }, 'language is number: it must be a string.'],
  ])('%#: what is none is refused before anything is sent', async (call, message) => {
    const world = worldWith()
    const error = await failureOf(gatewayIn(world).transcribe(call as never))
    expect([error.code, error.message]).toEqual(['invalid_request', message])
    expect(world.simulator.calls).toEqual([])
  })
})

test('a failure of one provider is another one’s turn, with the whole sound again', async () => {
  const world = worldWith()
  world.simulator.on({ provider: 'openai' }).reply(serverError())
  world.simulator.on({ provider: 'groq' }).reply('Good morning.')
  const reply = await gatewayIn(world).transcribe({ ...ask, model: 'ear' })
  expect(reply.text).toBe('Good morning.')
  expect(reply.trace.attempts.map(({ provider, status }) => [provider, status])).toEqual([
    ['openai', 'failed'],
    ['groq', 'completed'],
  ])
  expect(world.simulator.calls.map(({ body }) => body)).toMatchObject([
    { file: { size: 96_000 } },
    { file: { size: 96_000 } },
  ])
  // Groq bills no less than ten seconds.
  expect(reply.usage.seconds).toBe(10)
})

test('a translation goes to its own path', async () => {
  const world = worldWith()
  await gatewayIn(world).transcribe({ ...ask, translate: true })
  expect(world.simulator.calls[0]?.url).toMatch(/\/audio\/translations$/)
})

test('what is heard goes around the cache', async () => {
  const world = worldWith()
  const gateway = gatewayIn(world, { cache: cache({ store: memoryStore() }) })
  await gateway.transcribe(ask)
  expect((await gateway.transcribe(ask)).trace.cache).toBe('bypass')
})

test('hours are reserved by what the sound can be at most', async () => {
  const world = worldWith()
  // 96,000 bytes of no known kind are 128 seconds at most: 1.28 cents.
  const rules = [budget({ limit: 0.0127, per: 'month' })]
  const gateway = gatewayIn(world, { models: {} as never, limits: limits({ store: memoryCounters(), rules }) })
  expect((await failureOf(gateway.transcribe(ask))).code).toBe('budget_exceeded')
  const wave = new Uint8Array(audio)
  wave.set(new TextEncoder().encode('RIFF....WAVEfmt '))
  new DataView(wave.buffer).setUint16(20, 1, true)
  new DataView(wave.buffer).setUint32(24, 16_000, true)
  new DataView(wave.buffer).setUint16(32, 2, true)
  await gateway.transcribe({ ...ask, audio: wave })
  expect(world.simulator.calls).toHaveLength(1)
  expect((await gateway.limits.status())[0]).toMatchObject({ spent: 0.0003, reserved: 0 })
})
