import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cohereChat } from '../../../src/dialects/cohere-chat/index.ts'
import { isGatewayError } from '../../../src/errors.ts'
import type { ChatEvent } from '../../../src/operations/chat/index.ts'
import { anyRequest } from '../any-request.ts'
import { sayable, saying } from '../said-or-warned.ts'

const { encode, decode, stream } = cohereChat.upstream
const target = { provider: 'test', model: 'a-model', quirks: {} }

const words = [
  'type',
  'id',
  'index',
  'delta',
  'message',
  'content',
  'text',
  'thinking',
  'tool_plan',
  'tool_calls',
  'function',
  'name',
  'arguments',
  'citations',
  'sources',
  'document',
  'tool_output',
  'content_index',
  'finish_reason',
  'usage',
  'tokens',
  'billed_units',
  'logprobs',
  'error',
  'toString',
]

/** JSON of the words of this format, mostly in the wrong places. */
const { wire } = fc.letrec<{ wire: unknown }>((tie) => ({
  wire: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      null,
      true,
      0,
      1,
      '',
      'constructor',
      ...[
        'message-start',
        'content-start',
        'content-delta',
        'content-end',
        'tool-plan-delta',
        'tool-call-start',
        'tool-call-delta',
        'tool-call-end',
        'citation-start',
        'citation-end',
        'message-end',
        'text',
        'thinking',
        'COMPLETE',
      ],
    ),
    fc.array(tie('wire'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...words), tie('wire'), { maxKeys: 6 }),
  ),
}))

test('whatever a request says, it is written, as JSON', () => {
  fc.assert(
    fc.property(anyRequest, (request) => {
      const { path, body, warnings } = encode(request, target)
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

test('whatever a provider sends is an answer, or fails as an error of ours', () => {
  fc.assert(
    fc.property(fc.array(wire, { minLength: 1, maxLength: 6 }), (bodies) => {
      for (const body of bodies) attempt(() => void decode(JSON.parse(JSON.stringify(body)), target))
      const decoder = stream(target)
      const events: ChatEvent[] = []
      attempt(() => {
        for (const body of bodies) decoder.push({ data: JSON.stringify(body) }, events)
        decoder.end(events)
        expect(events.at(-1)?.type).toBe('message-end')
        for (const event of events) if (event.type === 'finish') expect(event.finishReason).toMatch(/^[a-z-]+$/)
      })
    }),
    { numRuns: 500 },
  )
})

function attempt(work: () => void): void {
  try {
    work()
  } catch (error) {
    if (!isGatewayError(error)) throw error
  }
}
