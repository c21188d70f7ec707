import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64Of, bytesOf } from '../../src/dialects/base64.ts'
import { addFields, formFields, readForm } from '../../src/dialects/form.ts'
import { nearestRatio } from '../../src/dialects/ratio.ts'

test('a form says again what was put into it', async () => {
  const fields = {
    model: 'm',
    n: 2,
    stream: true,
    include: ['a', 'b'],
    chunking: { type: 'auto', size: '3' },
    none: null,
  }
  const form = new FormData()
  addFields(form, fields)
  const { none, ...said } = fields
  expect(formFields(await readForm(form), { n: 'number', stream: 'boolean' })).toEqual(said)
})

test('a field that comes more than once is a list', async () => {
  const form = new FormData()
  for (const kind of ['word', 'segment', 'more']) form.append('timestamp_granularities', kind)
  expect(formFields(await readForm(form), {})).toEqual({ timestamp_granularities: ['word', 'segment', 'more'] })
})

test('a field may be called as anything that every object has', async () => {
  const form = new FormData()
  for (const name of ['constructor', 'toString[]', 'valueOf[a]', '__proto__']) form.append(name, 'x')
  const fields = formFields(await readForm(form), {})
  expect(Object.entries(fields)).toEqual([
    ['constructor', 'x'],
    ['toString', ['x']],
    ['valueOf', { a: 'x' }],
    ['__proto__', 'x'],
  ])
})

test('a number that is none stays a text, to be refused as one', async () => {
  const form = new FormData()
  for (const [name, text] of Object.entries({ n: 'two', temperature: '', seed: '7' })) form.append(name, text)
  const kinds = { n: 'number', temperature: 'number', seed: 'number' } as const
  expect(formFields(await readForm(form), kinds)).toEqual({ n: 'two', temperature: '', seed: 7 })
})

test('files are read with their names and kinds', async () => {
  const form = new FormData()
  form.append('image[]', new Blob([new Uint8Array([1, 2])], { type: 'image/png' }), 'a.png')
  const { files, texts } = await readForm(form)
  expect(files).toEqual([{ field: 'image[]', name: 'a.png', mediaType: 'image/png', bytes: new Uint8Array([1, 2]) }])
  expect(texts).toEqual([])
})

describe('base64', () => {
  test('is what the platform writes, and reads back as it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000, size: 'max' }), (bytes) => {
        expect(base64Of(bytes)).toBe(Buffer.from(bytes).toString('base64'))
        expect(bytesOf(base64Of(bytes))).toEqual(bytes)
        expect(bytesOf(Buffer.from(bytes).toString('base64url'))).toEqual(bytes)
      }),
      { numRuns: 20 },
    )
  })
})

test.each([
  ['1536x1024', '3:2'],
  ['1024x1024', '1:1'],
  ['1792x1024', '16:9'],
  ['auto', undefined],
  [undefined, undefined],
])('the ratio of %s is %s', (size, ratio) => {
  expect(nearestRatio(size, ['1:1', '3:2', '16:9'])).toBe(ratio)
})
