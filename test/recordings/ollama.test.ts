import { describe, expect, test } from 'vitest'
import { ollamaChat } from '../../src/dialects/ollama/index.ts'
import type { ChatRequest, Message, Part, Tool } from '../../src/operations/chat/index.ts'
import { loadRecordings, type Recording, recordingsPresent, recordingsTitle, replay, score } from './recordings.ts'

/** Why our reading of a recording differs from the expected one. Everything else must agree. */
const explained: Readonly<Record<string, string>> = {}

// Two streams are filed as whole answers: their content type is missing, or that of one JSON document. What was asked for tells.
const recordings = loadRecordings('ollama-native').map((recording): Recording => {
  const { stream = true } = recording.request.body as { stream?: boolean }
  return { ...recording, stream: stream && recording.response.status === 200 }
})

describe.skipIf(!recordingsPresent)('recordings of ollama', () => {
  test(recordingsTitle('at least 99.5 % are read as expected, and each of the others is explained'), () => {
    const { share, report } = score(ollamaChat, recordings, () => ({}))
    expect(report.filter((line) => !Object.keys(explained).some((id) => line.startsWith(`${id} `)))).toEqual([])
    expect(report).toHaveLength(Object.keys(explained).length)
    expect(share).toBeGreaterThanOrEqual(0.995)
  })

  test(recordingsTitle('however a stream is cut, the events are the same'), () => {
    const streams = recordings.filter(({ stream }) => stream)
    expect(streams.length).toBeGreaterThan(15)
    for (const recording of streams) {
      const whole = replay(ollamaChat, recording, {})
      expect(whole.error).toBeUndefined()
      expect(replay(ollamaChat, recording, {}, 'recorded')).toEqual(whole)
      expect(replay(ollamaChat, recording, {}, 'bytes')).toEqual(whole)
    }
  })
  test(recordingsTitle('a real request that is read by hand is written again as it was'), () => {
    for (const { id, request, model } of recordings) {
      const { body, warnings } = ollamaChat.upstream.encode(read(request.body as Wire), {
        provider: 'ollama',
        model,
        quirks: {},
      })
      const asked: Wire = { ...(request.body as Wire), model }
      // These models cannot stop thinking, whatever they are told.
      if (asked['think'] === false && model.startsWith('gpt-oss')) asked['think'] = 'low'
      expect(plain(JSON.parse(JSON.stringify(body))), id).toEqual(plain(asked))
      // That a model thinks cannot be asked for in our words without saying how much.
      expect(warnings ?? [], id).toHaveLength(asked['think'] ? 1 : 0)
    }
  })
})

// biome-ignore lint/suspicious/noExplicitAny: recorded JSON.
type Wire = Record<string, any>

/** What a recorded request asks for, in our words. */
function read({ messages, stream, tools, format, think, options = {}, ...wire }: Wire): ChatRequest {
  const { num_predict, temperature, seed, ...rest } = options
  const { model, ...own } = wire
  const open: string[] = []
  return {
    model,
    stream: stream ?? true,
    messages: messages.map((message: Wire) => readMessage(message, open)),
    tools: tools?.map(({ type, function: named }: Wire): Tool => ({ type, ...named })),
    output: format ? { type: 'json-schema', schema: format } : undefined,
    reasoning: think === undefined ? undefined : { effort: think ? 'high' : 'none' },
    maxOutputTokens: num_predict,
    temperature,
    seed,
    extensions: { ollama: { ...own, options: rest } },
  } as ChatRequest
}

/** Calls and results have no ids: they are told apart by their order. */
function readMessage({ role, content, thinking, tool_calls, tool_name }: Wire, open: string[]): Message {
  if (role === 'tool') {
    return { role, content: [{ type: 'tool-result', id: open.shift()!, name: tool_name, content }] }
  }
  const parts: Part[] = thinking ? [{ type: 'reasoning', text: thinking }] : []
  if (content) parts.push({ type: 'text', text: content })
  for (const { function: called } of tool_calls ?? []) {
    const id = `call_${called.name}_${open.length}`
    open.push(id)
    parts.push({ type: 'tool-call', id, name: called.name, arguments: JSON.stringify(called.arguments) })
  }
  return { role, content: parts }
}

/** A request without what a server fills in. */
function plain({ messages, stream = true, format, keep_alive, options, tools, ...rest }: Wire): Wire {
  return {
    ...rest,
    stream,
    messages: messages.map(({ tool_call_id: _, tool_calls: calls, ...message }: Wire, index: number) => ({
      // Where a result does not name its tool, it is that of the one call before it.
      ...(message['role'] === 'tool' && { tool_name: messages[index - 1].tool_calls?.[0].function.name }),
      ...message,
      ...(calls?.length && { tool_calls: calls.map(({ function: called }: Wire) => called) }),
    })),
    ...(tools?.length && { tools }),
    ...(format && { format }),
    ...(keep_alive && { keep_alive }),
    ...(Object.keys(options ?? {}).length > 0 && { options }),
  }
}
