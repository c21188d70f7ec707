import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { continuation } from '../../src/index.ts'
import { askAs, formats, tell, textOf } from './models.ts'

const story = [
  'Once ',
  'upon',
  ' a',
  ' time',
  ' there ',
  'was\n\n',
  'a gate',
  'way',
  ' that',
  ' never',
  ' let',
  ' go',
  '.',
]
const on = { continuation: continuation() }

describe.each(formats)('an application that speaks $name', (application) => {
  describe.each(formats)('at a provider that speaks $name', (provider) => {
    test.each(['broken', 'ended', 'error', 'stalled'] as const)(
      'a stream that is cut at any event, %s, says what an uncut one says',
      async (how) => {
        const uncut = tell([provider, provider], () => ({ text: story }), on)
        expect(textOf(await uncut.clock.run(askAs(application, uncut)))).toBe(story.join(''))
        for (let cut = 1; cut < uncut.writes(); cut++) {
          const telling = tell(
            [provider, provider],
            (_, number) => ({ text: story, ...(number === 0 && { cut, how }) }),
            on,
          )
          const answer = await telling.clock.run(askAs(application, telling))
          expect(textOf(answer)).toBe(story.join(''))
          expect(answer.choices[0]?.finishReason).toBe('stop')
          expect(telling.clock.pending).toBe(0)
        }
      },
    )
  })
})
