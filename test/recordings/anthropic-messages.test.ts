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
  }, 60_000)
})
