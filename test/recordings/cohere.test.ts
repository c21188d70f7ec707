import { describe, expect, test } from 'vitest'
import { cohereChat } from '../../src/dialects/cohere-chat/index.ts'
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
})
