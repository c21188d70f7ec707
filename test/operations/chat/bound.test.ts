import fc from 'fast-check'
import { expect, test } from 'vitest'
import { estimateInput, inputBound } from '../../../src/operations/chat/bound.ts'
import type { ChatRequest, Message, Part } from '../../../src/operations/chat/request.ts'
import { tokenSamples } from './token-samples.ts'

const empty = inputBound(asking([{ type: 'text', text: '' }]))
const boundOf = (text: string): number => inputBound(asking([{ type: 'text', text }])) - empty
const bytes = (text: string): number => new TextEncoder().encode(text).length

test('plain text counts its bytes', () => {
  expect(boundOf('hello')).toBe(5)
  expect(boundOf('Привет')).toBe(12)
  expect(boundOf('中文')).toBe(6)
  expect(boundOf('한국어')).toBe(9)
  expect(boundOf('🎉')).toBe(4)
  expect(boundOf('größe')).toBe(7)
})

test.each(tokenSamples)('the bound of $name is not under what tokenizers count', ({ text, o200k, cl100k }) => {
  expect(boundOf(text)).toBeGreaterThanOrEqual(Math.max(o200k, cl100k))
})

test('the bound is reached: pairs of letters exist that no vocabulary joins', () => {
  // 1,000 tokens in o200k_base and in cl100k_base.
  expect(boundOf('qz'.repeat(500))).toBe(1000)
})

test('on any text the bound is not under its bytes, in any normal form that tokenizers use', () => {
  const accents = fc.integer({ min: 0x300, max: 0x36f }).map((code) => String.fromCharCode(code))
  const letters = fc.constantFrom(...'aeoǖệấớựṩǕ각ﷺ㌔½ำक़')
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.array(fc.oneof(accents, letters)).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(texts, (text) => {
      expect(boundOf(text)).toBeGreaterThanOrEqual(
        Math.max(...[text, text.normalize('NFC'), text.normalize('NFKC')].map(bytes)),
      )
    }),
    { numRuns: 500 },
  )
})

test('every single character is bounded in every normal form', () => {
  const under: number[] = []
  for (let code = 0x80; code < 0x30000; code++) {
    const text = String.fromCodePoint(code)
    const most = Math.max(bytes(text), bytes(text.normalize('NFC')), bytes(text.normalize('NFKC')))
    if (boundOf(text) < most) under.push(code)
  }
  expect(under).toEqual([])
})

test('a longer request never has a smaller bound', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.string(), (texts, text) => {
      const parts = texts.map((text): Part => ({ type: 'text', text }))
      expect(inputBound(asking([...parts, { type: 'text', text }]))).toBeGreaterThan(inputBound(asking(parts)))
    }),
  )
})

test('all that a request says is counted', () => {
  const request = asking([{ type: 'text', text: '' }])
  const long = 'x'.repeat(5000)
  const grows = (change: Partial<ChatRequest>) => expect(inputBound({ ...request, ...change })).toBeGreaterThan(5000)
  const says = (part: Part) => grows({ messages: [{ role: 'user', content: [part] }] })
  says({ type: 'text', text: long })
  says({ type: 'text', text: '', signature: { origin: 'gemini', value: long } })
  says({ type: 'text', text: '', extensions: { 'openai-chat': { note: long } } })
  says({ type: 'reasoning', text: long })
  says({ type: 'reasoning', text: '', signature: { origin: 'anthropic-messages', value: long } })
  says({ type: 'refusal', text: long })
  says({ type: 'tool-call', id: '1', name: 'a', arguments: long })
  says({ type: 'tool-result', id: '1', content: long })
  says({ type: 'tool-result', id: '1', content: [{ type: 'text', text: long }] })
  says({ type: 'file', source: { type: 'text', text: long } })
  says({ type: 'audio', transcript: long, source: { type: 'file-id', id: 'a' } })
  says({ type: 'extension', dialect: 'anthropic-messages', value: { long } })
  grows({ messages: [{ role: 'user', name: long, content: [] }] })
  grows({ tools: [{ type: 'function', name: 'a', description: long }] })
  grows({ tools: [{ type: 'function', name: 'a', parameters: { description: long } }] })
  grows({ output: { type: 'json-schema', schema: { description: long } } })
  grows({ extensions: { gemini: { cachedContent: long } } })
})

test('text that a template writes as JSON counts its escapes', () => {
  const result = (content: string) => inputBound(asking([{ type: 'tool-result', id: '', content }]))
  expect(result('"\n'.repeat(100)) - result('')).toBe(400)
})

test('a picture counts what the dearest formula makes of it, wherever it is', () => {
  const picture = (detail?: 'low' | 'high') =>
    inputBound(asking([{ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' }, detail }])) - empty
  expect(picture()).toBe(48_169)
  expect(picture('high')).toBe(48_169)
  expect(picture('low')).toBe(4_784)
})

test('the bytes of a picture are not counted as text', () => {
  const source = { type: 'base64', mediaType: 'image/png', data: 'A'.repeat(1_000_000) } as const
  expect(inputBound(asking([{ type: 'image', source }]))).toBeLessThan(50_000)
})

test('what no request bounds counts as a whole context window', () => {
  const pdf: Part = { type: 'file', source: { type: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' } }
  const audio: Part = { type: 'audio', source: { type: 'base64', mediaType: 'audio/wav', data: 'UklGRg==' } }
  expect(inputBound(asking([pdf]), 200_000) - empty).toBe(200_000)
  expect(inputBound(asking([audio]), 200_000) - empty).toBe(200_000)
  expect(inputBound(asking([pdf]))).toBeGreaterThan(2_000_000)
  expect(Number.isFinite(inputBound(asking([pdf])))).toBe(true)
})

test('all pictures together are at most the window', () => {
  const image: Part = { type: 'image', source: { type: 'file-id', id: 'a' } }
  expect(inputBound(asking(Array<Part>(20).fill(image)), 128_000)).toBeLessThan(130_000)
})

test('the estimate of a request is never above its bound, and near the count of its text', () => {
  for (const { text, o200k } of tokenSamples.slice(0, 6)) {
    const request = asking([{ type: 'text', text }])
    expect(estimateInput(request)).toBeLessThan(inputBound(request))
    expect(estimateInput(request)).toBeLessThan(o200k * 1.25 + 10)
  }
})

test('time grows with the length only, even on stacked accents', () => {
  const request = asking([{ type: 'text', text: `a${'\u0301\u0323'.repeat(250_000)}` }])
  const start = performance.now()
  inputBound(request)
  // Normalising this takes a minute.
  expect(performance.now() - start).toBeLessThan(1000)
})

function asking(content: readonly Part[]): ChatRequest {
  const message: Message = { role: 'user', content }
  return { model: 'a', messages: [message] }
}
