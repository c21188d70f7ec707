import { expect, test } from 'vitest'
import type { Dialect } from '../../src/dialects/dialect.ts'
import { createGateway, type Gateway, isGatewayError } from '../../src/index.ts'
import type { ChatEvent, ChatInput, ChatRequest, ChatResponse } from '../../src/operations/chat/index.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import { google } from '../../src/providers/google.ts'
import { openai } from '../../src/providers/openai.ts'
import * as compatible from '../../src/providers/openai-compatible.ts'
import type { AnyProvider } from '../../src/providers/provider.ts'
import type { FetchResponse } from '../../src/runtime.ts'
import {
  bodyBytes,
  differences,
  folded,
  loadRecordings,
  pieces,
  type Recording,
  type Replay,
  recordingsPresent,
  recordingsTitle,
} from './recordings.ts'

// Every recording through a whole gateway: what an application gets of it is what was expected.

type ChatDialect = Dialect<object, ChatRequest, ChatResponse, ChatEvent>

const rows = new Map<string, AnyProvider>([openai, ...Object.values(compatible)].map((row) => [row.id, row]))

/** The row of the recording's provider, or a plain one of its format. */
const formats: Readonly<Record<string, (provider: string) => AnyProvider>> = {
  'openai-chat': (provider) => rows.get(provider) ?? openai,
  'anthropic-messages': () => anthropic,
  gemini: () => google,
}

/** Why what the application gets differs from the expected result. Everything else must agree. */
const explained: Readonly<Record<string, string>> = {
  'openai-chat/req_llm-0084': 'usage comes behind an error in the stream, where nobody reads on',
  'openai-chat/req_llm-0149': 'an answer without content and without a finish reason is empty_response',
  'anthropic-messages/pydantic-ai-0003': 'compaction is billed',
  'anthropic-messages/pydantic-ai-0122': 'compaction is billed',
  'anthropic-messages/vercel-ai-0036': 'compaction is billed',
}

for (const [format, rowOf] of Object.entries(formats)) {
  const recordings = loadRecordings(format)
  test.skipIf(!recordingsPresent)(
    recordingsTitle(
      `at least 99 % of the recordings of ${format} arrive as expected, and each of the others is explained`,
    ),
    async () => {
      const report: string[] = []
      for (const recording of recordings) {
        const lines = differences(recording, await served(recording, rowOf(recording.provider)))
        if (lines.length > 0) report.push(`${recording.id} ${lines.join('; ')}`)
      }
      console.log(`${format}: ${recordings.length - report.length} of ${recordings.length}\n${report.join('\n')}`)
      expect(recordings.length).toBeGreaterThan(500)
      expect(report.length).toBeLessThanOrEqual(0.01 * recordings.length)
      const differing = report.map((line) => line.split(' ')[0])
      expect(differing).toEqual(Object.keys(explained).filter((id) => id.startsWith(`${format}/`)))
    },
    60_000,
  )
}

/** What an application gets of a recording. */
async function served(recording: Recording, row: AnyProvider): Promise<Replay> {
  const gateway = createGateway({
    providers: [{ ...row, apiKey: 'sk-of-this-test' }],
    maxAttempts: 1,
    runtime: { fetch: async () => responseOf(recording) },
  }) as Gateway
  const events: ChatEvent[] = []
  try {
    const reply = await gateway.chat(questionOf(recording, row))
    if (!(Symbol.asyncIterator in reply)) return { response: reply.response, events, error: undefined }
    for await (const event of reply) events.push(event)
    return { response: folded(events), events, error: undefined }
  } catch (error) {
    if (!isGatewayError(error)) throw error
    return { response: recording.stream ? folded(events) : undefined, events, error }
  }
}

/** The recorded request, as far as it is known and one of its format. */
function questionOf({ request, model, stream }: Recording, row: AnyProvider): ChatInput {
  const name = `${row.id}/${model || 'a-model'}`
  try {
    const dialect = row.operations.chat!.dialect as ChatDialect
    return { ...dialect.downstream!.decode(request.body, { model: 'a-model' }), model: name, stream }
  } catch (error) {
    if (!isGatewayError(error, 'invalid_request')) throw error
    return { model: name, messages: 'Hi', stream }
  }
}

/** The recorded response, in the reads of the real network where they are known. */
function responseOf(recording: Recording): FetchResponse {
  const { status, headers, chunk_lengths } = recording.response
  const reads = pieces(bodyBytes(recording), chunk_lengths ? 'recorded' : 'whole', chunk_lengths)
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const { done, value } = reads.next()
      done ? controller.close() : controller.enqueue(value)
    },
  })
  return new Response(body, { status, headers }) as FetchResponse
}
