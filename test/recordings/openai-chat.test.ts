import { expect, test } from 'vitest'
import { type OpenAIChatQuirks, openaiChat } from '../../src/dialects/openai-chat/index.ts'
import { openai } from '../../src/providers/openai.ts'
import * as compatible from '../../src/providers/openai-compatible.ts'
import {
  type Cut,
  differences,
  loadRecordings,
  type Recording,
  recordingsPresent,
  recordingsTitle,
  replay,
  score,
} from './recordings.ts'

const rows: readonly compatible.OpenAICompatible[] = [openai, ...Object.values(compatible)]
const quirksById = new Map(rows.map(({ id, operations }) => [id, operations.chat?.quirks]))
const quirksOf = ({ provider }: Recording): OpenAIChatQuirks => quirksById.get(provider) ?? {}

const recordings = loadRecordings('openai-chat')
const streams = recordings.filter(({ stream, response: { status } }) => stream && status < 400)
const recorded = test.skipIf(!recordingsPresent)

recorded(recordingsTitle('at least 99 % of the recordings decode as expected'), () => {
  const { share, report } = score(openaiChat, recordings, quirksOf)
  console.log(`openai-chat: ${(100 * share).toFixed(2)} % of ${recordings.length}\n${report.join('\n')}`)
  expect(share).toBeGreaterThanOrEqual(0.99)
})

recorded(recordingsTitle('refusals are told from text'), () => {
  const refusals = recordings.filter(({ expected }) => expected.refusal)
  expect(refusals.length).toBeGreaterThan(0)
  for (const recording of refusals) {
    const content = replay(openaiChat, recording, quirksOf(recording)).response?.choices[0]?.content ?? []
    const refusal = content.map((part) => (part.type === 'refusal' ? part.text : '')).join('')
    expect(refusal, recording.id).toBe(recording.expected.refusal)
  }
})

recorded(recordingsTitle('streams give the same events one byte at a time'), () => {
  const sample = streams.filter((_, index) => index % 8 === 0)
  expect(sample.length).toBeGreaterThan(20)
  for (const recording of sample) expectSameEvents(recording, 'bytes')
})

recorded(recordingsTitle('streams give the same events in the reads of the real network'), () => {
  const known = streams.filter(({ response }) => response.chunk_lengths)
  expect(known.length).toBeGreaterThan(20)
  for (const recording of known) expectSameEvents(recording, 'recorded')
})

recorded(recordingsTitle('every decoded answer says the same after a trip through an application'), () => {
  let compared = 0
  for (const recording of recordings) {
    const { response, error } = replay(openaiChat, recording, quirksOf(recording))
    if (!response || error) continue
    const wire = JSON.parse(JSON.stringify(openaiChat.downstream?.encode(response, { model: '', messages: [] })))
    const again = openaiChat.upstream.decode(wire, { provider: 'again', model: '', quirks: {} })
    const lines = differences(recording, { response: again, events: [], error: undefined })
    const before = differences(recording, { response, events: [], error: undefined })
    expect(lines, recording.id).toEqual(before)
    compared++
  }
  expect(compared).toBeGreaterThan(700)
})

recorded(recordingsTitle('every decoded stream says the same after a trip through an application'), () => {
  const request = {
    model: '',
    messages: [],
    extensions: { 'openai-chat': { stream_options: { include_usage: true } } },
  }
  let compared = 0
  for (const recording of streams) {
    const { events, error, response } = replay(openaiChat, recording, quirksOf(recording))
    if (error || !response?.choices[0]?.finishReason) continue
    const encoder = openaiChat.downstream!.stream(request)
    const body = events.map((event) => encoder.push(event)).join('') + encoder.end()
    const again = { ...recording, response: { ...recording.response, body, encoding: 'utf8' as const } }
    expect(differences(recording, replay(openaiChat, again, {})), recording.id).toEqual(
      differences(recording, { response, events, error }),
    )
    compared++
  }
  expect(compared).toBeGreaterThan(200)
})

recorded(recordingsTitle('every failure has a message and a code that is not a guess at our own fault'), () => {
  const failures = recordings.filter(({ response: { status } }) => status >= 400)
  expect(failures.length).toBeGreaterThan(50)
  for (const recording of failures) {
    const { error } = replay(openaiChat, recording, quirksOf(recording))
    expect(error?.message, recording.id).not.toContain('undefined')
    if (recording.kind === 'error_context_length') expect(error?.code, recording.id).toBe('context_window_exceeded')
    if (recording.kind === 'error_401') expect(error?.code, recording.id).toBe('authentication_failed')
    if (recording.kind === 'error_429') expect(error?.code, recording.id).toBe('rate_limited')
    if (recording.kind === 'error_content_policy') expect(error?.code, recording.id).toBe('content_filtered')
  }
})

recorded(recordingsTitle('a frame that tells an end, usage or an error matters'), () => {
  const passthrough = openaiChat.upstream.passthrough!
  for (const recording of streams) {
    const quirks = quirksOf(recording)
    if (!passthrough.allowed({ provider: '', model: '', quirks })) continue
    for (const line of recording.response.body.split(/\r?\n/)) {
      if (!line.startsWith('data: {')) continue
      const data = line.slice(6)
      const { choices, usage, error } = JSON.parse(data)
      const finished = choices?.some((choice: { finish_reason?: string }) => choice.finish_reason)
      if (finished || usage || error) expect(passthrough.matters(data), recording.id).toBe(true)
    }
  }
})

function expectSameEvents(recording: Recording, cut: Cut): void {
  const whole = replay(openaiChat, recording, quirksOf(recording))
  const pieces = replay(openaiChat, recording, quirksOf(recording), cut)
  expect(pieces.events, recording.id).toEqual(whole.events)
  expect(pieces.error?.code, recording.id).toBe(whole.error?.code)
}
