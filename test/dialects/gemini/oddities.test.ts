import { expect, test } from 'vitest'
import { frames } from '../../../src/dialects/gemini/frames.ts'
import { gemini } from '../../../src/dialects/gemini/index.ts'
import { isGatewayError } from '../../../src/errors.ts'
import { type ChatEvent, type ChatResponse, fold } from '../../../src/operations/chat/index.ts'

// What real wire data does that a naive reader gets wrong, one test each.

const target = { provider: 'google', model: 'gemini-3-flash-preview', quirks: {} }
const { upstream } = gemini

function decode(candidate: object, rest: object = {}): ChatResponse {
  return upstream.decode({ candidates: [candidate], responseId: 'r1', modelVersion: 'gemini-3-flash', ...rest }, target)
}

function events(...chunks: readonly object[]): readonly ChatEvent[] {
  const out: ChatEvent[] = []
  const decoder = upstream.stream(target)
  for (const chunk of chunks) decoder.push({ data: JSON.stringify(chunk) }, out)
  decoder.end(out)
  return out
}

function stream(...chunks: readonly object[]): ChatResponse {
  const response = fold()
  for (const event of events(...chunks)) response.add(event)
  return response.result()
}

function chunk(parts: readonly object[], candidate: object = {}, rest: object = {}): object {
  return { candidates: [{ content: { role: 'model', parts }, index: 0, ...candidate }], responseId: 'r1', ...rest }
}

test('a call without args has the arguments {}', () => {
  const { choices } = decode({ content: { parts: [{ functionCall: { name: 'now' } }] }, finishReason: 'STOP' })
  expect(choices[0]?.content).toMatchObject([{ type: 'tool-call', name: 'now', arguments: '{}' }])
})

test('STOP after a call is tool-calls, for Gemini knows no such reason', () => {
  const { choices } = decode({
    content: { parts: [{ functionCall: { name: 'now', args: {} } }] },
    finishReason: 'STOP',
  })
  expect(choices[0]).toMatchObject({ finishReason: 'tool-calls', rawFinishReason: 'STOP' })
})

test('calls without ids get ids that differ, are the same when read again, and go back as none', () => {
  const candidate = { content: { parts: [{ functionCall: { name: 'a' } }, { functionCall: { name: 'a' } }] } }
  const [one, two] = decode(candidate).choices[0]!.content as unknown as { id: string }[]
  expect(one?.id).toBe('gemini-call-r1-0-0')
  expect(two?.id).toBe('gemini-call-r1-0-1')
  expect(decode(candidate)).toEqual(decode(candidate))
  const wire = gemini.downstream?.encode(decode(candidate), { model: 'm', messages: [] })
  expect(JSON.stringify(wire)).not.toContain('"id"')
})

test('a call keeps the id that Gemini gave it', () => {
  const { choices } = decode({ content: { parts: [{ functionCall: { id: 'x1', name: 'now' } }] } })
  expect(choices[0]?.content).toMatchObject([{ id: 'x1' }])
})

test('the signature of a call stays on its part', () => {
  const { choices } = decode({ content: { parts: [{ functionCall: { name: 'now' }, thoughtSignature: 'c2ln' }] } })
  expect(choices[0]?.content).toMatchObject([{ signature: { origin: 'gemini', value: 'c2ln' } }])
})

test('calls and code that ran at Google are no calls for the application', () => {
  const parts = [
    { toolCall: { toolType: 'GOOGLE_SEARCH_WEB', id: 't1' }, thoughtSignature: 'c2ln' },
    { toolResponse: { toolType: 'GOOGLE_SEARCH_WEB', id: 't1' }, thoughtSignature: 'c2ln' },
    { executableCode: { code: 'print(1)', language: 'PYTHON' } },
    { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1\n' } },
    { text: 'One.' },
  ]
  const { choices } = decode({ content: { parts }, finishReason: 'STOP' })
  expect(choices[0]?.finishReason).toBe('stop')
  expect(choices[0]?.content).toEqual([
    ...parts.slice(0, 4).map((value) => ({ type: 'extension', dialect: 'gemini', value })),
    { type: 'text', text: 'One.' },
  ])
})

test('MALFORMED_FUNCTION_CALL without content is an answer that ended in an error', () => {
  const { choices, usage } = decode(
    { finishMessage: 'Malformed function call', finishReason: 'MALFORMED_FUNCTION_CALL', index: 0 },
    { usageMetadata: { promptTokenCount: 110, totalTokenCount: 110 } },
  )
  expect(choices[0]).toMatchObject({ content: [], finishReason: 'error', rawFinishReason: 'MALFORMED_FUNCTION_CALL' })
  expect(choices[0]?.extensions?.['gemini']).toEqual({ finishMessage: 'Malformed function call' })
  expect(usage).toEqual({ inputTokens: 110 })
})

test('UNEXPECTED_TOOL_CALL keeps the call of a tool that nobody declared', () => {
  const { choices } = decode({
    content: { parts: [{ functionCall: { name: 'ls' } }] },
    finishReason: 'UNEXPECTED_TOOL_CALL',
  })
  expect(choices[0]).toMatchObject({ content: [{ type: 'tool-call', name: 'ls' }], finishReason: 'error' })
})

test('arguments that come in pieces, each with a path, make one call', () => {
  const piece = (functionCall: object, more: object = {}): object => chunk([{ functionCall, ...more }])
  const { choices } = stream(
    piece({ name: 'cook', willContinue: true }, { thoughtSignature: 'c2ln' }),
    piece({
      partialArgs: [{ jsonPath: '$.recipe.steps[0]', stringValue: 'Bo', willContinue: true }],
      willContinue: true,
    }),
    piece({ partialArgs: [{ jsonPath: '$.recipe.steps[0]', stringValue: 'il.' }], willContinue: true }),
    piece({ willContinue: true }),
    piece({ partialArgs: [{ jsonPath: "$.recipe['for how many']", numberValue: 2 }], willContinue: true }),
    piece({ partialArgs: [{ jsonPath: '$.recipe.steps[1]', nullValue: 'NULL_VALUE' }], willContinue: true }),
    chunk([{ functionCall: {} }], { finishReason: 'STOP' }),
  )
  const [call] = choices[0]!.content
  expect(call).toMatchObject({ type: 'tool-call', name: 'cook', signature: { value: 'c2ln' } })
  expect(JSON.parse((call as { arguments: string }).arguments)).toEqual({
    recipe: { steps: ['Boil.', null], 'for how many': 2 },
  })
  expect(choices[0]?.finishReason).toBe('tool-calls')
})

test('a path of arguments reaches no prototype and makes no list of holes', () => {
  const add = (jsonPath: string) => (): unknown =>
    events(chunk([{ functionCall: { name: 'f', partialArgs: [{ jsonPath, stringValue: 'x' }] } }]))
  add('$.__proto__.polluted')()
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  expect(add('$.list[4000000000]')).toThrow(expect.objectContaining({ code: 'invalid_response' }))
  expect(add('$.text.length[0]')).not.toThrow()
})

test('server-sent events may end their lines with CRLF', () => {
  const found: string[] = []
  const parser = frames('text/event-stream', ({ data }) => found.push(data))
  parser.feed(new TextEncoder().encode('data: {"a":1}\r\n\r\ndata: {"b":2}\r\n\r\n'))
  parser.end()
  expect(found).toEqual(['{"a":1}', '{"b":2}'])
})

test('without alt=sse a stream is one indented JSON array, and so may its error be', () => {
  const read = (text: string): ChatEvent[] => {
    const out: ChatEvent[] = []
    const decoder = upstream.stream(target)
    const parser = frames('application/json; charset=UTF-8', (frame) => decoder.push(frame, out))
    for (const char of text) parser.feed(new TextEncoder().encode(char))
    parser.end()
    decoder.end(out)
    return out
  }
  const chunks = [chunk([{ text: 'A ] "b' }]), chunk([{ text: ' c' }], { finishReason: 'STOP' })]
  expect(read(JSON.stringify(chunks, null, 2))).toEqual(events(...chunks))
  const failure = [{ error: { code: 429, message: 'Resource has been exhausted.', status: 'RESOURCE_EXHAUSTED' } }]
  expect(() => read(JSON.stringify(failure, null, 2))).toThrow(expect.objectContaining({ code: 'rate_limited' }))
})

test('an array that is cut off within an element is malformed', () => {
  const decoder = upstream.stream(target)
  const parser = frames('application/json', (frame) => decoder.push(frame, []))
  parser.feed(new TextEncoder().encode('[{"candidates": [{"content"'))
  expect(() => parser.end()).toThrow(expect.objectContaining({ code: 'invalid_response' }))
})

test('a reason to finish may come several times, with parts after it', () => {
  const { choices } = stream(
    chunk([{ executableCode: { code: 'f()', language: 'PYTHON' } }], { finishReason: 'STOP' }),
    chunk([{ codeExecutionResult: { outcome: 'OUTCOME_OK' } }]),
    chunk([{ text: 'Done.' }], { finishReason: 'MAX_TOKENS' }),
  )
  expect(choices[0]).toMatchObject({ finishReason: 'length', rawFinishReason: 'MAX_TOKENS' })
  expect(choices[0]?.content.at(-1)).toEqual({ type: 'text', text: 'Done.' })
})

test('a reason to finish that is null is none, before and after the one that counts', () => {
  const first = chunk([{ text: 'One' }], { finishReason: null })
  const others = ['STOP', null].map((finishReason) => chunk([{ text: ', two' }], { finishReason }))
  expect(stream(first, ...others).choices[0]).toMatchObject({ finishReason: 'stop', rawFinishReason: 'STOP' })
  // What broke off after such a chunk has not ended.
  expect(events(first).some(({ type }) => type === 'finish')).toBe(false)
})

test('a signature on an empty last part is a part of its own, and an empty part without one is none', () => {
  const { choices } = stream(
    chunk([{ text: 'Hel' }]),
    chunk([{ text: 'lo' }]),
    chunk([{ text: '' }]),
    chunk([{ text: '', thoughtSignature: 'c2ln' }], { finishReason: 'STOP' }),
  )
  expect(choices[0]?.content).toEqual([
    { type: 'text', text: 'Hello' },
    { type: 'text', text: '', signature: { origin: 'gemini', value: 'c2ln' } },
  ])
})

test('a candidate without content, content without parts, and no candidates at all are answers', () => {
  expect(decode({ finishReason: 'NO_IMAGE' }).choices[0]).toMatchObject({ content: [], finishReason: 'other' })
  expect(decode({ content: {}, finishReason: 'MAX_TOKENS' }).choices[0]).toMatchObject({
    content: [],
    finishReason: 'length',
  })
  expect(upstream.decode({ usageMetadata: { promptTokenCount: 3 } }, target)).toMatchObject({ choices: [] })
})

test('a prompt that was blocked is an answer that the filter ended, and its own reason comes along', () => {
  const body = {
    promptFeedback: { blockReason: 'PROHIBITED_CONTENT' },
    usageMetadata: { promptTokenCount: 9 },
    modelVersion: 'm',
  }
  const response = upstream.decode(body, target)
  expect(response.choices).toEqual([
    { index: 0, content: [], finishReason: 'content-filter', rawFinishReason: 'PROHIBITED_CONTENT' },
  ])
  expect(gemini.downstream?.encode(response, { model: 'm', messages: [] })).toEqual({
    ...body,
    usageMetadata: { promptTokenCount: 9, totalTokenCount: 9 },
  })
})

test('thoughts are output, and what tools fetched is input', () => {
  const { usage } = decode(
    { content: { parts: [{ text: 'x' }] } },
    {
      usageMetadata: {
        promptTokenCount: 91,
        toolUsePromptTokenCount: 574,
        candidatesTokenCount: 93,
        thoughtsTokenCount: 211,
        totalTokenCount: 969,
      },
    },
  )
  expect(usage).toMatchObject({ inputTokens: 665, outputTokens: 304, reasoningTokens: 211 })
})

test('counts that restart within a stream are never merged: the last chunk that has any counts', () => {
  const { usage } = stream(
    chunk(
      [{ text: 'a' }],
      {},
      { usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 15, thoughtsTokenCount: 78 } },
    ),
    chunk([{ text: 'b' }], {}, { usageMetadata: { promptTokenCount: 87, thoughtsTokenCount: 78 } }),
    chunk([{ text: 'c' }], {}, { usageMetadata: { trafficType: 'ON_DEMAND' } }),
  )
  expect(usage).toEqual({ inputTokens: 87, outputTokens: 78, reasoningTokens: 78 })
})

test('candidates of one stream are told apart by their index', () => {
  const two = (index: number, text: string): object => chunk([{ text }], { index })
  const { choices } = stream(two(0, 'a'), two(1, 'x'), two(0, 'b'), two(1, 'y'))
  expect(choices.map(({ content }) => content)).toEqual([
    [{ type: 'text', text: 'ab' }],
    [{ type: 'text', text: 'xy' }],
  ])
})

test('sources count in bytes of UTF-8 and come with the last chunk: citations count in characters', () => {
  const text = 'Es ist 33 °C heiß. Morgen regnet es.'
  const groundingMetadata = {
    groundingChunks: [
      { web: { uri: 'https://a.example', title: 'A' } },
      { web: { uri: 'https://b.example', title: 'B' } },
    ],
    groundingSupports: [
      { segment: { endIndex: 20, text: 'Es ist 33 °C heiß.' }, groundingChunkIndices: [0, 1] },
      { segment: { startIndex: 21, endIndex: 38, text: 'Morgen regnet es.' }, groundingChunkIndices: [1] },
    ],
  }
  const { choices } = stream(
    chunk([{ text: text.slice(0, 12) }], { groundingMetadata: {} }),
    chunk([{ text: text.slice(12) }]),
    chunk([{ text: '', thoughtSignature: 'c2ln' }], { finishReason: 'STOP', groundingMetadata }),
  )
  const [answer] = choices[0]!.content as unknown as { citations: { url: string; start: number; end: number }[] }[]
  expect(answer?.citations.map(({ url, start, end }) => [url, text.slice(start, end)])).toEqual([
    ['https://a.example', 'Es ist 33 °C heiß.'],
    ['https://b.example', 'Es ist 33 °C heiß.'],
    ['https://b.example', 'Morgen regnet es.'],
  ])
  expect(choices[0]?.extensions?.['gemini']).toEqual({ groundingMetadata })
})

test('a source is cited once, by the text that it supports, though another text says the same', () => {
  const support = (text: string): object => ({ segment: { endIndex: text.length, text }, groundingChunkIndices: [0] })
  const groundingMetadata = {
    groundingChunks: [{ retrievedContext: { title: 'Notes', text: 'It rains.' } }],
    groundingSupports: [support('Rain.'), support('Snow.')],
  }
  const parts = [{ text: 'Rain.' }, { executableCode: {} }, { text: 'Snow. Rain.' }]
  const { choices } = decode({ content: { parts }, groundingMetadata, finishReason: 'STOP' })
  const source = { title: 'Notes', text: 'It rains.', start: 0, end: 5 }
  expect(choices[0]?.content).toMatchObject([{ citations: [source] }, {}, { citations: [source] }])
})

test('the citations of quoted text survive, the empty ones apart', () => {
  const citationMetadata = { citations: [{}, { uri: 'https://a.example', startIndex: 2, endIndex: 5, license: 'mit' }] }
  const response = decode({ content: { parts: [{ text: 'été' }] }, citationMetadata, finishReason: 'STOP' })
  expect(response.choices[0]?.content).toMatchObject([
    { citations: [{ url: 'https://a.example', start: 1, end: 3, extensions: { gemini: { license: 'mit' } } }] },
  ])
  const wire = gemini.downstream?.encode(response, { model: 'm', messages: [] })
  expect(wire).toMatchObject({ candidates: [{ citationMetadata: { citations: [citationMetadata.citations[1]] } }] })
})

test('what the model drew while it thought is no part of the answer', () => {
  const inlineData = { mimeType: 'image/png', data: 'AA==' }
  const { choices } = decode({ content: { parts: [{ thought: true, inlineData }, { inlineData }] } })
  expect(choices[0]?.content.map(({ type }) => type)).toEqual(['extension', 'image'])
})

test('an error within a stream of status 200 is an error, with the status that it stands for', () => {
  const decoder = upstream.stream(target)
  const data = JSON.stringify({ error: { code: 503, message: 'The model is overloaded.', status: 'UNAVAILABLE' } })
  try {
    decoder.push({ data }, [])
    expect.unreachable()
  } catch (error) {
    expect(isGatewayError(error, 'provider_overloaded')).toBe(true)
    expect((error as Error).cause).toMatchObject({ status: 503 })
  }
})

test('a frame or a body that is none of this format is malformed', () => {
  const malformed = expect.objectContaining({ code: 'invalid_response' })
  expect(() => upstream.stream(target).push({ data: '<html>' }, [])).toThrow(malformed)
  expect(() => upstream.decode('<html>', target)).toThrow(malformed)
  expect(() => upstream.decode([], target)).toThrow(malformed)
})
