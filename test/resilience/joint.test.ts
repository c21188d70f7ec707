import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Joint } from '../../src/resilience/joint.ts'

/** What is told of a text behind what was said, or why there is no joint. */
function joined(said: string, chunks: readonly string[], stopped = true): string {
  const joint = new Joint(said)
  let told: string | undefined
  for (const chunk of chunks) {
    if (told !== undefined) told += chunk
    else told = joint.push(chunk)
  }
  return told ?? joint.end(stopped)
}

const said = 'The quick brown fox jumps over the lazy dog, and then'

test('what goes on is told as it comes', () => {
  expect(joined(said, [' it', ' rests.'])).toBe(' it rests.')
  expect(joined('He', ['llo'])).toBe('llo')
  expect(joined(said, [])).toBe('')
})

test('white space that was said and not sent is not told twice', () => {
  expect(new Joint(`${said} \n`).prefill).toBe(said)
  expect(joined(`${said} \n`, [' ', '\nit rests.'])).toBe('it rests.')
  expect(joined(`${said} `, ['  it rests.'])).toBe(' it rests.')
  expect(joined(`${said}\n`, [])).toBe('')
})

test('a model that goes on without the white space that was said does not fit', () => {
  expect(() => joined('under ', ['standing'])).toThrow('white space')
  expect(() => joined('one\n', [' two'])).toThrow('white space')
})

test('a model that begins again is told from where it says something new', () => {
  expect(joined(said, ['The quick brown fox', ' jumps over the lazy dog, and then it', ' rests.'])).toBe(' it rests.')
  expect(joined(`${said} `, [`${said} it rests.`])).toBe('it rests.')
})

test('words that are said again are left out, exactly', () => {
  expect(joined(said, ['the lazy dog, and then it rests.'])).toBe(' it rests.')
  expect(joined(said, [...'the lazy dog, and then it rests.'])).toBe(' it rests.')
})

test('a model that begins again with other words does not fit', () => {
  expect(() => joined(said, ['The quick brown fox sleeps.'])).toThrow('began again')
})

test('a model that begins again and is cut off does not fit', () => {
  expect(() => joined(said, ['The quick brown'], false)).toThrow('broke off')
})

test('where the text may repeat itself there is no joint', () => {
  expect(() => joined('ha ha ha', [' ha ha!'])).toThrow('twice')
  expect(() => joined('10', ['00'])).toThrow('twice')
  expect(() => joined('Hel', ['lo'])).toThrow('twice')
  const line = '| a row | of a table |\n'
  expect(() => joined(`A table:\n${line}`, [`\n${line}`])).toThrow('twice')
  expect(() => joined(`${line}${line}`, [`\n${line}`])).toThrow('twice')
})

test('a long text that is said again takes no more time than its length', () => {
  const long = Array.from({ length: 20_000 }, (_, index) => `word ${index}, `).join('')
  const chunks = `${long}the end.`.match(/.{1,4}/gs)!
  const before = performance.now()
  expect(joined(long, chunks)).toBe('the end.')
  expect(performance.now() - before).toBeLessThan(1000)
})

describe('whatever a model does with what was said', () => {
  const word = fc.constantFrom(
    'a',
    'gate',
    'way',
    'that',
    'never',
    'lets',
    'go',
    'of',
    'me',
    ',',
    '.',
    '\n',
    '  ',
    'é',
    '🚀',
    'ha ha',
  )
  const texts = fc.array(word, { minLength: 2, maxLength: 60 }).map((words) => words.join(' '))
  const manner = fc.oneof(
    fc.constant('begins again' as const),
    fc.record({ overlaps: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 200 })) }),
  )

  test('the text is right, or there is an error', () => {
    const seen = { goesOn: 0, overlaps: 0, beginsAgain: 0, errors: 0 }
    fc.assert(
      fc.property(
        texts,
        fc.nat(),
        manner,
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }),
        (text, at, manner, sizes) => {
          const cut = 1 + (at % (text.length - 1))
          const said = text.slice(0, cut)
          const sent = said.trimEnd().length
          const from = manner === 'begins again' ? 0 : Math.max(0, sent - manner.overlaps)
          const rest = text.slice(from)
          const chunks: string[] = []
          for (let start = 0, index = 0; start < rest.length; index++) {
            const end = start + sizes[index % sizes.length]!
            chunks.push(rest.slice(start, end))
            start = end
          }
          let told: string
          try {
            told = joined(said, chunks)
          } catch {
            seen.errors++
            return
          }
          expect(said + told).toBe(text)
          seen[manner === 'begins again' ? 'beginsAgain' : manner.overlaps > 0 ? 'overlaps' : 'goesOn']++
        },
      ),
      { numRuns: 20_000, seed: 4 },
    )
    // It is worth something only where it mostly succeeds.
    expect(seen.goesOn).toBeGreaterThan(3_000)
    expect(seen.overlaps).toBeGreaterThan(1_000)
    expect(seen.beginsAgain).toBeGreaterThan(3_000)
  })

  test('a text is joined at every point but between two of the same letter', () => {
    const text =
      'Streams that survive: each goes on where another broke off, at once, by itself, and for whoever reads it.'
    for (let cut = 1; cut <= text.length; cut++) {
      const said = text.slice(0, cut)
      if (text[cut - 1] === text[cut]) continue
      expect(said + joined(said, [...text.slice(said.trimEnd().length)])).toBe(text)
    }
  })
})
