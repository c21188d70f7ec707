import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createGateway, type Gateway, type Trace } from '../../src/index.ts'
import type { ChatRequest } from '../../src/operations/chat/index.ts'
import { stream } from '../../src/testing/index.ts'
import { createWorld, drain } from '../world.ts'
import { cuts, type Format, formats, gatewayOf, isAnswer, streamOf } from './wire.ts'

// An application that speaks as the provider does gets the provider's own bytes, but for what we asked for ourselves.

describe.each(formats.map((format) => [format.dialect.id, format] as const))('%s', (_, format) => {
  test('law: chunking. The bytes handed on are those of the provider, however they are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        format.streamed.filter(isAnswer),
        cuts,
        fc.constantFrom('\n', '\r\n'),
        fc.constantFrom('', '\ufeff', ': ö\n\n'),
        fc.boolean(),
        async (response, lengths, newline, before, usageWanted) => {
          const written = (request: ChatRequest): string =>
            (before + streamOf(format, response, request)).replaceAll('\n', newline)
          const gateway = gatewayOf(format, written(usageAsked), lengths)
          const answer = await gateway.fetch(format.url, post(usageWanted))
          const expected = new TextEncoder().encode(written(usageWanted ? usageAsked : usageNotAsked))
          expect(new Uint8Array(await answer.arrayBuffer())).toEqual(expected)

          const decoded = await gatewayOf(format, written(usageAsked), lengths).chat({
            model: `${format.row.id}/m`,
            messages: '?',
            stream: true,
          })
          await drain(decoded)
          const { status, usage, estimated } = gateway.traceOf(answer)!
          expect({ status, estimated }).toEqual({ status: 'completed', estimated: decoded.trace.estimated })
          if (!estimated) expect(usage).toEqual(decoded.trace.usage)
        },
      ),
      { numRuns: 60 },
    )
  })

  test('law: what passed of a stream that breaks off counts no less than when it is decoded', async () => {
    const word = fc.oneof(fc.constantFrom('so ', '"', '\\', '中文'), fc.string({ minLength: 1, maxLength: 40 }))
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 2, maxLength: 30 }),
        fc.constantFrom(0, 1),
        fc.nat(30),
        async (words, gap, at) => {
          const broken = async (ask: (gateway: Gateway) => Promise<Trace>): Promise<number> => {
            const world = createWorld()
            const dieAfter = 1 + (at % (words.length - 1))
            world.simulator.on().reply(stream(words, { gap, dieAfter }))
            const providers = [{ ...format.row, apiKey: 'sk-of-this-test' }]
            const gateway = createGateway({ providers, maxAttempts: 1, runtime: world.runtime }) as Gateway
            const [attempt] = (await world.clock.run(ask(gateway))).attempts
            expect(attempt!.status).toBe('failed')
            return attempt!.charge!.usage.outputTokens ?? 0
          }
          const passed = await broken(async (gateway) => {
            const { messages, contents, max_tokens, ...responses } = JSON.parse(String(post(false).body))
            const said =
              format.dialect.id === 'openai-responses' ? responses : { ...responses, messages, contents, max_tokens }
            const answer = await gateway.fetch(format.url, { method: 'POST', body: JSON.stringify(said) })
            expect(answer.status).toBe(200)
            await answer.text().catch(() => {})
            return gateway.traceOf(answer)!
          })
          const decoded = await broken(async (gateway) => {
            const reply = await gateway.chat({ model: `${format.row.id}/m`, messages: '?', stream: true })
            await drain(reply).catch(() => {})
            return reply.trace
          })
          expect(passed).toBeGreaterThanOrEqual(decoded)
        },
      ),
      { numRuns: 40 },
    )
  }, 60_000)

  test.each(['', '\n', '\n\n'])('all of an answer that ends with %j is handed on', async (ending) => {
    for (const frames of [severalFrames(format), oneFrame[format.dialect.id]!]) {
      for (const lengths of [[1], [7], [1e9]]) {
        const gateway = gatewayOf(format, frames + ending, lengths)
        const answer = await gateway.fetch(format.url, post(true))
        expect(await answer.text()).toBe(frames + ending)
        expect(gateway.traceOf(answer)).toMatchObject({ status: 'completed', usage: { outputTokens: 1 } })
      }
    }
  })
})

test('a frame of many reads, such as a picture, is not looked through again with each of them', async () => {
  const [format] = formats
  const sent = `${word}${picture}${'A'.repeat(12_000_000)}"]}}]}\n\n${oneFrame[format!.dialect.id]}`
  const gateway = gatewayOf(format!, sent, [16_384])
  expect((await (await gateway.fetch(format!.url, post(true))).text()) === sent).toBe(true)
})

test('a frame without an end is a broken answer, and is not kept for ever', async () => {
  const [format] = formats
  const gateway = gatewayOf(format!, `${word}${picture}${'A'.repeat(68_000_000)}`, [1_000_000])
  expect(await (await gateway.fetch(format!.url, post(true))).text()).toContain('is larger than 67108864 bytes')
})

const word = 'data: {"id":"c","choices":[{"index":0,"delta":{"content":"ö"}}]}\n\n'
const picture = 'data: {"id":"c","choices":[{"index":0,"delta":{"images":["'

const usageNotAsked: ChatRequest = { model: 'm', messages: [] }
const usageAsked: ChatRequest = {
  ...usageNotAsked,
  extensions: { 'openai-chat': { stream_options: { include_usage: true } } },
}

/** A request for a stream, in the words of all formats. */
function post(includeUsage: boolean): RequestInit {
  const said = {
    model: 'm',
    max_tokens: 100,
    messages: [{ role: 'user', content: '?' }],
    contents: [{ role: 'user', parts: [{ text: '?' }] }],
    input: '?',
    stream: true,
    ...(includeUsage && { stream_options: { include_usage: true } }),
  }
  return { method: 'POST', body: JSON.stringify(said) }
}

/** A stream of one word, without what follows its last line. */
function severalFrames(format: Format): string {
  const choice = { index: 0, content: [{ type: 'text', text: 'ö' }], finishReason: 'stop' } as const
  const response = { id: 'c', model: 'm', choices: [choice], usage: { inputTokens: 1, outputTokens: 1 } }
  return streamOf(format, response, usageAsked).replace('data: [DONE]', '').trimEnd()
}

/** Streams that say all in their last frame. */
const oneFrame: Readonly<Record<string, string>> = {
  'openai-chat':
    'data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"ö"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}',
  'anthropic-messages': [
    'event: message_start\ndata: {"type":"message_start","message":{"id":"c","model":"m","role":"assistant","content":[],"usage":{"input_tokens":1,"output_tokens":1}}}',
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"output_tokens":1}}',
    'event: message_stop\ndata: {"type":"message_stop"}',
  ].join('\n\n'),
  'openai-responses':
    'event: response.completed\ndata: {"type":"response.completed","sequence_number":0,"response":{"id":"c","object":"response","model":"m","status":"completed","output":[{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"ö","annotations":[]}]}],"usage":{"input_tokens":1,"output_tokens":1,"total_tokens":2}}}',
  'cohere-chat': [
    'event: content-delta\ndata: {"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"ö"}}}}',
    'event: message-end\ndata: {"type":"message-end","delta":{"finish_reason":"MAX_TOKENS","usage":{"tokens":{"input_tokens":1,"output_tokens":1}}}}',
  ].join('\n\n'),
  gemini:
    'data: {"candidates":[{"index":0,"content":{"role":"model","parts":[{"text":"ö"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":1}}',
}
