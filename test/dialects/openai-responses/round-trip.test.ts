import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openaiResponses } from '../../../src/dialects/openai-responses/index.ts'
import { isGatewayError } from '../../../src/errors.ts'
import { type ChatResponse, unfold } from '../../../src/operations/chat/index.ts'
import { requests, responses, streamed } from './arbitraries.ts'
import { bytes, folded, overTheWire, question, read, written } from './wire.ts'

const { upstream } = openaiResponses
const downstream = openaiResponses.downstream!
const target = { provider: 'test', model: 'a-model', quirks: {} }

test('a request that is written and read again is the same', () => {
  fc.assert(
    fc.property(requests, (original) => {
      const { body, warnings } = upstream.encode(original, target)
      expect(warnings).toBeUndefined()
      expect(downstream.decode(overTheWire(body), {})).toEqual(original)
    }),
  )
})

test('a response that is written and read again is the same', () => {
  fc.assert(
    fc.property(responses, (original) => {
      expect(upstream.decode(overTheWire(downstream.encode(original, question)), target)).toEqual(original)
    }),
  )
})

test('a stream that is written and read again folds into the same response', () => {
  fc.assert(
    fc.property(streamed, (original) => {
      expect(folded(read([bytes(written(unfold(original)))]))).toEqual(original)
    }),
  )
})

test('however a stream is cut, the events are the same', () => {
  fc.assert(
    fc.property(responses, fc.array(fc.nat(), { maxLength: 20 }), fc.boolean(), (original, cuts, crlf) => {
      const text = written(unfold(original))
      const whole = bytes(crlf ? text.replaceAll('\n', '\r\n') : text)
      const places = [0, ...cuts.map((cut) => cut % whole.length).sort((a, b) => a - b), whole.length]
      const pieces = places.slice(1).map((end, index) => whole.subarray(places[index], end))
      expect(read(pieces)).toEqual(read([whole]))
      expect(read(Array.from(whole, (byte) => Uint8Array.of(byte)))).toEqual(read([whole]))
    }),
    { numRuns: 30 },
  )
})

test('a stream says what the whole answer says, also where items have several parts', () => {
  fc.assert(
    fc.property(responses, (original) => {
      expect(spoken(folded(read([bytes(written(unfold(original)))])))).toEqual(spoken(original))
    }),
  )
})

test('a field of the wrong type anywhere is an invalid request, an invalid response, or harmless', () => {
  const junk = fc.constantFrom(null, 5, 'x', true, [], [null], {})
  const outcome = (work: () => unknown): unknown => {
    try {
      return work() && undefined
    } catch (error) {
      return isGatewayError(error) ? error.code : error
    }
  }
  fc.assert(
    fc.property(requests, responses, fc.nat(60), junk, (asked, answered, place, value) => {
      const question_ = replaced(overTheWire(upstream.encode(asked, target).body), place, value)
      const answer = replaced(overTheWire(downstream.encode(answered, question)), place, value)
      expect([undefined, 'invalid_request']).toContain(
        outcome(() => upstream.encode(downstream.decode(question_, {}), target)),
      )
      expect([undefined, 'invalid_response', 'provider_unavailable']).toContain(
        outcome(() => upstream.decode(answer, target)),
      )
    }),
    { numRuns: 300 },
  )
})

/** What an answer says, whatever its items are called. */
function spoken({ choices: [choice], usage }: ChatResponse): object {
  const parts = choice!.content.map((part) => {
    const { extensions: _, ...rest } = part as { extensions?: unknown }
    return rest
  })
  return {
    parts: JSON.parse(JSON.stringify(parts).replaceAll('image/png', 'image/webp')),
    finish: choice!.finishReason,
    usage,
  }
}

/** The same JSON with one of its nodes, counted in order, replaced. */
function replaced(root: unknown, place: number, value: unknown): unknown {
  let left = place
  const walk = (node: unknown): unknown => {
    if (left-- === 0) return value
    if (Array.isArray(node)) return node.map(walk)
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, walk(child)]))
  }
  return walk(root)
}
