import { expect, test } from 'vitest'
import { ollamaChat } from '../../../src/dialects/ollama/index.ts'
import { type ChatEvent, type ChatResponse, fold } from '../../../src/operations/chat/index.ts'

const { upstream } = ollamaChat
const target = { provider: 'ollama', model: 'llama3', quirks: {} }
const head = { model: 'llama3', created_at: '2026-08-17T15:59:47.644122Z' }
const call = { function: { name: 'look', arguments: { at: 1 } } }

function decode(message: object, rest: object = { done: true, done_reason: 'stop' }): ChatResponse {
  return upstream.decode({ ...head, message: { role: 'assistant', content: '', ...message }, ...rest }, target)
}

/** Streams lines of text, cut into reads of so many bytes. */
function stream(text: string, size = text.length): { events: ChatEvent[]; response: ChatResponse } {
  const decoder = upstream.stream(target)
  const events: ChatEvent[] = []
  const parser = upstream.frames!('application/x-ndjson', (frame) => decoder.push(frame, events))
  const bytes = new TextEncoder().encode(text)
  for (let start = 0; start < bytes.length; start += size) parser.feed(bytes.subarray(start, start + size))
  parser.end()
  decoder.end(events)
  const collected = fold()
  for (const event of events) collected.add(event)
  return { events, response: collected.result() }
}

function lines(...each: object[]): string {
  return each.map((line) => JSON.stringify({ ...head, ...line })).join('\n')
}

function failure(status: number, body: unknown): unknown {
  return upstream.error({ status, header: () => undefined, body, now: 0 }, target)
}

test('an answer is read, with how long it took', () => {
  const durations = { total_duration: 9, load_duration: 1, prompt_eval_duration: 2, eval_duration: 3 }
  const rest = { done: true, done_reason: 'stop', prompt_eval_count: 5, eval_count: 7, ...durations }
  expect(decode({ thinking: 'hm', content: 'Yes' }, rest)).toEqual({
    id: '',
    model: 'llama3',
    created: 1786982387,
    choices: [
      {
        index: 0,
        content: [
          { type: 'reasoning', text: 'hm' },
          { type: 'text', text: 'Yes' },
        ],
        finishReason: 'stop',
        rawFinishReason: 'stop',
      },
    ],
    usage: { inputTokens: 5, outputTokens: 7, extensions: { ollama: durations } },
  })
})

test('however lines are cut, within a character or without a last line feed, a stream says the same', () => {
  const text = lines(
    { message: { content: '', thinking: 'hm…' } },
    { message: { content: 'Zoë ' } },
    { message: { content: '🙂' } },
    { message: { content: '' }, done: true, done_reason: 'length', eval_count: 3 },
  )
  const whole = stream(text)
  expect(whole.response.choices[0]).toMatchObject({
    content: [
      { type: 'reasoning', text: 'hm…' },
      { type: 'text', text: 'Zoë 🙂' },
    ],
    finishReason: 'length',
  })
  for (const size of [1, 2, 3, 7]) {
    expect(stream(text, size)).toEqual(whole)
    expect(stream(`${text.replaceAll('\n', '\r\n\n')}\n`, size)).toEqual(whole)
  }
})

test('oddity 4: calls without ids get some that differ, in one answer and among answers', () => {
  const { response } = stream(
    lines(
      { message: { tool_calls: [call] } },
      { message: { tool_calls: [call] } },
      { done: true, done_reason: 'stop' },
    ),
  )
  const ids = response.choices[0]!.content.map((part) => part.type === 'tool-call' && part.id)
  expect(ids).toEqual(['call_0_20260817155947644122', 'call_1_20260817155947644122'])
  expect(decode({ tool_calls: [{ ...call, id: 'own' }] }).choices[0]?.content).toMatchObject([{ id: 'own' }])
})

test.each([undefined, null, '', {}])('oddity 6: a call whose arguments are %j has none', (input) => {
  const [choice] = decode({ tool_calls: [{ function: { name: 'look', arguments: input } }] }).choices
  expect(choice?.content).toMatchObject([{ type: 'tool-call', arguments: '{}' }])
})

test('oddity 7: an answer that calls stops for its calls, though it says only that it stops', () => {
  expect(decode({ tool_calls: [call] }).choices[0]).toMatchObject({
    finishReason: 'tool-calls',
    rawFinishReason: 'stop',
  })
})

test('oddity 26: thoughts come beside the text, before it and after', () => {
  const { events } = stream(
    lines(
      { message: { thinking: 'a' } },
      { message: { content: 'b', thinking: 'c' } },
      { message: { thinking: 'd' } },
      { done: true },
    ),
  )
  expect(events.filter(({ type }) => /delta/.test(type))).toEqual([
    { type: 'reasoning-delta', choice: 0, part: 0, text: 'a' },
    { type: 'reasoning-delta', choice: 0, part: 0, text: 'c' },
    { type: 'text-delta', choice: 0, part: 1, text: 'b' },
    { type: 'reasoning-delta', choice: 0, part: 2, text: 'd' },
  ])
  expect(events.at(-2)).toEqual({ type: 'finish', choice: 0, finishReason: 'stop' })
})

test('oddity 27: a message may be missing', () => {
  expect(upstream.decode({ ...head, done: true, done_reason: 'load' }, target).choices).toEqual([
    { index: 0, content: [], finishReason: 'other', rawFinishReason: 'load' },
  ])
})

test('counts that nobody reported are unknown', () => {
  expect(decode({}).usage).toEqual({})
  expect(decode({}, { done: true, eval_count: 4 }).usage).toEqual({ outputTokens: 4 })
})

test.each([
  [404, "model 'nothing:latest' not found", 'model_not_found'],
  [400, 'registry.ollama.ai/library/gemma3:1b does not support tools', 'unsupported'],
  [400, '"gemma3:1b" does not support thinking', 'unsupported'],
  [400, 'invalid options: temperature', 'invalid_request'],
  [401, 'unauthorized', 'authentication_failed'],
  [503, 'server busy, please try again. maximum pending requests exceeded', 'provider_overloaded'],
  [500, 'model requires more system memory (8.0 GiB) than is available (2.0 GiB)', 'provider_unavailable'],
] as const)('oddity 37: an error is a status and a string: %i %s', (status, error, code) => {
  expect(failure(status, { error })).toMatchObject({ code, message: `ollama: ${error}` })
})

test('oddity 39: the input length exceeds the context length', () => {
  expect(failure(400, { error: 'the input length exceeds the context length' })).toMatchObject({
    code: 'context_window_exceeded',
  })
})

test('a call that could not be read is quoted by the server, and not by us', () => {
  const error = failure(500, {
    error: 'error parsing tool call: raw=\'{"secret": "it\'s"\', err=unexpected end of JSON input',
  })
  expect(error).toMatchObject({
    code: 'invalid_response',
    message: 'ollama: error parsing tool call: raw=(hidden), err=unexpected end of JSON input',
  })
})

test.each([
  [{ error: 'model runner has unexpectedly stopped' }, 'provider_unavailable'],
  [{ error: 'the prompt exceeds the context length' }, 'context_window_exceeded'],
  [{ error: 'too many requests', status_code: 429 }, 'rate_limited'],
] as const)('a stream may end in an error: %j', (line, code) => {
  const text = `${lines({ message: { content: 'Yes' } })}\n${JSON.stringify(line)}\n`
  expect(() => stream(text)).toThrow(expect.objectContaining({ code }))
  expect(() => upstream.decode(line, target)).toThrow(expect.objectContaining({ code }))
})

test.each(['{', '[]', '3', 'null', 'data: {}'])('a line that is no JSON object is malformed: %s', (line) => {
  expect(() => stream(line)).toThrow(expect.objectContaining({ code: 'invalid_response' }))
})

test('what comes after the end is not read', () => {
  const text = lines({ message: { content: 'a' }, done: true, done_reason: 'stop' }, { message: { content: 'b' } })
  expect(stream(text).response.choices[0]?.content).toEqual([{ type: 'text', text: 'a' }])
})

test('a stream that breaks off has no finish reason, and closes what is open', () => {
  const { events } = stream(lines({ message: { content: 'a' } }))
  expect(events.map(({ type }) => type)).toEqual(['message-start', 'text-delta', 'part-end', 'message-end'])
})

test('probabilities of tokens are read, with their alternatives', () => {
  const logprob = { token: 'a', logprob: -1, bytes: [97] }
  const { response } = stream(
    lines({ message: { content: 'a' }, logprobs: [{ ...logprob, top_logprobs: [logprob] }] }, { done: true }),
  )
  expect(response.choices[0]?.logprobs).toEqual([{ ...logprob, top: [logprob] }])
})

test('pictures that a model made are parts of the answer', () => {
  expect(decode({ images: ['AAAA'] }).choices[0]?.content).toEqual([
    { type: 'image', source: { type: 'base64', data: 'AAAA', mediaType: 'image/png' } },
  ])
})
