import { isDeepStrictEqual } from 'node:util'
import { describe, expect, test } from 'vitest'
import { openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { mistralQuirks } from '../../src/providers/mistral-quirks.ts'
import { loadRecordings, recordingsPresent, recordingsTitle, replay, score } from './recordings.ts'

/** Why our reading of a recording differs from the expected one. Everything else must agree. */
const explained: Readonly<Record<string, string>> = {}

const recordings = loadRecordings('mistral')

describe.skipIf(!recordingsPresent)('recordings of mistral', () => {
  test(recordingsTitle('at least 99.5 % are read as expected, and each of the others is explained'), () => {
    const { share, report } = score(openaiChat, recordings, () => mistralQuirks)
    expect(report.filter((line) => !Object.keys(explained).some((id) => line.startsWith(`${id} `)))).toEqual([])
    expect(report).toHaveLength(Object.keys(explained).length)
    expect(share).toBeGreaterThanOrEqual(0.995)
  })

  test(recordingsTitle('however a stream is cut, the events are the same'), () => {
    const streams = recordings.filter(({ stream, response }) => stream && response.status === 200)
    expect(streams.length).toBeGreaterThan(70)
    for (const recording of streams) {
      const whole = replay(openaiChat, recording, mistralQuirks)
      expect(whole.error).toBeUndefined()
      expect(replay(openaiChat, recording, mistralQuirks, 'recorded')).toEqual(whole)
      expect(replay(openaiChat, recording, mistralQuirks, 'bytes')).toEqual(whole)
    }
  })

  test(recordingsTitle('a real request that comes in goes out again as it was, in the words that we prefer'), () => {
    const requests = recordings.filter(({ request, response }) => request.body && response.status === 200)
    expect(requests.length).toBeGreaterThan(200)
    const changed = requests.flatMap(({ id, request, model }) => {
      const decoded = openaiChat.downstream!.decode(request.body, { model: 'a-model' })
      const { body, warnings } = openaiChat.upstream.encode(decoded, {
        provider: 'mistral',
        model,
        quirks: mistralQuirks,
      })
      const [before, after] = [{ ...(request.body as object), model }, JSON.parse(JSON.stringify(body))].map((said) =>
        preferred(said),
      )
      return isDeepStrictEqual(after, before) && !warnings ? [] : [id]
    })
    expect(changed).toEqual([])
  })
})

/** A request in one of the several forms that mean the same to Mistral. */
function preferred(value: unknown): unknown {
  if (Array.isArray(value)) {
    const list = value.map(preferred)
    const [only] = list as Partial<Record<string, unknown>>[]
    return list.length === 1 && only?.['type'] === 'text' ? only['text'] : list
  }
  if (typeof value !== 'object' || value === null) return value === 'any' ? 'required' : value
  const said = Object.entries(value).flatMap(([name, field]) => {
    // The ids in most recordings were replaced by those who recorded them.
    if (
      field === null ||
      (name === 'tool_calls' && field.length === 0) ||
      (/^(tool_call_)?id$/.test(name) && typeof field === 'string')
    )
      return []
    if (name === 'index' && 'function' in value) return []
    // A document without a name goes out with one.
    if (name === 'document_name' && /^file\.\w+$/.test(String(field))) return []
    if (name === 'image_url' && typeof field === 'string') return [[name, { url: field }]]
    if (name === 'thinking') return [[name, field.map(({ text }: { text: string }) => text).join('')]]
    return [[name, preferred(field)]]
  })
  const node = Object.fromEntries(said)
  if ('role' in value && (value as { content?: unknown[] }).content?.length === 0) delete node.content
  return 'function' in value && 'name' in (value.function as object) ? { type: 'function', ...node } : node
}
