import { describe, expect, test } from 'vitest'
import { anthropicMessages } from '../../src/dialects/anthropic-messages/index.ts'
import { loadRecordings, recordingsPresent, recordingsTitle, replay, score } from './recordings.ts'

/** Why our reading of a recording differs from the expected one. Everything else must agree. */
const explained: Readonly<Record<string, string>> = {
  // The expected result leaves out the tokens of the step that compacted the context. Anthropic bills them: its totals do
  // not include them, and what a budget counts must.
  'anthropic-messages/pydantic-ai-0003': 'compaction is billed',
  'anthropic-messages/pydantic-ai-0122': 'compaction is billed',
  'anthropic-messages/vercel-ai-0036': 'compaction is billed',
}

/** Answers that do not come back exactly as they were: their own numbers contradict each other, or a field is missing. */
const inexact = ['anthropic-messages/openllmetry-js-0001', 'anthropic-messages/vercel-ai-0043']

const recordings = loadRecordings('anthropic-messages')

describe.skipIf(!recordingsPresent)('recordings of anthropic-messages', () => {
  test(recordingsTitle('at least 99 % are read as expected, and each of the others is explained'), () => {
    const { share, report } = score(anthropicMessages, recordings, () => ({}))
    expect(report.filter((line) => !Object.keys(explained).some((id) => line.startsWith(`${id} `)))).toEqual([])
    expect(report).toHaveLength(Object.keys(explained).length)
    expect(share).toBeGreaterThanOrEqual(0.99)
  })

  test(recordingsTitle('however a stream is cut, the events are the same'), () => {
    const streams = recordings.filter(({ stream, response }) => stream && response.status === 200)
    expect(streams.length).toBeGreaterThan(200)
    for (const recording of streams) {
      const whole = replay(anthropicMessages, recording, {})
      expect(whole.error).toBeUndefined()
      expect(replay(anthropicMessages, recording, {}, 'recorded')).toEqual(whole)
      expect(replay(anthropicMessages, recording, {}, 'bytes')).toEqual(whole)
    }
  })

  test(
    recordingsTitle('an answer reaches an application that speaks the same dialect as the provider wrote it'),
    () => {
      const answers = recordings.filter(
        ({ id, stream, response }) => !stream && response.status === 200 && !inexact.includes(id),
      )
      expect(answers.length).toBeGreaterThan(300)
      for (const recording of answers) {
        const { response } = replay(anthropicMessages, recording, {})
        const written = anthropicMessages.downstream!.encode(response!, { model: '', messages: [] })
        expect(JSON.parse(JSON.stringify(written))).toEqual(JSON.parse(recording.response.body))
      }
    },
  )

  test(recordingsTitle('a stream that is handed on to an application says the same'), () => {
    for (const recording of recordings) {
      const { events, response } = replay(anthropicMessages, recording, {})
      if (events.length === 0) continue
      const encoder = anthropicMessages.downstream!.stream({ model: '', messages: [] })
      const body = events.map((event) => encoder.push(event)).join('') + encoder.end()
      const copy = { ...recording, response: { ...recording.response, body, encoding: 'utf8' as const } }
      expect(replay(anthropicMessages, copy, {}).response).toEqual(response)
    }
  })

  test(recordingsTitle('a request that is read and written reads the same again'), () => {
    const requests = recordings.filter(({ request, response }) => request.body && response.status === 200)
    expect(requests.length).toBeGreaterThan(400)
    for (const { request, model } of requests) {
      const once = anthropicMessages.downstream!.decode(request.body, { model })
      const { body } = anthropicMessages.upstream.encode(once, { provider: 'test', model, quirks: {} })
      expect(anthropicMessages.downstream!.decode(body, { model })).toEqual(once)
    }
  })
})
