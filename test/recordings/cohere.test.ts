import { describe, expect, test } from 'vitest'
import { cohereChat } from '../../src/dialects/cohere-chat/index.ts'
import type { ChatRequest, Message, Part, Tool } from '../../src/operations/chat/index.ts'
import { loadRecordings, recordingsPresent, recordingsTitle, replay, score } from './recordings.ts'

/** Why our reading of a recording differs from the expected one. Everything else must agree. */
const explained: Readonly<Record<string, string>> = {}

const recordings = loadRecordings('cohere')

describe.skipIf(!recordingsPresent)('recordings of cohere', () => {
  test(recordingsTitle('at least 99.5 % are read as expected, and each of the others is explained'), () => {
    const { share, report } = score(cohereChat, recordings, () => ({}))
    expect(report.filter((line) => !Object.keys(explained).some((id) => line.startsWith(`${id} `)))).toEqual([])
    expect(report).toHaveLength(Object.keys(explained).length)
    expect(share).toBeGreaterThanOrEqual(0.995)
  })

  test(recordingsTitle('however a stream is cut, the events are the same'), () => {
    const streams = recordings.filter(({ stream, response }) => stream && response.status === 200)
    expect(streams.length).toBeGreaterThan(25)
    for (const recording of streams) {
      const whole = replay(cohereChat, recording, {})
      expect(whole.error).toBeUndefined()
      expect(replay(cohereChat, recording, {}, 'recorded')).toEqual(whole)
      expect(replay(cohereChat, recording, {}, 'bytes')).toEqual(whole)
    }
  })
  test(recordingsTitle('a real request that is read by hand is written again as it was'), () => {
    const requests = recordings.filter(({ request }) => request.body)
    expect(requests.length).toBeGreaterThan(100)
    for (const { id, request, model } of requests) {
      const asked: Wire = { ...(request.body as Wire), model }
      // Where there are no tools, it goes without saying that none is called.
      if (!asked['tools']) delete asked['tool_choice']
      const { body, warnings } = cohereChat.upstream.encode(read(request.body as Wire), {
        provider: 'cohere',
        model,
        quirks: {},
      })
      expect(plain(JSON.parse(JSON.stringify(body))), id).toEqual(plain(asked))
      expect(warnings, id).toBeUndefined()
    }
  })
})

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON.
type Wire = Record<string, any>

/** What a recorded request asks for, in our words. */
function read({ messages, stream, tools, tool_choice, response_format: format, ...wire }: Wire): ChatRequest {
  const { max_tokens, stop_sequences, temperature, thinking, model, ...own } = wire
  return {
    model,
    stream: stream ?? false,
    messages: messages.map(readMessage),
    tools: tools?.map(({ type, function: { parameters, ...named } }: Wire): Tool => ({ type, ...named, parameters })),
    toolChoice: { REQUIRED: 'required', NONE: 'none' }[tool_choice as string] as 'required' | 'none' | undefined,
    output:
      format &&
      (format.json_schema || format.schema
        ? { type: 'json-schema', schema: format.json_schema ?? format.schema }
        : { type: 'json' }),
    maxOutputTokens: max_tokens,
    stop: stop_sequences,
    temperature,
    reasoning: thinking && { effort: 'high' },
    extensions: { 'cohere-chat': own },
  }
}

function readMessage({ role, content, tool_call_id, tool_calls, tool_plan }: Wire): Message {
  const parts: Part[] = typeof content === 'string' ? [{ type: 'text', text: content }] : (content ?? []).map(readPart)
  if (role === 'tool') {
    const given = (typeof content === 'string' ? content : parts) as string
    return { role, content: [{ type: 'tool-result', id: tool_call_id, content: given }] }
  }
  for (const { id, function: called } of tool_calls ?? []) {
    const plan = tool_plan && id === tool_calls[0].id && { extensions: { 'cohere-chat': { tool_plan } } }
    parts.push({ type: 'tool-call', id, ...called, ...plan })
  }
  return { role, content: parts }
}

function readPart(part: Wire): Part {
  if (part['type'] === 'text') return { type: 'text', text: part['text'] }
  if (part['type'] !== 'image_url') return { type: 'extension', dialect: 'cohere-chat', value: part }
  const { url, detail } = part['image_url']
  const [, mediaType, data] = /^data:([^;]*);base64,(.*)$/s.exec(url) ?? []
  return data === undefined
    ? { type: 'image', source: { type: 'url', url }, detail }
    : { type: 'image', source: { type: 'base64', mediaType: mediaType!, data }, detail }
}

/** A request in one of the several forms that mean the same to Cohere. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) {
    const list = value.filter((item) => !(item?.type === 'text' && item.text === '')).map(plain)
    const [only] = list as Wire[]
    return list.length === 1 && only?.['type'] === 'text' ? only['text'] : list
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => {
      const said = plain(field)
      if (said === null || (Array.isArray(said) && said.length === 0) || (name === 'stream' && !said)) return []
      return [[name === 'schema' ? 'json_schema' : name, said]]
    }),
  )
}
