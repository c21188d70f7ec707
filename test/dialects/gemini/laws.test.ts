import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Frame, FrameParser } from '../../../src/dialects/dialect.ts'
import { frames, jsonArray } from '../../../src/dialects/gemini/frames.ts'
import { gemini } from '../../../src/dialects/gemini/index.ts'
import { isGatewayError } from '../../../src/errors.ts'
import { type ChatEvent, type ChatResponse, fold, unfold } from '../../../src/operations/chat/index.ts'
import { requests, responses, unknownFields } from './arbitraries.ts'

const target = { provider: 'google', model: 'gemini-3-flash-preview', quirks: {} }
const { upstream } = gemini
const downstream = gemini.downstream!

/** What goes over the network. */
function overTheWire(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value))
}

function folded(events: readonly ChatEvent[]): ChatResponse {
  const response = fold()
  for (const event of events) response.add(event)
  return response.result()
}

function encodeStream(response: ChatResponse): string {
  const encoder = downstream.stream({ model: 'm', messages: [] })
  return (
    unfold(response)
      .map((event) => encoder.push(event))
      .join('') + encoder.end()
  )
}

function decodeStream(pieces: Iterable<Uint8Array>, contentType = 'text/event-stream'): readonly ChatEvent[] {
  const events: ChatEvent[] = []
  const decoder = upstream.stream(target)
  const parser = frames(contentType, (frame) => decoder.push(frame, events))
  for (const piece of pieces) parser.feed(piece)
  parser.end()
  decoder.end(events)
  return events
}

function* cut(bytes: Uint8Array, lengths: readonly number[]): Generator<Uint8Array> {
  let start = 0
  for (let index = 0; start < bytes.length; index++) {
    const length = lengths[index % lengths.length] ?? 1
    yield bytes.subarray(start, start + length)
    start += length
  }
}

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })

test('a request that is encoded and decoded is the same request', () => {
  fc.assert(
    fc.property(requests, (request) => {
      const { body, path, warnings } = upstream.encode(request, target)
      expect(warnings).toBeUndefined()
      const door = downstream.match(`/v1beta${path.replace('?alt=sse', '')}`)
      expect(door?.model).toBe(target.model)
      expect(downstream.decode(overTheWire(body), { ...door, model: request.model })).toEqual(request)
    }),
    { numRuns: 300 },
  )
})

test('fields that we do not know arrive where they were, whatever node they stand on', () => {
  fc.assert(
    fc.property(fc.array(unknownFields, { minLength: 14, maxLength: 14 }), (unknown) => {
      const [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = unknown
      const body = {
        ...a,
        systemInstruction: { ...b, parts: [{ ...c, text: 'Be brief.' }] },
        contents: [
          { ...d, role: 'user', parts: [{ ...e, inlineData: { ...f, mimeType: 'image/png', data: 'AA==' } }] },
          { role: 'user', parts: [{ ...n, text: 'Said apart.' }] },
          {
            role: 'model',
            parts: [{ ...g, functionCall: { ...h, name: 'look', args: {} }, thoughtSignature: 'c2ln' }],
          },
          {
            role: 'user',
            parts: [{ functionResponse: { ...i, name: 'look', response: { result: { deep: [1, null] } } } }],
          },
        ],
        tools: [
          { functionDeclarations: [{ ...j, name: 'look', parameters: { type: 'OBJECT', nullable: true } }] },
          { ...k },
        ],
        toolConfig: { ...l, functionCallingConfig: { ...m, mode: 'AUTO' } },
        generationConfig: { ...n, thinkingConfig: { ...a, thinkingBudget: -1 }, responseMimeType: 'text/x.enum' },
      }
      expect(overTheWire(upstream.encode(downstream.decode(body, { model: 'm' }), target).body)).toEqual(
        overTheWire(body),
      )
    }),
    { numRuns: 50 },
  )
})

test('an answer that is encoded and decoded is the same answer', () => {
  fc.assert(
    fc.property(responses(), (response) => {
      expect(upstream.decode(overTheWire(downstream.encode(response, { model: 'm', messages: [] })), target)).toEqual(
        response,
      )
    }),
    { numRuns: 300 },
  )
})

test('a stream says what the whole answer says', () => {
  // A stream says what comes with the end of a text on an empty part of its own.
  fc.assert(
    fc.property(
      responses((part) => ({ ...part, text: '' })),
      (response) => {
        expect(folded(decodeStream([new TextEncoder().encode(encodeStream(response))]))).toEqual(response)
      },
    ),
    { numRuns: 300 },
  )
})

test('folding the events of a decoded answer, whole or streamed, gives the answer again', () => {
  fc.assert(
    fc.property(responses(), (response) => {
      expect(folded(unfold(response))).toEqual(response)
    }),
  )
})

test('however the bytes of server-sent events are cut, with CRLF or LF, the events are the same', () => {
  fc.assert(
    fc.property(responses(), lengths, fc.boolean(), (response, lengths, crlf) => {
      const text = encodeStream(response)
      const bytes = new TextEncoder().encode(crlf ? text.replaceAll('\n', '\r\n') : text)
      expect(decodeStream(cut(bytes, lengths))).toEqual(decodeStream([new TextEncoder().encode(text)]))
    }),
  )
})

test('a stream that is one JSON array says the same as server-sent events, however it is cut and indented', () => {
  fc.assert(
    fc.property(responses(), lengths, fc.constantFrom(0, 2), (response, lengths, indent) => {
      const text = encodeStream(response)
      const chunks = text
        .split('\n\n')
        .filter(Boolean)
        .map((frame) => JSON.parse(frame.slice('data: '.length)) as unknown)
      const bytes = new TextEncoder().encode(JSON.stringify(chunks, null, indent))
      expect(decodeStream(cut(bytes, lengths), 'application/json; charset=UTF-8')).toEqual(
        decodeStream([new TextEncoder().encode(text)]),
      )
    }),
  )
})

test('the elements of a JSON array come out whole, whatever brackets and quotes are in their strings', () => {
  const tricky = fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', '\n', 'é', '😀', 'a') })
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(tricky, tricky, { maxKeys: 3 }), { maxLength: 4 }),
      lengths,
      (elements, lengths) => {
        const found: unknown[] = []
        const parser: FrameParser = jsonArray(({ data }: Frame) => found.push(JSON.parse(data)))
        for (const piece of cut(new TextEncoder().encode(JSON.stringify(elements, null, 1)), lengths))
          parser.feed(piece)
        parser.end()
        expect(JSON.stringify(found)).toBe(JSON.stringify(elements))
      },
    ),
    { numRuns: 300 },
  )
})

const anything = fc.jsonValue({ maxDepth: 2 })

/** An object whose known fields are mostly there and mostly what they should be, and else anything. */
function mangled(known: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  const some = Object.entries(known).map(([key, right]) =>
    fc
      .oneof(
        { weight: 100, arbitrary: right },
        { weight: 1, arbitrary: anything },
        { weight: 2, arbitrary: fc.constant(undefined) },
      )
      .map((value) => (value === undefined ? {} : { [key]: value })),
  )
  return fc.tuple(...some).map((fields) => Object.assign({}, ...fields) as unknown)
}

const mangledPart = fc.oneof(
  mangled({ text: fc.string(), thought: fc.boolean(), thoughtSignature: fc.base64String() }),
  mangled({ functionCall: mangled({ id: fc.string(), name: fc.string(), args: mangled({ a: anything }) }) }),
  mangled({
    functionCall: mangled({
      name: fc.string(),
      willContinue: fc.boolean(),
      partialArgs: fc.array(
        mangled({ jsonPath: fc.constantFrom('$.a', '$.b[0].c', "$['d']"), stringValue: fc.string() }),
      ),
    }),
  }),
  mangled({
    functionResponse: mangled({
      id: fc.string(),
      name: fc.string(),
      response: mangled({ output: fc.string() }),
      parts: fc.constant([{ inlineData: { data: 'AA==' } }]),
    }),
  }),
  mangled({ inlineData: mangled({ mimeType: fc.string(), data: fc.string() }), mediaResolution: anything }),
  mangled({ fileData: mangled({ mimeType: fc.string(), fileUri: fc.string() }) }),
)
const mangledContent = mangled({
  role: fc.constantFrom('user', 'model'),
  parts: fc.array(mangledPart, { maxLength: 3 }),
})

test('whatever an application sends is a request that can be encoded, or is refused as invalid', () => {
  const bodies = mangled({
    contents: fc.array(mangledContent, { maxLength: 3 }),
    systemInstruction: mangledContent,
    tools: fc.array(mangled({ functionDeclarations: fc.array(mangled({ name: fc.string(), parameters: anything })) }), {
      maxLength: 2,
    }),
    toolConfig: mangled({
      functionCallingConfig: mangled({ mode: fc.constantFrom('ANY', 'AUTO'), allowedFunctionNames: anything }),
    }),
    generationConfig: mangled({
      temperature: fc.integer(),
      stopSequences: fc.array(fc.string()),
      thinkingConfig: mangled({ thinkingBudget: fc.integer(), thinkingLevel: fc.string() }),
      responseMimeType: fc.constant('application/json'),
      responseSchema: mangled({ type: anything, properties: anything, nullable: fc.boolean() }),
      responseModalities: anything,
    }),
    labels: mangled({ a: fc.string() }),
    serviceTier: fc.string(),
  })
  let accepted = 0
  fc.assert(
    fc.property(bodies, (body) => {
      try {
        JSON.stringify(upstream.encode(downstream.decode(body, { model: 'm' }), target))
        accepted++
      } catch (error) {
        if (!isGatewayError(error, 'invalid_request')) throw error
      }
    }),
    { numRuns: 500 },
  )
  expect(accepted).toBeGreaterThan(20)
})

test('whatever a provider sends is an answer, or is malformed', () => {
  const chunks = mangled({
    candidates: fc.array(
      mangled({
        index: fc.nat(2),
        content: mangledContent,
        finishReason: fc.constantFrom('STOP', 'NEW'),
        groundingMetadata: mangled({
          groundingChunks: fc.array(mangled({ web: anything })),
          groundingSupports: fc.array(
            mangled({ segment: mangled({ endIndex: fc.nat() }), groundingChunkIndices: fc.constant([0]) }),
          ),
        }),
        citationMetadata: mangled({
          citations: fc.array(mangled({ uri: fc.string(), startIndex: fc.integer(), endIndex: fc.integer() })),
        }),
        logprobsResult: mangled({
          chosenCandidates: fc.array(mangled({ token: fc.string() })),
          topCandidates: fc.constant([]),
        }),
      }),
    ),
    usageMetadata: mangled({
      promptTokenCount: fc.nat(),
      promptTokensDetails: fc.constant([{ modality: 'AUDIO', tokenCount: 1 }]),
    }),
    promptFeedback: anything,
    createTime: fc.constant('2026-01-01T00:00:00Z'),
  })
  let accepted = 0
  fc.assert(
    fc.property(fc.array(chunks, { minLength: 1, maxLength: 3 }), (body) => {
      try {
        JSON.stringify(downstream.encode(upstream.decode(body, target), { model: 'm', messages: [] }))
        accepted++
      } catch (error) {
        if (!isGatewayError(error, 'invalid_response')) throw error
      }
    }),
    { numRuns: 500 },
  )
  expect(accepted).toBeGreaterThan(20)
})
