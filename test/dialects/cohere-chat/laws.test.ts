import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cohereChat } from '../../../src/dialects/cohere-chat/index.ts'
import { anyRequest } from '../any-request.ts'
import { sayable, saying } from '../said-or-warned.ts'

const { encode } = cohereChat.upstream

test('whatever a request says, it is written, as JSON', () => {
  fc.assert(
    fc.property(anyRequest, (request) => {
      const { path, body, warnings } = encode(request, { provider: 'test', model: 'a-model', quirks: {} })
      expect(path).toBe('/chat')
      expect(JSON.parse(JSON.stringify(body))).toMatchObject({ model: 'a-model', stream: request.stream === true })
      expect(warnings).not.toEqual([])
    }),
  )
})

test.each(sayable)('%s is said, or warned about', (name) => {
  const [said, unsaid] = saying(name, cohereChat.upstream, {})
  // The body differs, or else what is warned about.
  expect([said!.body, said!.warnings]).not.toEqual([unsaid!.body, unsaid!.warnings])
})
