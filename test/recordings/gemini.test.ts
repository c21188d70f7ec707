import { describe, expect, test } from 'vitest'
import type { Frame } from '../../src/dialects/dialect.ts'
import { gemini } from '../../src/dialects/gemini/index.ts'
import { sse } from '../../src/dialects/sse.ts'
import type { ChatEvent } from '../../src/operations/chat/index.ts'
import { loadRecordings, recordingsPresent, recordingsTitle, replay, score } from './recordings.ts'

/** Why our reading of a recording differs from the expected one. Everything else must agree. */
const explained: Readonly<Record<string, string>> = {}

const recordings = loadRecordings('gemini')
const streams = recordings.filter(({ stream, response }) => stream && response.status === 200)

describe.skipIf(!recordingsPresent)('recordings of gemini', () => {
  test(recordingsTitle('at least 99 % are read as expected, and each of the others is explained'), () => {
    const { share, report } = score(gemini, recordings, () => ({}))
    expect(report.filter((line) => !Object.keys(explained).some((id) => line.startsWith(`${id} `)))).toEqual([])
    expect(report).toHaveLength(Object.keys(explained).length)
    expect(share).toBeGreaterThanOrEqual(0.99)
  })

  test(recordingsTitle('however a stream is cut, the events are the same'), () => {
    expect(streams.length).toBeGreaterThan(150)
    for (const recording of streams) {
      const whole = replay(gemini, recording, {})
      expect(whole.error).toBeUndefined()
      expect(replay(gemini, recording, {}, 'recorded')).toEqual(whole)
      expect(replay(gemini, recording, {}, 'bytes')).toEqual(whole)
    }
  }, 60_000)

  test(recordingsTitle('the frames that matter, read alone, tell the usage and the end of a stream'), () => {
    const { passthrough, stream } = gemini.upstream
    for (const { provider, model, response } of streams.filter(({ response }) => response.body.startsWith('data:'))) {
      const frames: Frame[] = []
      const parser = sse((frame) => frames.push(frame))
      parser.feed(new TextEncoder().encode(response.body))
      parser.end()
      const told = (chosen: readonly Frame[]): unknown => {
        const decoder = stream({ provider, model, quirks: {} })
        const events: ChatEvent[] = []
        for (const frame of chosen) decoder.push(frame, events)
        decoder.end(events)
        const finish = events
          .filter(({ type }) => type === 'finish')
          .map((event) => ({ ...event, extensions: undefined }))
        return [finish, events.filter(({ type }) => type === 'usage').at(-1)]
      }
      expect(told(frames.filter(({ data }) => passthrough?.matters(data)))).toEqual(told(frames))
      for (const { data } of frames) {
        const events: ChatEvent[] = []
        stream({ provider, model, quirks: {} }).push({ data }, events)
        // Sources quote text; and a later piece of a call, read without the first, has nothing to belong to.
        if (/"(partialArgs|groundingSupports)"|"functionCall":{"willContinue|"functionCall":{}/.test(data)) continue
        expect(passthrough?.hasContent(data)).toBe(events.some(gemini.operation.hasContent))
      }
    }
  })
})
