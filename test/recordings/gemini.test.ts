import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Frame } from '../../src/dialects/dialect.ts'
import { gemini } from '../../src/dialects/gemini/index.ts'
import { sse } from '../../src/dialects/sse.ts'
import type { ChatEvent } from '../../src/operations/chat/index.ts'
import { loadRecordings, recordingsPresent, recordingsTitle, replay, score } from './recordings.ts'

/** Why our reading of a recording differs from the expected one. Everything else must agree. */
const explained: Readonly<Record<string, string>> = {}

/** The requests that go out otherwise than they came in, and why. */
const rewritten: Readonly<Record<string, string>> = {
  'gemini/ellmer-0001': 'an empty system instruction is not sent',
  'gemini/ellmer-0008': 'an empty system instruction is not sent',
  'gemini/ellmer-0009': 'an empty system instruction is not sent',
  'gemini/ellmer-0011': 'an empty system instruction is not sent',
  'gemini/lingua-0012': 'a content without parts is not sent',
  'gemini/lingua-0094': 'a result without an id gets that of its call',
  'gemini/lingua-0096': 'a result without an id gets that of its call',
  'gemini/lingua-0101': 'a result without an id gets that of its call',
  'gemini/pydantic-ai-0105': 'with nothing but an empty question, the system instruction is the question',
  'gemini/req_llm-0004': 'a model that cannot think is not told so',
  'gemini/req_llm-0063': 'a model that cannot think is not told so',
}

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
  })

  test(recordingsTitle('a real request that comes in goes out again as it was, in the words that we prefer'), () => {
    const requests = recordings.filter(({ request, response }) => isObject(request.body) && response.status === 200)
    expect(requests.length).toBeGreaterThan(500)
    const changed = requests.flatMap(({ id, model, provider, request }) => {
      const decoded = gemini.downstream!.decode(request.body, { model: 'a-model' })
      const { body } = gemini.upstream.encode(decoded, { provider, model, quirks: {} })
      const [before, after] = [request.body, JSON.parse(JSON.stringify(body)) as unknown].map((said) => preferred(said))
      return isDeepStrictEqual(after, before) ? [] : [id]
    })
    expect(changed).toEqual(Object.keys(rewritten))
  })

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
    }
  })
})

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A request in one of the several forms that mean the same to Google. */
function preferred(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => preferred(item, key))
  if (typeof value === 'string') {
    if (key === 'data') return value.replaceAll('-', '+').replaceAll('_', '/')
    return key === 'role' && value === 'function'
      ? 'user'
      : key === 'thinkingLevel' || key === 'mode'
        ? value.toUpperCase()
        : value
  }
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => {
      const camel = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      if (field === null || (camel === 'thought' && field === false) || (camel === 'model' && 'contents' in value))
        return []
      const said = preferred(camel === 'parts' && !Array.isArray(field) ? [field] : field, camel)
      return camel === 'generationConfig' && Object.keys(said as object).length === 0 ? [] : [[camel, said]]
    }),
  )
}
