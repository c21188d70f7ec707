import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { RepeatingJson } from '../../src/dialects/repeating-json.ts'

const fields = { content: ['content', 'reasoning'], padding: ['q', 'p'] }
const deltaOf = ({ choices }: Readonly<Record<string, unknown>>): unknown =>
  (choices as { delta?: unknown }[] | undefined)?.[0]?.delta
const itself = (value: unknown): unknown => value

/** Texts with everything in them that could be taken for a part of a frame. */
const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc.constantFrom('', 'content', '"', '\\', '\u0007', '"}', ',"p":"', '"content":"', 'a'.repeat(40), '{}', '\u2028'),
)
const frame = fc.record(
  {
    id: fc.constantFrom('a', 'b', 'content'),
    choices: fc.array(
      fc.record(
        {
          index: fc.constantFrom(0, 1),
          delta: fc.record({ content: words, reasoning: words, other: words }, { requiredKeys: [] }),
          finish: fc.constantFrom(null, 'stop'),
        },
        { requiredKeys: ['delta'] },
      ),
      { maxLength: 2 },
    ),
    content: words,
    p: fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'B', '7') }),
  },
  { requiredKeys: ['choices'] },
)
const written = fc.tuple(frame, fc.constantFrom(undefined, 1)).map(([value, space]) => {
  // With the space that Python writes, too.
  const text = JSON.stringify(value)
  return space === undefined ? text : text.replaceAll('":', '": ').replaceAll(',"', ', "')
})

/** Those that do not end with padding are compared whole. */
function unpadded(value: unknown): unknown {
  const { p, ...rest } = value as Record<string, unknown>
  return rest
}

test('law: a stream of frames, most of them alike, reads as JSON.parse reads each', () => {
  const alike = fc
    .tuple(frame, fc.array(words, { maxLength: 12 }))
    .map(([value, texts]) =>
      texts.map((content) => JSON.stringify({ ...value, choices: [{ index: 0, delta: { content } }] })),
    )
  const streams = fc.array(
    fc.oneof(
      alike,
      written.map((one) => [one]),
    ),
    { maxLength: 8 },
  )
  fc.assert(
    fc.property(streams, (stream) => {
      const json = new RepeatingJson(fields, deltaOf)
      for (const text of stream.flat()) {
        let value: unknown = text
        try {
          value = JSON.parse(text)
        } catch {
          // No JSON reads as the text that it is.
        }
        const read = json.parse(text)
        if (typeof value === 'object') expect(unpadded(read)).toEqual(unpadded(value))
        else expect(read).toBe(value)
      }
    }),
    { numRuns: 2000 },
  )
})

test('frames that differ in their content, and in padding, are parsed once', () => {
  const parse = vi.spyOn(JSON, 'parse')
  try {
    const json = new RepeatingJson(fields, deltaOf)
    const texts = ['One', ' two', ' three and a bit more than that', '.'].map(
      (content, index) => `{"id":"a","choices":[{"delta":{"content":"${content}"}}],"p":"${'x'.repeat(index)}"}`,
    )
    const said = texts.map((text) => (json.parse(text) as { choices: { delta: { content: string } }[] }).choices[0]!)
    expect(said.map(({ delta }) => delta)).toEqual(Array(4).fill({ content: '.' }))
    expect(parse).toHaveBeenCalledTimes(1)
  } finally {
    parse.mockRestore()
  }
})

test('what is escaped, or another field of the same name, is never taken for the content', () => {
  const json = new RepeatingJson(fields, itself)
  expect(json.parse('{"model":"a","content":"\\u0061"}')).toEqual({ model: 'a', content: 'a' })
  expect(json.parse('{"model":"b","content":"\\u0061"}')).toEqual({ model: 'b', content: 'a' })
  expect(json.parse('{"content":"x","inner":{"content":"a"}}')).toEqual({ content: 'x', inner: { content: 'a' } })
  expect(json.parse('{"content":"y","inner":{"content":"a"}}')).toEqual({ content: 'y', inner: { content: 'a' } })
  expect(json.parse('{"content":"x"}')).toEqual({ content: 'x' })
  expect(json.parse('{"content":"x\\n"}')).toEqual({ content: 'x\n' })
  expect(json.parse('{"content":"x"')).toBe('{"content":"x"')
})

test('a stream in which nothing repeats is soon looked at no more', () => {
  const json = new RepeatingJson(fields, itself)
  for (let index = 0; index < 40; index++) json.parse(`{"sequence":${index},"content":"x"}`)
  const parse = vi.spyOn(JSON, 'parse')
  try {
    for (let turn = 0; turn < 3; turn++) json.parse('{"sequence":40,"content":"x"}')
    expect(parse).toHaveBeenCalledTimes(3)
  } finally {
    parse.mockRestore()
  }
})
