import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { longestSeconds } from '../../src/operations/audio-length.ts'
import { type ImagesRequest, images } from '../../src/operations/images.ts'
import type { OperationRequest, Usage } from '../../src/operations/operation.ts'
import { speech } from '../../src/operations/speech.ts'
import { transcription } from '../../src/operations/transcription.ts'
import { chargeOf, worstCase } from '../../src/pricing/charge.ts'
import type { Price } from '../../src/providers/provider.ts'

const base64 = fc.constantFrom('AAAA', 'BBBB')

describe('the fold of the events of an answer is the answer', () => {
  const same = (operation: typeof images | typeof speech | typeof transcription, response: never): void => {
    const fold = operation.fold()
    for (const event of operation.unfold(response)) fold.add(event as never)
    expect(fold.result()).toEqual(response)
  }

  test('images', () => {
    const image = fc.record({ data: base64, mediaType: fc.constant('image/png') })
    const response = fc.record({ images: fc.array(image), usage: fc.record({ images: fc.nat(9) }), created: fc.nat() })
    fc.assert(fc.property(response, (response) => same(images, response as never)))
  })

  test('speech', () => {
    const response = fc.record({ audio: fc.uint8Array(), mediaType: fc.constant('audio/wav'), usage: fc.constant({}) })
    fc.assert(fc.property(response, (response) => same(speech, response as never)))
  })

  test('transcription', () => {
    const segments = fc.array(fc.record({ text: fc.string(), start: fc.nat(), end: fc.nat() }))
    const response = fc.record({ text: fc.string(), segments, usage: fc.record({ seconds: fc.nat() }) })
    fc.assert(fc.property(response, (response) => same(transcription, response as never)))
  })
})

test('a stream that broke off has what came before', () => {
  const spoken = speech.fold()
  spoken.add({ type: 'audio', data: new Uint8Array([1]), mediaType: 'audio/mpeg' })
  spoken.add({ type: 'audio', data: new Uint8Array([2, 3]), mediaType: 'audio/mpeg' })
  expect(spoken.result()).toEqual({ audio: new Uint8Array([1, 2, 3]), mediaType: 'audio/mpeg', usage: {} })
  const heard = transcription.fold()
  const segment = { text: 'a', start: 0, end: 1 }
  heard.add({ type: 'text-delta', text: 'a' })
  heard.add({ type: 'segment', segment })
  expect(heard.result()).toEqual({ text: 'a', segments: [segment], usage: {} })
  const drawn = images.fold()
  drawn.add({ type: 'partial-image', index: 0, image: { data: 'AAAA' } })
  expect(images.emptiness(drawn.result(), { model: 'm' })).toBe('The answer has no images.')
})

test('images may be kept where they are there, and sound and what is heard never', () => {
  expect(images.cacheable({ model: 'm' })).toBe(true)
  expect(images.storable({ images: [{ data: 'AAAA' }], usage: {} })).toBe(true)
  expect(images.storable({ images: [{ data: 'AAAA' }, { url: 'https://a' }], usage: {} })).toBe(false)
  expect(speech.cacheable({ model: 'm', input: 'a', voice: 'v' })).toBe(false)
  expect(transcription.cacheable({ model: 'm', audio: { data: new Uint8Array(1) } })).toBe(false)
})

/** What was billed, and the most that the request could be billed for. */
function compare(operation: never, request: OperationRequest, price: Price, usage: Usage): readonly [number, number] {
  const asked = { operation, request } as never
  const billed = chargeOf({ price }, asked, { usage, size: 0, worked: 'yes' })
  expect(billed.estimated).toBe(false)
  return [billed.cost!.total, worstCase({ price }, asked).cost!]
}

describe('a request is never billed for more than its bound', () => {
  /** OpenAI, "Image generation": tokens of GPT Image 1, by quality and size. */
  const table: Record<string, Record<string, number>> = {
    '1024x1024': { low: 272, medium: 1056, high: 4160 },
    '1024x1536': { low: 408, medium: 1584, high: 6240 },
    '1536x1024': { low: 400, medium: 1568, high: 6208 },
  }
  const drawn = fc.record({
    prompt: fc.string({ unit: 'grapheme' }),
    n: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
    size: fc.constantFrom('1024x1024', '1024x1536', '1536x1024'),
    quality: fc.constantFrom('low', 'medium', 'high'),
    partials: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  })

  test('images, by tokens', () => {
    fc.assert(
      fc.property(drawn, fc.boolean(), ({ prompt, n, size, quality, partials }, says) => {
        const request: ImagesRequest = {
          model: 'm',
          prompt,
          n,
          // Without a size the model chooses one of them.
          ...(says && { size }),
          ...(partials !== undefined && { stream: true, partialImages: partials }),
        }
        const outputTokens = (n ?? 1) * (table[size]![quality]! + (partials ?? 0) * 100)
        const inputTokens = Buffer.byteLength(prompt)
        const usage = { images: n ?? 1, inputTokens, outputTokens, imageOutputTokens: outputTokens }
        const [billed, bound] = compare(images as never, request, { input: 5, imageOutput: 40 }, usage)
        expect(billed).toBeLessThanOrEqual(bound)
      }),
    )
  })

  test('images, each, by kind: the dearest while nobody knows', () => {
    const price = { image: { 'standard 1024x1024': 0.04, 'hd 1792x1024': 0.12 } }
    const request = { model: 'm', prompt: 'A', n: 2 }
    const usage = (imageKind?: string) => ({ images: 2, imageKind })
    expect(compare(images as never, request, price, usage('standard 1024x1024'))).toEqual([80_000_000, 240_000_000])
    expect(compare(images as never, request, price, usage())).toEqual([240_000_000, 240_000_000])
  })

  test('a picture of any size has at most so many tokens for its pixels as the dearest square', () => {
    const tokens = (size?: string) => images.bound({ model: 'm', size }).outputTokens
    expect(tokens()).toBe(8192)
    expect(tokens('auto')).toBe(8192)
    expect(tokens('3840x2160')).toBe(64_800)
    expect(images.bound({ model: 'm', stream: true }).outputTokens).toBe(8192 + 300)
  })

  test('a number that is none counts as if it were not said, or for the most', () => {
    expect(images.bound({ model: 'm', n: -5 })).toMatchObject({ answers: 1, units: { images: 1 } })
    const partialImages = -100
    expect(images.bound({ model: 'm', stream: true, partialImages }).outputTokens).toBe(8192 + 300)
    const slowest = speech.bound({ model: 'm', voice: 'v', input: 'Hi', speed: 0.25 })
    expect(speech.bound({ model: 'm', voice: 'v', input: 'Hi', speed: -1 })).toEqual(slowest)
  })

  test('speech, by characters and by tokens', () => {
    const characters = fc.integer({ min: 1, max: 4000 })
    fc.assert(
      fc.property(characters, fc.constantFrom(0.25, 1, 4), fc.integer({ min: 2, max: 25 }), (many, speed, rate) => {
        const request = { model: 'm', voice: 'v', input: 'x'.repeat(many), speed }
        const outputTokens = Math.ceil(((many / rate) * 21) / speed)
        const usage = { characters: many, inputTokens: many, outputTokens, audioOutputTokens: outputTokens }
        for (const price of [{ characters: 15 }, { input: 0.6, audioOutput: 12 }]) {
          const [billed, bound] = compare(speech as never, request, price, usage)
          expect(billed).toBeLessThanOrEqual(bound)
        }
      }),
    )
  })

  test('transcription, by the hour and by tokens', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600 }), (seconds) => {
        const request = { model: 'm', audio: { data: wave(seconds, 16_000) } }
        // Groq bills ten seconds at least; OpenAI rounds up.
        const usage = { seconds: Math.max(10, seconds), inputTokens: seconds * 10, outputTokens: seconds * 8 }
        for (const price of [{ hour: 0.36 }, { input: 2.5, output: 10, audioInput: 6 }]) {
          const [billed, bound] = compare(transcription as never, request, price, usage)
          expect(billed).toBeLessThanOrEqual(bound)
        }
      }),
      { numRuns: 30 },
    )
  })
})

test('sound without usage is estimated by its bytes, and never under what it took', () => {
  const price = { input: 0.6, output: 12 }
  const asked = { operation: speech, request: { model: 'm', voice: 'v', input: 'Hello' } } as never
  // Ten seconds: MP3 of 32 kbit, the least that anybody sends, and plain samples.
  for (const [bytes, mediaType] of [
    [40_000, 'audio/mpeg'],
    [480_000, 'audio/wav'],
  ] as const) {
    const size = speech.sizeOf({ type: 'audio', data: new Uint8Array(bytes), mediaType })
    expect(size).toBeGreaterThanOrEqual(210)
    const charge = chargeOf({ price }, asked, { usage: undefined, size, worked: 'yes' })
    expect(charge).toMatchObject({ estimated: true, uncertain: false })
    expect(charge.cost!.total).toBeGreaterThanOrEqual(210 * 12_000)
  }
})

describe('the length of a recording', () => {
  test('of a WAV file is told by its samples', () => {
    expect(longestSeconds(wave(3, 48_000))).toBeCloseTo(3, 2)
    expect(longestSeconds(wave(3, 48_000))).toBeGreaterThanOrEqual(3)
  })

  test('of an MP3 file is the sum of its frames, whatever their rates', () => {
    const frame = fc.record({
      version: fc.constantFrom(3, 2, 0),
      bitrate: fc.integer({ min: 1, max: 14 }),
      rate: fc.integer({ min: 0, max: 2 }),
      padding: fc.boolean(),
    })
    const frames = fc.array(frame, { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(frames, fc.nat(300), fc.nat(200), (frames, tag, junk) => {
        const { bytes, seconds } = mp3(frames, tag, junk)
        const longest = longestSeconds(bytes)
        expect(longest).toBeGreaterThanOrEqual(seconds - 1e-9)
        expect(longest).toBeLessThanOrEqual(seconds + junk / 750 + 1e-9)
      }),
    )
  })

  test('of anything else is as long as its bytes could be', () => {
    expect(longestSeconds(new Uint8Array(7500))).toBe(10)
    expect(longestSeconds(new Blob([new Uint8Array(7500)]))).toBe(10)
    // A header that lies, or is cut, or is of a codec whose rate is an average.
    expect(longestSeconds(wave(1, 0))).toBe((32_000 + 44) / 750)
    expect(longestSeconds(wave(1, 16_000).subarray(0, 30))).toBe(30 / 750)
    expect(longestSeconds(wave(1, 16_000, 85))).toBe((32_000 + 44) / 750)
    expect(longestSeconds(new Uint8Array(0))).toBe(0)
  })
})

/** So many seconds of two bytes a sample, at 16,000 a second whatever the header says. */
function wave(seconds: number, rate: number, format = 1): Uint8Array {
  const samples = seconds * (rate || 16_000) * 2
  const file = new Uint8Array(44 + samples)
  const view = new DataView(file.buffer)
  file.set(new TextEncoder().encode('RIFF'), 0)
  file.set(new TextEncoder().encode('WAVEfmt '), 8)
  view.setUint16(20, format, true)
  view.setUint16(22, 1, true)
  view.setUint32(24, rate, true)
  view.setUint32(28, rate * 2, true)
  view.setUint16(32, 2, true)
  return file
}

interface Mp3Frame {
  readonly version: number
  readonly bitrate: number
  readonly rate: number
  readonly padding: boolean
}

const kilobits: Record<number, readonly number[]> = {
  3: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
  0: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
}
const rates: Record<number, readonly number[]> = {
  3: [44_100, 48_000, 32_000],
  2: [22_050, 24_000, 16_000],
  0: [11_025, 12_000, 8000],
}

function mp3(frames: readonly Mp3Frame[], tag: number, junk: number): { bytes: Uint8Array; seconds: number } {
  const parts: Uint8Array[] = []
  if (tag > 0)
    parts.push(new Uint8Array([0x49, 0x44, 0x33, 4, 0, 0, 0, 0, tag >> 7, tag & 127, ...Array(tag).fill(0xff)]))
  let seconds = 0
  for (const { version, bitrate, rate, padding } of frames) {
    const hertz = rates[version]![rate]!
    const samples = version === 3 ? 1152 : 576
    const length = Math.floor(((samples / 8) * kilobits[version]![bitrate]! * 1000) / hertz) + (padding ? 1 : 0)
    const frame = new Uint8Array(length)
    frame.set([0xff, 0xe0 | (version << 3) | 2 | 1, (bitrate << 4) | (rate << 2) | (padding ? 2 : 0), 0])
    parts.push(frame)
    seconds += samples / hertz
  }
  parts.push(new Uint8Array(junk))
  return { bytes: new Uint8Array(Buffer.concat(parts)), seconds }
}
