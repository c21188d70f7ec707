import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bedrockConverse } from '../../../src/dialects/bedrock-converse/index.ts'
import { isGatewayError } from '../../../src/errors.ts'
import { unfold } from '../../../src/operations/chat/index.ts'
import { answer, binaryFrame, decodeBytes, decodeEvents, eventFrame, folded, target, type WireEvent } from './wire.ts'

const start: WireEvent = ['messageStart', { role: 'assistant', p: 'abcdefgh' }]
const begin = (contentBlockIndex: number, block: object): WireEvent => [
  'contentBlockStart',
  { contentBlockIndex, start: block, p: 'abc' },
]
const delta = (contentBlockIndex: number, piece: object): WireEvent => [
  'contentBlockDelta',
  { contentBlockIndex, delta: piece, p: 'abcdef' },
]
const stop = (contentBlockIndex: number): WireEvent => ['contentBlockStop', { contentBlockIndex, p: 'a' }]
const end = (stopReason: string, more: object = {}): WireEvent => ['messageStop', { stopReason, p: '', ...more }]
const metadata: WireEvent = [
  'metadata',
  { usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 }, metrics: { latencyMs: 7 }, p: 'abc' },
]

test('oddity 21: blocks without a start, padding, and the usage after the end', () => {
  const events = decodeEvents([
    start,
    delta(0, { reasoningContent: { text: 'Hm' } }),
    delta(0, { reasoningContent: { text: '.' } }),
    delta(0, { reasoningContent: { signature: 'proof' } }),
    stop(0),
    delta(1, { text: 'Hel' }),
    delta(1, { text: 'lo' }),
    stop(1),
    end('end_turn'),
    metadata,
  ])
  expect(events.map(({ type }) => type)).toEqual([
    'message-start',
    'reasoning-delta',
    'reasoning-delta',
    'part-end',
    'text-delta',
    'text-delta',
    'part-end',
    'finish',
    'usage',
    'message-end',
  ])
  expect(folded(events)).toEqual({
    id: '',
    model: target.model,
    choices: [
      {
        index: 0,
        content: [
          { type: 'reasoning', text: 'Hm.', signature: { origin: 'bedrock-converse', value: 'proof' } },
          { type: 'text', text: 'Hello' },
        ],
        finishReason: 'stop',
        rawFinishReason: 'end_turn',
      },
    ],
    usage: { inputTokens: 10, outputTokens: 5 },
    extensions: { 'bedrock-converse': { metrics: { latencyMs: 7 } } },
  })
})

test.each([
  ['an empty text', [delta(0, { toolUse: { input: '' } })]],
  ['nothing at all', []],
])('oddity 6: a call without arguments has an empty object: %s', (_, deltas) => {
  const events = decodeEvents([
    start,
    begin(0, { toolUse: { toolUseId: 't1', name: 'now' } }),
    ...deltas,
    stop(0),
    end('tool_use'),
    metadata,
  ])
  expect(folded(events).choices[0]).toMatchObject({
    content: [{ type: 'tool-call', id: 't1', name: 'now', arguments: '{}' }],
    finishReason: 'tool-calls',
  })
})

test('oddity 10: a tool that Bedrock runs itself is no call for the application', () => {
  const { content, finishReason } = folded(
    decodeEvents([
      start,
      begin(0, { toolUse: { toolUseId: 's1', name: 'nova_grounding', type: 'server_tool_use' } }),
      delta(0, { toolUse: { input: '{"query":' } }),
      delta(0, { toolUse: { input: '"x"}' } }),
      stop(0),
      begin(1, { toolResult: { toolUseId: 's1', status: 'success', type: 'nova_grounding_result' } }),
      delta(1, { toolResult: [{ text: 'found' }] }),
      stop(1),
      delta(2, { text: 'Yes' }),
      stop(2),
      delta(3, { citation: { location: { web: { url: 'https://example.com/a', domain: 'example.com' } } } }),
      stop(3),
      end('end_turn'),
      metadata,
    ]),
  ).choices[0]!
  expect(finishReason).toBe('stop')
  expect(content).toEqual([
    {
      type: 'extension',
      dialect: 'bedrock-converse',
      value: {
        toolUse: { toolUseId: 's1', name: 'nova_grounding', type: 'server_tool_use', input: { query: 'x' } },
      },
    },
    {
      type: 'extension',
      dialect: 'bedrock-converse',
      value: {
        toolResult: {
          toolUseId: 's1',
          status: 'success',
          type: 'nova_grounding_result',
          content: [{ text: 'found' }],
        },
      },
    },
    { type: 'text', text: 'Yes' },
    {
      type: 'text',
      text: '',
      citations: [
        {
          url: 'https://example.com/a',
          extensions: {
            'bedrock-converse': { location: { web: { url: 'https://example.com/a', domain: 'example.com' } } },
          },
        },
      ],
    },
  ])
})

test('oddity 29: cited words are the answer', () => {
  const citation = {
    title: 'policy',
    location: { documentChar: { documentIndex: 0, start: 0, end: 7 } },
    sourceContent: [{ text: '20 days' }],
  }
  const events = decodeEvents([
    start,
    delta(0, { text: 'There are ' }),
    stop(0),
    delta(1, { citation }),
    delta(1, { text: '20 ' }),
    delta(1, { text: 'days.' }),
    stop(1),
    end('end_turn'),
    metadata,
  ])
  const { title: _, ...own } = citation
  expect(folded(events).choices[0]!.content).toEqual([
    { type: 'text', text: 'There are ' },
    {
      type: 'text',
      text: '20 days.',
      citations: [{ title: 'policy', text: '20 days', extensions: { 'bedrock-converse': own } }],
    },
  ])
})

test('a redacted thought is kept to be sent back', () => {
  const events = decodeEvents([start, delta(0, { reasoningContent: { redactedContent: 'c2VjcmV0' } }), stop(0)])
  expect(folded(events).choices[0]!.content).toEqual([
    { type: 'reasoning', text: '', signature: { origin: 'bedrock-converse', value: 'c2VjcmV0', encrypted: true } },
  ])
})

test('a picture comes in pieces', () => {
  const events = decodeEvents([
    start,
    begin(0, { image: { format: 'png' } }),
    delta(0, { image: { source: { bytes: 'iVBO' } } }),
    delta(0, { image: { source: { bytes: 'Rw0K' } } }),
    stop(0),
    end('end_turn'),
  ])
  expect(folded(events).choices[0]!.content).toEqual([
    { type: 'image', source: { type: 'base64', data: 'iVBORw0K', mediaType: 'image/png' } },
  ])
})

test('parallel calls may be open side by side', () => {
  const events = decodeEvents([
    start,
    begin(0, { toolUse: { toolUseId: 'a', name: 'f' } }),
    begin(1, { toolUse: { toolUseId: 'b', name: 'g' } }),
    delta(1, { toolUse: { input: '{"x"' } }),
    delta(0, { toolUse: { input: '{"y":1}' } }),
    delta(1, { toolUse: { input: ':2}' } }),
    stop(0),
    stop(1),
    end('tool_use'),
  ])
  expect(folded(events).choices[0]!.content).toEqual([
    { type: 'tool-call', id: 'a', name: 'f', arguments: '{"y":1}' },
    { type: 'tool-call', id: 'b', name: 'g', arguments: '{"x":2}' },
  ])
})

test('an end without the ends of its blocks closes them, and no start is no loss', () => {
  const events = decodeEvents([delta(0, { text: 'Hi' }), metadata, end('max_tokens')])
  expect(events.map(({ type }) => type)).toEqual([
    'message-start',
    'text-delta',
    'usage',
    'part-end',
    'finish',
    'message-end',
  ])
})

test('a stream that breaks off has no reason to have finished', () => {
  const { choices } = folded(decodeEvents([start, delta(0, { text: 'Hel' })]))
  expect(choices).toEqual([{ index: 0, content: [{ type: 'text', text: 'Hel' }] }])
})

test('what is unknown is ignored', () => {
  const events = decodeEvents([
    start,
    begin(0, {}),
    delta(0, { text: 'Hi', novelty: 1 }),
    delta(0, { novelty: 2 }),
    delta(5, { novelty: 3 }),
    stop(5),
    ['novelty', { contentBlockIndex: 0 }],
    stop(0),
    end('end_turn'),
  ])
  expect(folded(events).choices[0]!.content).toEqual([{ type: 'text', text: 'Hi' }])
})

test('an exception inside a stream is a failure, with what came before it', () => {
  const exception = { ':message-type': 'exception', ':exception-type': 'modelStreamErrorException' }
  const events: unknown[] = []
  const decoder = bedrockConverse.upstream.stream(target)
  const parser = bedrockConverse.upstream.frames!('', (frame) => decoder.push(frame, events as never[]))
  parser.feed(eventFrame(start))
  parser.feed(eventFrame(delta(0, { text: 'Hel' })))
  expect(events).toHaveLength(2)
  let error: unknown
  try {
    parser.feed(binaryFrame(exception, '{"message":"The model stumbled.","originalStatusCode":500}'))
  } catch (thrown) {
    error = thrown
  }
  expect(isGatewayError(error, 'provider_unavailable')).toBe(true)
  expect((error as Error).message).toBe('test: The model stumbled.')
  expect((error as Error).cause).toEqual({ status: 424, message: 'The model stumbled.' })
})

test('an exception that comes as an event is a failure too', () => {
  expect(() => decodeEvents([start, ['throttlingException', { message: 'Too many tokens, please wait.' }]])).toThrow(
    expect.objectContaining({ code: 'rate_limited' }),
  )
})

test('a thought and words under one number are two parts', () => {
  const { content } = folded(
    decodeEvents([
      start,
      delta(0, { reasoningContent: { text: 'Hm.' } }),
      delta(0, { text: 'Hi' }),
      stop(0),
      end('end_turn'),
    ]),
  ).choices[0]!
  expect(content).toEqual([
    { type: 'reasoning', text: 'Hm.' },
    { type: 'text', text: 'Hi' },
  ])
})

test('a frame that is not JSON, or not what it must be, is malformed', () => {
  const malformed = expect.objectContaining({ code: 'invalid_response' })
  const frame = binaryFrame({ ':event-type': 'metadata', ':message-type': 'event' }, '{"usage"')
  expect(() => decodeBytes([frame])).toThrow(malformed)
  expect(() => decodeEvents([['metadata', { usage: { inputTokens: 1, cacheDetails: 5 } }]])).toThrow(malformed)
  expect(() => decodeEvents([delta(0, { citation: { sourceContent: 5 } })])).toThrow(malformed)
})

test('a whole answer in place of a stream says the same', () => {
  const body = answer([{ text: 'Hi' }, { toolUse: { toolUseId: 'a', name: 'f', input: { x: 1 } } }])
  const events = decodeBytes([new TextEncoder().encode(JSON.stringify(body))], 'application/json')
  expect(folded(events)).toEqual(bedrockConverse.upstream.decode(body, target))
})

const text = fc.string({ unit: 'grapheme', maxLength: 12 })
const citation = fc.record(
  {
    title: text,
    source: fc.constantFrom('https://example.com/a', 'file'),
    sourceContent: fc.array(fc.record({ text })),
    location: fc.constantFrom(
      { web: { url: 'https://example.com/b', domain: 'example.com' } },
      { documentPage: { documentIndex: 0, start: 1, end: 2 } },
    ),
  },
  { requiredKeys: ['location'] },
)
/** As JSON brings it, which has no -0. */
const input = fc
  .dictionary(
    fc.string().filter((key) => key !== '__proto__'),
    fc.jsonValue(),
    { maxKeys: 3 },
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as object)

/** A block of an answer, whole and as the events of a stream. */
const block = fc.oneof(
  text.map((text) => ({ whole: { text }, begin: undefined, deltas: pieces(text).map((text) => ({ text })) })),
  fc.tuple(text, fc.option(text, { nil: undefined })).map(([text, signature]) => ({
    whole: { reasoningContent: { reasoningText: { text, ...(signature !== undefined && { signature }) } } },
    begin: undefined,
    deltas: [...pieces(text).map((text) => ({ text })), ...(signature ? [{ signature }] : [])].map(
      (reasoningContent) => ({ reasoningContent }),
    ),
  })),
  fc.tuple(text, fc.array(citation, { minLength: 1, maxLength: 3 })).map(([text, citations]) => ({
    whole: { citationsContent: { content: [{ text }], citations } },
    begin: undefined,
    deltas: [...citations.map((citation) => ({ citation })), ...pieces(text).map((text) => ({ text }))],
  })),
  fc.tuple(input, fc.boolean()).map(([input, server]) => {
    const toolUse = { toolUseId: 'a', name: 'f', ...(server && { type: 'server_tool_use' }) }
    return {
      whole: { toolUse: { ...toolUse, input } },
      begin: { toolUse },
      deltas: pieces(JSON.stringify(input)).map((input) => ({ toolUse: { input } })),
    }
  }),
)

/** Cuts a text in three. */
function pieces(text: string): string[] {
  const third = Math.ceil(text.length / 3)
  return [text.slice(0, third), text.slice(third, 2 * third), text.slice(2 * third)]
}

test('a stream and a whole answer say the same, and unfolding says it again', () => {
  fc.assert(
    fc.property(fc.array(block, { minLength: 1, maxLength: 5 }), (blocks) => {
      const events = decodeEvents([
        start,
        ...blocks.flatMap(({ begin: first, deltas }, index) => [
          ...(first ? [begin(index, first)] : []),
          ...deltas.map((piece) => delta(index, piece)),
          stop(index),
        ]),
        end('end_turn'),
        metadata,
      ])
      const whole = bedrockConverse.upstream.decode(answer(blocks.map(({ whole }) => whole)), target)
      expect(folded(events)).toEqual(whole)
      expect(folded(unfold(whole))).toEqual(whole)
    }),
  )
})
