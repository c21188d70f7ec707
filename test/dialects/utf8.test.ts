import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { utf8Reader } from '../../src/dialects/utf8.ts'

afterEach(() => vi.unstubAllGlobals())

/** Bytes in which characters of each length stand, whole and broken, with marks between them. */
const pieces = fc.array(
  fc.oneof(
    fc.string({ unit: 'grapheme' }).map((text) => new TextEncoder().encode(text)),
    fc.uint8Array({ maxLength: 6 }),
    fc.constantFrom([0xef, 0xbb, 0xbf], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0xc3], [0xed, 0xa0, 0x80], [0xf5, 0x80]),
  ),
)

function cut(bytes: Uint8Array, sizes: readonly number[]): readonly Uint8Array[] {
  const cuts: Uint8Array[] = []
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!
    cuts.push(bytes.subarray(at, at + size))
    at += size
  }
  return cuts
}

const fussy = {
  utf8Slice() {
    throw new TypeError('this is no Buffer')
  },
}

for (const [name, buffer] of [
  ['Buffer', Buffer],
  ['TextDecoder, where there is no Buffer,', undefined],
  ['TextDecoder, where Buffer takes nothing but its own,', { prototype: fussy }],
] as const) {
  for (const marked of [false, true]) {
    test(`law: chunking. ${name} reads ${marked ? 'a mark as text' : 'no mark'}, and all bytes as TextDecoder reads them in one piece`, () => {
      vi.stubGlobal('Buffer', buffer)
      fc.assert(
        fc.property(pieces, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 }), (all, sizes) => {
          const bytes = Uint8Array.from(all.flatMap((piece) => [...piece]))
          const reader = utf8Reader(marked)
          let text = ''
          for (const piece of cut(bytes, sizes)) text += reader.read(piece)
          expect(text + reader.end()).toBe(new TextDecoder('utf-8', { ignoreBOM: marked }).decode(bytes))
        }),
        { numRuns: 500 },
      )
    })
  }
}
