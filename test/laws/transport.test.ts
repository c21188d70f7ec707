import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fold } from '../../src/operations/chat/index.ts'
import { drain } from '../world.ts'
import { cuts, formats, gatewayOf, isAnswer, streamOf } from './wire.ts'

// Laws 1 to 3, from the bytes of a provider through a whole gateway to its application.

describe.each(formats.map((format) => [format.dialect.id, format] as const))('%s', (_, format) => {
  const { row, dialect, whole, streamed } = format
  const ask = { model: `${row.id}/m`, messages: '?' }

  test('law: round trip. A whole answer arrives as it was written', async () => {
    await fc.assert(
      fc.asyncProperty(whole.filter(isAnswer), async (response) => {
        const body = JSON.stringify(dialect.downstream!.encode(response, { model: 'm', messages: [] }))
        expect((await gatewayOf(format, body).chat(ask)).response).toEqual(response)
      }),
      { numRuns: 60 },
    )
  })

  test('law: fold. A stream says what the whole answer says, and its events fold into it', async () => {
    await fc.assert(
      fc.asyncProperty(streamed.filter(isAnswer), cuts, async (response, lengths) => {
        const gateway = gatewayOf(format, streamOf(format, response, usageAsked), lengths)
        const stream = await gateway.chat({ ...ask, stream: true })
        const folded = fold()
        for (const event of await drain(stream)) folded.add(event)
        expect(folded.result()).toEqual(response)
        expect(await stream.response).toEqual(response)
      }),
      { numRuns: 60 },
    )
  })

  test('law: chunking. However the bytes are cut, with LF or CRLF, the events are the same', async () => {
    const events = async (text: string, lengths: readonly number[]): Promise<unknown> =>
      drain(await gatewayOf(format, text, lengths).chat({ ...ask, stream: true }))
    await fc.assert(
      fc.asyncProperty(streamed.filter(isAnswer), cuts, fc.boolean(), async (response, lengths, crlf) => {
        const text = streamOf(format, response, usageAsked)
        const sent = crlf ? text.replaceAll('\n', '\r\n') : text
        expect(await events(sent, lengths)).toEqual(await events(text, [1e9]))
      }),
      { numRuns: 60 },
    )
  })
})

/** The gateway asks for usage itself, where a dialect has to be asked. */
const usageAsked = {
  model: 'm',
  messages: [],
  extensions: { 'openai-chat': { stream_options: { include_usage: true } } },
}
