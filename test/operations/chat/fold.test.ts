import { expect, test } from 'vitest'
import { type ChatEvent, fold } from '../../../src/operations/chat/index.ts'

test('what a provider sends in place of a text was not said, and breaks nothing', () => {
  const said = [{ toString: null }, 'Hello', 7, null, ', world'] as unknown as string[]
  const whole = fold()
  for (const text of said) whole.add({ type: 'text-delta', choice: 0, part: 0, text } satisfies ChatEvent)
  whole.add({ type: 'tool-call-start', choice: 0, part: 1, id: 'a', name: 'f' })
  for (const text of ['{', null, '}'] as string[])
    whole.add({ type: 'tool-call-delta', choice: 0, part: 1, arguments: text })
  const parts = [
    { type: 'text', text: 'Hello, world' },
    { type: 'tool-call', id: 'a', name: 'f', arguments: '{}' },
  ]
  // Twice, for a snapshot may be taken at any time.
  for (const _ of [1, 2]) expect(whole.result().choices[0]!.content).toEqual(parts)
})
