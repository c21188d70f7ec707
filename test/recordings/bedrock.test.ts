import { describe, expect, test } from 'vitest'
import { eventStream } from '../../src/dialects/bedrock-converse/event-stream.ts'
import { bedrockConverse } from '../../src/dialects/bedrock-converse/index.ts'
import type { Frame } from '../../src/dialects/dialect.ts'
import type { Message } from '../../src/operations/chat/index.ts'
import {
  bodyBytes,
  type Cut,
  loadRecordings,
  pieces,
  type Recording,
  recordingsPresent,
  recordingsTitle,
  replay,
  score,
} from './recordings.ts'

/** Why our reading of a recording differs from the expected one. Everything else must agree. */
const explained: Readonly<Record<string, string>> = {}

const recordings = loadRecordings('bedrock')
const invocations = loadRecordings('bedrock-invoke')
const isStream = ({ stream, response }: Recording): boolean => stream && response.status === 200
const quirks = {}

interface Said {
  readonly type?: unknown
  readonly text?: string
  readonly reasoningContent?: {
    readonly redactedContent?: string
    readonly reasoningText?: { readonly signature?: string }
  }
  readonly toolUse?: { readonly type?: string; readonly input: unknown }
}

/** Blank texts, and thoughts that nobody signed, are not sent back. */
function goesBack({ text, reasoningContent: thought }: Said): boolean {
  return thought ? (thought.redactedContent ?? thought.reasoningText?.signature) !== undefined : text?.trim() !== ''
}

/** Calls without arguments go out with an empty object, and `tool_use` need not be said of a call. */
function normal({ toolUse, ...block }: Said): object {
  if (!toolUse || toolUse.type === 'server_tool_use') return { ...block, ...(toolUse && { toolUse }) }
  const { type: _, input, ...call } = toolUse
  return { toolUse: { ...call, input: input || {} } }
}

function framesOf(recording: Recording, cut: Cut): readonly Frame[] {
  const frames: Frame[] = []
  const parser = eventStream((frame) => frames.push(frame))
  for (const piece of pieces(bodyBytes(recording), cut, recording.response.chunk_lengths)) parser.feed(piece)
  parser.end()
  return frames
}

describe.skipIf(!recordingsPresent)('recordings of bedrock', () => {
  test(recordingsTitle('at least 99.5 % are read as expected, and each of the others is explained'), () => {
    const { share, report } = score(bedrockConverse, recordings, () => quirks)
    expect(report.filter((line) => !Object.keys(explained).some((id) => line.startsWith(`${id} `)))).toEqual([])
    expect(report).toHaveLength(Object.keys(explained).length)
    expect(share).toBeGreaterThanOrEqual(0.995)
  })

  test(recordingsTitle('however a stream is cut, the events are the same'), () => {
    const streams = recordings.filter(isStream)
    expect(streams.length).toBeGreaterThan(60)
    for (const recording of streams) {
      const whole = replay(bedrockConverse, recording, quirks)
      expect(whole.events.length).toBeGreaterThan(2)
      expect(whole.error).toBeUndefined()
      expect(replay(bedrockConverse, recording, quirks, 'recorded')).toEqual(whole)
      expect(replay(bedrockConverse, recording, quirks, 'bytes')).toEqual(whole)
    }
  })

  test(recordingsTitle('the frames of every binary stream are found, however it is cut'), () => {
    const streams = [...recordings, ...invocations].filter(isStream)
    expect(invocations.filter(isStream).length).toBeGreaterThan(5)
    for (const recording of streams) {
      const whole = framesOf(recording, 'whole')
      expect(whole.length).toBeGreaterThan(0)
      for (const { event, data } of whole) {
        expect(event).toMatch(/^(chunk|message|content|metadata)/)
        expect(() => JSON.parse(data)).not.toThrow()
      }
      expect(framesOf(recording, 'bytes')).toEqual(whole)
    }
  })

  test(recordingsTitle('what a model said goes back to it as it came'), () => {
    const answers = recordings.filter(({ stream, response }) => !stream && response.status === 200)
    expect(answers.length).toBeGreaterThan(200)
    for (const recording of answers) {
      const { choices } = replay(bedrockConverse, recording, quirks).response!
      const said: Message = { role: 'assistant', content: choices[0]!.content }
      const messages: Message[] = [said, { role: 'user', content: [{ type: 'text', text: 'Go on.' }] }]
      const { body } = bedrockConverse.upstream.encode({ model: '', messages }, { provider: 'test', model: '', quirks })
      const { output } = JSON.parse(recording.response.body) as { output: { message: { content: Said[] } } }
      const returning = output.message.content.filter(goesBack).map(({ type: _, ...block }) => block)
      const [sent] = body['messages'] as [{ content: object[] }]
      if (returning.length > 0) expect(JSON.parse(JSON.stringify(sent.content))).toEqual(returning.map(normal))
    }
  })

  test(recordingsTitle('failures are named by what AWS calls them'), () => {
    const named = [...recordings, ...invocations]
      .filter(({ response }) => response.status >= 400)
      .map((recording) => [recording.id, replay(bedrockConverse, recording, quirks).error?.code])
    expect(Object.fromEntries(named)).toEqual({
      'bedrock-invoke/openinference-0002': 'model_not_found',
      'bedrock-invoke/otel-contrib-0001': 'model_not_found',
      'bedrock/dd-trace-py-0005': 'authentication_failed',
      'bedrock/otel-contrib-0001': 'model_not_found',
      'bedrock/pydantic-ai-0036': 'invalid_request',
      'bedrock/pydantic-ai-0037': 'invalid_request',
      'bedrock/pydantic-ai-0038': 'invalid_request',
      'bedrock/ruby_llm-0015': 'authentication_failed',
      'bedrock/ruby_llm-0016': 'context_window_exceeded',
    })
  })
})
