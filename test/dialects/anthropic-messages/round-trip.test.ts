import fc from 'fast-check'
import { expect, test } from 'vitest'
import { anthropicMessages } from '../../../src/dialects/anthropic-messages/index.ts'
import { sse } from '../../../src/dialects/sse.ts'
import { isGatewayError } from '../../../src/errors.ts'
import { type ChatEvent, type ChatResponse, fold, unfold } from '../../../src/operations/chat/index.ts'
import { requests, responses } from './arbitraries.ts'

const { upstream } = anthropicMessages
const downstream = anthropicMessages.downstream!
const target = { provider: 'test', model: 'claude-opus-4-6', quirks: {} }
const request = { model: 'm', messages: [] }

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
      expect(upstream.decode(overTheWire(downstream.encode(original, request)), target)).toEqual(original)
    }),
  )
})

test('a stream that is written and read again folds into the same response', () => {
  fc.assert(
    fc.property(responses, (original) => {
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

test('fields that have no name arrive untouched on the node where they were', () => {
  const body = {
    model: 'claude-opus-4-6',
    max_tokens: 10,
    new_field: [1],
    metadata: { user_id: 'u', new_label: 'x' },
    output_config: { task_budget: { type: 'tokens', total: 5 } },
    system: [{ type: 'text', text: 'Be brief.', new_flag: true }],
    messages: [
      {
        role: 'user',
        new_name: 'n',
        content: [
          { type: 'text', text: 'Hi', cache_control: { type: 'ephemeral', ttl: '1h', scope: 'global' } },
          {
            type: 'document',
            source: { type: 'text', media_type: 'text/plain', data: 'd' },
            context: 'c',
            citations: { enabled: true },
          },
          { type: 'document', source: { type: 'content', content: [] } },
          { type: 'search_result', source: 's', title: 't', content: [] },
        ],
      },
    ],
    tools: [{ name: 'f', input_schema: { type: 'object' }, defer_loading: true }],
    tool_choice: { type: 'auto', disable_parallel_tool_use: false },
    thinking: { type: 'between_tools' },
  }
  expect(overTheWire(upstream.encode(downstream.decode(body, {}), target).body)).toEqual(body)
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
      const question = replaced(overTheWire(upstream.encode(asked, target).body), place, value)
      const answer = replaced(overTheWire(downstream.encode(answered, request)), place, value)
      expect([undefined, 'invalid_request']).toContain(
        outcome(() => upstream.encode(downstream.decode(question, {}), target)),
      )
      expect([undefined, 'invalid_response', 'provider_unavailable']).toContain(
        outcome(() => upstream.decode(answer, target)),
      )
    }),
    { numRuns: 150 },
  )
})

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

function overTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function written(events: readonly ChatEvent[]): string {
  const encoder = downstream.stream(request)
  return events.map((event) => encoder.push(event)).join('') + encoder.end()
}

function read(pieces: readonly Uint8Array[]): ChatEvent[] {
  const events: ChatEvent[] = []
  const decoder = upstream.stream(target)
  const parser = sse((frame) => decoder.push(frame, events))
  for (const piece of pieces) parser.feed(piece)
  parser.end()
  decoder.end(events)
  return events
}

function folded(events: readonly ChatEvent[]): ChatResponse {
  const collected = fold()
  for (const event of events) collected.add(event)
  return collected.result()
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
